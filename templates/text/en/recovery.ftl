# Forgotten password or user ID
recovery-password-first = First, please look at your postcard or notice. If you have not logged in before, use the password printed there.
recovery-password-call = If you forgot a password you set yourself, or if you changed or lost your phone, please call your health insurance union. They will help you log in again.
recovery-user-id-first = First, please look at your postcard or notice. Your user ID is printed there.
recovery-user-id-call = If you cannot find it, or if you forgot a user ID you chose yourself, please call your health insurance union.
recovery-call-title = Call your union
recovery-call-ready = Please have something at hand that shows your insurance symbol and number.
recovery-back = Back to log in
