# Why a command cannot run, and what to type next. For operators.

# Why a command cannot run

fault-of-demo = The demo can begin anew. Next: add --fresh
fault-file = { $path }: { $why }. Next: { $next }
fault-at = { $path }: { $why }
fault-no-union = no union can be served. Next: { $again }
fault-export-cut = The reader left before the end, so the export is not whole. Do not use what was received; export it again.
fault-notices-beside-json = --notices - and --json cannot be used together: both would be written to standard output. Name a file for --notices.
fault-letters-in-utf-8 = Letters (--notices-as letters) are a page in UTF-8. Leave out --notices-encoding, or say --notices-as csv.
fault-unknown-union = there is no union "{ $id }" whose file is without errors. Next: kenpo-portal tenant check --db (why), kenpo-portal tenant list
fault-schema-older = the database's schema does not match (missing: { $missing }). Next: kenpo-portal migrate up
fault-schema-newer = the database's schema ({ $unknown }) needs kenpo-portal { $needed } or newer, and this is { $own }. Next: use kenpo-portal { $needed } or newer
fault-schema-unknown = the database's schema ({ $unknown }) is unknown to kenpo-portal { $own }. Next: use the program that ran `migrate up`
fault-no-database = the database { $path } is not there. If it was there before, make no empty one: stop the service, restore the backup to { $path } (kenpo-portal restore FILE --reason "…"), and run kenpo-portal verify-store. Next, only on a first start: kenpo-portal migrate up
fault-not-loopback = the demo listens on this machine only, and { $address } is not. Next: --listen 127.0.0.1:8080
fault-preview-not-loopback = A preview is for this machine only; it does not listen at { $address }. Next: --listen 127.0.0.1:8090, or --static DIR
fault-database-configured = a database is configured (PORTAL_DATABASE__URL or portal.toml), and the demo never touches one. Unset it, or run `kenpo-portal serve`.
fault-not-an-address = "{ $text }" is no address. Next: --listen 127.0.0.1:8080
fault-listen = cannot listen at { $address }: { $why }. Next: give { $setting } another address or port
fault-tenants-folder-closed = the folder of the unions' files { $path } cannot be read by the user { $user }, as whom this program runs. Next: chmod { $mode } { $closed }
fault-tenants-folder = the folder of the unions' files { $path } cannot be opened: { $why }. Next: check the setting tenants.dir (PORTAL_TENANTS__DIR)
fault-language = there is no language "{ $text }". Next: --lang ja or --lang en
fault-no-answer = { $address } (setting internal.listen) does not answer: { $why }. Is `kenpo-portal serve` running?
fault-not-answered = { $address } (setting internal.listen) is there and does not answer this (HTTP { $status }). See that `kenpo-portal serve` of the same version runs there, and ask again in a moment.
fault-sample-refused = { $path } cannot be imported. Next: kenpo-portal member import --dry-run, which says why
fault-mail-server = mail.smtp_url cannot be used: { $why }. Example: smtp://user:password@smtp.example.jp:587
fault-no-mail-server = mail.smtp_url is not set. Next: PORTAL_MAIL__SMTP_URL=smtp://smtp.example.jp:587
fault-reason-needed = Say why with --reason "…": the trail keeps it with your account. Example: --reason "phone call, identity checked"
fault-reason-unfit = --reason takes one line of 1 to { $most } characters, with something that can be seen, and without characters that turn the direction of a text.
fault-no-such-member = No member of this union has the user ID, number or id "{ $who }". Next: kenpo-portal member find, which knows names, too
fault-days-reversed = --since { $since } is later than --until { $until }: no day lies between them. Give the earlier day as --since.
fault-clock-unlikely = The clock of this machine says { $here }, and the last moment that the database knows is { $known }. Until it is certain which is right, no row of the trail is taken out of the database. Next: look at the clock; where it is right: kenpo-portal clock --confirm --reason WHY
fault-archive-too-young = --before { $before } is too late a day: rows of this union stay for { $days } days (retention.trail_days in its file, 90 at least; once the union has closed, 90). Give { $latest } or an earlier day, or leave --before out.
fault-no-heads = { $path } holds no head of a chain: nothing would be compared. Give a file that `kenpo-portal audit verify` printed before, and find out why this one is empty.
fault-not-a-head = { $path }, line { $line } is no head of a chain. Give a file that `kenpo-portal audit verify` printed before.
fault-other-archive = { $path } is there, and is not this archive. Choose another file name.
fault-not-owner = The database's account does not own the tables, so it cannot remove anything from the trail. Run the command with the owner's address: PORTAL_DATABASE__URL=postgres://OWNER… kenpo-portal audit archive …
fault-not-a-receipt = "{ $text }" is no receipt number: 8 letters and digits, without I, O, 0 and 1. Example: kenpo-portal receipt K7M294QA
fault-not-a-mail-address = "{ $text }" is no mail address. Give one, without a name.
fault-backup-to-output = A backup is checked before it appears, so it cannot go to standard output. Give the name of a new file: kenpo-portal backup FILE
fault-backup-by-postgres =
    PostgreSQL is backed up by its own tools, while the service runs. Nothing was done.
    Next: pg_dump --format=custom --no-owner --file="{ $file }" "{ $url }"
    as the owner of the tables; it asks for the password. In the compose set: docker compose run --rm backup
fault-not-a-backup = { $path } was not made by `kenpo-portal backup`. Nothing was changed. If it is a copy of the database made by other means: stop everything, put it in place by hand, then kenpo-portal restore --finish --unmarked --reason "…"
fault-backup-damaged = { $path } is damaged ({ $found }). Nothing was changed. Next: compare its SHA-256 with the one that `backup` printed, and use another copy
fault-sum-differs = { $path } is not the file that `backup` made: its SHA-256 is { $found }, and { $beside } says { $expected }. Nothing was changed. Next: use another copy of both files; if it is the sum that was damaged, compare with what `backup` printed then: --sha256 HEX, without { $beside }
fault-sum-differs-typed = { $path } is not the file that is meant: its SHA-256 is { $found }, and should be { $expected }. Nothing was changed. Next: use another copy, or the sum that `backup` printed for this one
fault-no-sum-in-file = { $path } holds no SHA-256 of the backup beside it. Nothing was changed. Next: use another copy of both files, or move { $path } away and give the sum that `backup` printed: --sha256 HEX
fault-not-a-sum = "{ $text }" is no SHA-256: 64 digits of 0 to 9 and a to f, as `backup` prints it.
fault-backup-newer = { $path } was made by a newer program. Nothing was changed. Next: use kenpo-portal { $needed } or newer; this is { $own }
fault-backup-unknown = { $path } was made by a program that kenpo-portal { $own } does not know. Nothing was changed. Next: use the program that made it
fault-backup-strange = { $path } is not as the program makes its database: { $objects }{ $more ->
        [0] {""}
       *[other] , and { $more } more
    }. Nothing was changed. A file like this can do on its own what nobody asked for. Next: compare its SHA-256 with the one that `backup` printed, and use another copy. What you have added to the database yourself has to be taken out of it before a backup is made
object-foreign = { $object } does not belong there
object-altered = { $object } was altered
object-missing = { $object } is missing
fault-restore-from-input = A backup is checked before it is restored, so it cannot come from standard input. Give the name of the file: kenpo-portal restore FILE --reason "…"
fault-restore-by-postgres =
    PostgreSQL is restored by its own tools. Nothing was done.
    Next: stop every node, make an empty database, then pg_restore --no-owner --exit-on-error --dbname="{ $url }" "{ $file }"
    as the owner of the tables, then kenpo-portal restore --finish --reason "…". In the compose set: docker compose run --rm restore FILE
fault-restore-taken = { $path } is a database with data, or another file; a restore never replaces one. Nothing was changed. Next: stop every node, and move the file away together with { $path }-wal and { $path }-shm
fault-restore-leftover = { $path }-wal or { $path }-shm is there without { $path }: it belongs to the database that was there, or to a service that still runs. Nothing was changed. Next: stop every node, and move both files away
fault-store-in-use = A node or another command uses this database. Nothing was changed. Next: stop every node and command, and run this again
fault-serves-already = Another service runs on this database ({ $path } is held). SQLite is for one: each would believe things that the other has changed. Nothing was started. Next: stop the other one first; for several nodes use PostgreSQL
fault-nodes-run = { $nodes ->
    [one] One node
   *[other] { $nodes } nodes
} said within the last 30 seconds that they run on this database. Nothing was changed. Next: stop every node, wait 30 seconds, and run this again
fault-unfinished-backup =
    this database is the backup of { $at }, put back by hand: links, codes and sessions from before may work in it again.
    Next: kenpo-portal restore --finish --reason "…"
    If it was moved here on purpose, and nothing ran since the copy was made: kenpo-portal restore --moved --reason "…"
fault-unfinished-dump =
    this database was brought in from a dump: links, codes and sessions from before may work in it again.
    Next: kenpo-portal restore --finish --reason "…"
    If it was moved here on purpose, and nothing ran since the dump was made: kenpo-portal restore --moved --reason "…"
fault-output = the output cannot be written: { $why }. What was written is not whole. Next: mend that, and run it again
fault-broken = this went wrong: { $fault }. Next: run it again; if it stays so, hand this line to whoever maintains the program
broken-no-randomness = the operating system gave no random bytes
broken-hashing-busy = too many passwords are being hashed
broken-hashing = a password could not be hashed ({ $what })
broken-hash = a kept password hash cannot be read
broken-sealed = a sealed value does not open
broken-unknown-key = key { $key } is not in the key ring
broken-signing = a signing key cannot be used
broken-inconsistent = what is kept contradicts the program's rules ({ $what })
broken-clock-not-compared = the clock was not compared with the database's yet
broken-clock-behind = the clock is { $seconds } s behind the newest moment that the database knows
broken-clock-jumped = the clock jumped by { $seconds } s
broken-clock-apart = the database's clock differs from this machine's by { $seconds } s
broken-notices = the notices file { $path } cannot be written: { $why }
broken-busy = others kept writing at the same time
broken-unsure = the connection to the database was lost at the end of writing, and it is not known whether it was done
broken-time = the clock is outside the calendar
broken-undo-kept = what an import can be taken back with cannot be read or written
broken-letter = a letter could not be written down
broken-no-certificate = there is no certificate of an authority (PEM)
broken-no-tls = the TLS library offers no ciphers that may be used
smtp-url-no-address = it is no address with a host
smtp-url-scheme = it begins with "{ $scheme }" instead of smtp:// or smtps://
smtp-url-tls = tls={ $word } is not required, opportunistic or none (with smtps:// only required)
smtp-url-unknown = "{ $word }" is unknown; there are tls= and ca=
smtp-url-half-credentials = user and password go together: write both or neither
smtp-url-clear-password = the password would travel in clear; use tls=required or smtps://
smtp-url-certificate = the certificate { $path } cannot be read as PEM
smtp-url-raw = user or password holds the character `{ $found }` as it is; write it as { $encoded } (and a % itself as %25)
smtp-url-hello = the setting mail.hello, "{ $name }", is no whole host name with a dot, such as portal.example.jp
smtp-url-space = space

# The machine: files, folders, listeners

machine-not-found = it is not there
machine-permission = the user who runs this has no permission
machine-exists = it exists already
machine-folder = it is a folder
machine-no-folder = a part of the path is no folder
machine-read-only = the file system is read-only
machine-no-space = no space is left
machine-not-utf-8 = it is not text in UTF-8
machine-no-plain-file = it is no ordinary file, or too large
machine-busy = another command is writing it
machine-file-name = the name is not in UTF-8, or not possible there
machine-address-in-use = another program has it
machine-no-own-address = it is no address of this machine
machine-refused = the connection was refused: nobody listens there
machine-cut = the connection was cut
machine-no-route = there is no way to it on the network
machine-reader-left = the reader left before the end
machine-no-answer = it does not answer
machine-no-host = no host of that name is found
machine-too-large = the file may not grow as large as that here
machine-disk = the disk reports an error
machine-no-handle = too many files are open
machine-folder-missing = its folder { $folder } is not there
machine-next-folder = check the folder's name, or make it (mkdir -p { $folder }), and run this again
machine-next-name = check its name and place
machine-next-permission = run this as the user to whom it belongs, or have its permissions changed (ls -l shows them)
machine-next-exists = name a new one; nothing is ever written over what is there
machine-next-file = name a file in it
machine-next-path = check the path
machine-next-read-only = name another place, or have it mounted so that it can be written
machine-next-space = make room there (df -h shows it), or name another place, and run this again
machine-next-text = save it as plain text in UTF-8
machine-next-plain = name an ordinary file of the size that belongs there
machine-next-busy = wait until the other command has ended, and run this again
machine-next-other = look into the machine's own log (journalctl --dmesg), and run this again

# The database

database-unreachable = the database cannot be reached: { $cause }. Next: check host and port in database.url, and that the database runs
database-silent = the database does not answer. Next: check host and port in database.url, and what stands between (a firewall)
database-starting = the database is starting up or shutting down. Next: wait a moment and run it again
database-full = the database takes no more connections. Next: raise max_connections, or close others
database-password = the database refuses user or password. Next: check both in database.url (other signs than letters and digits are written as %2F)
database-missing = there is no database of that name. Next: check the last word of database.url, or CREATE DATABASE
database-encryption = no encryption (TLS) with the database. Next: check sslmode and sslrootcert in database.url, and the server's certificate
database-forbidden = this account of the database may not do that. Next: as the owner of the tables, give it the rights on schema and tables (the statements are in src/rules/running/nodes.md, “Two accounts”); what changes tables (migrate up, audit archive) is run with the owner's database.url itself
database-address = database.url cannot be read. Example: postgres://user:password@host:5432/portal (other signs than letters and digits are written as %2F)
database-no-database = that file is no SQLite database. Next: check the file's name in database.url
database-cannot-open = the database's file cannot be opened. Next: check the permissions of the file and its folder in database.url
database-read-only = the database cannot be written. Next: check the permissions of file and folder, the file system, and that it is no replica
database-locked = another program holds the database. Next: wait until other commands of kenpo-portal have ended, and run it again
database-damaged = the database's file is damaged. Next: restore it from its backup
database-replaced = the database's file was deleted or replaced while the program had it open: what was written last may be lost. Next: stop the service and every command, put the file back or restore the backup, run kenpo-portal verify-store, start the service
database-no-space = the database's disk is full. Next: make room and run it again
database-disk = the disk on which the database lies does not read or write. Next: see whether it is full (df -h) and what the machine says of it (journalctl --dmesg), mend that, and run it again
database-unsure = the database did not say whether it kept what it was given. Next: see that it runs and that its disk reads and writes (journalctl --dmesg), and mend that
database-migration = what `migrate up` recorded in the database is not this program's. Next: check that the database belongs to a released program
database-other = the database cannot be used: { $fault }. Next: check database.url, and that the database runs

# The key ring

ring-missing = key ring { $path } is not there. Next: put its copy back there; only before the first start: kenpo-portal keys new { $path }
ring-needed = The database needs key { $key }: a new key ring opens nothing in it. Nothing was made. Next: put the copy of the key ring back to { $path }. A ring for another database: set database.url to that one (PORTAL_DATABASE__URL)
ring-too-open = key ring { $path } can be read by others (mode { $mode }). Fix: chmod 600 { $path }
ring-exists = { $path } exists; a key ring is never overwritten, because data sealed with it would be lost. Next: name a new file, or go on with this ring
ring-malformed = key ring { $path }: { $flaw }. Next: put its copy back in its place. A new ring opens nothing that this one sealed; only before the first start: kenpo-portal keys new FILE
ring-unreadable = key ring { $path }: { $why }. Next: { $next }
ring-flaw-not-a-ring = it is not valid TOML with active and [keys]
ring-flaw-not-a-number = key name "{ $name }" is not a number
ring-flaw-not-base64 = key { $id } is not base64
ring-flaw-length = key { $id } has { $bytes } bytes instead of { $wanted }
ring-flaw-no-active-key = the active key { $id } is not among the keys
ring-lost = the key ring { $path } is not there, and this database was used with key { $key }; a new ring would not open it. Next: restore the copy to { $path }, or mend the setting keys.ring (PORTAL_KEYS__RING)
ring-key-missing = the key ring { $path } lacks key { $id }, which this database is used with: every right password would count as wrong. Next: check keys.ring (PORTAL_KEYS__RING) and database.url, and use the copy of the right ring
ring-key-differs = key { $id } in the key ring { $path } is another one than this database is used with: every right password would count as wrong. Next: check keys.ring (PORTAL_KEYS__RING) and database.url, and use the copy of the right ring
ring-key-removed = key { $id }, the one for new data in { $path }, was removed from this database. Next: use the key ring of the other nodes, or its newest copy
ring-busy = another command of kenpo-portal is changing { $path }. Next: wait until it has ended, and run this again
ring-unproven = this database holds passwords of an earlier version, and nothing in it proves that they were made with the key ring { $path }. If it is the ring the earlier version ran with, next: kenpo-portal keys adopt

# The settings

setting-no-file = the settings file { $path } is not there. Next: check the name behind --config
setting-file = the settings file { $path } cannot be read: { $why }. Next: { $next }
setting-not-toml = { $path }:{ $line }: this is no TOML: { $why }. Next: mend this line
setting-value-file = { $variable } names the file { $path }, which cannot be read: { $why }. Next: { $next }
setting-wrong = setting { $key } ({ $origin }): { $why }
setting-nearly = there is no setting { $name } ({ $origin }). Is { $meant } meant? Next: mend the name, or take it away
setting-unknown = warning: kenpo-portal { $own } knows no setting { $name } ({ $origin }); it is ignored
setting-default = the default
setting-empty = it is empty. Write a value, or take the setting away.
setting-empty-file = this file is empty. Next: write the value into it (in the compose set /run/secrets/smtp_url is .secrets/smtp_url.prod: smtps://user:password@mail.example.jp) and start again
setting-no-text = it is no text in quotation marks. Example: "…"
setting-no-number = write a whole number from { $least } to { $most }.
setting-no-list = it is no list of texts. Example: ["a", "b"] (in a variable: a,b)
setting-range = "{ $shown }" is no whole number from { $least } to { $most }.
setting-no-address = "{ $shown }" is no IP address with a port. Example: { $example } (every address: 0.0.0.0:PORT)
setting-no-word = "{ $shown }" is none of { $words }.
list-and = ,{ " " }
setting-no-level = "{ $shown }" is none of off, error, warn, info, debug, trace.
setting-no-network = "{ $shown }" is neither an IP address nor a network. Example: 172.16.0.0/12, fd00::/8, 10.0.0.1
setting-no-domain = "{ $shown }" is no domain name. Example: portal.example.jp
setting-no-database = it begins with neither sqlite: nor postgres://. Example: sqlite:portal-data/portal.db, postgres://user:password@host:5432/portal
setting-no-database-file = it names no file. Example: sqlite:portal-data/portal.db
setting-database-unreadable = it cannot be read. Example: postgres://user:password@host:5432/portal (signs in the password are written as %2F)
setting-no-mail-server = it begins with neither smtp:// nor smtps://. Example: smtp://smtp.example.jp:587
setting-too-little-memory = argon2.lanes = { $lanes } needs { $needed } or more (8 KiB for each lane).
fault-no-certificate = { $path } (setting sso.authorities) holds no certificate of an authority that can be read. Next: put its certificate there in PEM (-----BEGIN CERTIFICATE-----), or remove the setting
fault-no-tls = TLS cannot be used: { $why }. Next: hand this line to whoever maintains the program
fault-not-an-rsa-key = { $path } is no unencrypted RSA private key of 2048 bits or more (PKCS#8, PEM). Next: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out { $path }
