//! Request: what a service asks at the authorization endpoint (OpenID Connect Core, 3.1.2), read in the order in which it
//! may be refused.
//!
//! # Decision
//! First the client and where it wants to be answered; nothing is sent anywhere before both are known good. Then everything
//! else, refused by sending an error there.
//! # Because
//! Whoever can choose where an answer goes has an open redirect at a host that members trust, and their codes (RFC 9700, 4.1).

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    acr::Acr,
    client::{Pkce, Scope, SsoClient},
};
use crate::domain::tenant::{Service, Tenant};

/// Bytes of the largest request.
pub const LARGEST: usize = 8 * 1024;
/// Bytes of the longest `state`, which is sent back as it came.
pub const LONGEST_STATE: usize = 2 * 1024;
/// Bytes of the longest `nonce`.
pub const LONGEST_NONCE: usize = 512;
/// Words of the longest `scope`.
pub const MOST_SCOPES: usize = 20;

/// The parameters of a request, in the order in which they came.
#[derive(Clone, Default)]
pub struct Parameters(Vec<(String, String)>);

impl std::fmt::Debug for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Parameters(…)")
    }
}

impl Parameters {
    /// Of names and values.
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// Of what [`Self::as_form`] made. `None` for a text that is none.
    pub fn of_form(text: &str) -> Option<Self> {
        serde_urlencoded::from_str(text).ok().map(Self)
    }

    /// As a form sends them.
    pub fn as_form(&self) -> String {
        serde_urlencoded::to_string(&self.0).unwrap_or_default()
    }

    /// What of them is a request of that service, and not how it shows who it is (RFC 9126, 2.1).
    #[must_use]
    pub fn pushed(&self, client: &str) -> Self {
        let is_kept = |name: &str| name != "client_id" && !name.starts_with("client_");
        let mut pairs = vec![("client_id".to_owned(), client.to_owned())];
        pairs.extend(self.0.iter().filter(|(name, _)| is_kept(name)).cloned());
        Self(pairs)
    }

    /// The value of that name. One without a value counts as absent (RFC 6749, 3.1).
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, value)| known == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    /// Whether a name stands there more than once: then nothing says which one is meant.
    pub fn is_repeated(&self, name: &str) -> bool {
        self.0.iter().filter(|(known, _)| known == name).count() > 1
    }

    /// Whether any name stands there more than once (RFC 6749, 3.1).
    pub fn has_repeated(&self) -> bool {
        self.0.iter().any(|(name, _)| self.is_repeated(name))
    }
}

/// Why a request is answered with a page of ours, and nothing is sent to anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadReturn {
    /// No service of this union has that name.
    Client,
    /// The service has not said that it wants to be answered there.
    Address,
    /// It names a pushed request that ran out, was used, or is another service's.
    Pushed,
}

/// Why a request is refused, as the service is told (RFC 6749, 4.1.2.1; OpenID Connect Core, 3.1.2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SsoError {
    /// Something is missing, twice, or makes no sense.
    InvalidRequest,
    /// Only codes are given.
    UnsupportedResponseType,
    /// `openid` is missing.
    InvalidScope,
    /// Requests are not read from a signed object.
    RequestNotSupported,
    /// Nor from an address.
    RequestUriNotSupported,
    /// The member would have to sign in, and may not be asked.
    LoginRequired,
    /// The member would have to see a page, and may not.
    InteractionRequired,
    /// The member would have to agree, and may not be asked.
    ConsentRequired,
    /// The member did not want to go on.
    AccessDenied,
    /// The union cannot sign just now.
    TemporarilyUnavailable,
}

impl SsoError {
    /// Its name in the protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::LoginRequired => "login_required",
            Self::InteractionRequired => "interaction_required",
            Self::ConsentRequired => "consent_required",
            Self::AccessDenied => "access_denied",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }
}

/// What the service wants of the member (OpenID Connect Core, 3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Prompt {
    /// No page may be shown.
    pub none: bool,
    /// The member shows anew who they are.
    pub login: bool,
    /// The notice or the consent is shown again.
    pub consent: bool,
}

impl Prompt {
    /// Its words; `None` for words that contradict one another or are none.
    fn parse(text: &str) -> Option<Self> {
        let mut prompt = Self::default();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            match word {
                "none" => prompt.none = true,
                // Whose session it is, is chosen by showing who one is.
                "login" | "select_account" => prompt.login = true,
                "consent" => prompt.consent = true,
                _ => return None,
            }
        }
        (!prompt.none || prompt == Self { none: true, ..Self::default() }).then_some(prompt)
    }

    /// As it is kept.
    pub fn words(self) -> String {
        let words = [(self.none, "none"), (self.login, "login"), (self.consent, "consent")];
        words.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect::<Vec<_>>().join(" ")
    }

    /// The prompt that was kept.
    pub fn kept(text: &str) -> Self {
        Self::parse(text).unwrap_or_default()
    }
}

/// A request that can be answered.
#[derive(Clone, PartialEq, Eq)]
pub struct SsoRequest {
    /// The service's name.
    pub client: String,
    /// Where it wants to be answered.
    pub redirect_uri: String,
    /// What it asks for, of what it may.
    pub scopes: Vec<Scope>,
    /// Sent back as it came.
    pub state: Option<String>,
    /// Goes into the ID token.
    pub nonce: Option<String>,
    /// The digest of what the service shows with the code (RFC 7636, S256).
    pub challenge: Option<String>,
    /// What it wants of the member.
    pub prompt: Prompt,
    /// Seconds since the member showed who they are, at most.
    pub max_age: Option<u32>,
    /// An ID token of whoever it believes the member to be.
    pub hint: Option<String>,
    /// How strongly it would like the member to be signed in, what it likes best first; what is unknown is left out.
    pub acr_values: Vec<Acr>,
}

impl std::fmt::Debug for SsoRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SsoRequest({})", self.client)
    }
}

/// The service of a request, where it is one of this union's and wants to be answered where it said.
///
/// # Errors
/// [`BadReturn`]: nothing may be sent anywhere.
pub fn client_of<'t>(
    tenant: &'t Tenant,
    asked: &Parameters,
) -> Result<(&'t Service, &'t SsoClient), BadReturn> {
    if asked.is_repeated("client_id") {
        return Err(BadReturn::Client);
    }
    let id = asked.get("client_id").ok_or(BadReturn::Client)?;
    let (service, client) = tenant.client(id).ok_or(BadReturn::Client)?;
    let uri = asked.get("redirect_uri").ok_or(BadReturn::Address)?;
    // Character by character: whatever is judged by meaning can be written in a way that means something else there.
    if asked.is_repeated("redirect_uri") || !client.redirect_uris.iter().any(|known| known == uri) {
        return Err(BadReturn::Address);
    }
    Ok((service, client))
}

/// What a service asks, once [`client_of`] knows it.
///
/// # Errors
/// [`SsoError`], to be sent to the service.
pub fn read(client: &SsoClient, asked: &Parameters) -> Result<SsoRequest, SsoError> {
    use SsoError::{InvalidRequest, InvalidScope};
    if asked.has_repeated() {
        return Err(InvalidRequest);
    }
    let get = |name| asked.get(name).map(str::to_owned);
    let state = get("state");
    if state.as_ref().is_some_and(|state| state.len() > LONGEST_STATE) {
        return Err(InvalidRequest);
    }
    match asked.get("response_type") {
        Some("code") => {}
        Some(_) => return Err(SsoError::UnsupportedResponseType),
        None => return Err(InvalidRequest),
    }
    if asked.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(InvalidRequest);
    }
    if asked.get("request").is_some() {
        return Err(SsoError::RequestNotSupported);
    }
    if asked.get("request_uri").is_some() {
        return Err(SsoError::RequestUriNotSupported);
    }
    let words: Vec<&str> =
        asked.get("scope").unwrap_or_default().split(' ').filter(|word| !word.is_empty()).collect();
    if words.len() > MOST_SCOPES || !words.contains(&Scope::OpenId.as_str()) {
        return Err(InvalidScope);
    }
    // What is not known, or not this service's, is not given and no mistake (OpenID Connect Core, 3.1.2.1).
    let scopes = client.scopes.iter().copied().filter(|scope| words.contains(&scope.as_str())).collect();
    let nonce = get("nonce");
    if nonce.as_ref().is_some_and(|nonce| nonce.len() > LONGEST_NONCE) {
        return Err(InvalidRequest);
    }
    let challenge = match (asked.get("code_challenge"), asked.get("code_challenge_method")) {
        (Some(challenge), Some("S256")) if is_challenge(challenge) => Some(challenge.to_owned()),
        (None, None) => None,
        // `plain` guards nothing (RFC 9700, 2.1.1), and it is what a missing method means.
        _ => return Err(InvalidRequest),
    };
    let is_guarded = match client.pkce {
        Pkce::Required => challenge.is_some(),
        Pkce::Nonce => challenge.is_some() || nonce.is_some(),
        Pkce::Optional => true,
    };
    if !is_guarded {
        return Err(InvalidRequest);
    }
    let prompt = asked.get("prompt").map_or(Some(Prompt::default()), Prompt::parse).ok_or(InvalidRequest)?;
    // A number of seconds, however many: nobody was signed in a hundred years ago.
    let digits = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().unwrap_or(u32::MAX))
    };
    let max_age = asked.get("max_age").map(|text| digits(text).ok_or(InvalidRequest)).transpose()?;
    Ok(SsoRequest {
        client: client.id.clone(),
        redirect_uri: get("redirect_uri").unwrap_or_default(),
        scopes,
        state,
        nonce,
        challenge,
        prompt,
        max_age,
        hint: get("id_token_hint"),
        acr_values: acr_values(asked.get("acr_values").unwrap_or_default()),
    })
}

/// The known ones of these words, each once.
pub fn acr_values(text: &str) -> Vec<Acr> {
    let mut values = Vec::new();
    for value in text.split(' ').filter_map(Acr::parse) {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

/// SHA-256 in base64url: 43 characters (RFC 7636, 4.2).
fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Whether that is what the challenge was made of. `None` stands for what was not sent. A verifier without a challenge is
/// refused: somebody took the challenge out on the way (RFC 9700, 4.8.2).
pub fn is_verifier(challenge: Option<&str>, verifier: Option<&str>, s256: impl Fn(&str) -> String) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) => {
            let is_shaped = (43..=128).contains(&verifier.len())
                && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
            is_shaped && s256(verifier) == challenge
        }
        _ => false,
    }
}

/// The address with these parameters behind what it has already (RFC 6749, 4.1.2).
pub fn answer_at(redirect_uri: &str, parameters: &[(&str, &str)]) -> String {
    let mut address = redirect_uri.to_owned();
    let mut before = if redirect_uri.contains('?') { '&' } else { '?' };
    for (name, value) in parameters {
        address.push(before);
        address.extend([*name, "="]);
        address.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
        before = '&';
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sso::{
        ClientAuth, ClientLogout, Purpose, Relation, RequiredAcr, SigningAlgorithm, TileStart,
    };

    fn client(pkce: Pkce) -> SsoClient {
        SsoClient {
            id: "yoyaku".into(),
            operator: "よやく".into(),
            operator_en: None,
            relation: Relation::Entrusted,
            purpose: Purpose::HealthInsurance,
            privacy_url: None,
            redirect_uris: vec!["https://yoyaku.example.jp/cb".into()],
            auth: ClientAuth::Secret,
            pkce,
            signing: SigningAlgorithm::Es256,
            scopes: vec![Scope::OpenId, Scope::Profile],
            sector: "yoyaku".into(),
            start: TileStart::Initiate,
            require_acr: RequiredAcr::Any,
            fresh_minutes: 0,
            keys: Vec::new(),
            require_par: false,
            logout: ClientLogout::default(),
        }
    }

    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    /// The usual request with other values; without those that are `None`.
    fn asked(changes: &[(&str, Option<&str>)]) -> Parameters {
        let usual = [
            ("client_id", "yoyaku"),
            ("redirect_uri", "https://yoyaku.example.jp/cb"),
            ("response_type", "code"),
            ("scope", "openid profile email unheard_of"),
            ("state", "s"),
            ("nonce", "n"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let mut all: Vec<(&str, Option<&str>)> =
            usual.iter().map(|(name, value)| (*name, Some(*value))).collect();
        for (name, value) in changes {
            all.retain(|(known, _)| known != name);
            all.push((name, *value));
        }
        let pairs = all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        Parameters::new(pairs.collect())
    }

    #[test]
    fn what_a_service_asks_is_read_or_refused_in_this_order() {
        use SsoError::*;
        let good = read(&client(Pkce::Required), &asked(&[])).unwrap();
        assert_eq!(good.scopes, [Scope::OpenId, Scope::Profile], "only what it may, and what is known");
        let (state, nonce) = ("x".repeat(LONGEST_STATE + 1), "x".repeat(LONGEST_NONCE + 1));
        let many = "openid ".repeat(MOST_SCOPES + 1);
        for (changes, error) in [
            (vec![("response_type", None)], InvalidRequest),
            (vec![("response_type", Some("token"))], UnsupportedResponseType),
            (vec![("response_type", Some("code id_token"))], UnsupportedResponseType),
            // Two mistakes: the earlier rule speaks.
            (vec![("response_type", Some("token")), ("scope", None)], UnsupportedResponseType),
            (vec![("response_mode", Some("form_post"))], InvalidRequest),
            (vec![("response_mode", Some("fragment")), ("request", Some("x"))], InvalidRequest),
            (vec![("request", Some("x"))], RequestNotSupported),
            (vec![("request_uri", Some("https://x.example/"))], RequestUriNotSupported),
            (vec![("scope", None)], InvalidScope),
            (vec![("scope", Some("profile"))], InvalidScope),
            (vec![("scope", Some("OPENID"))], InvalidScope),
            (vec![("scope", Some(many.as_str()))], InvalidScope),
            (vec![("state", Some(state.as_str()))], InvalidRequest),
            (vec![("nonce", Some(nonce.as_str()))], InvalidRequest),
            (vec![("code_challenge", None), ("code_challenge_method", None)], InvalidRequest),
            (vec![("code_challenge_method", Some("plain"))], InvalidRequest),
            (vec![("code_challenge_method", None)], InvalidRequest),
            (vec![("code_challenge", Some("short"))], InvalidRequest),
            (vec![("code_challenge", None)], InvalidRequest),
            (vec![("prompt", Some("none login"))], InvalidRequest),
            (vec![("prompt", Some("create"))], InvalidRequest),
            (vec![("max_age", Some("-1"))], InvalidRequest),
            (vec![("max_age", Some("+5"))], InvalidRequest),
            (vec![("max_age", Some("soon"))], InvalidRequest),
        ] {
            assert_eq!(read(&client(Pkce::Required), &asked(&changes)), Err(error), "{changes:?}");
        }
        for (text, max_age) in
            [("0", Some(0)), ("", None), ("10000", Some(10_000)), ("99999999999", Some(u32::MAX))]
        {
            let read = read(&client(Pkce::Required), &asked(&[("max_age", Some(text))]));
            assert_eq!(read.unwrap().max_age, max_age);
        }
    }

    #[test]
    fn of_the_strengths_that_are_wished_the_known_ones_are_kept() {
        let (app, key) = (Acr::MultiFactor, Acr::PhishingResistant);
        let wished = "phr urn:unheard https://refeds.org/profile/mfa phr";
        let read = read(&client(Pkce::Required), &asked(&[("acr_values", Some(wished))])).unwrap();
        assert_eq!(read.acr_values, [key, app]);
        assert_eq!(acr_values("PHR  0"), []);
    }

    #[test]
    fn a_code_is_guarded_as_the_file_says() {
        let bare = [("code_challenge", None), ("code_challenge_method", None)];
        let nothing = [bare[0], bare[1], ("nonce", None)];
        for (pkce, with_nonce, with_nothing) in
            [(Pkce::Required, false, false), (Pkce::Nonce, true, false), (Pkce::Optional, true, true)]
        {
            assert_eq!(read(&client(pkce), &asked(&bare)).is_ok(), with_nonce, "{pkce:?}");
            assert_eq!(read(&client(pkce), &asked(&nothing)).is_ok(), with_nothing, "{pkce:?}");
            assert!(read(&client(pkce), &asked(&[])).is_ok(), "{pkce:?}");
        }
    }

    #[test]
    fn what_stands_twice_is_refused_and_what_is_unknown_is_passed_over() {
        let and = |name: &str| {
            let mut pairs = asked(&[]).0;
            pairs.push((name.into(), "x".into()));
            Parameters::new(pairs)
        };
        for name in ["state", "nonce", "scope", "response_type", "code_challenge"] {
            assert_eq!(read(&client(Pkce::Required), &and(name)), Err(SsoError::InvalidRequest), "{name}");
        }
        assert!(read(&client(Pkce::Required), &and("unheard_of")).is_ok());
    }

    #[test]
    fn a_verifier_fits_its_challenge_and_no_other() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let s256 = |text: &str| if text == verifier { CHALLENGE.to_owned() } else { "other".to_owned() };
        assert!(is_verifier(Some(CHALLENGE), Some(verifier), s256) && is_verifier(None, None, s256));
        for (challenge, given) in [
            (Some(CHALLENGE), None),
            (Some(CHALLENGE), Some(CHALLENGE)),
            (Some(CHALLENGE), Some("")),
            (None, Some(verifier)),
        ] {
            assert!(!is_verifier(challenge, given, s256), "{challenge:?} {given:?}");
        }
    }

    #[test]
    fn an_answer_stands_behind_what_the_address_has_already() {
        let answer = |uri| answer_at(uri, &[("code", "a b&c"), ("iss", "https://x")]);
        assert_eq!(answer("https://y/cb"), "https://y/cb?code=a%20b%26c&iss=https%3A%2F%2Fx");
        assert_eq!(answer("https://y/cb?t=1"), "https://y/cb?t=1&code=a%20b%26c&iss=https%3A%2F%2Fx");
    }
}
