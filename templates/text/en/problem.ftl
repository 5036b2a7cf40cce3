# Problems: what happened, what to do
problem-way-signin = Go to the login page
problem-way-top = Go to the top page
problem-way-again = Open it again
problem-way-form = Back to the page before
problem-call = If you need help, please call the number below. Tell us the reference number, and we can look into it quickly.

problem-not-found-title = Page not found
problem-not-found-what = There is no page at this address.
problem-not-found-do = Check the address, or start from the top page.

problem-forbidden-title = We could not accept this
problem-forbidden-what = To keep your account safe we did not accept this: it may have come from another site. Nothing has changed.
problem-forbidden-do = Please try again from the top page.

problem-too-large-title = We could not accept this
problem-too-large-what = What was sent is too large. Nothing has changed.
problem-too-large-do = Please try again from the top page.

problem-bad-form-title = We could not accept this
problem-bad-form-what = We could not read what was sent. Nothing has changed.
problem-bad-form-do = Please try again from the top page.

problem-method-not-allowed-title = This page could not be opened
problem-method-not-allowed-what = This page cannot be opened in that way.
problem-method-not-allowed-do = Please start again from the top page.

problem-busy-title = We are very busy right now
problem-busy-what = Many people are using the portal. Nothing has changed.
problem-busy-do = Please wait about a minute, then try again.
problem-away-title = This is not possible right now
problem-away-what = Because of a problem on our side, this cannot be used right now. Nothing has changed.
problem-away-do = Please wait about a minute, then try again.
problem-unsure-title = We could not find out whether it was done
problem-unsure-what = Because of a problem on our side, we could not find out whether what you sent was carried out.
problem-unsure-do = Please wait about a minute, then try again. If that does not work, please start again from the top page.
problem-clock-title = Checking the time
problem-clock-what = The portal is making sure that its clock is right. Until then, codes and links in e-mails cannot be used. Nothing has changed.
problem-clock-do = Please wait about a minute and try again.

problem-fault-title = We could not show this page
problem-fault-what = Something went wrong on our side. We are sorry.
problem-fault-do = Please try again in a little while.

problem-maintenance-title = Closed for maintenance
problem-maintenance-what = You cannot log in right now because of maintenance.
problem-maintenance-do = Please come back in a little while.

problem-closed-title = This site has closed
problem-closed-what = The member portal is no longer offered. Thank you for using it.
problem-closed-since = The member portal has been closed since { $day }. Thank you for using it.
problem-closed-do = Please ask your health insurance society for details.

problem-gone-title = This page can no longer be used
problem-gone-what = It has expired, or it has been used already.
problem-gone-do = Please log in again.
problem-dead-link-title = This link can no longer be used
problem-dead-link-what = It has expired, it has been used already, or a newer e-mail has been sent.
problem-dead-link-do = Open the link in the newest e-mail. If that does not work either, we will send you another e-mail.
problem-way-recovery = Send another e-mail

problem-too-many-title = Please wait a moment
problem-too-many-what = There were many wrong entries or requests from your internet connection in a short time. They need not have been yours. Nothing has changed.
problem-too-many-do = Please wait about a minute, then try again. On a phone or computer where you have logged in before, you need not wait.
problem-bad-service-title = The service could not be opened
problem-bad-service-what = What the service sent is not what it has registered with your health insurance society. Nothing was sent to anybody.
problem-bad-service-do = Please open it again from the list of services on the portal page. If that does not help, please contact your health insurance society.
