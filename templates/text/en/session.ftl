# Logging out, and sessions elsewhere
session-log-out = Log out
session-log-out-title = Do you want to log out?
session-log-out-text = To use the portal again, please log in once more.
session-stay = Go back without logging out
session-sign-out-everywhere = Sign out from all devices
session-sign-out-everywhere-hint = You will be logged out on your other phones and computers.
