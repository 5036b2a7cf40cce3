# `config show`, `doctor`. For operators.

config-head-setting = 設定
config-head-value = 値
config-head-origin = どこで
config-origin = { $origin }

doctor-fine = OK
doctor-look = 確認
doctor-warning = 注意
doctor-bad = NG
doctor-late = { $seconds }秒待っても終わりませんでした。次: ネットワークと、相手の機械を確かめる

doctor-settings = 設定は読めます(既定でない設定: { $count })。一覧は kenpo-portal config show
doctor-database-strange = データベースが、このプログラムが作るものと違います: { $objects }{ $more ->
        [0] {""}
       *[other] 、ほか { $more } 件
    }。次: だれが変えたのかを調べ、もとに戻してください
doctor-database = { $database }: 形は { $has }、このプログラムの形は { $range }
doctor-database-older = { $database }: 形は { $has } で、このプログラム({ $range })には { $missing }件足りません。次: kenpo-portal migrate up --dry-run
doctor-keys = 鍵束 { $path } は、このデータベースのものです(鍵の数: { $held })
doctor-keys-alone = 鍵束 { $path } は読めますが、データベースと照らせませんでした。
doctor-keys-none = 鍵束 { $path } がありません。次: kenpo-portal keys new
doctor-clock-agrees = データベースの時計との差は { $seconds }秒です。
doctor-clock-apart = データベースの時計と { $seconds }秒ちがいます。コードもリンクも受け付けられません。次: 両方の機械の時計を NTP で合わせる
doctor-clock-kept = 時計を合わせるしくみ(NTP)が動いています。
doctor-clock-look = 時計を合わせるしくみ(NTP)が見つかりません。入れ物(コンテナ)の中なら、外の機械で timedatectl を見てください。
doctor-folders = フォルダーとファイルは使えます。ほかの人は書けません。
doctor-folder-open = { $path } を、ほかの人も読めます({ $mode })。次: chmod 600 { $path }
doctor-folder-read-only = { $path } に書けません。次: サービスの利用者が持ち主か、確かめる
doctor-folder-writable = フォルダー { $path } に、だれでも書けます({ $mode })。次: chmod o-w { $path }
doctor-folder-owner = { $path } の持ち主が、フォルダー { $folder } の持ち主とちがいます。次: サービスの利用者にそろえる(chown)
doctor-folder-rest = { $path } は、途中で止められたバックアップか復元の残りで、加入者の情報が入っています。次: rm { $path }
doctor-space = { $path } のディスクの空き: { $free } MiB
doctor-space-little = { $path } のディスクの空きが { $free } MiB です。次: 2048 MiB より多くする
doctor-space-none = { $path } のディスクの空きが { $free } MiB しかありません。いっぱいになると、だれもログインできません。
doctor-space-unknown = { $path } のディスクの空きがわかりません。
doctor-unions = 使える組合: { $served }
doctor-unions-warning = 使える組合: { $served }、注意: { $warnings }。次: kenpo-portal tenant check
doctor-unions-kept = 使える組合: { $served }(うち { $kept } は前の正しい内容のまま)。ファイルの誤り: { $errors }。加入者に影響はありません。次: kenpo-portal tenant check --db
doctor-trail = 記録(audit)に、残す日数を過ぎたものはありません
doctor-trail-unread = 記録(audit)を見られませんでした。先に上のものを直してください
doctor-trail-late = 残す日数(retention.trail_days)を過ぎた記録(audit)がある組合: { $unions }。いちばん古いのは { $union } の { $since } のものです。次(表の所有者のアドレスで): kenpo-portal audit archive --tenant { $union } FILE --reason TEXT
doctor-trail-owned = この設定のデータベースのアカウントは、記録(audit)の表の所有者です。パスワードを知る人は記録を取り除けます。サービスには行の読み書きだけができるアカウントを使い、所有者のアカウントは migrate と audit archive のときだけ使ってください。SQL文は src/rules/running/nodes.md の “Two accounts” にあります
doctor-unions-bad = 使える組合: { $served }、誤り: { $errors }。次: kenpo-portal tenant check --db
doctor-mail = メールサーバー { $place } は応答し、受け付けます。1通送って確かめるには kenpo-portal mail test
doctor-mail-none = mail.smtp_url がありません。メールは送られず、期限が切れると消えます。
doctor-mail-stopped = メールサーバー { $place }: { $why }
doctor-mail-records =
    { $domain } の DNS を見てください: dig TXT { $domain } に、メールサーバーを許す v=spf1 … が1つ、dig TXT _dmarc.{ $domain } に v=DMARC1; p=quarantine か p=reject。DKIM の鍵は、メールサーバーの説明にある名前で。
doctor-internal-open = internal.listen は { $address } です。外から届かないことを確かめてください(/metrics、/readyz)。
doctor-plain-http = public.scheme が http です。加入者に使ってもらう前に https にしてください。
doctor-proxy-everybody = proxy.trusted が、だれの言う IP アドレスでも信じます。次: 前に置いたプロキシーのアドレスだけにする
doctor-proxy-none = proxy.trusted が空です。前にプロキシーがあると、全員が1つのアドレスから来たように数えられます。次: そのアドレスを書く
doctor-network = 待ち受けるアドレスと proxy.trusted に、おかしなところはありません。
doctor-service = サービスは { $address } で動いていて、準備ができています。
doctor-service-differs = サービスは { $address } で動いていますが、ほかのサーバーと内容のちがう組合があります({ $count }): { $unions }。次: サーバーごとに、組合のファイルのフォルダーを見くらべる
doctor-service-none = { $address } で動いているサービスはありません。
doctor-service-not-ready = { $address } のサービスは、準備ができていません: { $why }
