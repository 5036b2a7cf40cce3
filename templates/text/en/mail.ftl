# Pages that wait for mailed digits
mail-code-hint = The digits in our e-mail, usually six. If you got several e-mails, enter the digits of the newest one.
mail-resend = Send again
mail-resend-in = Send again (in { $seconds } s)
mail-resend-ready = You can have it sent again now.
mail-resend-hint = If no e-mail arrives, press “Send again”. Earlier e-mails then stop working.
mail-late = If it has not arrived after five minutes, first look into your junk e-mail folder. If it is not there either, set your phone to accept e-mails from “{ $domain }”.
mail-help = If the e-mail does not arrive
mail-help-wait = It may take a few minutes. Please wait for about five.
mail-help-junk = Look into your junk e-mail folder.
mail-help-thread = If your e-mail app groups e-mails of one sender (conversation view), it may be hidden inside an earlier one.
mail-help-domain = Let e-mails from “{ $domain }” through in the settings of your phone company:
mail-help-docomo = docomo: add it to 受信リスト in 迷惑メール対策
mail-help-au = au, UQ mobile: add it to 受信リスト in 迷惑メールフィルター
mail-help-softbank = SoftBank, Y!mobile: add it to 受信許可リスト in 迷惑メール対策
mail-help-shop = If you do not know how, please ask your phone company or one of its shops.
