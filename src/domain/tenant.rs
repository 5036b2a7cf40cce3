//! Tenant: one health-insurance union as served here, as the rules see it.
//!
//! Everything in which unions differ is a value in this struct. It is parsed once from
//! `tenants/*.toml` by [`crate::tenants`]; whoever holds a [`Tenant`] may rely on it having been
//! checked. Nothing here reads files or knows HTTP.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub mod english;
pub mod policy;

pub use english::{EnglishTexts, TenantText};
pub use policy::*;

use super::sso::client::{SsoClient, SsoPolicy};

/// The union's short name in files, tables and logs: `[a-z][a-z0-9]{2,30}`, frozen once published.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TenantSlug(String);

/// Slugs that would collide with hosts or folders of the service itself.
const RESERVED: [&str; 5] = ["admin", "api", "www", "static", "internal"];

impl TenantSlug {
    /// Accepts a slug of the right shape; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut chars = text.chars();
        let first = chars.next()?;
        let rest = chars.as_str();
        let shaped = first.is_ascii_lowercase()
            && (2..=30).contains(&rest.len())
            && rest.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        (shaped && !RESERVED.contains(&text)).then(|| Self(text.to_owned()))
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TenantSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One union, checked and complete.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Its name in files and tables.
    pub slug: TenantSlug,
    /// The full name: headings, mail sender, relying-party name.
    pub name: String,
    /// At most 20 characters; stands in mail subjects.
    pub short_name: String,
    /// The site heading of the sign-in screens (A0-02), also the app-code issuer (T-06).
    pub heading: String,
    /// Whether members are let in at all.
    pub status: Status,
    /// Where its members come.
    pub hosts: Hosts,
    /// WebAuthn relying-party ID; frozen once a passkey exists (D18).
    pub rp_id: String,
    /// The policy of signing in.
    pub policy: Policy,
    /// How mail leaves in its name.
    pub mail: MailIdentity,
    /// Whom members ask for help; shown on every page.
    pub contact: Contact,
    /// The union's colours and logo.
    pub brand: Brand,
    /// Terms of use in force.
    pub terms: Terms,
    /// Notices, in file order.
    pub notices: Vec<PageNotice>,
    /// Services behind the login, in file order.
    pub services: Vec<Service>,
    /// Single sign-on to them.
    pub sso: SsoPolicy,
    /// Sentences of `[texts.ja]` that replace ours: message name, text.
    pub texts_ja: Vec<(String, String)>,
    /// Its texts in English.
    pub english: EnglishTexts,
    /// How its roster files are read.
    pub import: ImportFormat,
    /// The language shown when nothing else decides.
    pub default_language: Language,
    /// Languages offered, in order.
    pub languages: Vec<Language>,
}

impl Tenant {
    /// The service of that id.
    pub fn service(&self, id: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.id == id)
    }

    /// The services that members are signed in to, each with its client.
    pub fn clients(&self) -> impl Iterator<Item = (&Service, &SsoClient)> {
        self.services.iter().filter_map(|service| Some((service, service.sso.as_ref()?)))
    }

    /// The service that goes by that name in the protocol.
    pub fn client(&self, id: &str) -> Option<(&Service, &SsoClient)> {
        self.clients().find(|(_, client)| client.id == id)
    }
}

/// Whether the union is open to its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not published: unknown host to the world.
    Draft,
    /// Members sign in and use the portal.
    Open,
    /// A page with the contact; sessions are kept.
    Maintenance,
    /// The portal of this union has ended: one page says so.
    Closed,
}

/// Where the union's members come (D17).
#[derive(Debug, Clone)]
pub struct Hosts {
    /// The one host of the pages; lower case, no port.
    pub primary: String,
    /// Hosts that lead to the primary one by 308.
    pub aliases: Vec<String>,
}

/// How mail leaves in the union's name.
#[derive(Debug, Clone)]
pub struct MailIdentity {
    /// Display name of the sender.
    pub from_name: String,
    /// Address of the sender.
    pub from_address: String,
    /// The `Reply-To` address of letters.
    pub reply_to: Option<String>,
    /// Stands before each subject, with brackets.
    pub subject_prefix: String,
}

/// Whom members ask; on every page.
#[derive(Debug, Clone)]
pub struct Contact {
    /// The department to ask for, if the union names one.
    pub department: Option<String>,
    /// Phone number as printed.
    pub phone: String,
    /// Opening hours as printed.
    pub hours: String,
    /// Web page, if any.
    pub url: Option<String>,
    /// Where the union says what it does with personal data: `https://…`.
    pub privacy_url: Option<String>,
}

/// Colours and logo (D23).
#[derive(Debug, Clone)]
pub struct Brand {
    /// `#rrggbb` with at least 4.5:1 against white.
    pub primary: String,
    /// The same hue for the dark surface, at least 4.5:1 there.
    pub primary_dark: String,
    /// Logo picture, if any.
    pub logo: Option<Picture>,
    /// Alternative text of the logo.
    pub logo_alt: String,
    /// Icon of the browser tab, if any.
    pub favicon: Option<Picture>,
    /// Icon of home screens, if any: a square PNG.
    pub touch_icon: Option<Picture>,
    /// Photograph beside the heading of the entrance, if any.
    pub hero: Option<Picture>,
}

/// A picture read from the tenants folder, served as it is.
#[derive(Clone)]
pub struct Picture {
    /// `image/svg+xml`, `image/png` or `image/jpeg`.
    pub media_type: &'static str,
    /// Width and height, in pixels or in units of its own, where the file says so.
    pub size: Option<(u32, u32)>,
    /// The bytes of the file.
    pub bytes: Vec<u8>,
    /// First 16 hex digits of the SHA-256 of the bytes; stands in the address.
    pub hash: String,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({}, {} bytes, {})", self.media_type, self.bytes.len(), self.hash)
    }
}

/// Terms of use in force (D14).
#[derive(Debug, Clone)]
pub struct Terms {
    /// The version the union names.
    pub version: String,
    /// SHA-256 of the whole file, hex.
    pub hash: String,
    /// Rendered from Markdown, raw HTML left out; without what changed.
    pub html: String,
    /// What changed since the version before, rendered likewise, without its heading: for members who agreed before (G-01).
    /// `None` where the file does not say.
    pub changes: Option<String>,
}

/// A notice on a page.
#[derive(Debug, Clone)]
pub struct PageNotice {
    /// The page on which it stands.
    pub place: NoticePlace,
    /// How strongly it is shown.
    pub level: NoticeLevel,
    /// What it is about, in a line.
    pub title: Option<String>,
    /// The same in English.
    pub title_en: Option<String>,
    /// The text; plain, without markup.
    pub text: String,
    /// The same in English.
    pub text_en: Option<String>,
    /// Where more is to be read: `https://…`.
    pub url: Option<String>,
    /// First day shown, in Japan.
    pub from: Option<Date>,
    /// Last day shown, in Japan.
    pub until: Option<Date>,
}

impl PageNotice {
    /// Whether the notice is shown on `today` (civil date in Japan).
    pub fn is_shown(&self, today: Date) -> bool {
        self.from.is_none_or(|from| from <= today) && self.until.is_none_or(|until| today <= until)
    }
}

/// Where a notice is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticePlace {
    /// The top page before sign-in.
    Portal,
    /// On the sign-in page.
    Login,
    /// On the page that asks for the method in first login.
    Method,
    /// The portal after sign-in.
    Home,
}

/// How loud a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeLevel {
    /// Shown as plain text.
    Info,
    /// Shown with ❗.
    Warning,
}

/// A service behind the login.
#[derive(Debug, Clone)]
pub struct Service {
    /// Unique within the union.
    pub id: String,
    /// Shown under the icon.
    pub label: String,
    /// The same in English.
    pub label_en: Option<String>,
    /// What it is for, in a line.
    pub note: Option<String>,
    /// The same in English.
    pub note_en: Option<String>,
    /// The address it leads to: `https://…`.
    pub url: String,
    /// Which of the built-in icons.
    pub icon: Icon,
    /// A short mark such as 「NEW」, if any.
    pub badge: Option<String>,
    /// The same in English.
    pub badge_en: Option<String>,
    /// How members are signed in to it; `None` where it asks them itself.
    pub sso: Option<SsoClient>,
}

/// The built-in icons of services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// Money: 医療費情報
    Yen,
    /// A calendar: 予約
    Calendar,
    /// A card: 資格情報
    Card,
    /// A hospital: 人間ドック
    Hospital,
    /// A form: 電子申請
    Form,
    /// A certificate: 証明書
    Certificate,
    /// A suitcase: Travel
    Travel,
    /// A heart: 健康
    Heart,
    /// Anything else
    Link,
}

impl Icon {
    /// Every icon with its word in the file.
    pub const WORDS: [(Self, &str); 9] = [
        (Self::Yen, "yen"),
        (Self::Calendar, "calendar"),
        (Self::Card, "card"),
        (Self::Hospital, "hospital"),
        (Self::Form, "form"),
        (Self::Certificate, "certificate"),
        (Self::Travel, "travel"),
        (Self::Heart, "heart"),
        (Self::Link, "link"),
    ];
}

/// How the union's roster files are read.
#[derive(Debug, Clone)]
pub struct ImportFormat {
    /// The character encoding of the file.
    pub encoding: RosterEncoding,
    /// Header of each column.
    pub columns: RosterColumns,
}

/// Character encoding of roster files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RosterEncoding {
    /// UTF-8, with or without byte-order mark.
    Utf8,
    /// Windows-31J, called `Shift_JIS` in most export dialogues.
    Cp932,
}

/// Headers of the roster's columns.
#[derive(Debug, Clone)]
pub struct RosterColumns {
    /// 記号
    pub kigo: String,
    /// 番号
    pub bango: String,
    /// 枝番
    pub branch: String,
    /// 生年月日
    pub birthdate: String,
    /// 氏名
    pub name: String,
    /// カナ氏名
    pub name_kana: String,
    /// ユーザID
    pub user_id: String,
    /// 仮パスワード
    pub temp_password: String,
    /// メールアドレス
    pub email: String,
    /// 資格喪失日: the last day of a membership (D34)
    pub lost_on: String,
    /// 旧記号: of the number the same person had before (D34)
    pub former_kigo: String,
    /// 旧番号
    pub former_bango: String,
    /// 旧枝番
    pub former_branch: String,
}

/// A language of pages and letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// 日本語
    Ja,
    /// English
    En,
}

impl Language {
    /// The tag in files, cookies and `lang` attributes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// The language of that tag.
    pub fn parse(tag: &str) -> Option<Self> {
        match tag {
            "ja" => Some(Self::Ja),
            "en" => Some(Self::En),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_lower_case_letters_and_digits() {
        assert!(TenantSlug::parse("midorikenpo").is_some());
        for bad in ["", "ab", "Jsw", "1abc", "a-b-c", "admin", "健保組合"] {
            assert!(TenantSlug::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_notice_is_shown_from_its_first_day_through_its_last() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let notice = PageNotice {
            place: NoticePlace::Login,
            level: NoticeLevel::Info,
            title: None,
            title_en: None,
            text: String::new(),
            text_en: None,
            url: None,
            from: Some(day("2025-09-18")),
            until: Some(day("2027-03-31")),
        };
        assert!(!notice.is_shown(day("2025-09-17")));
        assert!(notice.is_shown(day("2025-09-18")));
        assert!(notice.is_shown(day("2027-03-31")));
        assert!(!notice.is_shown(day("2027-04-01")));
    }
}
