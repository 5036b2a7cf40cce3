# ログイン
signin-title = ログイン
signin-button = ログイン
signin-passkey-button = 顔・指紋・画面ロックでログイン
signin-registered = 登録がすんでいる方
signin-by-password = はじめての方・パスワードを使う方
signin-passkey-closed = 確認の画面が閉じました。顔・指紋・画面ロックをまだ登録していない方は、下にユーザIDとパスワードを入力してください。登録がすんでいる方は、もう一度ボタンを押してください。
signin-or = または
signin-pair = ユーザIDまたはパスワード
signin-remember = ログイン状態の保存
signin-forgot-password = パスワードを忘れた方はこちら
signin-forgot-user-id = ユーザIDを忘れた方はこちら
signin-back = ポータルに戻る
signin-timed-out = 時間がたったため、もう一度ログインしてください。続きから始められます。
signin-no-cookie = ログインの続きが、このブラウザに残っていません。もう一度ログインしてください。何度もここに戻るときは、ブラウザがCookie(クッキー)を受け取らない設定になっています。設定でCookieを許可するか、別のブラウザでログインしてください。
signin-ended = ログアウトしています。時間がたったか、ほかの端末からログアウトさせたためです。もう一度ログインしてください。
signin-not-kept = 送る前にログアウトしていたため、入力したものは残っていません。ログインして、もう一度入力してください。
signin-logged-out = ログアウトしました。
signin-logged-out-to-set-up = ログアウトしました。あと1つで、すべての設定が終わります。新しいパスワードでログインして、認証方法を設定してください。
signin-logged-out-to-sign-in = ログアウトしました。新しいパスワードでログインして、メールで届く数字を入力すると、サービスをご利用いただけます。
signin-codes-used-up = ワンタイムパスワードが5回ちがったため、ログインのはじめに戻りました。パスワードを入力して、もう一度お進みください。
signin-password-changed = パスワードを変更しました。新しいパスワードでログインしてください。
signin-birth-dates-used-up = 生年月日のまちがいが続きました。もう一度、はじめからログインしてください。続きから始められます。

# 何度もうまくいかなかったあとの、待つ時間
pause-prefix = お待ちください:{" "}
pause-title = { $clock }まで、お待ちください
pause-left = あと %
pause-over = お待たせしました。入力できます。
pause-now = 待たずにログインするには
pause-passkey = 生体認証を登録した方は、顔・指紋・画面ロックを使うボタンで進めます。
pause-recovery = メールでご本人を確かめて、新しいパスワードに変えます。
pause-device = これまでにログインしたことのある、ほかのスマートフォンやパソコンをお使いください。
pause-call = お困りのときは、この画面の下にある「お問い合わせ」の番号へお電話ください。
