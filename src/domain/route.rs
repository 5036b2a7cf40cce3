//! Route: every address of a union's host that the program answers, but for the link to a union that is a draft
//! (`web/preview.rs`). The paths stand here and nowhere else: the router
//! registers each route by its [`Route::pattern`] (`web/router.rs`), and redirects, templates, letters and the words
//! of pages to come back to are written by its `Display`.
//!
//! # To add a page
//! One line in the list below. The compiler then asks for its handlers in `web::router`; what else a page needs is listed
//! in the head of `lib.rs`. `tests/house/routes.rs` fails where a path is written out anywhere else.

use std::{collections::HashMap, fmt, sync::LazyLock};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

use super::member::{DeviceId, SsoRequestId};

/// The list of routes: name, what it carries, and the path as the router reads it. `{id}` is the carried id; a path that
/// ends in `{*…}` is that of a folder, and what comes behind it belongs to whoever answers there.
macro_rules! routes {
    ($($(#[$doc:meta])* $name:ident $(($id:ident))? => $pattern:literal,)+) => {
        /// One address of a union's host. Written with `{}` it is the path, of a folder up to its last `/`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Route {
            $($(#[$doc])* $name $(($id))?,)+
        }

        impl Route {
            /// Every route once; those that carry an id, with the id of nothing.
            pub fn every() -> impl Iterator<Item = Self> {
                [$(Self::$name $(($id::kept(Uuid::nil())))?,)+].into_iter()
            }

            /// The path as the router reads it.
            pub fn pattern(self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $pattern,)+
                }
            }

            /// The device it is about, where it carries one.
            pub(super) fn device(self) -> Option<DeviceId> {
                match self {
                    $(Self::$name $((id @ $id { .. }))? => {
                        let carried: &[DeviceId] = &[$(<$id as Into<DeviceId>>::into(id))?];
                        carried.first().copied()
                    })+
                }
            }

            /// The same route about another device, where it carries one.
            fn about(self, id: DeviceId) -> Self {
                match self {
                    $(Self::$name { .. } => Self::$name $(($id::from(id)))?,)+
                }
            }
        }
    };
}

routes! {
    /// The portal page, before sign-in and after (P-01, P-06).
    Top => "/",
    /// User ID and password (P-02).
    SignIn => "/signin",
    /// The birth date, in first login and in a recovery (F-01).
    BirthDate => "/signin/birthdate",
    /// The terms of use (F-02, G-01).
    Terms => "/signin/terms",
    /// User ID and method, one or both (F-03).
    ChooseMethod => "/signin/method",
    /// A new password on the way in (F-06).
    NewPassword => "/signin/password",
    /// The mail address in first login (F-07).
    Email => "/signin/email",
    /// Waiting until that address is confirmed (F-08).
    ConfirmEmail => "/signin/email/confirm",
    /// The mailed link that confirms it: see [`MailedLink`].
    ConfirmEmailLink => "/signin/email/confirm/{*token}",
    /// 「初回ログインが完了しました」: the portal page in limited form (D2).
    Limited => "/signin/done",
    /// Setting up an authenticator app on the way in (T-01).
    SetUpApp => "/signin/setup/totp",
    /// A code of an authenticator app (T-09).
    ProveApp => "/signin/totp",
    /// Making a passkey on the way in (W-01).
    SetUpPasskey => "/signin/setup/passkey",
    /// The question for the browser there, as JSON.
    SetUpPasskeyOptions => "/signin/setup/passkey/options",
    /// Showing a passkey (W-06).
    ProvePasskey => "/signin/passkey",
    /// The question for the browser there, as JSON.
    ProvePasskeyOptions => "/signin/passkey/options",
    /// A passkey by itself, from the sign-in page (D1).
    PasskeyAlone => "/signin/passkey/alone",
    /// The question for the browser there, as JSON.
    PasskeyAloneOptions => "/signin/passkey/alone/options",
    /// A mailed code; the first one is the set-up (M-01).
    ProveMailCode => "/signin/mail-code",
    /// Showing again who one is (S-08, D11).
    Reauth => "/reauth",
    /// The same by a passkey alone.
    ReauthPasskey => "/reauth/passkey",
    /// The question for the browser there, as JSON.
    ReauthPasskeyOptions => "/reauth/passkey/options",
    /// 「パスワードを忘れた方」.
    ForgotPassword => "/recovery/password",
    /// That a mail was sent, to whomever.
    RecoverySent => "/recovery/password/sent",
    /// The mailed link of a recovery: see [`MailedLink`].
    RecoveryLink => "/recovery/password/link/{*token}",
    /// The mailed code of a recovery.
    RecoveryCode => "/recovery/password/code",
    /// With the factor held, or without (D4).
    RecoveryWay => "/recovery/password/way",
    /// Waiting until a lost factor may be replaced (D4).
    RecoveryWait => "/recovery/password/wait",
    /// A code from the union's desk (D4).
    RecoveryDeskCode => "/recovery/password/desk-code",
    /// The mailed link that calls such a wait off: see [`MailedLink`].
    CallOff => "/recovery/call-off/{*token}",
    /// 「ユーザIDを忘れた方」 (U-01).
    ForgotUserId => "/recovery/user-id",
    /// 「プロフィール変更」 (S-01).
    Profile => "/account/profile",
    /// 「Eメール変更」 (S-11).
    ChangeEmail => "/account/email",
    /// The code for a changed address (D8).
    ConfirmNewEmail => "/account/email/confirm",
    /// 「パスワードの更新」 from inside (S-10).
    ChangePassword => "/account/password",
    /// 「ログイン方法変更」 (S-06).
    Methods => "/account/methods",
    /// One more authenticator app (S-07).
    AddApp => "/account/methods/totp",
    /// One more passkey (W-04).
    AddPasskey => "/account/methods/passkey",
    /// The question for the browser there, as JSON.
    AddPasskeyOptions => "/account/methods/passkey/options",
    /// Mailed codes as one more way in (D10).
    AddMailCode => "/account/methods/mail-code",
    /// Taking mailed codes away (S-12).
    RemoveMailCode => "/account/methods/mail-code/delete",
    /// Taking an authenticator app away (S-12).
    RemoveApp(DeviceId) => "/account/apps/{id}/delete",
    /// Taking a passkey away (S-12).
    RemovePasskey(DeviceId) => "/account/passkeys/{id}/delete",
    /// The name of an authenticator app (T-17).
    NameApp(DeviceId) => "/account/apps/{id}/name",
    /// The name of a passkey (W-03).
    NamePasskey(DeviceId) => "/account/passkeys/{id}/name",
    /// 「ログイン中の端末」 (N-28).
    Devices => "/account/devices",
    /// 「最近の記録」 (N-28).
    Activity => "/account/activity",
    /// The services that the member has opened, and what they are given.
    AccountServices => "/account/services",
    /// The first page of the members' guide.
    Help => "/help",
    /// A chapter of the guide, by its word; `all` is every one of them on one page, to be printed.
    HelpChapter => "/help/{*path}",
    /// What was done for those who see, hear or move differently, and what is not done yet.
    Accessibility => "/help/accessibility",
    /// The terms of use in force, to be read by anybody.
    ReadTerms => "/terms",
    /// 「ログアウトする」 (P-10).
    LogOut => "/logout",
    /// What is left of the session, for the script that warns before its end.
    Session => "/session",
    /// The language switch of every page (D22).
    Language => "/language",
    /// Where members make and keep passkeys, for password managers (RFC 8615).
    PasskeyEndpoints => "/.well-known/passkey-endpoints",
    /// Where the password is changed, for password managers (RFC 8615).
    ChangePasswordWellKnown => "/.well-known/change-password",
    /// A tile of the portal page: a service that members are signed in to.
    Service => "/services/{*path}",
    /// What a service asks of a browser (OpenID Connect Core, 3.1.2).
    Authorize => "/oidc/authorize",
    /// A request of a service that waits in a browser.
    SsoGo(SsoRequestId) => "/oidc/go/{id}",
    /// Where a service leaves its request before it sends a browser (RFC 9126).
    Par => "/oidc/par",
    /// What a service gets for a code (OpenID Connect Core, 3.1.3).
    Token => "/oidc/token",
    /// What a service reads of a member (OpenID Connect Core, 5.3).
    UserInfo => "/oidc/userinfo",
    /// A service asks that its member be signed out (OpenID Connect RP-Initiated Logout, 2).
    EndSession => "/oidc/logout",
    /// What the union tells services of itself (OpenID Connect Discovery, 4).
    OpenIdConfiguration => "/.well-known/openid-configuration",
    /// The same for services that look there (RFC 8414, 3).
    AuthorizationServer => "/.well-known/oauth-authorization-server",
    /// The keys by which the union signs for its services (RFC 7517, 5).
    Jwks => "/oidc/jwks",
    /// The icon that browsers ask for by themselves.
    Favicon => "/favicon.ico",
    /// Style, scripts and pictures.
    Assets => "/assets/{*path}",
}

/// What the paths begin with that programs look for on any host (RFC 8615).
pub const WELL_KNOWN: &str = "/.well-known/";

/// What the paths of pages behind the login begin with that may be come back to.
const ACCOUNT: &str = "/account/";

/// What the word begins with of a request that waits.
const GO: &str = "go/";

/// The last part of a path that a page's script asks, not a person.
const OPTIONS: &str = "/options";

/// The routes that carry nothing, by their path. Every request asks for its route.
static BY_PATH: LazyLock<HashMap<&'static str, Route>> = LazyLock::new(|| {
    let plain = Route::every().filter(|route| !route.pattern().contains('{'));
    plain.map(|route| (route.pattern(), route)).collect()
});

/// The routes that carry an id. A page's path is held against each of them, so they are few.
static CARRYING: LazyLock<Vec<Route>> =
    LazyLock::new(|| Route::every().filter(|route| route.pattern().contains("{id}")).collect());

impl Route {
    /// The route of a path. None for a folder: what comes behind it is for whoever answers there.
    pub fn of_path(path: &str) -> Option<Self> {
        let plain = BY_PATH.get(path).copied();
        plain.or_else(|| CARRYING.iter().find_map(|route| route.if_at(path)))
    }

    fn if_at(self, path: &str) -> Option<Self> {
        let (mut asked, mut known) = (path.split('/'), self.pattern().split('/'));
        let mut found = self;
        loop {
            match (asked.next(), known.next()) {
                (Some(id), Some("{id}")) => found = found.about(DeviceId::parse(id)?),
                (Some(asked), Some(known)) if asked == known => {}
                (None, None) => return Some(found),
                _ => return None,
            }
        }
    }

    /// The path with what stands behind its `?`: names, and values that need no escaping.
    pub fn with(self, query: &[(&str, &str)]) -> String {
        let mut address = self.to_string();
        for (at, (name, value)) in query.iter().enumerate() {
            address.extend([if at == 0 { "?" } else { "&" }, name, "=", value]);
        }
        address
    }

    /// Whether it is answered while the union's pages are closed for maintenance.
    pub fn goes_on_in_maintenance(self) -> bool {
        matches!(self, Self::Jwks | Self::OpenIdConfiguration | Self::AuthorizationServer)
    }

    /// Whether services ask it, and no browser: answered as JSON, on whichever of the union's hosts it is asked for.
    pub fn is_for_services(self) -> bool {
        self.goes_on_in_maintenance() || matches!(self, Self::Token | Self::UserInfo | Self::Par)
    }

    /// Whether it takes forms that are not from our own pages. None of them does anything by a cookie.
    pub fn takes_foreign_forms(self) -> bool {
        matches!(self, Self::Authorize | Self::Token | Self::UserInfo | Self::Par | Self::EndSession)
    }

    /// The page whose script asks this route, or whose form is sent here, where that is another one; else the route itself.
    #[must_use]
    pub fn page(self) -> Self {
        match self {
            Self::PasskeyAlone | Self::PasskeyAloneOptions => Self::SignIn,
            Self::ReauthPasskey | Self::ReauthPasskeyOptions => Self::Reauth,
            Self::Language => Self::Top,
            _ => {
                let path = self.to_string();
                path.strip_suffix(OPTIONS).and_then(Self::of_path).unwrap_or(self)
            }
        }
    }

    /// Whether a GET of it changes more than when a session was last seen: it ends a session, or gives a code to a service.
    pub fn acts_on_get(self) -> bool {
        matches!(self, Self::Authorize | Self::SsoGo(_) | Self::EndSession)
    }

    /// Whether it is a folder, and the path lies in it.
    pub fn holds(self, path: &str) -> bool {
        self.pattern().contains("{*") && path.starts_with(&self.to_string())
    }

    /// The word by which a page behind the login is come back to, after signing in or after showing again who one is.
    /// `None` for every other route: nothing else is a way back (A13 of the threats).
    pub fn back_word(self) -> Option<String> {
        if self.pattern().ends_with(OPTIONS) {
            return None;
        }
        if let Self::SsoGo(id) = self {
            return Some(format!("{GO}{id}"));
        }
        self.to_string().strip_prefix(ACCOUNT).map(str::to_owned)
    }

    /// The page of such a word.
    pub fn of_back_word(word: &str) -> Option<Self> {
        if let Some(id) = word.strip_prefix(GO) {
            return SsoRequestId::parse(id).map(Self::SsoGo);
        }
        Self::of_path(&format!("{ACCOUNT}{word}")).filter(|route| !route.pattern().ends_with(OPTIONS))
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pattern = self.pattern();
        match (self.device(), pattern.split_once('{')) {
            (Some(id), Some((before, after))) => {
                write!(f, "{before}{id}{}", after.split_once('}').map_or("", |(_, behind)| behind))
            }
            (None, Some((folder, _))) => f.write_str(folder),
            (_, None) => f.write_str(pattern),
        }
    }
}

/// Names the user ID behind the `#` of [`sign_in_address`]; `templates/assets/portal.js` knows it.
const CARRIED_LOGIN: &str = "username";

/// The address of the sign-in page that a QR code on paper leads to. The user ID stands behind `#`, which browsers keep to
/// themselves (RFC 3986, 3.5): no server, proxy or log sees it.
pub fn sign_in_address(origin: &str, login: &str) -> String {
    let login = utf8_percent_encode(login, NON_ALPHANUMERIC);
    format!("{origin}{}#{CARRIED_LOGIN}={login}", Route::SignIn)
}

/// An address that stands in a letter, with a token at its end. The token is a secret, so it is never part of a
/// [`Route`], which may be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailedLink {
    /// Confirms the address the letter went to (F-08).
    ConfirmEmail,
    /// Goes on with a recovery.
    Recovery,
    /// Calls off the wait before a lost factor is replaced (D4).
    CallOff,
}

impl MailedLink {
    /// Where it is answered.
    fn route(self) -> Route {
        match self {
            Self::ConfirmEmail => Route::ConfirmEmailLink,
            Self::Recovery => Route::RecoveryLink,
            Self::CallOff => Route::CallOff,
        }
    }

    /// The path with that token.
    pub fn path(self, token: &str) -> String {
        format!("{}{token}", self.route())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_user_id_on_paper_stands_where_no_server_sees_it() {
        let address = sign_in_address("https://a.example.jp", "a&b=c#d+e");
        assert_eq!(address, "https://a.example.jp/signin#username=a%26b%3Dc%23d%2Be");
    }

    fn id() -> DeviceId {
        DeviceId::parse("0192f000-0000-7000-8000-000000000000").unwrap()
    }

    #[test]
    fn each_route_has_a_path_of_its_own_and_is_found_by_it() {
        let patterns: BTreeSet<_> = Route::every().map(Route::pattern).collect();
        assert_eq!(patterns.len(), Route::every().count());
        for route in Route::every().map(|route| route.about(id())) {
            let path = route.to_string();
            assert!(path.starts_with('/') && !path.contains('{'), "{path}");
            let is_folder = route.pattern().contains("{*");
            assert_eq!(is_folder, path.ends_with('/') && route != Route::Top, "{path}");
            assert_eq!(Route::of_path(&path), (!is_folder).then_some(route), "{path}");
        }
        for none in
            ["", "x", "//", "/signin/", "/signin/x", "/account/apps/x/name", "/account/apps/{id}/name"]
        {
            assert_eq!(Route::of_path(none), None, "{none}");
        }
    }

    #[test]
    fn what_a_route_carries_stands_in_its_path() {
        let path = "/account/passkeys/0192f000-0000-7000-8000-000000000000/name";
        assert_eq!(Route::NamePasskey(id()).to_string(), path);
        assert_eq!(Route::of_path(path), Some(Route::NamePasskey(id())));
        assert_eq!(
            Route::SignIn.with(&[("back", "methods"), ("after", "x")]),
            "/signin?back=methods&after=x"
        );
        assert_eq!(MailedLink::CallOff.path("TOKEN"), "/recovery/call-off/TOKEN");
    }

    #[test]
    fn only_pages_behind_the_login_are_come_back_to() {
        for route in Route::every().map(|route| route.about(id())) {
            let path = route.to_string();
            let is_page = (path.starts_with("/account/") && !path.ends_with("/options"))
                || path.starts_with("/oidc/go/");
            let word = route.back_word();
            assert_eq!(word.is_some(), is_page, "{path}");
            assert_eq!(word.as_deref().and_then(Route::of_back_word), is_page.then_some(route), "{path}");
        }
        for none in [
            "",
            "/",
            "methods/passkey/options",
            "methods/",
            "../logout",
            "apps/x/delete",
            "profile?x=1",
            "go/",
            "go/x",
        ] {
            assert_eq!(Route::of_back_word(none), None, "{none}");
        }
    }

    #[test]
    fn a_script_asks_for_the_page_it_stands_on() {
        assert_eq!(Route::AddPasskeyOptions.page(), Route::AddPasskey);
        assert_eq!(Route::AddPasskey.page(), Route::AddPasskey);
        assert_eq!(Route::PasskeyAloneOptions.page(), Route::SignIn);
        assert_eq!(Route::ReauthPasskey.page(), Route::Reauth);
    }
}
