//! A person who does what members do while the service is killed again and again, and holds it to what it acknowledged.
//!
//! After each request there are three cases: the answer says that it was done (from then on it has to be so for good), it
//! says no, or there is no answer. Then both may be, until the person finds out as people do: by looking, or by trying
//! the new password and then the old one.

mod account;
mod recovery;
mod way_in;

use std::{
    mem,
    time::{Duration, Instant},
};

use data_encoding::BASE32_NOPAD;
use kenpo_portal::{
    domain::totp,
    world::{Clock as _, SystemClock},
};

use super::{
    Run,
    browser::{Browser, Lost, mark},
};
use crate::{authenticator::Authenticator, seed::Seed};

/// Why a deed stops for now.
#[derive(Debug)]
pub enum Pause {
    /// No answer.
    Lost,
    /// The next code, or a letter, comes by then.
    Until(Instant),
    /// The rules let this member do no more within this run.
    Retires,
}

impl From<Lost> for Pause {
    fn from(_: Lost) -> Self {
        Self::Lost
    }
}

pub(super) type Done<T = ()> = Result<T, Pause>;

/// Something that is so, or has become something else by a request that was not answered.
#[derive(Debug, Clone)]
pub struct Either {
    pub sure: String,
    pub maybe: Option<String>,
}

impl Either {
    fn new(sure: String) -> Self {
        Self { sure, maybe: None }
    }

    /// What it may be, the newer one first.
    pub fn candidates(&self) -> Vec<String> {
        self.maybe.iter().chain([&self.sure]).cloned().collect()
    }

    fn settle(&mut self, value: &str) {
        value.clone_into(&mut self.sure);
        self.maybe = None;
    }
}

/// What a member has chosen to prove at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    App,
    Passkey,
    MailCode,
}

impl Kind {
    fn method(self) -> &'static str {
        match self {
            Self::App => "app-otp",
            Self::Passkey => "passkey",
            Self::MailCode => "email-otp",
        }
    }
}

/// An authenticator app.
#[derive(Debug, Clone)]
struct App {
    key: Vec<u8>,
    name: String,
    /// The last time step a code was sent for.
    step: i64,
}

impl App {
    /// A code that was not sent yet, or when there is one.
    fn code(&mut self) -> Done<String> {
        let now = SystemClock.now();
        let (second, this) = (now.as_second() % 30, now.as_second() / 30);
        // One step ahead is taken too; at its very end a step may be over when the code arrives.
        let next = [this, this + 1].into_iter().find(|step| *step > self.step);
        let Some(step) = next else {
            let wait = u64::try_from(31 - second).unwrap();
            return Err(Pause::Until(Instant::now() + Duration::from_secs(wait)));
        };
        self.step = step;
        Ok(totp::code_at(&self.key, jiff::Timestamp::from_second(step * 30).unwrap()))
    }
}

/// What a person may do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Enter,
    LogOut,
    ChangePassword,
    ChangeUserId,
    ChangeLanguage,
    ChangeAddress,
    AddApp,
    AddPasskey,
    AddMailCode,
    Rename,
    Remove,
    RecoverByLink,
    RecoverByCode,
    LoseFactor,
}

/// One member.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about one person")]
pub struct Person {
    pub number: u32,
    pub kind: Kind,
    pub login: Either,
    pub password: Either,
    pub email: Either,
    browser: Browser,
    seed: Seed,
    /// An answer gave this browser a session, and nothing that ends it was asked for since.
    is_in: bool,
    /// Whether an answer said that first login is over.
    pub arrived: bool,
    apps: Vec<App>,
    /// An app whose first code was sent and not answered.
    pending_app: Option<App>,
    passkeys: Vec<Authenticator>,
    has_mail_code: bool,
    /// What first login has settled for good.
    settled: Vec<&'static str>,
    /// A recovery goes on in this browser.
    recovering: bool,
    loses: bool,
    asked: u32,
    link: Option<String>,
    /// Codes that were mailed for signing in: five an hour are.
    codes: u32,
    /// Letters that were read.
    read: usize,
    waited: u32,
    /// Passwords, and user IDs with them, that were refused since one was right: with which to go on.
    tried: usize,
    /// Pauses that were met since a password was right.
    pauses: u32,
    /// How the database knows the cookie that was given last.
    shown: Option<String>,
    made: u32,
    /// Names of devices, newest last, with the way their rows are found.
    names: Vec<String>,
    dead: Vec<String>,
    pub deeds: u32,
    pub ready_at: Instant,
    pub deed: Option<Deed>,
}

pub const TEMPORARY: &str = "Vp6r-Hn3t-Ky8s";
/// Everybody's.
pub const BORN: &str = "19790822";

impl Person {
    pub fn new(run: &Run, number: u32, kind: Kind) -> Self {
        Self {
            number,
            kind,
            login: Either::new(login(number)),
            password: Either::new(TEMPORARY.to_owned()),
            email: Either::new(address(number)),
            browser: run.browser(number),
            seed: Seed::new(u64::from(number) ^ run.seed),
            is_in: false,
            arrived: false,
            apps: Vec::new(),
            pending_app: None,
            passkeys: Vec::new(),
            has_mail_code: kind == Kind::MailCode,
            settled: Vec::new(),
            recovering: false,
            loses: false,
            asked: 0,
            link: None,
            codes: 0,
            read: 0,
            waited: 0,
            tried: 0,
            pauses: 0,
            shown: None,
            made: 0,
            names: Vec::new(),
            dead: Vec::new(),
            deeds: 0,
            ready_at: Instant::now(),
            deed: None,
        }
    }

    /// What comes next, where nothing is under way.
    pub fn choose(&mut self) -> Deed {
        if !self.arrived || !self.is_in {
            return Deed::Enter;
        }
        let settled = self.password.maybe.is_none() && self.login.maybe.is_none();
        let may_sign_in = !self.has_mail_code || self.codes < 3;
        let may_recover = settled && self.asked < 3 && may_sign_in;
        let may_lose =
            may_recover && self.kind != Kind::MailCode && self.devices() == 1 && !self.has_mail_code;
        let choices = [
            (Deed::LogOut, 3, may_sign_in),
            (Deed::ChangePassword, 3, true),
            (Deed::ChangeUserId, 2, true),
            (Deed::ChangeLanguage, 1, true),
            (Deed::ChangeAddress, 1, self.made < 4),
            (Deed::AddApp, 2, self.apps.len() < 3),
            (Deed::AddPasskey, 2, self.passkeys.len() < 4),
            (Deed::AddMailCode, 1, !self.has_mail_code),
            (Deed::Rename, 2, !self.names.is_empty()),
            (Deed::Remove, 2, self.names.len() > 1),
            (Deed::RecoverByLink, 2, may_recover),
            (Deed::RecoverByCode, 2, may_recover),
            (Deed::LoseFactor, 3, may_lose),
        ];
        let possible: Vec<_> = choices.into_iter().filter(|(.., may)| *may).collect();
        let mut at = self.seed.below(possible.iter().map(|(_, weight, _)| weight).sum());
        for (deed, weight, _) in possible {
            if at < weight {
                return deed;
            }
            at -= weight;
        }
        Deed::Enter
    }

    fn devices(&self) -> usize {
        self.apps.len() + self.passkeys.len()
    }

    /// Does it, or goes on with it.
    pub fn go_on(&mut self, run: &Run, deed: Deed) -> Done {
        run.journal.note(self.number, &format!("{deed:?} at {}", self.browser.path()));
        match deed {
            Deed::Enter => self.enter(run),
            Deed::LogOut => self.log_out(run),
            Deed::ChangePassword => self.change_password(run),
            Deed::ChangeUserId => self.change_user_id(run),
            Deed::ChangeLanguage => self.change_language(run),
            Deed::ChangeAddress => self.change_address(run),
            Deed::AddApp => self.add_app(run),
            Deed::AddPasskey => self.add_passkey(run),
            Deed::AddMailCode => self.add_mail_code(run),
            Deed::Rename => self.rename(run),
            Deed::Remove => self.remove(run),
            Deed::RecoverByLink | Deed::RecoverByCode | Deed::LoseFactor => self.recover(run, deed),
        }
    }

    /// After no answer: the service is there again. Looks where everything is.
    pub fn look_again(&mut self, run: &Run) -> Done {
        let mut other = run.browser(self.number);
        let browser = if self.is_in { &mut self.browser } else { &mut other };
        browser.visit("/")?;
        if !self.browser.is_in() {
            self.misses_a_session(run);
        }
        Ok(())
    }

    /// Signed in at the end, in a new browser; what was ended stays ended.
    pub fn finish(&mut self, run: &Run) -> Done {
        for cookie in &self.dead {
            let mut browser = run.browser(self.number);
            browser.cookies.insert("__Host-session".to_owned(), cookie.clone());
            browser.visit("/")?;
            if browser.is_in() {
                run.journal.violated(self.number, "a session that was ended is back");
            }
        }
        self.dead.clear();
        if mem::take(&mut self.is_in) {
            self.browser = run.browser(self.number);
            self.recovering = false;
        }
        self.enter(run)?;
        self.list(run)
    }

    /// Sends the form with those fields. Whether it was taken; where it was, the next page is open, or is opened by
    /// whoever needs it.
    fn send(&mut self, run: &Run, what: &'static str, fields: &[(&str, &str)]) -> Done<bool> {
        self.browser.reload_if_lost()?;
        let (path, form) = self.browser.form(fields);
        self.send_to(run, what, &path, &form)
    }

    fn send_to(&mut self, run: &Run, what: &'static str, path: &str, form: &str) -> Done<bool> {
        let before = self.browser.session();
        let next = match self.browser.post(path, form) {
            Ok(Some(next)) => next,
            Ok(None) => {
                run.journal.note(self.number, &format!("{what} refused: {}", self.browser.says()));
                return Ok(false);
            }
            Err(lost) => {
                run.journal.unsure(self.number, what);
                return Err(lost.into());
            }
        };
        // Not done: the form waits until this person has shown again who they are, or they begin anew.
        let to_reauth = next.starts_with("/reauth") && !path.starts_with("/reauth");
        let leads_to = next.split('?').next().unwrap();
        let anew = leads_to == "/signin" && !matches!(what, "farewell" | "session-ended");
        // Back to the page whose turn it is: it was another's turn, or this one is asked for again.
        let stays = leads_to == path && path.starts_with("/signin/") && what != "code-mailed";
        let done = !to_reauth && !anew && !stays;
        if done {
            run.journal.acknowledged(self.number, what);
            let now = self.browser.session().filter(|now| before.as_ref() != Some(now));
            if let Some(cookie) = now {
                let shown = mark(&cookie);
                run.journal.note(self.number, &format!("a new cookie: session token {shown}"));
                self.shown = Some(shown);
                self.is_in = true;
            }
            self.waited = 0;
        } else {
            // Where mail was all that was shown, a recovery too ends at the sign-in page.
            run.journal.unsure(self.number, what);
        }
        self.browser.arrive(&next);
        Ok(done)
    }

    /// What `find` finds in the newest letter that was not read yet; parks where none comes.
    fn letter(&mut self, run: &Run, find: impl Fn(&super::post::Mail) -> Option<String>) -> Done<String> {
        let addresses = self.email.candidates();
        for to in &addresses {
            if let Some(found) = run.post.newest(to, self.read, &find) {
                self.waited = 0;
                return Ok(found);
            }
        }
        // A postman that was killed has it for the time of its lease.
        self.waited += 1;
        if self.has_mail_code && self.codes >= 4 {
            // The rules say so: five codes an hour.
            return Err(Pause::Retires);
        }
        if self.waited > 30 {
            run.journal.violated(self.number, &format!("no letter comes: {}", self.browser.says()));
        }
        Err(Pause::Until(Instant::now() + Duration::from_secs(5)))
    }

    /// What is left of a session that only this window had is the service's: nobody comes with its cookie again.
    fn close_browser(&mut self) {
        self.browser.close();
        self.is_in = false;
    }

    fn read_all(&mut self, run: &Run) {
        self.read = run.post.count(&self.email.sure);
    }

    fn fresh_word(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what}{:04}{:03}", self.number, self.made)
    }
}

/// The user ID on the notice.
pub fn login(number: u32) -> String {
    format!("member{number:05}")
}

pub fn address(number: u32) -> String {
    format!("member{number}@example.jp")
}

fn key_on(browser: &Browser) -> Vec<u8> {
    let key = browser.words("#key").unwrap_or_else(|| panic!("no key: {}", browser.says()));
    let key: String = key.chars().filter(|c| !c.is_whitespace()).collect();
    BASE32_NOPAD.decode(key.to_uppercase().as_bytes()).unwrap()
}
