# First login
first-login-progress = Steps of the first login
first-login-step = Step { $number } of { $all }
first-login-promise = About 10 minutes in all
first-login-step-done = (done)

first-login-birth-date-title = Your date of birth
first-login-birth-date-caution = To confirm that it is you, please enter your date of birth as 8 digits.
first-login-birth-date-example = (for example 19790822)
first-login-birth-date-hint = Year, month, day. Japanese eras such as 昭和54年8月22日 work too.

first-login-terms-title = Terms of use
first-login-terms-lead = Please read the terms of use. If you agree, you go on to the next step.
first-login-terms-changed = The terms of use have changed. Please read them and choose whether you agree.
first-login-terms-region = Text of the terms of use
first-login-agree = I agree
first-login-decline = I do not agree
first-login-declined-title = You did not agree to the terms of use
first-login-declined-what = Without agreeing you cannot use the services, so we have stopped here. Your answer was not stored.
first-login-declined-do = If you change your mind, just log in again. You can go on from where you left.
first-login-declined-way = Back to log in

first-login-user-id-and-method-title = Change your user ID and choose a method
first-login-user-id-title = Change your user ID
first-login-method-title = Choose a method
first-login-method-set-up = Set up the method
first-login-user-id-caution = You can change your user ID.
first-login-method-caution-both = Please choose how you confirm that it is you: biometrics, or OTP (one-time passwords).
first-login-method-caution-passkey = Please choose how you confirm that it is you: biometrics.
first-login-method-caution-otp = Please choose how you confirm that it is you: OTP (one-time passwords).
first-login-user-id-keep = You do not have to change it.
first-login-user-id-length = A new one has { $min } to { $max } characters.
first-login-user-id-allowed = You can use letters, digits and { $symbols }. Capital letters become small ones.
first-login-user-id-both = Use at least one letter and one digit.
first-login-forbidden-open = See the characters you cannot use
first-login-forbidden-lead = These characters cannot be used in a user ID:
first-login-method-label = Method
first-login-method-recommended = We recommend “{ $label }”.
first-login-method-passkey = Biometrics
first-login-method-otp = OTP
first-login-method-app-otp = OTP (app)
first-login-method-email-otp = OTP (e-mail)
first-login-about-passkey = “{ $label }” uses your face, fingerprint or screen lock (a passkey). Please switch it on in your device’s settings first.
first-login-about-app-otp = “{ $label }” uses six digits shown by an app on your phone.
first-login-about-email-otp = “{ $label }” uses six digits sent to you by e-mail.
first-login-otp-means = OTP is short for one-time password.

first-login-email-title = Your e-mail address
first-login-email-caution = Please confirm or change your e-mail address to activate your account.
first-login-email-keep = If this address is right, leave it as it is and press “Continue”.
first-login-email-hint = Enter the e-mail address you normally use.
first-login-email-unique = It must be a different one from your family’s.
first-login-email-optional = If you have none, leave this empty.

first-login-done-title = Your first login is complete
first-login-done-text = Please log out now, so that you can set up your second method. When you log in again, the set-up screen appears.
first-login-done-button = Log out and set up your method
first-login-done-mail-text = Please log out and log in again. From now on you enter a one-time password that we send you by e-mail.
first-login-done-mail-button = Log out and log in again
first-login-done-upper-right = You can also log out by pressing your name at the upper right.
first-login-done-services = After the set-up you can use these services.

# New password (F-06)
password-title = Set a new password
password-caution = Please set a new password to activate your account.
password-caution-reset = You need to change your password.
password-confirm = Password again
password-confirm-hint = Enter the same password once more.
password-rules-title = Rules for the password
password-rule-met = (done)
password-rule-min = At least { $min } characters
password-rule-max = At most { $max } characters
password-rule-upper = A capital letter (A–Z)
password-rule-lower = A small letter (a–z)
password-rule-letter = A letter
password-rule-digit = A digit
password-rule-symbol = A symbol
password-rule-ascii = Only half-width letters, digits and symbols
password-rule-user-id = Not the same as your user ID
password-rule-contains-user-id = Does not contain your user ID
password-rule-personal = Not your current password, date of birth or insurance number
password-rule-common = Not a password that anyone would think of
password-symbols = Symbols you can use:
password-examples = Examples of the right form (you cannot use these themselves):
first-login-done-login = From now on, log in with the user ID “{ $login }” and your new password.
first-login-method-coming = “{ $label }” is being prepared and not available yet.
