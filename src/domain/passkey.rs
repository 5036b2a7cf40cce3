//! Passkey: 「生体認証」, what is true of it beside the cryptography (Web Authentication Level 3, here «WA»).
//!
//! # Decision
//! A ceremony is remembered by its challenge, and the browser's answer names that challenge itself: so two tabs never
//! disturb each other, nothing about a ceremony travels in a form, and a used challenge simply is not there any more.
//! # Because
//! Everything a browser could be asked to carry, somebody will change.
//! # Instead of
//! One running ceremony for each attempt, or an id in a hidden field.

use data_encoding::BASE64URL_NOPAD;
use jiff::SignedDuration;
use serde::Deserialize;
use uuid::Uuid;

/// How long a browser may take from the question to the answer (WA §15.1; C1, C16).
pub const CEREMONY: SignedDuration = SignedDuration::from_mins(5);

/// Most passkeys of one member. More would be handed to every sign-in page as a list.
pub const MOST: usize = 10;

/// Bytes of the longest credential id (WA §4).
pub const LONGEST_ID: usize = 1023;

/// The list of purposes: name, and the word in tables.
macro_rules! purposes {
    ($($(#[$doc:meta])* $name:ident $word:literal,)+) => {
        /// What a ceremony is for. An answer given for one purpose is worth nothing for another (C1).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum CeremonyPurpose {
            $($(#[$doc])* $name,)+
        }

        impl CeremonyPurpose {
            /// Every purpose.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The word in tables.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }
        }
    };
}

purposes! {
    /// The first factor, in an attempt.
    SetUp "set-up",
    /// Showing a passkey after the password, in an attempt.
    Prove "prove",
    /// A passkey by itself, before anybody has said who they are (`login.passkey = "alone"`).
    Alone "alone",
    /// One more passkey, in a session.
    Add "add",
    /// Showing again who one is, in a session.
    Reauthenticate "reauthenticate",
}

/// Why a passkey was not made or not accepted, as far as a member is told. The trail says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PasskeyFlaw {
    /// The browser's sheet was closed, or nobody answered it: browsers tell neither apart (W-12).
    Cancelled,
    /// This device, or this security key, holds a passkey of the member already.
    AlreadyHere,
    /// The browser knows no passkeys: old, or inside another app.
    Unsupported,
    /// The browser did not get the question: no network, or the portal in trouble.
    Unreachable,
    /// The portal takes no question just now: too many from the browser's network, or in all (429, 503).
    Busy,
    /// The answer came after its five minutes, or a second time.
    TooLate,
    /// The answer does not fit: wrong origin, no user verification, a key nobody asked for, a broken signature. Or the
    /// device gave none, for a reason of its own: a phone without screen lock cannot make any.
    NotAccepted,
    /// The portal does not know this passkey (any more).
    Unknown,
    /// The sign counter went backwards: perhaps there are two of it (WA §7.2, step 22).
    Copied,
    /// The member has as many as there may be.
    TooMany,
}

impl PasskeyFlaw {
    /// What a page's own script may report, by the word it puts behind the `?`. The other flaws are the server's to
    /// find.
    pub fn reported(word: &str) -> Option<Self> {
        match word {
            "cancelled" => Some(Self::Cancelled),
            "already-here" => Some(Self::AlreadyHere),
            "unsupported" => Some(Self::Unsupported),
            "not-accepted" => Some(Self::NotAccepted),
            "unreachable" => Some(Self::Unreachable),
            "busy" => Some(Self::Busy),
            _ => None,
        }
    }
}

/// What a browser says about its side of a ceremony (WA §5.8.1), as far as it is read before the library reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientData {
    /// The challenge that is answered.
    pub challenge: Vec<u8>,
    /// The origin of the page, as the browser has written it (C3).
    pub origin: String,
    /// Whether the page sat inside another site's frame. Ours never does (C4); the library looks at this only when a
    /// passkey is made.
    pub is_framed: bool,
}

impl ClientData {
    /// Reads `clientDataJSON` (Web Authentication Level 3, 5.8.1). `None` where it cannot be read.
    pub fn parse(json: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct RawClientData {
            challenge: String,
            origin: String,
            #[serde(default)]
            cross_origin: Option<bool>,
            #[serde(default)]
            top_origin: Option<serde_json::Value>,
        }
        let said: RawClientData = serde_json::from_slice(json).ok()?;
        let challenge = BASE64URL_NOPAD.decode(said.challenge.as_bytes()).ok()?;
        let is_framed = said.cross_origin == Some(true) || said.top_origin.is_some();
        Some(Self { challenge, origin: said.origin, is_framed })
    }
}

/// Whether the sign counter may follow the kept one: it grows, or the authenticator does not count at all
/// (WA §7.2, step 22; C8).
pub fn counter_follows(kept: u32, shown: u32) -> bool {
    shown > kept || (shown == 0 && kept == 0)
}

/// Whether the backup flags fit (WA §6.1.3; C9): eligibility never changes, and only what is eligible is backed up.
/// Synced passkeys are welcome.
pub fn backup_fits(kept_eligible: bool, shown_eligible: bool, shown_backed_up: bool) -> bool {
    kept_eligible == shown_eligible && (shown_eligible || !shown_backed_up)
}

/// Who keeps a passkey, by the authenticator's AAGUID: only to propose a name, never to decide anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Provider {
    /// iCloud キーチェーン
    ICloud,
    /// Google パスワード マネージャー
    Google,
    /// Windows Hello
    WindowsHello,
    /// Microsoft パスワード マネージャー
    Microsoft,
    /// Samsung Pass
    Samsung,
    /// Chrome の中の鍵 (macOS)
    Chrome,
    /// 1Password
    OnePassword,
    /// Bitwarden
    Bitwarden,
    /// Dashlane
    Dashlane,
}

impl Provider {
    /// The provider of that AAGUID. Source: the community's list (passkeydeveloper/passkey-authenticator-aaguids),
    /// kept to those that members in Japan meet.
    pub fn of(aaguid: Uuid) -> Option<Self> {
        const KNOWN: [(u128, Provider); 12] = [
            (0xfbfc_3007_154e_4ecc_8c0b_6e02_0557_d7bd, Provider::ICloud),
            (0xdd4e_c289_e01d_41c9_bb89_70fa_845d_4bf2, Provider::ICloud),
            (0xea9b_8d66_4d01_1d21_3ce4_b6b4_8cb5_75d4, Provider::Google),
            (0x0898_7058_cadc_4b81_b6e1_30de_50dc_be96, Provider::WindowsHello),
            (0x9ddd_1817_af5a_4672_a2b9_3e3d_d950_00a9, Provider::WindowsHello),
            (0x6028_b017_b1d4_4c02_b4b3_afcd_afc9_6bb2, Provider::WindowsHello),
            (0xd345_2668_01fd_4c12_926c_83a4_2048_53aa, Provider::Microsoft),
            (0x5341_4d53_554e_4700_0000_0000_0000_0000, Provider::Samsung),
            (0xadce_0002_35bc_c60a_648b_0b25_f1f0_5503, Provider::Chrome),
            (0xbada_5566_a7aa_401f_bd96_4561_9a55_120d, Provider::OnePassword),
            (0xd548_826e_79b4_db40_a3d8_1111_6f7e_8349, Provider::Bitwarden),
            (0x5311_26d6_e717_415c_9320_3d9a_a698_1239, Provider::Dashlane),
        ];
        KNOWN.iter().find(|(id, _)| *id == aaguid.as_u128()).map(|(_, provider)| *provider)
    }

    /// The end of its message's name.
    pub fn word(self) -> &'static str {
        match self {
            Self::ICloud => "icloud",
            Self::Google => "google",
            Self::WindowsHello => "windows-hello",
            Self::Microsoft => "microsoft",
            Self::Samsung => "samsung",
            Self::Chrome => "chrome",
            Self::OnePassword => "1password",
            Self::Bitwarden => "bitwarden",
            Self::Dashlane => "dashlane",
        }
    }
}

/// The AAGUID in an authenticator's data (WA §6.1: 32 bytes of RP ID, a flag byte, four of counter, then the AAGUID).
pub fn aaguid(authenticator_data: &[u8]) -> Option<Uuid> {
    let bytes: [u8; 16] = authenticator_data.get(37..53)?.try_into().ok()?;
    Some(Uuid::from_bytes(bytes)).filter(|id| !id.is_nil())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_grows_or_does_not_count() {
        for (kept, shown, follows) in
            [(0, 0, true), (0, 1, true), (7, 8, true), (7, 7, false), (7, 6, false), (7, 0, false)]
        {
            assert_eq!(counter_follows(kept, shown), follows, "{kept} → {shown}");
        }
    }

    #[test]
    fn what_may_be_backed_up_never_changes() {
        assert!(backup_fits(true, true, true) && backup_fits(true, true, false));
        assert!(backup_fits(false, false, false));
        assert!(!backup_fits(false, false, true), "backed up without being eligible");
        assert!(!backup_fits(false, true, true) && !backup_fits(true, false, false));
    }

    #[test]
    fn a_page_inside_another_sites_frame_gives_itself_away() {
        let said = |more: &str| {
            let json =
                format!(r#"{{"type":"webauthn.get","challenge":"AQID","origin":"https://a.example"{more}}}"#);
            ClientData::parse(json.as_bytes()).unwrap()
        };
        let origin = "https://a.example".to_owned();
        assert_eq!(said(""), ClientData { challenge: vec![1, 2, 3], origin, is_framed: false });
        assert!(!said(r#","crossOrigin":false"#).is_framed);
        assert!(said(r#","crossOrigin":true"#).is_framed);
        assert!(said(r#","topOrigin":"https://b.example""#).is_framed);
        assert_eq!(ClientData::parse(b"{}"), None);
        assert_eq!(ClientData::parse(br#"{"challenge":"not base64url!"}"#), None);
    }

    #[test]
    fn a_provider_is_known_by_its_aaguid() {
        let mut data = vec![0; 37];
        data.extend(0xfbfc_3007_154e_4ecc_8c0b_6e02_0557_d7bd_u128.to_be_bytes());
        assert_eq!(aaguid(&data).and_then(Provider::of), Some(Provider::ICloud));
        assert_eq!(aaguid(&[0; 60]), None, "an authenticator that does not say");
        assert_eq!(aaguid(&[0; 40]), None);
        assert_eq!(Provider::of(Uuid::from_u128(1)), None);
    }
}
