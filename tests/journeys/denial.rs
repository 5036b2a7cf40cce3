//! Denial: what strangers do all day, and which of a member's doors stay open (B9, D27, G11): as data. A stranger knows
//! whatever the act says — the user ID, the password, birth date and address — and comes from everywhere; the member knocks at
//! every door in a browser that has signed her in before, and in a new one.

use std::net::IpAddr;

use kenpo_portal::{domain::member::japanese_day, world::Clock as _};

use crate::{
    holder::{Held, Holder, JRP},
    known_browser::signed_out,
    passkey_alone::alone,
    recovery::{ASK, CODE, WAY},
    town::{Browser, Town, minutes, side_by_side},
    walk::{ANOTHER_PASSWORD, set_another_password, sign_in},
};

/// What strangers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    /// Wrong passwords, beyond the fiftieth.
    WrongPasswords,
    /// With the password: wrong codes of an app, beyond the thirtieth.
    WrongAppCodes,
    /// With the password: wrong mailed codes, beyond the thirtieth.
    WrongMailCodes,
    /// With the password: mailed codes are asked for, and none is typed.
    MailedCodes,
    /// A forgotten password is asked for, from one network.
    RecoveryAsks,
    /// The same, from many networks.
    RecoveryAsksFromEverywhere,
    /// Wrong codes of a forgotten password, beyond the sixtieth.
    RecoveryCodes,
    /// With birth date and address: forgotten user IDs are asked for.
    UserIdAsks,
    /// All of it, one after the other.
    Everything,
}

const ACTS: [Act; 9] = [
    Act::WrongPasswords,
    Act::WrongAppCodes,
    Act::WrongMailCodes,
    Act::MailedCodes,
    Act::RecoveryAsks,
    Act::RecoveryAsksFromEverywhere,
    Act::RecoveryCodes,
    Act::UserIdAsks,
    Act::Everything,
];

/// Where the member knocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    /// User ID and password.
    Password,
    /// The same, and the code of the app, up to the portal page.
    AppCode,
    /// The same with a mailed code.
    MailCode,
    /// The same with a passkey.
    Passkey,
    /// A passkey by itself.
    LonePasskey,
    /// The link of a mail about a forgotten password.
    RecoveryLink,
    /// The code of that mail.
    RecoveryCode,
    /// The code of the union's desk, behind that link.
    DeskCode,
    /// The mail about a forgotten user ID.
    UserId,
    /// Showing again who one is, while signed in.
    Reauthentication,
}

const DOORS: [Door; 10] = [
    Door::Password,
    Door::AppCode,
    Door::MailCode,
    Door::Passkey,
    Door::LonePasskey,
    Door::RecoveryLink,
    Door::RecoveryCode,
    Door::DeskCode,
    Door::UserId,
    Door::Reauthentication,
];

/// The table: what an act closes in a new browser: by a pause or a letter until its time is over, by fifty passwords until
/// another one is set, by codes behind her password until she has set another one in a browser of hers. In a browser that
/// has signed her in before nothing closes anything.
fn closed_to_new_browsers(act: Act) -> &'static [Door] {
    use Door::{
        AppCode, DeskCode, MailCode, Passkey, Password, Reauthentication, RecoveryCode, RecoveryLink, UserId,
    };
    match act {
        // Whoever shows a password has to wait with the stranger; a passkey by itself and a new password need not.
        Act::WrongPasswords => &[Password, AppCode, MailCode, Passkey, Reauthentication],
        // Codes: closed until she has set another password in the browser she uses (TD6), as this story does: before that,
        // `closed_before_the_new_password`. Asks: each browser has its own.
        Act::WrongAppCodes | Act::WrongMailCodes | Act::RecoveryAsks => &[],
        Act::MailedCodes => &[MailCode],
        Act::RecoveryAsksFromEverywhere => &[RecoveryLink, RecoveryCode, DeskCode],
        Act::RecoveryCodes => &[RecoveryCode],
        Act::UserIdAsks => &[UserId],
        Act::Everything => &[
            Password,
            AppCode,
            MailCode,
            Passkey,
            RecoveryLink,
            RecoveryCode,
            DeskCode,
            UserId,
            Reauthentication,
        ],
    }
}

/// What codes behind her password close in a new browser until she has set another one: the factor that was guessed at, and
/// nothing beside it. Of the doors that begin with a password, or with a passkey by itself.
fn closed_before_the_new_password(act: Act) -> Option<&'static [Door]> {
    match act {
        Act::WrongAppCodes => Some(&[Door::AppCode]),
        Act::WrongMailCodes => Some(&[Door::MailCode]),
        _ => None,
    }
}

struct Scene {
    town: Town,
    holder: Holder,
    /// Whether she sets another password where she is asked to. Else she goes no further.
    sets_passwords: bool,
    /// The browser she uses, signed out by now.
    used: Browser,
}

const MAIL_PAGE: &str = "/signin/mail-code";
const APP_PAGE: &str = "/signin/totp";

/// A union that takes a passkey by itself, and whose desk gives codes for lost factors.
pub fn alone_with_desk(text: String) -> String {
    alone(text) + "\n[recovery]\nlost_factor = \"desk-code\"\n"
}

impl Scene {
    /// A member who holds an app, a passkey and mailed codes, at a union that takes a passkey by itself.
    async fn open() -> Self {
        let town = Town::edited(JRP, alone_with_desk).await;
        let mut holder = Holder::of(&town, Held::AppAndPasskey).await;
        let mut used = holder.fresh(&town).await;
        used.visit("/account/methods/mail-code").await.press("ワンタイムパスワードを送る").await;
        let code = town.mailbox().code_for(&holder.who.email).await;
        used.fill("ワンタイムパスワード", &code).press("実行").await;
        used.is_at("/account/methods", "ログイン方法変更");
        let mut scene = Self { town, holder, sets_passwords: true, used };
        scene.at_the_next_hour();
        scene
    }

    fn at_the_next_hour(&mut self) {
        let past = self.town.app.portal().now().as_second() % 3600;
        self.town.clock.advance(jiff::SignedDuration::from_secs(3600 - past));
    }

    /// A browser of a stranger, from that network.
    fn stranger(&self, network: u8) -> Browser {
        let mut browser = self.town.browser(JRP);
        browser.from = Some(IpAddr::from([203, 0, network, 1]));
        browser
    }

    /// A browser of the member's, at home.
    fn hers(&self, known: bool) -> Browser {
        let mut browser =
            if known { signed_out(&self.town, JRP, &self.used) } else { self.town.browser(JRP) };
        browser.from = Some("198.51.100.7".parse().unwrap());
        browser
    }

    async fn does(&mut self, act: Act) {
        let (login, email) = (self.holder.who.login.clone(), self.holder.who.email.clone());
        let password = self.holder.password.clone();
        match act {
            Act::WrongPasswords => {
                for _ in 0..53 {
                    self.town.clock.advance(minutes(31));
                    sign_in(&mut self.stranger(1), &login, "wrong-password").await;
                }
            }
            Act::WrongAppCodes | Act::WrongMailCodes => {
                for _ in 0..8 {
                    self.town.clock.advance(minutes(15));
                    let mut thief = self.stranger(1);
                    sign_in(&mut thief, &login, &password).await;
                    let page = if act == Act::WrongAppCodes { APP_PAGE } else { MAIL_PAGE };
                    if act == Act::WrongMailCodes {
                        thief.post(MAIL_PAGE, "resend=1").await;
                    }
                    let code = self.town.mailbox().code_for(&email).await;
                    let wrong = if act == Act::WrongAppCodes {
                        self.holder.phone.wrong_code()
                    } else {
                        format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
                    };
                    for _ in 0..5 {
                        thief.post(page, &format!("code={wrong}")).await;
                    }
                }
            }
            Act::MailedCodes => {
                self.at_the_next_hour();
                for _ in 0..7 {
                    let mut thief = self.stranger(1);
                    sign_in(&mut thief, &login, &password).await;
                    thief.post(MAIL_PAGE, "resend=1").await;
                }
            }
            Act::RecoveryAsks => {
                for _ in 0..12 {
                    self.stranger(1).post(ASK, &format!("user_id={login}")).await;
                    self.town.clock.advance(minutes(2));
                }
                self.town.clock.advance(minutes(5));
            }
            Act::RecoveryAsksFromEverywhere => {
                for network in 0..14 {
                    self.stranger(network).post(ASK, &format!("user_id={login}")).await;
                    self.town.clock.advance(minutes(5));
                }
            }
            Act::RecoveryCodes => {
                // Slowly enough that letters are left in the day.
                for network in 0..13 {
                    self.town.clock.advance(minutes(150));
                    let mut stranger = self.stranger(network);
                    stranger.post(ASK, &format!("user_id={login}")).await;
                    for _ in 0..5 {
                        stranger.post(CODE, "code=000000").await;
                    }
                }
                self.town.clock.advance(minutes(5));
            }
            Act::UserIdAsks => {
                for _ in 0..6 {
                    let form = format!("birthdate=19790822&email={}", email.replace('@', "%40"));
                    self.stranger(1).post("/recovery/user-id", &form).await;
                }
            }
            Act::Everything => {
                for act in ACTS {
                    // What takes days comes first; what is counted by the day last.
                    if !matches!(act, Act::Everything | Act::RecoveryAsks) {
                        Box::pin(self.does(act)).await;
                    }
                }
                Box::pin(self.does(Act::RecoveryAsksFromEverywhere)).await;
                Box::pin(self.does(Act::MailedCodes)).await;
                // The pause that was given last is long over by now.
                sign_in(&mut self.stranger(1), &login, "wrong-password").await;
            }
        }
    }

    /// Whether the member is in. Whoever is told that somebody else knows the password sets another first.
    async fn is_in(&mut self, browser: &mut Browser) -> bool {
        if browser.path() == "/signin/password" {
            if !self.sets_passwords {
                return true;
            }
            set_another_password(browser).await;
            self.holder.password = ANOTHER_PASSWORD.into();
        }
        browser.path() == "/"
    }

    /// User ID and password; whether they were taken.
    async fn shows_password(&self, browser: &mut Browser) -> bool {
        sign_in(browser, &self.holder.who.login, &self.holder.password).await.path() != "/signin"
    }

    async fn shows_app(&mut self, browser: &mut Browser) -> bool {
        self.town.clock.advance(jiff::SignedDuration::from_secs(30));
        browser.visit(APP_PAGE).await;
        browser.post(APP_PAGE, &format!("code={}", self.holder.phone.code())).await;
        self.is_in(browser).await
    }

    async fn letters(&self, kind: &str) -> usize {
        self.town.mail_of(kind).await.len()
    }

    /// Asks for a new password, and presses the link of the newest letter.
    async fn opens_link(&self, browser: &mut Browser) -> bool {
        self.town.clock.advance(jiff::SignedDuration::from_secs(1));
        browser.post(ASK, &format!("user_id={}", self.holder.who.login)).await;
        if self.letters("recovery").await == 0 {
            return false;
        }
        let link = self.town.newest_mail("recovery").await.link();
        browser.post(&link, "").await.path() == "/signin/birthdate"
    }

    /// Whether a door is open in that browser.
    async fn is_open(&mut self, door: Door, mut browser: Browser) -> bool {
        let email = self.holder.who.email.clone();
        match door {
            Door::Password => self.shows_password(&mut browser).await,
            Door::AppCode => self.shows_password(&mut browser).await && self.shows_app(&mut browser).await,
            Door::MailCode => {
                if !self.shows_password(&mut browser).await {
                    return false;
                }
                self.town.clock.advance(jiff::SignedDuration::from_secs(1));
                browser.post(MAIL_PAGE, "resend=1").await;
                let code = self.town.mailbox().code_for(&email).await;
                browser.post(MAIL_PAGE, &format!("code={code}")).await;
                self.is_in(&mut browser).await
            }
            Door::Passkey => {
                if !self.shows_password(&mut browser).await {
                    return false;
                }
                browser.visit("/signin/passkey").await.press_with("次へ", &mut self.holder.device).await;
                self.is_in(&mut browser).await
            }
            Door::LonePasskey => {
                browser.visit("/signin").await;
                browser.press_with("顔・指紋・画面ロックでログイン", &mut self.holder.device).await;
                self.is_in(&mut browser).await
            }
            Door::RecoveryLink => self.opens_link(&mut browser).await,
            Door::RecoveryCode => {
                self.town.clock.advance(jiff::SignedDuration::from_secs(1));
                browser.post(ASK, &format!("user_id={}", self.holder.who.login)).await;
                let code = self.town.mailbox().code_for(&email).await;
                browser.post(CODE, &format!("code={code}")).await.path() == "/signin/birthdate"
            }
            Door::DeskCode => {
                if !self.opens_link(&mut browser).await {
                    return false;
                }
                browser.fill("生年月日", self.holder.who.born).press("実行").await;
                assert_eq!(browser.path(), WAY);
                browser.press("機種変更や紛失などで使えない").await;
                let code = self.town.desk_code(JRP, &self.holder.who.login).await;
                let form = format!("code={code}");
                browser.post("/recovery/password/desk-code", &form).await.path().starts_with("/signin/setup/")
            }
            Door::UserId => {
                let before = self.letters("user-ids").await;
                let form = format!("birthdate=19790822&email={}", email.replace('@', "%40"));
                browser.post("/recovery/user-id", &form).await;
                self.letters("user-ids").await > before
            }
            Door::Reauthentication => {
                if !self.shows_password(&mut browser).await {
                    return false;
                }
                browser.visit("/signin/passkey").await.press_with("次へ", &mut self.holder.device).await;
                if !self.is_in(&mut browser).await {
                    return false;
                }
                self.town.clock.advance(minutes(6));
                if browser.visit("/account/password").await.path() != "/reauth" {
                    return false;
                }
                let password = self.holder.password.clone();
                browser.fill("パスワード", &password).press("ログイン").await;
                browser.press_with("次へ", &mut self.holder.device).await;
                browser.path() == "/account/password"
            }
        }
    }
}

/// Why the member may not come in.
#[derive(Debug, Clone, Copy)]
enum KeptOut {
    Locked,
    Ended,
    /// The last day is over; no job has looked yet.
    DayOver,
}

/// The door that is open to nobody who is no member or is kept out, whatever they know and hold; and to the same person
/// again once the desk has taken it back (D34, B8).
#[test]
fn whoever_is_kept_out_finds_every_door_closed_in_every_browser_and_open_again_afterwards() {
    let wrong = side_by_side([KeptOut::Locked, KeptOut::Ended, KeptOut::DayOver], async |how| {
        let mut wrong = Vec::new();
        let mut scene = Scene::open().await;
        let (login, tenant) = (scene.holder.who.login.clone(), scene.town.tenant(JRP));
        match how {
            KeptOut::Locked => drop(scene.town.desk(&tenant).lock(&login).await.unwrap()),
            KeptOut::Ended => {
                let yesterday = japanese_day(scene.town.clock.now()).yesterday().unwrap().to_string();
                scene.town.desk(&tenant).end_membership(&login, &yesterday).await.unwrap();
            }
            KeptOut::DayOver => scene.town.sql("UPDATE member SET lost_on = '2026-01-31'").await,
        }
        for (known, doors) in [(true, DOORS), (false, DOORS)] {
            for door in doors {
                let browser = scene.hers(known);
                if scene.is_open(door, browser).await {
                    wrong.push(format!("{how:?} × {door:?}, known: {known}: open"));
                }
            }
        }
        match how {
            KeptOut::Locked => drop(scene.town.desk(&tenant).unlock(&login).await.unwrap()),
            KeptOut::Ended | KeptOut::DayOver => {
                scene.town.desk(&tenant).lift_last_day(&login).await.unwrap();
            }
        }
        scene.town.sql("DELETE FROM guard").await;
        for door in DOORS {
            let browser = scene.hers(false);
            if !scene.is_open(door, browser).await {
                wrong.push(format!("{how:?} × {door:?}: closed after it was taken back"));
            }
        }
        scene.town.close().await;
        wrong
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn whatever_strangers_do_all_day_the_members_own_browser_is_let_in_at_every_door() {
    let wrong = side_by_side(ACTS, async |act| {
        let mut wrong = Vec::new();
        let mut scene = Scene::open().await;
        scene.does(act).await;
        if let Some(closed) = closed_before_the_new_password(act) {
            scene.at_the_next_hour();
            scene.sets_passwords = false;
            for door in [Door::Password, Door::AppCode, Door::MailCode, Door::Passkey, Door::LonePasskey] {
                let expected = !closed.contains(&door);
                let browser = scene.hers(false);
                if scene.is_open(door, browser).await != expected {
                    wrong.push(format!("{act:?} × {door:?}, before: expected open: {expected}"));
                }
            }
            scene.sets_passwords = true;
            scene.at_the_next_hour();
        }
        // In the browser she uses first: there she is told to set another password, and does.
        for (known, doors) in [(true, DOORS), (false, DOORS)] {
            for door in doors {
                let expected = known || !closed_to_new_browsers(act).contains(&door);
                let browser = scene.hers(known);
                if scene.is_open(door, browser).await != expected {
                    wrong.push(format!("{act:?} × {door:?}, known: {known}: expected open: {expected}"));
                }
            }
        }
        scene.town.close().await;
        wrong
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
