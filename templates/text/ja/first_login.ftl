# 初回ログイン
first-login-progress = 初回ログインの手順
first-login-step = 手順 { $number }/{ $all }
first-login-promise = 全部で約10分
first-login-step-done = (すみ)

first-login-birth-date-title = 生年月日の入力
first-login-birth-date-caution = 本人確認のため生年月日での認証が必要です。生年月日を数字8桁で入力して下さい。
first-login-birth-date-example = (入力例:19790822)
first-login-birth-date-hint = 昭和54年8月22日のように、元号でも入力できます。

first-login-terms-title = 利用規約
first-login-terms-lead = 利用規約をお読みください。同意すると、次へ進みます。
first-login-terms-changed = 利用規約が変わりました。お読みになり、同意するかどうかをお選びください。
first-login-terms-region = 利用規約の本文
first-login-agree = 同意する
first-login-decline = 同意しない
first-login-declined-title = 利用規約に同意されませんでした
first-login-declined-what = 同意されないあいだは、サービスをご利用いただけません。今回の操作は終わりにしました。回答は保存していません。
first-login-declined-do = お気持ちが変わったときは、もう一度ログインしてください。続きから始められます。
first-login-declined-way = ログインに戻る

first-login-user-id-and-method-title = ユーザIDの変更・認証方法の設定
first-login-user-id-title = ユーザIDの変更
first-login-method-title = 認証方法の設定
first-login-method-set-up = 認証方法の登録
first-login-user-id-caution = ユーザーIDの変更が可能です。
first-login-method-caution-both = 認証方法の設定が必要です。生体認証、OTP(ワンタイムパスワード)認証のいずれかを選択してください。
first-login-method-caution-passkey = 認証方法の設定が必要です。生体認証を選択してください。
first-login-method-caution-otp = 認証方法の設定が必要です。OTP(ワンタイムパスワード)認証を選択してください。
first-login-user-id-keep = 変えなくてもかまいません。
first-login-user-id-length = 変えるときは、{ $min }文字から{ $max }文字までにしてください。
first-login-user-id-allowed = 使えるのは、半角の英字と数字、{ $symbols } です。大文字は小文字になります。
first-login-user-id-both = 英字と数字を、どちらも入れてください。
first-login-forbidden-open = 利用不可文字一覧を見る
first-login-forbidden-lead = 以下の文字はユーザIDに利用できません：
first-login-method-label = 認証方法
first-login-method-recommended = おすすめは「{ $label }」です。
first-login-method-passkey = 生体認証
first-login-method-otp = OTP認証
first-login-method-app-otp = OTP認証(アプリ)
first-login-method-email-otp = OTP認証(メール)
first-login-about-passkey = 「{ $label }」は、顔・指紋・画面ロック(パスキー)で確かめる方法です。お使いの端末で、先に使えるようにしておいてください。
first-login-about-app-otp = 「{ $label }」は、スマートフォンのアプリに出る6けたの数字で確かめる方法です。
first-login-about-email-otp = 「{ $label }」は、メールで届く6けたの数字で確かめる方法です。
first-login-otp-means = ※OTPは、ワンタイムパスワードの略です。

first-login-email-title = メールアドレスの更新
first-login-email-caution = アカウントを有効にするにはメールアドレスの変更が必要です。
first-login-email-keep = 今のアドレスのままでよければ、変えずに「実行」を押してください。
first-login-email-hint = ふだんお使いのメールアドレスを入力してください。
first-login-email-unique = ご家族とは別のアドレスにしてください。
first-login-email-optional = お持ちでないときは、空のままで進めます。

first-login-done-title = 初回ログインが完了しました
first-login-done-text = 引き続き多要素認証の設定を行うため、ログアウトしてください。もう一度ログインすると、認証方法の設定画面が出ます。
first-login-done-button = ログアウトして認証方法を設定する
first-login-done-mail-text = ログアウトして、もう一度ログインしてください。次からは、メールで届くワンタイムパスワードを入力します。
first-login-done-mail-button = ログアウトして、もう一度ログインする
first-login-done-upper-right = 右上のお名前を押しても、ログアウトできます。
first-login-done-services = 設定が終わると、次のサービスをご利用いただけます。

# パスワードの更新 (F-06)
password-title = パスワードの更新
password-caution = アカウントを有効にするにはパスワードの更新が必要です。
password-caution-reset = パスワードを変更する必要があります。
password-confirm = パスワード確認用
password-confirm-hint = 同じパスワードを、もう一度入力してください。
password-rules-title = パスワードの決まり
password-rule-met = (できました)
password-rule-min = { $min }文字以上
password-rule-max = { $max }文字以下
password-rule-upper = 英字の大文字(A〜Z)を入れる
password-rule-lower = 英字の小文字(a〜z)を入れる
password-rule-letter = 英字を入れる
password-rule-digit = 数字を入れる
password-rule-symbol = 記号を入れる
password-rule-ascii = 半角の英字・数字・記号だけ
password-rule-user-id = ユーザIDと同じにしない
password-rule-contains-user-id = ユーザIDをふくめない
password-rule-personal = 今のパスワード、生年月日、記号番号は使えません
password-rule-common = だれでも思いつくパスワードは使えません
password-symbols = 使える記号:
password-examples = 正しい形の例(そのままでは使えません):
first-login-done-login = 次からは、ユーザID「{ $login }」と、新しいパスワードでログインします。
first-login-method-coming = 「{ $label }」は、ただいま準備中です。
