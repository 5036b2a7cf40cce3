# ご自分の設定
account-menu-methods = ログイン方法変更
account-menu-portal = ポータルに戻る
account-saved = 変更しました。
account-basic = 基本認証
account-two-factor = 二要素認証
account-apps = 認証アプリ
account-created = 作成日 { $time }
account-none = まだ登録されていません。
account-set-up = 設定
account-reauth-title = 続行するには再度認証してください
account-reauth-why = 大切な設定を守るため、ご本人かどうかをもう一度確かめます。
account-reauth-passkey = 顔・指紋・画面ロックで確認する
