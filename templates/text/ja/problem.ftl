# こまったときの画面: 何が起きたか、どうすればよいか
problem-way-signin = ログインに進む
problem-way-top = トップページへ
problem-way-again = もう一度開く
problem-way-form = 前の画面に戻る
problem-call = お困りのときは、下の番号へご連絡ください。「お問い合わせ番号」をお伝えいただくと、早くお調べできます。

problem-not-found-title = ページが見つかりません
problem-not-found-what = このアドレスには、ページがありません。
problem-not-found-do = アドレスを確かめるか、トップページからお進みください。

problem-forbidden-title = 受け付けできませんでした
problem-forbidden-what = ほかのサイトから送られたおそれがあるため、安全のために受け付けませんでした。何も変わっていません。
problem-forbidden-do = トップページから、もう一度お試しください。

problem-too-large-title = 受け付けできませんでした
problem-too-large-what = 送られた内容が大きすぎました。何も変わっていません。
problem-too-large-do = トップページから、もう一度お試しください。

problem-bad-form-title = 受け付けできませんでした
problem-bad-form-what = 送られた内容を読み取れませんでした。何も変わっていません。
problem-bad-form-do = トップページから、もう一度お試しください。

problem-method-not-allowed-title = このページは開けませんでした
problem-method-not-allowed-what = このページは、その方法では開けません。
problem-method-not-allowed-do = トップページから、もう一度お進みください。

problem-busy-title = ただいま混み合っています
problem-busy-what = たくさんの方がご利用中です。何も変わっていません。
problem-busy-do = 1分ほどお待ちになってから、もう一度お試しください。
problem-away-title = ただいま受け付けできません
problem-away-what = こちらの都合で、ただいまお使いになれません。何も変わっていません。
problem-away-do = 1分ほどお待ちになってから、もう一度お試しください。
problem-unsure-title = 終わったかどうか、確かめられませんでした
problem-unsure-what = こちらの都合で、送っていただいたものが最後まで終わったかどうかを、確かめられませんでした。
problem-unsure-do = 1分ほどお待ちになってから、もう一度お試しください。うまくいかないときは、トップページからやり直してください。
problem-clock-title = 時刻を確かめています
problem-clock-what = サーバーの時計が合っているか、確かめているところです。そのあいだ、確認コードやメールのリンクは使えません。何も変わっていません。
problem-clock-do = 1分ほどお待ちになってから、もう一度お試しください。

problem-fault-title = 画面を表示できませんでした
problem-fault-what = こちらの都合で、うまくいきませんでした。ご迷惑をおかけします。
problem-fault-do = しばらくしてから、もう一度お試しください。

problem-maintenance-title = ただいま休止しています
problem-maintenance-what = 点検のため、ログインを休止しています。
problem-maintenance-do = しばらくしてから、もう一度お越しください。

problem-closed-title = このサイトは終了しました
problem-closed-what = 加入者ページの提供は終わりました。ご利用ありがとうございました。
problem-closed-since = 加入者ページは、{ $day }から使えなくなりました。ご利用ありがとうございました。
problem-closed-do = くわしくは、健康保険組合へお問い合わせください。

problem-gone-title = このページは、もう使えません
problem-gone-what = 期限が過ぎたか、すでに使われたページです。
problem-gone-do = もう一度ログインしてください。
problem-dead-link-title = このリンクは、もう使えません
problem-dead-link-what = 期限が過ぎたか、一度使ったか、もっと新しいメールが送られているためです。
problem-dead-link-do = いちばん新しいメールのリンクを開いてください。そのリンクも使えないときは、もう一度メールをお送りします。
problem-way-recovery = もう一度メールを送る

problem-too-many-title = しばらくお待ちください
problem-too-many-what = お使いのインターネット回線から、短い時間に、まちがった入力や申し込みがたくさんありました。お客さまがなさったこととはかぎりません。何も変わっていません。
problem-too-many-do = 1分ほどお待ちになってから、もう一度お試しください。前にログインしたことのあるスマートフォンやパソコンからは、待たずにログインできます。
problem-bad-service-title = サービスを開けませんでした
problem-bad-service-what = サービスから送られた内容が、健康保険組合に登録されたものとちがいます。何も送っていません。
problem-bad-service-do = ポータルページのサービスの一覧から、もう一度開いてください。それでも開けないときは、健康保険組合へご連絡ください。
