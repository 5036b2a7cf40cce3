# Sign-in
signin-title = Log in
signin-button = Log in
signin-passkey-button = Log in with face, fingerprint or screen lock
signin-registered = If you have registered
signin-by-password = First time here, or with your password
signin-passkey-closed = The confirmation screen was closed. If you have not registered your face, fingerprint or screen lock yet, please enter your user ID and password below. If you have, please press the button once more.
signin-or = or
signin-pair = User ID or password
signin-remember = Keep me logged in
signin-forgot-password = Forgot your password?
signin-forgot-user-id = Forgot your user ID?
signin-back = Back to the portal
signin-timed-out = You were away for a while, so please log in again. You can continue where you stopped.
signin-no-cookie = This browser has not kept your way in. Please log in again. If you keep coming back here, the browser is set to refuse cookies: please allow cookies in its settings, or use another browser.
signin-ended = You have been logged out: you were away for a while, or it was done from another device. Please log in again.
signin-not-kept = You were logged out before you sent this, so what you typed was not kept. Please log in and enter it again.
signin-logged-out = You are logged out.
signin-logged-out-to-set-up = You are logged out. One step is left. Please log in with your new password and set up your login method.
signin-logged-out-to-sign-in = You are logged out. Please log in with your new password and enter the digits we send you by e-mail. Then you can use the services.
signin-codes-used-up = The one-time password was wrong five times. Please log in again from the start.
signin-password-changed = Your password has been changed. Please log in with the new one.
signin-birth-dates-used-up = The date of birth was wrong several times. Please log in again. You can go on from where you left off.

# The time to wait after several mistakes
pause-prefix = Please wait:{" "}
pause-title = Please wait until { $clock }
pause-left = % left
pause-over = Thank you for waiting. You can try again now.
pause-now = To log in without waiting
pause-passkey = If you have registered biometrics, use the button for face, fingerprint or screen lock.
pause-recovery = We check by e-mail that it is you, and you set a new password.
pause-device = Use another phone or computer on which you have logged in before.
pause-call = If you need help, please call the number under “Contact” at the bottom of this page.
