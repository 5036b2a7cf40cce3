# ご自分の設定
account-menu-profile = プロフィール変更
account-menu-methods = ログイン方法変更
account-menu-portal = ポータルに戻る
account-saved = 変更しました。
account-basic = 基本認証
account-two-factor = 二要素認証
account-apps = 認証アプリ
account-created = 作成日 { $time }
account-none = まだ登録されていません。
account-set-up = 設定
account-reauth-title = 続行するには再度認証してください
account-reauth-why = 大切な設定を守るため、ご本人かどうかをもう一度確かめます。確認のあと、もとの画面に戻ります。
account-reauth-passkey = 顔・指紋・画面ロックで確認する
account-pending-title = 新しいメールアドレスの確認
account-pending-ask = { $address } が、あなたのメールアドレスかどうかを確かめます。「確認コードを送る」を押すと、このアドレスへメールを送ります。
account-pending-why = 確認が終わるまで、お知らせは今までのアドレスへ届きます。
account-pending-send = 確認コードを送る
account-pending-sent = { $address } へ確認コードを送りました。{ $minutes }分間使えます。
account-pending-wrong = メールアドレスがまちがっているときは、下の「メールアドレスを直す」を押してください。
account-kept = ご本人の確認ができました。変更は、まだ終わっていません。下の内容を確かめて、もう一度「{ $button }」を押してください。
account-kept-at = { $time }に入力された内容です。ご自分で入力した覚えがないときは、そのまま使わず、入力し直してください。
account-nothing-changed = 変更はありませんでした。今の設定のままです。

# プロフィール (S-01)
account-profile-title = プロフィール
account-general = 全般
account-language = 言語
account-language-name = 日本語
account-user-name = ユーザー名
account-user-name-fixed = お名前がちがうときは、健康保険組合へご連絡ください。
account-email-change = Eメール変更
account-method-hint = パスワードの次に、ご本人かどうかを確かめる方法です。
account-method-as-it-is = 今のまま
account-change = 変更
account-set-up-at-sign-in = 認証方法を変更しました。次にログインするときは、まず今までの方法で確認します。そのあとに、新しい方法を設定します。すぐに設定するときは、「ログアウトする」を押して、もう一度ログインしてください。
account-email-confirmed = メールアドレスを変更しました。
account-email-lead = 下の欄のアドレスを消して、新しいメールアドレスを入力してください。「実行」を押すと、そのアドレスへ確認コードを送ります。確認コードを入力すると、変更が終わります。

# ログイン方法変更 (S-06)
account-password-hint = パスワードを使用したログイン
account-update = 更新
account-apps-hint = Authenticatorを設定
account-apps-full = 認証アプリは、{ $max }台まで登録できます。使わないものを削除すると、新しく登録できます。
account-mail-code-hint = メールで届く6けたの数字を使います。
account-more = { $what }のメニュー
account-rename = 名前の変更
account-delete = 削除
account-last-one = 登録が1つだけのときは、削除できません。先に、新しいものを設定してください。
account-safety = 安全のために
account-password-changed = パスワードを変更しました。
account-method-to-set-up = 今選んでいる方法は、まだ設定していません。次のログインのときに、設定の画面が出ます。「ログイン方法変更」から設定することもできます。
account-method-added = 新しい認証方法を登録しました。ログインのとき先に出る方法を変えるには、「プロフィール変更」の「認証方法」で選んでください。
account-method-added-more = 登録しました。これまでに登録したものも、そのまま使えます。
account-method-named = 名前を変更しました。
account-method-not-named = 名前は、前と同じままです。
account-name-title = デバイスの名前の変更
account-name-hint = お使いのものを見分けられる名前にしてください。
account-method-removed = 認証方法を削除しました。
account-method-removed-usual = 認証方法を削除しました。これからは、ログインのとき、{ $method }で確認します。
account-method-gone = その認証方法は、登録されていません。すでに削除されたかもしれません。今の登録は、下のとおりです。

# 認証方法の削除 (S-12)
account-remove-title = 認証方法の削除
account-remove-ask = 次の認証方法を削除しますか？
account-remove-what = 削除すると、これを使ってログインできなくなります。ほかの認証方法は、そのまま使えます。もう一度使うときは、「ログイン方法変更」で登録しなおしてください。
account-remove-care = 今お使いの端末を、まちがえて削除しないようにご注意ください。
account-remove-button = 削除する
account-remove-last = 登録が1つだけのときは、削除できません。先に、新しいものを設定してください。

# メールで届く数字を、認証方法に加える
account-mail-code-title = OTP認証(メール)の設定
account-mail-code-ask = ログインのとき、{ $address } へ6けたの数字をお送りします。その数字を入力して、ご本人かどうかを確かめます。
account-mail-code-what = 下のボタンを押すと、このアドレスへ数字をお送りします。届いた数字を入力すると、設定が終わります。
account-mail-code-send = ワンタイムパスワードを送る
account-mail-code-wrong = このメールアドレスを今は使っていないときは、先に「プロフィール変更」でメールアドレスを変更してください。

# ログイン中の端末
devices-title = ログイン中の端末
devices-lead = あなたのユーザIDでログインしている、スマートフォンやパソコンです。
devices-this = この端末
devices-unknown = 端末の種類はわかりません
devices-since = ログイン { $time }
devices-seen = 最後の利用 { $time }
devices-end = ログアウトさせる
devices-end-others = ほかの端末をすべてログアウトさせる
devices-none-other = ほかにログインしている端末は、ありません。
devices-ended = 選んだ端末をログアウトさせました。
devices-strange = 心あたりのない端末があるときは、ログアウトさせて、パスワードを変更してください。そのあと、健康保険組合へご連絡ください。
devices-password = パスワードを変更する

# 最近の記録
activity-title = 最近の記録
activity-lead = あなたのユーザIDでの、最近のログインと設定の変更です。
activity-strange = 心あたりのない記録があるときは、パスワードを変更して、健康保険組合へご連絡ください。
activity-signed-in = ログインしました
activity-password-refused = パスワードでのログインができませんでした({ $times }回)
activity-code-refused = ワンタイムパスワードや確認コードがちがいました({ $times }回)
activity-passkey-refused = 生体認証がうまくいきませんでした({ $times }回)
activity-password-changed = パスワードを新しくしました
activity-recovery-mailed = パスワードの再設定のご案内を、メールでお送りしました({ $times }回)
activity-user-id-mailed = ユーザIDのご案内を、メールでお送りしました({ $times }回)
activity-birth-date-refused = 生年月日がちがいました({ $times }回)
activity-recovery-code-refused = パスワードの再設定の確認コードがちがいました({ $times }回)
activity-replaced = 同じブラウザーで新しくログインがあったため、前のログインが終わりました
activity-of-one-day = この日の合計です。時刻は、最後の1回です。
activity-password-recovered = パスワードを再設定しました
activity-login-changed = ユーザIDを変更しました
activity-email-confirmed = メールアドレスを登録しました(はじめての登録、または変更)
activity-factor-added = 認証方法を登録しました({ $method })
activity-factor-removed = 認証方法を削除しました({ $method })
activity-method-chosen = ふだん使う認証方法が変わりました({ $method })
activity-terms-accepted = 利用規約に同意しました
activity-logged-out = ログアウトしました
activity-device-logged-out = ほかの端末を1台、ログアウトさせました
activity-logged-out-elsewhere = ほかの端末をすべてログアウトさせました
activity-desk = 健康保険組合の窓口で、ログインの手続きをしました
account-method-chosen = 認証方法を変更しました。続けて、この画面で設定してください。あとにするときは、次のログインのときに設定の画面が出ます。
activity-lost-factor-asked = 認証方法を新しくする手続きが始まりました
activity-email-asked = 新しいメールアドレスが入力されました
activity-email-kept = メールアドレスは、変更しませんでした
account-password-lead = 新しいパスワードを決めて、同じものを2回入力してください。
account-user-id-changed = ユーザIDを変更しました。次からは「{ $login }」でログインします。紙に書いて、大切に保管してください。
account-email-lead-none = メールアドレスを入力してください。「実行」を押すと、そのアドレスへ確認コードを送ります。確認コードを入力すると、登録が終わります。
account-pending-why-none = 確認が終わるまで、健康保険組合からのお知らせは届きません。パスワードを忘れたときにも使えません。
account-pending-call-off = メールアドレスの変更をやめる
account-no-code = 確認を待っているメールアドレスは、ありません。今のメールアドレスは、下のとおりです。
account-email-kept = メールアドレスの変更をやめました。今までのアドレスのままです。
account-passkeys-full = 生体認証は、{ $max }個まで登録できます。使わないものを削除すると、新しく登録できます。
account-mail-code-no-address = メールで届く数字を使うには、先に「プロフィール変更」でメールアドレスを登録してください。
account-remove-app = 削除したあとも、アプリには数字が残ります。アプリのほうでも消してください。
account-remove-mail-code = このメールアドレスの登録は、そのまま残ります。
account-mail-code-sent = { $address } へワンタイムパスワードを送りました。{ $minutes }分間使えます。
devices-kept = ご本人の確認ができました。まだログアウトさせていません。もう一度、ボタンを押してください。
devices-ended-others = ほかの端末を、すべてログアウトさせました。
devices-strange-alone = 心あたりのないログインが「最近の記録」にあるときは、パスワードを変更して、健康保険組合へご連絡ください。
