# Common: words of every page
common-skip = Skip to main content
common-draft = A preview before publication. Members cannot see it yet.
common-error-prefix = Error:{" "}
common-errors = Please check what you entered
common-refused = That did not work
common-required = Required
common-optional = Optional
common-warning = Important:
common-go = Continue
common-back = Back
common-contact = Contact
common-phone = Phone
common-contact-url = The health insurance society’s website
common-privacy = Privacy
common-receipt = Reference number
common-read-in-this-language = English
common-user-id = User ID
common-password = Password
common-birth-date = Date of birth
common-email = E-mail address
common-code = One-time password
common-confirmation-code = Confirmation code
way-passkey = your face, fingerprint or screen lock
way-app-otp = the digits of your authenticator app
way-email-otp = digits that come by e-mail
way-or = , or{ " " }
common-show = Show
common-hide = Hide
common-show-password = Show password
common-show-password-confirm = Show the repeated password

calendar-date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }
calendar-day = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}
calendar-moment = { $date }, { $clock }

# Names of characters that cannot be used (F-05)
character-less-than = less-than sign
character-greater-than = greater-than sign
character-ampersand = ampersand
character-double-quote = double quote
character-single-quote = single quote
character-blank = blanks (space, tab, line break and so on)
character-vertical-tab = vertical tab
character-horizontal-tab = horizontal tab
character-dollar = dollar sign
character-percent = percent sign
character-exclamation = exclamation mark
character-hash = hash sign
character-question = question mark
character-section = section sign
character-comma = comma
character-semicolon = semicolon
character-colon = colon
character-asterisk = asterisk
character-tilde = tilde
character-slash = slash
character-backslash = backslash
character-pipe = pipe
character-caret = caret
character-equals = equals sign
character-left-bracket = left square bracket
character-right-bracket = right square bracket
character-left-brace = left brace
character-right-brace = right brace
character-left-parenthesis = left parenthesis
character-right-parenthesis = right parenthesis
character-backquote = backquote
