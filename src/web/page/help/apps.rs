//! The chapters on authenticator apps and extensions: which ones a union names, and the steps of each.

use super::HelpPage;
use crate::{
    domain::tenant::AuthApp,
    web::page::factor::{OfferedApp, app},
};

/// An app or extension the union names: where its steps stand, and their messages.
pub(super) struct Guide {
    pub(super) id: &'static str,
    pub(super) app: OfferedApp,
    pub(super) steps: &'static [&'static str],
    /// Whether it lives in a browser on a computer.
    pub(super) extension: bool,
}

/// What is said of each app (T-14, T-15; the extensions: manual 001 §2-5).
fn guide(which: AuthApp) -> Guide {
    let (id, steps): (_, &[&str]) = match which {
        AuthApp::Google => (
            "app-google",
            &[
                "help-app-install",
                "help-google-begin",
                "help-google-backup",
                "help-google-add",
                "help-google-scan",
                "help-google-key",
                "help-app-digits",
            ],
        ),
        AuthApp::Microsoft => (
            "app-microsoft",
            &[
                "help-app-install",
                "help-microsoft-begin",
                "help-microsoft-skip",
                "help-microsoft-add",
                "help-microsoft-scan",
                "help-microsoft-key",
                "help-app-digits",
            ],
        ),
        AuthApp::FreeOtp => (
            "app-freeotp",
            &[
                "help-app-install",
                "help-freeotp-add",
                "help-freeotp-scan",
                "help-freeotp-key",
                "help-freeotp-digits",
            ],
        ),
        AuthApp::ChromeAuthenticator => (
            "app-chrome",
            &[
                "help-chrome-install",
                "help-apps-pc-open",
                "help-chrome-open",
                "help-chrome-scan",
                "help-chrome-added",
                "help-extension-code",
            ],
        ),
        AuthApp::EdgeOpenTwoFactor => (
            "app-edge",
            &[
                "help-edge-install",
                "help-apps-pc-open",
                "help-edge-save",
                "help-edge-open",
                "help-edge-scan",
                "help-edge-master",
                "help-edge-digits",
                "help-extension-code",
                "help-edge-delete",
            ],
        ),
    };
    let app = app(which);
    let extension = app.extends.is_some();
    Guide { id, app, steps, extension }
}

impl HelpPage<'_> {
    /// The union's apps (`extension` false) or extensions, in its order.
    pub(super) fn guides(&self, extension: bool) -> impl Iterator<Item = Guide> {
        let apps = if self.has_apps() { self.frame.tenant.policy.app_otp.apps.as_slice() } else { &[] };
        apps.iter().copied().map(guide).filter(move |guide| guide.extension == extension)
    }

    pub(super) fn phone_apps(&self) -> Vec<Guide> {
        self.guides(false).collect()
    }

    pub(super) fn extensions(&self) -> Vec<Guide> {
        self.guides(true).collect()
    }
}
