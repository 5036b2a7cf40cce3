# Your own settings
account-menu-methods = Login methods
account-menu-portal = Back to the portal
account-saved = Your change has been saved.
account-basic = First step
account-two-factor = Second step
account-apps = Authenticator app
account-created = Created { $time }
account-none = Nothing registered yet.
account-set-up = Set up
account-reauth-title = Please confirm that it is you
account-reauth-why = To protect important settings, we check once more that it is you.
account-reauth-passkey = Confirm with face, fingerprint or screen lock
