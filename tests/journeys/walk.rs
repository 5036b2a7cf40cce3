//! Walks: what a member does on each page, whatever order the union asks in.

use crate::town::{Authenticator, Browser, Newcomer, Phone};

/// A password that every union of the folder accepts.
pub const NEW_PASSWORD: &str = "Ku7!mori-no-Asa";

/// What a member proves the second factor with.
pub trait Factor {
    /// Its value in the list 「認証方法」.
    const METHOD: &'static str;
    /// The button of the limited page.
    const FAREWELL: &'static str = "ログアウトして認証方法を設定する";

    /// Sets itself up on the page that asks for it.
    async fn set_up(&mut self, browser: &mut Browser);
}

impl Factor for Phone {
    const METHOD: &'static str = "app-otp";

    async fn set_up(&mut self, browser: &mut Browser) {
        browser
            .visit("/signin/setup/totp?manual=1")
            .await
            .is_at("/signin/setup/totp", "ワンタイムパスワードの設定");
        self.scan(browser);
        let code = self.code();
        browser.fill("ワンタイムパスワード", &code).press("実行").await;
    }
}

impl Factor for Authenticator {
    const METHOD: &'static str = "passkey";

    async fn set_up(&mut self, browser: &mut Browser) {
        browser.is_at("/signin/setup/passkey", "セキュリティの設定");
        browser.press_with("次へ", self).await;
    }
}

/// The member's mailbox, as a factor.
pub struct ByMail(pub String);

impl ByMail {
    /// Types the newest code that was mailed.
    pub async fn show(&self, browser: &mut Browser) {
        let code = browser.mailbox.code_for(&self.0).await;
        browser.fill("ワンタイムパスワード", &code).press("実行").await;
    }
}

impl Factor for ByMail {
    const METHOD: &'static str = "email-otp";
    const FAREWELL: &'static str = "ログアウトして、もう一度ログインする";

    async fn set_up(&mut self, browser: &mut Browser) {
        browser.is_at("/signin/mail-code", "ワンタイムパスワード (OTP) メール認証");
        self.show(browser).await;
    }
}

/// Types user ID and password.
pub async fn sign_in<'b>(browser: &'b mut Browser, login: &str, password: &str) -> &'b mut Browser {
    browser.visit("/signin").await.is_at("/signin", "ログイン");
    browser.fill("ユーザID", login).fill("パスワード", password).press("ログイン").await
}

/// Answers the page that is shown, as the union's letter asks. The heading answered.
pub async fn answer<F: Factor>(browser: &mut Browser, who: &Newcomer, factor: &mut F) -> String {
    let heading = browser.h1();
    match heading.as_str() {
        "ログイン" => {
            browser.fill("ユーザID", &who.login).fill("パスワード", &who.password).press("ログイン").await;
        }
        "生年月日の入力" => {
            browser.fill("生年月日", who.born).press("実行").await;
        }
        "利用規約" => {
            browser.press("同意する").await;
        }
        "ユーザIDの変更・認証方法の設定" | "認証方法の設定" => {
            browser.choose("認証方法", F::METHOD).press("実行").await;
        }
        "ユーザIDの変更" => {
            browser.press("実行").await;
        }
        "メールアドレスの更新" => {
            browser.press("実行").await;
            assert!(browser.errors().is_empty(), "{:?}", browser.errors());
        }
        "メールアドレスの確認" => {
            let code = browser.mailbox.code_for(&who.email).await;
            browser.fill("確認コード", &code).press("実行").await;
            assert!(browser.errors().is_empty(), "{:?}", browser.errors());
        }
        "パスワードの更新" => {
            browser
                .fill("パスワード", NEW_PASSWORD)
                .fill("パスワード確認用", NEW_PASSWORD)
                .press("実行")
                .await;
        }
        "初回ログインが完了しました" => {
            browser.press(F::FAREWELL).await;
        }
        "ワンタイムパスワードの設定" | "セキュリティの設定" | "ワンタイムパスワード (OTP) メール認証" =>
        {
            factor.set_up(browser).await;
        }
        "このデバイスに名前を付けてください" => {
            browser.press("OK").await;
        }
        other => panic!("a page nobody wrote down: {other}: {}", browser.text()),
    }
    heading
}

/// The whole first login; the headings in the order in which they were asked.
pub async fn first_login<F: Factor>(browser: &mut Browser, who: &Newcomer, factor: &mut F) -> Vec<String> {
    let mut who = who.clone();
    browser.visit("/signin").await;
    let mut headings = Vec::new();
    while browser.h1() != "サービス" {
        let heading = answer(browser, &who, factor).await;
        if heading == "パスワードの更新" {
            assert!(browser.errors().is_empty(), "{:?}", browser.errors());
            who.password = NEW_PASSWORD.into();
        }
        headings.push(heading);
        assert!(headings.len() < 20, "{headings:?}");
    }
    browser.is_at("/", "サービス");
    headings
}

/// Walks until that heading is shown.
pub async fn up_to<F: Factor>(browser: &mut Browser, who: &Newcomer, factor: &mut F, heading: &str) {
    let mut who = who.clone();
    browser.visit("/signin").await;
    for _ in 0..20 {
        if browser.h1() == heading {
            return;
        }
        if answer(browser, &who, factor).await == "パスワードの更新" {
            who.password = NEW_PASSWORD.into();
        }
    }
    panic!("never came to {heading}");
}

/// What a member takes in place of a password that somebody else knows.
pub const ANOTHER_PASSWORD: &str = "Tsu8!ki-no-Yoru";

/// Sets it on the page that asks for it, and says why.
pub async fn set_another_password(browser: &mut Browser) {
    browser.is_at("/signin/password", "パスワードの更新");
    assert!(browser.text().contains("ほかの人がパスワードを知っているおそれがある"), "{}", browser.text());
    browser.fill("パスワード", ANOTHER_PASSWORD).fill("パスワード確認用", ANOTHER_PASSWORD);
    browser.press("実行").await;
    assert!(browser.errors().is_empty(), "{:?}", browser.errors());
}

/// Signs in again with password and code.
pub async fn return_with<'b>(browser: &'b mut Browser, who: &Newcomer, phone: &Phone) -> &'b mut Browser {
    sign_in(browser, &who.login, NEW_PASSWORD).await.is_at("/signin/totp", "ワンタイムパスワードの入力");
    let code = phone.code();
    browser.fill("ワンタイムパスワード", &code).press("トップページへ").await
}

/// Signs in again with password and passkey.
pub async fn return_by_passkey<'b>(
    browser: &'b mut Browser,
    who: &Newcomer,
    device: &mut Authenticator,
) -> &'b mut Browser {
    sign_in(browser, &who.login, NEW_PASSWORD).await.is_at("/signin/passkey", "生体認証の設定");
    browser.press_with("次へ", device).await
}
