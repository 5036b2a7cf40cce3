# ログアウトと、ログイン中の端末
session-log-out = ログアウトする
session-log-out-title = ログアウトしてもよろしいですか？
session-log-out-text = 次にご利用になるときは、もう一度ログインしてください。
session-stay = ログアウトせずに戻る
session-sign-out-everywhere = 全てのデバイスからサインアウトする
session-sign-out-everywhere-hint = ほかのスマートフォンやパソコンではログアウトします。
