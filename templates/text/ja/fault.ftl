# Why a command cannot run, and what to type next. For operators.

# Why a command cannot run

fault-of-demo = 体験版は、はじめからやり直せます。次: --fresh をつける
fault-file = { $path }: { $why }。次に: { $next }
fault-at = { $path }: { $why }
fault-no-union = 公開できる組合がひとつもありません。次: { $again }
fault-export-cut = 読む側が先に終わったため、書き出しは途中までです。受け取ったファイルは使わず、もう一度書き出してください。
fault-notices-beside-json = --notices - と --json は、いっしょに使えません。どちらも標準出力に書くためです。--notices にファイルを指定してください。
fault-letters-in-utf-8 = 手紙(--notices-as letters)は UTF-8 のページです。--notices-encoding を外すか、--notices-as csv にしてください。
fault-unknown-union = 「{ $id }」という、まちがいのない組合のファイルはありません。次: kenpo-portal tenant check --db (理由)、kenpo-portal tenant list
fault-schema-older = データベースの形が古いままです(足りない: { $missing })。次: kenpo-portal migrate up
fault-schema-newer = データベースの形({ $unknown })には kenpo-portal { $needed } 以上が必要です。これは { $own } です。次: { $needed } 以上のプログラムを使う
fault-schema-unknown = データベースの形({ $unknown })を、この kenpo-portal { $own } は知りません。次: migrate up を実行したプログラムを使う
fault-no-database = データベース { $path } がありません。前にあったのなら、空のデータベースを作らないでください。サービスを止め、バックアップを { $path } に戻し(kenpo-portal restore FILE --reason "…")、kenpo-portal verify-store で確かめてください。はじめて使うときだけ、次: kenpo-portal migrate up
fault-not-loopback = 体験版はこの機械の中だけで動きます。{ $address } では待ち受けません。次: --listen 127.0.0.1:8080
fault-preview-not-loopback = 見本はこの機械の中だけで見られます。{ $address } では待ち受けません。次: --listen 127.0.0.1:8090、または --static DIR
fault-database-configured = データベースが設定されています(PORTAL_DATABASE__URL か portal.toml)。体験版はそれに触れません。設定を外すか、kenpo-portal serve を実行してください。
fault-not-an-address = 「{ $text }」はアドレスとして読めません。次: --listen 127.0.0.1:8080
fault-listen = { $address } で待ち受けられません: { $why }。次: { $setting } を別のアドレスかポートにする
fault-tenants-folder-closed = このプログラムの利用者 { $user } は、組合のファイルのフォルダー { $path } を読めません。次に: chmod { $mode } { $closed }
fault-tenants-folder = 組合のファイルのフォルダー { $path } を開けません: { $why }。次: 設定 tenants.dir(PORTAL_TENANTS__DIR)を確かめる
fault-language = 「{ $text }」では話せません。次: --lang ja か --lang en
fault-no-answer = { $address }(設定 internal.listen)から返事がありません: { $why }。kenpo-portal serve は動いていますか。
fault-not-answered = { $address }(設定 internal.listen)は動いていますが、この問いには答えません(HTTP { $status })。同じ版の kenpo-portal serve が動いているか確かめ、少し待ってからもう一度実行してください。
fault-sample-refused = { $path } を取り込めません。次: kenpo-portal member import --dry-run で理由を確かめる
fault-mail-server = mail.smtp_url を使えません: { $why }。例: smtp://ユーザー:パスワード@smtp.example.jp:587
fault-no-mail-server = mail.smtp_url が設定されていません。次: PORTAL_MAIL__SMTP_URL=smtp://smtp.example.jp:587
fault-reason-needed = --reason "…" で理由を書いてください。アカウント名といっしょに記録(audit)に残ります。例: --reason "電話、ご本人と確認"
fault-reason-unfit = --reason は 1 行、1〜{ $most } 文字です。目に見えない文字だけの理由と、文字の並ぶ向きを変える文字は受けつけません。
fault-no-such-member = この組合に、ユーザID・番号・ID が「{ $who }」の加入者はいません。次に: kenpo-portal member find(名前でも探せます)
fault-days-reversed = --since { $since } が --until { $until } より後の日です。早いほうの日を --since に指定してください。
fault-clock-unlikely = このマシンの時計は { $here } を指していますが、データベースに残る最後の時刻は { $known } です。どちらが正しいかわかるまで、記録をデータベースから取り出すことはできません。次: 時計を確かめてください。正しければ: kenpo-portal clock --confirm --reason 理由
fault-archive-too-young = --before { $before } は新しすぎます。この組合の記録は { $days } 日残す決まりです(組合のファイルの retention.trail_days。90 日以上。閉じた組合は 90 日)。{ $latest } か、それより前の日を指定するか、--before を省いてください。
fault-no-heads = { $path } に鎖の先がありません。これでは何も見くらべられません。前に `kenpo-portal audit verify` が出した内容のファイルを指定し、このファイルが空のわけを調べてください。
fault-not-a-head = { $path } の { $line } 行目は、鎖の先ではありません。前に `kenpo-portal audit verify` が出した内容のファイルを指定してください。
fault-other-archive = { $path } はすでにありますが、この保管ファイルではありません。別のファイル名にしてください。
fault-not-owner = このデータベースのアカウントは表の所有者ではないため、記録(audit)から何も取り除けません。所有者のアドレスで実行してください: PORTAL_DATABASE__URL=postgres://OWNER… kenpo-portal audit archive …
fault-not-a-receipt = 「{ $text }」はお問い合わせ番号ではありません。I、O、0、1 のない英字と数字 8 けたです。例: kenpo-portal receipt K7M294QA
fault-not-a-mail-address = 「{ $text }」はメールアドレスとして読めません。ひとつだけ、名前をつけずに指定してください。
fault-backup-to-output = バックアップは、確かめてから置きます。そのため、標準出力には書けません。新しいファイルの名前を指定してください: kenpo-portal backup FILE
fault-backup-by-postgres =
    PostgreSQL のバックアップは、サービスを動かしたまま、PostgreSQL の道具でとります。何もしていません。
    次: pg_dump --format=custom --no-owner --file="{ $file }" "{ $url }"
    表の所有者で実行してください(パスワードを聞かれます)。compose のとき: docker compose run --rm backup
fault-not-a-backup = { $path } は、`kenpo-portal backup` が書いたものではありません。何も変えていません。ほかの方法で写したデータベースなら、すべてを止めて手で置いてから: kenpo-portal restore --finish --unmarked --reason "…"
fault-backup-damaged = { $path } は壊れています({ $found })。何も変えていません。次: `backup` が表示した SHA-256 とくらべ、別の写しを使ってください
fault-sum-differs = { $path } は、`backup` が書いたままのファイルではありません。SHA-256 は { $found } ですが、{ $beside } には { $expected } とあります。何も変えていません。次: 二つのファイルの別の写しを使ってください。壊れているのが { $beside } の方なら、それをどけて、`backup` が表示した値を指定してください: --sha256 HEX
fault-sum-differs-typed = { $path } は、指定された SHA-256 のファイルではありません。{ $found } ですが、{ $expected } のはずです。何も変えていません。次: 別の写しを使うか、このファイルのときに `backup` が表示した値を指定してください
fault-no-sum-in-file = { $path } に、となりのバックアップの SHA-256 がありません。何も変えていません。次: 二つのファイルの別の写しを使うか、{ $path } をどけて、`backup` が表示した値を指定してください: --sha256 HEX
fault-not-a-sum = 「{ $text }」は SHA-256 ではありません。`backup` が表示する、0〜9 と a〜f の 64 けたです。
fault-backup-newer = { $path } は、新しいプログラムが書いたものです。何も変えていません。次: kenpo-portal { $needed } 以上を使ってください(これは { $own })
fault-backup-unknown = { $path } は、kenpo-portal { $own } が知らないプログラムが書いたものです。何も変えていません。次: 書いたプログラムを使ってください
fault-backup-strange = { $path } は、このプログラムが作るデータベースと違います: { $objects }{ $more ->
        [0] {""}
       *[other] 、ほか { $more } 件
    }。何も変えていません。このようなファイルは、だれも頼んでいないことを自分で行うおそれがあります。次: `backup` が表示した SHA-256 とくらべ、別の写しを使ってください。ご自分でデータベースに加えたものは、バックアップの前に取り除いてください
object-foreign = { $object }(もとはないもの)
object-altered = { $object }(書きかえられたもの)
object-missing = { $object }(なくなったもの)
fault-restore-from-input = バックアップは、確かめてから戻します。そのため、標準入力からは読めません。ファイルの名前を指定してください: kenpo-portal restore FILE --reason "…"
fault-restore-by-postgres =
    PostgreSQL は、PostgreSQL の道具で戻します。何もしていません。
    次: サービスをすべて止め、空のデータベースを作ってから pg_restore --no-owner --exit-on-error --dbname="{ $url }" "{ $file }"
    表の所有者で実行し、そのあと kenpo-portal restore --finish --reason "…"。compose のとき: docker compose run --rm restore FILE
fault-restore-taken = { $path } には、データのあるデータベースか、別のファイルがあります。上書きはしません。何も変えていません。次: サービスをすべて止め、{ $path }-wal と { $path }-shm もいっしょに、別の場所へ移してください
fault-restore-leftover = { $path } がないのに、{ $path }-wal か { $path }-shm があります。前のデータベースのものか、まだ動いているサービスのものです。何も変えていません。次: サービスをすべて止め、両方を別の場所へ移してください
fault-store-in-use = このデータベースを、サービスか別のコマンドが使っています。何も変えていません。次: サービスとコマンドをすべて止めて、もう一度実行してください
fault-serves-already = このデータベースでは、別のサービスがもう動いています({ $path } を使っています)。SQLite で動かせるのは、ひとつだけです。何も始めていません。次: 先に動いている方を止めてください。何台も動かすときは、PostgreSQL を使ってください
fault-nodes-run = このデータベースで動いていると30秒以内に知らせたサービスが、{ $nodes }台あります。何も変えていません。次: サービスをすべて止め、30秒待って、もう一度実行してください
fault-unfinished-backup =
    このデータベースは、{ $at } のバックアップを手で戻したものです。前のリンク・コード・ログイン状態が、また使えるおそれがあります。
    次: kenpo-portal restore --finish --reason "…"
    引っ越しで置いたもので、写したあとに何も動かしていないとき: kenpo-portal restore --moved --reason "…"
fault-unfinished-dump =
    このデータベースは、ダンプから戻したものです。前のリンク・コード・ログイン状態が、また使えるおそれがあります。
    次: kenpo-portal restore --finish --reason "…"
    引っ越しで置いたもので、ダンプのあとに何も動かしていないとき: kenpo-portal restore --moved --reason "…"
fault-output = 出力を書けません: { $why }。書けたところまでは、そろっていません。次に: 原因を直して、もう一度実行してください
fault-broken = うまくいきませんでした: { $fault }。次に: もう一度実行し、変わらなければ、この行をプログラムの担当者に渡してください
broken-no-randomness = OSから乱数を得られません
broken-hashing-busy = パスワードのハッシュの計算が混み合っています
broken-hashing = パスワードのハッシュを計算できません({ $what })
broken-hash = 保存されているパスワードのハッシュを読めません
broken-sealed = 暗号化して保存した値を復号できません
broken-unknown-key = 鍵 { $key } が鍵束にありません
broken-signing = 署名の鍵を使えません
broken-inconsistent = 保存されているデータが、プログラムの規則に合いません({ $what })
broken-clock-not-compared = 時計を、まだデータベースの時計と比べていません
broken-clock-behind = 時計が、データベースの知る最も新しい時刻より { $seconds } 秒遅れています
broken-clock-jumped = 時計の時刻が、急に { $seconds } 秒変わりました(マイナスは戻った分)
broken-clock-apart = データベースの時計とこのマシンの時計の差が { $seconds } 秒あります(マイナスはデータベースの遅れ)
broken-notices = 通知書のファイル { $path } を書けません: { $why }
broken-busy = ほかの書き込みが続いています
broken-unsure = 書き込みの最後にデータベースとの接続が切れ、終わったかどうか分かりません
broken-time = 時計の時刻が、暦の範囲の外です
broken-undo-kept = 取り込みを取り消すためのデータを、読み書きできません
broken-letter = メールを保存できません
broken-no-certificate = 認証局の証明書(PEM)がありません
broken-no-tls = TLSのライブラリに、使える暗号の組み合わせがありません
smtp-url-no-address = ホストのあるアドレスとして読めません
smtp-url-scheme = 「{ $scheme }:」ではなく、smtp:// か smtps:// で始めてください
smtp-url-tls = tls={ $word } は使えません。required、opportunistic、none のどれか(smtps:// では required だけ)を書いてください
smtp-url-unknown = 「{ $word }」は知らない指定です。使えるのは tls= と ca= です
smtp-url-half-credentials = ユーザーとパスワードは、両方書くか、両方なくしてください
smtp-url-clear-password = パスワードが暗号化されずに送られてしまいます。tls=required にするか、smtps:// を使ってください
smtp-url-certificate = 証明書 { $path } を PEM として読めません
smtp-url-raw = ユーザーかパスワードに「{ $found }」がそのまま書かれています。{ $encoded } と書いてください(% 自身は %25)
smtp-url-hello = 設定 mail.hello の「{ $name }」は、. のある完全なホスト名(例: portal.example.jp)ではありません
smtp-url-space = 空白

# The machine: files, folders, listeners

machine-not-found = ありません
machine-permission = この利用者に権限がありません
machine-exists = もうあります
machine-folder = フォルダーです
machine-no-folder = 途中の名前がフォルダーではありません
machine-read-only = 書けないファイルシステムです
machine-no-space = 空きがありません
machine-not-utf-8 = UTF-8 の文字ではありません
machine-no-plain-file = ふつうのファイルではないか、大きすぎます
machine-busy = 別のコマンドが書いています
machine-file-name = 名前が UTF-8 でないか、そこでは使えない名前です
machine-address-in-use = ほかのプログラムが使っています
machine-no-own-address = この機械のアドレスではありません
machine-refused = 接続を断られました
machine-cut = 接続が切れました
machine-no-route = そこへの経路がありません
machine-reader-left = 読む側が先に終わりました
machine-no-answer = 返事がありません
machine-no-host = その名前のホストが見つかりません
machine-too-large = ここでは、ファイルをそこまで大きくできません
machine-disk = ディスクがエラーを返しました
machine-no-handle = 開いているファイルが多すぎます
machine-folder-missing = 置き場所のフォルダー { $folder } がありません
machine-next-folder = フォルダーの名前を確かめるか、作ってから(mkdir -p { $folder })、もう一度実行してください
machine-next-name = 名前と場所を確かめてください
machine-next-permission = 持ち主の利用者で実行するか、権限を直してください(ls -l で分かります)
machine-next-exists = 新しい名前にしてください。すでにあるものに上書きはしません
machine-next-file = その中のファイルの名前にしてください
machine-next-path = 名前をはじめから確かめてください
machine-next-read-only = 別の場所にするか、書けるようにマウントしてください
machine-next-space = 空きを作るか(df -h で分かります)、別の場所にして、もう一度実行してください
machine-next-text = UTF-8 のテキストで保存してください
machine-next-plain = ふつうのファイルで、大きすぎないものにしてください
machine-next-busy = そのコマンドが終わってから、もう一度実行してください
machine-next-other = 機械の記録(journalctl --dmesg)を確かめてから、もう一度実行してください

# The database

database-unreachable = データベースにつながりません: { $cause }。次: database.url のホストとポート、データベースが動いているかを確かめる
database-silent = データベースから返事がありません。次: database.url のホストとポート、途中の経路(ファイアウォール)を確かめる
database-starting = データベースは起動中か終了中です。次: 少し待って、もう一度実行する
database-full = データベースの接続数がいっぱいです。次: max_connections を増やすか、ほかの接続を減らす
database-password = データベースが、ユーザーかパスワードを受けつけません。次: database.url のユーザーとパスワードを確かめる(記号は %2F のように書く)
database-missing = その名前のデータベースがありません。次: database.url の最後の名前を確かめるか、CREATE DATABASE で作る
database-encryption = データベースとの暗号化(TLS)ができません。次: database.url の sslmode と sslrootcert、サーバーの証明書を確かめる
database-forbidden = データベースのこのアカウントには、その権限がありません。次: 表の所有者として、スキーマと表の権限を与える(SQL文は src/rules/running/nodes.md の “Two accounts”)。表を変えるもの(migrate up、audit archive)は、所有者の database.url で実行する
database-address = database.url を読めません。例: postgres://ユーザー:パスワード@ホスト:5432/portal(記号は %2F のように書く)
database-no-database = そのファイルは SQLite のデータベースではありません。次: database.url のファイル名を確かめる
database-cannot-open = データベースのファイルを開けません。次: database.url のファイルとフォルダーの権限を確かめる
database-read-only = データベースに書けません。次: ファイルとフォルダーの権限、ファイルシステム、レプリカでないかを確かめる
database-locked = データベースを、ほかのプログラムが使っています。次: ほかの kenpo-portal の作業が終わるのを待って、もう一度実行する
database-damaged = データベースのファイルがこわれています。次: バックアップから戻す
database-replaced = 使っているあいだに、データベースのファイルが消されたか、別のファイルに置きかえられました。最後に書いた内容は失われたかもしれません。次: サービスとほかのコマンドを止め、元のファイルかバックアップを戻し、kenpo-portal verify-store で確かめてから、サービスを起動する
database-no-space = データベースのディスクに空きがありません。次: 空きを作って、もう一度実行する
database-disk = データベースのあるディスクで、読み書きができません。次に: 空きがあるか(df -h)、機械の記録(journalctl --dmesg)を確かめ、直してから、もう一度実行してください
database-unsure = データベースが、書き込みを保存したかどうかを返しませんでした。次に: データベースとそのディスクが動いているか(journalctl --dmesg)を確かめ、直してください
database-migration = データベースの migrate up の記録が、このプログラムのものとちがいます。次: 同じ版のプログラムで作ったデータベースかを確かめる
database-other = データベースを使えません: { $fault }。次: database.url と、データベースが動いているかを確かめる

# The key ring

ring-missing = 鍵束 { $path } がありません。次に: 控えから戻してください。はじめて使うときだけ: kenpo-portal keys new { $path }
ring-needed = このデータベースには鍵 { $key } が必要です。新しい鍵束では、何も開けません。何も作っていません。次: 鍵束の控えを { $path } に戻してください。別のデータベースの鍵束なら、database.url(PORTAL_DATABASE__URL)をそのデータベースにしてください
ring-too-open = 鍵束 { $path } を、ほかの人も読めるようになっています(モード { $mode })。次: chmod 600 { $path }
ring-exists = { $path } はもうあります。鍵束を上書きすると、今のデータが開けなくなるため、作りません。次に: 新しい名前にするか、この鍵束を使ってください
ring-malformed = 鍵束 { $path } を読めません({ $flaw })。次に: 控えから戻してください。新しい鍵束では、今のデータが開けません(はじめて使うときだけ、kenpo-portal keys new ファイル)
ring-unreadable = 鍵束 { $path }: { $why }。次に: { $next }
ring-flaw-not-a-ring = active と [keys] のある TOML ではありません
ring-flaw-not-a-number = 鍵の名前「{ $name }」が数ではありません
ring-flaw-not-base64 = 鍵 { $id } が base64 ではありません
ring-flaw-length = 鍵 { $id } が { $bytes } バイトです。正しくは { $wanted } バイトです
ring-flaw-no-active-key = active の鍵 { $id } が [keys] にありません
ring-lost = 鍵束 { $path } がありません。このデータベースは鍵 { $key } で使われています。新しい鍵束では開けません。次: 保管してある写しを { $path } に戻すか、設定 keys.ring(PORTAL_KEYS__RING)を直す
ring-key-missing = 鍵束 { $path } には、このデータベースで使われている鍵 { $id } がありません。このまま使うと、正しいパスワードもまちがいになります。次: keys.ring(PORTAL_KEYS__RING)か database.url を確かめ、正しい鍵束の写しを使う
ring-key-differs = 鍵束 { $path } の鍵 { $id } は、このデータベースで使われている鍵 { $id } とは別のものです。このまま使うと、正しいパスワードもまちがいになります。次: keys.ring(PORTAL_KEYS__RING)か database.url を確かめ、正しい鍵束の写しを使う
ring-key-removed = { $path } で使うことになっている鍵 { $id } は、このデータベースから消されています。次: ほかのサーバーの鍵束か、いちばん新しい写しを使ってください
ring-busy = 別の kenpo-portal が { $path } を変えています。次: 終わるのを待って、もう一度実行してください
ring-unproven = このデータベースには前の版のパスワードがありますが、鍵束 { $path } のものだと確かめる手がかりがありません。前の版で使っていた鍵束なら、次: kenpo-portal keys adopt

# The settings

setting-no-file = 設定ファイル { $path } がありません。次: --config のファイル名を確かめる
setting-file = 設定ファイル { $path } を読めません: { $why }。次に: { $next }
setting-not-toml = { $path }:{ $line }: TOML として読めません({ $why })。次: この行を直す
setting-value-file = { $variable } の示すファイル { $path } を読めません: { $why }。次に: { $next }
setting-wrong = 設定 { $key }({ $origin }): { $why }
setting-nearly = { $name } という設定はありません({ $origin })。{ $meant } のことですか。次: 名前を直すか、なくす
setting-unknown = 注意: { $name } という設定を kenpo-portal { $own } は知りません({ $origin })。無視します。
setting-default = 既定の値
setting-empty = 空です。値を書くか、設定をなくしてください。
setting-empty-file = このファイルは空です。次にすること: 値を書いてから、もう一度始めてください(compose では /run/secrets/smtp_url は .secrets/smtp_url.prod です。例: smtps://user:password@mail.example.jp)
setting-no-text = 引用符で囲んだ文字ではありません。例: "…"
setting-no-number = { $least } から { $most } までの整数を書いてください。
setting-no-list = 文字の配列ではありません。例: ["a", "b"](変数では a,b)
setting-range = 「{ $shown }」は使えません。{ $least } から { $most } までの整数を書いてください。
setting-no-address = 「{ $shown }」は IP アドレスとポートではありません。例: { $example }(すべてのアドレスなら 0.0.0.0:ポート)
setting-no-word = 「{ $shown }」は使えません。{ $words } のどれかを書いてください。
list-and = 、
setting-no-level = 「{ $shown }」は使えません。off、error、warn、info、debug、trace のどれかを書いてください。
setting-no-network = 「{ $shown }」は IP アドレスでもネットワークでもありません。例: 172.16.0.0/12、fd00::/8、10.0.0.1
setting-no-domain = 「{ $shown }」はドメイン名ではありません。例: portal.example.jp
setting-no-database = sqlite: か postgres:// で始めてください。例: sqlite:portal-data/portal.db、postgres://ユーザー:パスワード@ホスト:5432/portal
setting-no-database-file = ファイルの名前が要ります。例: sqlite:portal-data/portal.db
setting-database-unreadable = 読めません。例: postgres://ユーザー:パスワード@ホスト:5432/portal(パスワードの記号は %2F のように書く)
setting-no-mail-server = smtp:// か smtps:// で始めてください。例: smtp://smtp.example.jp:587
setting-too-little-memory = argon2.lanes = { $lanes } には { $needed } 以上が要ります(1 レーンに 8 KiB)。
fault-no-certificate = { $path }(設定 sso.authorities)に、読める認証局の証明書がありません。次: 証明書を PEM(-----BEGIN CERTIFICATE-----)で入れるか、設定を消します
fault-no-tls = TLSを使えません: { $why }。次に: この行をプログラムの担当者に渡してください
fault-not-an-rsa-key = { $path } は、暗号化していない2048ビット以上のRSAの秘密鍵(PKCS#8のPEM)ではありません。次: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out { $path }
