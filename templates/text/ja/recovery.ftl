# パスワード・ユーザIDを忘れたとき
recovery-password-lead = ユーザIDを入力してください。新しいパスワードの設定方法をご案内いたします。
recovery-password-call = メールアドレスを登録していない方や、メールを読めない方は、健康保険組合へお電話ください。
recovery-first-title = はじめてログインする方へ
recovery-first-text = ご案内のハガキや通知書に書かれたパスワードをお使いください。
first-password-former = 前からユーザIDをお持ちの方は、健康保険組合からのご案内のとおりに、仮パスワードを入力してください。ご案内のハガキや通知書をお持ちの方は、そこに書かれた仮パスワードをお使いください。
recovery-call-title = 健康保険組合へのご連絡
recovery-call-ready = 記号・番号のわかるもの(資格確認書や資格情報のお知らせなど)をお手元にご用意ください。
recovery-back = ログインに戻る
recovery-again = もう一度メールを送る

recovery-sent-title = メールをごらんください
recovery-sent-banner = 詳細な手順を記載したメールをすぐに受信してください
recovery-sent-link = メールを開いて、「パスワードをリセット」の下のリンクを押してください。リンクは、メールを送ってから{ $minutes }分で使えなくなります。
recovery-sent-again = 少し前にもこの手続きをして、新しいメールが届かないときは、前に届いたメールのうち、いちばん新しいもののリンクを押してください。リンクは、どの端末でも使えます。
recovery-sent-code = この画面で続けるときは、「確認コードを入力する」を押して、メールに書かれた数字を入力してください。
recovery-to-code = 確認コードを入力する
recovery-sent-help-user-id = ユーザIDがちがうときや、メールアドレスを登録していないときは、メールは届きません。
recovery-sent-call = メールアドレスを登録していない方や、5分たってもメールが届かない方は、健康保険組合へお電話ください。

recovery-link-title = パスワードをリセット
recovery-link-lead = 下のボタンを押すと、新しいパスワードの設定に進みます。
recovery-link-life = メールを送ってから{ $minutes }分を過ぎると、進めなくなります。そのときは「もう一度メールを送る」を押してください。
recovery-link-not-me = 心あたりがないときは、何も押さずに、この画面を閉じてください。パスワードは変わりません。

recovery-code-title = 確認コードの入力
recovery-code-lead = 届いたメールに書かれた確認コードを入力してください。メールを送ってから{ $minutes }分で使えなくなります。

recovery-way-title = ご本人の確認
recovery-way-lead = 登録した認証方法は、今もお使いになれますか。
recovery-way-kept = 登録した認証方法で確認する
recovery-way-kept-means = { $ways }が、今も使える方は、こちらを押してください。認証方法は、そのまま残ります。
recovery-way-lost = 機種変更や紛失などで使えない
recovery-way-lost-now = スマートフォンを変えた方や、なくした方は、こちらを押してください。新しい認証方法を登録します。今までの認証方法は、使えなくなります。
recovery-way-lost-wait = スマートフォンを変えた方や、なくした方は、こちらを押してください。安全のため、{ $hours }時間お待ちいただいてから、新しい認証方法を登録します。
recovery-way-lost-desk = スマートフォンを変えた方や、なくした方は、こちらを押してください。健康保険組合へお電話いただき、確認コードを聞いてから、新しい認証方法を登録します。
recovery-way-lost-by-link = この画面からは進めません。届いたメールを開いて、「パスワードをリセット」の下のリンクを押し、そこから進んでください。メールが古くなったときは、「もう一度メールを送る」を押してください。

recovery-wait-title = しばらくお待ちください
recovery-wait-why = ほかの人に勝手に変えられないように、認証方法は、すぐには変えられません。次の期間に、もう一度この手続きをしてください。
recovery-wait-opens = いつから
recovery-wait-closes = いつまで
recovery-wait-then = その時になったら、ログイン画面の「パスワードを忘れた方はこちら」から、もう一度はじめてください。新しく届くメールを開いて、「パスワードをリセット」の下のリンクから進みます。
recovery-wait-calls-off = それまでに、今までの認証方法でログインすると、この手続きは取りやめになります。
recovery-wait-call = お急ぎの方や、この手続きに心あたりがない方は、健康保険組合へお電話ください。

recovery-desk-title = 健康保険組合からの確認コード
recovery-desk-lead = 認証方法を新しくするには、健康保険組合の確認コードが必要です。先に、お電話ください。
recovery-desk-say = 「認証方法が使えなくなったので、確認コードを教えてください」とお話しください。ご本人かどうかを確かめてから、お伝えします。
recovery-desk-hint = 電話で聞いた12文字の英字と数字です。大文字でも小文字でもかまいません。
recovery-desk-life = 聞いてから24時間のあいだ、1回だけ使えます。

recovery-call-off-title = 認証方法の変更を取りやめる
recovery-call-off-lead = 認証方法を新しくする手続きが始まっています。心あたりがないときや、続けないときは、下のボタンを押してください。
recovery-call-off-button = 取りやめる
recovery-call-off-me = このまま続けるときは、何も押さずに、この画面を閉じてください。
recovery-called-off = 取りやめました
recovery-called-off-what = 認証方法は、今までのままです。
recovery-called-off-call = この手続きに心あたりがないときは、だれかがあなたのメールを読んでいるおそれがあります。メールのパスワードを変えて、健康保険組合へお電話ください。

recovery-user-id-lead = 生年月日、メールアドレスを入力してください。ユーザIDをご案内いたします。
recovery-user-id-email = ご登録いただいたメールアドレス
recovery-user-id-call = ユーザIDは、ご案内のハガキや通知書にも書かれています。見つからない方や、メールアドレスを登録していない方は、健康保険組合へお電話ください。
recovery-user-id-sent = 以下のメールアドレスにメールを送信しました。
recovery-user-id-address = あなたのメールアドレス : { $address }
recovery-user-id-log-in = メールに記載されているユーザIDでログインしてください。
recovery-user-id-perhaps = 入力した生年月日とメールアドレスが登録とちがうときは、メールは届きません。
recovery-user-id-help-typed = 上のメールアドレスが正しいか、確かめてください。ちがうときは「もう一度入力する」を押してください。
recovery-user-id-again = もう一度入力する
