# Examples of `--help`: a line with the command, and a line that says what it does. A test reads the commands
usage-heading = Usage:
usage-commands = Commands
usage-options = Options
usage-arguments = Arguments
usage-help = print this help
usage-version = print the version
usage-default = (default: { $value })
usage-values = (one of { $values })
usage-examples = Examples:
usage-exit = Exit status: 0 fine, 1 problems or differences found, 2 could not run. Data goes to standard output, words to standard error.
usage-top =
    kenpo-portal demo
    Tries it on this machine.
    kenpo-portal member find --tenant ID Kenpo --reason phone
    Finds members. Every command takes --help.
usage-demo =
    kenpo-portal demo --fresh
    Begins anew, with sample unions and members.
    kenpo-portal demo --listen 127.0.0.1:9000 --data /tmp/demo
    Another port and another folder.
usage-serve =
    kenpo-portal serve
    Runs as portal.toml says.
    PORTAL_LOG=debug kenpo-portal serve --config /etc/kenpo-portal/portal.toml
    Another settings file, and a log with more in it.
usage-healthcheck =
    kenpo-portal healthcheck
    Ends with 0 when it is ready, with 1 when it is not, with 2 when nobody answers.
usage-clock =
    kenpo-portal clock
    Says whether the database knows a moment that speaks against this machine's clock, and changes nothing.
    kenpo-portal clock --confirm --reason "NTP was off, the time was checked by hand"
    Says that the clock is right, and in every union's trail who said so and why: what is over is ended and erased
    again, at once.
usage-config-show =
    kenpo-portal config show
    The settings in force and where each comes from, with passwords as ***.
    kenpo-portal config show --json
    The same for machines.
usage-doctor =
    kenpo-portal doctor
    Looks at settings, database, keys, clock, folders, unions' files, mail and disk, and says what to mend.
    kenpo-portal doctor --json
    The same for machines. 0: all is well, 1: something should be otherwise, 2: something does not work.
usage-migrate-status =
    kenpo-portal migrate status
    Shows which changes are there; ends with 1 where some are missing or there is no database yet.
    kenpo-portal migrate status --json
    The same for machines.
usage-migrate-up =
    kenpo-portal migrate up --dry-run
    Says what would be run and which older nodes may go on meanwhile, and changes nothing.
    kenpo-portal migrate up
    Brings the database to this program's schema.
usage-keys-new =
    kenpo-portal keys new
    Makes a key ring where the setting keys.ring says.
    kenpo-portal keys new /etc/kenpo-portal/keys.toml
    Makes it there; nothing is overwritten.
usage-keys-adopt =
    kenpo-portal keys adopt
    Takes a ring of an older version for this database's.
usage-keys-rotate =
    kenpo-portal keys rotate
    Brings a new key into use. Stopped half-way, it goes on when it is run again.
usage-keys-status =
    kenpo-portal keys status
    Shows each key: since when, and what needs it.
    kenpo-portal keys status --json
    The same for machines.
usage-keys-remove =
    kenpo-portal keys remove
    Removes a key that nothing needs; refuses, and says what needs it, where something does.
    kenpo-portal keys remove 1 --force
    Removes key 1 even though members need it.
usage-tenant-check =
    kenpo-portal tenant check
    Checks every union's file.
    kenpo-portal tenant check ID --db --strict
    Checks one, against the database too; warnings count as errors.
usage-tenant-list =
    kenpo-portal tenant list
    Lists the unions.
    kenpo-portal tenant list --json
    The same for machines.
usage-tenant-show =
    kenpo-portal tenant show ID
    Every key of a union with the value in force, and the file and line it comes from.
    kenpo-portal tenant show ID password contact.phone
    That table and that key only.
    kenpo-portal tenant show ID --json
    The same for machines.
usage-tenant-preview =
    kenpo-portal tenant preview ID
    Shows every page and letter of the union in this machine's browser. After a change of the file, open the index again.
    kenpo-portal tenant preview ID --static preview
    Writes it into a new folder, which opens without a server (index.html) and can be sent to the union.
    kenpo-portal tenant preview ID --listen 127.0.0.1:9000
    At another port.
    kenpo-portal tenant preview ID --link --days 7 --reason "for the union to try"
    The address at which the running service shows the draft itself, to whoever has it.
    kenpo-portal tenant preview ID --end-link --reason "tried"
    From now on it shows nothing.
usage-tenant-guide =
    kenpo-portal tenant guide ID -o guide.html
    Writes the union's guide for its members into one file, to be opened and printed on A4.
    kenpo-portal tenant guide ID --lang en -o guide-en.html
    In English; without --lang it is in the union's own language.
    kenpo-portal tenant guide ID -o -
    To standard output.
usage-tenant-new =
    kenpo-portal tenant new ID --name "Name of the union"
    The files of a new union: a draft with the recommended values, and TODO where only the union knows.
    kenpo-portal tenant new ID --name "Name of the union" --like OTHER
    The same with the rules of the union OTHER; its names, hosts, mail, colours and terms are not copied.
usage-tenant-keys =
    kenpo-portal tenant keys
    Every key that a union's file may hold: what it is for, what it may hold, what is in force without it.
    kenpo-portal tenant keys password contact.phone
    That table and that key only.
    kenpo-portal tenant keys --json
    The same for machines.
usage-tenant-schema =
    kenpo-portal tenant schema
    Written to tenants/tenant.schema.json, and with #:schema ./tenant.schema.json as first line of a union's file: editors complete, check and explain it in Japanese.
    kenpo-portal tenant schema --defaults
    For _defaults.toml, as tenants/defaults.schema.json.
usage-tenant-diff =
    kenpo-portal tenant diff
    Says what would change if the files were read again, beside what the running service serves. Nothing is changed.
    kenpo-portal tenant diff ID --json
    One union only, for machines.
usage-tenant-reload =
    kenpo-portal tenant reload
    Has the running service read the unions' files again, and waits for what comes of it.
    kenpo-portal tenant reload --json
    The same for machines, with the time it took.
usage-tenant-close =
    kenpo-portal tenant close --tenant ID --on 2027-03-31 --reason merger --dry-run
    Says what would be done.
    kenpo-portal tenant close --tenant ID --on 2027-03-31 --reason merger
    Closes the union when that day is over.
    kenpo-portal tenant close --tenant ID --undo --reason "merger called off"
    Takes it back.
usage-tenant-export =
    kenpo-portal tenant export --tenant ID /secure/ID --reason "handed over to the union"
    Writes the union's data into a new folder, to be read without this program.
usage-tenant-purge =
    kenpo-portal tenant purge --tenant ID --reason "contract has ended" --dry-run
    Says what would be erased.
    kenpo-portal tenant purge --tenant ID --reason "contract has ended"
    Asks for the union's id once more, and erases its data.
usage-member-import =
    kenpo-portal member import --tenant ID roster.csv --dry-run
    Says who would change and how, and writes nothing.
    kenpo-portal member import --tenant ID roster.csv --notices notices.csv --notices-encoding cp932
    Imports, and writes first passwords as a table in the print house's encoding.
    kenpo-portal member import --tenant ID - --notices letters.html --notices-as letters
    Reads the roster from standard input, and writes letters for window envelopes.
    kenpo-portal member import --tenant ID --undo --dry-run --reason "wrong file"
    Says what taking the last import back would do.
usage-member-imports =
    kenpo-portal member imports --tenant ID
    Lists the imports.
usage-member-find =
    kenpo-portal member find --tenant ID hanako@example.jp --reason phone
    Finds by the mail address.
    kenpo-portal member find --tenant ID 12-3456789 --reason phone --json
    Finds by number, for machines.
usage-member-show =
    kenpo-portal member show --tenant ID 12-3456789 --reason phone
    Shows how far a member is, and what happened last.
usage-member-unlock =
    kenpo-portal member unlock --tenant ID hanako01 --reason identified
    Clears wrong tries, and ends a lock of the desk.
usage-member-lock =
    kenpo-portal member lock --tenant ID 12-3456789 --reason "phone lost, said by the member"
    Keeps the person out until unlock.
usage-member-move =
    kenpo-portal member move --tenant ID 12-3456789 15-77-01 --dry-run --reason "new KIGO"
    Says what another number would do, and changes nothing.
    kenpo-portal member move --tenant ID 12-3456789 15-77-01 --reason "new KIGO"
    Gives the person another number, and makes one of two that a roster made of them.
usage-member-end =
    kenpo-portal member end --tenant ID 12-3456789 --on 2027-03-31 --reason retired
    Ends the membership with that day.
    kenpo-portal member end --tenant ID 12-3456789 --undo --reason withdrawn
    Takes it back.
usage-member-desk-code =
    kenpo-portal member desk-code --tenant ID 12-3456789 --reason identified
    A code to be read out: works once, for 24 hours.
usage-member-revert =
    kenpo-portal member revert --tenant ID 12-3456789 --notices letter.html --notices-as letters --reason "new phone"
    Writes a letter with which the member begins anew.
usage-member-reset-factor =
    kenpo-portal member reset-factor --tenant ID 12-3456789 --reason identified --dry-run
    Says what would be done.
    kenpo-portal member reset-factor --tenant ID 12-3456789 --reason identified
    Takes every factor away; the member sets one up at the next sign-in.
usage-member-set-email =
    kenpo-portal member set-email --tenant ID 12-3456789 hanako@example.jp --reason identified
    Replaces the mail address; both are told.
usage-member-sessions =
    kenpo-portal member sessions --tenant ID 12-3456789 --reason phone
    Shows where the member is signed in.
    kenpo-portal member sessions --tenant ID 12-3456789 --end --reason lost
    Signs the member out everywhere.
usage-member-reissue =
    kenpo-portal member reissue --tenant ID 12-3456789 --notices letter.html --notices-as letters --reason lost
    A new first password for one member, as a letter.
    kenpo-portal member reissue --tenant ID --file lost.csv --notices notices.csv --reason "lost in the post"
    New ones for everybody in a roster.
    kenpo-portal member reissue --tenant ID --file - --notices - --reason "lost in the post"
    From standard input to standard output.
usage-member-delete =
    kenpo-portal member delete --tenant ID 12-3456789 --reason "wrong row"
    Erases a member who never signed in.
usage-terms-export =
    kenpo-portal terms export --tenant ID
    Writes who accepted which version, as JSON lines.
usage-mail-status =
    kenpo-portal mail status
    Letters of each union: waiting, sent, given up.
usage-mail-test =
    kenpo-portal mail test --tenant ID --to me@example.jp
    Sends one letter, and says where it sticks.
usage-audit-export =
    kenpo-portal audit export --tenant ID --since 2027-01-01 --until 2027-01-31
    A month of the trail, as JSON lines.
    kenpo-portal audit export --tenant ID --format csv --members --reason audit
    A table, with numbers and user IDs.
usage-audit-members =
    kenpo-portal audit members --tenant ID --doer yamada --reason audit
    Whom somebody looked at or changed, a line each.
usage-audit-verify =
    kenpo-portal audit verify
    Verifies the chains of all unions.
    kenpo-portal audit verify --heads -
    The same, against heads from standard input.
usage-audit-archive =
    kenpo-portal audit archive --tenant ID --before 2026-01-01 ID-2025.jsonl --reason yearly
    Moves old rows into a file.
usage-verify-store =
    kenpo-portal verify-store
    Checks the database after a fault or a restore; writes nothing.
usage-completions =
    kenpo-portal completions bash
    Writes what bash completes to standard output.
usage-receipt =
    kenpo-portal receipt 7K3M-2QX9 --log portal.log
    Looks up a receipt number in the trail and in the log.
    kenpo-portal receipt 7K3M-2QX9 --log -
    The log comes from standard input.
usage-backup =
    kenpo-portal backup /backup/portal-2027-01-15.db
    Copies the database while the service runs, checks the copy, prints its SHA-256 and writes it beside (.sha256).
    kenpo-portal backup /backup/portal-2027-01-15.db --json
    The same for machines, with the rows of each table.
usage-restore =
    kenpo-portal restore /backup/portal-2027-01-15.db --reason rehearsal --dry-run
    Checks the backup and the place, says what would end, and changes nothing.
    kenpo-portal restore /backup/portal-2027-01-15.db --reason "disk failed"
    Puts it into the empty place of database.url and ends sessions, links and codes.
    kenpo-portal restore /backup/portal-2027-01-15.db --sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 --reason "disk failed"
    The same where no .sha256 is beside it: refused where the file has another sum.
    kenpo-portal restore --finish --reason "disk failed"
    After pg_restore: ends them in a database that is in its place already.
    kenpo-portal restore --finish --unmarked --reason "snapshot put back"
    The same where files, a snapshot or a point in time were put back.
    kenpo-portal restore --moved --reason "new machine"
    The database was moved, and nothing ran since it was copied: nothing ends.
usage-sso-keys-show =
    kenpo-portal sso keys show --tenant ID
    Shows the keys that sign, and what each does now.
usage-sso-keys-rotate =
    kenpo-portal sso keys rotate --tenant ID --reason "yearly change"
    Publishes a new key, which signs in a day.
    kenpo-portal sso keys rotate --tenant ID --now --reason "a key has leaked"
    Changes it at once and withdraws the keys before.
usage-sso-keys-import =
    kenpo-portal sso keys import --tenant ID --reason "booking site" rsa.pem
    Brings an RSA key for services that know RS256 only. Remove the file afterwards.
usage-sso-secret-new =
    kenpo-portal sso secret new --tenant ID --client kenshin --reason "the booking site begins"
    Makes a secret and shows it once.
usage-sso-secret-list =
    kenpo-portal sso secret list --tenant ID
    Shows which service has secrets, and since when.
usage-sso-secret-drop =
    kenpo-portal sso secret drop --tenant ID --client kenshin --number 1 --reason "the new one is in use"
    Drops a secret that is used no more.
usage-sso-vendor =
    kenpo-portal sso vendor --tenant ID --client kenshin -o kenshin.html
    The page for that service's company, to be printed on A4.
    kenpo-portal sso vendor --tenant ID --lang en -o services.html
    All services of the union, in English.
usage-sso-subjects-import =
    kenpo-portal sso subjects import --tenant ID --sector kenshin --reason "from the former system" subjects.csv
    Brings what services called members before (sub). Columns: the number, or the user ID, or member_id; and sub.
    kenpo-portal sso subjects import --tenant ID --sector kenshin --dry-run --reason "a look" subjects.csv
    Only shows what would change, and which lines are wrong.
usage-sso-check =
    kenpo-portal sso check --tenant ID
    Shows services without a key or a secret.
    kenpo-portal sso check --tenant ID --probe
    Tries whether each service can be told that a session has ended as well.
usage-sso-logouts-list =
    kenpo-portal sso logouts list --tenant ID
    Lists the services that are still to be told that a session has ended.
usage-sso-logouts-again =
    kenpo-portal sso logouts again --tenant ID --client kenshin --reason "the booking site is back"
    Tells that service anew at once.
