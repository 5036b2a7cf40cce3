//! Printed: a first credential on paper, as one page of HTML for a whole batch, which any browser prints: A4, folded in
//! three, in a window envelope.
//!
//! # The envelope
//! 長形3号, 235 × 120 mm, with a window of 90 × 45 mm, 22 mm from the left edge and 12 mm from the upper one: the values of
//! KOMA-Script's option `NipponEL` for these envelopes. The post asks for a window of at least 80 × 45 mm. A sheet of A4
//! folded in three is 210 × 99 mm and has room to slide, 25 mm sideways and 21 mm up and down. So the addressee stands where
//! the window shows it wherever the sheet lies (22–87 mm from the left, 12–36 mm from above), and nothing else stands where
//! it might be shown (up to 112 and 57 mm).
//!
//! # What the window shows
//! Name and running number. The roster has no postal addresses: they are printed or stuck on above the name, where room is
//! left, or the letters are handed out at work. 記号・番号 identify a person like a name (個人情報保護法施行令第1条) and stand
//! beside the window, so that who adds the addresses can match them.
//!
//! # The page
//! It stands by itself: nothing is loaded, nothing runs (its own policy says so), and it may be opened without a network.

use askama::Template;
use jiff::civil::Date;
use qrcodegen::{QrCode, QrCodeEcc};
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use crate::{
    domain::{
        first_credential,
        origin::PublicAddress,
        roster::{CredentialNotice, is_self_made},
        route::sign_in_address,
        tenant::{Language, Tenant},
    },
    wording::{Argument, Wording, Words},
};

/// What is printed for a self-made character (外字), which no other machine's font has: the printers' mark for a missing one.
const GETA: char = '〓';
/// Modules of white around a QR code (ISO/IEC 18004 asks for four).
const QUIET: i32 = 4;
/// Characters that are taken for each other on paper, and what each is called.
const LOOK_ALIKES: [(char, &str); 6] = [
    ('0', "printed-zero"),
    ('1', "printed-one"),
    ('O', "printed-capital-o"),
    ('I', "printed-capital-i"),
    ('l', "printed-small-l"),
    ('o', "printed-small-o"),
];

/// What stands before the letters: the style, and what a screen shows to whoever prints them.
#[derive(Template)]
#[template(path = "printed/head.html")]
struct PrintedHead<'a> {
    language: &'static str,
    title: String,
    colour: &'a str,
    told: Vec<String>,
}

/// One letter.
#[derive(Template)]
#[template(path = "printed/letter.html")]
struct PrintedLetter<'a> {
    page: &'a PrintedLetters<'a>,
    words: &'a Words<'a>,
    /// The running number.
    no: usize,
    name: String,
    number: String,
    login: &'a str,
    look_alikes: String,
    password: Vec<&'a str>,
    qr: QrPath,
}

impl PrintedLetter<'_> {
    fn second_tag(&self) -> &'static str {
        self.page.second.as_ref().map_or("", |words| tag(words.language()))
    }
}

/// A QR code as a path, in modules.
struct QrPath {
    /// Modules of a side, with the white around.
    side: i32,
    path: String,
}

/// The letters of one batch.
pub struct PrintedLetters<'a> {
    tenant: &'a Tenant,
    words: Words<'a>,
    /// The other language, where the union offers one.
    second: Option<Words<'a>>,
    origin: String,
    /// The address as one types it.
    place: String,
    last_day: Date,
}

impl<'a> PrintedLetters<'a> {
    /// What stands behind the letters.
    pub const FOOT: &'static str = "</body>\n</html>\n";

    /// Letters of that union, whose credentials open first login up to that day.
    pub fn new(tenant: &'a Tenant, wording: &'a Wording, public: &PublicAddress, last_day: Date) -> Self {
        let second = tenant.languages.iter().copied().find(|language| *language != tenant.default_language);
        let origin = public.origin(tenant);
        Self {
            tenant,
            words: wording.words(tenant, tenant.default_language),
            second: second.map(|language| wording.words(tenant, language)),
            place: origin.strip_prefix("https://").unwrap_or(&origin).to_owned(),
            origin,
            last_day,
        }
    }

    /// What stands before the letters of these members.
    ///
    /// # Errors
    /// The template failed.
    pub fn head(&self, notices: &[CredentialNotice<'_>]) -> Result<String, askama::Error> {
        let missing: Vec<String> = (1_usize..)
            .zip(notices)
            .filter(|(_, notice)| notice.name.chars().any(is_self_made))
            .map(|(no, _)| no.to_string())
            .collect();
        let mut told = vec![
            self.words.msg1("printed-screen-count", "count", notices.len()),
            self.words.msg("printed-screen-print"),
            self.words.msg("printed-screen-envelope"),
            self.words.msg("printed-screen-address"),
            self.words.msg("printed-screen-secret"),
        ];
        if !missing.is_empty() {
            told.push(self.words.msg1("printed-screen-gaiji", "letters", missing.join(", ")));
        }
        let colour = self.tenant.brand.primary.as_str();
        PrintedHead {
            language: tag(self.words.language()),
            title: self.words.msg("printed-title"),
            colour,
            told,
        }
        .render()
    }

    /// The letter of one member, who is at that place of the batch, counted from 0.
    ///
    /// # Errors
    /// The template failed.
    pub fn letter(
        &self,
        at: usize,
        notice: &CredentialNotice<'_>,
    ) -> Result<Zeroizing<String>, askama::Error> {
        let printed = Zeroizing::new(first_credential::grouped(notice.password.expose_secret()));
        let number = notice.number;
        let name = notice.name.chars().map(|c| if is_self_made(c) { GETA } else { c }).collect();
        let letter = PrintedLetter {
            page: self,
            words: &self.words,
            no: at + 1,
            name,
            number: format!("{}-{}-{}", number.kigo(), number.bango(), number.branch()),
            login: &notice.login,
            look_alikes: self.look_alikes(&notice.login),
            password: printed.split('-').collect(),
            qr: qr(&sign_in_address(&self.origin, &notice.login)),
        };
        letter.render().map(Zeroizing::new)
    }

    /// A sentence about the letter as a whole.
    fn with(&self, words: &Words<'_>, key: &str) -> String {
        let language = words.language();
        let (until, phone, hours) = (
            words.day(self.last_day),
            self.tenant.contact.phone.as_str(),
            self.tenant.hours_in(language).text,
        );
        let union = self.tenant.name_in(language).text;
        let values: [(&str, &dyn Argument); 5] = [
            ("union", &union),
            ("place", &self.place),
            ("until", &until),
            ("phone", &phone),
            ("hours", &hours),
        ];
        words.with(key, &values)
    }

    /// What the characters of the user ID are called that are taken for others.
    fn look_alikes(&self, login: &str) -> String {
        let found = LOOK_ALIKES.iter().filter(|(c, _)| login.contains(*c));
        found.map(|(_, key)| self.words.msg(key)).collect::<Vec<_>>().join(&self.words.msg("printed-and"))
    }
}

/// The letters hold passwords.
impl std::fmt::Debug for PrintedLetters<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PrintedLetters(…)")
    }
}

fn tag(language: Language) -> &'static str {
    match language {
        Language::Ja => "ja",
        Language::En => "en",
    }
}

/// The code of an address. One that is longer than any code says nothing: the address stands beside it.
fn qr(address: &str) -> QrPath {
    use std::fmt::Write as _;
    let Ok(code) = QrCode::encode_text(address, QrCodeEcc::Medium) else {
        return QrPath { side: 1, path: String::new() };
    };
    let (size, mut path) = (code.size(), String::new());
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let run = (x..size).take_while(|x| code.get_module(*x, y)).count();
            let run = i32::try_from(run).unwrap_or(0);
            if run > 0 {
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run + 1;
        }
    }
    QrPath { side: size + 2 * QUIET, path }
}
