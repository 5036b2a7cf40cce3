# What `tenant check` finds in the unions' files, and how to mend it (`…-help`). For operators.

# One file against the list of keys

finding-own-key = 「{ $written }」は組合ごとの項目なので、共通の初期値には書けません
finding-own-key-help = 組合のファイルに書いてください
finding-secret = 「{ $short }」は秘密の値のようです。組合のファイルには書けません
finding-secret-help = この行を消し、値を新しいものに替えて、環境変数 PORTAL_… で渡してください
finding-belongs-at-the-top = 「{ $name }」はファイルの先頭、最初の [表] より前に書きます。
finding-belongs-in = 「{ $name }」は { $tables } の項目です。
finding-or = { " " }か{ " " }
finding-unknown-key = 「{ $name }」という項目はありません
finding-unknown-key-in = { $table } に「{ $name }」という項目はありません
finding-unknown-key-help = { $hint }使える項目: { $usable }
finding-out-of-range = { $path } = { $number } は範囲の外です
finding-out-of-range-help = { $from } から { $to } までの数にしてください(例: { $line })
finding-repeated = 「{ $text }」が2回書かれています
finding-repeated-help = ひとつ消してください
finding-unknown-word = { $path } に「{ $short }」という値はありません
finding-unknown-word-help = { $hint }使える値: { $words }
finding-unfilled = { $path } がまだ記入されていません
finding-unfilled-help = TODO を実際の値に替えてください
finding-unfilled-file = { $path } の { $line } 行目がまだ仮のもの(TODO)です
finding-unfilled-file-help = 組合のものに替えて、TODO を消してください
finding-bare-date = { $path } の日付が引用符で囲まれていません
finding-bare-date-help = "{ $date }" のように書いてください
finding-wrong-type = { $path } に書けるのは{ $wanted }です(いまは{ $got })

# Pieces of sentences

finding-missing-in-help = { $table } に { $name } = … を書き足してください
finding-missing-help = { $name } = … を書き足してください
finding-missing = 必要な項目「{ $path }」がありません
finding-did-you-mean = 「{ $near }」のまちがいではありませんか。
finding-wanted-flag = { " " }true か false{ " " }
finding-type-number = 数
finding-type-texts = 文字の配列
finding-type-steps = 手順の配列
finding-type-table = 表
finding-type-tables = 表の配列
finding-type-date = 引用符で囲んだ日付
finding-type-text = 文字
finding-type-fraction = 小数
finding-type-flag = true / false
finding-type-bare-date = 引用符のない日付
finding-type-list = 配列
finding-write-line = { $line } の形で書いてください

# The form of a text

finding-write-value = "{ $meant }" と書いてください
finding-unprintable = { $path } に改行や見えない文字が入っています
finding-unprintable-help = 1行のふつうの文字だけにしてください
finding-form-https = { $scheme } で始まるアドレス
finding-form-address = メールアドレス
finding-form-phone = 電話番号
finding-form-colour = # と16進数6けたの色
finding-form-date = 暦にある日付(年-月-日)
finding-file-elsewhere = { $path } が tenants フォルダの外を指しています
finding-file-elsewhere-help = 「組合のid/ファイル名」の形で書いてください
finding-empty = { $path } が空です
finding-empty-help = 値を書くか、この行を消してください
finding-too-long = { $path } は { $count } 文字で、長すぎます
finding-too-long-help = { $most } 文字までにしてください
finding-malformed = { $path } が、{ $form }になっていません
finding-malformed-help = "{ $example }" のように書いてください
finding-host-form = 「{ $short }」はホスト名として使えません
finding-host-form-help = 小文字の英数字とハイフンを . でつないで書いてください({ $scheme } やポート番号、末尾の . は付けません)

# What is not TOML

finding-odd-curly-quotes = 曲がった引用符
finding-odd-corner-brackets = かぎかっこ
finding-odd-wide-quotes = 全角の引用符
finding-odd-wide-equals = 全角の等号
finding-odd-wide-brackets = 全角のかっこ
finding-odd-wide-comma = 全角の読点
finding-odd-wide-dot = 全角の点
finding-odd-wide-hash = 全角の井げた
finding-odd-wide-underscore = 全角の下線
finding-odd-dash = 半角でないハイフン
finding-odd-wide-space = 全角の空白
finding-odd-special-space = 特別な空白
finding-odd-invisible = 見えない文字
finding-odd-wide-digits = 全角の数字
finding-odd-wide-letters = 全角の英字
finding-write-it-so = { $line } と書いてください
finding-odd-instead-of-nothing = { $what }(正しくはなし)
finding-odd-instead-of-space = { $what }(正しくは半角の空白)
finding-odd-instead-of = { $what }「{ $written }」(正しくは { $meant })
finding-odd-unseen-instead-of = { $what }(正しくは{ $meant })
finding-odd-help = 半角の文字に直してください
finding-odd = { $named }があります
finding-and = 、
finding-syntax-help = 文字は "…" で囲み、1行に「項目 = 値」をひとつだけ書いてください
finding-table-open = 表の見出し「{ $written }」のかっこが閉じていません
finding-no-equals = 「{ $written }」に = がありません
finding-no-value = 「{ $written }」の値がありません
finding-triple-quotes-open = 「{ $written }」の三重の引用符が閉じていません
finding-quotes-open = 「{ $written }」の引用符が閉じていません
finding-list-open = 「{ $written }」の [ が閉じていません
finding-no-quotes = 「{ $written }」の値が引用符で囲まれていません
finding-not-toml = TOMLとして読めません({ $why })
finding-key-twice = 「{ $written }」が2回書かれています
finding-key-twice-help = どちらか一方を消してください

# What the TOML parser complains of

toml-twice = 同じ項目が2回あります
toml-comma = 「,」が足りないか、多すぎます
toml-equals = 「=」が足りないか、多すぎます
toml-escape = \ で始まる、使えない文字があります
toml-quotes = 引用符が足りません
toml-brackets = かっこが閉じていません
toml-date = 日付として読めません
toml-number = 数として読めません
toml-key = 項目の名前として読めません
toml-value = 値がありません
toml-other = 書き方がちがいます

# The steps of first login

finding-step-group = ひとつの画面にまとめられるのは user-id と method だけです
finding-step-group-help = ["user-id", "method"] とするか、内側の [ ] を外してください
finding-step-missing = 手順に { $absent } がありません
finding-step-missing-help = birthdate、terms、method、password は、どの組合にも必要です
finding-step-order = 手順の最初が birthdate ではありません
finding-step-order-help = ほかの人が先に進めないよう、birthdate を最初に書いてください
finding-step-shape = 手順は文字、または文字の組で書きます
finding-step-shape-help = steps = ["birthdate", "terms", ["user-id", "method"], "password", "email"] の形で書いてください
finding-step-repeated = 手順「{ $text }」が2回書かれています
finding-unknown-step = 「{ $short }」という手順はありません
finding-unknown-step-help = { $hint }使える手順: { $steps }

# The folder

finding-defaults-gone = { $file } がないか、空になっています。最後に正しかった内容を使い続けます
finding-defaults-gone-help = ファイルを戻してください。共通の初期値をやめるときは、# で始まる行を 1 行だけ書いてください
finding-stray-defaults = 「{ $name }」は、共通の初期値として読まれません
finding-stray = 「{ $name }」は、組合のファイルとして読まれません
finding-leftover-help = { $stem }.toml が使われています。要らなければ消してください
finding-stray-beside-help = { $stem }.toml が使われています。どちらが正しいか確かめ、このファイルを消すか名前を変えてください
finding-stray-help = 使うファイルなら、名前を { $stem }.toml にしてください。要らなければ消してください
finding-folder-inner-help = { $name }/{ $name }.toml を、ひとつ上のフォルダに移してください
finding-folder-only-help = 組合を続けるときは { $name }.toml を戻してください。終えたときはフォルダを消してください
finding-folder-only = フォルダ「{ $name }」がありますが、組合のファイル { $name }.toml がありません
finding-no-file = 組合 { $tenant } のファイルがありません。データベースに加入者 { $members }人がいます
finding-no-file-help = { $tenant }.toml を戻してください。動いているサービスは、正しかった最後の内容を残していれば、それで続けます。組合が終わったのなら: kenpo-portal tenant close --tenant { $tenant } --on 年-月-日 --reason "…"
finding-left = 組合 { $tenant } は終了し、データは消されています
finding-left-help = 組合のファイルを移してください。同じIDで新しく始めるなら: kenpo-portal tenant close --tenant { $tenant } --undo --reason "…"
finding-file-absent = { $name } がありません
finding-file-absent-help = ファイルを置くか、名前を直してください
finding-link-dangling = { $name } は、行き先のないリンクです
finding-link-dangling-help = リンクの行き先を直すか、ファイルそのものを置いてください
finding-link-outside = { $name } は、組合のファイルのフォルダーの外を指すリンクです
finding-link-outside-help = リンクではなく、ファイルそのものを置いてください
finding-file-not-regular = { $name } は、ふつうのファイルではなく{ $kind }です
finding-file-not-regular-help = ふつうのファイルに替えてください
finding-file-too-large = { $name } が { $most } KB を超えています
finding-file-too-large-help = 小さくしてください。別のファイルではないか、確かめてください
finding-file-unreadable = { $name } を読めません({ $error })
finding-file-forbidden = このプログラムの利用者 { $user } は、{ $name } を読めません
finding-file-forbidden-help = chmod { $mode } { $path }
finding-file-unreadable-help = ファイルの種類と権限を確かめてください
finding-kind-folder = フォルダ
finding-kind-pipe = 名前つきパイプ
finding-kind-socket = ソケット
finding-kind-device = デバイス
finding-utf-16 = UTF-8ではなく、UTF-16のファイルのようです
finding-save-not-utf-16 = 文字コードをUTF-8(UTF-16、Unicodeではなく)にして保存してください
finding-not-utf-8 = UTF-8ではない文字があります
finding-save-not-shift-jis = 文字コードをUTF-8(Shift_JISではなく)にして保存してください

# Rules within one union

finding-slug = 「{ $stem }.toml」は組合のファイル名として使えません
finding-slug-help = 英小文字で始まる、英小文字と数字だけの3〜31文字にしてください(admin、api、www、static、internal は使えません)
finding-id-differs = id「{ $id }」がファイル名「{ $stem }.toml」と違います
finding-id-differs-help = id = "{ $stem }" とするか、ファイル名を変えてください
finding-user-id-length = ユーザIDの最小文字数が最大文字数より大きくなっています
finding-length-help = min_length を { $max } 以下にするか、max_length を { $min } 以上にしてください
finding-user-id-symbol = ユーザIDの記号に使えない文字「{ $found }」があります
finding-symbol-help = 半角の記号だけを並べてください
finding-password-length = パスワードの最小文字数が最大文字数より大きくなっています
finding-short-limit = パスワードは { $max } 文字までです。長いパスフレーズが使えません
finding-short-limit-help = NIST SP 800-63B は 64 文字以上を受けつけるよう勧めています
finding-password-symbol = パスワードの記号に使えない文字「{ $found }」があります
finding-no-symbols = 記号が必要なのに、使える記号がひとつもありません
finding-no-symbols-help = symbols に記号を並べるか、require から symbol を消してください
finding-redundant = upper か lower があるので letter は要りません
finding-redundant-help = require から letter を消してください
finding-good-example = 正しい例「{ $example }」が規則に合いません({ $why })
finding-good-example-help = 例か規則を直してください
finding-bad-example = 誤りの例「{ $example }」が規則に合ってしまいます
finding-bad-example-help = 例か規則を直してください。ユーザIDを含む例には ng_user_id も書きます
finding-derived-too-long = 記号・番号・生年月日から作る仮パスワードの期限が { $days } 日です
finding-derived-too-long-help = 推測されやすいので、valid_days は 90 までにしてください
finding-no-method = 認証方法がひとつもありません
finding-no-method-help = methods に { $known } のどれかを書いてください
finding-mail-not-required = メールの確認コードやリンクを使うのに、メールアドレスが必須になっていません
finding-mail-not-required-help = [email] に required = true と書いてください
finding-mail-not-confirmed = email-otp を使うのに、メールアドレスを確認しない設定です
finding-mail-not-confirmed-help = [email] に verification = "code" か "link" と書いてください
finding-mail-too-late = メールの確認コードのほかに頼れる方法がないのに、メールアドレスが認証方法より後です
finding-mail-too-late-help = steps で "{ $email }" を "method" より前に書いてください
finding-contrast = 白い文字との明暗差が { $contrast }:1 で、読みにくい色です
finding-contrast-help = 4.5:1 以上になるよう、濃い色にしてください
finding-notice-dates = お知らせの終わり { $last } が、始まり { $first } より前です
finding-notice-dates-help = from か until を直してください
finding-notice-over = お知らせの期間が { $last } で終わっています
finding-notice-over-help = 要らなければ消してください
finding-service-twice = サービスの id「{ $id }」が2回使われています
finding-service-twice-help = 別の id にしてください
finding-html = 文言「{ $name }」に < か > があります
finding-html-help = HTMLは使えません。ふつうの文にしてください
finding-column-twice = CSVの見出し「{ $header }」が { $other } と { $key } の両方に使われています
finding-column-twice-help = 項目ごとに別の見出しにしてください
finding-issuer = 認証アプリに出る名前に「:」は使えません
finding-issuer-help = [app_otp] の issuer に「:」のない名前を書いてください
finding-default-language = はじめの言語 { $word } が locales にありません
finding-default-language-help = locales に "{ $word }" を加えてください
finding-translation-late = 規約の英語訳が、いまの版「{ $version }」の訳だと書かれていません。英語の画面にも日本語の規約を示します
finding-translation-late-help = 英語訳がいまの規約と合っているか確かめ、合っていれば version_en = "{ $version }" と書いてください
finding-translation-unreadable = { $path } は UTF-8 の文字ではありません
finding-english-unseen = { $key } は画面に出ません。この組合は英語を選べない設定です
finding-english-unseen-help = [i18n] の locales に "en" を加えるか、この行を消してください
finding-english-partly = 英語のない項目が { $count } 個あります。英語の画面では、そこだけ日本語で出ます
finding-english-partly-help = 書き足せる項目: { $missing }

# Why an example of a password breaks the rules

finding-example-too-short = { $min } 文字より短い
finding-example-too-long = { $max } 文字より長い
finding-example-character = 半角の英数記号でない文字がある
finding-example-upper = 大文字がない
finding-example-lower = 小文字がない
finding-example-letter = 英字がない
finding-example-digit = 数字がない
finding-example-symbol = 記号がない
finding-example-is-user-id = ユーザIDと同じ
finding-example-contains-user-id = ユーザIDを含む
finding-example-not-allowed = 使えない言葉である

# Hosts and RP IDs

finding-host-among-aliases = primary の「{ $host }」が aliases にもあります
finding-host-among-aliases-help = aliases から消してください
finding-host-outside = 「{ $host }」はこのサービスのドメインの外にあります
finding-host-outside-help = { $domains } の下のホストにするか、設定 hosts.base_domains に加えてください
finding-rp-id-of-demo-help = これは体験版で登録されたパスキーです。設定 database.url を確かめてください
finding-rp-id-frozen = rp_id が「{ $old }」から「{ $new }」に変わると、登録されているパスキー { $passkeys }件(加入者 { $holders }人)が使えなくなります
finding-keep-host-help = [passkey] に rp_id = "{ $old }" と書き、hosts.primary を { $old } かその下のホストに戻してください。新しいホストは hosts.aliases に書けます(src/rules/running/unions.md の Before a union changes its host or RP ID)
finding-keep-alias-help = [passkey] に rp_id = "{ $old }" と書き、hosts.aliases に "{ $old }" を加えてください
finding-keep-rp-id-help = [passkey] に rp_id = "{ $old }" と書いてください
finding-rp-id-bound-help = { $keep }。この rp_id のパスキー: { $passkeys }件
finding-rp-id-alias-help = hosts.aliases に "{ $bare }" を加えてください
finding-rp-id-help = rp_id = "{ $bare }" としてください
finding-rp-id-and-alias-help = rp_id = "{ $bare }" とし、hosts.aliases にも "{ $bare }" を加えてください
finding-rp-id-foreign = rp_id「{ $rp_id }」は、この組合のホストではありません
finding-kept-by-members = 。加入者のいる { $name } を公開し続けます
finding-kept-by-first = 。先に公開されていた { $name } を公開し続けます
finding-host-taken = ホスト「{ $host }」は組合 { $name } も使っています{ $keeper }
finding-host-taken-help = 組合ごとに別のホストにしてください
finding-host-left-behind = ホスト「{ $host }」は組合 { $tenant } のもので、この組合のデータがまだ残っています。加入者のブラウザにはこのホストの Cookie が残り、パスキーもこのホストで示されます
finding-host-left-behind-help = { $tenant } のファイルを誤って消したとき、またはホストを誤って書きかえたときは、もとに戻してください。{ $tenant } が終わったのなら、先に kenpo-portal tenant close、export、purge で終わらせてください。合併のあとなどで、その加入者をこのホストでこの組合に迎えるときは、ここに書いてください: [hosts] takes_over = ["{ $tenant }"]
finding-owner-only = { $name } を読めるのは持ち主の { $owner } だけです({ $mode })。サービスがほかの利用者で動いていると、読めません
finding-owner-only-help = chmod { $more } { $path }
finding-host-moved = ホストが { $old } から { $new } に変わり、前のホストはどこにもつながらなくなります。加入者はログインし直し、古いリンクやお気に入りは使えなくなります
finding-host-moved-help = 前のホストを残してください: [hosts] aliases = ["{ $old }"]
finding-withdrawn = 公開していた組合が下書きになり、加入者 { $members }人が使えなくなります
finding-withdrawn-help = しばらく止めるだけなら status = "maintenance" と書いてください。終わった組合なら: kenpo-portal tenant close
finding-rp-id-shared = 組合 { $holder } の rp_id「{ $rp_id }」は、組合 { $name } のホスト { $host } と共通になります{ $keeper }
finding-rp-id-shared-help = rp_id は、その組合だけのホストにしてください

# Files beside the TOML

finding-in-line = { $path } の { $line } 行目: { $why }
finding-terms-empty-swallowed = 「{ $heading }」は、同じ大きさの次の見出しまで続きます。本文の見出しを、それと同じ大きさか、それより大きくしてください
finding-terms-empty-help = 規約の本文を書いてください
finding-terms-empty = 規約が空です
finding-html-dropped = 規約の中のHTMLは画面に出ません
finding-html-dropped-help = Markdownで書いてください
finding-changes-empty = 規約の「{ $heading }」に何も書かれていません
finding-changes-empty-help = 変わったところを書くか、見出しを消してください
finding-changes-not-first = 規約の「{ $heading }」が最初の節ではないため、規約の一部として全員に示します
finding-changes-not-first-help = 題名と前文のあと、最初の見出しのすぐ前に移してください。前に同意した方にだけ、規約の上に示します
finding-preamble-in-changes = { $path } の { $line } 行目: この段落は「{ $heading }」の節の中にあるため、規約の一部ではなく、変わったところとして示します。はじめて同意する方には見えません
finding-preamble-in-changes-help = 規約の前文のときは、「{ $heading }」の見出しより上に移してください。変わったところのときは、箇条書き(「- 」で始まる行)にしてください
finding-svg-help = スクリプト・外部参照・埋め込み画像・動きのない、図形だけのSVGに書き出し直してください
finding-file-kind = { $path } はSVGでもPNGでもありません
finding-file-kind-help = SVG(勧めます)かPNGにしてください
finding-touch-icon-kind = { $path } はPNGではありません
finding-touch-icon-help = 正方形のPNG(180〜1024ピクセル)にしてください。スマートフォンのホーム画面はSVGを出せません
finding-hero-kind = { $path } はJPEGでもPNGでもありません
finding-hero-help = 横 800〜2400、縦 400〜2400 ピクセルのJPEGかPNG(200 KB まで)にしてください
finding-picture-size = { $path } の大きさ { $width }×{ $height } は、ここには合いません

# What a logo must not hold

finding-svg-not-xml = XMLとして読めません({ $fault })
finding-svg-root = <svg> で始まっていません
finding-svg-element = <{ $shown }> は使えません
finding-svg-too-large = 大きすぎます
finding-svg-handler = 動作を起こす属性 { $shown } があります
finding-svg-not-css = CSSではないスタイルがあります
finding-svg-attribute = 属性 { $shown } は使えません
finding-svg-outside = { $name } が外を指しています
finding-svg-hidden = 外を読み込むか、隠した書き方があります
finding-svg-url = url( ) が外を指しています
finding-svg-function = { $shown }( ) は使えません
finding-svg-style-unreadable = 読めない形のスタイルがあります
finding-svg-property = スタイル { $shown } は使えません
finding-svg-sheet-unreadable = 読めない形のスタイルがあります
finding-svg-selector = スタイルに「{ $shown }」は使えません
finding-svg-comment = 注釈が閉じていません

# The terms, and what members accepted

finding-terms-rewritten = 規約の本文が変わりましたが、版は「{ $version }」のままです。この版には、別の本文で { $others }人が同意しています
finding-terms-rewritten-help = terms.version を新しい版(改定した日など)にしてください。同意された方には、次のログインで新しい規約を示します。変えるつもりがなかったときは、本文を元に戻してください
finding-terms-renamed = 規約の版が「{ $version }」に変わりましたが、本文は、版「{ $old }」として { $members }人が同意したものと同じです
finding-terms-renamed-help = 新しい本文を terms.file に書くか、terms.version を「{ $old }」に戻してください。このままでは、全員にもう一度同意をお願いします

# Advice

finding-passkey-second = パスキーの前にユーザIDとパスワードも必要な設定です。パスワードが盗まれる入口が残ります
finding-passkey-second-help = passkey = "alone" を勧めます
finding-relogin = 認証方法を設定する前に一度ログアウトさせる設定です。設定しないまま終える人が出ます
finding-relogin-help = mfa_setup = "continue" を勧めます
finding-derived-password = 最初のパスワードが記号・番号・生年月日です。資格確認書を見た人に分かり、生年月日の確認も助けになりません
finding-derived-password-help = existing = "random" を勧めます
finding-lost-factor-by-mail = メールと生年月日だけで、すぐに認証方法を付けかえられます。メールを盗まれると守れません
finding-lost-factor-by-mail-help = lost_factor = "desk-code"、または lost_factor_wait_hours = 24 を勧めます
finding-composition = 文字の種類を強いると、末尾に 1! を足すような、推測されやすいパスワードが増えます
finding-composition-help = require = [] とし、長さと「よくあるパスワード」の一覧で守ることを勧めます
finding-unconfirmed-mail = 初回ログインでメールアドレスを確かめない設定です。打ちまちがいに後で気づきます
finding-unconfirmed-mail-help = verification = "code" を勧めます
finding-short-retention = 資格が終わって { $days } 日で、その方のデータを消す設定です。まちがいに気づいても、もう取り消せません
finding-short-retention-help = 30 日以上を勧めます。決まりがなければ、この行を消して 400 日に
finding-stale-accept = check.accept の { $code } は、このファイルの値にはもう当てはまりません
finding-stale-accept-help = accept から "{ $code }" を消してください
finding-sso-issuer = sso.issuer「{ $issuer }」は、この組合のホストのアドレスではありません
finding-sso-issuer-help = 「{ $example }」のように、組合のホスト(hosts.primary か hosts.aliases)を書き、うしろに / やパスを付けないでください。1行ごと消せば、hosts.primary のアドレスになります
finding-sso-test = シングルサインオンが試験用になっています(sso.test)
finding-sso-test-help = この機械のサービスと、PKCEのないサービスを許しています。本番では test の行を消してください
finding-sso-client-twice = client_id「{ $id }」が2回使われています
finding-sso-client-twice-help = サービスごとに別の名前にしてください
finding-sso-client-id = client_id「{ $id }」に使えない文字があります
finding-sso-client-id-help = 半角の英字、数字と - . _ ~ だけで書いてください
finding-sso-no-uri = サービスへ戻るアドレスがありません
finding-sso-no-uri-help = サービスの会社に「リダイレクトURI」を聞いて、redirect_uris に書いてください
finding-sso-uri = 「{ $uri }」へは加入者を送れません: { $flaw ->
    [not-https] { $scheme } で始まっていません
    [no-name] ホストの名前ではありません
    [wildcard] 「*」があります
    [fragment] 「#」があります
    [user] ホストの前に「@」があります
   *[malformed] アドレスの形ではありません
  }
finding-sso-uri-help = 「{ $example }」のように、サービスの会社が使うアドレスをそのまま全部書いてください
finding-sso-no-openid = scopes に "openid" がありません
finding-sso-no-openid-help = "openid" を加えてください。これがないと、サービスは加入者を見分けられません
finding-sso-insured = 記号・番号(kenpo_insured)は、このサービスには渡せません
finding-sso-insured-help = 健康保険事業のための委託か共同利用のサービスだけが受け取れます(健康保険法194条の2)。そうであれば purpose = "health-insurance" と relation = "entrusted" か "joint" を書き、そうでなければ "kenpo_insured" を消してください
finding-sso-strength = require_acr が求める認証方法を、この組合では設定できません
finding-sso-strength-help = login.methods に認証アプリ "app-otp" を加えるか、パスキーを使えるようにするか、require_acr の行を消してください
finding-sso-keys-file = { $has ->
    [0] サービスの公開鍵のファイル(jwks)がありません
   *[1] jwks は auth = "private-key" のときだけ使います
  }
finding-sso-keys-file-help = { $has ->
    [0] サービスの会社から公開鍵(JWK Set)を受け取って組合のフォルダに置き、jwks = "組合/名前.json" と書いてください
   *[1] auth = "private-key" と書くか、jwks の行を消してください
  }
finding-sso-keys = { $path } の公開鍵は使えません: { $flaw ->
    [private] 秘密の鍵が入っています
    [size] RSA の鍵が 2048 ビットより短いか、8192 ビットより長いです
    [twice] 同じ名前(kid)の鍵が2つあります
    [no-key] ES256 か RS256 の署名に使える鍵がありません
   *[malformed] JWK Set の形ではありません
  }
finding-sso-keys-help = サービスの会社に、署名用の公開鍵だけのファイル(JWK Set、ES256 か RS256)をもらってください
finding-sso-insurer = sso.insurer_number は保険者番号ではありません
finding-sso-insurer-help = 8けたの数字を、保険証や資格確認書のとおりに書いてください。最後の1けたは、ほかの数字の確かめです
finding-sso-issuer-frozen = サービスは、この組合を「{ $old }」として知っています。sso.issuer「{ $new }」には変えられません
finding-sso-issuer-frozen-help = issuer = "{ $old }" に戻すか、issuer の行を消してください
finding-sso-tile-here = サービスの行き先「{ $url }」は、開く人それぞれの機械を指します。試験用の組合だけで使えます
finding-sso-tile-here-help = 加入者がサービスを開けるアドレス(例: { $example })を書いてください。試験用の組合では [sso] に test = true と書きます
finding-sso-pkce = pkce = "optional" は、試験用の組合だけで使えます
finding-sso-pkce-help = pkce の行を消してください。PKCEを使えないサービスには "nonce" と書きます
finding-sso-told-at = ログアウトを「{ $uri }」へは伝えられません: { $flaw ->
    [not-https] { $scheme } で始まっていません
    [no-name] ホストの名前ではありません
    [wildcard] 「*」があります
    [fragment] 「#」があります
    [user] ホストの前に「@」があります
   *[malformed] アドレスの形ではありません
  }
finding-sso-told-at-help = サービスの会社に「バックチャネルログアウトURI」を聞いて、「{ $example }」のように全部書いてください
finding-sso-logout-nowhere = { $key } がありますが、ログアウトを伝えるアドレスがありません
finding-sso-logout-nowhere-help = backchannel_logout_uri を書くか、この行を消してください
finding-sso-logout-here = 「{ $uri }」はこの機械のアドレスなので、ログアウトを伝えません
finding-sso-logout-here-help = 試すだけなら internal = true を加えてください。本番では、サービスの会社のアドレスを書いてください
