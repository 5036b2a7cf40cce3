//! The demo's own page: which unions, which members, which letters. Only under the demo command.

use askama::Template;

use crate::{domain::route::Route, wording::Words};

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

/// A union of the demo.
#[derive(Debug, Clone)]
pub struct Union {
    /// The union's full name.
    pub name: String,
    /// Its short name, for anchors.
    pub slug: String,
    /// `http://<id>.localhost:PORT/`
    pub url: String,
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
