# ログイン
signin-title = ログイン
signin-button = ログイン
signin-passkey-button = 顔・指紋・画面ロックでログイン
signin-or = または
signin-remember = ログイン状態の保存
signin-forgot-password = パスワードを忘れた方はこちら
signin-forgot-user-id = ユーザIDを忘れた方はこちら
signin-back = ポータルに戻る
signin-timed-out = 時間がたったため、もう一度ログインしてください。続きから始められます。
signin-ended = 前のログインは、終わりました。時間がたったときや、ほかの端末でログアウトさせたときに終わります。もう一度ログインしてください。
signin-not-kept = ログアウトしていたため、入力したものは保存していません。ログインのあと、もう一度入力してください。
signin-logged-out = ログアウトしました。
signin-logged-out-to-set-up = ログアウトしました。新しいパスワードでもう一度ログインして、認証方法を設定してください。
signin-logged-out-to-sign-in = ログアウトしました。新しいパスワードで、もう一度ログインしてください。ログインすると、サービスをご利用いただけます。
signin-codes-used-up = ワンタイムパスワードのまちがいが続きました。もう一度、はじめからログインしてください。
signin-password-changed = パスワードを変更しました。新しいパスワードでログインしてください。
signin-birth-dates-used-up = 生年月日のまちがいが続きました。もう一度、はじめからログインしてください。続きから始められます。
