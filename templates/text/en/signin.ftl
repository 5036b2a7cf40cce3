# Sign-in
signin-title = Log in
signin-button = Log in
signin-passkey-button = Log in with face, fingerprint or screen lock
signin-or = or
signin-remember = Keep me logged in
signin-forgot-password = Forgot your password?
signin-forgot-user-id = Forgot your user ID?
signin-back = Back to the portal
signin-timed-out = Some time has passed, so please log in again. You can go on from where you left.
signin-ended = Your last login has ended. This happens when time has passed, or when it was ended on another device. Please log in again.
signin-not-kept = You were logged out, so what you typed was not saved. Please log in and enter it again.
signin-logged-out = You are logged out.
signin-logged-out-to-set-up = You are logged out. Please log in again with your new password and set up your method.
signin-logged-out-to-sign-in = You are logged out. Please log in again with your new password. Then you can use the services.
signin-codes-used-up = The one-time password was wrong several times. Please log in again from the start.
signin-password-changed = Your password has been changed. Please log in with the new one.
signin-birth-dates-used-up = The birth date did not match several times. Please log in again. You can go on from where you were.
