//! Holder: a member of a union that offers everything, with this or that set up; and how they show who they are.

use jiff::SignedDuration;

use crate::{
    town::{Authenticator, Browser, Newcomer, Phone, Town, hours, minutes},
    walk::{ByMail, NEW_PASSWORD, first_login, sign_in},
};

/// A union that offers passkeys, apps and mailed codes.
pub const JRP: &str = "jrpluskenpo";

/// What a member has set up; the first is the default way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    App,
    Passkey,
    MailCode,
    AppAndPasskey,
    MailCodeAndApp,
    MailCodeAndPasskey,
}

pub const EVERY_KIND: [Held; 6] = [
    Held::App,
    Held::Passkey,
    Held::MailCode,
    Held::AppAndPasskey,
    Held::MailCodeAndApp,
    Held::MailCodeAndPasskey,
];

impl Held {
    /// The page of the default way.
    pub fn default(self) -> &'static str {
        match self {
            Self::App | Self::AppAndPasskey => "/signin/totp",
            Self::Passkey => "/signin/passkey",
            Self::MailCode | Self::MailCodeAndApp | Self::MailCodeAndPasskey => "/signin/mail-code",
        }
    }

    /// The page of the strongest factor (D11).
    pub fn strongest(self) -> &'static str {
        match self {
            Self::Passkey | Self::AppAndPasskey | Self::MailCodeAndPasskey => "/signin/passkey",
            Self::App | Self::MailCodeAndApp => "/signin/totp",
            Self::MailCode => "/signin/mail-code",
        }
    }
}

pub struct Holder {
    pub who: Newcomer,
    pub phone: Phone,
    pub device: Authenticator,
    mail: ByMail,
    pub password: String,
}

impl Holder {
    /// A member of [`JRP`] who has nothing yet but the first password.
    pub async fn new(town: &Town) -> Self {
        let who = town.taro(JRP).await;
        let mail = ByMail(who.email.clone());
        let (phone, device) = (town.phone(), Authenticator::new(1));
        let password = who.password.clone();
        Self { who, phone, device, mail, password }
    }

    /// A member of [`JRP`] who has that, and signed in last a day ago.
    pub async fn of(town: &Town, held: Held) -> Self {
        let mut holder = Self { password: NEW_PASSWORD.into(), ..Self::new(town).await };
        let mut browser = town.browser(JRP);
        match held {
            Held::App | Held::AppAndPasskey => {
                first_login(&mut browser, &holder.who, &mut holder.phone).await;
            }
            Held::Passkey => {
                first_login(&mut browser, &holder.who, &mut holder.device).await;
            }
            Held::MailCode | Held::MailCodeAndApp | Held::MailCodeAndPasskey => {
                first_login(&mut browser, &holder.who, &mut holder.mail).await;
            }
        }
        match held {
            Held::AppAndPasskey | Held::MailCodeAndPasskey => {
                browser.visit("/account/methods/passkey").await;
                browser.press_with("次へ", &mut holder.device).await.press("OK").await;
            }
            Held::MailCodeAndApp => add_app(&mut browser, &mut holder.phone, "携帯").await,
            _ => {}
        }
        town.clock.advance(hours(24));
        holder
    }

    /// Signs in, by whatever is asked for.
    pub async fn sign_in(&mut self, town: &Town) -> Browser {
        let mut browser = town.browser(JRP);
        sign_in(&mut browser, &self.who.login, &self.password).await;
        self.show(town, &mut browser).await;
        browser.is_at("/", "サービス");
        browser
    }

    /// The same, with the strongest factor shown too: a sign-in by a weaker way makes nothing fresh.
    pub async fn fresh(&mut self, town: &Town) -> Browser {
        let mut browser = self.sign_in(town).await;
        if browser.visit("/account/password").await.path() == "/reauth" {
            self.show_again(town, &mut browser).await;
        }
        browser.visit("/").await.is_at("/", "サービス");
        browser
    }

    /// Takes another password, while fresh.
    pub async fn take_password(&mut self, browser: &mut Browser, password: &str) {
        browser.visit("/account/password").await.is_at("/account/password", "パスワードの更新");
        browser.fill("パスワード", password).fill("パスワード確認用", password).press("実行").await;
        browser.is_at("/account/methods", "ログイン方法変更");
        self.password = password.into();
    }

    /// Signed in, as long ago as a sign-in does not count any more (D11).
    pub async fn signed_in_a_while_ago(&mut self, town: &Town) -> Browser {
        let browser = self.sign_in(town).await;
        town.clock.advance(minutes(6));
        browser
    }

    /// Answers 「続行するには再度認証してください」 and what follows.
    pub async fn show_again(&mut self, town: &Town, browser: &mut Browser) {
        browser.is_at("/reauth", "続行するには再度認証してください");
        let password = self.password.clone();
        browser.fill("パスワード", &password).press("ログイン").await;
        self.show(town, browser).await;
    }

    /// Shows the factor that is asked for.
    pub async fn show(&mut self, town: &Town, browser: &mut Browser) {
        match browser.path() {
            "/signin/passkey" => {
                browser.press_with("次へ", &mut self.device).await;
            }
            "/signin/totp" => {
                // Each code counts once.
                town.clock.advance(SignedDuration::from_secs(30));
                let code = self.phone.code();
                browser.fill("ワンタイムパスワード", &code).press("トップページへ").await;
            }
            "/signin/mail-code" => self.mail.show(browser).await,
            other => panic!("nothing to show at {other}: {}", browser.text()),
        }
    }
}

/// Adds an authenticator app from the settings page.
pub async fn add_app(browser: &mut Browser, phone: &mut Phone, name: &str) {
    browser.visit("/account/methods/totp?manual=1").await;
    browser.is_at("/account/methods/totp", "ワンタイムパスワードの設定");
    phone.scan(browser);
    let code = phone.code();
    browser.fill("ワンタイムパスワード", &code).fill("デバイス名", name).press("実行").await;
    browser.is_at("/account/methods", "ログイン方法変更");
    assert!(browser.text().contains(name), "{}", browser.text());
}

/// Where the list leads to take a device of that name away.
pub fn way_to(browser: &Browser, name: &str, deed: &str) -> String {
    let links = browser.links();
    let wanted = format!("{deed} ({name})");
    let found = links.iter().find(|(words, _)| *words == wanted);
    found.unwrap_or_else(|| panic!("no 「{wanted}」 among {links:?}")).1.clone()
}
