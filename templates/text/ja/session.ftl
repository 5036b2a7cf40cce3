# ログアウトと、ログイン中の端末
session-log-out = ログアウトする
session-log-out-title = ログアウトしてもよろしいですか？
session-log-out-text = 次にご利用になるときは、もう一度ログインしてください。
session-stay = ログアウトせずに戻る
session-sign-out-everywhere = 全てのデバイスからサインアウトする
session-sign-out-everywhere-hint = ほかのスマートフォンやパソコンではログアウトします。

# まもなく終わるとき
session-soon = まもなくログアウトします。このまま使うときは、「続ける」を押してください。入力したものは、そのまま残ります。
session-go-on = 続ける
session-not-reached = つながりませんでした。もう一度ボタンを押してください。
session-last = ログインから長い時間がたったため、まもなくログアウトします。延ばすことはできません。入力しているものがあれば、今のうちに送ってください。
session-over = 時間がたったため、ログアウトしました。もう一度ログインしてください。
session-ended = すでにログアウトしています。もう一度ログインしてください。
session-over-kept = 入力したものは、ログインのあとも残ります。
session-log-in-again = ログインの画面へ
