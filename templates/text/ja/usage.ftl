# `--help` の例: 1行目がコマンド、次の行がその説明。コマンドの行はテストが読み取る
usage-heading = 使い方:
usage-commands = コマンド
usage-options = オプション
usage-arguments = 引数
usage-help = この説明を表示する
usage-version = 版を表示する
usage-default = (なければ { $value })
usage-values = ({ $values } のどれか)
usage-examples = 例:
usage-exit = 終了コード: 0 問題なし、1 問題や違いが見つかった、2 実行できなかった。データは標準出力、ことばは標準エラー出力に出ます。
usage-top =
    kenpo-portal demo
    このパソコンでためします。
    kenpo-portal member find --tenant ID 健保 --reason 電話
    加入者をさがします。--help はどのコマンドにも付けられます。
usage-demo =
    kenpo-portal demo --fresh
    見本の組合と加入者で、はじめからためします。
    kenpo-portal demo --listen 127.0.0.1:9000 --data /tmp/demo
    別のポート番号とフォルダーで動かします。
usage-serve =
    kenpo-portal serve
    設定 portal.toml のとおりに動かします。
    PORTAL_LOG=debug kenpo-portal serve --config /etc/kenpo-portal/portal.toml
    別の設定ファイルで、くわしい記録を出します。
usage-healthcheck =
    kenpo-portal healthcheck
    動いていれば 0、まだなら 1、返事がなければ 2 で終わります。
usage-clock =
    kenpo-portal clock
    データベースに残る時刻と、この機械の時計が食い違わないかを見ます。何も変えません。
    kenpo-portal clock --confirm --reason "NTPが止まっていたため、手で確かめた"
    時計は正しい、と伝えます。だれがなぜ伝えたかは、すべての組合の記録に残ります。期限切れの終了や消去が、すぐにまた始まります。
usage-config-show =
    kenpo-portal config show
    いまの設定と、それぞれがどこで決まったかを表にします。パスワードは *** です。
    kenpo-portal config show --json
    同じことを機械向けに。
usage-doctor =
    kenpo-portal doctor
    設定、データベース、鍵、時計、フォルダー、組合のファイル、メール、ディスクを確かめ、直すところを言います。
    kenpo-portal doctor --json
    同じことを機械向けに。0: すべてよい、1: 直したほうがよい、2: 動かないところがある。
usage-migrate-status =
    kenpo-portal migrate status
    どの変更まで済んでいるかを表示します。足りないか、データベースがまだなければ 1 で終わります: migrate status || migrate up
    kenpo-portal migrate status --json
    同じことを機械向けに。
usage-migrate-up =
    kenpo-portal migrate up --dry-run
    何をするかと、動かしたままでよいサーバーの版を言い、何も変えません。
    kenpo-portal migrate up
    データベースをこのプログラムの形にします。
usage-keys-new =
    kenpo-portal keys new
    設定 keys.ring の場所に鍵束を作ります。
    kenpo-portal keys new /etc/kenpo-portal/keys.toml
    その場所に作ります。上書きはしません。
usage-keys-adopt =
    kenpo-portal keys adopt
    前の版から使っている鍵束を、このデータベースのものと認めます。
usage-keys-rotate =
    kenpo-portal keys rotate
    新しい鍵に替えます。止まったら、もう一度実行すると続きから進みます。
usage-keys-status =
    kenpo-portal keys status
    鍵ごとに、いつからか、何に要るかを表示します。
    kenpo-portal keys status --json
    同じことを機械向けに。
usage-keys-remove =
    kenpo-portal keys remove
    使わなくなった鍵を消します。まだ要るときは、何に要るかを言って断ります。
    kenpo-portal keys remove 1 --force
    鍵 1 を、まだ要る人がいても消します。
usage-tenant-check =
    kenpo-portal tenant check
    組合のファイルをすべて確かめます。
    kenpo-portal tenant check ID --db --strict
    ひとつの組合を、データベースとも照らし、注意も不合格にして確かめます。
usage-tenant-list =
    kenpo-portal tenant list
    組合の一覧です。
    kenpo-portal tenant list --json
    同じことを機械向けに。
usage-tenant-show =
    kenpo-portal tenant show ID
    組合のすべての項目を、いまの値と、どのファイルの何行目からかを付けて表示します。
    kenpo-portal tenant show ID password contact.phone
    その表と項目だけ。
    kenpo-portal tenant show ID --json
    同じことを機械向けに。
usage-tenant-preview =
    kenpo-portal tenant preview ID
    組合のすべての画面とメールの見本を、この機械のブラウザで見られるようにします。ファイルを直したら、一覧を開き直します。
    kenpo-portal tenant preview ID --static preview
    新しいフォルダーに書きます。サーバーなしで index.html を開けるので、組合に送れます。
    kenpo-portal tenant preview ID --listen 127.0.0.1:9000
    ほかのポートで。
    kenpo-portal tenant preview ID --link --days 7 --reason "組合の確認のため"
    下書きの組合を、動いているサービスでそのまま見られるアドレスを作ります。渡した人だけが見られます。
    kenpo-portal tenant preview ID --end-link --reason "確認が済んだため"
    そのアドレスを使えなくします。
usage-tenant-guide =
    kenpo-portal tenant guide ID -o guide.html
    組合のご利用の手引きを、A4に印刷できる1つのファイルに書きます。開いて印刷します。
    kenpo-portal tenant guide ID --lang en -o guide-en.html
    英語で。--lang がなければ、組合の既定の言語です。
    kenpo-portal tenant guide ID -o -
    標準出力へ。
usage-tenant-new =
    kenpo-portal tenant new ID --name 組合の名前
    新しい組合のファイルを、おすすめの値の下書きで作ります。わからないところには TODO と書きます。
    kenpo-portal tenant new ID --name 組合の名前 --like OTHER
    組合 OTHER と同じ決まりで作ります。名前、ホスト、メール、色、規約などは写しません。
usage-tenant-keys =
    kenpo-portal tenant keys
    組合のファイルに書けるすべての項目と、その意味、書けるもの、書かないときの値です。
    kenpo-portal tenant keys password contact.phone
    その表と項目だけ。
    kenpo-portal tenant keys --json
    同じことを機械向けに。
usage-tenant-schema =
    kenpo-portal tenant schema
    tenants/tenant.schema.json に書き、組合のファイルの1行目を #:schema ./tenant.schema.json にすると、エディターが項目を補い、確かめ、日本語で説明します。
    kenpo-portal tenant schema --defaults
    _defaults.toml のために。tenants/defaults.schema.json に書きます。
usage-tenant-diff =
    kenpo-portal tenant diff
    フォルダーのファイルを読みなおすと何が変わるかを、動いているサービスとくらべて言います。何も変えません。
    kenpo-portal tenant diff ID --json
    ひとつの組合だけを、機械向けに。
usage-tenant-reload =
    kenpo-portal tenant reload
    動いているサービスに、組合のファイルを読みなおさせ、結果を待ちます。
    kenpo-portal tenant reload --json
    同じことを機械向けに。かかった時間も出ます。
usage-tenant-close =
    kenpo-portal tenant close --tenant ID --on 2027-03-31 --reason 合併 --dry-run
    何をすることになるかを言います。
    kenpo-portal tenant close --tenant ID --on 2027-03-31 --reason 合併
    その日が終わると、組合を閉じます。
    kenpo-portal tenant close --tenant ID --undo --reason 合併の取りやめ
    取り消します。
usage-tenant-export =
    kenpo-portal tenant export --tenant ID /secure/ID --reason 組合への引き渡し
    組合のデータを、このプログラムなしで読めるように、新しいフォルダーへ書き出します。
usage-tenant-purge =
    kenpo-portal tenant purge --tenant ID --reason 契約の終了 --dry-run
    何を消すことになるかを言います。
    kenpo-portal tenant purge --tenant ID --reason 契約の終了
    組合のIDをもう一度たずねてから、データを消します。
usage-member-import =
    kenpo-portal member import --tenant ID roster.csv --dry-run
    だれの何が変わるかを見ます。何も書きません。
    kenpo-portal member import --tenant ID roster.csv --notices notices.csv --notices-encoding cp932
    取り込み、仮パスワードの表を印刷会社の文字コードで書きます。
    kenpo-portal member import --tenant ID - --notices letters.html --notices-as letters
    名簿を標準入力から読み、窓付き封筒に入れる手紙を書きます。
    kenpo-portal member import --tenant ID --undo --dry-run --reason 誤った名簿
    最後の取り込みを取り消すと、どうなるかを見ます。
usage-member-imports =
    kenpo-portal member imports --tenant ID
    取り込みの記録です。
usage-member-find =
    kenpo-portal member find --tenant ID ケンポハナ --reason 電話
    カナのはじめで、さがします。
    kenpo-portal member find --tenant ID 12-3456789 --reason 電話 --json
    記号-番号でさがし、機械向けに。
usage-member-show =
    kenpo-portal member show --tenant ID 12-3456789 --reason 電話
    どこまで進んでいるか、最近何があったかを見ます。
usage-member-unlock =
    kenpo-portal member unlock --tenant ID hanako01 --reason 本人確認ずみ
    まちがいの回数を 0 にし、窓口で止めていたときは、それも解きます。
usage-member-lock =
    kenpo-portal member lock --tenant ID 12-3456789 --reason 本人から紛失の電話
    unlock まで、だれもログインできなくします。
usage-member-move =
    kenpo-portal member move --tenant ID 12-3456789 15-77-01 --dry-run --reason 記号の変更
    番号を変えるとどうなるかを見ます。何も変えません。
    kenpo-portal member move --tenant ID 12-3456789 15-77-01 --reason 記号の変更
    番号を変えます。名簿で二重になった方は、1人にまとめます。
usage-member-end =
    kenpo-portal member end --tenant ID 12-3456789 --on 2027-03-31 --reason 退職
    その日までで資格を終えます。
    kenpo-portal member end --tenant ID 12-3456789 --undo --reason 取り消しの届け
    取り消します。
usage-member-desk-code =
    kenpo-portal member desk-code --tenant ID 12-3456789 --reason 本人確認ずみ
    電話で読み上げる確認コードを出します。1回、24時間。
usage-member-revert =
    kenpo-portal member revert --tenant ID 12-3456789 --notices letter.html --notices-as letters --reason 機種変更
    はじめからやり直すための手紙を1通書きます。
usage-member-reset-factor =
    kenpo-portal member reset-factor --tenant ID 12-3456789 --reason 本人確認ずみ --dry-run
    どうなるかを見るだけです。
    kenpo-portal member reset-factor --tenant ID 12-3456789 --reason 本人確認ずみ
    認証方法をはずします。次のログインで登録し直します。
usage-member-set-email =
    kenpo-portal member set-email --tenant ID 12-3456789 hanako@example.jp --reason 本人確認ずみ
    メールアドレスを替え、両方に知らせます。
usage-member-sessions =
    kenpo-portal member sessions --tenant ID 12-3456789 --reason 電話
    ログイン中の端末を見ます。
    kenpo-portal member sessions --tenant ID 12-3456789 --end --reason 紛失
    すべてログアウトさせます。
usage-member-reissue =
    kenpo-portal member reissue --tenant ID 12-3456789 --notices letter.html --notices-as letters --reason 紛失
    ひとりに新しい仮パスワードを出し、手紙を書きます。
    kenpo-portal member reissue --tenant ID --file lost.csv --notices notices.csv --reason 郵便事故
    名簿の全員に出し直します。
    kenpo-portal member reissue --tenant ID --file - --notices - --reason 郵便事故
    標準入力から読み、標準出力に書きます。
usage-member-delete =
    kenpo-portal member delete --tenant ID 12-3456789 --reason 名簿の誤り
    一度もログインしていない方を消します。
usage-terms-export =
    kenpo-portal terms export --tenant ID
    だれがどの版に同意したかを、JSON の行で書き出します。
usage-mail-status =
    kenpo-portal mail status
    組合ごとに、待っているメール、送ったメール、断念したメールの数です。
usage-mail-test =
    kenpo-portal mail test --tenant ID --to me@example.jp
    試しに1通送り、止まったらどこかを言います。
usage-audit-export =
    kenpo-portal audit export --tenant ID --since 2027-01-01 --until 2027-01-31
    ひと月の記録を JSON の行で書き出します。
    kenpo-portal audit export --tenant ID --format csv --members --reason 監査
    表にして、記号-番号とユーザIDも付けます。
usage-audit-members =
    kenpo-portal audit members --tenant ID --doer yamada --reason 監査
    その人が見た、または変えた加入者を、ひとり1行で。
usage-audit-verify =
    kenpo-portal audit verify
    すべての組合の記録の鎖を確かめます。
    kenpo-portal audit verify --heads -
    前に控えた鎖の先を標準入力から読み、それとも照らします。
usage-audit-archive =
    kenpo-portal audit archive --tenant ID --before 2026-01-01 ID-2025.jsonl --reason 年次
    古い行をファイルへ移します。
usage-verify-store =
    kenpo-portal verify-store
    障害や復元のあと、データベースが正しいかを確かめます。何も書きません。
usage-completions =
    kenpo-portal completions bash
    bash の補完を標準出力に書きます。
usage-receipt =
    kenpo-portal receipt 7K3M-2QX9 --log portal.log
    お問い合わせ番号から、監査の記録とサービスのログをさがします。
    kenpo-portal receipt 7K3M-2QX9 --log -
    サービスのログを標準入力から読みます。
usage-backup =
    kenpo-portal backup /backup/portal-2027-01-15.db
    サービスを動かしたまま写し、確かめて、SHA-256 を表示し、となりのファイル(.sha256)にも書きます。
    kenpo-portal backup /backup/portal-2027-01-15.db --json
    機械向け。表ごとの行数も出します。
usage-restore =
    kenpo-portal restore /backup/portal-2027-01-15.db --reason "訓練" --dry-run
    バックアップと置き場所を確かめ、何が終わるかを示します。何も変えません。
    kenpo-portal restore /backup/portal-2027-01-15.db --reason "ディスクの故障"
    database.url の空の場所へ戻し、ログイン状態・リンク・コードを終わらせます。
    kenpo-portal restore /backup/portal-2027-01-15.db --sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 --reason "ディスクの故障"
    となりに .sha256 がないとき。ファイルの SHA-256 が違えば、何もしません。
    kenpo-portal restore --finish --reason "ディスクの故障"
    pg_restore のあと、置いてあるデータベースの中で終わらせます。
    kenpo-portal restore --finish --unmarked --reason "スナップショットから戻した"
    ファイルやスナップショット、ある時点への復元で戻したとき。
    kenpo-portal restore --moved --reason "新しい機械"
    引っ越し。写したあとに何も動かしていないときだけ。何も終わりません。
usage-sso-keys-show =
    kenpo-portal sso keys show --tenant ID
    署名の鍵と、それぞれのようすを見せます。
usage-sso-keys-rotate =
    kenpo-portal sso keys rotate --tenant ID --reason 年に一度の交換
    新しい鍵を公開します。1日後から署名に使います。
    kenpo-portal sso keys rotate --tenant ID --now --reason 鍵がもれた
    すぐに替え、前の鍵を取り下げます。
usage-sso-keys-import =
    kenpo-portal sso keys import --tenant ID --reason 人間ドックの予約サイト rsa.pem
    RS256 だけを使うサービスのために、RSAの鍵を入れます。ファイルはそのあと消してください。
usage-sso-secret-new =
    kenpo-portal sso secret new --tenant ID --client kenshin --reason 予約サイトの開始
    秘密を作り、1度だけ見せます。
usage-sso-secret-list =
    kenpo-portal sso secret list --tenant ID
    どのサービスにいつ作った秘密があるかを見せます。
usage-sso-secret-drop =
    kenpo-portal sso secret drop --tenant ID --client kenshin --number 1 --reason 新しい秘密に替わった
    使わなくなった秘密を消します。
usage-sso-vendor =
    kenpo-portal sso vendor --tenant ID --client kenshin -o kenshin.html
    そのサービスの会社へ渡す資料を作ります。A4で印刷できます。
    kenpo-portal sso vendor --tenant ID --lang en -o services.html
    組合のすべてのサービスを載せた、英語の資料を作ります。
usage-sso-subjects-import =
    kenpo-portal sso subjects import --tenant ID --sector kenshin --reason 前のシステムからの引き継ぎ subjects.csv
    前のシステムでの識別子(sub)を引き継ぎます。列は 記号・番号・枝番 か ユーザID か member_id と、sub です。
    kenpo-portal sso subjects import --tenant ID --sector kenshin --dry-run --reason 確認 subjects.csv
    何が変わるか、どの行がまちがっているかだけを見せます。
usage-sso-check =
    kenpo-portal sso check --tenant ID
    鍵や秘密の足りないサービスを見せます。
    kenpo-portal sso check --tenant ID --probe
    ログアウトを伝える先につながるかも試します。
usage-sso-logouts-list =
    kenpo-portal sso logouts list --tenant ID
    ログアウトをまだ伝えていないサービスを並べます。
usage-sso-logouts-again =
    kenpo-portal sso logouts again --tenant ID --client kenshin --reason 予約サイトが直った
    そのサービスに、すぐにもう一度伝えます。
