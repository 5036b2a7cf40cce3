# 体験用のページ
demo-title = 体験用の加入者ページ
demo-lead = このパソコンの中だけで動いています。加入者はすべて架空の方です。
demo-first-title = はじめにすること
demo-first-union = 下から組合をひとつ選び、「この組合を開く」を押します。
demo-first-signin = 右上の「ログイン」から、表にあるユーザIDとはじめのパスワードでログインします。生年月日も表にあります。
demo-first-factor = 画面のとおりに進みます。認証アプリのかわりに、画面のキーをお手元の道具に入れてもかまいません。
demo-unions = 組合
demo-open = この組合を開く
demo-members = { $union }の加入者
demo-name = 氏名
demo-first-password = はじめのパスワード
demo-activated = 初回ログインずみ
demo-letters = 書かれたメール
demo-no-letters = メールはまだありません。
