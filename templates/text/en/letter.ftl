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
