# What the commands say. For operators and the union's staff.

# Every command

command-database = データベース { $database }({ $origin })

# `demo`

demo-page = 体験用のページ: { $url }
demo-stop = 止めるには Ctrl+C
demo-samples = { $union }: 見本の加入者 { $count }人

# `keys`, `migrate`

keys-made =
    鍵束を作りました: { $path }(0600)。データベースの控えとは別の場所に、写しを保管してください。
    次: { $told }kenpo-portal migrate up
keys-database-not-asked =
    データベースが別の鍵束を必要としているかどうかは、確かめられませんでした: { $why }
    すでに加入者がいるデータベースなら、そのときの鍵束の写しをここに置いてください。この鍵束では、だれのパスワードも合いません。
keys-adopted = 鍵束 { $path } を、このデータベースの鍵束として記録しました。次: kenpo-portal serve
keys-added = 鍵 { $id } を { $path } に加えました。まだ使いません。動いているサーバーのすべてに行きわたるのを待っています。
keys-activated = 新しいデータには、鍵 { $id } を使います。
keys-resealing = かけ直した数: { $count }
keys-rotated =
    終わりました。どのサーバーも鍵 { $id } を使っています。かけ直した数: { $resealed }。パスワードは、加入者がログインするたびに移ります。
    次: 鍵束の写しを取り直してください。古い鍵がいらなくなったかどうかは、`kenpo-portal keys status` でわかります。
keys-rotated-but =
    どのサーバーも鍵 { $id } を使っています。かけ直した数: { $resealed }。こわれていて開けなかった数: { $unopened }。
    次: 古い鍵は消さずに、こわれた行をバックアップから戻してください。どの行かは、加入者が使うときの記録に出ます。
keys-just-rotated =
    鍵は { $at } に替え終わり、鍵 { $id } がすべてのところで使われています。何も変えていません。
    次: まだなら、鍵束の写しをとってください。いまもう一度新しい鍵に替えるとき: kenpo-portal keys rotate --again
keys-nodes-lack =
    鍵 { $id } をまだ持っていないサーバーが、{ $nodes }台動いています。すべてがそろうまで、この鍵は使いません。
    次: { $path } をそのサーバーに写して、もう一度 `kenpo-portal keys rotate` を実行してください。
keys-nodes-behind =
    鍵 { $id } をまだ使っていないサーバーが、{ $nodes }台動いています。かけ直せるものは、かけ直しました。
    次: そのサーバーの記録を確かめて、もう一度 `kenpo-portal keys rotate` を実行してください。
keys-import-runs =
    名簿の取り込みが、はじめたときの鍵で動いています。ほかは終わりました。
    次: 取り込みが終わったら、もう一度 `kenpo-portal keys rotate` を実行してください。
keys-need-passwords = 加入者のパスワード: { $count }件
keys-need-first-passwords = まだ使われていない仮パスワード: { $count }件
keys-need-codes = メールの確認コードと窓口のコード: { $count }件
keys-need-apps = 認証アプリ: { $count }件
keys-need-passkeys = 生体認証(パスキー): { $count }件
keys-need-letters = 送信を待つメール: { $count }通
keys-need-others = ログイン中・ログイン途中のもの: { $count }件
keys-need-unopened = どの鍵でも開かない値(バックアップから戻してください): { $count }
keys-unopened = { $tenant }: 行 { $row } の { $column } が開きません。こわれているか、別の行のものです。
keys-unopened-key = { $tenant }: 行 { $row } の { $column } が開きません。その鍵 { $id } がファイルにありません。
keys-needed =
    鍵 { $id } は、上のものがまだ使っているため、消していません。パスワードは、加入者がログインするたびに新しい鍵へ移ります。
    すぐに消すときは `kenpo-portal keys remove { $id } --force`。そのときは { $members }人が、「パスワードを忘れた方はこちら」か窓口で、新しいパスワードを設定することになります。
keys-remove-forced = それでも消します。{ $members }人が、新しいパスワードを設定することになります。
keys-removed = 鍵 { $id } を { $path } から消しました。次: 鍵束を、ほかのサーバーと保管場所に写し直してください。
keys-removed-from-members =
    鍵 { $id } を { $path } から消しました。{ $members }人は、これまでのパスワードでログインできません。「パスワードを忘れた方はこちら」から新しいパスワードを設定します。メールアドレスのない方と、仮パスワードをまだ使っていない方には、窓口が新しい仮パスワードを出します(`member revert`)。
    次: 鍵束を、ほかのサーバーと保管場所に写し直してください。
keys-remove-active = 鍵 { $id } は、いま使っている鍵です。次: kenpo-portal keys rotate
keys-remove-in-rotation = 鍵 { $id } からの切り替えが、まだ終わっていません。次: kenpo-portal keys rotate
keys-no-such = 鍵 { $id } はありません。次: kenpo-portal keys status
keys-remove-nothing = いま使っている鍵のほかに、鍵はありません。消すものはありません。
keys-remove-which = 鍵がいくつかあります: { $ids }。次: kenpo-portal keys remove 番号
keys-status-waiting = 新しい鍵 { $id } は、まだ使われていません。鍵の切り替えが、途中で止まっています。次: kenpo-portal keys rotate
keys-status-in-rotation = 前の鍵 { $id } から切り替えている途中で、まだこの鍵も必要です。次: kenpo-portal keys rotate
keys-status-counted-twice = 鍵を替えた前後5分に作られた仮パスワードとコードは、どちらの鍵のものか分からないため、両方に数えています。
keys-status-not-in-file = 鍵 { $id } が鍵束にありません。このデータベースに必要な鍵です。次: 鍵束の写しを戻してください。
keys-status-nodes-behind = 新しい鍵をまだ使っていないサーバーが、{ $nodes }台動いています。次: そのサーバーの記録を確かめてください。
keys-head-id = 鍵
keys-head-stage = ようす
keys-head-since = 使いはじめ
keys-head-passwords = パスワード
keys-head-first-passwords = 仮パスワード
keys-head-apps = アプリ
keys-head-passkeys = 生体認証
keys-head-letters = メール
keys-head-others = そのほか
keys-stage-waiting = まだ使わない
keys-stage-active = 使用中
keys-stage-in-rotation = 切り替え中
keys-stage-retired = 切り替え済み
keys-stage-removed = 消した
migrate-goes-on = kenpo-portal { $oldest } 以上とともに使えます
migrate-unknown = このプログラムはデータベースより古く、これを知りません
migrate-to-run = 実行しても、kenpo-portal { $oldest } 以上のサーバーは動かしたままで使えます
migrate-beside =
    実行しても、kenpo-portal { $oldest } 以上のサーバーは動かしたままで使えます。それより古いサーバーは、先に止めてください。
    次: kenpo-portal migrate up、それからサーバーを1台ずつ新しい版に替える
migrate-fresh = まだ何もないデータベースです。止めるサーバーはありません。次: kenpo-portal migrate up
migrate-newer = データベースは、より新しいプログラムで更新されています({ $newer })。このプログラムもそのまま使えます。
migrate-nothing = データベースの形は新しいままです。次: kenpo-portal serve
migrate-done = データベースの形を新しくしました: { $missing }。次: kenpo-portal serve

# `tenant check`, `tenant list`

check-no-such-union = 組合「{ $id }」のファイルはありません。あるのは: { $seen }
check-compared = データベースのパスキー { $passkeys }件、利用規約への同意 { $agreed }件と照らしました。
check-fine = エラーはありません(注意 { $warnings }件)。動いているサービスは、自分で読みなおします。すぐに読みなおすには: kenpo-portal tenant reload
check-again = エラー { $errors }件、注意 { $warnings }件。直したらもう一度 `kenpo-portal { $command }` を実行してください。
list-name = 名前
list-host = ホスト
list-status = 公開
list-state = 状態
show-key = 項目
show-value = 値
show-origin = 出どころ
show-built-in = 組み込みの値
show-made = { $keys } から
show-unread = 書かれていないか、読めません: { $file }:{ $line }
show-nothing = 書かれていません
show-no-such-key = 「{ $key }」という項目はありません。`kenpo-portal tenant show ID` で、すべての項目が見られます。
# `tenant new`; new-todo-… and new-some-union stand in the union's files, always in Japanese
new-bad-id = 「{ $id }」は組合のIDとして使えません。{ $help }。
new-exists = { $path } がもうあります。上書きはしません。別のIDにするか、続けるなら `kenpo-portal tenant check { $tenant }` で確かめてください。
new-held = 組合 { $tenant } を、ほかの `tenant new` がいま作っています。
new-failed = { $folder } に書けません: { $why }。何も作っていません。次に: { $next }。はじめから、または続きから進みます
new-like-broken = 組合 { $other } のファイルにエラーがあるので、決まりを写せません。`kenpo-portal tenant check { $other }` で確かめて直してください。
new-host-taken = ホスト { $host } は、組合 { $union } のものです。別のIDにしてください。
new-not-right = { $key }: { $message }。{ $help }。何も作っていません。
new-finished = 前に実行した `tenant new` がとちゅうで止まっていたので、そのときの内容で続きを終えました。
new-made = 作りました(下書き。まだだれにも見えません): { $files }
new-next =
    次にすること
    { "  " }1. TODO と書かれた { $count } か所を埋める
new-then =
    { "  " }2. kenpo-portal tenant check { $tenant }
    { "  " }3. ホストの DNS と、プロキシーの証明書を用意する
    { "  " }4. { $tenant }.toml の status を "open" にして、動いていれば kenpo-portal tenant reload
    { "  " }5. kenpo-portal member import --tenant { $tenant } roster.csv --notices notices.csv
new-todo-name = TODO: 組合の正式な名前
new-todo-host = TODO: 加入者が開くホスト
new-todo-address = TODO: 差出人のメールアドレス
new-todo-phone = TODO: 電話番号
new-todo-hours = TODO: 受付時間
new-some-union = ○○健康保険組合
schema-union = 組合のファイル
schema-defaults = すべての組合に共通の初期値(_defaults.toml)
reference-no-such-key = 「{ $key }」という項目はありません。`kenpo-portal tenant keys` で、すべての項目が見られます。
reference-holds = 書けるもの: { $kind }
reference-required = 書かないとき: 必ず書く項目です
reference-default = 書かないとき: { $value }
reference-made = 書かないとき: "{ $pattern }"(波かっこの中は、ほかの項目の値)
reference-bare = 書かないとき: { $host } から www. を除いたもの
reference-own = 組合のファイルにだけ書けます(_defaults.toml には書けません)
reference-live = 変えると: 次の画面から
reference-login = 変えると: 次のログイン、または次に決めるときから
reference-import = 変えると: 次の名簿の取り込み、または次の通知書から
reference-frozen = 変えると: 使う人がいるあいだは変えられません
reference-kind-id = 英小文字で始まる、英小文字と数字の3〜31文字
reference-kind-text = { $most } 文字までのことば
reference-kind-text-or-none = { $most } 文字までのことば。空でもよい
reference-kind-lines = { $most } 文字までの文。改行してもよい
reference-kind-flag = true か false
reference-kind-number = { $from } から { $to } までの数
reference-kind-word = { $words } のどれか
reference-kind-words = { $words } から選んだ一覧
reference-kind-texts = 128 文字までのことばの一覧
reference-kind-steps = { $words } の一覧
reference-kind-date = 引用符で囲んだ日付 "2027-03-31"
reference-kind-host = ホスト名 "portal.example.jp"
reference-kind-hosts = ホスト名の一覧
reference-kind-https = { $scheme } で始まるアドレス
reference-kind-https-or-here = { $scheme } で始まるアドレス。{ $test } が true なら、この機械のアドレスも書けます
reference-kind-address = メールアドレス
reference-kind-phone = 電話番号のある、60 文字までのことば
reference-kind-colour = 色 "#00529b"
reference-kind-file = tenants フォルダーの中のファイル名
reference-kind-table = 表
reference-kind-tables = 表の一覧
reference-kind-sentences = メッセージ名 = "文" の表
check-no-union = { $folder } に組合のファイル(*.toml)がありません。設定 tenants.dir を確かめてください。
check-state-draft = OK・下書き{ $warnings ->
        [0] {""}
       *[other] ・警告({ $warnings })
    }
check-drafts = 下書きで、加入者には見えない組合: { $drafts }{ $more ->
        [0] {""}
       *[other] 、ほか { $more } 組合
    }。公開するには、その組合のファイルに status = "open" と書きます。その前に動いているサービスで見るには: kenpo-portal tenant preview ID --link --reason "…"
check-state-warnings = 注意({ $warnings })

# `tenant diff`
diff-changed = 変わります(組合の加入者 { $members }人)
diff-added = 追加されます
diff-removed = ファイルがありません。閉じた画面になります(加入者 { $members }人)
diff-kept = ファイルに誤りがあるため、読みなおしても前の内容のままです(加入者 { $members }人)
diff-missing = ファイルがありません。読みなおしても前の内容のままです(加入者 { $members }人)
diff-left-out = ファイルに誤りがあるため、公開されません
diff-nothing = なし
diff-live = 次の画面から
diff-login = 次のログインから
diff-import = 次の取り込みから
diff-frozen = 公開したあとは変えられません
diff-frozen-passkeys = 変えると加入者 { $holders }人のパスキー { $passkeys }件が使えなくなるため、変えられません
diff-frozen-rp-id = 次の画面から。パスキーがひとつでも登録されると、変えられなくなります
diff-host-alias = 加入者は新しいホストでログインし直します。前のホスト { $old } からは転送されます。
diff-host-lost = 加入者は新しいホストでログインし直します。前のホストを残さないと、古いリンクやお気に入りはつながらなくなります: [hosts] aliases = ["{ $old }"]
diff-withdrawn = 加入者 { $members }人が使えなくなります。下書きはだれにも見えません。しばらく止めるだけなら: status = "maintenance"
diff-holders = { $method } を使っている人: { $members }人(残る方法をほかに持たない人: { $alone }人)。今のままログインできますが、新しく設定はできなくなります。
diff-same = フォルダーと、動いているサービスの内容は同じです。
diff-differs-badly = { $unions } 組合に違いがあり、そのうち { $bad } 組合のファイルに誤りがあります。先に直し、kenpo-portal tenant check --db で確かめてください。直すまでは、読み直しても前の内容のままです。
diff-differs = ちがいのある組合: { $unions }。読みなおさせるには: kenpo-portal tenant reload

# `tenant reload`
reload-added = 追加しました
reload-changed = 新しくしました
reload-removed = ファイルがなくなりました。10分間は閉じた画面を出し、そのあとは知らないホストになります
reload-kept = ファイルに誤りがあるため、前の内容のまま動いています
reload-missing = 加入者がいるのにファイルがありません。前の内容のまま動いています
reload-left-out = ファイルに誤りがあるため、公開していません
reload-same = 変わったところはありません(組合 { $unions })。
reload-done = 読みなおしました({ $millis } ミリ秒)。変わった組合: { $changed }、使える組合: { $unions }。
reload-unkept = 新しい内容はもう使われていますが、データベースにはまだ残されていません。自動でやり直します。それまでにサービスが再起動し、ファイルに誤りがあると、前の内容に戻ります: { $why }
service-folder = サービスが読んでいるフォルダーは { $folder } です。このコマンドの設定 tenants.dir は { $own } です。
service-differs = サーバーによって内容がちがう組合({ $count }): { $unions }。サーバーごとに、組合のファイルのフォルダーを見くらべてください。
reload-again = 組合 { $unions } を読みなおしました。誤りのあるファイルがあります。直したら { $command } で確かめてください。自動で読みなおします。
reload-nothing = 何も変えていません。すべての組合は前の内容のまま動いています: { $why }
reload-fault-empty = フォルダーに組合のファイルがひとつもありません
reload-fault-database = データベースと照らせません: { $why }
reload-fault-panicked = 読んでいる途中で異常終了しました。ログを見てください

# `member import`

import-file-unreadable = { $path } を読めません: { $why }。何も書いていません。次に: { $next }
import-file-open = { $path } は、表計算ソフトで開かれています({ $lock } があります)。保存して閉じてから、もう一度実行してください。だれも開いていないときは、{ $lock } を削除してください。何も書いていません。
import-file-changed = { $path } は、読んでいる間に書き換えられました。何も書いていません。保存や転送が終わってから、もう一度実行してください。
import-not-posted = mail.smtp_url が設定されていません。メールは 3 日のうちに送られないと破棄され、その人の仮パスワードは失われます(member revert で出し直せます)。
import-would-do = { $slug }: 取り込むとこうなります。まだ何も書いていません。
import-done = { $slug }: 名簿を取り込みました。
import-kinds = 以前から { $existing }、印刷ずみ { $printed }、発行 { $drawn }
import-added = 追加
import-changed = 変更
import-unchanged = 変更なし
import-ended = 資格終了
import-birth-dates = うち生年月日 { $count }
import-absent = { "  " }{ $count } 人はファイルにいません。そのまま残ります。
import-absent-ended = { "  " }{ $count } 人はファイルにいません。資格がすでに終わっているか、終わる日が決まっているので、そのままです
import-missing = { "  " }{ $count } 人はファイルにいません。最後の日を --on で指定すると、資格終了にします
import-missing-ended = { "  " }{ $count } 人はファイルにいません。{ $day } で資格終了
import-ask = 取り込みますか? [y/N]
import-declined = 取り込みをやめました。何も書いていません。
import-much = { $members } 人のうち { $changed } 人が変わります。20 % を超えています。ファイルや組合をまちがえていませんか。何も書いていません。だれの何が変わるかを確かめ、正しければ --yes-many を付けて取り込んでください。
import-much-preview = 加入者の 20 %、または、いない人が 5 % を超えています。ファイルや組合をまちがえていませんか。だれの何が変わるかを確かめ、正しいときだけ、次のコマンドで取り込んでください。
import-much-missing = 資格のある { $members } 人のうち { $missing } 人が、このファイルにいません。5 % を超えています。ファイルや組合をまちがえていませんか。何も書いていません。だれがいないかを確かめ、正しければ --yes-many を付けて取り込んでください。
import-last-day-needed = { $count } 人が、このファイルにいません。何も書いていません。だれかを --dry-run で確かめ、最後の日(その日まで使える)を --on で指定してください。全員のファイルでないときは、--complete を付けずに取り込んでください。
undo-would-do = { $slug }: 取り消すとこうなります。まだ何も書いていません。
undo-done = { $slug }: 取り込みを取り消しました。
undo-which = { "  " }{ $at } の取り込み(番号 { $number })
undo-removed = 削除
undo-ended = 資格終了
undo-restored = もとどおり
undo-kept = { $count } 項目は、取り込みのあとに変更されたため、そのままです。audit export の記録で確かめてください
undo-people-ended = { $dry ->
    [1] 資格終了になる人(利用を始めているため、削除しません)
   *[other] 資格終了にした人(利用を始めているため、削除しません)
}
undo-people-stay-ended = 資格終了のままの人(まちがいなら member end --undo で戻してください)
undo-people-restored = もとに戻る人
undo-much = { $members } 人のうち { $ended } 人が資格終了になります。5 % を超えています。何も書いていません。--dry-run でだれかを確かめ、正しければ --yes-many を付けてください。
undo-ask = この取り込みを取り消しますか? [y/N]
undo-nothing = 取り消せる取り込みがありません。直したいときは、正しい名簿を取り込んでください。
undo-done-before = 最後の取り込みは、{ $at } に取り消しずみです。それより前の取り込みは取り消せません。正しい名簿を取り込んでください。
undo-too-late = 最後の取り込みは { $at } です。{ $days } 日を過ぎたので取り消せません。正しい名簿を取り込んでください。
undo-changed-since = { $count } 人は、取り込みのあとに変更されています。取り消せないため、何も書いていません。ほかの人は、正しい名簿を取り込んで直してください。変更されているのは次の人です。
undo-next = 次に: 正しい名簿を取り込んでください{ $added ->
        [0] {""}
       *[other] 。取り消した取り込みで作った仮パスワードの通知は、使えません。破棄してください
    }
imports-none = この組合の取り込みの記録はありません。
imports-number = 番号
imports-at = 日時
imports-ended = 資格終了
imports-more = ほか { $count } 件(--json を付けると、すべて書き出します)
imports-actor = 実行した人
imports-file = ファイル(SHA-256)
imports-undo = 番号 { $number } の取り消し(追加の欄は、削除した人数)
imports-undone = { $at } に取り消し
import-more-rows = ほか { $count } 件の不備(--json を付けると、すべて書き出します)
preview-birth-dates = 生年月日が変わる人(本人確認に使います。1 人ずつ確かめてください)
preview-missing = ファイルにいない人
preview-changed = 変わる人
preview-added = 追加する人
preview-more = ほか { $count } 人(--json を付けると、すべて書き出します)
preview-none = (なし)
import-kept = { "  " }{ $count } 人のユーザIDかメールアドレスがファイルとちがいますが、ご本人が決めたものなので変えません。
import-left-out = { "  " }ほかの加入者と同じアドレスのため、ファイルのアドレスを入れていない人: { $count }
import-self-made = { "  " }外字(組合などで作った文字): { $count } 文字。通知データにはそのまま書きます。ほかの機械の画面やメールでは「□」などに見えます。
import-columns-not-read = 読まなかった列: { $extra }
import-would-be-mailed = 仮ID・仮パスワードをメールで送ることになる人: { $count }
import-mailed = 仮ID・仮パスワードをメールで送る人: { $count }
import-next = 次に
import-whom = 記号-番号
import-line = { $line } 行目
import-whole-row = 行全体
import-mend =
    { $rows } 行に { $flaws } 件の不備があり、1 人も取り込んでいません。ファイルを直して、もう一度実行してください。
    { "  " }{ $command } --dry-run
import-union-closed = この組合は、{ $day } を最後の日として終了しました。名簿は取り込めません。何も変えていません。
import-running = この組合の名簿を、別の取り込みが書いています({ $since } から)。終わってから、もう一度実行してください。それが途中で止まったのなら、{ $until } を過ぎれば実行できます。途中まで書かれたものは、そのとき片づけられます。
import-reading = 読んでいます{ "  " }
import-comparing = くらべています
import-writing = 書いています{ "  " }

# `member show`

card-number = 記号-番号-枝番
card-name = 氏名
card-user-id = ユーザID
card-id = ID
card-name-kana = カナ氏名
card-address = メールアドレス
card-standing = 状態
card-passkeys = 生体認証
card-birth-date = 生年月日の確認
card-sessions = ログイン中の端末
card-desk-code = 窓口の確認コード
card-lately = 最近の記録
card-none = なし
card-locked = 職員が止めています({ $at } から)。member unlock で解けます
card-union-closed = 組合が終了しています(最後の日 { $day })
card-ended = 資格がありません({ $day } まで)。取り消すには member end --undo
card-former-number = 前の番号
card-former-user-id = 前のユーザID
card-merged-id = まとめたID
card-former-until = ({ $until } まで)
card-last-day = 資格の最後の日
card-no-factor-yet = 初回ログインのとちゅう: パスワードは { $at } に設定ずみ、認証方法の設定がまだです
card-activated = 初回ログインずみ(パスワードの設定 { $at })
card-key-removed = 初回ログインずみ(パスワードの設定 { $at })。パスワードの鍵が消されたため、そのパスワードは使えません。「パスワードを忘れた方はこちら」か member revert で新しくできます
card-no-first-credential = 仮パスワードがありません。member revert で発行できます
card-first-credential-dead = 仮パスワードの期限({ $until })が切れました。member revert で出し直せます
card-printed = 印刷ずみの仮パスワード
card-drawn = 発行した仮パスワード
card-derived = 記号+番号+生年月日
card-in-first-login = 初回ログインのとちゅう({ $kind }、{ $until } まで)
card-before-first-login = 初回ログインの前({ $kind }、{ $until } まで)
card-password = パスワード
card-apps = 認証アプリ
card-mail-codes = メールの確認コード
card-recovery-codes = 再設定の確認コード
card-recovery-mail = 再設定のメール
card-user-id-mail = ユーザIDのメール
card-code-mail = 確認コードのメール
card-address-mail = 確認のメール
card-address-tries = アドレスの入力
card-user-id-tries = ユーザIDの入力
card-unlock-helps = member unlock で解除できます
card-paused = まちがいが続き、{ $until } までお待ちいただいています
card-off = まちがいが続き、止まっています
card-recovery-code-off = まちがいが続き、止まっています。メールのリンクは使えます。新しいメールか、24 時間で戻ります
card-hour-used-up = この1時間の回数に達しました。次の正時に戻ります
card-day-used-up = 今日の回数に達しました。0 時に戻ります
card-closed = { $what }。{ $unlock }
card-in-other-browsers = はじめて使うブラウザでは、{ $what }
card-in-known-browsers = ログインしたことのあるブラウザでは、{ $what }
card-in-a-known-browser = ログインしたことのあるブラウザの1つでは、{ $what }
card-no-pause = 待ち時間なし
card-desk-code-used-up = まちがい { $wrong } 回で使えません。member desk-code で新しく出すか、member unlock で戻せます
card-desk-code-left = { $until } まで、まちがい { $wrong } 回
card-held = { $count } 台(登録 { $since })
card-birth-date-closed = まちがい { $misses } 回で止まっています。member unlock で解除できます
card-none-wrong = まちがいなし
card-wrong = まちがい { $misses } 回

# `member unlock`, `desk-code`, `revert`; what they share with the import

member-unlocked = { $dry ->
    [1] まちがいの回数(パスワード、ワンタイムパスワード、生年月日)を 0 にします。
   *[0] まちがいの回数(パスワード、ワンタイムパスワード、生年月日)を 0 にしました。
}
member-still-locked = 職員による停止は続いています。解くには member unlock。
member-reverted = { $dry ->
    [1] 初回ログインの前に戻します。パスワード、認証方法、ログイン中の端末はなくなります。
   *[0] 初回ログインの前に戻しました。パスワード、認証方法、ログイン中の端末はなくなりました。
}
member-desk-code = { $number } の方だけが、1回だけ使えます。{ $until } まで。ご本人と確かめてから伝えてください。前の確認コードは使えません。
member-desk-code-dry = 確かめただけです。実行すると、{ $number } の方だけが 1回だけ使える確認コードを出します({ $until } まで)。前の確認コードは使えなくなります。
member-last-day-set = { $dry ->
    [1] 資格の最後の日を { $day } とします。その日が終わると、ログインできなくなります。
   *[0] 資格の最後の日を { $day } としました。その日が終わると、ログインできなくなります。取り消すには member end --undo。
}
member-ended = { $dry ->
    [1] 資格は { $day } で終わったものとします。ログイン中の端末も手続きのとちゅうのものも、すべて終わります。
   *[0] 資格は { $day } で終わったものとしました。ログイン中の端末も手続きのとちゅうのものも、すべて終わりました。取り消すには member end --undo。
}
member-last-day-known = 資格の最後の日は、前から { $day } です。何も変えていません。
member-last-day-lifted = { $dry ->
    [1] 資格の最後の日({ $day })を取り消します。これまでと同じパスワードと認証方法で、ログインできるようになります。
   *[0] 資格の最後の日({ $day })を取り消しました。これまでと同じパスワードと認証方法で、ログインできます。
}
member-no-last-day = 資格の最後の日が登録されていません。取り消すものがありません。
member-locked = { $dry ->
    [1] ログインを止めます。ログイン中の端末も手続きのとちゅうのものも、すべて終わります。パスワードと認証方法は残ります。
   *[0] ログインを止めました。ログイン中の端末も手続きのとちゅうのものも、すべて終わりました。パスワードと認証方法は残っています。解くには member unlock。
}
member-locked-already = 前から止めています。何も変えていません。
member-nothing-counted = この加入者には数えている誤りがなく、利用停止にもなっていません。することはありませんでした。何も変えず、お知らせも送っていません。
member-no-factor-left = 認証方法は、この1日のうちにもうすべて取り消してあります。することはありませんでした。何も変えず、お知らせも送っていません。
member-email-known = もうそのメールアドレスになっています。することはありませんでした。何も変えず、お知らせも送っていません。
member-lock-lifted = { $dry ->
    [1] 停止を解きます。まちがいの回数(パスワード、ワンタイムパスワード、生年月日)も 0 にします。
   *[0] 停止を解きました。まちがいの回数(パスワード、ワンタイムパスワード、生年月日)も 0 にしました。
}
member-still-ended = 資格がないため、ログインはできません。
member-moved = { $dry ->
    [1] 番号が { $from } から { $to } に変わります。ユーザID、パスワード、認証方法、同意の記録は、そのままです。
   *[0] 番号が { $from } から { $to } に変わりました。ユーザID、パスワード、認証方法、同意の記録は、そのままです。
}
member-merged = { $dry ->
    [1] { $from } { $before } と { $to } { $after } を、1人にまとめます。番号と氏名は { $to } のものになり、ユーザID、パスワード、認証方法、同意の記録は { $from } のものが残ります。取り消しはできません。
   *[0] { $from } { $before } と { $to } { $after } を、1人にまとめました。番号と氏名は { $to } のもの、ユーザID、パスワード、認証方法、同意の記録は { $from } のものです。
}
member-merged-notice = { $dry ->
    [1] { $login } と、その仮パスワードは使えなくなります。通知書を送っていたら、捨てるようにお伝えください。
   *[0] { $login } と、その仮パスワードは使えません。通知書を送っていたら、捨てるようにお伝えください。
}
member-move-derived = この方は初回ログインの前です。仮パスワードは、新しい記号+番号+生年月日です。
member-move-first-password = この方は初回ログインの前です。お渡しずみの仮パスワードは、そのまま { $until } まで使えます。
member-move-no-first-password = この方は初回ログインの前で、使える仮パスワードがありません。member reissue で出し直してください。
member-not-a-number = 新しい番号として読めません。記号-番号-枝番(例: 15-102-00)で入力してください。
member-moved-before = { $who } は、この方の前の番号です。今は { $number } です。何も変えていません。ほかの人が、もう変えたのかもしれません。さらに変えるときは、{ $number } を指定してください。
member-same-number = この方の番号は、もう { $number } です。何も変えていません。
member-number-taken =
    { $number } は { $name } さんの番号で、その方はもうログインをはじめています。何も変えていません。
    { "  " }同じ方で、{ $number } の登録を使い続けるとき: 前の番号の登録を member end で終わらせてください。
    { "  " }同じ方で、前の番号の登録を使い続けるとき: member revert で { $number } を初回ログインの前に戻してから、もう一度 member move してください。
    { "  " }別の方で、番号を順にずらすとき: 先に { $number } の方を、その方の新しい番号に移してください。
    { "  " }2人の番号を入れかえるとき: 1人を、だれも使っていない番号にいったん移し、もう1人、はじめの1人の順に移してください。
member-other-birth-date = { $number } は、生年月日のちがう { $name } さんの番号です。別の方なので、まとめません。同じ方なら、名簿で生年月日を直してから、もう一度試してください。別の方の番号が変わるときは、先にその方を移してください。
member-other-name = { $number } は { $name } さんの番号で、生年月日は同じですが、名前がちがいます。ふたごのきょうだいなどでなく、同じ方だと確かめたときは、--same-person をつけてください。別の方なら、先にその方を新しい番号に移してください。
member-number-ended = { $number } の方の資格は、終わっています。まちがいなら、先に member end --undo で取り消してください。
member-import-runs = 名簿の取り込みが終わっていないため、番号を変えられません。終わってから、もう一度試してください。とちゅうで止まったものは、サービスが片づけるか、名簿をもう一度取り込むと片づきます。
member-undo-runs = 名簿の取り込みを取り消しているところなので、いまは何も変えられません。終わってから、もう一度試してください。とちゅうで止まったものは、サービスが片づけるか、取り消しをもう一度行うと片づきます。
member-number-busy = その番号は、たったいま、ほかの方の番号になりました。member find で確かめてください。何も変えていません。
member-nobody-left = あてはまる加入者はいません。資格が終わって { $days } 日たった方のデータは消しているため、取り消せません。その方がまた加入したときは、名簿で新しい方として取り込んでください。
member-gone = その方のデータは、{ $at } に消したか、ほかの方にまとめました。元に戻せません。監査の記録(audit export)に残っています。
last-day-unreadable = 日付として読めません。--on 2026-11-30 のように、年月日で指定してください。
last-day-not-in-calendar = 暦にない日です。--on 2026-11-30 のように、年月日で指定してください。
last-day-too-far = 今日から2年よりも離れた日です。年をまちがえていないか、確かめてください。
last-day-before-birth = その方の生年月日より前の日です。方と日付を確かめてください。
last-day-past = 過ぎた日です。組合を閉じる最後の日には、今日か、これからの日を指定してください。
union-has-closed = この組合は、{ $day } を最後の日として終了しました。何も変えていません。開き直すには: kenpo-portal tenant close --tenant { $tenant } --undo --reason "…"
member-none = あてはまる加入者はいません。氏名やカナは、すべて入力してください。はじめの何文字かでさがすときは member find を使います。
member-find-none = あてはまる方はいません。氏名やカナは、はじめの何文字かでもさがせます。
member-find-former = { $number } の方は、前に { $word } でした。
member-find-more = ほかにもいます。はじめの { $count } 人だけを示しました。もう少し長く入力してください。
member-factor-reset = { $dry ->
    [1] 認証方法(認証アプリ、生体認証、メールの確認コード)をすべてはずし、ログイン中の端末をすべてログアウトさせます。次にパスワードでログインしたときに、認証方法の設定が始まります。14 日のうちに設定しないと、パスワードも使えなくなります。
   *[0] 認証方法(認証アプリ、生体認証、メールの確認コード)をすべてはずし、ログイン中の端末をすべてログアウトさせました。次にパスワードでログインしたときに、認証方法の設定が始まります。14 日のうちに設定しないと、パスワードも使えなくなります。
}
member-email-set = { $dry ->
    [1] メールアドレスを { $new } に変えます。
   *[0] メールアドレスを { $new } に変えました。
}
member-sessions = ログイン中の端末: { $count } 台
member-session = { $since } から(最後は { $seen }) { $device }
member-sessions-ended = { $dry ->
    [1] { $count ->
        [0] ログイン中の端末はありません。とちゅうの手続きは終わります。
       *[other] { $count } 台の端末を、すべてログアウトさせます。とちゅうの手続きも終わります。
    }
   *[0] { $count ->
        [0] ログイン中の端末はありませんでした。とちゅうの手続きは終わりました。
       *[other] { $count } 台の端末を、すべてログアウトさせました。とちゅうの手続きも終わりました。
    }
}
member-reissued = { $dry ->
    [1] 新しい仮パスワードを出します({ $until } まで)。前の仮パスワードは使えなくなります。
   *[0] 新しい仮パスワードを出しました({ $until } まで)。前の仮パスワードは使えません。
}
member-reissued-file = { $dry ->
    [1] { $reissued } 人に新しい仮パスワードを出します。ご本人のパスワードがある { $kept } 人は、そのままです。名簿の { $unknown } 人は、登録されていません。
   *[0] { $reissued } 人に新しい仮パスワードを出しました。ご本人のパスワードがある { $kept } 人は、そのままです。名簿の { $unknown } 人は、登録されていません。
}
member-reissued-unknown = 登録のない番号の行: { $lines }。番号が変わった方は、member find で今の番号がわかります。
member-deleted = { $dry ->
    [1] 消します。記録には、ID { $id } だけが残ります。
   *[0] 消しました。記録には、ID { $id } だけが残っています。
}
member-has-signed-in = この方には、ご本人のパスワードや同意の記録があります。仮パスワードからやり直すときは member revert を使います。
member-not-signed-in = この方は、まだご本人のパスワードを設定していません。仮パスワードを出し直すときは member reissue を使います。
member-no-address = メールアドレスとして読めません。1 つだけを、半角で入力してください。
member-address-taken = そのメールアドレスは、ほかの方が使っています。だれかは member find でわかります。
member-too-many = 一度に出し直せるのは { $most } 人までです。名簿を分けてください。
member-dry-run = 確かめただけです。何も変えていません。実行すると、次のようになります。
member-letter = { $dry ->
    [1] ご本人に、メールでお知らせします。
   *[0] ご本人へのお知らせのメールを、送る用意をしました。
}
member-no-letter = メールアドレスがないか、資格が終わっているため、ご本人にメールでお知らせしません。
member-ambiguous = { $count } 人にあてはまります。どなたか 1 人を、記号-番号-枝番 で指定してください。
member-no-desk-codes = { $tenant } では、健康保険組合の確認コードを使いません。使うには、組合のファイルの [recovery] を lost_factor = "desk-code" にしてください。
member-notices-needed = 新しい仮パスワードを書くファイルを --notices で指定してください。同じコマンドの終わりに --notices notice.csv を付けて、もう一度実行します。
member-address-dropped = { $dry ->
    [1] メールアドレス { $email } を外します。ご本人のものは、次の名簿の取り込みか初回ログインで登録されます。
   *[0] メールアドレス { $email } を外しました。ご本人のものは、次の名簿の取り込みか初回ログインで登録されます。
}
member-address-kept = { $dry ->
    [1] メールアドレス { $email } を残します。
   *[0] メールアドレス { $email } を残しました。
}
member-pending-dropped = { $dry ->
    [1] 確認を待っているメールアドレス { $pending } を外します。
   *[0] 確認を待っていたメールアドレス { $pending } を外しました。
}
member-no-recovery-mail = 新しい仮パスワードが使われるまで、「パスワードを忘れた方」からのメールは送りません。
notices-due = 通知データ: { $count } 人分が必要です。実行するときは --notices FILE を付けてください。
notices-written = 通知データ: { $path }({ $count } 人分)。仮パスワードはここにしかありません。印刷したら消してください。
notices-unnamed = 通知データは { $path } にあります({ $count } 人分)。書き込みは終わりましたが、名前を変えられませんでした。仮パスワードはここにしかありません。
notices-sent = 通知データ: 標準出力に { $count } 人分を書きました。仮パスワードはそこにしかありません。
notices-lost =
    通知データを、標準出力に最後まで書けませんでした({ $why })。{ $count } 人の仮パスワードは、もう新しくなっています。届いていない方がいます。
    次: kenpo-portal member reissue で、もう一度出し直してください(名簿の全員は --file、1 人なら番号)。出し直すと、いまの仮パスワードは使えなくなります。
notices-unprintable-row = { $name }: 「{ $characters }」は CP932 にありません
notices-unprintable = 氏名や記号を CP932 の通知データに書けない方が { $count } 人います。何も書いていません。--notices-encoding utf-8 にするか、--notices-as letters(手紙)にするか、氏名の文字を変えてください。
import-rows-bad = 不備が { $count } 件あります。
import-notices-needed = 仮パスワードを { $count } 人分つくります。書き出すファイルを --notices で指定してください。
import-notices-exist = { $path } はすでにあります。上書きはしません。別の名前を指定してください。
import-notices-partial = { $path } が残っています(前の取り込みが途中で止まりました)。同じファイルを --dry-run で調べて「変更なし」なら、この中の仮パスワードが有効です。名前を変えて印刷してください。追加が残っていれば、消してやり直してください。
member-notices-partial = { $path } が残っています(前のコマンドが途中で止まりました)。その後に新しい仮パスワードが出ているかを member show で確かめてください。出ていれば、この中のものが有効です。名前を変えて印刷してください。出ていなければ、消してやり直してください。
import-busy = ほかの書き込みが続いているため、何も書かずにやめました。少し待って、もう一度実行してください。
import-notices-kept = { " " }通知データは { $path } に残しました。
import-unsure = 書き込みの最後にデータベースとの接続が切れ、終わったかどうか分かりません。--dry-run か member show で確かめてください。{ $kept }
import-notices-unwritable = 通知を { $path } に書けません: { $why }。何も変えていません。次に: { $next }
import-broken = やめました。何も変えていません: { $fault }。そのあとで、もう一度実行してください
import-broken-inside = やめました。何も変えていません: { $fault }。次: もう一度実行し、変わらなければ、この行をプログラムの担当者に渡してください

# `terms export`

terms-no-acceptance = 版「{ $version }」への同意はありません。同意のある版: なし
terms-none-accepted = 版「{ $version }」への同意はありません。同意のある版: { $known }
terms-exported = 利用規約への同意 { $count }件を書き出しました。

# `mail status`, `mail test`

mail-status-given-up = この 24 時間で { $count } 通を届けられませんでした。理由はサービスの記録(given up の行)にあります。
mail-status-restored = バックアップのときに送信を待っていた { $count } 通は、二重に送らないよう、復元(restore)のときに取りやめました。仮パスワードを出し直す組合は、restore の表示にあります。
mail-status-no-server = メールサーバーの設定(mail.smtp_url)がありません。何も送られません。待っているメール: { $waiting } 通
mail-status-late =
    10 分より長く待っているメールがあります。mail.smtp_url を設定した kenpo-portal serve は動いていますか。
    次: kenpo-portal mail test --tenant ID --to 自分のメールアドレス
mail-head-waiting = 待ち
mail-head-oldest = 最も古い
mail-head-sending = 送信中
mail-head-sent = 送信(24時間)
mail-head-given-up = 断念(24時間)
mail-minutes = { $minutes } 分
mail-hours = { $hours } 時間
mail-test-taken = メールサーバーが受け取りました。迷惑メールになっていないか、届いた先で確かめてください。
mail-test-subject = 送信テスト
mail-test-text =
    { $union } の加入者ページから送信できることを確かめるためのメールです。
    お心あたりがないときは、このメールを消してください。
mail-test-reached-plain = つながりました(暗号化なし)
mail-test-reached-opportunistic = つながりました(暗号化はサーバーまかせ)
mail-test-reached-encrypted = 暗号化してつながりました
mail-test-session = このメールではなく、接続のしかたが断られました。設定 mail.hello(EHLO で名のる、. のある完全なホスト名)と、mail.smtp_url のユーザー・パスワード・暗号化を確かめてください
mail-test-reach = つなぐところで止まりました。mail.smtp_url のホストとポート、ファイアウォールを確かめてください。サーバーの返事が EHLO についてのときは、設定 mail.hello も
mail-test-encrypt = 暗号化(STARTTLS)で止まりました。サーバーが対応しているか確かめてください。対応していなければ smtps:// に、閉じたネットワークなら ?tls=none にします。対応していれば、証明書を確かめるか、?ca=FILE で認証局を示してください
mail-test-sign-in = サーバーへのログインで止まりました。mail.smtp_url のユーザーとパスワードを確かめてください
mail-test-sender = 差出人が断られました。組合のファイルの mail.from_address を、サーバーに許してもらってください
mail-test-recipient = 宛先が断られました。--to と、サーバーの中継の設定を確かめてください
mail-test-content = 本文が断られました。サーバーの迷惑メール対策や大きさの制限を確かめてください
mail-test-not-offered = サーバーが暗号化に対応していません
mail-test-no-answer = 時間内に返事がありません
mail-test-stopped = { $step }({ $reason })。

# `receipt`

receipt-not-in-trail = { $receipt } は記録(audit)にありません。次: サービスのログも調べる kenpo-portal receipt { $receipt } --log FILE(標準入力は -)
receipt-nowhere = { $receipt } は記録(audit)にも、このログにもありません。別の日や別のノードのログを調べてください。
audit-no-such-doer = { $who } という名前では、何もされていません。この記録にあるアカウント: { $known }
audit-no-rows = あてはまる行は記録にありません。

# `audit`

trail-row-changed = 行 { $id }({ $at }、{ $event })は、封 { $seal } のあとで書きかえられました。直近のバックアップか保管ファイルと見くらべてください。
trail-row-missing = { $at } の行 { $id } がありません。封 { $seal } には載っています。直近のバックアップで探してください。
trail-row-missing-unsealed = { $at } の行 { $id } がありません。封をする前に取り除かれました。サービスのログで探してください。
trail-row-added = 行 { $id }({ $at }、{ $event })は、あとから足されました。どの封にも載っておらず、封を待ってもいません。このプログラムが書いたものではありません。
trail-row-unreadable = 表 audit の行 { $id } が読めません。このプログラムが書くことのない値が入っていて、封もできません。データベースで確かめ、だれが書いたのかを調べてください。
trail-row-sealed-twice = 行 { $id } が、封 { $first } と封 { $seal } の両方に載っています。だれかが、プログラムを通さずに、封を待つ行へもう一度入れました。ほかの行に封をさせないためかもしれません。
trail-row-waits-sealed = 行 { $id } は封 { $seal } に載っているのに、封を待っています(表 audit_waiting)。だれかが、プログラムを通さずに入れました。ほかの行の代わりかもしれません。
trail-row-archived = 行 { $id } が残っています。この行が載っている封 { $seal } は、保管ずみのはずです。鎖の始まりより前は確かめられないので、その始まりが偽物かもしれません(表 audit_anchor)。
trail-no-union = この名前の組合はありえないのに、記録の行があります(表 audit、最初の行: { $id })。このプログラムが書いたものではありません。
trail-row-late = 行 { $id }({ $event })の日時は { $at } ですが、{ $not_there } にはまだありませんでした。あとから足されたか、そのとき時計がくるっていました。その日のログと見くらべ、わかったら今回の鎖の先を控えてください。
trail-seal-missing = 封 { $seal } がありません。どの行が載っていたかは、直近のバックアップにあります。
trail-seal-archived = 封 { $seal } が残っています。保管ずみのはずの封です。いまの鎖の始まりが偽物かもしれません(表 audit_anchor)。だれが書いたのかを調べてください。
trail-seal-unreadable = 封 { $seal } が読めません。このプログラムが書くことのない値が入っています(表 audit_seal)。
trail-anchor-unreadable = 封 { $seal } のあとという、鎖の始まりが読めません。このプログラムが書くことのない値が入っています(表 audit_anchor)。
trail-seal-changed = 封 { $seal }({ $at })は書きかえられました。中身とハッシュが合いません。
trail-seal-moved = 封 { $seal }({ $at })は、いま前にある封のあとで作られたものではありません。どちらかが書きかえられたか、置きかえられました。
trail-anchor-unknown = 鎖は封 { $seal } のあとから始まっていますが、そのような保管(archive)は記録にありません。それより前は `audit archive` を通さずに取り除かれました。
trail-head-gone = 控えてあった鎖の先、封 { $seal } がありません。鎖の終わりが切られたか、古いバックアップが戻されました。
trail-head-differs = 封 { $seal } は、控えてあったものとちがいます。鎖はそこか、それより前から作り直されました。
trail-file-differs = このファイルは、保管したものではありません。データベースには、このファイルか、最後の封 { $seal } の、別のハッシュがあります。もとのファイルを探してください。
trail-no-head = --heads のファイルに、この組合の鎖の先がありません。鎖を何とも見くらべていません。新しい組合だとわかったら、今回の鎖の先を控えてください。
trail-head-beyond-file = 指定した鎖の先は封 { $head } のもので、封 { $seal } で終わるこのファイルについては、何もわかりません。ファイルを作ったときに `audit archive` が出した行を指定してください。
trail-head-inside-file = 指定した鎖の先は封 { $head } のものです。このファイルのそれよりあと、封 { $seal } までは、見くらべていません。ファイルを作ったときに `audit archive` が出した行を指定してください。
trail-file-unknown = このファイルを、何とも見くらべていません。最後の封 { $seal } を、このデータベースは知りません。中身がつじつまの合ったものでも、証拠にはなりません(書く人がハッシュも計算できます)。ファイルを作ったときに `audit archive` が出した行を、--heads で指定してください。
trail-file-alone = このファイルを、何とも見くらべていません。中身がつじつまの合ったものでも、証拠にはなりません(書く人がハッシュも計算できます)。データベースのあるところで実行するか({ $why })、ファイルを作ったときに `audit archive` が出した行を、--heads で指定してください。
trail-more = ほかに { $more } 件
trail-archived-since = 指定した鎖の先のあとで、古い行の保管がありました。鎖はいま封 { $seal } のあとから始まります。心当たりがなければ、だれがしたかを調べてください: kenpo-portal audit export --tenant { $union } --format text
trail-waiting = { $waiting } 行が封を待っています。いちばん古いものは { $since } からです。動いているサービスは 1 秒以内に封をします。
archive-done = { $rows } 行を { $path } に移しました。データベースにはもうありません。ファイルは組合のきまりの期間、保管してください。
archive-broken = { $union }: 封のとおりでない記録からは、何も取り除きません。次: 何があったか調べる kenpo-portal audit verify --tenant { $union }
archive-nothing = 保管するものはありません。{ $before } より前の行だけの封はありません。
archive-ended = { $path } は前に終わった保管のファイルです。今回は何も移していません。次: 別のファイル名で実行
archive-damaged = { $path } の中身が封のとおりではありません。データベースからは何も取り除いていません。次: ディスクを調べて、別のファイル名で実行
archive-busy = フォルダー「{ $folder }」では別の保管が動いています。次: 終わるのを待って、もう一度実行

# `verify-store`

store-strange = データベースが、このプログラムが作るものと違います: { $objects }{ $more ->
        [0] {""}
       *[other] 、ほか { $more } 件
    }。次: だれが変えたのかを調べ、それより前のバックアップを戻してください。
store-damage = データベースのファイルがこわれています: { $said }。直近のバックアップを戻してください。
store-empty = データベースには、まだ加入者も記録もありません。確かめるものがありません
store-sound = すべて、あるべきとおりです(記録 { $rows } 行、封 { $seals } 個)
store-desk-only = { $count } 人は、窓口の助けがないと入れません。使えるパスワードも、わかっているメールアドレスもありません。次: kenpo-portal member revert
store-used-and-alive = { $at } に作った加入者 { $member } のリンクかコード { $id } は、使われたのにまだ使えます。次: もう一度メールを送ってもらうか、別のコードを渡す(前のものは使えなくなります)
store-opened-twice = 記録の行 { $id }(加入者 { $member }、{ $at })のセッションは、前にも開かれています。次: ご本人に覚えがなければ kenpo-portal member revert
store-password-untold = 加入者 { $member } には { $at } からパスワードがありますが、だれが設定したか記録にありません。次: ご本人に確かめ、覚えがなければ kenpo-portal member revert
store-factor-untold = 加入者 { $member } の認証方法 { $id }(メールのコードなら、加入者のIDと同じ)は { $at } からありますが、だれが加えたか記録にありません。次: ご本人に確かめ、覚えがなければ kenpo-portal member revert
store-session-untold = 加入者 { $member } のセッション { $id } は { $at } に始まりましたが、どう始まったか記録にありません。次: ご本人にすべての端末でログアウトしてもらうか、kenpo-portal member revert
store-acceptance-untold = 加入者 { $member } は { $at } に利用規約に同意していますが、記録にありません。次: 直近のバックアップと見くらべる
store-letter-untold = 加入者 { $member } あての { $at } のメール { $id } は、記録にない変更を知らせています。次: 直近のバックアップと見くらべる
store-change-unlettered = 記録の行 { $id }: 加入者 { $member } のパスワードは { $at } に変わりましたが、お知らせのメールがありません。次: ご本人に知らせる
store-session-without-factor = 加入者 { $member } の { $at } からのセッション { $id } は生きていますが、ご本人には認証方法かパスワードがありません。次: kenpo-portal member revert
store-session-end-moved = 加入者 { $member } の { $at } からのセッション { $id } の終わりが、どの組合の設定よりも先になっています。だれかがデータベースで書きかえています。次: kenpo-portal member sessions --end を実行し、だれが書きかえたのかを調べてください
store-two-passwords = 加入者 { $member }: 組合の仮パスワードが、{ $at } に設定したご本人のパスワードとならんで使えます。次: kenpo-portal member revert
store-password-damaged = 加入者 { $member }: { $at } に設定したパスワードの記録がこわれていて、正しいパスワードを入れてもログインできません。次: ご本人がログイン画面からパスワードを再設定するか、kenpo-portal member revert
union-closing = { $dry ->
    [0] この組合は、{ $day } を最後の日として終了します。その日が終わると、だれもログインできなくなり、案内のページが出ます。取り消すには: kenpo-portal tenant close --tenant { $tenant } --undo --reason "…"
   *[1] 確かめただけです。この組合は、{ $day } を最後の日として終了することになります。
}
union-closing-lifted = { $dry ->
    [0] 組合の終了({ $day })を取り消しました。加入者は、これまでのパスワードと認証方法でログインできます。
   *[1] 確かめただけです。組合の終了({ $day })を取り消すことになります。
}
union-lifted-anew = { $dry ->
    [0] 最後の日が終わっていたので、全員がログアウトになり、それまでに送ったリンクやコードは使えなくなりました。加入者は、これまでのもので、もう一度ログインします。
   *[1] 最後の日が終わっています。取り消すと、全員がログアウトになり、それまでに送ったリンクやコードは使えなくなります。
}
union-begins-anew = この組合のデータは消えています。加入者のいない組合として、新しく始まります。組合のファイル { $tenant }.toml を置き、名簿を取り込んでください。
union-closing-already = この組合は、{ $day } を最後の日として終了することになっています。何も変えていません。日を変えるには、先に取り消してください: kenpo-portal tenant close --tenant { $tenant } --undo --reason "…"
union-not-closing = この組合に、終了の日は登録されていません。何も変えていません。登録するには: kenpo-portal tenant close --tenant { $tenant } --on 2027-03-31 --reason "…"
union-not-over = この組合は、{ $day } まで開いています。データを消せるのは、その日が終わってからです。何も消していません。
union-being-erased = この組合のデータを消している途中です。先に終わらせてください: kenpo-portal tenant purge --tenant { $tenant } --reason "…"
union-erased = この組合のデータは、{ $at } に消えています。もう何もありません。
union-not-exported = 終了のあと、まだだれもデータを書き出していません。何も消していません。書き出すには: kenpo-portal tenant export --tenant { $tenant } フォルダー --reason "…"。書き出さずに消すには、--without-export を付けてください。
union-erased-elsewhere = 別の purge が、この組合のデータを消しています。途中で止まったのなら、1分ほどたってから、もう一度実行してください。
union-closed-anew = この組合の最後の日は、実行している間に取り消され、登録し直されました。これより先は何も消していません。確かめてから、もう一度実行してください: kenpo-portal tenant purge --tenant { $tenant } --reason "…"
union-clocks-apart = このマシンの時計は { $here }、データベースの時計は { $there } を指しています。時計が合うまで、組合の終了、その取り消し、書き出し、消去はできません。狂っている方の時計を合わせてから、もう一度実行してください。
union-clock-unlikely = このマシンの時計は { $here } を指していますが、データベースに残る最後の時刻は { $known } です。どちらが正しいかわかるまで、組合の終了、その取り消し、書き出し、消去はできません。次: 時計を確かめてください。正しければ: kenpo-portal clock --confirm --reason 理由
clock-likely = このマシンの時計は { $now } を指しています。データベースに残る時刻と、食い違いはありません。
clock-behind = このマシンの時計は { $here } を指していますが、データベースにはそれより後の時刻 { $known } が残っています。サービスは準備完了にならず、コードもリンクも受け付けません。次: NTP で時計を合わせてください。正しければ: kenpo-portal clock --confirm --reason 理由
clock-ahead = このマシンの時計は { $here } を指していて、データベースに残る最後の時刻 { $known } から30日より多く離れています。ログインはできます。サービスが1日動くまで、期限切れの終了や消去は、何も行いません。次: 時計を確かめてください。正しければ: kenpo-portal clock --confirm --reason 理由
clock-confirmed = いまは { $now } だと、書きとめました。動いているサービスは、30秒以内にそれに従います(時計が遅れていたときは、さらに1分後)。
union-exported = 組合のデータを書き出しました: { $path }(manifest.json の SHA-256: { $manifest })。個人情報です。安全な方法で組合に渡し、ここから消してください。
union-exported-early = これは途中の控えです(README.txt と manifest.json にもそう書いてあります)。組合の最後の日 { $day } が、まだ過ぎていません。過ぎたら、新しいフォルダーへもう一度書き出してください。kenpo-portal tenant purge は、それまで消しません。
union-exported-open = これは途中の控えです(README.txt と manifest.json にもそう書いてあります)。この組合には最後の日がなく、続いています。閉じるときは kenpo-portal tenant close --tenant { $tenant } --on DATE を実行し、その日が過ぎてから書き出し直してください。
union-export-not-empty = { $path } は空のフォルダーではありません(中に何かあるか、ファイルかリンクです)。何も書いていません。新しいフォルダーの名前を指定してください。
union-export-no-folder = フォルダー { $path } を作れないか、開けません: { $why }。何も書いていません。書き込めるフォルダーの中に、新しい名前を指定してください。
union-export-stopped = 書き出しが途中で止まりました: { $path }: { $why }。フォルダーには一部しか入っておらず、manifest.json がありません。フォルダーを消し、原因を直してから、新しいフォルダーへもう一度書き出してください。
union-file-there = 組合のファイル { $tenant }.toml が、まだあります。何も消していません。ファイルを移し、kenpo-portal tenant reload で読みなおさせてから、もう一度実行してください。
union-purge-ask = { $tenant } の加入者と記録を、すべて消します。元には戻せません。消すなら、組合のID({ $tenant })を入力してください:
union-purge-not-agreed = 何も消していません。消すには、たずねられたとき組合のIDを入力するか、--yes --again { $tenant } を付けてください。
union-purged = { $dry ->
    [0] 消しました: 加入者 { $members }人、データベースの { $rows }行。
   *[1] 確かめただけです。加入者 { $members }人と、記録を含む { $rows }行以上を消すことになります。
}
union-purge-rest = 残っているもの: データベースのバックアップ、書き出したフォルダー、audit archive のファイル、サービスのログ、送ったメール。それぞれ消してください。鍵束は組合に共通なので残します。{ $tenant } が終了したことと、消したという記録は、データベースに残ります。
union-purge-trail-broken = 組合 { $union } の記録が、書かれたときのままではありません。何も消していません。データベースの写しを取り、原因を調べてください: kenpo-portal audit verify --tenant { $union }
union-leaving-broken = 途中で止まりました: { $why }。もう一度実行すると、止まったところから続きます。

# `backup`, `restore`

backup-done = { $path } に、{ $at } のバックアップを書き、全体を確かめました。加入者 { $members }人、記録 { $trail }行、{ $bytes }バイト、{ $seconds }秒。SHA-256 は { $sum } にあります。二つのファイルをいっしょに保管し、SHA-256 は別の場所にも控えてください。
backup-cleared = 途中で止められたバックアップの残り { $path } を消しました。
backup-not-in-it =
    入っていないもの: 鍵束 { $ring }(これがないと、どのパスワードも使えません。写しを、バックアップとは別の場所に置いてください)、組合のファイル { $tenants }、設定。
    氏名・生年月日・メールアドレスが入っています。この機械の外へ出す前に、暗号化してください。
restore-readable = { $at } のバックアップを読めます。加入者 { $members }人、記録 { $trail }行。鍵束も合っています。
restore-not-compared = このファイルは、SHA-256 とくらべられませんでした。そばに .sha256 がなく、--sha256 の指定もありません。中身が少し変わっていても、気づけません。このファイルの SHA-256 は { $sha256 } です。`backup` が表示したものと、くらべてください。
restore-whole = { $at } のバックアップは、全体がそろっていて、SHA-256 も書いたときのものと同じです。加入者 { $members }人、記録 { $trail }行。鍵束も合っています。
restore-ended = { $dry ->
    [0] { $unions }組合で終わらせたもの: ログイン状態 { $sessions }、ログインの途中 { $attempts }、リンク・コード・待ち時間 { $codes }、見知ったブラウザ { $browsers }、確認を待つメールアドレス { $addresses }。送られるのを待っていたメール { $letters }通は、ほとんどが送られたあとなので、送りません。どなたも、そのときのパスワードと認証方法で、ログインし直します。
   *[1] 確かめただけです。{ $unions }組合で終わるもの: ログイン状態 { $sessions }、ログインの途中 { $attempts }、リンク・コード・待ち時間 { $codes }、見知ったブラウザ { $browsers }、確認を待つメールアドレス { $addresses }。送られるのを待っているメール { $letters }通は、ほとんどが送られたあとなので、送りません。
}
restore-first-passwords = { $union }: そのうち { $count }通は、初回のパスワードを知らせるメールです。届いていない方には、新しく出してください: kenpo-portal member reissue --tenant { $union } …
restore-next =
    次は、サービスを動かす前に:
    { "  " }kenpo-portal verify-store
    { "  " }kenpo-portal keys status
    { "  " }kenpo-portal audit verify --heads FILE    # 控えてある鎖の先と: バックアップのあとの記録が、どれだけなくなったか
    そのあと、バックアップよりあとに窓口でしたことを、もう一度してください: 利用停止、資格喪失、初期化、削除、名簿(src/rules/running/backup.md の “When it is needed” の 6)。
    それから kenpo-portal serve
restore-older = { $dry ->
    [0] バックアップを置きました。古いプログラムのものです(足りない: { $missing })。まだ何も終わらせていません。この上では何も動きません。
   *[1] 確かめただけです。バックアップは、古いプログラムのものです(足りない: { $missing })。置くだけで、まだ何も終わりません。
}
    次: kenpo-portal migrate up、そのあと kenpo-portal restore --finish --reason "…"
restore-not-marked = このデータベースに、戻したという目印はありません。このまま動きます。何も変えていません。
restore-moved = { $dry ->
    [0] データベースを移したことを、すべての組合の記録に書きました。ログイン状態・リンク・コードは、そのまま使えます。次: kenpo-portal serve
   *[1] 確かめただけです。データベースを移したことを書きます。何も終わりません。
}
restore-finished-already = 仕上げは { $at } に済んでいて、終わらせるものは残っていません。何も変えていません。
restore-unmarked = このデータベースに、戻したという目印はありません。何も変えていません。ファイルやスナップショット、ある時点への復元で戻したときは、目印が残りません: kenpo-portal restore --finish --unmarked --reason "…"
sso-state = ようす
sso-made = 作成
sso-signs-from = 署名を始める時刻
sso-number = 番号
sso-state-next = 公開中。まだ署名しない
sso-state-signs = 署名に使用中
sso-state-retired = 公開中。もう署名しない
sso-state-gone = 公開を終えた
sso-logout-since = いつから
sso-logout-tries = 回数
sso-logout-last = 最後の結果
sso-logout-next = 次に伝える時刻
sso-logout-waits = まだ伝えていない
sso-logout-told = 伝えた
sso-logout-given-up = あきらめた
sso-logout-nowhere = 伝える先がない
sso-logouts-none = ログアウトをまだ伝えていないサービスはありません。
sso-logouts-again = { $again ->
    [0] 「{ $client }」には、伝えるものも、この7日間にあきらめたものもありません。次: kenpo-portal sso logouts list --done
   *[other] 「{ $client }」に、もう一度伝えます({ $again }件)。少し待ってから: kenpo-portal sso logouts list
  }
sso-no-key = この組合にはまだ鍵がありません。サービスが動くと、30秒以内に ES256 の鍵を作ります。
sso-key-meanwhile = 同時にほかの鍵が入りました。何も変わっていません。もう一度実行してください。
sso-key-later = 鍵 { $kid } を公開しました。{ $from } から署名に使います。
sso-key-emergency = 鍵 { $kid } に替え、前の鍵を取り下げました。サービスによっては、新しい鍵を読むまで最大15分、加入者が入れません。
sso-key-first = 鍵 { $kid } を公開しました。この方式の最初の鍵なので、いまから署名に使います。
sso-no-client = この組合のファイルに client_id「{ $client }」のサービスはありません。{ $count ->
    [0] [services.sso] のあるサービスはひとつもありません。
   *[other] あるもの: { $known }
  }
sso-secrets-enough = 「{ $client }」にはもう秘密が{ $most }つあります。使っていないほうを sso secret drop で消してください。
sso-secret-made = 「{ $client }」の秘密です。見せるのはこの1度だけです。サービスの会社に安全な方法で渡してください。
sso-no-secret = 「{ $client }」にはまだ秘密がありません。次: kenpo-portal sso secret new
sso-vendor-written = { $union } の接続のしかたの資料を { $path } に書きました。ブラウザで開いて確かめ、サービスの会社へ渡してください。
sso-secret-dropped = { $there ->
    [1] 「{ $client }」の秘密 { $number } を使えなくしました。
   *[other] 「{ $client }」に番号 { $number } の秘密はありません。次: kenpo-portal sso secret list
  }
sso-check-key = 「{ $client }」に渡す署名の鍵({ $algorithm })がありません。{ $algorithm ->
    [RS256] 次: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem で作り、kenpo-portal sso keys import --tenant { $tenant } rsa.pem
   *[other] サービスが動くと、30秒以内に作ります。
  }
sso-check-secret = 「{ $client }」にはまだ秘密がありません。次: kenpo-portal sso secret new --tenant { $tenant } --client { $client }
sso-check-unused = 「{ $client }」の秘密は使われません。次: kenpo-portal sso secret list --tenant { $tenant }
sso-check-issuer = ファイルの sso.issuer は「{ $file }」ですが、サービスはこの組合を「{ $frozen }」として知っています。ファイルを戻してください
sso-check-unreached = 「{ $client }」にログアウトを伝えられません。伝える先 { $address }: { $why ->
    [unknown-host] ホストが見つかりません。ファイルの backchannel_logout_uri を直すか、サービスの会社に確かめてください
    [not-public] ホストに公開のアドレスがありません。それでよければ internal = true と書いてください
    [certificate] 証明書を信頼できません。サービスの会社に確かめるか、設定 sso.authorities でその認証局を示してください
    [timeout] 時間内に返事がありません。サービスの会社とファイアウォールを確かめてください
   *[other] つながりません({ $why })。サービスの会社とファイアウォールを確かめてください
  }
sso-check-end = サービス { $count }、足りないもの { $problems }。加入者を待っているリクエスト: { $waiting }
sso-no-sector = セクター「{ $sector }」のサービスは、この組合のファイルにありません。{ $count ->
    [0] [services.sso] のあるサービスはひとつもありません。
   *[other] あるもの: { $known }
  }
sso-subject-bad = { $line }行目: { $flaw ->
    [no-name] 記号・番号もユーザIDも member_id もありません
    [sub] sub は、空白のない半角255文字までで書いてください
    [sub-twice] sub が { $first }行目と同じです
    [member-twice] { $first }行目と同じ加入者です
    [unknown] その加入者はいません
    [other-sub] この加入者は、もう別の sub でサービスに知られています
   *[taken] この sub は、別の加入者のものです
  }
sso-subjects-end = { $kind ->
    [refused] まちがいが { $bad }行あります。何も取り込んでいません。直して、もう一度実行してください。
    [dry] 確かめただけです。「{ $sector }」に { $new }人分を取り込みます。{ $same }人分はもう同じです。
   *[done] 「{ $sector }」に { $new }人分を取り込みました。{ $same }人分はもう同じでした。
  }

# tenant guide
guide-written = { $union } の手引きを { $path } に書きました。ブラウザで開いて、A4で印刷してください。
guide-not-spoken = 組合 { $union } の画面は、この言語では出ません(i18n.locales: { $spoken })。--lang で、その中から選んでください。

# tenant preview
preview-written = 画面の見本 { $screens }、メール { $letters } 通を、{ $folder } に { $count } 個のファイルで書きました。index.html を開いてください。
preview-served = 画面の見本 { $screens }、メール { $letters } 通です。組合のファイルを直したら、一覧を開き直してください。Ctrl-C で終わります。
preview-not-empty = { $folder } は空ではないか、リンクです。何も書いていません。新しいフォルダーの名前にしてください。
preview-link-made = このリンクを開いた人だけが、{ $until } まで、動いているサービスで { $id } を見られます。本番と同じように動き、名簿に入れた人はログインもできます。確かめる人だけに渡してください。使えなくするには: kenpo-portal tenant preview { $id } --end-link --reason "…"
preview-link-ended = 下書き { $id } のリンクは、もう使えません。
preview-link-none = 下書き { $id } に、使えるリンクはありません。何も変えていません。
preview-link-no-draft = { $id } は下書きではなく、だれでも { $address } で見られます。リンクは作っていません。変更を公開する前に見るには: kenpo-portal tenant preview { $id } --static フォルダー
preview-link-days = リンクの日数は 1 から { $most } までです。何も変えていません。例: --days 14
preview-title = 画面とメールの見本
preview-lead = 組合の設定ファイルだけから作った見本です。加入者に出るすべての画面とメールを、組合の色とことばで確かめられます。
preview-made-up = 名前、ユーザID、番号、メールアドレスは、どれも作りものです。ボタンやリンクを押しても、何も起きません。
preview-offered = この組合で出ない画面(使わない認証方法など)は、入っていません。お知らせは、これから出るものも出しています。
preview-pages = 画面
preview-letters = メール
preview-paper = 印刷するもの
preview-guide = ご利用の手引き(印刷用)
preview-printed = はじめてのユーザIDとパスワードの通知書
preview-open = 開く
preview-to-index = 一覧
preview-phone = スマートフォン(360px)
preview-wide = パソコン(1200px)
preview-light = 明るい画面
preview-dark = 暗い画面
preview-ja = 日本語
preview-en = 英語
preview-subject = 件名
preview-as-text = 文字だけのメール
preview-from = 差出人
preview-reply-to = 返信先
