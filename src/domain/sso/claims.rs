//! Claims: what a service is told of a member: never more than its scopes give (OpenID Connect Core, 2 and 5).

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{acr::Acr, client::Scope, key::ID_TOKEN_LIFE};
use crate::domain::{member::Member, tenant::Tenant};

/// What ID tokens say, by name.
pub const OF_ID_TOKEN: [&str; 11] =
    ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"];

/// What a scope gives to read, by name. `sub` is told with every scope.
pub fn of_scope(scope: Scope) -> &'static [&'static str] {
    match scope {
        Scope::OpenId => &[],
        Scope::Profile => &["name", "name#ja-Kana-JP"],
        Scope::Email => &["email", "email_verified"],
        Scope::Insured => {
            &["kenpo_insurer_number", "kenpo_kigo", "kenpo_bango", "kenpo_branch", "kenpo_insured_kind"]
        }
        Scope::BirthDate => &["birthdate"],
        Scope::Union => &["kenpo_union_id", "kenpo_union_name"],
    }
}

/// What an ID token says.
#[derive(Debug, Clone, Copy)]
pub struct IdToken<'a> {
    /// The union.
    pub issuer: &'a str,
    /// The service.
    pub client: &'a str,
    /// Who the member is there.
    pub sub: &'a str,
    /// What the session is called there.
    pub sid: &'a str,
    /// What the service sent along.
    pub nonce: Option<&'a str>,
    /// When the member showed who they are.
    pub auth_time: Timestamp,
    /// How strongly that was.
    pub acr: Acr,
    /// The access token that goes with it, hashed: the left half of its SHA-256, in base64url (OpenID Connect Core,
    /// 3.1.3.6).
    pub at_hash: &'a str,
}

/// The claims of an ID token that is made `now`.
pub fn id_token(about: &IdToken<'_>, now: Timestamp) -> Value {
    let until = now.checked_add(ID_TOKEN_LIFE).unwrap_or(now);
    let mut claims = json!({
        "iss": about.issuer,
        "sub": about.sub,
        "aud": about.client,
        "iat": now.as_second(),
        "exp": until.as_second(),
        "auth_time": about.auth_time.as_second(),
        "acr": about.acr.as_str(),
        "amr": about.acr.amr(),
        "sid": about.sid,
        "at_hash": about.at_hash,
    });
    if let (Some(nonce), Some(claims)) = (about.nonce, claims.as_object_mut()) {
        claims.insert("nonce".to_owned(), json!(nonce));
    }
    claims
}

/// What a service reads of the member.
pub fn user_info(tenant: &Tenant, member: &Member, sub: &str, scopes: &[Scope]) -> Value {
    let mut claims = Map::new();
    let mut tell = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
    tell("sub", json!(sub));
    for scope in scopes {
        match scope {
            Scope::OpenId => {}
            Scope::Profile => {
                tell("name", json!(member.name));
                if !member.name_kana.is_empty() {
                    tell("name#ja-Kana-JP", json!(member.name_kana));
                }
            }
            Scope::Email => {
                if let Some(email) = &member.email {
                    tell("email", json!(email.as_str()));
                    tell("email_verified", json!(true));
                }
            }
            Scope::Insured => {
                if let Some(insurer) = &tenant.sso.insurer_number {
                    tell("kenpo_insurer_number", json!(insurer));
                }
                tell("kenpo_kigo", json!(member.number.kigo()));
                tell("kenpo_bango", json!(member.number.bango()));
                tell("kenpo_branch", json!(member.number.branch()));
                if let Some(kind) = insured_kind(member.number.branch()) {
                    tell("kenpo_insured_kind", json!(kind));
                }
            }
            Scope::BirthDate => tell("birthdate", json!(member.birth_date.date().to_string())),
            Scope::Union => {
                tell("kenpo_union_id", json!(tenant.slug.as_str()));
                tell("kenpo_union_name", json!(tenant.name));
            }
        }
    }
    Value::Object(claims)
}

/// 本人 or 家族, by 枝番: `00` is the insured person. `None` where the roster has no 枝番.
fn insured_kind(branch: &str) -> Option<&'static str> {
    let is_number = !branch.is_empty() && branch.bytes().all(|byte| byte.is_ascii_digit());
    let is_insured = branch.bytes().all(|byte| byte == b'0');
    is_number.then_some(if is_insured { "insured" } else { "family" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_insured_and_who_is_family_stands_in_the_branch() {
        for (branch, kind) in
            [("00", Some("insured")), ("0", Some("insured")), ("01", Some("family")), ("", None), ("a", None)]
        {
            assert_eq!(insured_kind(branch), kind, "{branch}");
        }
    }
}
