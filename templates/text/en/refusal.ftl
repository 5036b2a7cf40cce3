# Refusals: what happened, what to do
refusal-wrong-credentials = The user ID or password is not valid. Please enter them again.
refusal-wrong-credentials-left = The user ID or password is not valid. Please enter them again. After { $left ->
    [one] one more mistake
   *[other] { $left } more mistakes
} you will have to wait a little.
refusal-wrong-password = That password is not right. Please type it again.
refusal-wrong-password-left = That password is not right. Please type it again. After { $left ->
    [one] one more mistake
   *[other] { $left } more mistakes
} you will have to wait a little.
refusal-paused = Several logins with this user ID did not work. To keep the account safe, no password is accepted until { $clock }.
refusal-empty = Please fill this in.
refusal-blank = blank
refusal-login-id-too-short = The user ID is too short. Use at least { $min } characters.
refusal-login-id-too-long = The user ID is too long. Use at most { $max } characters.
refusal-login-id-character = “{ $found }” cannot be used in a user ID.
refusal-login-id-letter-and-digit = Use at least one letter and one digit in the user ID.
refusal-login-id-taken = Someone else uses this user ID. Please choose another.
refusal-login-id-fixed = You cannot change the user ID here. Please call your health insurance society.
refusal-login-id-is-password = The user ID must not be the same as your password. We put your current user ID back. To change it, enter a different one.
refusal-password-too-short = The password is too short. Use at least { $min } characters.
refusal-password-too-long = The password is too long. Use at most { $max } characters.
refusal-password-character = “{ $found }” cannot be used in a password. Use letters, digits and symbols from an English keyboard.
refusal-password-upper = Add a capital letter (A–Z).
refusal-password-lower = Add a small letter (a–z).
refusal-password-letter = Add a letter.
refusal-password-digit = Add a digit.
refusal-password-symbol = Add a symbol.
refusal-password-is-user-id = The password cannot be the same as your user ID.
refusal-password-contains-user-id = The password cannot contain your user ID.
refusal-password-is-current = This is your current password. Please choose a new one.
refusal-password-is-birth-date = Your date of birth cannot be your password.
refusal-password-is-kigo-bango = Your insurance number cannot be your password.
refusal-password-common = This password is easy to guess. Please choose another.
refusal-password-is-example = Examples from the manual or the screen cannot be used as passwords.
refusal-passwords-differ = The two passwords differ. Please enter the same one twice.
refusal-birth-date-six-digits = That is six digits. Write the year with four, eight digits in all, like 19790822.
refusal-birth-date-unreadable = We could not read the date. Enter eight digits, like 19790822.
refusal-birth-date-no-such-day = There is no such day. Please check your date of birth.
refusal-birth-date-future = This day has not come yet. Please check your date of birth.
refusal-birth-date-too-long-ago = This is more than 120 years ago. Please check your date of birth.
refusal-wrong-birth-date = { $date } is not the date of birth we have for you. Please enter it again. { $left ->
    [0] You cannot try again for now.
    [one] You can try once more.
   *[other] You can try { $left } more times.
}
refusal-birth-date-closed = The date of birth was wrong several times, so we have stopped here. Please call your health insurance society.
refusal-typo-in-email = Did you mean “{ $meant }” instead of “{ $typed }”? If it is right as it is, press “Continue” once more.
refusal-malformed-email = This does not look like an e-mail address. Write it like name@example.jp.
refusal-email-with-name = Please enter the e-mail address alone, without a name (for example name@example.jp).
refusal-several-emails = Please enter one e-mail address only.
refusal-email-character = “{ $found }” cannot be used in an e-mail address here. Please enter an address of plain letters and digits. We cannot send mail to addresses with Japanese characters.
refusal-taken-email = This e-mail address is registered under another user ID. Please enter one that differs from your family’s. If you have none, please call your health insurance society.
refusal-too-many-email-tries = That was too many addresses for today. Please try again tomorrow, or call your health insurance society.
refusal-too-many-login-tries = That was too many user IDs for today. Keep the one you have, or try again tomorrow.
refusal-no-method = Please choose a method.
refusal-malformed-code = A confirmation code has six digits. Enter those the app shows right now.
refusal-wrong-code-at-set-up = The code is not right. Enter the six digits the app shows right now; they change every 30 seconds. If it happens again, check that your phone’s clock is set to “automatic”.
refusal-wrong-code-at-sign-in = The one-time password is not right. Enter the six digits the app shows right now. You can try { $left ->
    [one] once more.
   *[other] { $left } more times.
}
refusal-attempt-over = The one-time password was wrong several times. Please log in again from the start.
refusal-factor-off = The one-time password was wrong too often, so this method is switched off. Please call your health insurance society.
refusal-device-name-too-long = The device name is too long. Use at most { $max } characters.
refusal-device-name-taken = You already have a device of that name. Please choose another name.
refusal-too-many-devices = You can register { $max } devices at most. Delete one you no longer use under “Login methods”, and you can add a new one.
refusal-code-used = That code has been used already. Wait until your app shows a new one (up to 30 seconds), then enter the new code. { $left ->
    [one] One try left.
   *[other] { $left } tries left.
}
refusal-passkey-cancelled = The confirmation screen was closed. You are not done yet, so please try again. If it does not work after several tries, choose another method or call your health insurance society.
refusal-passkey-already-here = Face, fingerprint or screen lock of this device is registered already. There is no need to register it again.
refusal-passkey-unsupported = Face, fingerprint and screen lock do not work in this browser. Please open this page in Safari or Chrome. If you need help, please call your health insurance society.
refusal-passkey-unreachable = We could not reach the server. Please try again where the connection is good. If it keeps happening, please call your health insurance society.
refusal-passkey-busy = We could not take this just now, because too much was asked at once. Please wait about a minute and try again. If it keeps happening, please call your health insurance society.
refusal-passkey-too-late = This confirmation cannot be used any more: it took too long, or you began again in another window. Please try again. If it keeps happening, please call your health insurance society.
refusal-passkey-not-accepted = We could not confirm it with this device. Please try again. If it keeps happening, please call your health insurance society.
refusal-passkey-unknown = The passkey (face, fingerprint or screen lock) you used is not registered on the page of this health insurance society, or cannot be used any more. Please use another passkey or another way. If you need help, please call your health insurance society.
refusal-passkey-copied = For your safety we did not accept this passkey (face, fingerprint or screen lock): there may be a second one like it. Please log in another way, or call your health insurance society.
refusal-passkey-too-many = You can register { $max } passkeys at most. Delete one you no longer use under “Login methods”, and you can add a new one.
refusal-malformed-mail-code = Enter all the digits from the e-mail.
refusal-wrong-recovery-code = The code is not right, or its time is over. Enter the digits of the newest e-mail. { $left ->
    [one] You can try once more.
   *[other] You can try { $left } more times.
}
refusal-recovery-codes-used-up = The code was wrong several times, so it cannot be used any more. Please open the link under “Reset password” in the e-mail. It works on any device. If its time is over, press “Send the e-mail again”.
refusal-recovery-code-off = The code cannot be used now, because wrong codes were entered many times. Please open the link under “Reset password” in the e-mail. It works on any device. If its time is over, press “Send the e-mail again”.
refusal-link-needed = If you can no longer use your registered method, the code is not enough. Please open the link “Reset password” in the e-mail you received. If its time is over, start again with “Forgot your password?”.
refusal-no-cookie = Please enter the code in the browser that asked for the e-mail. On another device, use the link in the e-mail. If this browser keeps coming back here, it is set to refuse cookies: please allow cookies in its settings, or use another browser.
refusal-recovery-run-out = It took too long, so please start again. Check your user ID and press the button, and we will send a new e-mail.
refusal-malformed-desk-code = The code from your health insurance society has 12 letters and digits. Please check each of them.
refusal-wrong-desk-code = The code from your health insurance society is not right. Please check each letter and digit. { $left ->
    [one] You can try once more.
   *[other] You can try { $left } more times.
}
refusal-desk-code-dead = This code cannot be used. Its 24 hours are over, it has been used, or it was wrong several times. Please call your health insurance society for a new one.
refusal-wrong-mail-code = The one-time password is not correct. Please check the digits in the e-mail. After { $left } more wrong { $left ->
        [one] try
       *[other] tries
    } you will have to start again.
refusal-no-mail-code = These digits no longer work: time has run out, or newer ones have been sent. Press “Send again” and enter the digits from the new e-mail.
refusal-mail-code-too-soon = A code was sent a moment ago. Please wait { $seconds } seconds, then press “Send again”.
refusal-too-many-mail-codes = Too many codes have been sent. Please try again in about an hour. If no e-mail arrives, please call your health insurance society.
refusal-wrong-confirmation-code = The code is not right. Please check the digits in the e-mail. You can try { $left ->
    [one] once more.
   *[other] { $left } more times.
}
refusal-last-factor = Your only login method cannot be deleted. Please set up a new one first.
refusal-no-email-for-mail-code = To receive digits by e-mail, please register your e-mail address first.
refusal-changed-meanwhile = While this page was open, this was changed in another window or on another device. Your change is not saved yet. If what you see here is right, press “Save” once more.
refusal-name-changed-meanwhile = After this page was opened, the name was changed to “{ $name }” in another window or on another device. Your change has not been made yet. If you want the name below, press “OK” once more.
refusal-password-changed-meanwhile = Your password was changed after you opened this page. This change was not made. If you did not change it yourself, please call your health insurance society at once.
refusal-confirming-over = The code was wrong several times. Please start again by entering your password below.
refusal-confirming-too-slow = More than 5 minutes passed after you entered your password. For your safety, please start again by entering it below.
