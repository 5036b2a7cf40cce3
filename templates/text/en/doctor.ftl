# `config show`, `doctor`. For operators.

config-head-setting = setting
config-head-value = value
config-head-origin = from
config-origin = { $origin }

doctor-fine = OK
doctor-look = look
doctor-warning = warning
doctor-bad = NG
doctor-late = Did not end within { $seconds } s. Next: look at the network and at the machine that was asked

doctor-settings = The settings can be read (not the default: { $count }). The list: kenpo-portal config show
doctor-database-strange = The database is not as the program makes it: { $objects }{ $more ->
        [0] {""}
       *[other] , and { $more } more
    }. Next: find out who changed it, and put it back
doctor-database = { $database }: schema { $has }, this program's { $range }
doctor-database-older = { $database }: schema { $has } lacks { $missing } of this program's migrations ({ $range }). Next: kenpo-portal migrate up --dry-run
doctor-keys = Key ring { $path } is this database's (keys in it: { $held })
doctor-keys-alone = Key ring { $path } can be read, but was not held against the database.
doctor-keys-none = There is no key ring { $path }. Next: kenpo-portal keys new
doctor-clock-agrees = The database's clock is { $seconds } s away.
doctor-clock-apart = The database's clock is { $seconds } s away: no code or link is accepted. Next: set the clocks of both machines by NTP
doctor-clock-kept = Something keeps this machine's clock right (NTP).
doctor-clock-look = Nothing that keeps the clock right (NTP) was found. In a container, look at timedatectl on the machine outside.
doctor-folders = Folders and files can be used, and nobody else can write to them.
doctor-folder-open = Others can read { $path } ({ $mode }). Next: chmod 600 { $path }
doctor-folder-read-only = { $path } cannot be written. Next: see that the user of the service owns it
doctor-folder-writable = Anybody can write to the folder { $path } ({ $mode }). Next: chmod o-w { $path }
doctor-folder-owner = { $path } and its folder { $folder } have different owners. Next: give both to the user of the service (chown)
doctor-folder-rest = { $path } is what a backup or a restore left that was killed, with members' data in it. Next: rm { $path }
doctor-space = Free on the disk of { $path }: { $free } MiB
doctor-space-little = { $free } MiB are free on the disk of { $path }. Next: make it more than 2048 MiB
doctor-space-none = Only { $free } MiB are free on the disk of { $path }. When it is full, nobody signs in.
doctor-space-unknown = How much is free on the disk of { $path } is not known.
doctor-unions = Unions that can be served: { $served }
doctor-unions-warning = Unions that can be served: { $served }, warnings: { $warnings }. Next: kenpo-portal tenant check
doctor-unions-kept = Unions that can be served: { $served }, { $kept } of them by an earlier version, because of errors in files: { $errors }. Members notice nothing. Next: kenpo-portal tenant check --db
doctor-trail = Rows of the trail are archived in time, or young enough to stay
doctor-trail-unread = The trail could not be looked at: first mend what is said above
doctor-trail-late = Unions whose trail holds rows from before their time (retention.trail_days): { $unions }; the oldest are of { $union }, since { $since }. Next, with the address of the tables' owner: kenpo-portal audit archive --tenant { $union } FILE --reason TEXT
doctor-trail-owned = The database account of these settings owns the trail's tables: whoever has its password can take rows out of the trail. Let the service run as an account that only reads and writes rows, and keep the owner's for migrate and audit archive; the statements are in src/rules/running/nodes.md, “Two accounts”
doctor-unions-bad = Unions that can be served: { $served }, errors: { $errors }. Next: kenpo-portal tenant check --db
doctor-mail = The mail server { $place } answers and takes us. To send one letter: kenpo-portal mail test
doctor-mail-none = mail.smtp_url is not set: no letter is sent, and letters are given up when they run out.
doctor-mail-stopped = The mail server { $place }: { $why }
doctor-mail-records =
    Look at the DNS of { $domain }: dig TXT { $domain } must have one v=spf1 … that allows the mail server, dig TXT _dmarc.{ $domain } a v=DMARC1; p=quarantine or p=reject. The DKIM key stands under the name that the mail server's manual says.
doctor-internal-open = internal.listen is { $address }. See that it cannot be reached from outside (/metrics, /readyz).
doctor-plain-http = public.scheme is http. Make it https before members come.
doctor-proxy-everybody = proxy.trusted believes what anybody says of addresses. Next: name the proxies in front, and nothing else
doctor-proxy-none = proxy.trusted is empty. Behind a proxy everybody is then counted as one address. Next: name the proxy's address
doctor-network = Nothing is odd about the listeners and proxy.trusted.
doctor-service = A service runs at { $address }, and is ready.
doctor-service-differs = A service runs at { $address }, and another node serves other versions of unions ({ $count }): { $unions }. Next: compare the folders of the nodes
doctor-service-none = No service runs at { $address }.
doctor-service-not-ready = The service at { $address } is not ready: { $why }
