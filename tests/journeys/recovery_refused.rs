//! Forgotten passwords and everybody who should get nothing by them: the same answer whoever is asked for, links and codes
//! that work no more, guesses, and many at once.

use axum::http::{Method, StatusCode, header};
use http_body_util::BodyExt as _;
use jiff::SignedDuration;
use tower::ServiceExt as _;

use crate::{
    recovery::{ASK, CODE, NEWER_PASSWORD, WAY, ask, is_closed, open_link, show_app, up_to_way, with_hanako},
    rivals::together,
    town::{Browser, JSW, MGC, Town, hours, minutes},
    walk::{NEW_PASSWORD, first_login, return_with, sign_in},
};

const LINK: &str = "/recovery/password/link/";

/// Status, headers and body of an answer before anything is followed, without what differs in every answer.
async fn answer(town: &Town, browser: &Browser, path: &str, form: &str) -> (u16, Vec<String>, String) {
    let request = browser.request(&Method::POST, path, Some(form));
    let response = town.router.clone().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let mut lines: Vec<String> = Vec::new();
    for (name, value) in &head.headers {
        let value = value.to_str().unwrap();
        let same = match value.split_once("__Host-recovery=") {
            Some(("", rest)) => {
                let (token, rest) = rest.split_once(';').unwrap();
                format!("__Host-recovery=({});{rest}", token.len())
            }
            _ => value.to_owned(),
        };
        lines.push(format!("{name}: {same}"));
    }
    let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    let receipt = body.split("class=\"receipt\"").nth(1).and_then(|rest| rest.split("<b>").nth(1));
    let receipt = receipt.and_then(|rest| rest.split('<').next()).unwrap_or("no receipt").to_owned();
    (head.status.as_u16(), lines, body.replace(&receipt, ""))
}

/// Members of every kind a stranger might ask for, and what befell them; nobody last.
pub async fn strangers(town: &Town) -> Vec<(&'static str, &'static str)> {
    for (number, login) in
        [(1, "plain-one1"), (2, "no-mail-2"), (3, "locked-3"), (4, "paused-4"), (5, "asked-5")]
    {
        let row = format!("15,{number},,1979-08-22,見本,ミホン,{login},Vp6r-Hn3t-Ky8s,x{number}@example.jp");
        town.import(JSW, &row).await;
    }
    town.sql("UPDATE member SET email = NULL, email_unique_key = NULL WHERE login = 'no-mail-2'").await;
    town.sql("UPDATE member SET locked_at = imported_at WHERE login = 'locked-3'").await;
    for _ in 0..6 {
        sign_in(&mut town.browser(JSW), "paused-4", "wrong-password").await;
    }
    // Not while the last link works: nothing is sent then.
    for _ in 0..9 {
        ask(&mut town.browser(JSW), "asked-5").await;
        town.clock.advance(minutes(5));
    }
    vec![
        ("a member", "plain-one1"),
        ("no address", "no-mail-2"),
        ("locked", "locked-3"),
        ("paused", "paused-4"),
        ("tenth time", "asked-5"),
        ("nobody", "nobody-77"),
    ]
}

#[tokio::test]
async fn asking_says_nothing_about_anybody() {
    let town = Town::open().await;
    let strangers = strangers(&town).await;
    town.clock.advance(minutes(1));
    let (mut asked, mut tried) = (Vec::new(), Vec::new());
    for (who, login) in &strangers {
        let form = format!("user_id={login}");
        asked.push((who, answer(&town, &town.browser(JSW), ASK, &form).await));
        let mut browser = town.browser(JSW);
        ask(&mut browser, login).await;
        let mut answers = Vec::new();
        for code in ["", "12", "000000", "000000", "000000", "000000", "000000", "000000"] {
            answers.push(answer(&town, &browser, CODE, &format!("code={code}")).await);
        }
        tried.push((who, answers));
    }
    for (who, answered) in &asked {
        assert_eq!(*answered, asked[0].1, "{who}");
        assert_eq!(answered.0, 303);
        assert!(answered.1.contains(
            &"set-cookie: __Host-recovery=(43); Path=/; Secure; HttpOnly; SameSite=Lax".to_owned()
        ));
    }
    for (who, answers) in &tried {
        assert_eq!(*answers, tried[0].1, "{who}");
    }
    assert!(tried[0].1[2].2.contains("あと4回") && tried[0].1[6].2.contains("このコードはもう使えません"));
    // In the trail each is what it was.
    let trail = town.whole_trail(JSW).await;
    let details: Vec<_> =
        trail.iter().filter(|row| row.event == "recovery-asked").map(|row| &row.detail).collect();
    for word in ["mailed", "no-address", "locked", "too-many", "link-lives", "no-such-login"] {
        assert!(details.iter().any(|detail| detail.contains(&format!("\"{word}\""))), "{word}: {details:?}");
    }
    assert!(details.iter().all(|detail| !detail.contains("nobody-77")));
    town.close().await;
}

#[tokio::test]
async fn asking_changes_nothing_and_three_mails_an_hour_are_written() {
    let (town, hanako, phone, mut session) = with_hanako(Town::open().await).await;
    let before = town.dump().await;
    for _ in 0..20 {
        ask(&mut town.browser(JSW), " ＴＥＳＴＵＳＥＲ").await;
        town.clock.advance(SignedDuration::from_secs(55));
    }
    let kept = |dump: Vec<(&'static str, Vec<String>)>| -> Vec<_> {
        let trail = ["audit", "audit_waiting", "activity_day", "stranger_day"];
        let silent = [&["one_time", "outbox", "guard", "recovery_ask", "session"][..], &trail].concat();
        dump.into_iter().filter(|(table, _)| !silent.contains(table)).collect()
    };
    assert_eq!(kept(town.dump().await), kept(before));
    assert_eq!(town.mail_of("recovery").await.len(), 3);
    return_with(&mut town.browser(JSW), &hanako, &phone).await.is_at("/", "サービス");
    session.visit("/").await.is_at("/", "サービス");
    town.clock.advance(hours(1));
    ask(&mut town.browser(JSW), &hanako.login).await;
    assert_eq!(town.mail_of("recovery").await.len(), 4);
    let mut empty = town.browser(JSW);
    empty.visit(ASK).await.press("実行").await.is_at(ASK, "パスワードを忘れた方はこちら");
    assert_eq!(empty.errors(), ["入力してください。"]);
    town.close().await;
}

#[tokio::test]
async fn scanners_open_the_link_and_it_works_all_the_same() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    ask(&mut town.browser(JSW), &hanako.login).await;
    let link = town.newest_mail("recovery").await.link();
    let scanner = town.browser(JSW);
    for method in [Method::GET, Method::HEAD] {
        for _ in 0..5 {
            let response = town.router.clone().oneshot(scanner.request(&method, &link, None)).await.unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            assert!(response.headers().get(header::SET_COOKIE).is_none());
        }
    }
    // A form from elsewhere uses nothing up either.
    let mut elsewhere = scanner.request(&Method::POST, &link, Some(""));
    elsewhere.headers_mut().insert(header::ORIGIN, "https://evil.example".parse().unwrap());
    assert_eq!(town.router.clone().oneshot(elsewhere).await.unwrap().status(), StatusCode::FORBIDDEN);
    open_link(&town, &mut town.browser(JSW)).await;
    town.close().await;
}

#[tokio::test]
async fn a_link_lives_five_minutes_works_once_and_only_the_newest() {
    for (seconds, works) in [(299, true), (300, false), (301, false)] {
        let (town, hanako, _, _) = with_hanako(Town::open().await).await;
        ask(&mut town.browser(JSW), &hanako.login).await;
        let link = town.newest_mail("recovery").await.link();
        town.clock.advance(SignedDuration::from_secs(seconds));
        let mut browser = town.browser(JSW);
        browser.visit(&link).await;
        assert_eq!(browser.status == StatusCode::OK, works, "{seconds}");
        browser.post(&link, "").await;
        assert_eq!(browser.path() == "/signin/birthdate", works, "{seconds}");
        town.close().await;
    }
    let (town, hanako, _, mut hers) = with_hanako(Town::open().await).await;
    let mut first = town.browser(JSW);
    ask(&mut first, &hanako.login).await;
    let old = town.newest_mail("recovery").await;
    town.clock.advance(minutes(1));
    // Only a browser that has signed her in ends a link that works.
    ask(&mut town.browser(JSW), &hanako.login).await;
    assert_eq!(town.mail_of("recovery").await.len(), 1);
    ask(&mut hers, &hanako.login).await;
    let new = town.newest_mail("recovery").await.link();
    let mut browser = town.browser(JSW);
    for dead in [&old.link(), "/recovery/password/link/x", &format!("{LINK}{}", "A".repeat(43))] {
        for method in [Method::GET, Method::POST] {
            let form = (method == Method::POST).then_some("");
            let request = browser.request(&method, dead, form);
            browser.send(request).await;
            assert_eq!(
                (browser.status, browser.h1().as_str()),
                (StatusCode::GONE, "このリンクは、もう使えません")
            );
            assert!(browser.has("a[href='/recovery/password']"), "the way to ask again");
            assert!(browser.cookies.is_empty());
        }
    }
    first.post(CODE, &format!("code={}", old.code())).await;
    assert!(first.errors()[0].contains("あと4回"), "its code is dead with it: {:?}", first.errors());
    browser.post(&new, "").await.is_at("/signin/birthdate", "生年月日の入力");
    browser.post(&new, "").await;
    assert_eq!(browser.status, StatusCode::GONE);
    town.close().await;
}

#[tokio::test]
async fn a_link_is_good_for_its_union_and_its_purpose_only() {
    let town = Town::edited(JSW, |text| text + "\n[recovery]\nlost_factor_wait_hours = 24\n").await;
    let (town, hanako, _, _) = with_hanako(town).await;
    town.hanako(MGC).await;
    let mut browser = town.browser(JSW);
    up_to_way(&town, &mut browser, &hanako).await;
    browser.press("機種変更や紛失などで使えない").await;
    town.clock.advance(minutes(1));
    ask(&mut town.browser(JSW), &hanako.login).await;
    let (link, stop) =
        (town.newest_mail("recovery").await.link(), town.newest_mail("lost-factor-asked").await.link());
    let (token, stop) = (link.rsplit('/').next().unwrap(), stop.rsplit('/').next().unwrap());
    let mut neighbour = town.browser(MGC);
    neighbour.post(&link, "").await;
    assert_eq!(neighbour.status, StatusCode::GONE);
    let mut browser = town.browser(JSW);
    for path in [format!("{LINK}{stop}"), format!("/recovery/call-off/{token}")] {
        for method in [Method::GET, Method::POST] {
            let form = (method == Method::POST).then_some("");
            let request = browser.request(&method, &path, form);
            browser.send(request).await;
            assert_eq!(browser.status, StatusCode::GONE, "{path}");
        }
    }
    assert_eq!(town.count(JSW, "lost-factor-wait-ended").await, 0);
    browser.post(&link, "").await.is_at("/signin/birthdate", "生年月日の入力");
    town.close().await;
}

#[tokio::test]
async fn no_page_of_a_recovery_opens_without_its_mail() {
    let (town, hanako, _, mut session) = with_hanako(Town::open().await).await;
    let pages = [WAY, "/recovery/password/wait", "/recovery/password/desk-code", "/signin/password"];
    let mut stranger = town.browser(JSW);
    let mut halfway = town.browser(JSW);
    sign_in(&mut halfway, &hanako.login, NEW_PASSWORD).await;
    for browser in [&mut stranger, &mut halfway, &mut session] {
        for page in pages {
            assert!(is_closed(browser, page).await, "{page}");
            browser.post(page, "lost=1&code=ABCDEFGHJKLM&password=Tsu8!ki-no-Yoru").await;
            assert!(browser.path() != page || browser.status == StatusCode::METHOD_NOT_ALLOWED, "{page}");
        }
        ask(browser, &hanako.login).await;
        for page in pages {
            assert!(is_closed(browser, page).await, "{page}");
        }
    }
    assert!(is_closed(&mut town.browser(JSW), CODE).await, "without the cookie of a question");
    // After the birth date nothing is skipped.
    let mut browser = town.browser(JSW);
    town.clock.advance(minutes(61));
    up_to_way(&town, &mut browser, &hanako).await;
    for page in
        ["/signin/password", "/signin/totp", "/signin/setup/totp", "/signin/setup/passkey", "/signin/method"]
    {
        browser.visit(page).await.is_at(WAY, "ご本人の確認");
        browser
            .post(page, "code=123456&method=passkey&password=Tsu8!ki-no-Yoru")
            .await
            .is_at(WAY, "ご本人の確認");
    }
    assert_eq!(town.count(JSW, "password-recovered").await, 0);
    town.close().await;
}

#[tokio::test]
async fn a_code_works_in_the_browser_that_asked_and_nowhere_else() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    let (mut hers, mut another) = (town.browser(JSW), town.browser(JSW));
    ask(&mut another, "nobody-77").await;
    ask(&mut hers, &hanako.login).await;
    let code = town.newest_mail("recovery").await.code();
    another.post(CODE, &format!("code={code}")).await;
    assert!(another.errors()[0].contains("あと4回"), "{:?}", another.errors());
    town.clock.advance(SignedDuration::from_secs(301));
    hers.post(CODE, &format!("code={code}")).await;
    assert!(hers.errors()[0].contains("あと4回"), "five minutes are over: {:?}", hers.errors());
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_wrong_codes_at_once_five_are_verified() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    let mut browser = town.browser(JSW);
    ask(&mut browser, &hanako.login).await;
    let letter = town.newest_mail("recovery").await;
    let wrong = if letter.code() == "000000" { "000001" } else { "000000" };
    let presses: Vec<_> = (0..32).map(|_| (&browser, CODE, format!("code={wrong}"))).collect();
    together(&town, &presses).await;
    assert_eq!(town.count(JSW, "recovery-code-differed").await, 5);
    assert_eq!(town.count(JSW, "recovery-code-dead").await, 27);
    browser.post(CODE, &format!("code={}", letter.code())).await;
    assert!(browser.errors()[0].contains("このコードはもう使えません"), "{:?}", browser.errors());
    // Guesses at the code do not spoil the link.
    open_link(&town, &mut town.browser(JSW)).await;
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_press_the_button_at_once_one_goes_on() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    let mut browser = town.browser(JSW);
    ask(&mut browser, &hanako.login).await;
    let letter = town.newest_mail("recovery").await;
    let link = letter.link();
    let mut presses: Vec<_> = (0..28).map(|_| (&browser, link.as_str(), String::new())).collect();
    presses.extend((0..4).map(|_| (&browser, CODE, format!("code={}", letter.code()))));
    let answers = together(&town, &presses).await;
    let on = answers.iter().filter(|(_, place, _)| place == "/signin/birthdate").count();
    assert_eq!(on, 1, "{answers:?}");
    assert_eq!(town.count(JSW, "recovery-begun").await, 1);
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_recoveries_that_finish_at_once_one_password_is_set() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let mut browsers = [town.browser(JSW), town.browser(JSW)];
    for browser in &mut browsers {
        town.clock.advance(minutes(1));
        up_to_way(&town, browser, &hanako).await;
        browser.press("登録した認証方法で確認する").await;
        show_app(browser, &phone).await;
        browser.is_at("/signin/password", "パスワードの更新");
    }
    let form = |word: &str| format!("shown_to=testuser&password={word}&password_confirm={word}");
    let presses = [
        (&browsers[0], "/signin/password", form("Tsu8!ki-no-Yoru")),
        (&browsers[1], "/signin/password", form("Ha4!na-no-Hiru")),
    ];
    let answers = together(&town, &presses).await;
    assert_eq!(answers.iter().filter(|(_, _, entered)| *entered).count(), 1, "{answers:?}");
    assert_eq!(town.count(JSW, "password-recovered").await, 1);
    town.close().await;
}

#[tokio::test]
async fn whoever_staff_keep_out_stays_out() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let mut browser = town.browser(JSW);
    ask(&mut browser, &hanako.login).await;
    let letter = town.newest_mail("recovery").await;
    town.sql("UPDATE member SET locked_at = imported_at").await;
    let mut other = town.browser(JSW);
    other.post(&letter.link(), "").await;
    assert_eq!(other.status, StatusCode::GONE);
    browser.post(CODE, &format!("code={}", letter.code())).await;
    assert!(browser.errors()[0].contains("あと4回"), "{:?}", browser.errors());
    // Locked half-way: the page is gone, and the lock is still there.
    town.sql("UPDATE member SET locked_at = NULL").await;
    up_to_way(&town, &mut browser, &hanako).await;
    browser.press("登録した認証方法で確認する").await;
    show_app(&mut browser, &phone).await;
    town.sql("UPDATE member SET locked_at = imported_at").await;
    let form = format!("shown_to=testuser&password={NEWER_PASSWORD}&password_confirm={NEWER_PASSWORD}");
    browser.post("/signin/password", &form).await.is_at("/signin", "ログイン");
    assert_eq!(town.count(JSW, "password-recovered").await, 0);
    assert!(town.member(JSW, &hanako.login).await.membership.locked_at().is_some());
    town.close().await;
}

#[tokio::test]
async fn the_birth_date_is_asked_and_its_counts_hold() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    let mut browser = town.browser(JSW);
    ask(&mut browser, &hanako.login).await;
    open_link(&town, &mut browser).await;
    for _ in 0..3 {
        browser.post("/signin/birthdate", "birthdate=19900101").await;
    }
    browser.is_at("/signin", "ログイン");
    browser.visit("/signin/birthdate").await.is_at("/recovery/password", "パスワードを忘れた方はこちら");
    town.clock.advance(minutes(1));
    ask(&mut browser, &hanako.login).await;
    open_link(&town, &mut browser).await;
    for _ in 0..2 {
        browser.post("/signin/birthdate", "birthdate=19900101").await;
    }
    assert!(browser.errors()[0].contains("受け付けを止めています"), "{:?}", browser.errors());
    browser.post("/signin/birthdate", &format!("birthdate={}", hanako.born)).await;
    assert!(browser.errors()[0].contains("受け付けを止めています"), "{:?}", browser.errors());
    assert_eq!(town.count(JSW, "password-recovered").await, 0);
    town.close().await;
}

#[tokio::test]
async fn everything_that_is_open_ends_with_the_address_and_with_the_desk() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    ask(&mut town.browser(JSW), &hanako.login).await;
    let link = town.newest_mail("recovery").await.link();
    let mut begun = town.browser(JSW);
    begun.visit(&link).await;
    town.revert(JSW, &hanako).await;
    begun.press("パスワードをリセット").await;
    assert_eq!(begun.status, StatusCode::GONE);
    town.close().await;
}

#[tokio::test]
async fn letters_go_to_the_stored_address_under_the_unions_own_host() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    first_login(&mut town.browser(JSW), &hanako, &mut town.phone()).await;
    let origin = town.app.public().origin(&town.tenant(JSW));
    for (at, typed) in [
        "testuser%0d%0aBcc:+evil@example.com",
        "testuser,evil@example.com",
        "testuser%0aX-Evil:+1",
        "hanako@example.jp",
        "%3Cscript%3Ealert(1)%3C/script%3E",
        "testuser&user_id=evil",
    ]
    .iter()
    .enumerate()
    {
        let browser = town.browser(JSW);
        let mut request = browser.request(&Method::POST, ASK, Some(&format!("user_id={typed}")));
        request.headers_mut().insert("x-forwarded-host", "evil.example".parse().unwrap());
        let response = town.router.clone().oneshot(request).await.unwrap();
        let place = response.headers().get(header::LOCATION).map(|place| place.to_str().unwrap().to_owned());
        let broken = at == 5;
        assert_eq!(place.as_deref(), (!broken).then_some("/recovery/password/sent"), "{typed}");
        assert!(town.mail_of("recovery").await.is_empty(), "{typed}");
    }
    let browser = town.browser(JSW);
    let mut request = browser.request(&Method::POST, ASK, Some("user_id=%EF%BC%B4estuser"));
    for name in ["x-forwarded-host", "x-forwarded-proto", "forwarded", "x-original-host"] {
        request.headers_mut().insert(name, "evil.example".parse().unwrap());
    }
    town.router.clone().oneshot(request).await.unwrap();
    let letters = town.mail_of("recovery").await;
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].to, "hanako@example.jp");
    assert!(letters[0].text.contains(&format!("{origin}{}", letters[0].link())), "{}", letters[0].text);
    assert!(!letters[0].text.contains("evil") && !letters[0].subject.contains(&letters[0].code()));
    for personal in ["健保", "花子", "1980", "3456789", "testuser"] {
        assert!(!letters[0].text.contains(personal), "{personal}");
    }
    town.close().await;
}

#[tokio::test]
async fn a_stolen_database_holds_no_link_and_no_code() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    let mut browser = town.browser(JSW);
    ask(&mut browser, &hanako.login).await;
    let letter = town.newest_mail("recovery").await;
    let token = letter.link().rsplit('/').next().unwrap().to_owned();
    let hex = |text: &str| data_encoding::HEXLOWER.encode(text.as_bytes());
    let cookie = browser.cookies["__Host-recovery"].clone();
    assert!(!browser.page().contains(&token) && cookie != token, "the browser that asked is told no token");
    for (table, rows) in town.dump().await {
        for secret in [&token, &cookie, &letter.code()] {
            for form in [secret.to_lowercase(), hex(secret)] {
                let digits = form.len() == 6;
                let found = rows.iter().any(|row| row.contains(&form));
                assert!(!found || digits, "{secret} in {table}");
            }
        }
    }
    town.close().await;
}
