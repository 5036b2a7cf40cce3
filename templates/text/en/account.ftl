# Your own settings
account-menu-profile = Profile
account-menu-methods = Login methods
account-menu-portal = Back to the portal
account-saved = Your change has been saved.
account-basic = Basic login
account-two-factor = Two-factor login
account-apps = Authenticator app
account-created = Created { $time }
account-none = Nothing registered yet.
account-set-up = Set up
account-reauth-title = Please confirm that it is you
account-reauth-why = To protect important settings, we check once more that it is you. Then you go back to where you were.
account-reauth-passkey = Confirm with face, fingerprint or screen lock
account-pending-title = New e-mail address
account-pending-ask = Is { $address } your e-mail address? Press “Send the confirmation code”, and we send an e-mail there.
account-pending-why = Until then our e-mails go to your old address.
account-pending-send = Send the confirmation code
account-pending-sent = We sent a confirmation code to { $address }. It works for { $minutes } minutes.
account-pending-wrong = If the e-mail address is wrong, press “Correct the e-mail address” below.
account-kept = Thank you. We have checked that it is you. Your change is not saved yet. Please check it below and press “{ $button }” once more.
account-kept-at = This was entered on { $time }. If you did not enter it yourself, please do not use it; enter it anew.
account-nothing-changed = Nothing was changed. Your settings are as before.

# Profile (S-01)
account-profile-title = Profile
account-general = General
account-language = Language
account-language-name = English
account-user-name = Name
account-user-name-fixed = If your name is wrong, please call your health insurance society.
account-email-change = Change the e-mail address
account-method-hint = How we check that it is you, after your password.
account-method-as-it-is = Leave it as it is
account-change = Save
account-set-up-at-sign-in = Your login method was changed. At your next login, you confirm with the old method first, and then you set up the new one. To set it up now, press “Log out” and log in again.
account-email-confirmed = Your e-mail address was changed.
account-email-lead = Delete the address below and enter your new one. Press “Continue”, and we send a confirmation code there. The address is changed once you have entered that code.

# Login methods (S-06)
account-password-hint = Log in with your password
account-update = Change
account-apps-hint = Codes from an authenticator app
account-apps-full = You can register { $max } apps at most. Delete one you no longer use to add a new one.
account-mail-code-hint = Six digits that we send you by e-mail.
account-more = Menu: { $what }
account-rename = Rename
account-delete = Delete
account-last-one = Your only login method cannot be deleted. Please set up a new one first.
account-safety = For your safety
account-password-changed = Your password was changed.
account-method-to-set-up = The method chosen now is not set up yet. You are asked to set it up at your next login. You can also set it up under “Login methods”.
account-method-added = The new login method was registered. If you want to use it first when you log in, choose it under “Profile”.
account-method-added-more = It was registered. What you registered before still works, too.
account-method-named = The name was changed.
account-method-not-named = The name is the same as before.
account-name-title = Rename the device
account-name-hint = Choose a name by which you can tell your devices apart.
account-method-removed = The login method was deleted.
account-method-removed-usual = The login method was deleted. From now on, you log in with: { $method }.
account-method-gone = That login method is not registered. It may have been deleted already. This is what is registered now.

# Deleting a method (S-12)
account-remove-title = Delete a login method
account-remove-ask = Do you want to delete this login method?
account-remove-what = You can no longer log in with this one. Your other methods still work. To use it again, register it again under “Login methods”.
account-remove-care = Please take care not to delete the device you are using now.
account-remove-button = Delete
account-remove-last = Your only login method cannot be deleted. Please set up a new one first.

# Codes by e-mail as one more method
account-mail-code-title = Set up OTP (e-mail)
account-mail-code-ask = When you log in, we send six digits to { $address }. You enter them to show that it is you.
account-mail-code-what = Press the button, and we send digits to this address. Enter them to finish the set-up.
account-mail-code-send = Send a one-time password
account-mail-code-wrong = If you no longer use this e-mail address, first change it under “Profile”.

# Signed-in devices
devices-title = Logged-in devices
devices-lead = The phones and computers that are logged in with your user ID.
devices-this = this device
devices-unknown = Unknown kind of device
devices-since = Logged in { $time }
devices-seen = Last used { $time }
devices-end = Log this device out
devices-end-others = Log out all other devices
devices-none-other = No other device is logged in.
devices-ended = That device was logged out.
devices-strange = If you do not know one of these devices, log it out and change your password. Then please call your health insurance society.
devices-password = Change your password

# Recent activity
activity-title = Recent activity
activity-lead = The latest logins and changes with your user ID.
activity-strange = If there is anything here that you did not do, change your password and call your health insurance society.
activity-signed-in = Logged in
activity-password-refused = Logging in with a password failed { $times ->
    [one] once
   *[other] { $times } times
}
activity-code-refused = A wrong code was entered { $times ->
    [one] once
   *[other] { $times } times
}
activity-passkey-refused = Biometrics failed { $times ->
    [one] once
   *[other] { $times } times
}
activity-password-changed = A new password was set
activity-recovery-mailed = An e-mail about a forgotten password was sent { $times ->
    [one] once
   *[other] { $times } times
}
activity-user-id-mailed = An e-mail about a forgotten user ID was sent { $times ->
    [one] once
   *[other] { $times } times
}
activity-birth-date-refused = A wrong date of birth was entered { $times ->
    [one] once
   *[other] { $times } times
}
activity-recovery-code-refused = A wrong code for a forgotten password was entered { $times ->
    [one] once
   *[other] { $times } times
}
activity-replaced = Somebody logged in again in the same browser, and the former login ended
activity-of-one-day = All of that day; the time is that of the last one.
activity-password-recovered = A forgotten password was replaced
activity-login-changed = The user ID was changed
activity-email-confirmed = An e-mail address was registered
activity-factor-added = A login method was registered ({ $method })
activity-factor-removed = A login method was deleted ({ $method })
activity-method-chosen = Your usual login method changed ({ $method })
activity-terms-accepted = You agreed to the terms of use
activity-logged-out = Logged out
activity-device-logged-out = One other device was logged out
activity-logged-out-elsewhere = All other devices were logged out
activity-desk-unlock = Your health insurance society set the number of wrong entries back to 0
activity-desk-desk-code = Your health insurance society gave out a code for replacing your login method
activity-desk-revert = Your health insurance society set your login back to the beginning
activity-desk-reissue = Your health insurance society issued a new temporary password
activity-desk-reset-factor = Your health insurance society removed your login methods
activity-desk-set-email = Your health insurance society changed your e-mail address
activity-desk-end-sessions = Your health insurance society logged you out on every device
activity-desk-lock = Your health insurance society stopped your login
activity-desk-lift-lock = Your health insurance society lets you log in again
activity-desk-end = Your health insurance society noted the last day of your membership
activity-desk-move = Your health insurance society changed your insurance number
activity-desk-merge = Your health insurance society changed your insurance number and merged a second registration of yours into this one
activity-desk-lift-end = Your health insurance society cancelled the entry of the last day of your membership
activity-factor-switched-off = Wrong codes were entered many times, and we switched this method off ({ $method })
activity-password-exposed = Wrong codes were entered many times after your right password: somebody else may know your password
activity-last-day = Last day: { $day }
activity-membership-ended = Your membership ended, and you could no longer log in
activity-by-roster = Your details were corrected from the records of your health insurance society
activity-roster-bango = number
activity-roster-birthdate = date of birth
activity-roster-name = name
activity-roster-name-kana = name in kana
activity-roster-user-id = user ID
activity-roster-email = e-mail address
activity-roster-between = { ", " }
activity-browser-forgotten = A device was taken off the devices we remember
activity-browsers-forgotten = All devices were taken off the devices we remember
account-method-chosen = Your login method was changed. Please set it up on this screen now. If you leave, you are asked again at your next login.
activity-lost-factor-asked = Someone asked to replace your login method
activity-email-asked = A new e-mail address was entered (it counts once it is confirmed)
activity-email-kept = The e-mail address was left as it was
account-password-lead = Think of a new password and enter it twice.
account-user-id-changed = Your user ID was changed. From now on, log in with “{ $login }”. Please write it down and keep it safe.
account-email-lead-none = Enter your e-mail address. Press “Continue”, and we send a confirmation code there. The address is registered once you have entered that code.
account-pending-why-none = Until then you get no e-mails from us, and the address cannot help you when you forget your password.
account-pending-call-off = Keep the old address
account-no-code = No e-mail address is waiting for a code. Your address is the one below.
account-email-kept = The change of your e-mail address was cancelled. Your address stays as it was.
account-passkeys-full = You can register { $max } passkeys at most. Delete one you no longer use to add a new one.
account-mail-code-no-address = To receive codes by e-mail, first register your e-mail address under “Profile”.
account-remove-app = The app keeps showing digits after this. Please delete the entry in the app too.
account-remove-mail-code = Your e-mail address itself stays registered.
account-mail-code-sent = We sent a one-time password to { $address }. It works for { $minutes } minutes.
devices-kept = Thank you. We have checked that it is you. Nothing has been logged out yet. Please press the button once more.
devices-ended-others = All other devices were logged out.
devices-strange-alone = If “Recent activity” shows a login you do not know, change your password and call your health insurance society.
devices-known-title = Devices we remember
devices-known-lead = We remember the devices (browsers) you have logged in with for 180 days. If somebody else enters wrong passwords or codes with your user ID, you can still log in with these.
devices-known-count = We remember { $count ->
    [one] one device.
   *[other] { $count } devices.
}
devices-known-here = {" "}This device is one of them.
devices-known-elsewhere = {" "}It is not this one.
devices-known-only-here = We remember one device: this one.
devices-known-not-here = {" "}This device is not one of them.
devices-known-none = We remember no device.
devices-forget-here = Forget this device
devices-forget-all = Forget all devices
devices-forget-means = This only makes us forget: nothing is logged out, and you can log in as before. Please do this if you gave a device away. If you lost one, please also log it out in the list above.
devices-forgotten-here = This device is forgotten.
devices-forgotten-all = All devices are forgotten.
activity-device = { $browser } on { $device }
activity-attention = Please check these first
activity-none-refused = No login was refused.
account-usual = Used first
account-reauth-then = This is asked before you change something important. Afterwards you are back where you were.
services-title = Services you use
services-lead = The services you have opened, and what each of them is told about you.
services-none = You have not opened a service yet. The ones you open are listed here.
services-operator = Run by { $operator }
services-told = Opened after the notice: { $time }
services-agreed = You agreed: { $time }
services-given = What it is told: { $given }
services-withdraw = Stop sharing
services-withdraw-means = If you press “Stop sharing”, you are logged out of that service. What it was told before is not erased there. When you open it again, you are told or asked again, as you were told the first time.
services-withdrawn = The service is told nothing more.
activity-service-opened = You opened “{ $service }”
activity-service-withdrawn = You stopped sharing with “{ $service }”
