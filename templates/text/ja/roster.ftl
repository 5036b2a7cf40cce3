# What is wrong with a roster (`member import`). For the union's staff; none quotes a cell.

# The whole file

roster-file-too-large = ファイルが { $most } MB を超えています。加入者をいくつかのファイルに分けてください。
roster-file-empty = ファイルが空です。書き出しが終わっているか確かめてください。
roster-file-workbook = CSVではなく、表計算ソフトのブック(.xlsx など)です。表計算ソフトで開き、「CSV」を選んで保存し直してください。
roster-file-other-than-utf-8 = 文字コードが { $found } です。表計算ソフトで開き、「CSV UTF-8(コンマ区切り)」を選んで保存し直してください。
roster-file-other-than-cp932 = 文字コードが { $found } です。表計算ソフトで開き、「CSV(コンマ区切り)」を選んで保存し直してください。
roster-file-other-separator = 列がコンマで区切られていません(タブやセミコロンです)。「CSV(コンマ区切り)」で保存し直してください。
roster-file-not-utf-8 = { $line } 行目に UTF-8 ではない文字があります。UTF-8 で保存し直してください。
roster-file-not-cp932 = { $line } 行目に CP932(Shift_JIS)ではない文字があります。文字コードを CP932 にして保存し直してください。
roster-file-cp932-instead-of-utf-8 = 文字コードが CP932(Shift_JIS)です。この組合は UTF-8 の設定です。UTF-8 で保存し直すか、組合のファイルの [import] を encoding = "cp932" にしてください。
roster-file-utf-8-instead-of-cp932 = 文字コードが UTF-8 です。この組合は CP932(Shift_JIS)の設定です。CP932 で保存し直すか、組合のファイルの [import] を encoding = "utf-8" にしてください。
roster-file-open-quote = { $line } 行目で始まる「"」が閉じていません。その行の「"」を確かめてください。
roster-file-columns-missing = 1 行目に { $wanted } の列がありません。見つかった列: { $found }。見出しを直すか、組合のファイルの [import.columns] を合わせてください。
roster-file-column-twice = 「{ $header }」の列が 2 つあります。どちらか 1 つにしてください。
roster-file-column-alike = 「{ $found }」は「{ $wanted }」のまちがいではありませんか。見出しを直すか、組合のファイルの [import.columns] を合わせてください。
roster-file-too-many-columns = 列が { $most } を超えています。名簿のファイルか確かめてください。
roster-file-header-only = 見出しの行だけで、加入者が 1 人もいません。書き出しの条件を確かめてください。
roster-file-too-many-rows = { $most } 行を超えています。加入者をいくつかのファイルに分けてください。
roster-header = 「{ $header }」

# A row

roster-row-ragged = 項目が { $found } 個あります。見出しは { $wanted } 個です。
roster-row-stray-quote = 項目の途中に「"」があります。項目全体を「"」で囲み、中の「"」は 2 つ重ねてください。
roster-row-field-too-long = 項目が長すぎます({ $most } バイトまで)。
roster-row-control-character = 改行などの見えない文字が入っています。消してください。
roster-row-number-twice = 記号・番号・枝番が { $line } 行目と同じです。
roster-row-birth-date-missing = 生年月日がありません。
roster-birth-date-six-digits = 年が 2 けたです。西暦 4 けたか和暦で書いてください。
roster-birth-date-unreadable = 生年月日として読めません。例: 19790822、1979/8/22、昭和54年8月22日、S54.8.22
roster-birth-date-no-such-day = その日はありません。
roster-birth-date-future = 未来の日です。
roster-birth-date-too-long-ago = 120 年より前の日です。
roster-row-birth-date-time = 生年月日に時刻が付いています。日付だけにしてください(0:00 は、付いていてもかまいません)。
roster-row-birth-date-serial = 日付が表計算ソフトの通し番号になっています。列の書式を「日付」にして保存し直してください。
roster-row-name-missing = 氏名がありません。
roster-row-too-long = 長すぎます({ $most } 文字まで)。
roster-row-user-id-malformed = ユーザIDに使えない文字があるか、64 文字を超えています。半角の英数字と記号だけで書いてください。
roster-row-user-id-twice = ユーザIDが { $line } 行目と同じです。
roster-row-user-id-taken = ユーザIDは、ほかの加入者が使っています。
roster-row-user-id-resting = ユーザIDは、ほかの加入者が 1 年以内に使っていました。別のIDにしてください。
roster-row-temp-password-alone = 仮パスワードがありますが、ユーザID(仮ID)がありません。
roster-row-email-malformed = メールアドレスとして読めません。1 つだけ、半角で書いてください。

# A part of the number

roster-number-missing = 番号がありません。
roster-number-not-digits = 番号は、数字だけで書いてください。枝番は枝番の列に分けてください。
roster-number-too-long = 長すぎます({ $most } けたまで)。
roster-number-not-a-branch = 枝番は 0 から 99 までの数字で書いてください。
roster-number-character = 記号に使えない文字があります。数字、英字、かな、漢字、ハイフンだけで書いてください。

# What a spreadsheet left in a cell

roster-spreadsheet-exponent = 表計算ソフトが指数(1.23E+05 の形)に変えています。元のけたは失われました。元のデータから、書式を「文字列」にして書き出し直してください。
roster-spreadsheet-error-value = 表計算ソフトのエラー表示(#NAME? や ####)です。元の値は失われました。元のデータから書き出し直してください。
roster-spreadsheet-formula = 表計算ソフトの式(= や + で始まる形)です。列の書式を「文字列」にし、式を消して値だけにしてください(="0012" は 0012)。
roster-spreadsheet-apostrophe = 先頭に「'」があります(表計算ソフトで文字列にする印)。「'」を消してください。
roster-spreadsheet-date = 日付の形です。表計算ソフトが 1-2 などを日付に変えたと思われます。元のデータから、書式を「文字列」にして書き出し直してください。
roster-spreadsheet-amount = 「,」「.」や通貨の記号があります(金額や小数の書式)。書式を「文字列」にし、数字だけにしてください。
roster-spreadsheet-sign = かっこ、「*」、または先頭か末尾の「-」があります。表計算ソフトは (12) を -12 に変えます。元のデータのとおりに書きなおしてください。

# Rows that came in all the same

roster-note-email-twice = { $earlier } 行目と同じアドレスのため、アドレスなしで取り込みます。
roster-note-email-taken = ほかの加入者と同じアドレスのため、アドレスなしで取り込みます。
roster-last-day-unreadable = 資格喪失日が日付として読めません。2026-11-30 のように年月日で書いてください。
roster-last-day-no-such-day = 資格喪失日が暦にない日です。
roster-last-day-too-far = 資格喪失日が2年よりも先です。年を確かめてください。喪失していない人は、空にしてください。
roster-last-day-before-birth = 資格喪失日が生年月日より前です。どちらかがまちがっています。
roster-row-former-in-file = 旧番号の人が、{ $line } 行目にも今の番号で載っています。同じ人なら、どちらか1行にしてください。番号を順にずらすときは、2つのファイルに分けて取り込んでください。
roster-row-former-twice = 同じ旧番号が { $line } 行目にもあります。
roster-row-former-born-otherwise = 旧番号の加入者とは生年月日がちがいます。別の人の番号でないか、確かめてください。同じ人なら、先に生年月日を直してください。
roster-row-former-beside-new = 新しい番号にも旧番号にも、別々の加入者がいます。同じ人なら、member move で旧番号の人を新しい番号に移して1人にまとめてから、もう一度取り込んでください。別々の人なら、旧番号の列を空にしてください。
roster-note-former-unknown = 旧番号の加入者がいないため、新しい人として入れました。
roster-note-former-number = この番号は、いまは別の番号の加入者の、前の番号です。その方をそのままにし、新しい人としては入れませんでした。
roster-note-left-before = 資格を失った人で、登録がありません。入れませんでした。
