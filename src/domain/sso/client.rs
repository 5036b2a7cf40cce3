//! Client: a service that members are signed in to, as the union's file declares it (`[services.sso]`).

/// What the union's file says of single sign-on as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SsoPolicy {
    /// The issuer, where the file names one.
    pub issuer: Option<String>,
    /// Whether services on this machine and clients without PKCE are allowed, for trying things out.
    pub test: bool,
    /// 保険者番号, where the file has it.
    pub insurer_number: Option<String>,
}

/// Whether that is a 保険者番号 of eight digits, the last of which checks the others (weights 2 and 1, digits of the products
/// added up).
pub fn is_insurer_number(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let [first @ .., check] = digits.as_slice() else { return false };
    let products = first.iter().zip([2, 1].into_iter().cycle()).map(|(digit, weight)| digit * weight);
    let sum: u32 = products.map(|product| product / 10 + product % 10).sum();
    text.len() == 8 && digits.len() == 8 && (10 - sum % 10) % 10 == *check
}

/// A service's own part in single sign-on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SsoClient {
    /// Its name in the protocol, unique within the union.
    pub id: String,
    /// Who runs the service, as members are told.
    pub operator: String,
    /// The same in English.
    pub operator_en: Option<String>,
    /// In which capacity the operator gets members' data.
    pub relation: Relation,
    /// What the data are for.
    pub purpose: Purpose,
    /// Where the operator says how data are handled.
    pub privacy_url: Option<String>,
    /// Where members may be sent back to: compared character by character.
    pub redirect_uris: Vec<String>,
    /// How the service shows at the token endpoint that it is itself.
    pub auth: ClientAuth,
    /// What ties a code to the browser that asked for it.
    pub pkce: Pkce,
    /// How its ID tokens are signed.
    pub signing: SigningAlgorithm,
    /// What it may ask for.
    pub scopes: Vec<Scope>,
    /// Services of one sector know a member by the same subject.
    pub sector: String,
    /// Where the tile leads.
    pub start: TileStart,
    /// How strongly its members have to be signed in.
    pub require_acr: RequiredAcr,
    /// Minutes since the member showed who they are, at most; 0: however long ago.
    pub fresh_minutes: u32,
    /// By which it signs that it is itself.
    pub keys: Vec<ClientKey>,
    /// Whether its requests have to be pushed (RFC 9126).
    pub require_par: bool,
    /// What logging out means there.
    pub logout: ClientLogout,
}

/// A public key of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientKey {
    /// Its name, where it has one.
    pub kid: Option<String>,
    /// What it is for, whatever a header says.
    pub algorithm: SigningAlgorithm,
    /// What a thumbprint is made of (RFC 7638, 3.2).
    pub public: String,
}

/// What logging out means at a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientLogout {
    /// Where the service is told that a session has ended (OpenID Connect Back-Channel Logout 1.0, 2.2); `None` where it
    /// cannot be told.
    pub told_at: Option<String>,
    /// Whether it is told, too, when a member was away from the portal for too long. Else a member who fills in a long form
    /// at the service is not thrown out of it.
    pub on_idle: bool,
    /// Whether it may stand in a private network.
    pub internal: bool,
    /// Where members may be sent after they logged out by way of the service: compared character by character.
    pub return_uris: Vec<String>,
}

/// In which capacity an operator gets members' data (個人情報保護法 27).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// 委託: works for the union. Members are told once.
    Entrusted,
    /// 共同利用: uses the data together with the union. Members are told once.
    Joint,
    /// 第三者提供: a third party. Members are asked.
    ThirdParty,
}

impl Relation {
    /// Every relation with its word in the file.
    pub const WORDS: [(Self, &str); 3] =
        [(Self::Entrusted, "entrusted"), (Self::Joint, "joint"), (Self::ThirdParty, "third-party")];

    /// Whether the member has to agree, and not only to be told.
    pub fn asks(self) -> bool {
        self == Self::ThirdParty
    }
}

/// What a service is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// 健康保険事業 and what belongs to it: the only one that may have 記号・番号 (健康保険法 194条の2).
    HealthInsurance,
    /// Anything else.
    Other,
}

impl Purpose {
    /// Every purpose with its word in the file.
    pub const WORDS: [(Self, &str); 2] =
        [(Self::HealthInsurance, "health-insurance"), (Self::Other, "other")];
}

/// How a client shows that it is itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// By a secret, in the header or in the form (`client_secret_basic`, `client_secret_post`).
    Secret,
    /// By what it signs with a key of its own (`private_key_jwt`).
    PrivateKey,
}

impl ClientAuth {
    /// Every way with its word in the file.
    pub const WORDS: [(Self, &str); 2] = [(Self::Secret, "secret"), (Self::PrivateKey, "private-key")];
}

/// What ties a code to the browser that asked for it (RFC 9700, 2.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pkce {
    /// PKCE with S256 (RFC 7636).
    Required,
    /// PKCE or a `nonce`, which the service compares.
    Nonce,
    /// Nothing is demanded: for test clients only.
    Optional,
}

impl Pkce {
    /// Every rule with its word in the file.
    pub const WORDS: [(Self, &str); 3] =
        [(Self::Required, "required"), (Self::Nonce, "nonce"), (Self::Optional, "optional")];
}

/// How ID tokens are signed (RFC 7518, 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SigningAlgorithm {
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl SigningAlgorithm {
    /// Every algorithm with its name in the file and in the protocol.
    pub const WORDS: [(Self, &str); 2] = [(Self::Es256, "ES256"), (Self::Rs256, "RS256")];

    /// Its name in the protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    /// The algorithm of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::WORDS.into_iter().find(|(_, word)| *word == text).map(|(algorithm, _)| algorithm)
    }
}

/// What a service may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// The subject, and nothing else. Every request names it.
    OpenId,
    /// Name and kana.
    Profile,
    /// The mail address.
    Email,
    /// 保険者番号, 記号・番号・枝番, 本人 or 家族 (健康保険法 194条の2).
    Insured,
    /// The birth date.
    BirthDate,
    /// Which union it is.
    Union,
}

impl Scope {
    /// Every scope with its word in the file and in requests.
    pub const WORDS: [(Self, &str); 6] = [
        (Self::OpenId, "openid"),
        (Self::Profile, "profile"),
        (Self::Email, "email"),
        (Self::Insured, "kenpo_insured"),
        (Self::BirthDate, "birthdate"),
        (Self::Union, "kenpo_union"),
    ];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(scope, _)| *scope == self).map_or("", |(_, word)| word)
    }

    /// The scope of that word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::WORDS.into_iter().find(|(_, word)| *word == text).map(|(scope, _)| scope)
    }
}

/// Where a tile leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TileStart {
    /// To the service's address with `iss` and `target_link_uri` (OpenID Connect Core, 4).
    Initiate,
    /// To the service's address as it is.
    Plain,
}

impl TileStart {
    /// Every way with its word in the file.
    pub const WORDS: [(Self, &str); 2] = [(Self::Initiate, "initiate"), (Self::Plain, "plain")];
}

/// How strongly a service wants its members to be signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequiredAcr {
    /// However the union signs them in.
    Any,
    /// By an authenticator app or a passkey.
    MultiFactor,
    /// By a passkey.
    Passkey,
}

impl RequiredAcr {
    /// Every rule with its word in the file.
    pub const WORDS: [(Self, &str); 3] =
        [(Self::Any, "any"), (Self::MultiFactor, "mfa"), (Self::Passkey, "passkey")];
}

/// What is wrong with an address at a service, if anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UriFlaw {
    /// It is no address with a host.
    Malformed,
    /// It is not `https`, and no test service on this machine.
    NotHttps,
    /// `localhost` or a number in the place of a host's name.
    NoName,
    /// A wildcard.
    Wildcard,
    /// `#` or what stands behind it.
    Fragment,
    /// A user or a password before the host.
    User,
}

impl UriFlaw {
    /// Its word in sentences.
    pub fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::NotHttps => "not-https",
            Self::NoName => "no-name",
            Self::Wildcard => "wildcard",
            Self::Fragment => "fragment",
            Self::User => "user",
        }
    }
}

/// What is wrong with an address that members are sent to. `test`: whether services on this machine are allowed.
pub fn uri_flaw(text: &str, test: bool) -> Option<UriFlaw> {
    let is_plain =
        |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}');
    if text.contains('*') {
        return Some(UriFlaw::Wildcard);
    }
    if text.contains('#') {
        return Some(UriFlaw::Fragment);
    }
    let Some((scheme, rest)) = text.split_once("://").filter(|_| text.chars().all(is_plain)) else {
        return Some(UriFlaw::Malformed);
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Some(UriFlaw::User);
    }
    let (host, port) =
        authority.rsplit_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    if host.is_empty()
        || host != host.to_ascii_lowercase()
        || !host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        || !port.is_none_or(is_port)
    {
        return Some(UriFlaw::Malformed);
    }
    let is_number = host.chars().all(|c| c.is_ascii_digit() || c == '.');
    let is_here = is_this_machine(host);
    match scheme {
        "https" | "http" if is_here && test => None,
        "https" if is_here || is_number || !host.contains('.') => Some(UriFlaw::NoName),
        "https" => None,
        _ => Some(UriFlaw::NotHttps),
    }
}

/// Whether a host's name always means the machine itself (RFC 6761, 6.3).
pub fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_service_is_a_whole_https_address_of_a_named_host() {
        for good in ["https://kenshin.example.jp/oidc/callback", "https://a.example.jp:8443/cb?tenant=1"] {
            assert_eq!(uri_flaw(good, false), None, "{good}");
        }
        for (bad, flaw) in [
            ("http://kenshin.example.jp/cb", UriFlaw::NotHttps),
            ("ftp://kenshin.example.jp/cb", UriFlaw::NotHttps),
            ("https://*.example.jp/cb", UriFlaw::Wildcard),
            ("https://kenshin.example.jp/*", UriFlaw::Wildcard),
            ("https://kenshin.example.jp/cb#x", UriFlaw::Fragment),
            ("https://kenshin.example.jp/cb#", UriFlaw::Fragment),
            ("https://user@kenshin.example.jp/cb", UriFlaw::User),
            ("https://kenshin.example.jp@evil.example/cb", UriFlaw::User),
            ("https://192.0.2.1/cb", UriFlaw::NoName),
            ("https://localhost/cb", UriFlaw::NoName),
            ("http://localhost:3000/cb", UriFlaw::NotHttps),
            ("https://kenshin/cb", UriFlaw::NoName),
            ("https:///cb", UriFlaw::Malformed),
            ("https://Kenshin.example.jp/cb", UriFlaw::Malformed),
            ("https://健診.example.jp/cb", UriFlaw::Malformed),
            ("https://kenshin.example.jp:0/cb", UriFlaw::Malformed),
            ("https://kenshin.example.jp:99999/cb", UriFlaw::Malformed),
            ("https://kenshin.example.jp\\.evil.example/cb", UriFlaw::Malformed),
            ("https://[::1]/cb", UriFlaw::Malformed),
            ("javascript:alert(1)", UriFlaw::Malformed),
            ("/cb", UriFlaw::Malformed),
            ("", UriFlaw::Malformed),
        ] {
            assert_eq!(uri_flaw(bad, false), Some(flaw), "{bad}");
        }
        for here in ["http://localhost:3000/cb", "http://127.0.0.1:3000/cb", "https://localhost/cb"] {
            assert_eq!(uri_flaw(here, true), None, "{here}");
        }
        assert_eq!(uri_flaw("http://kenshin.example.jp/cb", true), Some(UriFlaw::NotHttps));
    }

    #[test]
    fn the_last_digit_of_an_insurer_s_number_checks_the_others() {
        for good in ["06132013", "06000004", "63000004"] {
            assert!(is_insurer_number(good), "{good}");
        }
        for bad in
            ["06132014", "61320130", "06132031", "6132013", "006132013", "0613201x", "０６１３２０１３", ""]
        {
            assert!(!is_insurer_number(bad), "{bad}");
        }
    }

    #[test]
    fn every_word_is_read_back() {
        for (scope, word) in Scope::WORDS {
            assert_eq!((Scope::parse(word), scope.as_str()), (Some(scope), word));
        }
        for (algorithm, word) in SigningAlgorithm::WORDS {
            assert_eq!((SigningAlgorithm::parse(word), algorithm.as_str()), (Some(algorithm), word));
        }
        assert_eq!(Scope::parse("OpenID"), None);
        assert_eq!(SigningAlgorithm::parse("none"), None);
    }
}
