# Single sign-on: pages on the way to a service
sso-go-title = Taking you to the service
sso-go-text = You are being taken to { $host }.
sso-go-link = Press here if nothing happens
sso-notice-title = Opening “{ $service }”
sso-notice-lead = This service is run by { $operator }. It is told the following about you when it opens.
sso-consent-lead = This is a service of { $operator }. Please choose whether { $operator } may be told the following about you.
sso-given-nothing = Your name is not passed on, nor anything else: only a number by which the service knows that it is you again.
sso-given-name = your name (kanji and kana)
sso-given-email = your e-mail address
sso-given-insured = your health insurance number (記号・番号・枝番)
sso-given-birth-date = your date of birth
sso-given-union = the name of your health insurance society
sso-relation-entrusted = { $operator } works for your health insurance society.
sso-relation-joint = { $operator } and your health insurance society use this information together.
sso-relation-third-party = { $operator } is a different company from your health insurance society. If you do not agree, everything else goes on as before.
sso-privacy = How { $operator } handles personal data
sso-notice-once = Next time the service opens without this page. If it is to be told something else, we tell you again.
sso-consent-once = Your consent is recorded. If the service is to be told something else, you will be asked again.
sso-notice-open = Open
sso-consent-agree = Agree and open
sso-leave = Do not open
sso-stronger-title = This service needs { $needs ->
    [app] an authenticator app
    [passkey] a passkey
   *[either] an authenticator app or a passkey
  }
sso-stronger-lead = To protect important information, “{ $service }” does not open with the login method you have now.
sso-stronger-passkey-means = A passkey is your face, your fingerprint or the screen lock of your device. Other pages call it “Biometrics”.
sso-stronger-next = Please set it up with the button below. Afterwards you can go on to “{ $service }”.
sso-stronger-set-up = { $method ->
    [passkey] Set up a passkey
   *[app-otp] Set up an authenticator app
  }
sso-on-to = Go on to “{ $service }”
sso-over-title = You are logged out
sso-over-text = You are logged out of this site.
sso-over-told = You are logged out of these services, too:
sso-over-on-its-way = These services are still being told that you have logged out. If other people use this device, please log out on their own pages, too:
sso-over-not-told = We cannot log you out of these services. Please log out on their own pages:
