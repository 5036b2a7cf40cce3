# Logging out, and sessions elsewhere
session-log-out = Log out
session-log-out-title = Do you want to log out?
session-log-out-text = To use the portal again, please log in once more.
session-stay = Go back without logging out
session-sign-out-everywhere = Log out on all other devices
session-sign-out-everywhere-hint = You will be logged out on your other phones and computers.

# Shortly before the end
session-soon = You will be logged out soon. To keep using the portal, press “Stay logged in”. What you have typed stays as it is.
session-go-on = Stay logged in
session-not-reached = We could not connect. Please press the button once more.
session-last = You have been logged in for a long time and will be logged out soon. This cannot be put off. If you have typed something, please send it now.
session-over = You were away for a while, so you have been logged out. Please log in again.
session-ended = You are already logged out. Please log in again.
session-over-kept = {" "}What you typed is still there after you log in.
session-log-in-again = To the login page
