# メール (件名に接頭辞はつかない)
letter-first-credential-used-subject = はじめてのログインがありました({ $clock })
letter-first-credential-used-text =
    { $heading }に、はじめてのパスワード(記号・番号・生年月日)でログインがありました。

    日時: { $time }

    ご本人のログインでしたら、何もしていただくことはありません。
    心あたりがないときは、だれかがあなたになりすましているおそれがあります。すぐに下の番号へご連絡ください。

    { $contact }
letter-first-login-done-subject = 初回ログインが完了しました({ $clock })
letter-first-login-done-text =
    { $heading }の初回ログインが完了し、認証方法が登録されました。

    日時: { $time }
    認証方法: { $device }

    ご本人の操作でしたら、何もしていただくことはありません。
    心あたりがないときは、すぐに下の番号へご連絡ください。

    { $contact }
letter-passkey-added-subject = 生体認証が登録されました({ $clock })
letter-passkey-added-text =
    { $heading }に、生体認証(顔・指紋・画面ロック)が新しく登録されました。

    日時: { $time }
    登録した名前: { $device }
    操作した端末: { $browser }

    ご本人の操作でしたら、何もしていただくことはありません。
    心あたりがないときは、パスワードを変更して、すぐに下の番号へご連絡ください。

    { $contact }
letter-browser-unknown = わかりませんでした
letter-passkey-copied-subject = 生体認証を受け付けませんでした({ $clock })
letter-passkey-copied-text =
    { $heading }で、登録ずみの生体認証(顔・指紋・画面ロック)を受け付けませんでした。同じものが、ほかにも作られているおそれがあるためです。

    日時: { $time }
    登録した名前: { $device }

    ご本人の操作でしたら、もう一度ログインできるようにいたしますので、下の番号へお電話ください。
    心あたりがないときは、パスワードを変更して、すぐに下の番号へご連絡ください。

    { $contact }
