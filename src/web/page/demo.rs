//! The demo's own page: which unions, which members, which letters; and the page of its service. Only under the demo command.

use askama::Template;
use serde_json::Value;

use crate::{
    domain::{route::Route, tenant::TenantText},
    wording::{Marked, Words},
};

/// `http://localhost:PORT/` of the demo command.
#[derive(Template)]
#[template(path = "demo/demo.html")]
pub struct DemoPage<'a> {
    /// The voice; no union stands behind this page.
    pub words: Words<'a>,
    /// The tag of the other language, for the link to the same page in it.
    pub other: &'static str,
    /// The unions that are served.
    pub unions: Vec<Union>,
    /// The letters written so far, newest first.
    pub letters: Vec<DemoLetter>,
    /// The key typed into the built-in authenticator app.
    pub key: String,
    /// The code for it, if it is a key.
    pub code: Option<String>,
}

impl DemoPage<'_> {
    /// A text between tags, with what is not in the language of the page marked.
    fn marked<T: AsRef<str>>(&self, text: T) -> Marked<T> {
        Marked::new(text, self.words.language())
    }

    /// An address in two parts, between which a line may break: the port and the path are the second one.
    fn parted(address: &str) -> (&str, &str) {
        address.rfind(':').map_or((address, ""), |port| address.split_at(port))
    }
}

/// A union of the demo.
#[derive(Debug, Clone)]
pub struct Union {
    /// The union's full name.
    pub name: String,
    /// Its short name, for anchors.
    pub slug: String,
    /// `http://<id>.localhost:PORT/`
    pub url: String,
    /// The demo's service, as members of this union reach it by themselves.
    pub service: String,
    /// The sample members of the union.
    pub members: Vec<DemoMember>,
}

/// A sample member with the first credentials.
#[derive(Debug, Clone)]
pub struct DemoMember {
    /// Name of the roster.
    pub name: String,
    /// The first user ID of the member.
    pub user_id: String,
    /// First password, as printed or derived.
    pub first_password: String,
    /// Eight digits, as typed at first login.
    pub birth_date: String,
    /// The code of the member's authenticator app now, once one is set up.
    pub code: Option<String>,
    /// Whether the member has finished the first login (the first password is dead then).
    pub activated: bool,
}

/// A letter of the outbox.
#[derive(Debug, Clone)]
pub struct DemoLetter {
    /// Where it is shown as a mail program shows it.
    pub page: String,
    /// The union it is from.
    pub union: String,
    /// The recipient's address.
    pub to: String,
    /// The subject, with the union's prefix.
    pub subject: String,
    /// When it was written, worded ([`Words::moment`]).
    pub time: String,
    /// The body, as plain text.
    pub text: String,
}

/// What the demo's service shows a member: `http://localhost:PORT/<id>/`, beside the portal.
#[derive(Template)]
#[template(path = "demo/service.html")]
pub struct DemoServicePage<'a> {
    /// The voice; no union stands behind this page.
    pub words: Words<'a>,
    /// The full name of the union that the member comes from.
    pub union: TenantText<'a>,
    /// The union's portal page.
    pub portal: String,
    /// The path below which the service's pages for this union stand.
    pub place: String,
    /// The name of the member who is signed in.
    pub name: Option<String>,
    /// What the service was told of the member.
    pub told: Vec<ServiceTold>,
    /// What stands in the ID token.
    pub proof: Vec<ServiceTold>,
    /// Whether the member did not want to go on.
    pub declined: bool,
    /// What did not fit, as the protocol calls it.
    pub failed: Option<&'static str>,
}

impl DemoServicePage<'_> {
    /// A text between tags, with what is not in the language of the page marked.
    fn marked<T: AsRef<str>>(&self, text: T) -> Marked<T> {
        Marked::new(text, self.words.language())
    }
}

/// A claim that the service was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceTold {
    /// Its name in the protocol.
    pub claim: String,
    /// Its value; a list's values one after the other.
    pub value: String,
}

impl ServiceTold {
    /// Each claim of an object.
    pub fn all(claims: &Value) -> Vec<Self> {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            other => other.to_string(),
        };
        let rows = claims.as_object().into_iter().flatten();
        rows.map(|(claim, value)| Self { claim: claim.clone(), value: text(value) }).collect()
    }

    /// The name of the sentence that says what it is.
    fn label(&self) -> &'static str {
        match self.claim.as_str() {
            "sub" => "demo-claim-sub",
            "name" => "demo-claim-name",
            "name#ja-Kana-JP" => "demo-claim-kana",
            "email" => "demo-claim-email",
            "email_verified" => "demo-claim-email-verified",
            "birthdate" => "demo-claim-birth-date",
            "kenpo_kigo" => "demo-claim-kigo",
            "kenpo_bango" => "demo-claim-bango",
            "kenpo_branch" => "demo-claim-branch",
            "kenpo_insurer_number" => "demo-claim-insurer",
            "kenpo_insured_kind" => "demo-claim-kind",
            "kenpo_union_id" => "demo-claim-union-id",
            "kenpo_union_name" => "demo-claim-union-name",
            "iss" => "demo-claim-iss",
            "aud" => "demo-claim-aud",
            "auth_time" => "demo-claim-auth-time",
            "acr" => "demo-claim-acr",
            "amr" => "demo-claim-amr",
            "sid" => "demo-claim-sid",
            "iat" | "exp" | "nonce" | "at_hash" => "demo-claim-token",
            _ => "demo-claim-other",
        }
    }
}
