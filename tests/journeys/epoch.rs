//! What a change ends (D24, D25): every deed by everything that may be in flight, at each of its steps, as a table; and the
//! stories behind it.

use data_encoding::BASE64URL_NOPAD;
use kenpo_portal::{
    domain::{
        epoch::CredentialChange,
        member::{MemberId, SessionId, japanese_day},
        one_time::OneTimePurpose,
        passkey::CeremonyPurpose,
        tenant::{LostFactor, Method, Tenant},
    },
    portal::desk::Address,
    store::{self, known_browser::AskingBrowser},
    vault::Token,
    world::Clock as _,
};
use sha2::{Digest as _, Sha256};

use crate::{
    holder::{Held, Holder, JRP},
    membership::MORE,
    passkey_more::answer_form,
    recovery::{NEWER_PASSWORD, WAY, ask, open_link, replace_password, show_app, up_to_way, with_hanako},
    rivals::together,
    town::{Authenticator, Browser, JSW, Newcomer, Town, hours, job, minutes},
    walk::{NEW_PASSWORD, answer, return_with, sign_in, up_to},
    what_ends::{Change, make},
};

const LOST: &str = "機種変更や紛失などで使えない";
const WAIT: &str = "/recovery/password/wait";
const PASSKEYS: &str = "/account/methods/passkey";

/// What may be done to a member who is activated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    /// By a member who is signed in.
    Member(Change),
    /// The same: mailed codes become a factor.
    AddMailCode,
    /// A recovery comes through.
    Recover,
    /// The desk's.
    Unlock,
    CodeFromDesk,
    Revert,
    RevertKeepingAddress,
    ResetFactor,
    SetEmail,
    EndSessions,
    Lock,
    /// The membership ends: on a day that is over, or on one that is not.
    End,
    EndLater,
    /// Its last day passes: by the calendar alone, and once the job has looked.
    DayOver,
    DayOverAndEnded,
    /// The roster's: another last day before the job has looked.
    DayOverAndLaterOne,
    /// The same of the whole union: by the calendar alone, and opened again after it had closed.
    UnionDayOver,
    UnionReopened,
    /// The roster's.
    NameCorrected,
    BirthDateCorrected,
    /// The desk gives the member another number: one that nobody has, or one that a roster made a second member of.
    Move,
    Merge,
    /// The database is put back from a backup that was made while all this was in flight.
    Restored,
    /// Nothing but the number: what the comparisons alone end, without any deletion.
    EpochAlone,
}

const DEEDS: [Deed; 35] = [
    Deed::Member(Change::Language),
    Deed::Member(Change::Rename),
    Deed::Member(Change::LogOutOthers),
    Deed::Member(Change::UserId),
    Deed::Member(Change::Method),
    Deed::Member(Change::Address),
    Deed::Member(Change::Password),
    Deed::Member(Change::PasswordOnly),
    Deed::Member(Change::AddApp),
    Deed::Member(Change::AddPasskeyOnly),
    Deed::Member(Change::Remove),
    Deed::Member(Change::RemoveOnly),
    Deed::AddMailCode,
    Deed::Recover,
    Deed::Unlock,
    Deed::CodeFromDesk,
    Deed::Revert,
    Deed::RevertKeepingAddress,
    Deed::ResetFactor,
    Deed::SetEmail,
    Deed::EndSessions,
    Deed::Lock,
    Deed::End,
    Deed::EndLater,
    Deed::DayOver,
    Deed::DayOverAndEnded,
    Deed::DayOverAndLaterOne,
    Deed::UnionDayOver,
    Deed::UnionReopened,
    Deed::NameCorrected,
    Deed::BirthDateCorrected,
    Deed::Move,
    Deed::Merge,
    Deed::Restored,
    Deed::EpochAlone,
];

/// What may be in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Session,
    /// Of that session: the key of its next app, a form that is kept, a ceremony, mailed codes.
    AppKey,
    KeptForm,
    CeremonyToAdd,
    CodeOfPending,
    CodeOfChoice,
    Pending,
    /// Browsers on their way in, and what was asked of them.
    AtFactor,
    CeremonyToProve,
    Reauthentication,
    /// Recoveries, by the step they have come to.
    RecoveryAtBirthDate,
    RecoveryAtWay,
    RecoveryAtFactor,
    RecoveryAtWait,
    RecoveryAtPassword,
    RecoveryLink,
    RecoveryCode,
    /// Its letter, while it waits to be sent.
    Letter,
    Wait,
    CallOffLink,
    DeskCode,
    /// The browser of that session, as one that has signed the member in.
    KnownBrowser,
}

const KINDS: [Kind; 22] = [
    Kind::Session,
    Kind::KnownBrowser,
    Kind::AppKey,
    Kind::KeptForm,
    Kind::Pending,
    Kind::AtFactor,
    Kind::Reauthentication,
    Kind::RecoveryAtBirthDate,
    Kind::RecoveryAtWay,
    Kind::RecoveryAtFactor,
    Kind::RecoveryAtWait,
    Kind::RecoveryAtPassword,
    Kind::RecoveryLink,
    Kind::Letter,
    Kind::Wait,
    Kind::CallOffLink,
    Kind::DeskCode,
    Kind::CeremonyToAdd,
    Kind::CodeOfChoice,
    Kind::CodeOfPending,
    // Looking at these uses them up.
    Kind::RecoveryCode,
    Kind::CeremonyToProve,
];

/// What becomes of it; of what lives, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Dies,
    Lives(&'static str),
}
use Fate::{Dies, Lives};

/// The table.
fn fate(deed: Deed, kind: Kind) -> Fate {
    let in_session = matches!(
        kind,
        Kind::Session
            | Kind::AppKey
            | Kind::KeptForm
            | Kind::CeremonyToAdd
            | Kind::CodeOfPending
            | Kind::CodeOfChoice
            | Kind::Reauthentication
    );
    let stays = |why| if kind == Kind::Session { Lives(why) } else { Dies };
    if kind == Kind::KnownBrowser {
        return match deed {
            Deed::Recover
            | Deed::Revert
            | Deed::RevertKeepingAddress
            | Deed::ResetFactor
            | Deed::EndSessions
            | Deed::Lock
            | Deed::End
            | Deed::DayOverAndEnded
            | Deed::UnionReopened
            | Deed::Restored => Dies,
            _ => Lives("it is no way in: it only chooses whose wrong tries are counted together (D27)"),
        };
    }
    match deed {
        Deed::Member(Change::Language | Change::Rename) => Lives("it is no way in"),
        Deed::Unlock => Lives("the member waits at the phone for it, and it changes no way in"),
        Deed::NameCorrected => Lives("a name is asked for nowhere"),
        Deed::EndLater => Lives("the person is a member until that day is over"),
        Deed::DayOver | Deed::UnionDayOver => match kind {
            Kind::AppKey
            | Kind::KeptForm
            | Kind::CeremonyToAdd
            | Kind::CodeOfPending
            | Kind::CodeOfChoice
            | Kind::Pending
            | Kind::Wait
            | Kind::DeskCode => Lives("a row behind doors that are closed, until the job has looked"),
            _ => Dies,
        },
        Deed::CodeFromDesk if kind == Kind::DeskCode => Dies,
        Deed::CodeFromDesk => Lives("the member waits at the phone, in a recovery, for this code"),
        Deed::Member(Change::LogOutOthers) => match kind {
            Kind::RecoveryLink | Kind::RecoveryCode | Kind::Letter | Kind::Wait | Kind::CallOffLink => {
                Lives("it signs browsers out; mail and wait are nobody's browser")
            }
            Kind::Pending => Lives("it is the member's, not a browser's"),
            Kind::DeskCode => Lives("it is on a slip of paper"),
            Kind::CeremonyToAdd | Kind::CodeOfPending | Kind::CodeOfChoice => {
                Lives("its session is over, and nobody else can answer it")
            }
            _ => Dies,
        },
        Deed::Member(Change::UserId | Change::Method) => stays("the profile has no box to sign out"),
        Deed::Member(Change::Address) | Deed::AddMailCode => stays("no factor of the session was changed"),
        Deed::Member(Change::PasswordOnly | Change::AddPasskeyOnly | Change::RemoveOnly) => {
            stays("the member took the tick out of the box")
        }
        Deed::BirthDateCorrected | Deed::Move | Deed::Merge if in_session => match kind {
            Kind::Session => Lives("it stands on password and factor"),
            Kind::AppKey | Kind::KeptForm => Lives("the session goes on as it is: nobody did anything in it"),
            _ => Dies,
        },
        Deed::EpochAlone if kind == Kind::Pending => {
            Lives("it is of the member's own row, and goes in the statement that raises the epoch")
        }
        Deed::BirthDateCorrected
        | Deed::Move
        | Deed::Merge
        | Deed::Member(Change::Password | Change::AddApp | Change::Remove)
        | Deed::Recover
        | Deed::Revert
        | Deed::RevertKeepingAddress
        | Deed::Lock
        | Deed::End
        | Deed::DayOverAndEnded
        | Deed::DayOverAndLaterOne
        | Deed::UnionReopened
        | Deed::ResetFactor
        | Deed::SetEmail
        | Deed::EndSessions
        | Deed::Restored
        | Deed::EpochAlone => Dies,
    }
}

/// What shows that a change ends what it must.
enum ShownBy {
    /// These deeds of the table above.
    Deeds(&'static [Deed]),
    /// A test of its own: the file it stands in, and its name.
    Test(&'static str, &'static str),
}

/// What shows a change; a new one does not compile until it is shown.
fn shown_by(change: CredentialChange) -> ShownBy {
    let here = include_str!("epoch.rs");
    ShownBy::Deeds(match change {
        CredentialChange::Password => &[Deed::Member(Change::Password), Deed::Member(Change::PasswordOnly)],
        CredentialChange::Profile => &[Deed::Member(Change::UserId), Deed::Member(Change::Method)],
        CredentialChange::Address => &[Deed::Member(Change::Address)],
        CredentialChange::Add(method) => match method {
            Method::AppOtp => &[Deed::Member(Change::AddApp)],
            Method::Passkey => &[Deed::Member(Change::AddPasskeyOnly)],
            Method::EmailOtp => &[Deed::AddMailCode],
        },
        CredentialChange::Remove => &[Deed::Member(Change::Remove), Deed::Member(Change::RemoveOnly)],
        CredentialChange::Recovery => &[Deed::Recover],
        CredentialChange::Revert => &[Deed::Revert, Deed::RevertKeepingAddress],
        CredentialChange::ResetFactor => &[Deed::ResetFactor],
        CredentialChange::SetEmail => &[Deed::SetEmail],
        CredentialChange::EndSessions => &[Deed::EndSessions],
        CredentialChange::Lock => &[Deed::Lock],
        CredentialChange::End => &[Deed::End, Deed::DayOverAndEnded, Deed::DayOverAndLaterOne],
        CredentialChange::Correction => &[Deed::BirthDateCorrected, Deed::Move, Deed::Merge],
        CredentialChange::Choice
        | CredentialChange::FirstPassword
        | CredentialChange::FirstAddress
        | CredentialChange::SetUp(_) => {
            let name =
                "every_step_of_first_login_ends_what_another_browser_began_and_keeps_her_own_address_waiting";
            return ShownBy::Test(here, name);
        }
        CredentialChange::ExposedPassword => {
            let name = "ten_wrong_codes_behind_her_password_are_told_once_and_she_sets_another";
            return ShownBy::Test(include_str!("known_browser.rs"), name);
        }
        CredentialChange::Replace(_) => {
            let name =
                "a_wait_ends_with_a_change_of_the_password_and_an_unproven_recovery_chooses_nothing_for_her";
            return ShownBy::Test(here, name);
        }
        CredentialChange::Access => {
            let name = "what_the_roster_changes_before_activation_ends_what_was_begun_with_the_old";
            return ShownBy::Test(here, name);
        }
        CredentialChange::Reissue => {
            let name = "reissued_passwords_open_first_login_and_lost_ones_do_not";
            return ShownBy::Test(include_str!("desk_ways.rs"), name);
        }
    })
}

/// A member with everything in flight.
pub struct Begun {
    pub holder: Holder,
    member: MemberId,
    /// The browser that makes the change.
    actor: Browser,
    /// Another session, and what is in flight in it.
    pub other: Browser,
    session: SessionId,
    key: Vec<u8>,
    to_add: Vec<u8>,
    pub at_factor: Browser,
    to_prove: String,
    reauth: Browser,
    pub recoveries: Vec<Browser>,
    pub asked: Browser,
    pub link: String,
    pub code: String,
    pub call_off: String,
}

fn by_desk_code(town: &Town) -> Tenant {
    let mut tenant = Tenant::clone(&town.tenant(JRP));
    tenant.policy.recovery.lost_factor = LostFactor::DeskCode;
    tenant
}

pub async fn begin_all(town: &Town) -> Begun {
    let mut holder = Holder::of(town, Held::AppAndPasskey).await;
    let who = holder.who.clone();
    // Ceremonies live five minutes: what takes its time comes first.
    let mut reauth = holder.signed_in_a_while_ago(town).await;
    let mut other = holder.fresh(town).await;
    let session = SessionId::parse(town.sessions(JRP).await.last().unwrap()).unwrap();
    other.visit("/account/email").await.fill("メールアドレス", "taro.else@example.com").press("実行").await;
    other.visit("/account/methods/mail-code").await.press("ワンタイムパスワードを送る").await;
    let options = other.options(PASSKEYS).await;
    let challenge = options["publicKey"]["challenge"].as_str().unwrap();
    let to_add = Sha256::digest(BASE64URL_NOPAD.decode(challenge.as_bytes()).unwrap()).to_vec();
    let tenant = town.tenant(JRP);
    town.app.portal().keep_form(&tenant, session, "profile", "login=someone").await.unwrap();
    let key = {
        let mut tx = town.store().tenant(&tenant.slug).read().await.unwrap();
        store::session::setup_secret(&mut tx, session).await.unwrap().unwrap()
    };

    let mut actor = holder.fresh(town).await;
    reauth.visit("/account/password").await.is_at("/reauth", "続行するには再度認証してください");
    reauth
        .fill("パスワード", NEW_PASSWORD)
        .press("ログイン")
        .await
        .is_at("/signin/passkey", "生体認証の設定");
    let mut at_factor = town.browser(JRP);
    sign_in(&mut at_factor, &who.login, NEW_PASSWORD).await;
    at_factor.visit("/signin/passkey").await;
    let to_prove = answer_form(&mut at_factor, "/signin/passkey", &mut holder.device).await;

    let mut recoveries = Vec::new();
    for step in 0..5 {
        town.sql("DELETE FROM guard").await;
        let mut browser = town.browser(JRP);
        if step == 0 {
            town.clock.advance(jiff::SignedDuration::from_secs(1));
            ask(&mut browser, &who.login).await;
            open_link(town, &mut browser).await;
        } else {
            up_to_way(town, &mut browser, &who).await;
        }
        match step {
            2 | 3 => {
                browser.press("登録した認証方法で確認する").await;
                if step == 3 {
                    holder.show(town, &mut browser).await;
                    browser.is_at("/signin/password", "パスワードの更新");
                }
            }
            4 => {
                browser.press(LOST).await.is_at(WAIT, "しばらくお待ちください");
            }
            _ => {}
        }
        recoveries.push(browser);
    }
    let call_off = town.newest_mail("lost-factor-asked").await.link();
    town.sql("DELETE FROM guard").await;
    let mut asked = town.browser(JRP);
    town.clock.advance(jiff::SignedDuration::from_secs(1));
    ask(&mut asked, &who.login).await;
    let mail = town.newest_mail("recovery").await;
    let (link, code) = (mail.link(), mail.code());
    let tenant = by_desk_code(town);
    town.desk(&tenant).desk_code(&who.login).await.unwrap();
    let member = town.member(JRP, &who.login).await.id;
    actor.visit("/").await.is_at("/", "サービス");
    town.sql("DELETE FROM guard").await;
    Begun {
        holder,
        member,
        actor,
        other,
        session,
        key,
        to_add,
        at_factor,
        to_prove,
        reauth,
        recoveries,
        asked,
        link,
        code,
        call_off,
    }
}

async fn does(town: &Town, begun: &mut Begun, deed: Deed) {
    let who = begun.holder.who.clone();
    let row = |born: &str, name: &str| {
        format!("15,102,,{born},{name},ミホン タロウ,k7m2xq9w4d,Vp6r-Hn3t-Ky8s,taro@example.jp")
    };
    match deed {
        Deed::Member(change) => assert!(make(town, &mut begun.actor, change).await, "{change:?}"),
        Deed::AddMailCode => {
            let actor = &mut begun.actor;
            // Letters of one instant wait in no order.
            town.clock.advance(jiff::SignedDuration::from_secs(1));
            actor.visit("/account/methods/mail-code").await.press("ワンタイムパスワードを送る").await;
            let code = town.mailbox().code_for(&who.email).await;
            actor
                .fill("ワンタイムパスワード", &code)
                .press("実行")
                .await
                .is_at("/account/methods", "ログイン方法変更");
        }
        Deed::Recover => replace_password(&mut begun.recoveries[3]).await,
        Deed::Unlock => town.unlock(JRP, &who.login).await,
        Deed::CodeFromDesk => {
            let tenant = by_desk_code(town);
            let former = newest_desk_code(town, begun.member).await;
            town.clock.advance(jiff::SignedDuration::from_secs(1));
            town.desk(&tenant).desk_code(&who.login).await.unwrap();
            assert_ne!(former, newest_desk_code(town, begun.member).await);
        }
        Deed::Revert => drop(town.revert_with(JRP, &who, Address::Dropped).await),
        Deed::ResetFactor => drop(town.desk(&town.tenant(JRP)).reset_factor(&who.login).await.unwrap()),
        Deed::SetEmail => {
            drop(town.desk(&town.tenant(JRP)).set_email(&who.login, "taro.neu@example.jp").await.unwrap());
        }
        Deed::EndSessions => drop(town.desk(&town.tenant(JRP)).end_sessions(&who.login).await.unwrap()),
        Deed::RevertKeepingAddress => drop(town.revert_with(JRP, &who, Address::Kept).await),
        Deed::Lock => drop(town.desk(&town.tenant(JRP)).lock(&who.login).await.unwrap()),
        Deed::End | Deed::EndLater => {
            let today = japanese_day(town.clock.now());
            let day = if deed == Deed::End { today.yesterday() } else { today.tomorrow() }.unwrap();
            town.desk(&town.tenant(JRP)).end_membership(&who.login, &day.to_string()).await.unwrap();
        }
        Deed::DayOver | Deed::DayOverAndEnded => {
            town.sql("UPDATE member SET lost_on = '2026-01-31'").await;
            if deed == Deed::DayOverAndEnded {
                let ended = town.app.portal().end_memberships(&town.tenant(JRP), job(b"node")).await.unwrap();
                assert_eq!(ended, 1);
            }
        }
        Deed::DayOverAndLaterOne => {
            town.sql("UPDATE member SET lost_on = '2026-01-31'").await;
            let later = japanese_day(town.clock.now()).tomorrow().unwrap();
            let row = format!("{},{later},,,", row("S54.8.22", "見本 太郎"));
            town.import_with(JRP, MORE, &row).await;
        }
        Deed::UnionDayOver | Deed::UnionReopened => {
            town.sql(
                "INSERT INTO closing (tenant, last_day, asked_at, shown)
                 SELECT tenant, '2026-01-31', imported_at, '{\"name\":\"\",\"phone\":\"\",\"hours\":\"\",\"hosts\":[]}' FROM member",
            )
            .await;
            if deed == Deed::UnionReopened {
                town.leaving(&town.tenant(JRP).slug).undo().await.unwrap();
            }
        }
        Deed::NameCorrected => drop(town.import(JRP, &row("S54.8.22", "見本 次郎")).await),
        Deed::BirthDateCorrected => drop(town.import(JRP, &row("S54.8.23", "見本 太郎")).await),
        Deed::Move => {
            let tenant = town.tenant(JRP);
            town.desk(&tenant).move_number(&who.login, "15-77", false).await.unwrap();
        }
        Deed::Merge => {
            town.import(JRP, "15,77,,S54.8.22,見本 太郎,ミホン タロウ,second01,Vp6r-Hn3t-Ky8t,").await;
            let tenant = town.tenant(JRP);
            let done = town.desk(&tenant).move_number(&who.login, "15-77", false).await.unwrap();
            assert!(done.done.merged.is_some());
        }
        Deed::Restored => drop(town.restored().await),
        Deed::EpochAlone => town.sql("UPDATE member SET epoch = epoch + 1").await,
    }
}

async fn newest_desk_code(town: &Town, member: MemberId) -> Option<uuid::Uuid> {
    let mut tx = town.store().tenant(&town.tenant(JRP).slug).read().await.unwrap();
    let found = store::one_time::newest(&mut tx, member, OneTimePurpose::DeskCode, None).await.unwrap();
    found.map(|found| found.id.uuid())
}

async fn stays_at(browser: &mut Browser, path: &str) -> bool {
    browser.visit(path).await.path() == path
}

async fn lives(town: &Town, begun: &mut Begun, kind: Kind, desk_code: Option<uuid::Uuid>) -> bool {
    let tenant = town.tenant(JRP);
    let mut tx = town.store().tenant(&tenant.slug).read().await.unwrap();
    match kind {
        Kind::AppKey => {
            let key = store::session::setup_secret(&mut tx, begun.session).await.unwrap();
            return key.as_ref() == Some(&begun.key);
        }
        Kind::KeptForm => {
            return store::session::kept_form_page(&mut tx, begun.session).await.unwrap().is_some();
        }
        Kind::Pending => {
            let member = store::member::by_id(&mut tx, begun.member).await.unwrap().unwrap();
            return member.email_pending.is_some_and(|email| email.as_str() == "taro.else@example.com");
        }
        Kind::KnownBrowser => {
            let digest = Token::parse(&begun.other.cookies["__Host-device"]).unwrap().digest();
            let browser = AskingBrowser { cookie_digest: Some(digest), now: town.clock.now() };
            let known = store::known_browser::of_member(&mut tx, begun.member, &browser).await;
            return known.unwrap().1;
        }
        Kind::Wait => return store::recovery::wait(&mut tx, begun.member).await.unwrap().is_some(),
        Kind::CodeOfChoice | Kind::CodeOfPending => {
            let purpose = if kind == Kind::CodeOfChoice {
                OneTimePurpose::ChooseMailCode
            } else {
                OneTimePurpose::PendingEmail
            };
            let session = begun.session.uuid();
            let code = store::one_time::newest(&mut tx, begun.member, purpose, Some(session.as_bytes()));
            return code.await.unwrap().is_some();
        }
        Kind::CeremonyToAdd => {
            drop(tx);
            // Ended in a transaction that is thrown away.
            let mut tx = town.store().tenant(&tenant.slug).write().await.unwrap();
            let (session, now) = (begun.session.uuid(), town.clock.now());
            let ended =
                store::passkey::end(&mut tx, &begun.to_add, CeremonyPurpose::Add, session.as_bytes(), now)
                    .await;
            return ended.unwrap().is_some();
        }
        Kind::DeskCode => {
            drop(tx);
            let now = newest_desk_code(town, begun.member).await;
            return now.is_some() && now == desk_code;
        }
        _ => drop(tx),
    }
    let [at_birth_date, at_way, at_factor, at_password, at_wait] = begun.recoveries.as_mut_slice() else {
        panic!("five recoveries")
    };
    match kind {
        Kind::Session => begun.other.visit("/").await.has(".tiles"),
        Kind::AtFactor => stays_at(&mut begun.at_factor, "/signin/passkey").await,
        Kind::Reauthentication => stays_at(&mut begun.reauth, "/signin/passkey").await,
        Kind::RecoveryAtBirthDate => stays_at(at_birth_date, "/signin/birthdate").await,
        Kind::RecoveryAtWay => stays_at(at_way, WAY).await,
        Kind::RecoveryAtFactor => stays_at(at_factor, "/signin/totp").await,
        Kind::RecoveryAtWait => stays_at(at_wait, WAIT).await,
        Kind::RecoveryAtPassword => stays_at(at_password, "/signin/password").await,
        Kind::RecoveryLink => town.browser(JRP).visit(&begun.link).await.status == 200,
        Kind::Letter => letter_is_of_use(town).await,
        Kind::CallOffLink => {
            let mut browser = town.browser(JRP);
            browser.visit(&begun.call_off).await;
            browser.buttons().contains(&"取りやめる".to_owned())
        }
        Kind::CeremonyToProve => begun.at_factor.post("/signin/passkey", &begun.to_prove).await.path() == "/",
        Kind::RecoveryCode => {
            let form = format!("code={}", begun.code);
            begun.asked.post("/recovery/password/code", &form).await.path() == "/signin/birthdate"
        }
        _ => unreachable!("looked at above"),
    }
}

/// Whether the newest letter with a recovery link would still be sent.
async fn letter_is_of_use(town: &Town) -> bool {
    let tenant = town.tenant(JRP);
    let now = town.clock.now();
    let mut newest = None;
    let mut tx = town.store().tenant(&tenant.slug).write().await.unwrap();
    for n in 1_u128.. {
        let lease = store::outbox::Lease { id: uuid::Uuid::from_u128(n), until: now + minutes(1) };
        let Some(taken) =
            store::outbox::take(&mut tx, 1, lease, store::outbox::WantedLetters::All, now).await.unwrap()
        else {
            break;
        };
        if taken.kind == "recovery" && newest.as_ref().is_none_or(|(id, _)| *id < taken.id) {
            newest = Some((taken.id, taken.is_of_use));
        }
    }
    // One that was given up waits no more.
    newest.is_some_and(|(_, is_of_use)| is_of_use)
}

/// What is said to have died below would live without the deed.
#[tokio::test]
async fn whatever_was_begun_lives_while_nothing_is_done() {
    let town = Town::edited(JRP, |text| text + "\n[recovery]\nlost_factor_wait_hours = 24\n").await;
    let mut begun = Box::pin(begin_all(&town)).await;
    let desk_code = newest_desk_code(&town, begun.member).await;
    for kind in KINDS {
        assert!(lives(&town, &mut begun, kind, desk_code).await, "{kind:?}");
    }
    town.close().await;
}

#[tokio::test]
async fn every_deed_ends_what_was_begun_before_it_and_what_goes_on_has_its_reason() {
    for change in CredentialChange::every() {
        let is_shown = match shown_by(change) {
            ShownBy::Deeds(deeds) => {
                let dies = |deed: &Deed| fate(*deed, Kind::RecoveryAtBirthDate) == Dies;
                !deeds.is_empty() && deeds.iter().all(|deed| dies(deed) && DEEDS.contains(deed))
            }
            ShownBy::Test(file, name) => file.contains(&format!("\nasync fn {name}() {{")),
        };
        assert!(is_shown, "{change:?}");
    }
    let mut wrong = Vec::new();
    for deed in DEEDS {
        let town = Town::edited(JRP, |text| text + "\n[recovery]\nlost_factor_wait_hours = 24\n").await;
        let mut begun = Box::pin(begin_all(&town)).await;
        let desk_code = newest_desk_code(&town, begun.member).await;
        does(&town, &mut begun, deed).await;
        for kind in KINDS {
            let told = fate(deed, kind);
            if lives(&town, &mut begun, kind, desk_code).await != (told != Dies) {
                wrong.push(format!("{deed:?} × {kind:?}: not as the table says: {told:?}"));
            }
        }
        town.close().await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What a step of first login ends; of what lives, why.
fn fate_of_step(heading: &str) -> Fate {
    match heading {
        "生年月日の入力" => Lives("it may refuse and never grants"),
        "利用規約" => Lives("terms are no way in"),
        "メールアドレスの更新" => Lives("an address that waits changes nothing yet"),
        "ユーザIDの変更・認証方法の設定" | "パスワードの更新" | "ワンタイムパスワードの設定" => {
            Dies
        }
        other => panic!("a step nobody wrote down: {other}"),
    }
}

/// [`CredentialChange::Choice`], [`CredentialChange::FirstPassword`], [`CredentialChange::SetUp`].
#[tokio::test]
async fn every_step_of_first_login_ends_what_another_browser_began_and_keeps_her_own_address_waiting() {
    let town = Town::open().await;
    let mut who = town.hanako(JSW).await;
    let (mut hers, mut phone) = (town.browser(JSW), town.phone());
    let mut headings = Vec::new();
    sign_in(&mut hers, &who.login, &who.password).await;
    while hers.h1() != "初回ログインが完了しました" {
        let heading = hers.h1();
        let mut rival = town.browser(JSW);
        sign_in(&mut rival, &who.login, &who.password).await;
        let stands_at = rival.path().to_owned();
        town.sql("DELETE FROM guard").await;
        town.clock.advance(jiff::SignedDuration::from_secs(1));
        let mut recovery = town.browser(JSW);
        ask(&mut recovery, &who.login).await;
        open_link(&town, &mut recovery).await;
        match heading.as_str() {
            "メールアドレスの更新" => {
                hers.fill("メールアドレス", "hanako.new@example.com");
                hers.untick("全てのデバイスからサインアウトする").press("実行").await;
            }
            "パスワードの更新" => {
                hers.untick("全てのデバイスからサインアウトする");
                answer(&mut hers, &who, &mut phone).await;
                who.password = NEW_PASSWORD.into();
            }
            _ => drop(answer(&mut hers, &who, &mut phone).await),
        }
        let expected = fate_of_step(&heading) != Dies;
        let on_the_way = rival.visit(&stands_at).await.path().starts_with("/signin/");
        assert_eq!(on_the_way, expected, "{heading}: the other browser");
        assert_eq!(stays_at(&mut recovery, "/signin/birthdate").await, expected, "{heading}: a recovery");
        headings.push(heading);
    }
    assert!(headings.len() >= 5, "{headings:?}");
    let pending = async || town.member(JSW, "testuser").await.email_pending.is_some();
    assert!(pending().await);
    // The factor is set up after signing in anew, and keeps it as well.
    answer(&mut hers, &who, &mut phone).await;
    sign_in(&mut hers, &who.login, NEW_PASSWORD).await;
    let mut rival = town.browser(JSW);
    sign_in(&mut rival, &who.login, NEW_PASSWORD).await;
    let heading = answer(&mut hers, &who, &mut phone).await;
    assert_eq!(fate_of_step(&heading), Dies);
    assert!(!stays_at(&mut rival, "/signin/setup/totp").await);
    hers.is_at("/", "サービス");
    assert!(pending().await, "an address typed in first login waits for its confirmation");
    town.close().await;
}

/// Number 5: the mailbox that was left, and the user ID that was left.
#[tokio::test]
async fn a_recovery_begun_through_the_old_mailbox_ends_with_the_address_and_with_the_user_id() {
    for change in [Change::Address, Change::UserId] {
        let town = Town::open().await;
        let mut holder = Holder::of(&town, Held::App).await;
        let mut hers = holder.fresh(&town).await;
        let mut thief = town.browser(JRP);
        ask(&mut thief, &holder.who.login).await;
        open_link(&town, &mut thief).await;
        assert!(make(&town, &mut hers, change).await);
        thief.fill("生年月日", holder.who.born).press("実行").await.is_at("/signin", "ログイン");
        for path in [WAY, "/signin/password", "/signin/setup/totp"] {
            assert_ne!(thief.visit(path).await.path(), path, "{change:?}");
        }
        assert_eq!(town.count(JRP, "birth-date-accepted").await, 1, "{change:?}: only hers, at first login");
        town.close().await;
    }
}

/// Number 6: the printed notice is the only way in.
#[tokio::test]
async fn what_a_thief_set_is_gone_with_the_revert_and_no_mail_beats_the_notice() {
    for address in [Address::Dropped, Address::Kept] {
        let town = Town::open().await;
        let taro = town.taro(JRP).await;
        crate::walk::first_login(&mut town.browser(JRP), &taro, &mut town.phone()).await;
        town.sql("UPDATE member SET email = 'thief@example.com', email_unique_key = 'thief@example.com'")
            .await;
        let notice = town.revert_with(JRP, &taro, address).await;
        let kept = town.member(JRP, &taro.login).await.email.is_some();
        assert_eq!(kept, address == Address::Kept);

        let mut thief = town.browser(JRP);
        ask(&mut thief, &taro.login).await;
        assert!(town.mail_of("recovery").await.is_empty(), "the usual page, and no mail");
        // The roster brings the address back; the notice stays the only way in.
        town.import(
            JRP,
            "15,102,,S54.8.22,見本 太郎,ミホン タロウ,k7m2xq9w4d,Vp6r-Hn3t-Ky8s,taro@example.jp",
        )
        .await;
        let member = town.member(JRP, &taro.login).await;
        assert_eq!(member.email.unwrap().as_str(), "taro@example.jp");
        town.sql("DELETE FROM guard").await;
        ask(&mut town.browser(JRP), &taro.login).await;
        assert!(town.mail_of("recovery").await.is_empty());

        // Who has the notice goes on, and then mail is a way again.
        let mut browser = town.browser(JRP);
        up_to(&mut browser, &notice, &mut town.phone(), "ワンタイムパスワードの設定").await;
        town.sql("DELETE FROM guard").await;
        ask(&mut town.browser(JRP), &taro.login).await;
        assert_eq!(town.mail_of("recovery").await.len(), 1);
        town.close().await;
    }
}

/// Number 7: [`CredentialChange::Replace`] as well.
#[tokio::test]
async fn a_wait_ends_with_a_change_of_the_password_and_an_unproven_recovery_chooses_nothing_for_her() {
    let waiting = Town::edited(JSW, |text| text + "\n[recovery]\nlost_factor_wait_hours = 24\n").await;
    let (town, hanako, phone, _) = with_hanako(waiting).await;
    let mut hers = town.browser(JSW);
    // She signs in before the thief asks: that calls nothing off.
    return_with(&mut hers, &hanako, &phone).await.is_at("/", "サービス");
    lost(&town, &hanako).await.is_at(WAIT, "しばらくお待ちください");
    hers.visit("/account/password").await.is_at("/account/password", "パスワードの更新");
    hers.fill("パスワード", NEWER_PASSWORD).fill("パスワード確認用", NEWER_PASSWORD).press("実行").await;
    town.clock.advance(hours(25));
    let again = lost(&town, &hanako).await;
    again.is_at(WAIT, "しばらくお待ちください");
    assert_eq!(town.mail_of("lost-factor-asked").await.len(), 2, "another wait, and she is told of it");
    town.close().await;

    let (town, hanako, phone, mut session) = with_hanako(Town::open().await).await;
    let method = async || town.member(JSW, "testuser").await.method;
    let before = method().await;
    let mut thief = lost(&town, &hanako).await;
    thief.visit("/signin/method").await.choose("認証方法", "passkey").press("実行").await;
    thief.is_at("/signin/setup/passkey", "セキュリティの設定");
    assert_eq!(method().await, before, "nothing was proven");
    return_with(&mut town.browser(JSW), &hanako, &phone).await.is_at("/", "サービス");
    // The choice is the recovery's, and becomes hers once it works.
    let mut device = Authenticator::new(7);
    thief.visit("/signin/setup/passkey").await.press_with("次へ", &mut device).await;
    assert_ne!(method().await, before);
    assert!(!session.visit("/").await.has(".tiles"), "sessions end with the old phone");
    town.close().await;
}

async fn lost(town: &Town, who: &Newcomer) -> Browser {
    let mut browser = town.browser(JSW);
    town.sql("DELETE FROM guard").await;
    up_to_way(town, &mut browser, who).await;
    browser.press(LOST).await;
    browser
}

/// [`CredentialChange::Access`] and [`CredentialChange::Correction`], before activation.
#[tokio::test]
async fn what_the_roster_changes_before_activation_ends_what_was_begun_with_the_old() {
    for (row, fate) in [
        ("12,3456789,,1980-12-01,健保 はな子,ケンポ ハナコ,testuser,,hanako@example.jp", Lives("a name")),
        ("12,3456789,,1980-12-01,健保 花子,ケンポ ハナコ,testuser,,hanako.new@example.jp", Dies),
        ("12,3456789,,1980-12-01,健保 花子,ケンポ ハナコ,hanako-01,,hanako@example.jp", Dies),
        ("12,3456789,,1980-12-02,健保 花子,ケンポ ハナコ,testuser,,hanako@example.jp", Dies),
    ] {
        let town = Town::open().await;
        let hanako = town.hanako(JSW).await;
        let mut begun = town.browser(JSW);
        sign_in(&mut begun, &hanako.login, &hanako.password)
            .await
            .is_at("/signin/birthdate", "生年月日の入力");
        let mut recovery = town.browser(JSW);
        ask(&mut recovery, &hanako.login).await;
        open_link(&town, &mut recovery).await;
        town.import(JSW, row).await;
        for browser in [&mut begun, &mut recovery] {
            assert_eq!(stays_at(browser, "/signin/birthdate").await, fate != Dies, "{row}");
        }
        town.close().await;
    }
}

/// Of a recovery and a change of the address at once, one is done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_recovery_and_a_new_address_at_once_one_is_done() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let who = holder.who.clone();
    let mut hers = holder.fresh(&town).await;
    hers.visit("/account/email").await.fill("メールアドレス", "taro.new@example.com").press("実行").await;
    let code = town.mailbox().code_for("taro.new@example.com").await;
    let mut thief = town.browser(JRP);
    up_to_way(&town, &mut thief, &who).await;
    thief.press("登録した認証方法で確認する").await;
    town.clock.advance(jiff::SignedDuration::from_secs(30));
    show_app(&mut thief, &holder.phone).await;
    let password =
        format!("shown_to={}&password={NEWER_PASSWORD}&password_confirm={NEWER_PASSWORD}", who.login);
    let presses =
        [(&hers, "/account/email/confirm", format!("code={code}")), (&thief, "/signin/password", password)];
    together(&town, &presses).await;
    let done = town.count(JRP, "password-recovered").await + town.count(JRP, "email-confirmed").await;
    // One of them is of first login.
    assert_eq!(done, 2, "{:?}", town.trail(JRP, &town.member(JRP, &who.login).await).await);
    town.close().await;
}
