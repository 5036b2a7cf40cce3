# はじめてのログインのご案内(紙の手紙): 窓付き封筒に入れる A4 1枚。80歳の方が読んで、ひとりで始められること。
printed-title = はじめてのログインのご案内
printed-to = { $name } 様
printed-no = No. { $no }
printed-number = 記号-番号: { $number }
printed-phone = 電話 { $phone } { $hours }
printed-lead = { $union }の加入者ページは、スマートフォンやパソコンでお使いいただけます。はじめの設定に使うユーザIDと仮パスワードをお知らせします。

printed-login = ユーザID
printed-password = 仮パスワード
printed-password-hint = 大文字でも小文字でもかまいません。「-」はなくてもかまいません。数字の 0・1 と英字の O・I は使っていません。
printed-zero = 「0」は数字のゼロ
printed-one = 「1」は数字のいち
printed-capital-o = 「O」は英字のオー
printed-capital-i = 「I」は英字のアイ
printed-small-l = 「l」は英字のエル
printed-small-o = 「o」は英字のオー
printed-and = { "、" }

printed-qr = ログインのページ
printed-until = はじめ方({ $until }まで)
printed-step-open = スマートフォンのカメラを上のQRコードに向け、出てきた文字を押します。または { $place } を開き、「ログイン」を押します。
printed-step-type = 「ユーザID」(QRコードからなら入力ずみ)と「パスワード」のところに、上のとおりに入力し、「ログイン」を押します。
printed-step-follow = 画面の案内のとおりに進みます。約10分です。新しいパスワードは、とちゅうでご自分で決めます。

printed-keep = 新しいパスワードを決めるまで、この紙をなくさないようにし、ほかの人に見せないでください。職員が電話でパスワードを聞くことはありません。
printed-resume = とちゅうでやめても、もう一度ログインすると続きから始められます。
printed-former = 前にお送りした仮パスワードがあるときは、もう使えません。
printed-ask = わからないとき、この紙をなくしたとき、ほかの方あての紙が届いたときは、お電話ください。なくしたときは、新しい仮パスワードをお送りします。

printed-short = ユーザIDと仮パスワードは上のとおりです。{ $until }までに、スマートフォンのカメラをQRコードに向けるか、{ $place } を開いて「ログイン」を押し、2つを入力して、画面の案内のとおりに進んでください。大文字でも小文字でもかまいません。この紙をほかの人に見せないでください。わからないときは { $phone } へお電話ください。

# 画面にだけ出る、印刷する方へのことば
printed-screen-count = 手紙は { $count } 通です。この説明は印刷されません。
printed-screen-print = 印刷の設定: 用紙 A4、縦、倍率 100%(「実際のサイズ」)、片面、ヘッダーとフッターなし。
printed-screen-envelope = 左右の端の短い線(上から 99 mm と 198 mm)で三つに折り、名前が見えるように長形3号の窓付き封筒(窓 90×45 mm、左から 22 mm、上から 12 mm)に入れます。先に1枚ためしてください。
printed-screen-address = 郵便で送るときは、名前の上に住所を刷るか、住所のラベルをはってください(この仕組みは住所を持っていません)。「No.」と右上の記号-番号で照らし合わせられます。
printed-screen-secret = 仮パスワードはこのファイルにしかありません。印刷したら、このファイルを消してください。なくした紙は kenpo-portal member reissue で出し直せます。
printed-screen-gaiji = 外字のある名前は、外字を「〓」にしてあります。手で直してください: No. { $letters }

# 印刷する手引き
guide-labels = 画面に出ることばは、かぎかっこで囲んで書いています。
guide-address = 加入者ページのアドレス
guide-qr = スマートフォンのカメラで右の図(QRコード)を読み取ると、ページが開きます。
guide-stores = iPhoneはApp Store、AndroidはGoogle Playで、アプリの名前をさがしてください。
guide-made-on = この手引きは、{ $day }に作りました。
guide-screen = この手引きは、A4の紙に印刷できます。印刷の画面で、余白は「既定」、「ヘッダーとフッター」はなし、「背景のグラフィック」はありにしてください。
