# Mails (subjects without the union's prefix)
letter-first-credential-used-subject = Your first login ({ $clock })
letter-first-credential-used-text =
    Someone logged in to { $heading } with your first password (insurance symbol, number and date of birth).

    Time: { $time }

    If it was you, there is nothing to do.
    If it was not you, someone may be using your name. Please call the number below right away.

    { $contact }
letter-first-login-done-subject = Your first login is complete ({ $clock })
letter-first-login-done-text =
    Your first login to { $heading } is complete, and your method has been registered.

    Time: { $time }
    Method: { $device }

    If it was you, there is nothing to do.
    If it was not you, please call the number below right away.

    { $contact }
letter-passkey-added-subject = Biometrics were registered ({ $clock })
letter-passkey-added-text =
    Biometrics (face, fingerprint or screen lock) were newly registered for { $heading }.

    Time: { $time }
    Registered as: { $device }
    Done on: { $browser }

    If it was you, there is nothing to do.
    If it was not you, please change your password and call the number below right away.

    { $contact }
letter-browser-unknown = unknown
letter-passkey-copied-subject = Biometrics were not accepted ({ $clock })
letter-passkey-copied-text =
    We did not accept registered biometrics (face, fingerprint or screen lock) for { $heading }. There may be a copy of them somewhere else.

    Time: { $time }
    Registered as: { $device }

    If it was you, please call the number below: we will help you log in again.
    If it was not you, please change your password and call the number below right away.

    { $contact }
