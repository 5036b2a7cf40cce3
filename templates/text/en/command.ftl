# What the commands say. For operators and the union's staff.

# Every command

command-database = database { $database } ({ $origin })

# `demo`

demo-page = The demo's own page: { $url }
demo-stop = Ctrl+C stops it
demo-samples = { $union }: { $count } sample members

# `keys`, `migrate`

keys-made =
    Made the key ring { $path } (0600). Keep a copy apart from the database's backups.
    Next: { $told }kenpo-portal serve
keys-adopted = The key ring { $path } is this database's from now on. Next: kenpo-portal serve
migrate-goes-on = goes on beside kenpo-portal { $oldest } or newer
migrate-unknown = unknown to this program: it is older than the database
migrate-newer = the database was brought up to date by a newer program ({ $newer }), beside which this one may go on.
migrate-nothing = nothing to apply. Next: kenpo-portal serve
migrate-done = applied: { $missing }. Next: kenpo-portal serve

# `tenant check`, `tenant list`

check-no-such-union = There is no union file `{ $id }`. There are: { $seen }
check-compared =
    Held against the database: { $passkeys } { $passkeys ->
        [one] passkey
       *[other] passkeys
    }, { $agreed } { $agreed ->
        [one] acceptance
       *[other] acceptances
    } of the terms.
check-fine =
    No errors ({ $warnings } { $warnings ->
        [one] warning
       *[other] warnings
    }). Restart `kenpo-portal serve` to use these files.
check-again =
    { $errors } { $errors ->
        [one] error
       *[other] errors
    }, { $warnings } { $warnings ->
        [one] warning
       *[other] warnings
    }. Mend them, then run `kenpo-portal { $command }` again.
list-name = NAME
list-host = HOST
list-status = STATUS
list-state = STATE
check-no-union = { $folder } holds no union file (*.toml). Check the setting tenants.dir.
check-folder = { $folder } cannot be opened: { $why }. Check the setting tenants.dir.
check-state-warnings = warnings({ $warnings })

# `member import`

import-file-unreadable = { $path } cannot be read ({ $why }). Check its name and place.
import-not-posted = mail.smtp_url is not set. Letters that are not sent within 3 days are given up, and with them the first passwords (member revert issues new ones).
import-would-do = { $slug }: this would be done. Nothing is written yet.
import-done = { $slug }: the roster is imported.
import-kinds = known before { $existing }, printed { $printed }, drawn { $drawn }
import-added = added
import-changed = changed
import-unchanged = unchanged
import-kept = { "  " }{ $count } members settled a user ID or address that differs from the file; it stays.
import-left-out = { "  " }{ $count } members are without the address of the file: another member has it
import-self-made = { "  " }self-made characters (gaiji): { $count }. The notices carry them as they were; pages and letters cannot show them
import-columns-not-read = columns not read: { $extra }
import-would-be-mailed = { $count } would get their first credentials by mail
import-mailed = { $count } get their first credentials by mail
import-next = Next
import-whom = KIGO-BANGO
import-line = line { $line }
import-whole-row = whole row
import-mend =
    { $flaws } problems in { $rows } rows; nobody was imported. Correct the file and run it again.
    { "  " }{ $command } --dry-run
import-running = Another import of this union is at work (since { $since }). Run this one when it is done. If it has stopped, this one can run after { $until }; what is half done is cleared away then.
import-reading = reading{ "  " }
import-comparing = comparing
import-writing = writing{ "  " }

# `member show`

card-number = Number
card-name = Name
card-user-id = User ID
card-address = Address
card-standing = Standing
card-passkeys = Passkeys
card-birth-date = Birth date
card-sessions = Sessions
card-desk-code = Desk code
card-lately = Lately
card-none = none
card-locked = kept out by staff
card-no-factor-yet = in first login: password set { $at }, no factor yet
card-activated = activated (password set { $at })
card-no-first-credential = no first credential; member revert issues one
card-first-credential-dead = the first credential died { $until }; member revert issues another
card-printed = printed password
card-drawn = drawn password
card-derived = KIGO + BANGO + birth date
card-in-first-login = in first login ({ $kind }, until { $until })
card-before-first-login = before first login ({ $kind }, until { $until })
card-password = Password
card-apps = Apps
card-mail-codes = Mailed codes
card-recovery-codes = Recovery codes
card-recovery-mail = Recovery mail
card-user-id-mail = User ID mail
card-code-mail = Code mail
card-address-mail = Address mail
card-address-tries = Address tries
card-user-id-tries = User ID tries
card-unlock-helps = member unlock ends it
card-paused = paused until { $until } after wrong tries
card-off = off after wrong tries
card-recovery-code-off = off after wrong tries; the mailed link works; another letter, or 24 quiet hours, end it
card-hour-used-up = no more in this hour; the next full hour ends it
card-day-used-up = no more today; midnight ends it
card-closed = { $what }; { $unlock }
card-no-pause = no pause
card-desk-code-used-up = used up after { $wrong } wrong tries; member desk-code gives another, member unlock its tries back
card-desk-code-left = until { $until }, { $wrong } wrong
card-held = { $count } (since { $since })
card-birth-date-closed = closed after { $misses } wrong ones; member unlock ends it
card-none-wrong = none wrong
card-wrong = { $misses } wrong

# `member unlock`, `desk-code`, `revert`; what they share with the import

member-unlocked = The counts of wrong passwords, codes and birth dates are cleared.
member-still-locked = The member is still kept out by staff.
member-reverted = Set back to before first login: password, factors and sessions are gone.
member-desk-code = For { $number } only, once, until { $until }. Tell it only to the member, once you know who it is. An older code is dead.
member-none = No member has that user ID or number. Give the user ID, or KIGO-BANGO (with a branch: KIGO-BANGO-BRANCH).
member-ambiguous = That is one member's user ID and another one's number. Give KIGO-BANGO-BRANCH (00 without a branch).
member-no-desk-codes = { $tenant } does not use codes of the desk. To use them, say lost_factor = "desk-code" under [recovery] of the union's file.
member-revert-notices-needed =
    Say with --notices where to write the new temporary password.
    { "  " }kenpo-portal member revert --tenant { $tenant } { $member } --notices notice.csv
member-address-dropped = The mail address { $email } was taken off. The member's own comes back with the next roster, or is given in first login.
member-address-kept = The mail address { $email } was kept.
member-pending-dropped = The mail address { $pending }, which was not confirmed yet, was taken off.
member-no-recovery-mail = Until the new temporary password is used, no mail for a forgotten password is sent.
notices-due = Notices: { $count } will be due. Add --notices FILE to the import.
notices-written = Notices: { $path } ({ $count }). The temporary passwords are nowhere else. Delete the file once it is printed.
notices-unnamed = The notices are in { $path } ({ $count }): everything was written, but the file could not be renamed. The temporary passwords are nowhere else.
import-rows-bad = { $count } problems.
import-notices-needed = Temporary passwords will be drawn for { $count } members. Say with --notices where to write them.
import-notices-exist = { $path } exists and is never overwritten. Choose another name.
import-notices-partial = { $path } is left from an import that was interrupted. Run the same file with --dry-run: if everybody is unchanged, its passwords are in force; rename and print it. If members are still to be added, delete it and import again.
import-unprintable = The name on line { $line } cannot be written as CP932. Change its characters, or save the roster as UTF-8 and say encoding = "utf-8" under [import] of the union's file.
import-busy = Others kept writing at the same time; nothing was written. Wait a little and run it again.
import-notices-kept = { " " }The notices are kept in { $path }.
import-unsure = The database went away at the end of writing, and it is not known whether it was done. Look with --dry-run or member show.{ $kept }
import-notices-unwritable = { $path } cannot be written ({ $why }). Nothing was imported.
import-broken = Stopped without writing anything: { $fault }

# `terms export`

terms-no-acceptance = No acceptance of the version `{ $version }`. Accepted versions: none.
terms-none-accepted = No acceptance of the version `{ $version }`. Accepted versions: { $known }.
terms-exported =
    Wrote { $count } { $count ->
        [one] acceptance
       *[other] acceptances
    } of the terms.

# `mail status`, `mail test`

mail-status-given-up =
    { $count } { $count ->
        [one] letter was
       *[other] letters were
    } given up in the last 24 hours. The service's log says why (lines with "given up").
mail-status-late =
    Letters have waited for more than 10 minutes. Is `kenpo-portal serve` running with mail.smtp_url?
    Next: kenpo-portal mail test --tenant ID --to YOUR-ADDRESS
mail-head-waiting = WAITING
mail-head-oldest = OLDEST
mail-head-sending = SENDING
mail-head-sent = SENT (24 H)
mail-head-given-up = GIVEN UP (24 H)
mail-minutes = { $minutes } min
mail-hours = { $hours } h
mail-test-taken = The mail server took the letter. See at its address whether it counts as spam.
mail-test-subject = A test letter
mail-test-text =
    This letter shows that the member portal of { $union } can send mail.
    If it means nothing to you, delete it.
mail-test-reached-plain = reached, without encryption
mail-test-reached-opportunistic = reached; encrypted if the server offers it
mail-test-reached-encrypted = reached, encrypted
mail-test-session = not this letter but the session was refused. Check the setting mail.hello (the whole host name said in EHLO), and user, password and encryption of mail.smtp_url
mail-test-reach = it stopped at connecting. Check host and port of mail.smtp_url, and the firewall; if the answer is about EHLO, the setting mail.hello
mail-test-encrypt = it stopped at encryption (STARTTLS). Does the server offer it? If not, try smtps:// or, in a closed network, ?tls=none. If so, check its certificate, or name its authority with ?ca=FILE
mail-test-sign-in = it stopped at signing in. Check user and password of mail.smtp_url
mail-test-sender = the sender was refused. Have the server allow mail.from_address of the union's file
mail-test-recipient = the recipient was refused. Check --to, and the server's rules for relaying
mail-test-content = the letter was refused. Check the server's spam rules and size limit
mail-test-not-offered = the server does not offer encryption
mail-test-no-answer = no answer in time
mail-test-stopped = { $step } ({ $reason }).

# `receipt`

receipt-not-in-trail = { $receipt } is not in the trail. Next: look into the service's log, kenpo-portal receipt { $receipt } --log FILE (- for standard input)
receipt-nowhere = { $receipt } is neither in the trail nor in this log. Look into the log of another day or node.
