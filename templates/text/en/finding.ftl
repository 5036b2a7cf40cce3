# What `tenant check` finds in the unions' files, and how to mend it (`…-help`). For operators.

# One file against the list of keys

finding-own-key = `{ $written }` belongs to one union and cannot be a shared default
finding-own-key-help = Write it in the union's own file
finding-secret = `{ $short }` looks like a secret; tenant files hold none
finding-secret-help = Remove the line, replace the secret, and pass the new one by the environment (PORTAL_…)
finding-belongs-at-the-top = `{ $name }` belongs at the top, before the first [table].{ " " }
finding-belongs-in = `{ $name }` belongs in { $tables }.{ " " }
finding-or = { " " }or{ " " }
finding-unknown-key = There is no key `{ $name }`
finding-unknown-key-in = There is no key `{ $name }` in { $table }
finding-unknown-key-help = { $hint }Usable keys: { $usable }
finding-out-of-range = { $path } = { $number } is out of range
finding-out-of-range-help = Use a number from { $from } to { $to }, such as { $line }
finding-repeated = `{ $text }` is written twice
finding-repeated-help = Remove one
finding-unknown-word = `{ $short }` is not a value of { $path }
finding-unknown-word-help = { $hint }Usable values: { $words }
finding-unfilled = { $path } is still to be filled in
finding-unfilled-help = Replace TODO by the real value
finding-unfilled-file = Line { $line } of { $path } is still a stand-in (TODO)
finding-unfilled-file-help = Replace it by the union's own, and take TODO away
finding-bare-date = The date of { $path } is not in quotation marks
finding-bare-date-help = Write "{ $date }"
finding-wrong-type = { $path } wants { $wanted }, but holds { $got }

# Pieces of sentences

finding-missing-in-help = Add { $name } = … to { $table }
finding-missing-help = Add { $name } = …
finding-missing = The required key `{ $path }` is absent
finding-did-you-mean = Did you mean `{ $near }`?{ " " }
finding-wanted-flag = true or false
finding-type-number = a whole number
finding-type-texts = a list of texts
finding-type-steps = a list of steps
finding-type-table = a table
finding-type-tables = a list of tables
finding-type-date = a date in quotation marks
finding-type-text = a text
finding-type-fraction = a number with a fraction
finding-type-flag = true or false
finding-type-bare-date = a date without quotation marks
finding-type-list = a list
finding-write-line = Write it as { $line }

# The form of a text

finding-write-value = Write "{ $meant }"
finding-unprintable = { $path } holds line breaks or invisible characters
finding-unprintable-help = Use printable characters on one line
finding-form-https = an address that begins with { $scheme }
finding-form-address = a mail address
finding-form-phone = a telephone number
finding-form-colour = a colour of # and six hex digits
finding-form-date = a day of the calendar (year-month-day)
finding-file-elsewhere = { $path } points outside the tenants folder
finding-file-elsewhere-help = Write it as `id/file`, below the tenants folder
finding-empty = { $path } is empty
finding-empty-help = Write a value, or remove the line
finding-too-long = { $path } is too long: { $count } characters
finding-too-long-help = Use at most { $most } characters
finding-malformed = { $path } is not { $form }
finding-malformed-help = Write it like "{ $example }"
finding-host-form = `{ $short }` cannot be used as a host
finding-host-form-help = Write lower-case letters, digits and hyphens joined by dots, without { $scheme }, port or final dot

# What is not TOML

finding-odd-curly-quotes = curly quotation marks
finding-odd-corner-brackets = corner brackets
finding-odd-wide-quotes = full-width quotation marks
finding-odd-wide-equals = a full-width equals sign
finding-odd-wide-brackets = full-width brackets
finding-odd-wide-comma = a full-width comma
finding-odd-wide-dot = a full-width dot
finding-odd-wide-hash = a full-width hash
finding-odd-wide-underscore = a full-width underscore
finding-odd-dash = a dash that is no hyphen
finding-odd-wide-space = a full-width space
finding-odd-special-space = a special space
finding-odd-invisible = an invisible character
finding-odd-wide-digits = full-width digits
finding-odd-wide-letters = full-width letters
finding-write-it-so = Write it as { $line }
finding-odd-instead-of-nothing = { $what } instead of nothing
finding-odd-instead-of-space = { $what } instead of a space
finding-odd-instead-of = { $what } `{ $written }` instead of { $meant }
finding-odd-unseen-instead-of = { $what } instead of { $meant }
finding-odd-help = Replace them by the plain characters
finding-odd = Here is { $named }
finding-and = ,{ " " }
finding-syntax-help = Put texts into "…" and one `key = value` on each line
finding-table-open = The brackets of the table `{ $written }` are not closed
finding-no-equals = There is no = in `{ $written }`
finding-no-value = `{ $written }` has no value
finding-triple-quotes-open = The triple quotation marks of `{ $written }` are not closed
finding-quotes-open = The quotation marks of `{ $written }` are not closed
finding-list-open = The [ of `{ $written }` is not closed
finding-no-quotes = The value of `{ $written }` is not in quotation marks
finding-not-toml = This is not TOML: { $why }
finding-key-twice = `{ $written }` is written twice
finding-key-twice-help = Remove one of the two

# What the TOML parser complains of

toml-twice = a key is written twice
toml-comma = a comma is missing, or one too many
toml-equals = an = is missing, or one too many
toml-escape = a backslash begins what is no character
toml-quotes = a quotation mark is missing
toml-brackets = a bracket is not closed
toml-date = this is no date
toml-number = this is no number
toml-key = this is no key
toml-value = a value is missing
toml-other = it is not written as it should be

# The steps of first login

finding-step-group = Only user-id and method can share one page
finding-step-group-help = Write ["user-id", "method"], or drop the inner brackets
finding-step-missing = `steps` lacks { $absent }
finding-step-missing-help = Every union needs birthdate, terms, method and password
finding-step-order = birthdate is not the first step
finding-step-order-help = Put birthdate first, so that nobody else gets further
finding-step-shape = A step is a text, or a group of texts
finding-step-shape-help = Write it as steps = ["birthdate", "terms", ["user-id", "method"], "password", "email"]
finding-step-repeated = The step `{ $text }` stands twice
finding-unknown-step = There is no step `{ $short }`
finding-unknown-step-help = { $hint }Usable steps: { $steps }

# The folder

finding-defaults-gone = { $file } is gone or empty; its last good text stays in force
finding-defaults-gone-help = Put the file back. If there are to be no shared values, write one line that begins with #
finding-stray-defaults = `{ $name }` is not read as the shared values
finding-stray = `{ $name }` is not read as a union's file
finding-leftover-help = { $stem }.toml is in use; remove this one if it is not needed
finding-stray-beside-help = { $stem }.toml is in use: see which is right, and remove or rename this one
finding-stray-help = Rename it to { $stem }.toml if it is to be used, or remove it
finding-folder-inner-help = Move { $name }/{ $name }.toml one folder up
finding-folder-only-help = Put { $name }.toml back if the union goes on, or remove the folder
finding-folder-only = There is a folder `{ $name }`, but no union's file { $name }.toml
finding-no-file =
    The union { $tenant } has no file, but { $members } { $members ->
        [one] member
       *[other] members
    } in the database
finding-no-file-help = Put { $tenant }.toml back. A running service goes on with the last good version, where one is kept. If the union has ended: kenpo-portal tenant close --tenant { $tenant } --on YYYY-MM-DD --reason "…"
finding-left = The union { $tenant } has left, and its data was erased
finding-left-help = Move the file away. To begin anew under this id: kenpo-portal tenant close --tenant { $tenant } --undo --reason "…"
finding-file-absent = There is no { $name }
finding-file-absent-help = Put the file there, or mend its name
finding-link-dangling = { $name } is a link that leads to nothing
finding-link-dangling-help = Mend where the link leads, or put the file itself there
finding-link-outside = { $name } is a link that leads out of the folder of the unions' files
finding-link-outside-help = Put the file itself there instead of a link
finding-file-not-regular = { $name } is no regular file but { $kind }
finding-file-not-regular-help = Replace it by a regular file
finding-file-too-large = { $name } is larger than { $most } KB
finding-file-too-large-help = Make it smaller, and see whether it is another file
finding-file-unreadable = { $name } cannot be read: { $error }
finding-file-forbidden = { $name } cannot be read by the user { $user }, as whom this program runs
finding-file-forbidden-help = chmod { $mode } { $path }
finding-file-unreadable-help = Check its kind and permissions
finding-kind-folder = a folder
finding-kind-pipe = a named pipe
finding-kind-socket = a socket
finding-kind-device = a device
finding-utf-16 = The file is not UTF-8; it seems to be UTF-16
finding-save-not-utf-16 = Save the file as UTF-8 (not UTF-16, "Unicode")
finding-not-utf-8 = The file is not UTF-8
finding-save-not-shift-jis = Save the file as UTF-8 (not Shift_JIS)

# Rules within one union

finding-slug = `{ $stem }.toml` cannot be the name of a union's file
finding-slug-help = Use 3 to 31 lower-case letters and digits, beginning with a letter; not admin, api, www, static or internal
finding-id-differs = The id `{ $id }` differs from the file name `{ $stem }.toml`
finding-id-differs-help = Write id = "{ $stem }", or rename the file
finding-user-id-length = The shortest user ID is longer than the longest
finding-length-help = Use min_length = { $max } or less, or max_length = { $min } or more
finding-user-id-symbol = `{ $found }` cannot be a symbol of user IDs
finding-symbol-help = List half-width symbols only
finding-password-length = The shortest password is longer than the longest
finding-short-limit = Passwords end at { $max } characters; long passphrases are not possible
finding-short-limit-help = NIST SP 800-63B advises to accept at least 64
finding-password-symbol = `{ $found }` cannot be a symbol of passwords
finding-no-symbols = A symbol is required, but none is listed
finding-no-symbols-help = List symbols, or drop `symbol` from require
finding-redundant = `letter` adds nothing to `upper` or `lower`
finding-redundant-help = Drop `letter` from require
finding-good-example = The `ok` example `{ $example }` breaks the rules: { $why }
finding-good-example-help = Change the example or the rules
finding-bad-example = The `ng` example `{ $example }` keeps the rules
finding-bad-example-help = Change the example or the rules; an example made of a user ID needs ng_user_id
finding-derived-too-long = First passwords made of 記号, 番号 and birth date live { $days } days
finding-derived-too-long-help = They can be guessed: use valid_days of at most 90
finding-no-method = There is no method
finding-no-method-help = Write one or more of { $known } in methods
finding-mail-not-required = Mailed codes or links are used, but the mail address is not required
finding-mail-not-required-help = Write required = true in [email]
finding-mail-not-confirmed = email-otp is offered, but mail addresses are not confirmed
finding-mail-not-confirmed-help = Write verification = "code" or "link" in [email]
finding-mail-too-late = Mailed codes are the only fallback, but the address comes after the method
finding-mail-too-late-help = Put "{ $email }" before "method" in steps
finding-contrast = White text on this colour has a contrast of { $contrast }:1 and is hard to read
finding-contrast-help = Choose a darker shade with at least 4.5:1
finding-notice-dates = The notice ends on { $last }, before it begins on { $first }
finding-notice-dates-help = Change from or until
finding-notice-over = The notice was over on { $last }
finding-notice-over-help = Remove it if it is no longer needed
finding-service-twice = Two services have the id `{ $id }`
finding-service-twice-help = Give one of them another id
finding-html = The sentence `{ $name }` holds < or >
finding-html-help = HTML is not possible; write plain text
finding-column-twice = The CSV header `{ $header }` stands for both { $other } and { $key }
finding-column-twice-help = Give each column its own header
finding-issuer = The name shown in the authenticator app cannot hold a colon
finding-issuer-help = Write an issuer without colon in [app_otp]
finding-default-language = The default language { $word } is not in locales
finding-default-language-help = Add "{ $word }" to locales
finding-translation-late = The English terms are not said to translate the version in force, `{ $version }`: English pages show the Japanese terms
finding-translation-late-help = Check that they say what the terms in force say, and then write version_en = "{ $version }"
finding-translation-unreadable = { $path } is not UTF-8
finding-english-unseen = { $key } is shown to nobody: this union does not offer English
finding-english-unseen-help = Add "en" to locales in [i18n], or remove this line
finding-english-partly = Texts without English: { $count }. English pages show them in Japanese
finding-english-partly-help = To be added: { $missing }

# Why an example of a password breaks the rules

finding-example-too-short = it has fewer than { $min } characters
finding-example-too-long = it has more than { $max } characters
finding-example-character = it has a character outside printable ASCII
finding-example-upper = it has no upper-case letter
finding-example-lower = it has no lower-case letter
finding-example-letter = it has no letter
finding-example-digit = it has no digit
finding-example-symbol = it has no symbol
finding-example-is-user-id = it equals the user ID
finding-example-contains-user-id = it contains the user ID
finding-example-not-allowed = it is not allowed

# Hosts and RP IDs

finding-host-among-aliases = The primary host `{ $host }` is among the aliases too
finding-host-among-aliases-help = Remove it from aliases
finding-host-outside = `{ $host }` lies outside this service's domains
finding-host-outside-help = Use a host below { $domains }, or add its domain to the setting hosts.base_domains
finding-rp-id-of-demo-help = These passkeys were made in the demo: check the setting database.url
finding-rp-id-frozen =
    { $passkeys } { $passkeys ->
        [one] passkey
       *[other] passkeys
    } of { $holders } { $holders ->
        [one] member
       *[other] members
    }, registered under the rp_id `{ $old }`, would stop working under `{ $new }`
finding-keep-host-help = Write rp_id = "{ $old }" under [passkey], and let hosts.primary be { $old } or a host below it; the new host may stand in hosts.aliases (src/rules/running/unions.md: Before a union changes its host or RP ID)
finding-keep-alias-help = Write rp_id = "{ $old }" under [passkey], and add "{ $old }" to hosts.aliases
finding-keep-rp-id-help = Write rp_id = "{ $old }" under [passkey]
finding-rp-id-bound-help = { $keep }. Passkeys registered under this rp_id: { $passkeys }
finding-rp-id-alias-help = Add "{ $bare }" to hosts.aliases
finding-rp-id-help = Write rp_id = "{ $bare }"
finding-rp-id-and-alias-help = Write rp_id = "{ $bare }", and add "{ $bare }" to hosts.aliases
finding-rp-id-foreign = The rp_id `{ $rp_id }` is not a host of this union's own
finding-kept-by-members = ; { $name }, which has members, goes on being served
finding-kept-by-first = ; { $name }, which was served there first, goes on being served
finding-host-taken = The host `{ $host }` is claimed by the union { $name } too{ $keeper }
finding-host-taken-help = Give each union its own host
finding-host-left-behind = The host `{ $host }` was the union { $tenant }'s, which still has data here. Browsers of its members hold its cookies for that host, and their passkeys are offered there
finding-host-left-behind-help = If the file of { $tenant } is gone by mistake, or no longer names the host by mistake, put it back. If { $tenant } has left, end it first: kenpo-portal tenant close, export, purge. If its members are to come to this union at that host, as after a merger, write it here: [hosts] takes_over = ["{ $tenant }"]
finding-owner-only = { $name } can be read by its owner { $owner } alone ({ $mode }): a service that runs as another user does not read it
finding-owner-only-help = chmod { $more } { $path }
finding-host-moved = The host changes from { $old } to { $new }, and the one of before leads nowhere: members sign in again, and old links and bookmarks are lost
finding-host-moved-help = Keep the host of before: [hosts] aliases = ["{ $old }"]
finding-withdrawn =
    The union was open and becomes a draft: { $members } { $members ->
        [one] member does
       *[other] members do
    } not reach it any more
finding-withdrawn-help = To close its pages for a while: status = "maintenance". If the union has ended: kenpo-portal tenant close
finding-rp-id-shared = The rp_id `{ $rp_id }` of the union { $holder } covers the host { $host } of the union { $name }{ $keeper }
finding-rp-id-shared-help = An rp_id must be a host that belongs to one union alone

# Files beside the TOML

finding-in-line = { $path }, line { $line }: { $why }
finding-terms-empty-swallowed = The section 「{ $heading }」 goes on to the next heading of its level: give the terms headings of that level or above
finding-terms-empty-help = Write the terms
finding-terms-empty = The terms are empty
finding-html-dropped = HTML in the terms is not shown
finding-html-dropped-help = Write Markdown
finding-changes-empty = The section 「{ $heading }」 of the terms says nothing
finding-changes-empty-help = Write what changed, or remove the heading
finding-changes-not-first = The section 「{ $heading }」 is not the first one, so everybody sees it as a part of the terms
finding-changes-not-first-help = Move it behind title and preamble, right before the first heading of the terms: those who agreed before see it above them
finding-preamble-in-changes = { $path }, line { $line }: this paragraph stands in the section 「{ $heading }」, so it is shown as a change and not as a part of the terms; newcomers do not see it
finding-preamble-in-changes-help = If it is the preamble, move it above the heading 「{ $heading }」; if it is a change, make it a list item (`- `)
finding-svg-help = Export the SVG again with shapes only: no scripts, outside references, embedded pictures or animation
finding-file-kind = { $path } is neither SVG nor PNG
finding-file-kind-help = Use SVG (recommended) or PNG
finding-touch-icon-kind = { $path } is no PNG
finding-touch-icon-help = Make it a square PNG of 180 to 1024 pixels: home screens draw no SVG
finding-hero-kind = { $path } is neither JPEG nor PNG
finding-hero-help = Make it a JPEG or PNG of 800 to 2400 pixels across and 400 to 2400 down, at most 200 KB
finding-picture-size = The size of { $path }, { $width } × { $height }, does not fit here

# What a logo must not hold

finding-svg-not-xml = it is not XML: { $fault }
finding-svg-root = it does not begin with <svg>
finding-svg-element = it holds <{ $shown }>
finding-svg-too-large = it is too large
finding-svg-handler = it holds the handler { $shown }
finding-svg-not-css = it holds a style sheet that is not CSS
finding-svg-attribute = it holds the attribute { $shown }
finding-svg-outside = { $name } refers to something outside
finding-svg-hidden = it loads or hides something by escapes or at-rules
finding-svg-url = url( ) refers to something outside
finding-svg-function = it holds { $shown }( )
finding-svg-style-unreadable = a style cannot be read
finding-svg-property = it holds the style { $shown }
finding-svg-sheet-unreadable = a style sheet cannot be read
finding-svg-selector = its style sheet holds `{ $shown }`
finding-svg-comment = a comment is not closed

# The terms, and what members accepted

finding-terms-rewritten =
    The text of the terms has changed, and the version is still `{ $version }`: { $others } { $others ->
        [one] member
       *[other] members
    } accepted another text under it
finding-terms-rewritten-help = Give terms.version a new name, such as the day of the change: members are shown the new terms when they next sign in. If no change was meant, put the old text back
finding-terms-renamed =
    The version of the terms is now `{ $version }`, and the text is the one that { $members } { $members ->
        [one] member
       *[other] members
    } accepted as `{ $old }`
finding-terms-renamed-help = Point terms.file to the new text, or put terms.version back to `{ $old }`: as it is, everybody is asked again

# Advice

finding-passkey-second = User ID and password come before the passkey, so passwords remain to be phished
finding-passkey-second-help = passkey = "alone" is recommended
finding-relogin = Members are logged out before they set up their factor; some will stop there
finding-relogin-help = mfa_setup = "continue" is recommended
finding-derived-password = First passwords are made of 記号, 番号 and birth date: whoever saw the card knows them, and the birth-date step adds nothing
finding-derived-password-help = existing = "random" is recommended
finding-lost-factor-by-mail = Mail and birth date replace a lost factor at once; a stolen mailbox is enough
finding-lost-factor-by-mail-help = lost_factor = "desk-code" or lost_factor_wait_hours = 24 is recommended
finding-composition = Required character classes lead to passwords such as a word with 1! at the end
finding-composition-help = require = [] is recommended: length and the blocklist protect better
finding-unconfirmed-mail = Mail addresses are not confirmed at first login; slips are found too late
finding-unconfirmed-mail-help = verification = "code" is recommended
finding-short-retention = Data of former members are erased { $days } days after the membership ended: too soon to take a mistake back
finding-short-retention-help = 30 days or more are recommended; without this line it is 400
finding-stale-accept = check.accept names { $code }, which no value of this file brings about any more
finding-stale-accept-help = Remove "{ $code }" from accept
finding-sso-issuer = sso.issuer `{ $issuer }` is not the address of one of this union's hosts
finding-sso-issuer-help = Write one of the union's hosts (hosts.primary or hosts.aliases) with no / or path behind it: `{ $example }`. Without the line it is the address of hosts.primary
finding-sso-test = Single sign-on is for trying out here (sso.test)
finding-sso-test-help = Services on this machine and services without PKCE are allowed. Remove the line `test` in production
finding-sso-client-twice = Two services have the client_id `{ $id }`
finding-sso-client-twice-help = Give each service a name of its own
finding-sso-client-id = The client_id `{ $id }` has a character that cannot stand there
finding-sso-client-id-help = Write it with ASCII letters, digits and - . _ ~ only
finding-sso-no-uri = There is no address at which members come back to the service
finding-sso-no-uri-help = Ask the service's company for its redirect URI and write it into redirect_uris
finding-sso-uri = Members cannot be sent to `{ $uri }`: { $flaw ->
    [not-https] it does not begin with { $scheme }
    [no-name] it has no name of a host
    [wildcard] it has a *
    [fragment] it has a #
    [user] it has an @ before the host
   *[malformed] it is no whole address
  }
finding-sso-uri-help = Write the whole address as the service's company uses it: `{ $example }`
finding-sso-no-openid = "openid" is missing in scopes
finding-sso-no-openid-help = Add "openid": without it the service cannot tell members apart
finding-sso-insured = The insured person's number (kenpo_insured) may not be given to this service
finding-sso-insured-help = Only a service of health insurance business that works for the union or with it may have it (Health Insurance Act, art. 194-2). If it is one, write purpose = "health-insurance" and relation = "entrusted" or "joint"; if not, remove "kenpo_insured"
finding-sso-strength = Members of this union cannot set up what require_acr demands
finding-sso-strength-help = Add the authenticator app "app-otp" to login.methods, allow passkeys, or remove the line require_acr
finding-sso-keys-file = { $has ->
    [0] There is no file with the service's public keys (jwks)
   *[1] jwks is used with auth = "private-key" only
  }
finding-sso-keys-file-help = { $has ->
    [0] Ask the service's company for its public keys (JWK set), put the file into the union's folder, and write jwks = "union/name.json"
   *[1] Write auth = "private-key", or remove the line jwks
  }
finding-sso-keys = The public keys in { $path } cannot be used: { $flaw ->
    [private] there is a private key in it
    [size] an RSA key has fewer than 2048 bits or more than 8192
    [twice] two keys have the same name (kid)
    [no-key] no key in it signs by ES256 or RS256
   *[malformed] it is not a JWK set
  }
finding-sso-keys-help = Ask the service's company for a file with its public signing keys only (JWK set, ES256 or RS256)
finding-sso-insurer = sso.insurer_number is no insurer number
finding-sso-insurer-help = Write the eight digits as they stand on the card. The last one checks the others
finding-sso-issuer-frozen = Services know this union as `{ $old }`. It cannot become `{ $new }` (sso.issuer)
finding-sso-issuer-frozen-help = Write issuer = "{ $old }" again, or remove the line issuer
finding-sso-tile-here = The tile leads to `{ $url }`, which is this machine to each member: that is for unions that are for trying out
finding-sso-tile-here-help = Write the address at which members reach the service, such as { $example }; in a union for trying out, write test = true under [sso]
finding-sso-pkce = pkce = "optional" is for unions that are for trying out
finding-sso-pkce-help = Remove the line. Where a service cannot do PKCE, write "nonce"
finding-sso-told-at = Logging out cannot be told to `{ $uri }`: { $flaw ->
    [not-https] it does not begin with { $scheme }
    [no-name] it has no name of a host
    [wildcard] it has a *
    [fragment] it has a #
    [user] it has an @ before the host
   *[malformed] it is no whole address
  }
finding-sso-told-at-help = Ask the service's company for its back-channel logout URI and write it whole: `{ $example }`
finding-sso-logout-nowhere = There is { $key }, but no address at which the service is told of logging out
finding-sso-logout-nowhere-help = Write backchannel_logout_uri, or remove this line
finding-sso-logout-here = `{ $uri }` is an address of this machine: logging out is not told there
finding-sso-logout-here-help = Add internal = true if this is for trying out; in production write the address of the service's company
