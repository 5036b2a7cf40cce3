# Forgotten password or user ID
recovery-password-lead = Please enter your user ID. We will tell you how to set a new password.
recovery-password-call = If you have not registered an e-mail address, or cannot read your e-mail, please call your health insurance society.
recovery-first-title = Logging in for the first time?
recovery-first-text = Use the password printed on your postcard or notice.
first-password-former = If you already had a user ID: enter the temporary password as the letter from your health insurance society explains. If you have a postcard or notice: the temporary password printed on it.
recovery-call-title = Call your health insurance society
recovery-call-ready = Please have something at hand that shows your insurance symbol and number.
recovery-back = Back to the login page
recovery-again = Send the e-mail again

recovery-sent-title = Please look at your e-mail
recovery-sent-banner = Please check your e-mail right away: it tells you how to go on.
recovery-sent-link = Open the e-mail and press the link below “Reset password”. The link stops working { $minutes } minutes after we sent it.
recovery-sent-again = If you did this a short while ago and no new e-mail arrives, use the link in the newest e-mail you already have. It works on any device.
recovery-sent-code = To go on in this window, press “Enter the confirmation code” and enter the digits written in the e-mail.
recovery-to-code = Enter the confirmation code
recovery-sent-help-user-id = If the user ID does not match our records, or if you have not registered an e-mail address, no e-mail is sent.
recovery-sent-call = If you have not registered an e-mail address, or if no e-mail has arrived after five minutes, please call your health insurance society.

recovery-link-title = Reset password
recovery-link-lead = Press the button to go on to setting a new password.
recovery-link-life = This works for { $minutes } minutes after we sent the e-mail. After that, press “Send the e-mail again”.
recovery-link-not-me = If you did not ask for this, press nothing and close this window. Your password stays as it is.

recovery-code-title = Enter the confirmation code
recovery-code-lead = Enter the confirmation code written in the e-mail. It stops working { $minutes } minutes after we sent it.

recovery-way-title = Please confirm that it is you
recovery-way-lead = Can you still use the method you registered?
recovery-way-kept = Confirm with the registered method
recovery-way-kept-means = If you can still use { $ways }, press this. Your method stays as it is.
recovery-way-lost = I changed or lost my device
recovery-way-lost-now = If you changed or lost your phone, press this. You will register a new method, and the old one stops working.
recovery-way-lost-wait = If you changed or lost your phone, press this. For your safety you will have to wait { $hours } hours before you register a new method.
recovery-way-lost-desk = If you changed or lost your phone, press this. You will call your health insurance society, be told a confirmation code, and then register a new method.
recovery-way-lost-by-link = You cannot go on from here. Please open our e-mail, press the link below “Reset password” and go on from there. If that e-mail is too old, press “Send the e-mail again”.

recovery-wait-title = Please wait a while
recovery-wait-why = So that nobody else can change it, your login method cannot be changed right away. Please do this again between these times:
recovery-wait-opens = From
recovery-wait-closes = Until
recovery-wait-then = When the time has come, start again from “Forgot your password?” on the login page. Open the new e-mail and go on from the link below “Reset password”.
recovery-wait-calls-off = If you log in with your old method before that, the change is cancelled.
recovery-wait-call = If you are in a hurry, or did not ask for this, please call your health insurance society.

recovery-desk-title = Confirmation code from your health insurance society
recovery-desk-lead = To register a new method you need a confirmation code from your health insurance society. Please call them first.
recovery-desk-say = Say: “My login method does not work any more. Please tell me a confirmation code.” They will check that it is you, and then tell you.
recovery-desk-hint = The 12 letters and digits you were told on the phone, in capital or small letters.
recovery-desk-life = It works once, within 24 hours after you were told.

recovery-call-off-title = Cancel the change of your login method
recovery-call-off-lead = Someone asked to replace your login method. If it was not you, or if you changed your mind, press the button.
recovery-call-off-button = Cancel the change
recovery-call-off-me = If you want to go on with it, press nothing and close this window.
recovery-called-off = The change was cancelled
recovery-called-off-what = Your login method stays as it was.
recovery-called-off-call = If you did not ask for this, someone may be reading your e-mail. Please change the password of your e-mail and call your health insurance society.

recovery-user-id-lead = Enter your date of birth and your e-mail address. We will tell you your user ID.
recovery-user-id-email = The e-mail address you registered
recovery-user-id-call = Your user ID is also printed on your postcard or notice. If you cannot find it, or have not registered an e-mail address, please call your health insurance society.
recovery-user-id-sent = We sent an e-mail to the address below.
recovery-user-id-address = Your e-mail address: { $address }
recovery-user-id-log-in = Please log in with the user ID written in the e-mail.
recovery-user-id-perhaps = If the date of birth and the e-mail address do not match our records, no e-mail is sent.
recovery-user-id-help-typed = Check the e-mail address above. If it is wrong, press “Enter them again”.
recovery-user-id-again = Enter them again
