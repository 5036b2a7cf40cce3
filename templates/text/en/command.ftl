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
    Next: { $told }kenpo-portal migrate up
keys-database-not-asked =
    Whether the database needs the keys of another ring could not be asked: { $why }
    Where it has members already, put the copy of its ring in this one's place: with these keys nobody's password is right.
keys-adopted = The key ring { $path } is this database's from now on. Next: kenpo-portal serve
keys-added = Key { $id } is in { $path } and is not used yet. Waiting until every running node holds it.
keys-activated = Key { $id } is the key for new data.
keys-resealing = Sealed anew so far: { $count }
keys-rotated =
    Done: key { $id } is in use everywhere. Sealed anew: { $resealed }. Passwords follow one by one as members log in.
    Next: copy the key ring, and see with `kenpo-portal keys status` when the old key is needed no more.
keys-rotated-but =
    Key { $id } is in use everywhere. Sealed anew: { $resealed }. Not opened, because they are damaged: { $unopened }.
    Next: keep the old key, and restore those rows from a backup; the log names each when a member needs it.
keys-just-rotated =
    The last change of keys ended { $at }: key { $id } is in use everywhere. Nothing was changed.
    Next: copy the key ring, if that was not done. For one more new key now: kenpo-portal keys rotate --again
keys-nodes-lack =
    Running nodes that do not hold key { $id } yet: { $nodes }. Nothing is sealed with it before all of them do.
    Next: copy { $path } to their machines, and run `kenpo-portal keys rotate` again.
keys-nodes-behind =
    Running nodes that do not use key { $id } yet: { $nodes }. What could be sealed anew is.
    Next: look into their logs, and run `kenpo-portal keys rotate` again.
keys-import-runs =
    An import is running, with the key it began with. Everything else is done.
    Next: run `kenpo-portal keys rotate` again when the import has ended.
keys-need-passwords = members’ own passwords: { $count }
keys-need-first-passwords = first passwords not used yet: { $count }
keys-need-codes = mailed codes and codes of the desk: { $count }
keys-need-apps = authenticator apps: { $count }
keys-need-passkeys = passkeys: { $count }
keys-need-letters = letters that wait: { $count }
keys-need-others = sessions and log-ins under way: { $count }
keys-need-unopened = values that no key opens, here or under other keys (restore them from a backup): { $count }
keys-unopened = { $tenant }: { $column } of row { $row } does not open: it is damaged, or of another row.
keys-unopened-key = { $tenant }: { $column } of row { $row } does not open: its key { $id } is not in the file.
keys-needed =
    Key { $id } is still needed by what stands above, and was not removed. Passwords leave it as members log in.
    If it must go now, `kenpo-portal keys remove { $id } --force`: then { $members } { $members ->
        [one] member has
       *[other] members have
    } to set a new password, by “Forgot your password?” or with the union’s desk.
keys-remove-forced = Removing it all the same: { $members } { $members ->
        [one] member has
       *[other] members have
    } to set a new password.
keys-removed = Key { $id } is removed from { $path }. Next: copy the key ring to the other machines and to its safe place.
keys-removed-from-members =
    Key { $id } is removed from { $path }. { $members } { $members ->
        [one] member
       *[other] members
    } can no longer log in with their present password. They set a new one by “Forgot your password?”; whoever has no mail address, or has not used the first password yet, gets a new first password from the desk (`member revert`).
    Next: copy the key ring to the other machines and to its safe place.
keys-remove-active = Key { $id } is the key for new data. Next: kenpo-portal keys rotate
keys-remove-in-rotation = The rotation away from key { $id } has not ended. Next: kenpo-portal keys rotate
keys-no-such = There is no key { $id }. Next: kenpo-portal keys status
keys-remove-nothing = There is no key but the one in use: nothing to remove.
keys-remove-which = There are several keys: { $ids }. Next: kenpo-portal keys remove ID
keys-status-waiting = Key { $id } is new and not in use yet: a change of keys was begun and has not ended. Next: kenpo-portal keys rotate
keys-status-in-rotation = Key { $id } is being replaced, and is still needed: a change of keys has not ended. Next: kenpo-portal keys rotate
keys-status-counted-twice = What was made within five minutes of a change of keys counts with both: first passwords and codes do not say which key made them.
keys-status-not-in-file = Key { $id } is not in the file, and this database needs it. Next: restore the copy of the key ring.
keys-status-nodes-behind = Running nodes that do not use the key for new data: { $nodes }. Next: look into their logs.
keys-head-id = KEY
keys-head-stage = STAGE
keys-head-since = IN USE SINCE
keys-head-passwords = PASSWORDS
keys-head-first-passwords = FIRST PASSWORDS
keys-head-apps = APPS
keys-head-passkeys = PASSKEYS
keys-head-letters = LETTERS
keys-head-others = OTHERS
keys-stage-waiting = not used yet
keys-stage-active = in use
keys-stage-in-rotation = being replaced
keys-stage-retired = replaced
keys-stage-removed = removed
migrate-goes-on = goes on beside kenpo-portal { $oldest } or newer
migrate-unknown = unknown to this program: it is older than the database
migrate-to-run = kenpo-portal { $oldest } and newer may go on running beside it
migrate-beside =
    Nodes of kenpo-portal { $oldest } and newer may go on running meanwhile. Stop older ones first.
    Next: kenpo-portal migrate up, then replace the nodes one by one
migrate-fresh = Nothing is in this database yet, and no node has to be stopped. Next: kenpo-portal migrate up
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
    }). A service that runs reads these files by itself; at once with: kenpo-portal tenant reload
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
show-key = KEY
show-value = VALUE
show-origin = FROM
show-built-in = built in
show-made = made of { $keys }
show-unread = not written, or not readable at { $file }:{ $line }
show-nothing = not written
show-no-such-key = There is no key `{ $key }`. `kenpo-portal tenant show ID` shows every key.
# `tenant new`; new-todo-… and new-some-union stand in the union's files, always in Japanese
new-bad-id = `{ $id }` cannot be a union's id. { $help }.
new-exists = { $path } is there already and is not written over. Take another id, or go on with it: `kenpo-portal tenant check { $tenant }`.
new-held = Another `tenant new` is making the union { $tenant } right now.
new-failed = { $folder } cannot be written: { $why }. No union was made. Next: { $next }; it begins anew or goes on where it stopped
new-like-broken = The file of the union { $other } has errors, so its rules cannot be copied. See and mend them: `kenpo-portal tenant check { $other }`.
new-host-taken = The host { $host } belongs to the union { $union }. Take another id.
new-not-right = { $key }: { $message }. { $help }. Nothing was made.
new-finished = An earlier `tenant new` had stopped half-way; it is finished now, with what it was given then.
new-made = Made (a draft: nobody sees it yet): { $files }
new-next =
    Next
    { "  " }1. fill in what says TODO, { $count } { $count ->
        [one] place
       *[other] places
    }
new-then =
    { "  " }2. kenpo-portal tenant check { $tenant }
    { "  " }3. DNS for the hosts, and a certificate at the proxy
    { "  " }4. write status = "open" in { $tenant }.toml and, where the service runs, kenpo-portal tenant reload
    { "  " }5. kenpo-portal member import --tenant { $tenant } roster.csv --notices notices.csv
new-todo-name = TODO: the union's full name
new-todo-host = TODO: the host that members open
new-todo-address = TODO: the sender's mail address
new-todo-phone = TODO: the telephone number
new-todo-hours = TODO: when the phone is answered
new-some-union = A Health Insurance Union
schema-union = A union's file
schema-defaults = The values that all unions share (_defaults.toml)
reference-no-such-key = There is no key `{ $key }`. `kenpo-portal tenant keys` lists every key.
reference-holds = Holds: { $kind }
reference-required = Without it: it must be written
reference-default = Without it: { $value }
reference-made = Without it: "{ $pattern }", with another key's value in braces
reference-bare = Without it: { $host } without www.
reference-own = Only in a union's own file, not in _defaults.toml
reference-live = A change counts: at the next page
reference-login = A change counts: at the next sign-in, or the next time one is set
reference-import = A change counts: at the next import of a roster, or the next notice
reference-frozen = A change counts: not while anybody depends on it
reference-kind-id = 3 to 31 lower-case letters and digits, a letter first
reference-kind-text = a text of at most { $most } characters
reference-kind-text-or-none = a text of at most { $most } characters, or an empty one
reference-kind-lines = a text of at most { $most } characters, in lines
reference-kind-flag = true or false
reference-kind-number = a whole number from { $from } to { $to }
reference-kind-word = one of { $words }
reference-kind-words = a list of { $words }
reference-kind-texts = a list of texts of at most 128 characters
reference-kind-steps = a list of { $words }
reference-kind-date = a date in quotation marks: "2027-03-31"
reference-kind-host = the name of a host: "portal.example.jp"
reference-kind-hosts = a list of names of hosts
reference-kind-https = an address that begins with { $scheme }
reference-kind-https-or-here = an address that begins with { $scheme }; where { $test } is on, also one of this machine
reference-kind-address = a mail address
reference-kind-phone = a text of at most 60 characters with a telephone number in it
reference-kind-colour = a colour: "#00529b"
reference-kind-file = the name of a file below the tenants folder
reference-kind-table = a table
reference-kind-tables = a list of tables
reference-kind-sentences = a table of message name = "sentence"
check-no-union = { $folder } holds no union file (*.toml). Check the setting tenants.dir.
check-state-draft = OK, draft{ $warnings ->
        [0] {""}
       *[other] , warnings({ $warnings })
    }
check-drafts = Drafts, which members do not see: { $drafts }{ $more ->
        [0] {""}
       *[other] , and { $more } more
    }. To publish one, write status = "open" in its file. To look at one before: kenpo-portal tenant preview ID --link --reason "…"
check-state-warnings = warnings({ $warnings })

# `tenant diff`
diff-changed =
    changes (the union has { $members } { $members ->
        [one] member
       *[other] members
    })
diff-added = is new
diff-removed =
    has no file any more: its pages would say that it has closed ({ $members } { $members ->
        [one] member
       *[other] members
    })
diff-kept =
    has a bad file: the version of before would go on ({ $members } { $members ->
        [one] member
       *[other] members
    })
diff-missing =
    has no file any more, and members: the version of before would go on ({ $members } { $members ->
        [one] member
       *[other] members
    })
diff-left-out = has a bad file: it would not be served
diff-nothing = nothing
diff-live = from the next page on
diff-login = from the next sign-in on
diff-import = from the next import on
diff-frozen = frozen once published
diff-frozen-passkeys =
    refused: it would cost { $holders } { $holders ->
        [one] member
       *[other] members
    } { $passkeys } { $passkeys ->
        [one] passkey
       *[other] passkeys
    }
diff-frozen-rp-id = from the next page on; frozen from the first passkey on
diff-host-alias = Members sign in again at the new host. The host of before, { $old }, leads there.
diff-host-lost = Members sign in again at the new host. Old links and bookmarks lead nowhere unless the host of before is kept: [hosts] aliases = ["{ $old }"]
diff-withdrawn =
    { $members } { $members ->
        [one] member does
       *[other] members do
    } not reach the union any more: nobody sees a draft. To close its pages for a while: status = "maintenance"
diff-holders = { $method }: { $members } { $members ->
        [one] member uses it
       *[other] members use it
    }, { $alone } of them nothing else that is still offered. They go on signing in with it; nobody can set up another one.
diff-same = The folder and the running service say the same.
diff-differs-badly =
    { $unions } { $unions ->
        [one] union differs
       *[other] unions differ
    }, { $bad } with a bad file. Mend it first, and see with: kenpo-portal tenant check --db. A reload before that leaves the version of before in force.
diff-differs =
    { $unions } { $unions ->
        [one] union differs
       *[other] unions differ
    }. To have the files read again: kenpo-portal tenant reload

# `tenant reload`
reload-added = added
reload-changed = changed
reload-removed = its file is gone: for 10 minutes its pages say that it has closed, then its host is unknown
reload-kept = its file is bad: the version of before goes on
reload-missing = its file is gone though it has members: the version of before goes on
reload-left-out = its file is bad: it is not served
reload-same = Nothing has changed ({ $unions } { $unions ->
        [one] union
       *[other] unions
    }).
reload-done =
    Read again: { $changed } { $changed ->
        [one] union has
       *[other] unions have
    } changed, { $unions } { $unions ->
        [one] is
       *[other] are
    } in force ({ $millis } ms).
reload-unkept = The new versions are in force, not yet kept: a restart over a bad file would bring the versions of before back. It is tried again by itself: { $why }
service-folder = The service reads the folder { $folder }; the setting tenants.dir of this command is { $own }.
service-differs =
    { $count } { $count ->
        [one] union is
       *[other] unions are
    } served by another version on another node: { $unions }. Compare the folders of the nodes.
reload-again =
    { $unions } { $unions ->
        [one] union was
       *[other] unions were
    } read again, and a file is bad. Mend it and check it with { $command }: it is read again by itself.
reload-nothing = Nothing was changed, and every union goes on as it was: { $why }
reload-fault-empty = the folder holds no union's file at all
reload-fault-database = the files cannot be held against the database: { $why }
reload-fault-panicked = reading them ended in a panic; see the log

# `member import`

import-file-unreadable = { $path } cannot be read: { $why }. Nothing was written. Next: { $next }
import-file-open = { $path } is open in a spreadsheet (there is { $lock }). Save it, close it, and run this again. Where nobody has it open, delete { $lock }. Nothing was written.
import-file-changed = { $path } was written to while it was read. Nothing was written here. Wait until it is saved or copied, and run this again.
import-not-posted = mail.smtp_url is not set. Letters that are not sent within 3 days are given up, and with them the first passwords (member revert issues new ones).
import-would-do = { $slug }: this would be done. Nothing is written yet.
import-done = { $slug }: the roster is imported.
import-kinds = known before { $existing }, printed { $printed }, drawn { $drawn }
import-added = added
import-changed = changed
import-unchanged = unchanged
import-ended = ended
import-birth-dates = of these another birth date { $count }
import-absent = { "  " }{ $count } members are not in the file; they stay as they are.
import-absent-ended = { "  " }{ $count } members are not in the file; their membership is over, or its last day is known: they stay as they are
import-missing = { "  " }{ $count } members are not in the file; with their last day given by --on they are ended
import-missing-ended = { "  " }{ $count } members are not in the file: ended with { $day }
import-ask = Import this? [y/N]
import-declined = Nothing was imported and nothing written.
import-much = { $changed } of { $members } members would change: more than 20 %. Is it the right file, and the right union's? Nothing was written. See who would change how; if it is right, import with --yes-many.
import-much-preview = More than 20 % of the members would change, or more than 5 % are missing. Is it the right file, and the right union's? See who would change how, and go on only if it is right.
import-much-missing = { $missing } of { $members } members are not in this file: more than 5 %. Is it the right file, and the right union's? Nothing was written. See who is missing; if it is right, import with --yes-many.
import-last-day-needed = { $count } members are not in this file. Nothing was written. See with --dry-run who they are, and give their last day (the day itself included) with --on. Where the file is not the whole roster, import it without --complete.
undo-would-do = { $slug }: this would be done. Nothing is written yet.
undo-done = { $slug }: the import is taken back.
undo-which = { "  " }import { $number } of { $at }
undo-removed = removed
undo-ended = ended
undo-restored = as before
undo-kept = { $count } fields were changed meanwhile and stay as they are; see audit export
undo-people-ended = { $dry ->
    [1] Would be ended (they have begun to use the portal, so they are not removed)
   *[other] Ended (they have begun to use the portal, so they are not removed)
}
undo-people-stay-ended = Stay ended (take back with member end --undo, where it was wrong)
undo-people-restored = Get back what they had
undo-much = { $ended } of { $members } members would be ended: more than 5 %. Nothing was written. See with --dry-run who they are; if it is right, add --yes-many.
undo-ask = Take this import back? [y/N]
undo-nothing = No import is known that could be taken back. To correct something, import a corrected file.
undo-done-before = The last import was taken back at { $at } already. Earlier imports can no longer be taken back: import a corrected file.
undo-too-late = The last import was at { $at }. After { $days } days it can no longer be taken back: import a corrected file.
undo-changed-since = { $count } members were changed again since the import, so it cannot be taken back; nothing was written. Correct the others with a file; these are:
undo-next = Next: import the right file{ $added ->
        [0] {""}
       *[other] . Notices with first passwords that this import made are worth nothing: destroy them
    }
imports-none = No import of this union is known.
imports-number = no.
imports-at = at
imports-ended = ended
imports-more = and { $count } more: --json writes all of them
imports-actor = by
imports-file = file (SHA-256)
imports-undo = takes no. { $number } back (added: how many were removed)
imports-undone = taken back { $at }
import-more-rows = and { $count } more problems: --json writes all of them
preview-birth-dates = Another birth date (members are asked for it: check each one)
preview-missing = Not in the file
preview-changed = Changed
preview-added = Added
preview-more = and { $count } more: --json writes all of them
preview-none = (none)
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
import-union-closed = This union has closed; its last day was { $day }. No roster can be imported. Nothing was changed.
import-running = Another import of this union is at work (since { $since }). Run this one when it is done. If it has stopped, this one can run after { $until }; what is half done is cleared away then.
import-reading = reading{ "  " }
import-comparing = comparing
import-writing = writing{ "  " }

# `member show`

card-number = Number
card-name = Name
card-user-id = User ID
card-id = ID
card-name-kana = Kana
card-address = Address
card-standing = Standing
card-passkeys = Passkeys
card-birth-date = Birth date
card-sessions = Sessions
card-desk-code = Desk code
card-lately = Lately
card-none = none
card-locked = kept out by staff (since { $at }); member unlock lets them in
card-union-closed = the union has closed (last day { $day })
card-ended = no member any more (last day { $day }); member end --undo takes it back
card-former-number = Former number
card-former-user-id = Former user ID
card-merged-id = Merged ID
card-former-until = (until { $until })
card-last-day = Last day
card-no-factor-yet = in first login: password set { $at }, no factor yet
card-activated = activated (password set { $at })
card-key-removed = activated (password set { $at }); its key was removed, so that it works no more. “Forgot your password?” or member revert gives another
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
card-in-other-browsers = in browsers that never logged in: { $what }
card-in-known-browsers = in browsers that logged in before: { $what }
card-in-a-known-browser = in one browser that logged in before: { $what }
card-no-pause = no pause
card-desk-code-used-up = used up after { $wrong } wrong tries; member desk-code gives another, member unlock its tries back
card-desk-code-left = until { $until }, { $wrong } wrong
card-held = { $count } (since { $since })
card-birth-date-closed = closed after { $misses } wrong ones; member unlock ends it
card-none-wrong = none wrong
card-wrong = { $misses } wrong

# `member unlock`, `desk-code`, `revert`; what they share with the import

member-unlocked = { $dry ->
    [1] The counts of wrong passwords, codes and birth dates will be cleared.
   *[0] The counts of wrong passwords, codes and birth dates are cleared.
}
member-still-locked = The member is still kept out by staff. To let them in: member unlock.
member-reverted = { $dry ->
    [1] It will be set back to before first login: password, factors and sessions go.
   *[0] Set back to before first login: password, factors and sessions are gone.
}
member-desk-code = For { $number } only, once, until { $until }. Tell it only to the member, once you know who it is. An older code is dead.
member-desk-code-dry = This was a check. The command would give out a code for { $number } only, to be used once, until { $until }. An older code would be dead.
member-last-day-set = { $dry ->
    [1] The last day of the membership will be { $day }. When it is over, the member cannot sign in.
   *[0] The last day of the membership is { $day }. When it is over, the member cannot sign in. To take it back: member end --undo.
}
member-ended = { $dry ->
    [1] The membership will have ended with { $day }. Every session, and everything in progress, will end.
   *[0] The membership ended with { $day }. Every session, and everything in progress, has ended. To take it back: member end --undo.
}
member-last-day-known = The last day was { $day } already. Nothing was changed.
member-last-day-lifted = { $dry ->
    [1] The last day ({ $day }) will be taken back. The member signs in with the same password and factors as before.
   *[0] The last day ({ $day }) is taken back. The member signs in with the same password and factors as before.
}
member-no-last-day = No last day is known for this member: there is nothing to take back.
member-locked = { $dry ->
    [1] The member will be kept out. Every session, and everything in progress, will end. Password and factors stay.
   *[0] The member is kept out. Every session, and everything in progress, has ended. Password and factors stay. To let them in: member unlock.
}
member-locked-already = The member is kept out already. Nothing was changed.
member-nothing-counted = Nothing is counted of this member, and nobody keeps them out: there was nothing to do. Nothing was changed, and no letter was sent.
member-no-factor-left = Every factor was taken away before, within the last day: there was nothing left to do. Nothing was changed, and no letter was sent.
member-email-known = That is the member's address already: there was nothing to do. Nothing was changed, and no letter was sent.
member-lock-lifted = { $dry ->
    [1] The member will be let in again. The counts of wrong passwords, codes and birth dates will be cleared, too.
   *[0] The member may sign in again. The counts of wrong passwords, codes and birth dates are cleared, too.
}
member-still-ended = The membership has ended: the member cannot sign in.
member-moved = { $dry ->
    [1] The number will change from { $from } to { $to }. User ID, password, factors and accepted terms stay.
   *[0] The number changed from { $from } to { $to }. User ID, password, factors and accepted terms stay.
}
member-merged = { $dry ->
    [1] { $from } { $before } and { $to } { $after } will be one member: with the number and name of { $to }, and the user ID, password, factors and accepted terms of { $from }. This cannot be taken back.
   *[0] { $from } { $before } and { $to } { $after } are one member now: with the number and name of { $to }, and the user ID, password, factors and accepted terms of { $from }.
}
member-merged-notice = { $dry ->
    [1] { $login } and its temporary password will not work any more. If a notice was sent, ask for it to be thrown away.
   *[0] { $login } and its temporary password do not work any more. If a notice was sent, ask for it to be thrown away.
}
member-move-derived = This is before the first login: the temporary password is the new KIGO, BANGO and the birth date.
member-move-first-password = This is before the first login: the temporary password that was handed out goes on working, until { $until }.
member-move-no-first-password = This is before the first login, and no temporary password works. Issue one with member reissue.
member-not-a-number = That cannot be read as a new number. Give KIGO-BANGO-BRANCH, such as 15-102-00.
member-moved-before = { $who } is this member's number of before; it is { $number } by now. Nothing was changed. Perhaps somebody has moved it already. To change it once more, give { $number }.
member-same-number = The number is { $number } already. Nothing was changed.
member-number-taken =
    { $number } is the number of { $name }, who has begun to log in. Nothing was changed.
    { "  " }One person who goes on with { $number }: end the member of the former number with member end.
    { "  " }One person who goes on with the former number: set { $number } back with member revert, then run member move again.
    { "  " }Another person, where numbers move up one after the other: first move { $number } to its own new number.
    { "  " }Two people whose numbers were swapped: move one to a number nobody has, then the other, then the first.
member-other-birth-date = { $number } is the number of { $name }, who was born on another day: another person, who is not merged. If it is one person, correct the birth date by the roster first. If another person's number changes, move that person first.
member-other-name = { $number } is the number of { $name }: the birth date is the same, the name is not. Once you know that it is the same person, and no twin, add --same-person. If it is another person, move that person first.
member-number-ended = The membership of { $number } is over. If that is a mistake, take it back first: member end --undo.
member-import-runs = A roster is being imported, so no number can be changed. Try again when it is done. What stopped half-way is settled by the service, or by importing the roster again.
member-undo-runs = An import is being taken back, so nothing is changed about a member now. Try again when it is done. What stopped half-way is settled by the service, or by taking the import back again.
member-number-busy = That number has just become another member's. See member find. Nothing was changed.
member-nobody-left = No member is meant by that. Data of members are erased { $days } days after the membership has ended, and cannot be brought back. Whoever joins again comes in with the roster, as a new member.
member-gone = That member was erased, or merged into another one, at { $at }. This cannot be taken back; the trail keeps it (audit export).
last-day-unreadable = That cannot be read as a date. Give year, month and day: --on 2026-11-30.
last-day-not-in-calendar = The calendar has no such day. Give year, month and day: --on 2026-11-30.
last-day-too-far = That day is more than two years away from today. Is the year right?
last-day-before-birth = That day is before the member's birth date. Check the member and the date.
last-day-past = That day is over. Give today or a later day as the last day of a union.
union-has-closed = This union has closed; its last day was { $day }. Nothing was changed. To open it again: kenpo-portal tenant close --tenant { $tenant } --undo --reason "…"
member-none = No member is meant by that. Give the whole name; to look for the beginning of one, use member find.
member-find-none = Nobody was found. Names and kana are found by their beginning, too.
member-find-former = { $number } was { $word } before.
member-find-more = There are more; the first { $count } are listed. Type more of the name.
member-factor-reset = { $dry ->
    [1] Every factor (apps, passkeys, mailed codes) will be taken away, and the member signed out everywhere. After the next password, setting one up begins. Unless that is done within 14 days, the password stops working, too.
   *[0] Every factor (apps, passkeys, mailed codes) was taken away, and the member signed out everywhere. After the next password, setting one up begins. Unless that is done within 14 days, the password stops working, too.
}
member-email-set = { $dry ->
    [1] The mail address will be { $new }.
   *[0] The mail address is { $new } now.
}
member-sessions = Signed in: { $count }
member-session = since { $since } (last seen { $seen }) { $device }
member-sessions-ended = { $dry ->
    [1] { $count ->
        [0] No device is signed in; whatever is in progress ends.
        [one] One device will be signed out, and whatever is in progress ends.
       *[other] { $count } devices will be signed out, and whatever is in progress ends.
    }
   *[0] { $count ->
        [0] No device was signed in; whatever was in progress ended.
        [one] One device was signed out, and whatever was in progress ended.
       *[other] { $count } devices were signed out, and whatever was in progress ended.
    }
}
member-reissued = { $dry ->
    [1] A new temporary password will be issued (until { $until }). The former one will stop working.
   *[0] A new temporary password was issued (until { $until }). The former one does not work any more.
}
member-reissued-file = { $dry ->
    [1] { $reissued } members will get a new temporary password. { $kept } have a password of their own and keep it. { $unknown } of the roster are not known.
   *[0] { $reissued } members have a new temporary password. { $kept } have a password of their own and keep it. { $unknown } of the roster are not known.
}
member-reissued-unknown = Lines whose number is nobody's now: { $lines }. Where somebody's number has changed, member find knows the new one.
member-deleted = { $dry ->
    [1] The member will be erased. Only the ID { $id } stays, in the trail.
   *[0] The member was erased. Only the ID { $id } stays, in the trail.
}
member-has-signed-in = This member has a password of their own, or has agreed to the terms. To begin anew with a temporary password, use member revert.
member-not-signed-in = This member has no password of their own yet. To issue a new temporary password, use member reissue.
member-no-address = That cannot be read as a mail address. Give one address, in plain letters.
member-address-taken = Another member has that mail address. Use member find to see who.
member-too-many = At most { $most } passwords are issued anew at once. Split the roster.
member-dry-run = This was a check: nothing is changed. The command would do this:
member-letter = { $dry ->
    [1] The member will be told by letter.
   *[0] A letter to the member is ready to be sent.
}
member-no-letter = No letter tells the member: there is no mail address, or the membership is over.
member-ambiguous = That means { $count } members. Name the one you mean by KIGO-BANGO-BRANCH.
member-no-desk-codes = { $tenant } does not use codes of the desk. To use them, say lost_factor = "desk-code" under [recovery] of the union's file.
member-notices-needed = Say with --notices where to write the new temporary password: the same command again, with --notices notice.csv at its end.
member-address-dropped = { $dry ->
    [1] The mail address { $email } will be taken off. The member's own comes back with the next roster, or is given in first login.
   *[0] The mail address { $email } was taken off. The member's own comes back with the next roster, or is given in first login.
}
member-address-kept = { $dry ->
    [1] The mail address { $email } will be kept.
   *[0] The mail address { $email } was kept.
}
member-pending-dropped = { $dry ->
    [1] The mail address { $pending }, which is not confirmed yet, will be taken off.
   *[0] The mail address { $pending }, which was not confirmed yet, was taken off.
}
member-no-recovery-mail = Until the new temporary password is used, no mail for a forgotten password is sent.
notices-due = Notices: { $count } will be due. Add --notices FILE when you do it.
notices-written = Notices: { $path } ({ $count }). The temporary passwords are nowhere else. Delete the file once it is printed.
notices-unnamed = The notices are in { $path } ({ $count }): everything was written, but the file could not be renamed. The temporary passwords are nowhere else.
notices-sent = Notices: { $count } written to standard output. The temporary passwords are nowhere else.
notices-lost =
    The notices could not be written to standard output to their end ({ $why }). The temporary passwords of { $count } members have been replaced already, and some of them reached nobody.
    Next: issue them anew with kenpo-portal member reissue (everybody of a roster: --file; one member: the number). What was issued just now stops working then.
notices-unprintable-row = { $name }: CP932 does not have “{ $characters }”
notices-unprintable = The notices of { $count } members cannot be written as CP932. Nothing was written. Say --notices-encoding utf-8 or --notices-as letters, or change the characters of the names.
import-rows-bad = { $count } problems.
import-notices-needed = Temporary passwords will be drawn for { $count } members. Say with --notices where to write them.
import-notices-exist = { $path } exists and is never overwritten. Choose another name.
import-notices-partial = { $path } is left from an import that was interrupted. Run the same file with --dry-run: if everybody is unchanged, its passwords are in force; rename and print it. If members are still to be added, delete it and import again.
member-notices-partial = { $path } is left from a command that was interrupted. See with member show whether the member has had a new temporary password since then: if so, it stands in this file; rename and print it. Else delete the file and run the command again.
import-busy = Others kept writing at the same time; nothing was written. Wait a little and run it again.
import-notices-kept = { " " }The notices are kept in { $path }.
import-unsure = The database went away at the end of writing, and it is not known whether it was done. Look with --dry-run or member show.{ $kept }
import-notices-unwritable = The notices cannot be written to { $path }: { $why }. Nothing was changed. Next: { $next }
import-broken = Stopped; nothing was changed: { $fault }. Then run it again
import-broken-inside = Stopped; nothing was changed: { $fault }. Next: run it again; if it stays so, hand this line to whoever maintains the program

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
mail-status-restored =
    { $count } { $count ->
        [one] letter that waited when the backup was made was
       *[other] letters that waited when the backup was made were
    } given up by the restore, so that nothing is sent twice. `restore` said which unions need new first passwords.
mail-status-no-server = No mail server is set (mail.smtp_url): nothing is sent, and { $waiting } { $waiting ->
        [one] letter waits
       *[other] letters wait
    }.
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
audit-no-such-doer = Nobody called { $who } has done anything here. Accounts in this trail: { $known }
audit-no-rows = No row of the trail fits.

# `audit`

trail-row-changed = row { $id } ({ $at }, { $event }) was changed after seal { $seal } was made. Compare it with the last backup or archive.
trail-row-missing = row { $id } of { $at } is missing: seal { $seal } names it. Look for it in the last backup.
trail-row-missing-unsealed = row { $id } of { $at } is missing: it was removed before it was sealed. Look for it in the service's log.
trail-row-added = row { $id } ({ $at }, { $event }) was added: no seal names it and it waits for none. The program did not write it.
trail-row-unreadable = row { $id } of the table audit cannot be read: it holds a value that the program never writes, and gets no seal. Look at it in the database, and find out who wrote it.
trail-row-sealed-twice = row { $id } is named by seal { $first } and by seal { $seal }: somebody put it among the rows that wait again, past the program, perhaps to keep another row from its seal.
trail-row-waits-sealed = row { $id } is named by seal { $seal } and waits for a seal nevertheless (table audit_waiting): somebody put it there past the program, perhaps in the place of another row.
trail-row-archived = row { $id } is still there, although seal { $seal }, which names it, is said to be archived. Nothing before the place where the chain begins now is verified: that place may be forged (table audit_anchor).
trail-no-union = no union has this name, and rows of the trail stand under it (table audit, the first: { $id }). The program did not write them.
trail-row-late = row { $id } ({ $event }) says { $at }, and was not there on { $not_there }: it was added later than it says, or a clock was wrong then. Compare it with the log of that day. Keep the heads of this run when you know.
trail-seal-missing = seal { $seal } is missing. Which rows it named is in the last backup.
trail-seal-archived = seal { $seal } is still there, and is said to be archived. The place where the chain begins now may be forged (table audit_anchor): find out who wrote it.
trail-seal-unreadable = seal { $seal } cannot be read: it holds a value that the program never writes (table audit_seal).
trail-anchor-unreadable = a place where the chain would begin, behind seal { $seal }, cannot be read: it holds a value that the program never writes (table audit_anchor).
trail-seal-changed = seal { $seal } ({ $at }) was changed: its content and its hash do not fit.
trail-seal-moved = seal { $seal } ({ $at }) was not made behind the seal that stands before it: one of the two was changed or replaced.
trail-anchor-unknown = the chain begins behind seal { $seal }, and the trail knows of no such archive: what stood before was removed past `audit archive`.
trail-head-gone = seal { $seal } was kept as the chain's head, and is not there: the end of the chain was cut off, or an older backup was restored.
trail-head-differs = seal { $seal } is another one than the head that was kept: the chain was made anew from there or before.
trail-file-differs = the file is not the one that was archived: the database keeps another hash of it or of its last seal, { $seal }. Look for the original.
trail-no-head = the file of --heads has no head of this union: its chain was compared with none. Keep the heads of this run, once you know that the union is new.
trail-head-beyond-file = the head that was given is of seal { $head } and says nothing of this file, which ends with seal { $seal }. Give the line that `audit archive` printed when it made the file.
trail-head-inside-file = the head that was given is of seal { $head }: what stands behind it in this file, up to seal { $seal }, was not compared. Give the line that `audit archive` printed when it made the file.
trail-file-unknown = the file was compared with nothing: this database knows no seal { $seal }, its last. That it holds together proves nothing, for whoever writes such a file computes its hashes. Give --heads with the line that `audit archive` printed when it made the file.
trail-file-alone = the file was compared with nothing. That it holds together proves nothing, for whoever writes such a file computes its hashes. Run this beside the database ({ $why }) or with --heads and the line that `audit archive` printed when it made the file.
trail-more = … and { $more } more
trail-archived-since = Since the heads that were given, rows were archived: the chain begins behind seal { $seal } now. If you do not know of it, look who did it: kenpo-portal audit export --tenant { $union } --format text
trail-waiting = Rows that wait for their seal: { $waiting }, the oldest since { $since }. The running service seals within a second.
archive-done = { $rows } rows are in { $path } and no longer in the database. Keep the file as long as the union's rules ask.
archive-broken = { $union }: nothing is removed from a trail that is not as it was sealed. Next: find out what happened; kenpo-portal audit verify --tenant { $union }
archive-nothing = Nothing to archive: no seal holds only rows from before { $before }.
archive-ended = { $path } is of an archive that had ended; nothing was moved now. Next: give another file name
archive-damaged = { $path } does not hold what was sealed; nothing was removed from the database. Next: look at the disk, and give another file name
archive-busy = Another archive is being made in the folder "{ $folder }". Next: wait until it has ended, and run this again

# `verify-store`

store-strange = the database is not as the program makes it: { $objects }{ $more ->
        [0] {""}
       *[other] , and { $more } more
    }. Next: find out who changed it, and restore a backup of before.
store-damage = the database file is damaged: { $said }. Restore the last backup.
store-empty = The database has no member and no row of a trail yet: there is nothing to verify
store-sound = everything is as it must be ({ $rows } rows of the trail under { $seals } seals)
store-desk-only = { $count } members can come in only with the desk's help: no credential is in force, and no address is known. Next: kenpo-portal member revert
store-used-and-alive = link or code { $id } of member { $member }, made { $at }, was used and still works. Next: have the member ask for another mail, or give out another code: that ends it.
store-opened-twice = the session of row { $id } of the trail (member { $member }, { $at }) was opened before. Next: kenpo-portal member revert, if the member does not know it
store-password-untold = member { $member } has a password since { $at }, and the trail does not say who set it. Next: ask the member; kenpo-portal member revert if they did not
store-factor-untold = factor { $id } of member { $member } (of mailed codes: the same id) is there since { $at }, and the trail does not say who added it. Next: ask the member; kenpo-portal member revert if they did not
store-session-untold = session { $id } of member { $member } began { $at }, and the trail does not say how. Next: have the member sign out everywhere, or kenpo-portal member revert
store-acceptance-untold = member { $member } accepted terms { $at }, and the trail does not say so. Next: compare with the last backup
store-letter-untold = letter { $id } to member { $member } of { $at } tells of a change that the trail does not know. Next: compare with the last backup
store-change-unlettered = row { $id } of the trail: member { $member } has another password since { $at }, and no letter tells them. Next: tell the member
store-session-without-factor = session { $id } of member { $member } from { $at } lives, and the member holds no factor or has no password. Next: kenpo-portal member revert
store-session-end-moved = session { $id } of member { $member } from { $at } ends later than any union's file allows: somebody changed its end in the database. Next: kenpo-portal member sessions --end, and find out who
store-two-passwords = member { $member }: the union's first password works beside their own of { $at }. Next: kenpo-portal member revert
store-password-damaged = member { $member }: their password of { $at } is damaged, so no password is right any more. Next: the member asks for a new one on the sign-in page, or kenpo-portal member revert
union-closing = { $dry ->
    [0] The last day of this union is { $day }. When that day is over, nobody can sign in any more, and a page says so. To take it back: kenpo-portal tenant close --tenant { $tenant } --undo --reason "…"
   *[1] Only checked: the last day of this union would be { $day }.
}
union-closing-lifted = { $dry ->
    [0] The end of this union ({ $day }) is taken back. Members sign in with the passwords and methods they had.
   *[1] Only checked: the end of this union ({ $day }) would be taken back.
}
union-lifted-anew = { $dry ->
    [0] Its last day was over, so everybody was signed out, and links and codes that were sent before do not work any more. Members log in again with what they have.
   *[1] Its last day is over: everybody would be signed out, and links and codes that were sent before would not work any more.
}
union-begins-anew = The data of this union was erased. It begins anew, without members. Put its file { $tenant }.toml in place and import a roster.
union-closing-already = The last day of this union is { $day } already. Nothing was changed. To choose another day, first take it back: kenpo-portal tenant close --tenant { $tenant } --undo --reason "…"
union-not-closing = No last day is known for this union. Nothing was changed. To set one: kenpo-portal tenant close --tenant { $tenant } --on 2027-03-31 --reason "…"
union-not-over = This union is open until the end of { $day }. Its data can be erased after that. Nothing was erased.
union-being-erased = The data of this union is half erased. First let that end: kenpo-portal tenant purge --tenant { $tenant } --reason "…"
union-erased = The data of this union was erased { $at }. Nothing is left.
union-not-exported = Nobody has exported this union's data since it closed. Nothing was erased. To export it: kenpo-portal tenant export --tenant { $tenant } FOLDER --reason "…". To erase it all the same, add --without-export.
union-erased-elsewhere = Another purge is erasing this union's data. If it has stopped, run this one again in about a minute.
union-closed-anew = The last day of this union was taken back and written down again while this command was at work. Nothing more was erased. Look again, then run: kenpo-portal tenant purge --tenant { $tenant } --reason "…"
union-clocks-apart = The clock of this machine says { $here }, the clock of the database { $there }. While they differ, no union is closed, opened again, exported or erased. Set the wrong one right, then run this again.
union-clock-unlikely = The clock of this machine says { $here }, and the last moment that the database knows is { $known }. Until it is certain which is right, no union is closed, opened again, exported or erased. Next: look at the clock; where it is right: kenpo-portal clock --confirm --reason WHY
clock-likely = The clock of this machine says { $now }. Nothing that the database knows speaks against it.
clock-behind = The clock of this machine says { $here }, and the database knows a later moment, { $known }: the service is not ready, and no code or link is accepted. Next: set the clock by NTP; where it is right: kenpo-portal clock --confirm --reason WHY
clock-ahead = The clock of this machine says { $here }, more than 30 days after { $known }, the last moment that the database knows. Members sign in; nothing is ended or erased for good before the service has run for a day. Next: look at the clock; where it is right: kenpo-portal clock --confirm --reason WHY
clock-confirmed = Written down: it is { $now }. A service that runs believes it within half a minute, and where its clock was behind, a minute later.
union-exported = The union's data was exported: { $path } (SHA-256 of manifest.json: { $manifest }). It is personal data: hand it to the union safely, then delete it here.
union-exported-early = This export is provisional, and says so in README.txt and manifest.json: the union's last day, { $day }, is not over. Export again into a new folder when it is; kenpo-portal tenant purge waits for that one.
union-exported-open = This export is provisional, and says so in README.txt and manifest.json: the union has no last day, and goes on. If it leaves: kenpo-portal tenant close --tenant { $tenant } --on DATE, and export again when that day is over.
union-export-not-empty = { $path } is no empty folder: something is in it, or it is a file or a link. Nothing was written. Name a new folder.
union-export-no-folder = The folder { $path } cannot be made or read: { $why }. Nothing was written. Name a new folder in one that is there and is yours.
union-export-stopped = The export has stopped: { $path }: { $why }. The folder holds a part only, and no manifest.json. Delete the folder, mend the cause, and export again into a new one.
union-file-there = The union's file { $tenant }.toml is still there. Nothing was erased. Move the file away, have it noticed with kenpo-portal tenant reload, and run this again.
union-purge-ask = All members and records of { $tenant } will be erased. This cannot be undone. To erase them, type the union's id ({ $tenant }):
union-purge-not-agreed = Nothing was erased. Type the union's id when you are asked, or add --yes --again { $tenant }.
union-purged = { $dry ->
    [0] Erased: { $members } { $members ->
        [one] member
       *[other] members
    }, { $rows } rows of the database.
   *[1] Only checked: { $members } { $members ->
        [one] member
       *[other] members
    } and at least { $rows } rows, those of the trail included, would be erased.
}
union-purge-rest = What is left: backups of the database, exported folders, files of audit archive, logs of the service, letters that were sent. Delete each of them. The key ring stays: it is every union's. That { $tenant } has closed, and that its data was erased, stays in the database.
union-purge-trail-broken = The trail of { $union } is not as it was sealed. Nothing was erased. Take a copy of the database and find out why: kenpo-portal audit verify --tenant { $union }
union-leaving-broken = Stopped half-way: { $why }. Run it again: it goes on where it stopped.

# `backup`, `restore`

backup-done = { $path } is a whole and checked backup of { $at }: { $members } members, { $trail } rows of the trail, { $bytes } bytes, in { $seconds } s. Its SHA-256 stands in { $sum }: keep the two files together, and the sum in another place as well.
backup-cleared = Removed { $path }, which an earlier backup left that was killed.
backup-not-in-it =
    Not in it: the key ring { $ring }, without which no password works — keep a copy of it, and never beside the backup; the unions' files { $tenants }; the settings.
    It holds names, birth dates and mail addresses: encrypt it before it leaves this machine.
restore-readable = The backup of { $at } can be read: { $members } members, { $trail } rows of the trail. The key ring fits.
restore-not-compared = The file could not be compared with a sum: there is none beside it (.sha256), and --sha256 was not given. A bit that was turned in it is not noticed. Its SHA-256 is { $sha256 }; compare it with the one that `backup` printed.
restore-whole = The backup of { $at } is whole, and has the SHA-256 with which it was made: { $members } members, { $trail } rows of the trail. The key ring fits.
restore-ended = { $dry ->
    [0] Unions: { $unions }. Ended there: sessions { $sessions }, logins under way { $attempts }, links, codes and waits { $codes }, known browsers { $browsers }, addresses waiting to be confirmed { $addresses }. Letters that waited and are not sent, because most of them have been sent: { $letters }. Everybody signs in again, with the password and factor of that time.
   *[1] Only checked. Unions: { $unions }. Would end there: sessions { $sessions }, logins under way { $attempts }, links, codes and waits { $codes }, known browsers { $browsers }, addresses waiting to be confirmed { $addresses }. Letters that wait and would not be sent, because most of them have been sent: { $letters }.
}
restore-first-passwords = { $union }: { $count } of those letters carried first passwords. Who has not got theirs needs a new one: kenpo-portal member reissue --tenant { $union } …
restore-next =
    Next, before the service starts:
    { "  " }kenpo-portal verify-store
    { "  " }kenpo-portal keys status
    { "  " }kenpo-portal audit verify --heads FILE    # heads that were kept: how much of the trail is newer than the backup
    Then do again what the desk did since the backup: locks, ended memberships, reverts, deletions, rosters (src/rules/running/backup.md, “When it is needed”, 6).
    Then kenpo-portal serve
restore-older = { $dry ->
    [0] The backup is in its place, and is of an older program (missing: { $missing }). Nothing in it has ended yet, and nothing starts on it.
   *[1] Only checked. The backup is of an older program (missing: { $missing }). It would be put into its place, and nothing in it would end yet.
}
    Next: kenpo-portal migrate up, then kenpo-portal restore --finish --reason "…"
restore-not-marked = This database carries no mark of a restore; it starts as it is. Nothing was changed.
restore-moved = { $dry ->
    [0] Noted in the trail of every union: the database was moved. Sessions, links and codes go on. Next: kenpo-portal serve
   *[1] Only checked: it would be noted that the database was moved; nothing would end.
}
restore-finished-already = This restore was finished { $at }, and nothing is left that would end. Nothing was changed.
restore-unmarked = This database carries no mark of a restore. Nothing was changed. If files, a snapshot or a point in time were put back, it cannot know: kenpo-portal restore --finish --unmarked --reason "…"
sso-state = STATE
sso-made = MADE
sso-signs-from = SIGNS FROM
sso-number = NUMBER
sso-state-next = published, does not sign yet
sso-state-signs = signs
sso-state-retired = published, does not sign any more
sso-state-gone = published no more
sso-logout-since = SINCE
sso-logout-tries = TRIES
sso-logout-last = LAST RESULT
sso-logout-next = NEXT TRY
sso-logout-waits = waits
sso-logout-told = told
sso-logout-given-up = given up
sso-logout-nowhere = no address
sso-logouts-none = No service is to be told that a session has ended.
sso-logouts-again = { $again ->
    [0] Nothing waits for "{ $client }", and nothing was given up there in the last 7 days. Next: kenpo-portal sso logouts list --done
   *[other] "{ $client }" is told anew now ({ $again }). In a moment: kenpo-portal sso logouts list
  }
sso-no-key = This union has no key yet. The running service makes one of ES256 within 30 seconds.
sso-key-meanwhile = Another key came at the same time. Nothing has changed; run it again.
sso-key-later = Key { $kid } is published. It signs from { $from } on.
sso-key-emergency = Key { $kid } signs from now on, and the keys before are withdrawn. Until a service has read the new key, up to 15 minutes, members may not get in there.
sso-key-first = Key { $kid } is published. It is the first of its kind and signs from now on.
sso-no-client = No service of this union's file has the client_id "{ $client }". { $count ->
    [0] There is no service with [services.sso].
   *[other] There are: { $known }
  }
sso-secrets-enough = "{ $client }" has { $most } secrets already. Drop the one that is not used: kenpo-portal sso secret drop
sso-secret-made = The secret of "{ $client }". It is shown this once; hand it to the service's company on a safe way.
sso-no-secret = "{ $client }" has no secret yet. Next: kenpo-portal sso secret new
sso-vendor-written = Wrote how to connect to { $union } to { $path }. Look at it in a browser and hand it to the service's company.
sso-secret-dropped = { $there ->
    [1] Secret { $number } of "{ $client }" is good no more.
   *[other] "{ $client }" has no secret with the number { $number }. Next: kenpo-portal sso secret list
  }
sso-check-key = There is no key ({ $algorithm }) to sign with for "{ $client }". { $algorithm ->
    [RS256] Next: make one with openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem, then kenpo-portal sso keys import --tenant { $tenant } rsa.pem
   *[other] The running service makes one within 30 seconds.
  }
sso-check-secret = "{ $client }" has no secret yet. Next: kenpo-portal sso secret new --tenant { $tenant } --client { $client }
sso-check-unused = The secret of "{ $client }" is not used. Next: kenpo-portal sso secret list --tenant { $tenant }
sso-check-issuer = sso.issuer in the file is `{ $file }`, but services know this union as `{ $frozen }`. Write the old value again
sso-check-unreached = "{ $client }" cannot be told that a session has ended, at { $address }: { $why ->
    [unknown-host] nobody knows the host. Correct backchannel_logout_uri in the file, or ask the service's company
    [not-public] the host has no public address. Where that is meant, write internal = true
    [certificate] the certificate is not trusted. Ask the service's company, or name its authority by the setting sso.authorities
    [timeout] there is no answer in time. Ask the service's company, and look at the firewall
   *[other] nobody answers there ({ $why }). Ask the service's company, and look at the firewall
  }
sso-check-end = Services: { $count }, missing: { $problems }. Requests that wait for their member: { $waiting }
sso-no-sector = No service of this union's file is of the sector "{ $sector }". { $count ->
    [0] No service has [services.sso].
   *[other] There are: { $known }
  }
sso-subject-bad = Line { $line }: { $flaw ->
    [no-name] neither a number, nor a user ID, nor a member_id
    [sub] sub is written with up to 255 ASCII characters without spaces
    [sub-twice] the same sub as in line { $first }
    [member-twice] the same member as in line { $first }
    [unknown] there is no such member
    [other-sub] services know this member by another sub already
   *[taken] this sub is another member's
  }
sso-subjects-end = { $kind ->
    [refused] { $bad } lines are wrong. Nothing was imported; correct them and run it again.
    [dry] Only checked. { $new } subjects would come to "{ $sector }"; { $same } are there already.
   *[done] { $new } subjects came to "{ $sector }"; { $same } were there already.
  }

# tenant guide
guide-written = Wrote the guide of { $union } to { $path }. Open it in a browser and print it on A4.
guide-not-spoken = The pages of { $union } are not offered in this language (i18n.locales: { $spoken }). Choose one of them with --lang.

# tenant preview
preview-written = Wrote { $screens } pages and { $letters } letters in { $count } files to { $folder }. Open index.html.
preview-served = { $screens } pages and { $letters } letters. After a change of the union's file, open the index again. Ctrl-C ends it.
preview-not-empty = { $folder } is not empty, or is a link; nothing was written. Name a new folder.
preview-link-made = By this link { $id } is looked at on the running service until { $until }, and by nobody without it. It works like the real thing: whoever is on its roster can log in. Give it to those who are to look. To end it: kenpo-portal tenant preview { $id } --end-link --reason "…"
preview-link-ended = The link to the draft { $id } shows nothing any more.
preview-link-none = There is no link to the draft { $id } that works. Nothing was changed.
preview-link-no-draft = { $id } is no draft: everybody sees it at { $address }. No link was made. For a look at a change before it counts: kenpo-portal tenant preview { $id } --static FOLDER
preview-link-days = A link is good for 1 to { $most } days. Nothing was changed. Next: --days 14
preview-title = Preview of pages and letters
preview-lead = Made of the union's file alone: every page and letter that members can get, in the union's colours and words.
preview-made-up = Names, user IDs, numbers and addresses are made up. Buttons and links do nothing.
preview-offered = Pages that this union does not show (such as those of methods it does not offer) are left out. Notices that are still to come are shown.
preview-pages = Pages
preview-letters = Letters
preview-paper = On paper
preview-guide = Members' guide, to be printed
preview-printed = Letter with the first user ID and password
preview-open = Open
preview-to-index = Index
preview-phone = Phone (360 px)
preview-wide = Computer (1200 px)
preview-light = light
preview-dark = dark
preview-ja = Japanese
preview-en = English
preview-subject = Subject
preview-as-text = As plain text
preview-from = From
preview-reply-to = Reply to
