//! Second factors: setting up an authenticator app, showing its code or a mailed one.

use askama::Template;

use super::Frame;
use crate::domain::{route::Route, tenant::AuthApp};

/// `/signin/setup/totp`, `/account/methods/totp` (T-01–T-08, T-13, S-07). Fields: `code`, `device_name`,
/// `sign_out_everywhere` (value `on`), `manual` (value `1` in manual mode, so that a re-rendered form stays in it).
#[derive(Template)]
#[template(path = "factor/set_up_app.html")]
pub struct SetUpAppPage<'a> {
    /// The frame. Errors stand at `code` and `device_name`.
    pub frame: Frame<'a>,
    /// The page's own path.
    pub action: Route,
    /// `data:image/png;base64,…` of the QR code, black on white, quiet zone included.
    pub qr_png_data_uri: String,
    /// The key in base32, grouped in fours by spaces, as a person copies it.
    pub secret_groups: String,
    /// `otpauth://totp/…` for the phone's own app.
    pub otpauth_url: String,
    /// Account name shown in the app: the user ID.
    pub account: String,
    /// The device name in the field: as typed, else the proposal.
    pub device_name: String,
    /// On what kind of device the page is read.
    pub device: PageDevice,
    /// Whether the key is typed by hand (T-04, `?manual=1`).
    pub manual: bool,
    /// Whether 「全てのデバイスからサインアウトする」 is ticked.
    pub sign_out_everywhere: bool,
    /// Whether 「ほかの認証方法を選ぶ」 is offered (D2): a link to `/signin/method?change=1`.
    pub other_methods: bool,
    /// For one more app of a member who is signed in.
    pub added: Option<Added>,
}

/// On what kind of device a page is read, as the browser says: what comes first on it, and never what is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageDevice {
    /// An iPhone or iPad.
    Apple,
    /// A phone or tablet with Android.
    Android,
    /// A PC, or nobody knows.
    Computer,
}

/// Where an app is to be had for one kind of device.
struct AppStore {
    href: &'static str,
    /// Message name of its name.
    label: &'static str,
}

impl PageDevice {
    /// The kind of device of a browser in coarse words: `iPhone / Safari`.
    pub fn of(browser: &str) -> Self {
        let is = |name: &str| browser.starts_with(name);
        if is("iPhone") || is("iPad") {
            Self::Apple
        } else if is("Android") {
            Self::Android
        } else {
            Self::Computer
        }
    }

    /// Whether the app is to be set up on the device that shows the page.
    fn is_phone(self) -> bool {
        self != Self::Computer
    }

    /// The one store that fits a phone.
    fn store(self, app: &OfferedApp) -> Option<AppStore> {
        match self {
            Self::Apple => app.ios.map(|href| AppStore { href, label: "factor-get-iphone" }),
            Self::Android => app.android.map(|href| AppStore { href, label: "factor-get-android" }),
            Self::Computer => None,
        }
    }
}

/// What the page needs beside, for one more app.
#[derive(Debug, Clone)]
pub struct Added {
    /// Which key is shown: the hidden field `mark`.
    pub mark: String,
    /// Path of 「戻る」.
    pub back: Route,
    /// Whose page it is: the hidden field `whose`.
    pub whose: String,
    /// Messages above the form: what brought the member here.
    pub notes: Vec<String>,
}

impl SetUpAppPage<'_> {
    /// The apps the union names, in its order; on a phone those that its store has, where it has any.
    fn apps(&self) -> Vec<OfferedApp> {
        let named = || self.frame.tenant.policy.app_otp.apps.iter().copied().map(app);
        let fitting: Vec<_> = named().filter(|app| self.device.store(app).is_some()).collect();
        if fitting.is_empty() { named().collect() } else { fitting }
    }

    /// The key without spaces.
    fn secret(&self) -> String {
        self.secret_groups.split_whitespace().collect()
    }
}

/// An app's name and where it is to be had.
pub(super) struct OfferedApp {
    pub(super) name: &'static str,
    pub(super) ios: Option<&'static str>,
    pub(super) android: Option<&'static str>,
    pub(super) pc: Option<&'static str>,
    /// Message name of the browser it extends.
    pub(super) extends: Option<&'static str>,
}

/// The app as pages name it.
pub(super) fn app(app: AuthApp) -> OfferedApp {
    let (name, ios, android, pc) = match app {
        AuthApp::Google => (
            "Google Authenticator",
            Some("https://apps.apple.com/jp/app/id388497605"),
            Some("https://play.google.com/store/apps/details?id=com.google.android.apps.authenticator2"),
            None,
        ),
        AuthApp::Microsoft => (
            "Microsoft Authenticator",
            Some("https://apps.apple.com/jp/app/id983156458"),
            Some("https://play.google.com/store/apps/details?id=com.azure.authenticator"),
            None,
        ),
        AuthApp::FreeOtp => (
            "FreeOTP",
            Some("https://apps.apple.com/jp/app/id872559395"),
            Some("https://play.google.com/store/apps/details?id=org.fedorahosted.freeotp"),
            None,
        ),
        AuthApp::ChromeAuthenticator => (
            "Authenticator",
            None,
            None,
            Some("https://chromewebstore.google.com/detail/bhghoamapcdpbohphigoooaddinpkbai"),
        ),
        AuthApp::EdgeOpenTwoFactor => ("Open Two-Factor Authenticator", None, None, None),
    };
    let extends = match app {
        AuthApp::Google | AuthApp::Microsoft | AuthApp::FreeOtp => None,
        AuthApp::ChromeAuthenticator => Some("factor-extension-chrome"),
        AuthApp::EdgeOpenTwoFactor => Some("factor-extension-edge"),
    };
    OfferedApp { name, ios, android, pc, extends }
}

/// `/signin/totp` (T-09, T-10). Fields: `code`, and `device` (an id) where there are several.
#[derive(Template)]
#[template(path = "factor/prove_app.html")]
pub struct ProveAppPage<'a> {
    /// The frame. Errors stand at `code`.
    pub frame: Frame<'a>,
    /// The member's devices; the picker is drawn only for several.
    pub devices: Vec<DeviceChoice>,
    /// Path of another way to confirm oneself (D10): 「ほかの方法で確認する」.
    pub other_way: Option<Route>,
    /// Path of 「戻る」, for a member who is signed in and was on the way to the settings.
    pub back: Option<Route>,
}

/// A device of the picker (T-10).
#[derive(Debug, Clone)]
pub struct DeviceChoice {
    /// What the form sends.
    pub id: String,
    /// The name the member gave it.
    pub name: String,
    /// Whether it is chosen at first: the last used one.
    pub chosen: bool,
}
