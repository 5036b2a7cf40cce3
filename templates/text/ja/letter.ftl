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
