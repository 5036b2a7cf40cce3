# シングルサインオン: サービスへ移るまでの画面
sso-go-title = サービスへ移動しています
sso-go-text = { $host } へ移動しています。
sso-go-link = 移動しないときは、ここを押してください
sso-notice-title = 「{ $service }」を開きます
sso-notice-lead = このサービスは、{ $operator }が動かしています。次のことを伝えて開きます。
sso-consent-lead = このサービスは、{ $operator }のサービスです。次のことを{ $operator }に伝えてよいかお選びください。
sso-given-nothing = お名前などは伝えません。同じ方だと分かる番号だけを伝えます。
sso-given-name = お名前(漢字・カナ)
sso-given-email = メールアドレス
sso-given-insured = 健康保険の記号・番号・枝番
sso-given-birth-date = 生年月日
sso-given-union = 加入している健康保険組合の名前
sso-relation-entrusted = { $operator }は、健康保険組合から委託を受けた会社です。
sso-relation-joint = { $operator }と健康保険組合は、この情報を共同で利用します。
sso-relation-third-party = { $operator }は、健康保険組合とは別の会社です。同意しなくても、ほかのサービスは今までどおり使えます。
sso-privacy = { $operator }の個人情報の取り扱い
sso-notice-once = 次からは、この画面なしで開きます。伝えることが変わったときは、もう一度お知らせします。
sso-consent-once = 同意は記録します。伝えることが変わったときは、もう一度うかがいます。
sso-notice-open = 開く
sso-consent-agree = 同意して開く
sso-leave = やめる
sso-stronger-title = このサービスには{ $needs ->
    [app] 認証アプリ
    [passkey] パスキー
   *[either] 認証アプリまたはパスキー
  }が必要です
sso-stronger-lead = 「{ $service }」は、大切な情報を守るため、今の認証方法だけでは開けません。
sso-stronger-passkey-means = パスキーは、顔・指紋・画面ロックでご本人を確かめる方法です。ほかの画面では「生体認証」と書かれています。
sso-stronger-next = 次のボタンから設定してください。設定が終わると、「{ $service }」に進めます。
sso-stronger-set-up = { $method ->
    [passkey] パスキーを設定する
   *[app-otp] 認証アプリを設定する
  }
sso-on-to = 「{ $service }」に進む
sso-over-title = ログアウトしました
sso-over-text = このサイトからログアウトしました。
sso-over-told = 次のサービスからも、ログアウトしました。
sso-over-on-its-way = 次のサービスには、ログアウトしたことをまだ伝えている途中です。ほかの人も使うパソコンやスマートフォンでは、そのサービスの画面でもログアウトしてください。
sso-over-not-told = 次のサービスは、まだログアウトできていません。そのサービスの画面で、ログアウトしてください。
