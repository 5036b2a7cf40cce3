//! Walks: members over every route, each in a town of their own, at a union that offers everything.

use axum::http::Method;

use super::{Found, Matrix};
use crate::{
    holder::{Held, Holder, JRP, add_app, way_to},
    passkey_alone::alone,
    passkey_more::one_more,
    recovery::{ask, replace_password, up_to_way},
    sso::{Relying, parameter, sent, with_own_service},
    town::{Authenticator, Browser, Town, hours, minutes},
    walk::{sign_in, up_to},
};

const LOST: &str = "機種変更や紛失などで使えない";
const METHODS: &str = "/account/methods";

/// Who walks.
#[derive(Debug, Clone, Copy)]
pub enum Walk {
    /// First login with an app, and every setting.
    App,
    /// First login with a passkey; by it alone; more of them.
    Passkey,
    /// First login with mailed codes, the address confirmed by the link; a forgotten user ID.
    MailCode,
    /// A forgotten password, by link and by code; a lost phone, and the wait called off.
    Recovery,
    /// A lost phone, and a code from the desk.
    DeskCode,
}

pub const EVERY: [Walk; 5] = [Walk::App, Walk::Passkey, Walk::MailCode, Walk::Recovery, Walk::DeskCode];

impl Walk {
    /// Goes all the way, and says what was found.
    pub async fn goes(self) -> Found {
        let edit = |text: String| match self {
            Self::App => with_own_service(text),
            Self::MailCode => text,
            Self::Passkey => alone(text),
            Self::Recovery => text + "\n[recovery]\nlost_factor_wait_hours = 24\n",
            Self::DeskCode => text + "\n[recovery]\nlost_factor = \"desk-code\"\n",
        };
        let (mut town, line) = Town::on_a_line(JRP, edit).await;
        let matrix = Matrix::before(&mut town, line).await;
        match self {
            Self::App => Box::pin(settings(&town)).await,
            Self::Passkey => Box::pin(passkeys(&town)).await,
            Self::MailCode => Box::pin(mail(&town)).await,
            Self::Recovery => Box::pin(recoveries(&town)).await,
            Self::DeskCode => Box::pin(by_desk(&town)).await,
        }
        town.close().await;
        std::mem::take(&mut matrix.found.lock().unwrap())
    }
}

async fn pages(browser: &mut Browser) {
    browser.visit("/").await;
    let page = browser.page().to_owned();
    let asset = page.split('"').find(|word| word.starts_with("/assets/")).unwrap();
    for path in [
        asset,
        "/favicon.ico",
        "/.well-known/passkey-endpoints",
        "/.well-known/change-password",
        "/help",
        "/help/questions",
        "/terms",
        "/help/accessibility",
    ] {
        let request = browser.request(&axum::http::Method::GET, path, None);
        browser.asks(request).await;
    }
    browser.visit("/language").await;
    browser.post("/language", "lang=ja&back=/").await;
    for path in ["/session", "/account/activity", "/account/devices", METHODS] {
        browser.visit(path).await;
    }
    browser.post("/session", "").await;
}

async fn settings(town: &Town) {
    let mut holder = Holder::of(town, Held::App).await;
    let login = holder.who.login.clone();
    // Counters that are not empty.
    sign_in(&mut town.browser(JRP), &login, "wrong-password").await;
    let mut browser = holder.fresh(town).await;
    pages(&mut browser).await;

    browser.visit("/account/profile").await.fill("ユーザID", "hanako-2026").press("変更").await;
    "hanako-2026".clone_into(&mut holder.who.login);
    browser.visit("/account/email").await.fill("メールアドレス", "taro.new@example.com").press("実行").await;
    let code = town.mailbox().code_for("taro.new@example.com").await;
    browser.fill("確認コード", &code).press("実行").await.is_at("/account/profile", "プロフィール");
    holder.take_password(&mut browser, "Tsu8!ki-no-Yoru").await;

    let mut tablet = town.phone();
    add_app(&mut browser, &mut tablet, "タブレット").await;
    let path = way_to(&browser, "タブレット", "名前の変更");
    browser
        .visit(&path)
        .await
        .fill("デバイス名", "はなこの板")
        .press("OK")
        .await
        .is_at(METHODS, "ログイン方法変更");
    let path = way_to(&browser, "はなこの板", "削除");
    browser.visit(&path).await.press("削除する").await.is_at(METHODS, "ログイン方法変更");
    town.clock.advance(jiff::SignedDuration::from_secs(1));
    browser.visit("/account/methods/mail-code").await.press("ワンタイムパスワードを送る").await;
    let code = town.mailbox().code_for("taro.new@example.com").await;
    browser.fill("ワンタイムパスワード", &code).press("実行").await.is_at(METHODS, "ログイン方法変更");
    browser
        .visit("/account/methods/mail-code/delete")
        .await
        .press("削除する")
        .await
        .is_at(METHODS, "ログイン方法変更");

    let mut other = holder.sign_in(town).await;
    browser.visit("/account/devices").await.press("ほかの端末をすべてログアウトさせる").await;
    other.visit("/account/profile").await.is_at("/signin", "ログイン");
    town.clock.advance(minutes(6));
    browser.visit("/account/password").await;
    holder.show_again(town, &mut browser).await;
    browser.is_at("/account/password", "パスワードの更新");
    to_a_service(town, &mut browser).await;
    browser.visit("/logout").await.press("ログアウトする").await;
}

/// To a service, and what the service asks for.
async fn to_a_service(town: &Town, browser: &mut Browser) {
    let service = Relying::new(town).await;
    for path in ["/oidc/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]
    {
        browser.visit(path).await;
    }
    let look = |path: &str| browser.request(&Method::GET, path, None);
    browser.asks(look("/services/yoyaku")).await;
    assert_eq!(browser.asks(service.push_request(&[])).await, 201);
    let path = service.request(&[]);
    browser.asks(browser.request(&Method::POST, "/oidc/authorize", path.split('?').nth(1))).await;
    browser.visit(&path).await.press("開く").await;
    let code = parameter(&service.led_to(browser), "code").unwrap();
    let given = sent(&town.router, service.exchange_request(&code, &[])).await.json();
    let bearer = format!("Bearer {}", given["access_token"].as_str().unwrap());
    for method in [Method::GET, Method::POST] {
        let form = (method == Method::POST).then_some("");
        let mut request = browser.request(&method, "/oidc/userinfo", form);
        request.headers_mut().insert("authorization", bearer.parse().unwrap());
        assert_eq!(browser.asks(request).await, 200);
    }
    browser.asks(browser.request(&Method::POST, "/oidc/logout", Some("state=x"))).await;
    browser.visit("/oidc/logout").await;
    browser.visit("/account/services").await.press("伝えるのをやめる (健診予約)").await;
    browser.visit(&path).await.press("開く").await;
}

async fn passkeys(town: &Town) {
    let mut holder = Holder::of(town, Held::Passkey).await;
    holder.sign_in(town).await;
    let mut browser = town.browser(JRP);
    browser.visit("/signin").await;
    browser.press_with("顔・指紋・画面ロックでログイン", &mut holder.device).await.is_at("/", "サービス");
    one_more(&mut browser, &mut Authenticator::new(2)).await;
    browser.fill("デバイス名", "はなこの板").press("OK").await.is_at(METHODS, "ログイン方法変更");
    let path = way_to(&browser, "はなこの板", "名前の変更");
    browser.visit(&path).await.press("OK").await;
    let path = way_to(browser.visit(METHODS).await, "はなこの板", "削除");
    browser.visit(&path).await.press("削除する").await.is_at(METHODS, "ログイン方法変更");
    town.clock.advance(minutes(6));
    browser.visit("/account/methods/passkey").await.is_at("/reauth", "続行するには再度認証してください");
    browser.press_with("顔・指紋・画面ロックで確認する", &mut holder.device).await;
    browser.is_at("/account/methods/passkey", "セキュリティの設定");
}

async fn mail(town: &Town) {
    let mut holder = Holder::of(town, Held::MailCode).await;
    holder.sign_in(town).await;
    let hanako = town.hanako(JRP).await;
    let hanako = town.revert_with(JRP, &hanako, kenpo_portal::portal::desk::Address::Kept).await;
    let mut first = town.browser(JRP);
    up_to(&mut first, &hanako, &mut town.phone(), "メールアドレスの確認").await;
    let link = town.newest_mail("confirm-email-by-link").await.link();
    town.browser(JRP).visit(&link).await.press("このメールアドレスを確認する").await;
    let mut forgetful = town.browser(JRP);
    forgetful.visit("/recovery/user-id").await.fill("生年月日", "昭和54年8月22日");
    forgetful.fill("ご登録いただいたメールアドレス", &holder.who.email).press("実行").await;
}

async fn recoveries(town: &Town) {
    let mut holder = Holder::of(town, Held::App).await;
    let who = holder.who.clone();
    let mut lost = town.browser(JRP);
    up_to_way(town, &mut lost, &who).await;
    lost.press(LOST).await.is_at("/recovery/password/wait", "しばらくお待ちください");
    let link = town.newest_mail("lost-factor-asked").await.link();
    town.browser(JRP).visit(&link).await.press("取りやめる").await;
    town.clock.advance(hours(2));
    let mut browser = town.browser(JRP);
    ask(&mut browser, &who.login).await;
    let code = town.newest_mail("recovery").await.code();
    browser.visit("/recovery/password/code").await.fill("確認コード", &code).press("実行").await;
    browser.fill("生年月日", who.born).press("実行").await;
    browser.press("登録した認証方法で確認する").await;
    holder.show(town, &mut browser).await;
    replace_password(&mut browser).await;
    browser.is_at("/", "サービス");
}

async fn by_desk(town: &Town) {
    let holder = Holder::of(town, Held::App).await;
    let mut browser = town.browser(JRP);
    up_to_way(town, &mut browser, &holder.who).await;
    browser.press(LOST).await.is_at("/recovery/password/desk-code", "健康保険組合からの確認コード");
    let code = town.desk_code(JRP, &holder.who.login).await;
    browser.fill("確認コード", &code).press("実行").await;
    assert_eq!(browser.path(), "/signin/setup/totp");
}
