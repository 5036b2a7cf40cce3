# Mails (subjects without the union's prefix)
letter-browser-unknown = unknown
letter-method-passkey = Biometrics
letter-method-app-otp = Authenticator app
letter-method-email-otp = OTP (e-mail)

# How to begin (ML-1)
letter-first-credentials-subject = Your first login ({ $clock })
letter-first-credentials-button = Open the members’ page
letter-first-credentials-text =
    Here are your temporary user ID and your temporary password for the { $heading }.

    Temporary user ID
    { $login }

    Temporary password
    { $password }

    Open this page, press “Log in” and enter the temporary user ID and password above.
    { $place }

    Type capital and small letters as they are written. They work until { $until }.

    The first set-up takes about 10 minutes in all. You can stop at any time: when you log in again, you go on from where you left off. You choose a password of your own on the way.

    Do not tell the temporary password to anyone. Our staff never ask for it on the phone.
    If you did not expect this e-mail, please call the number below.

    { $contact }

# Mails that carry a code: without any web address
letter-mail-code-subject = Your one-time password ({ $clock })
letter-mail-code-text =
    This is your one-time password for logging in to the { $heading }.

    { $code }

    Go back to the page that asks for it and enter these { $digits } digits. They work for { $minutes } minutes.
    If you got several e-mails, use the digits of the newest one.

    Do not tell this code to anyone. Our staff never ask for it on the phone.
    If you are not logging in right now, someone may know your password. Please change it and call the number below.

    { $contact }
letter-confirm-email-by-code-subject = Confirm your e-mail address ({ $clock })
letter-confirm-email-by-code-text =
    This e-mail address was entered at the { $heading }. Here is the confirmation code by which we check that it is yours.

    { $code }

    Go back to the page that asks for it and enter these { $digits } digits. They work for { $minutes } minutes.
    If you got several e-mails, use the digits of the newest one.

    Do not tell this code to anyone. Our staff never ask for it on the phone.
    If you did not expect this e-mail, someone may have typed your address by mistake. Please just delete this e-mail.

    { $contact }
letter-new-email-code-subject = Confirm your new e-mail address ({ $clock })
letter-new-email-code-text =
    This e-mail address was entered at the { $heading } as a new address. Here is the confirmation code by which we check that it is yours.

    { $code }

    Go back to the page that asks for it and enter these { $digits } digits. They work for { $minutes } minutes.
    If you got several e-mails, use the digits of the newest one.

    Do not tell this code to anyone. Our staff never ask for it on the phone.
    If you did not expect this e-mail, someone may have typed your address by mistake. Please just delete this e-mail.

    { $contact }

# Mails that carry a link, and a code
letter-confirm-email-by-link-subject = Confirm your e-mail address ({ $clock })
letter-confirm-email-by-link-text =
    This e-mail address was entered at the { $heading }.
    If it is yours, press the link below, and then “Confirm this e-mail address” on the page that opens.

    Confirm e-mail address
    { $link }

    If you cannot press the link, go back to the page you came from and enter this confirmation code ({ $digits } digits).

    { $code }

    The link works for { $minutes } minutes, the code for { $code_minutes }. If you got several e-mails, use the newest one.

    Do not tell this code to anyone. Our staff never ask for it on the phone.
    If you did not expect this e-mail, someone may have typed your address by mistake. Please just delete this e-mail.

    { $contact }
letter-recovery-subject = How to set a new password ({ $clock })
letter-recovery-text =
    This is how you set a new password for the { $heading }.
    Press the link below, and then “Reset password” on the page that opens.

    Reset password
    { $link }

    To go on in the window where you asked, press “Enter the confirmation code” there and enter this confirmation code ({ $digits } digits).

    { $code }

    The link and the code stop working after { $minutes } minutes, and they work only once. If they do not work any more, please start again.

    Do not tell this code to anyone. Our staff never ask for it on the phone.
    If you did not ask for this, please just delete this e-mail. Your password stays as it is. If it keeps coming, please call the number below.

    { $contact }

# Your user ID (ML-4)
letter-user-ids-subject = Your user ID ({ $clock })
letter-user-ids-text =
    This is your user ID for the { $heading }.

    { $logins }

    Enter this user ID and your password on the login page.
    If there are several, some belong to your family. Please use your own.

    If you did not ask for this, someone may know your date of birth and your e-mail address. Nobody can log in with a user ID alone. If it keeps coming, please call the number below.

    { $contact }

# Security notices
letter-first-credential-used-subject = Your first login ({ $clock })
letter-first-credential-used-text =
    Someone logged in to the { $heading } with your temporary password (insurance symbol, number and date of birth).

    Time: { $time }

    If it was you, there is nothing to do.
    If it was not you, someone may be using your name. Please call the number below right away.

    { $contact }
letter-first-login-done-passkey = From now on, enter your user ID and password on the login page, and confirm with your face, your fingerprint or your screen lock.
letter-first-login-done-app-otp = From now on, enter your user ID and password on the login page, and then the 6 digits that your authenticator app shows.
letter-first-login-done-email-otp = From now on, enter your user ID and password on the login page, and then the 6 digits that we send to this address.
letter-first-login-done-alone = From now on, press “{ $button }” on the login page.
letter-first-login-done-device = Registered as: { $device }
letter-first-login-done-subject = Your first login is complete ({ $clock })
letter-first-login-done-text =
    Your first login to the { $heading } is complete, and your method has been registered.

    Time: { $time }
    Method: { $method }{ $registered }
    Device: { $browser }

    { $next }

    If it was you, there is nothing to do.
    If it was not you, please call the number below right away.

    { $contact }
letter-app-added-subject = An authenticator app was registered ({ $clock })
letter-app-added-text =
    An authenticator app was newly registered for the { $heading }.

    Time: { $time }
    Registered as: { $device }
    Done on: { $browser }

    If it was you, there is nothing to do.
    If it was not you, please change your password and call the number below right away.
    Outside phone hours, first set a new password with “Forgot your password?” on the login page.

    { $contact }
letter-passkey-added-subject = A device was registered for login with face, fingerprint or screen lock ({ $clock })
letter-passkey-added-text =
    A device was newly registered for login with face, fingerprint or screen lock at the { $heading }.

    Time: { $time }
    Registered as: { $device }
    Done on: { $browser }

    If it was you, there is nothing to do.
    If it was not you, please change your password and call the number below right away.
    Outside phone hours, first set a new password with “Forgot your password?” on the login page.

    { $contact }
letter-passkey-copied-subject = A device for login with face, fingerprint or screen lock was not accepted ({ $clock })
letter-passkey-copied-text =
    At the { $heading }, we did not accept a device registered for login with face, fingerprint or screen lock. There may be a copy of its key somewhere else.

    Time: { $time }
    Registered as: { $device }

    If it was you, please call the number below: we will help you log in again.
    If it was not you, please change your password and call the number below right away.

    { $contact }
letter-mail-code-chosen-subject = One-time passwords by e-mail were registered ({ $clock })
letter-mail-code-chosen-text =
    One-time passwords by e-mail were registered as a login method for the { $heading }.

    Time: { $time }
    Done on: { $browser }

    If it was you, there is nothing to do.
    If it was not you, please change your password and call the number below right away.
    Outside phone hours, first set a new password with “Forgot your password?” on the login page.

    { $contact }
letter-factor-removed-usual = {" "}From now on, you log in with: { $method }.
letter-factor-removed-subject = A login method was deleted ({ $clock })
letter-factor-removed-text =
    A login method registered for the { $heading } was deleted.{ $usual }

    Time: { $time }
    Deleted method: { $device }
    Done on: { $browser }

    If it was you, there is nothing to do.
    If it was not you, please change your password and call the number below right away.
    Outside phone hours, first set a new password with “Forgot your password?” on the login page.

    { $contact }
letter-login-changed-subject = Your user ID was changed ({ $clock })
letter-login-changed-text =
    Your user ID for the { $heading } was changed. From now on, please log in with the new one.

    Time: { $time }
    Done on: { $browser }

    If it was you, there is nothing to do.
    If it was not you, please call the number below right away.
    Outside phone hours, please call as soon as the office is open.

    { $contact }
letter-method-chosen-subject = Your login method was changed ({ $clock })
letter-method-chosen-text =
    Your login method for the { $heading } (the one used after your password) was changed.

    Time: { $time }
    New method: { $method }
    Done on: { $browser }

    If it was you, there is nothing to do.
    If it was not you, please change your password and call the number below right away.
    Outside phone hours, first set a new password with “Forgot your password?” on the login page.

    { $contact }
letter-password-changed-subject = Your password was changed ({ $clock })
letter-password-changed-text =
    Your password for the { $heading } was changed.

    Time: { $time }
    Done on: { $browser }

    If it was you, there is nothing to do.
    If it was not you, please call the number below right away.
    Outside phone hours, first set a new password with “Forgot your password?” on the login page.

    { $contact }
letter-recovered-subject = Your password was reset ({ $clock })
letter-recovered-text =
    “Forgot your password?” was completed at the { $heading }, and you have a new password. You were logged out on your other phones and computers.

    Time: { $time }
    Done on: { $browser }

    If it was you, there is nothing to do.
    If it was not you, please call the number below right away.

    { $contact }
letter-recovered-with-factor-subject = Your password and login method are new ({ $clock })
letter-recovered-with-factor-text =
    “Forgot your password?” was completed at the { $heading }, and you have a new password and a new login method. The old method does not work any more. You were logged out on your other phones and computers.

    Time: { $time }
    Done on: { $browser }

    If it was you, there is nothing to do.
    If it was not you, please call the number below right away.

    { $contact }
letter-lost-factor-asked-subject = Someone asked to replace your login method ({ $clock })
letter-lost-factor-asked-button = Cancel the change of your login method
letter-lost-factor-asked-text =
    Someone asked to replace the login method of the { $heading }. For your safety it cannot be changed right away.

    Asked: { $time }
    It can be replaced: from { $opens } until { $closes }

    If it was you, please start again from “Forgot your password?” at that time. If you log in with your old method before that, the change is cancelled.

    If it was not you, press the link below, and then “Cancel the change” on the page that opens. Then please call the number below right away.

    { letter-lost-factor-asked-button }
    { $link }

    { $contact }
letter-email-changed-subject = Your e-mail address was changed ({ $clock })
letter-email-changed-text =
    Your e-mail address for the { $heading } was changed. We send this to both the old and the new address.

    Time: { $time }
    New e-mail address: { $new }
    Done on: { $browser }

    If it was you, there is nothing to do.
    If it was not you, please call the number below right away.
    Outside phone hours, please call as soon as the office is open.

    { $contact }
letter-password-off-subject = Your password no longer works on new devices ({ $clock })
letter-password-off-text =
    A wrong password was entered many times for your user ID at the { $heading }. For your safety your password no longer works on devices you have not logged in with before.

    Time: { $time }

    On devices you have logged in with before, you can log in as usual.
    If you cannot log in, set a new password: choose “Forgot your password?” on the login page.
    If you need help, or if it was not you, please call the number below.

    { $contact }
letter-password-off-known-subject = Your password no longer works on devices you used before ({ $clock })
letter-password-off-known-text =
    A wrong password was entered many times for your user ID at the { $heading }, on devices you have logged in with before. For your safety your password no longer works on those devices.

    Time: { $time }

    To use the portal again, set a new password: choose “Forgot your password?” on the login page.
    If you need help, or if it was not you, please call the number below.

    { $contact }
letter-factor-off-subject = A login method no longer works on new devices ({ $clock })
letter-factor-off-text =
    At the { $heading }, somebody entered wrong codes for your user ID { $times } times. For your safety this method no longer works on devices you have not logged in with before.

    Time: { $time }
    Method: { $method }

    On devices you have logged in with before, you can log in as usual.
    If it was not you, somebody else may know your password: please log in and set a new one.
    Once you have logged in with this method on a device you have used before, and set a new password, it works on new devices again. If it does not, please call the number below.

    { $contact }
letter-factor-off-known-subject = A login method no longer works on devices you used before ({ $clock })
letter-factor-off-known-text =
    At the { $heading }, wrong codes were entered { $times } times on devices you have logged in with before. For your safety this method no longer works on those devices.

    Time: { $time }
    Method: { $method }

    To use it again, please call the number below. Please call also if it was not you.

    { $contact }
letter-password-exposed-subject = Please set a new password ({ $clock })
letter-password-exposed-text =
    At the { $heading }, somebody entered your user ID and your password correctly, and then { $times } wrong codes. Without the right code they were not logged in.

    Time: { $time }

    Somebody else may know your password. The next time you log in, we will ask you to set a new one.
    If you use the same password elsewhere, please change it there, too.
    If it was you, please set a new password all the same, to be safe.
    If you need help, please call the number below.

    { $contact }
letter-desk-subject = Your health insurance society changed something for you ({ $clock })
letter-desk-text =
    The { $union } has done the following about your login at the { $heading }.

    Done: { $deed }
    Time: { $time }

    { $next }
    If you did not ask for this, please call the number below right away.

    { $contact }
letter-desk-unlock = The number of wrong entries was set back to 0
letter-desk-unlock-next = You can log in again with your user ID and password.
letter-desk-desk-code = A code for replacing your login method was given out
letter-desk-desk-code-next = The health insurance society tells you the code directly, for example on the phone. It works once, within 24 hours.
letter-desk-revert = Your login was set back to the beginning
letter-desk-revert-next = Your former password and login methods do not work any more. Begin with the first login, with the new temporary password that the health insurance society hands you.
letter-desk-reissue = A new temporary password was issued
letter-desk-reissue-next = The temporary password you were given before does not work any more. Begin with the first login, with the new temporary password that the health insurance society hands you.
letter-desk-lock = Your login was stopped
letter-desk-lock-next = You cannot log in until the health insurance society lifts this.
letter-desk-lift-lock = Your login works again
letter-desk-lift-lock-next = You can log in with your user ID and password as before.
letter-desk-end = The last day of your membership was noted: { $day }
letter-desk-end-next = When that day is over, you cannot log in any more, and we send you no more e-mails. Please log in and save what you need by that day.
letter-desk-move = Your insurance number was changed
letter-desk-move-next = Your user ID, password and login methods stay as they were.
letter-desk-move-next-first-password = Your user ID stays as it was. From now on the temporary password for the first login is your new symbol (記号) and number (番号), followed by your birth date in 8 digits. The one made of the former number does not work any more.
letter-desk-merge = Your insurance number was changed, and a second registration of yours was merged into this one
letter-desk-merge-next = Your user ID, password and login methods stay as they were. If you have a notice for the new number, its temporary ID and password do not work. You can throw it away.
letter-desk-merge-next-first-password = Your user ID stays as it was. From now on the temporary password for the first login is your new symbol (記号) and number (番号), followed by your birth date in 8 digits. The one made of the former number does not work any more. If you have a notice for the new number, please throw it away.
letter-desk-lift-end = The entry of the last day of your membership was cancelled
letter-desk-lift-end-next = You can log in as before.
letter-desk-reset-factor = Your login methods were removed
letter-desk-reset-factor-next = Set one up when you log in next. If you do not within 14 days, your password stops working, too.
letter-desk-set-email = Your e-mail address was changed
letter-desk-set-email-next = From now on we write to the new address.
letter-desk-end-sessions = You were logged out on every device
letter-desk-end-sessions-next = Log in again when you want to use the site.
