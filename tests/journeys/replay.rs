//! Replays: every cookie, code, link, answer and id that leaves the program, handed in where it does not belong: at another
//! union, by another member, for another purpose (A3, C1, DD4, E8 of the threats). The lists are the program's own: a new
//! kind fails here until it has a row.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    http::{Method, Request},
};
use http_body_util::BodyExt as _;
use kenpo_portal::{
    domain::{id, one_time::OneTimePurpose, passkey::CeremonyPurpose, route::Route},
    web::cookie,
};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::{
    epoch::{Begun, begin_all},
    holder::{Held, Holder, JRP},
    passkey::{at_door, at_set_up},
    passkey_alone::{ALONE, alone},
    preview::{draft, edit, preview_link},
    recovery::{WAY, ask},
    sso::{Relying, parameter, with_own_service},
    town::{Authenticator, Browser, JSW, MGC, Town, hours, minutes},
    walk::{NEW_PASSWORD, first_login, return_by_passkey, sign_in, up_to},
};

/// Status of the answer, and where it leads.
async fn answered(town: &Town, request: Request<Body>) -> (u16, String, String) {
    let response = town.router.clone().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let place = head.headers.get("location").map_or("", |place| place.to_str().unwrap());
    let place = place.split('?').next().unwrap().to_owned();
    let page = body.collect().await.unwrap().to_bytes();
    (head.status.as_u16(), place, String::from_utf8_lossy(&page).into_owned())
}

async fn posted(town: &Town, browser: &Browser, path: &str, form: &str) -> (u16, String) {
    let (status, place, _) = answered(town, browser.request(&Method::POST, path, Some(form))).await;
    (status, place)
}

/// What a cookie opens, where it is good: its door, tried with a browser that has that cookie and nothing else.
async fn opens(town: &Town, slug: &str, name: &str, value: &str, with: &Means) -> bool {
    let mut browser = town.browser(slug);
    browser.cookies.insert(name.to_owned(), value.to_owned());
    let get = async |path: &str| answered(town, browser.request(&Method::GET, path, None)).await;
    match name {
        cookie::SESSION => get("/account/profile").await.0 == 200,
        cookie::ATTEMPT => get("/signin/passkey").await.0 == 200,
        cookie::LANGUAGE => get("/").await.2.contains("<html lang=\"en\""),
        // It lets nobody in: it leads around the pause of everybody, and around nothing else (D27).
        cookie::KNOWN_BROWSER => {
            let form = |password| format!("username=testuser&password={password}");
            for _ in 0..5 {
                posted(town, &town.browser(slug), "/signin", &form("wrong-password")).await;
            }
            assert_eq!(get("/account/profile").await.0, 303, "it is no session");
            posted(town, &browser, "/signin", &form(NEW_PASSWORD)).await.0 == 303
        }
        cookie::CEREMONY => {
            let form = serde_urlencoded::to_string([("credential", &with.answer)]).unwrap();
            let (status, place) = posted(town, &browser, ALONE, &form).await;
            status == 303 && place == "/"
        }
        cookie::RECOVERY => {
            let form = format!("code={}", with.code);
            posted(town, &browser, "/recovery/password/code", &form).await
                == (303, "/signin/birthdate".into())
        }
        // It shows a draft, which is another union than all the others here.
        cookie::PREVIEW => {
            let mut browser = town.browser(if slug == JSW { DRAFT } else { OTHER_DRAFT });
            browser.cookies.insert(name.to_owned(), value.to_owned());
            answered(town, browser.request(&Method::GET, "/", None)).await.0 == 200
        }
        // A request of a service that waits in it.
        cookie::SSO => {
            let request = browser.request(&Method::GET, &with.waiting, None);
            browser.asks(request).await == 303
        }
        other => panic!("no row for the cookie {other}"),
    }
}

/// Two unions that are drafts, each with a link of its own.
const DRAFT: &str = "daiwakenpo";
const OTHER_DRAFT: &str = "jawakayama";

/// What goes with a cookie: the right answer to its question.
struct Means {
    answer: String,
    code: String,
    waiting: String,
}

#[tokio::test]
async fn every_cookie_opens_its_own_door_at_its_own_union_and_nothing_else() {
    let town = Town::in_folder(|dir| {
        edit(dir, JSW, |text| with_own_service(alone(text.to_owned())));
        edit(dir, DRAFT, draft);
        edit(dir, OTHER_DRAFT, draft);
    })
    .await;
    let previewing = preview_link(&town, DRAFT).await;
    preview_link(&town, OTHER_DRAFT).await;
    let hanako = town.hanako(JSW).await;
    town.hanako(MGC).await;
    let (mut inside, mut device) = (town.browser(JSW), Authenticator::new(1));
    first_login(&mut inside, &hanako, &mut device).await;
    town.clock.advance(hours(1));
    let mut inside = town.browser(JSW);
    return_by_passkey(&mut inside, &hanako, &mut device).await.is_at("/", "サービス");
    let mut sent_here = town.browser(JSW);
    let service = Relying::at(&town, JSW).await;
    let address = sent_here.visit(&service.request(&[])).await.address().to_owned();
    let waiting = format!("/oidc/{}", parameter(&address, "back").unwrap());
    let mut door = at_door(&town, &hanako).await;
    door.visit("/signin/passkey").await;
    let mut asking = town.browser(JSW);
    ask(&mut asking, &hanako.login).await;
    let code = town.newest_mail("recovery").await.code();
    let mut asked = town.browser(JSW);
    let options = asked.options(ALONE).await;
    let answer = device.get(&options, &asked.origin()).unwrap().to_string();
    let means = Means { answer, code, waiting };
    let live: BTreeMap<&str, String> = cookie::EVERY
        .iter()
        .map(|name| {
            let value = match *name {
                cookie::LANGUAGE => "en".to_owned(),
                cookie::SESSION | cookie::KNOWN_BROWSER => inside.cookies[*name].clone(),
                cookie::ATTEMPT => door.cookies[*name].clone(),
                cookie::RECOVERY => asking.cookies[*name].clone(),
                cookie::CEREMONY => asked.cookies[*name].clone(),
                cookie::SSO => sent_here.cookies[*name].clone(),
                cookie::PREVIEW => previewing.trim_start_matches("/preview/").to_owned(),
                other => panic!("no row for the cookie {other}"),
            };
            (*name, value)
        })
        .collect();
    let mut wrong = Vec::new();
    // Whatever is good once comes last: at its own door.
    for at_home in [false, true] {
        for (kind, value) in &live {
            for name in cookie::EVERY {
                for slug in [MGC, JSW] {
                    // A language is no secret, and the same everywhere.
                    let is_language = *kind == cookie::LANGUAGE && *name == cookie::LANGUAGE;
                    let is_home = kind == name && slug == JSW;
                    if is_home != at_home {
                        continue;
                    }
                    let opened = opens(&town, slug, name, value, &means).await;
                    if opened != (is_home || is_language) {
                        wrong.push(format!("{kind} as {name} at {slug}: opens {opened}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    town.close().await;
}

/// A code that lives, and the page that asks for it.
struct CodeDoor {
    purpose: OneTimePurpose,
    code: String,
    browser: Browser,
    path: &'static str,
}

/// Where a code is typed; `None` where there is only a link.
fn door_of(purpose: OneTimePurpose) -> Option<&'static str> {
    match purpose {
        OneTimePurpose::MailCode => Some("/signin/mail-code"),
        OneTimePurpose::ConfirmEmail => Some("/signin/email/confirm"),
        OneTimePurpose::PendingEmail => Some("/account/email/confirm"),
        OneTimePurpose::ChooseMailCode => Some("/account/methods/mail-code"),
        OneTimePurpose::Recovery => Some("/recovery/password/code"),
        OneTimePurpose::DeskCode => Some("/recovery/password/desk-code"),
        OneTimePurpose::CallOff => None,
    }
}

/// Where a link is pressed; `None` where there is only a code.
fn link_of(purpose: OneTimePurpose) -> Option<Route> {
    match purpose {
        OneTimePurpose::ConfirmEmail => Some(Route::ConfirmEmailLink),
        OneTimePurpose::Recovery => Some(Route::RecoveryLink),
        OneTimePurpose::CallOff => Some(Route::CallOff),
        OneTimePurpose::MailCode
        | OneTimePurpose::PendingEmail
        | OneTimePurpose::ChooseMailCode
        | OneTimePurpose::DeskCode => None,
    }
}

/// A browser with the cookies of another, after a restart.
fn carried_over(town: &Town, browser: &Browser, slug: &str) -> Browser {
    let mut after = town.browser(slug);
    after.cookies.clone_from(&browser.cookies);
    after
}

/// Nothing that was counted stands in the way of the next try.
async fn forget_tries(town: &Town) {
    for statement in
        ["DELETE FROM guard", "UPDATE one_time SET misses = 0", "UPDATE attempt SET code_misses = 0"]
    {
        town.sql(statement).await;
    }
}

/// A member with every kind of code in flight that one member can have, two others with the rest; by purpose. The links,
/// by route.
async fn codes_and_links() -> (Town, Vec<CodeDoor>, Vec<(Route, String)>, Begun) {
    let wait = |text: String| text + "\n[recovery]\nlost_factor_wait_hours = 24\n";
    let mut town = Town::edited(JRP, wait).await;
    let mut begun = Box::pin(begin_all(&town)).await;
    let mailbox = town.mailbox();
    let (pending, choice) =
        (mailbox.code_for("taro.else@example.com").await, town.newest_mail("mail-code").await.code());
    // Another member, on the way to the first login's address.
    let newcomer = town.hanako(JRP).await;
    let newcomer = town.revert_with(JRP, &newcomer, kenpo_portal::portal::desk::Address::Kept).await;
    let mut first = town.browser(JRP);
    up_to(&mut first, &newcomer, &mut town.phone(), "メールアドレスの確認").await;
    let letter = town.newest_mail("confirm-email-by-link").await;
    let links = vec![
        (Route::ConfirmEmailLink, letter.link()),
        (Route::RecoveryLink, begun.link.clone()),
        (Route::CallOff, begun.call_off.clone()),
    ];
    // The desk's codes are asked for where the union says so.
    town.restart(JRP, |text| text + "\n[recovery]\nlost_factor = \"desk-code\"\n");
    let mut at_desk = carried_over(&town, &begun.recoveries[1], JRP);
    at_desk.visit(WAY).await.is_at(WAY, "ご本人の確認");
    at_desk.press("機種変更や紛失などで使えない").await;
    assert_eq!(at_desk.path(), "/recovery/password/desk-code", "{}", at_desk.text());
    let desk = town.desk_code(JRP, &begun.holder.who.login).await;
    let other = carried_over(&town, &begun.other, JRP);
    let mut doors = Vec::new();
    for purpose in OneTimePurpose::ALL {
        let Some(path) = door_of(*purpose) else { continue };
        let (code, browser) = match purpose {
            // A member has such codes as a factor, or is about to choose them: see the test below.
            OneTimePurpose::MailCode | OneTimePurpose::CallOff => continue,
            OneTimePurpose::ConfirmEmail => (letter.code(), carried_over(&town, &first, JRP)),
            OneTimePurpose::PendingEmail => (pending.clone(), carried_over(&town, &other, JRP)),
            OneTimePurpose::ChooseMailCode => (choice.clone(), carried_over(&town, &other, JRP)),
            OneTimePurpose::Recovery => (begun.code.clone(), carried_over(&town, &begun.asked, JRP)),
            OneTimePurpose::DeskCode => (desk.clone(), carried_over(&town, &at_desk, JRP)),
        };
        doors.push(CodeDoor { purpose: *purpose, code, browser, path });
    }
    begun.other = carried_over(&town, &other, JRP);
    (town, doors, links, begun)
}

#[tokio::test]
async fn every_code_is_refused_at_every_other_door_and_taken_at_its_own() {
    let (town, doors, ..) = Box::pin(codes_and_links()).await;
    let mut wrong = Vec::new();
    let mut codes: Vec<_> = doors.iter().map(|door| (door.purpose, door.code.clone())).collect();
    codes.sort_by(|(_, one), (_, other)| one.cmp(other));
    codes.dedup_by(|(_, one), (_, other)| one == other);
    assert_eq!(codes.len(), doors.len(), "two codes are the same by chance: {codes:?}");
    // At another union: by the member there who asked for a code of the same kind.
    let there = town.hanako(MGC).await;
    let mut elsewhere = town.browser(MGC);
    first_login(&mut elsewhere, &there, &mut town.phone()).await;
    let mut elsewhere = town.browser(MGC);
    ask(&mut elsewhere, &there.login).await;
    let facts = async || {
        let mut facts = Vec::new();
        for table in ["member", "password", "totp", "passkey"] {
            facts.push(town.rows(table).await);
        }
        (facts, town.rows("session").await.len())
    };
    let before = facts().await;
    for (purpose, code) in &codes {
        let form = format!("code={code}");
        for door in &doors {
            if door.purpose == *purpose {
                continue;
            }
            forget_tries(&town).await;
            let answer = posted(&town, &door.browser, door.path, &form).await;
            if answer.0 != 422 {
                wrong.push(format!("{purpose:?} at the door of {:?}: {answer:?}", door.purpose));
            }
        }
        forget_tries(&town).await;
        let answer = posted(&town, &elsewhere, "/recovery/password/code", &form).await;
        if answer.0 != 422 {
            wrong.push(format!("{purpose:?} at another union: {answer:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(facts().await, before, "nothing was changed by any of them");
    // Each is still good where it belongs; what ends the others comes last.
    forget_tries(&town).await;
    for purpose in [
        OneTimePurpose::ConfirmEmail,
        OneTimePurpose::Recovery,
        OneTimePurpose::DeskCode,
        OneTimePurpose::PendingEmail,
    ] {
        let door = doors.iter().find(|door| door.purpose == purpose).unwrap();
        let answer = posted(&town, &door.browser, door.path, &format!("code={}", door.code)).await;
        assert_eq!(answer.0, 303, "{purpose:?} at its own door: {answer:?}");
    }
    town.close().await;
}

#[tokio::test]
async fn a_code_of_one_member_is_refused_to_another_at_the_same_door() {
    let town = Town::open().await;
    let taro = Holder::of(&town, Held::MailCode).await;
    let hanako = town.hanako(JRP).await;
    let hanako = town.revert(JRP, &hanako).await;
    let mut by_mail = crate::walk::ByMail(hanako.email.clone());
    first_login(&mut town.browser(JRP), &hanako, &mut by_mail).await;
    town.clock.advance(hours(1));
    // The same purpose, two members; each behind the right password.
    let (mut his, mut hers) = (town.browser(JRP), town.browser(JRP));
    sign_in(&mut his, &taro.who.login, &taro.password).await;
    let his_code = town.mailbox().code_for(&taro.who.email).await;
    sign_in(&mut hers, &hanako.login, NEW_PASSWORD).await;
    let her_code = town.mailbox().code_for(&hanako.email).await;
    assert_ne!(his_code, her_code);
    let form = |code: &str| format!("code={code}");
    let door = door_of(OneTimePurpose::MailCode).unwrap();
    assert_eq!(posted(&town, &his, door, &form(&her_code)).await.0, 422);
    assert_eq!(posted(&town, &hers, door, &form(&his_code)).await.0, 422);
    // And in another browser of the same member, which asked for nothing.
    let mut other = town.browser(JRP);
    town.clock.advance(minutes(1));
    sign_in(&mut other, &taro.who.login, &taro.password).await;
    assert_eq!(posted(&town, &other, door, &form(&his_code)).await.0, 422);
    // As a forgotten password's, an address's, and the desk's.
    for purpose in [OneTimePurpose::Recovery, OneTimePurpose::ConfirmEmail, OneTimePurpose::DeskCode] {
        let (status, place) = posted(&town, &his, door_of(purpose).unwrap(), &form(&his_code)).await;
        assert!(
            status == 422 || status == 303 && place != "/" && place != "/signin/birthdate",
            "{purpose:?}: {status} {place}"
        );
    }
    assert_eq!(posted(&town, &hers, door, &form(&her_code)).await, (303, "/".into()));
    town.close().await;
}

#[tokio::test]
async fn every_link_is_dead_at_every_other_address_and_at_every_other_union() {
    let (town, _, links, begun) = Box::pin(codes_and_links()).await;
    // Every address that ends in a token has a link here.
    let known: Vec<_> = Route::every().filter(|route| route.pattern().ends_with("{*token}")).collect();
    for purpose in OneTimePurpose::ALL {
        assert!(link_of(*purpose).is_none_or(|route| known.contains(&route)), "{purpose:?}");
    }
    assert_eq!(known.len(), links.len(), "no row for one of {known:?}");
    let mut tokens: Vec<(String, String)> = links
        .iter()
        .map(|(route, link)| {
            (format!("{route:?}"), link.strip_prefix(&route.to_string()).unwrap().to_owned())
        })
        .collect();
    // What stands in cookies is as long.
    for (browser, who) in
        [(&begun.other, "signed in"), (&begun.at_factor, "on the way"), (&begun.asked, "asking")]
    {
        tokens.extend(browser.cookies.iter().map(|(name, value)| (format!("{name}, {who}"), value.clone())));
    }
    let before = town.dump().await;
    let mut wrong = Vec::new();
    for (kind, token) in &tokens {
        for route in &known {
            for slug in [JRP, MGC] {
                if *kind == format!("{route:?}") && slug == JRP {
                    continue;
                }
                let browser = town.browser(slug);
                let path = format!("{route}{token}");
                let seen = answered(&town, browser.request(&Method::GET, &path, None)).await.0;
                let pressed = posted(&town, &browser, &path, "").await;
                if seen != 410 || pressed.0 != 410 {
                    wrong.push(format!("{kind} at {route:?} of {slug}: {seen}, {pressed:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(town.dump().await, before, "nothing was written");
    for (route, link) in &links {
        let seen = answered(&town, town.browser(JRP).request(&Method::GET, link, None)).await.0;
        assert_eq!(seen, 200, "{route:?} at its own address");
    }
    town.close().await;
}

/// A browser at the door of a ceremony, and the page that is asked and answered.
async fn ceremony(
    town: &Town,
    purpose: CeremonyPurpose,
    hanako: &crate::town::Newcomer,
    taro: &crate::town::Newcomer,
    device: &mut Authenticator,
) -> (Browser, &'static str) {
    match purpose {
        CeremonyPurpose::SetUp => (at_set_up(town, taro).await, "/signin/setup/passkey"),
        CeremonyPurpose::Prove => (at_door(town, hanako).await, "/signin/passkey"),
        CeremonyPurpose::Alone => (town.browser(JSW), ALONE),
        CeremonyPurpose::Add => {
            let mut browser = town.browser(JSW);
            return_by_passkey(&mut browser, hanako, device).await;
            (browser, "/account/methods/passkey")
        }
        CeremonyPurpose::Reauthenticate => {
            let mut browser = town.browser(JSW);
            return_by_passkey(&mut browser, hanako, device).await;
            (browser, "/reauth/passkey")
        }
    }
}

fn answer_of(purpose: CeremonyPurpose, device: &mut Authenticator, options: &Value, origin: &str) -> Value {
    match purpose {
        CeremonyPurpose::SetUp | CeremonyPurpose::Add => {
            // Devices of their own: an exclude list would say no for another reason.
            Authenticator::new(40).create(options, origin).unwrap()
        }
        CeremonyPurpose::Prove | CeremonyPurpose::Alone | CeremonyPurpose::Reauthenticate => {
            device.get(options, origin).unwrap()
        }
    }
}

#[tokio::test]
async fn every_answer_about_a_passkey_is_refused_where_another_question_was_asked() {
    let town = Town::edited(JSW, alone).await;
    let (hanako, taro) = (town.hanako(JSW).await, town.taro(JSW).await);
    let mut device = Authenticator::new(1);
    first_login(&mut town.browser(JSW), &hanako, &mut device).await;
    town.clock.advance(hours(1));
    let done = async || {
        let mut done = 0;
        for word in ["factor-added", "factor-proven", "session-opened", "session-fresh"] {
            done += town.count(JSW, word).await;
        }
        done
    };
    let mut doors = Vec::new();
    for purpose in CeremonyPurpose::ALL {
        let (browser, path) = ceremony(&town, *purpose, &hanako, &taro, &mut device).await;
        doors.push((*purpose, browser, path));
    }
    let mut wrong = Vec::new();
    for from in 0..doors.len() {
        for at in 0..doors.len() {
            let (purpose, browser, path) = &mut doors[from];
            let purpose = *purpose;
            let options = browser.options(path).await;
            let answer = answer_of(purpose, &mut device, &options, &browser.origin());
            let form = serde_urlencoded::to_string([("credential", answer.to_string())]).unwrap();
            if from == at {
                continue;
            }
            // A question lives at that door, too.
            let (asked, door, path) = &mut doors[at];
            door.options(path).await;
            let before = done().await;
            let answer = posted(&town, door, path, &form).await;
            if done().await != before || answer.0 == 303 && answer.1 == "/" {
                wrong.push(format!("{purpose:?} at the door of {asked:?}: {answer:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Each is good where it was asked; the one that ends sessions comes last.
    for (purpose, mut browser, path) in doors {
        let options = browser.options(path).await;
        let answer = answer_of(purpose, &mut device, &options, &browser.origin());
        let form = serde_urlencoded::to_string([("credential", answer.to_string())]).unwrap();
        let before = done().await;
        let answer = posted(&town, &browser, path, &form).await;
        if purpose != CeremonyPurpose::Add || answer.0 == 303 {
            assert!(done().await > before, "{purpose:?} at its own door: {answer:?}");
        }
    }
    town.close().await;
}

/// Whether an id of that type ever leaves the program, and how it comes back.
fn comes_back(kind: &str) -> &'static [&'static str] {
    match kind {
        "DeviceId" => &["{id} of a route"],
        "SessionId" => &["session, in the form of the list of devices"],
        "MemberId" => &["whose, in every form behind the login"],
        "SsoRequestId" => &["{id} of a route, with the cookie of its browser"],
        // Of these nothing is shown.
        "AttemptId" | "EventId" | "LetterId" | "OneTimeId" | "SsoKeyId" | "SsoSecretId" => &[],
        other => panic!("no row for the type of id {other}"),
    }
}

#[tokio::test]
async fn every_id_of_one_member_is_nobodys_to_another_and_at_another_union() {
    for kind in id::TYPES {
        comes_back(kind);
    }
    let town = Town::open().await;
    let mut taro = Holder::of(&town, Held::AppAndPasskey).await;
    let mut his = taro.fresh(&town).await;
    his.visit("/account/methods").await;
    let of_his = |browser: &Browser| -> Vec<String> {
        let links = browser.links().into_iter().map(|(_, path)| path);
        links.filter(|path| path.matches('-').count() >= 4).collect()
    };
    let paths = of_his(&his);
    let member = town.member(JRP, &taro.who.login).await.id;
    let session = town.sessions(JRP).await.last().unwrap().clone();
    // Another member of the union, and one of another union, both fresh.
    let (hanako, there) = (town.hanako(JRP).await, town.hanako(MGC).await);
    let hanako = town.revert(JRP, &hanako).await;
    let mut phones = [town.phone(), town.phone()];
    let mut hers = town.browser(JRP);
    first_login(&mut hers, &hanako, &mut phones[0]).await;
    let mut elsewhere = town.browser(MGC);
    first_login(&mut elsewhere, &there, &mut phones[1]).await;
    // Every route that carries an id has a path here.
    for route in Route::every().filter(|route| route.pattern().contains("{id}")) {
        // A request of a service is a browser's, and no member's: `sso::codes` hands it to another one.
        if matches!(route, Route::SsoGo(_)) {
            continue;
        }
        let (before, after) = route.pattern().split_once("{id}").unwrap();
        assert!(
            paths.iter().any(|path| path.starts_with(before) && path.ends_with(after)),
            "no row for {route:?}: {paths:?}"
        );
    }
    let facts = async || {
        let mut facts = Vec::new();
        for table in ["member", "totp", "passkey", "password"] {
            facts.push(town.rows(table).await);
        }
        facts
    };
    let before = facts().await;
    let sessions = town.rows("session").await.len();
    let mut wrong = Vec::new();
    for (who, browser) in [("another member", &hers), ("a member of another union", &elsewhere)] {
        for path in &paths {
            let (seen, place, page) = answered(&town, browser.request(&Method::GET, path, None)).await;
            if seen == 200 && path.ends_with("/name") || page.contains("携帯") {
                wrong.push(format!("{who} looks at {path}: {seen} {place}"));
            }
            for form in ["device_name=mine", "sign_out_everywhere=1"] {
                let answer = posted(&town, browser, path, form).await;
                if facts().await != before {
                    wrong.push(format!("{who} posts {form} to {path}: {answer:?}"));
                }
            }
        }
        posted(&town, browser, "/account/devices", &format!("session={session}")).await;
        for (path, form) in [
            (
                "/account/profile",
                "user_id=taken-over&shown_user_id=x&method=&shown_method=&language=en&shown_language=ja",
            ),
            ("/account/email", "email=evil%40example.com"),
            ("/account/password", "password=Tsu8!ki-no-Yoru&password_confirm=Tsu8!ki-no-Yoru"),
        ] {
            let answer = posted(&town, browser, path, &format!("{form}&whose={member}")).await;
            if facts().await != before {
                wrong.push(format!("{who} posts {path} in the name of another: {answer:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(facts().await, before);
    assert_eq!(town.rows("session").await.len(), sessions);
    assert!(his.visit("/").await.has(".tiles"), "his session goes on");
    // His own ids are his.
    assert_eq!(answered(&town, his.request(&Method::GET, &paths[0], None)).await.0, 200);
    town.close().await;
}
