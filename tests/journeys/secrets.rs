//! Secrets: what a thief of the database, a reader of the log and a curious stranger must not find.

use std::{cell::RefCell, io::Write, sync::Once};

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde_json::Value;

use crate::{
    holder::{Held, Holder, JRP},
    passkey::{PROVE, SET_UP, at_door, at_set_up},
    passkey_alone::{ALONE, alone},
    sso::{CHALLENGE, Relying, VERIFIER, parameter, with_own_service},
    town::{Authenticator, Browser, JSW, MGC, Newcomer, Town, hours, minutes},
    walk::{NEW_PASSWORD, first_login, return_with, sign_in, up_to},
};

thread_local! {
    /// What was logged on this thread since it began to listen.
    static HEARD: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Writes down what is logged on threads that listen. A story runs on one thread, beside others on theirs.
#[derive(Clone, Copy)]
struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        HEARD.with_borrow_mut(|heard| heard.iter_mut().for_each(|heard| heard.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// Listens on this thread. The collector is the whole program's: `tracing` forgets the places of a collector that
    /// belongs to one thread when another thread comes by them first.
    fn listen() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let collector = tracing_subscriber::fmt()
                .json()
                .with_env_filter("kenpo_portal=trace,info")
                .with_writer(|| Log)
                .finish();
            tracing::subscriber::set_global_default(collector).unwrap();
        });
        HEARD.set(Some(Vec::new()));
    }

    fn text() -> String {
        HEARD
            .with_borrow(|heard| String::from_utf8_lossy(heard.as_deref().unwrap_or_default()).to_lowercase())
    }
}

#[tokio::test]
async fn a_stolen_database_and_a_log_hold_no_secret() {
    Log::listen();
    let town = Town::open().await;
    let taro = town.taro(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &taro, &mut phone, "ワンタイムパスワードの設定").await;
    let attempt = browser.cookies["__Host-attempt"].clone();
    first_login(&mut browser, &Newcomer { password: NEW_PASSWORD.into(), ..taro.clone() }, &mut phone).await;
    let setup_code = phone.code();
    town.clock.advance(hours(1));
    sign_in(&mut town.browser(JSW), &taro.login, "Wrong-Canary-77").await;
    sign_in(&mut town.browser(JSW), "nobody-canary", "x").await;
    let mut again = town.browser(JSW);
    return_with(&mut again, &taro, &phone).await.is_at("/", "サービス");
    assert_eq!(again.receipt(), None, "nothing failed");
    again.visit("/no-such-page").await;
    let receipt = again.receipt().expect("a failure").to_lowercase();

    let session = again.cookies["__Host-session"].clone();
    let secrets =
        [NEW_PASSWORD, &taro.password, "Wrong-Canary-77", &phone.key(), &attempt, &session, &phone.code()];
    let personal =
        ["見本", "ミホン", "taro@example.jp", "19790822", "1979-08-22", "k7m2xq9w4d", "nobody-canary"];
    let dump = town.dump().await;
    for secret in secrets {
        let plain = secret.to_lowercase();
        for form in [plain.clone(), HEXLOWER.encode(secret.as_bytes())] {
            for (table, rows) in &dump {
                // Six digits may stand in any timestamp.
                let found = plain.len() > 6 && rows.iter().any(|row| row.contains(&form));
                assert!(!found, "{secret} in {table}");
            }
        }
        assert!(plain.len() == 6 || !Log::text().contains(&plain), "{secret} in the log");
    }
    for word in personal {
        let (table, rows) = dump.iter().find(|(table, _)| *table == "audit").unwrap();
        assert!(!rows.iter().any(|row| row.contains(&word.to_lowercase())), "{word} in {table}");
        let (_, letters) = dump.iter().find(|(table, _)| *table == "outbox").unwrap();
        let hex = HEXLOWER.encode(word.as_bytes());
        assert!(!letters.iter().any(|row| row.contains(&hex) || row.contains(word)), "{word} in the outbox");
        assert!(!Log::text().contains(&word.to_lowercase()), "{word} in the log");
    }
    assert!(!Log::text().contains(&format!("code={setup_code}")));
    assert!(Log::text().contains(&receipt), "the receipt number on the page leads to its line in the log");
    // What lies in the database opens nothing.
    for (table, rows) in dump.iter().filter(|(table, _)| matches!(*table, "session" | "attempt")) {
        for digest in rows.iter().flat_map(|row| row.split(|c: char| !c.is_ascii_hexdigit())) {
            if digest.len() == 64 {
                let mut thief = town.browser(JSW);
                let bytes = HEXLOWER.decode(digest.as_bytes()).unwrap();
                let value = data_encoding::BASE64URL_NOPAD.encode(&bytes);
                thief.cookies.insert(format!("__Host-{table}"), value);
                assert!(!thief.visit("/").await.has(".tiles"));
            }
        }
    }
    town.close().await;
}

/// A text or bytes in every form in which they might lie about.
fn forms(bytes: &[u8]) -> [String; 4] {
    let list: Vec<String> = bytes.iter().map(u8::to_string).collect();
    [HEXLOWER.encode(bytes), BASE64URL_NOPAD.encode(bytes).to_lowercase(), list.join(","), list.join(", ")]
}

/// Every long text in an answer, and the bytes it stands for.
fn pieces(answer: &Value) -> Vec<Vec<u8>> {
    match answer {
        Value::String(text) if text.len() > 24 => {
            vec![BASE64URL_NOPAD.decode(text.as_bytes()).unwrap_or_else(|_| text.clone().into_bytes())]
        }
        Value::Array(list) => list.iter().flat_map(pieces).collect(),
        Value::Object(fields) => fields.values().flat_map(pieces).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn a_stolen_database_and_a_log_hold_nothing_that_a_passkey_needs() {
    Log::listen();
    let town = Town::edited(JSW, alone).await;
    let hanako = town.hanako(JSW).await;
    let mut device = Authenticator::new(1);
    let mut questions = Vec::new();
    let mut answers = Vec::new();
    let mut browser = at_set_up(&town, &hanako).await;
    for liar in [
        device.lying(|lies| lies.algorithm = Some(-36)),
        device.lying(|lies| lies.no_user_verification = true),
        device.lying(|lies| lies.backup = Some((false, true))),
        device.lying(|lies| lies.credential_id = Some(vec![7; 1024])),
    ] {
        let options = browser.options(SET_UP).await;
        let answer = liar.clone().create(&options, &browser.origin()).unwrap();
        browser.hand_in(SET_UP, &answer).await;
        answers.push(answer);
        questions.push(options);
    }
    let options = browser.options(SET_UP).await;
    let made = device.create(&options, &browser.origin()).unwrap();
    questions.push(options);
    browser.hand_in(SET_UP, &made).await;
    assert_eq!(browser.h1(), "このデバイスに名前を付けてください");
    browser.press("OK").await;
    let mut door = at_door(&town, &hanako).await;
    let mut stranger = town.browser(JSW);
    for liar in [
        device.clone(),
        device.lying(|lies| lies.backup = Some((false, false))),
        device.lying(|lies| lies.signature_by_another_key = true),
        device.lying(|lies| lies.user_handle = Some(vec![1; 16])),
    ] {
        let options = stranger.options(ALONE).await;
        let answer = liar.clone().get(&options, &stranger.origin()).unwrap();
        stranger.hand_in(ALONE, &answer).await;
        questions.push(options);
        answers.push(answer);
    }
    // Asked and not yet answered: these questions wait in the store.
    questions.push(door.options(PROVE).await);
    questions.push(town.browser(JSW).options(ALONE).await);
    let mut adding = town.browser(JSW);
    adding.visit("/signin").await;
    let options = adding.options(ALONE).await;
    let answer = device.get(&options, &adding.origin()).unwrap();
    adding.hand_in(ALONE, &answer).await.is_at("/", "サービス");
    questions.push(adding.options("/account/methods/passkey").await);

    let dump = town.dump().await;
    let waiting = &dump.iter().find(|(table, _)| *table == "ceremony").unwrap().1;
    assert_eq!(waiting.len(), 3, "{waiting:?}");
    for row in waiting {
        for word in ["challenge", "credential", "policy", "required", "webauthn"] {
            assert!(!row.contains(word) && !row.contains(&HEXLOWER.encode(word.as_bytes())), "{word}: {row}");
        }
    }
    adding.visit("/no-such-page").await;
    let receipt = adding.receipt().expect("a failure").to_lowercase();
    let log = Log::text();
    assert!(log.contains(&receipt) && log.contains(ALONE), "the log hears of it");
    for question in &questions {
        let challenge = question["publicKey"]["challenge"].as_str().unwrap();
        let challenge = BASE64URL_NOPAD.decode(challenge.as_bytes()).unwrap();
        for form in forms(&challenge) {
            let place = dump.iter().find(|(_, rows)| rows.iter().any(|row| row.contains(&form)));
            assert!(place.is_none(), "a challenge in {place:?}");
        }
    }
    let (id, handle) = (device.ids()[0].clone(), device.user_handles()[0].clone());
    let (x, y) = device.public_key(0);
    for half in [&x, &y] {
        for form in forms(half) {
            let place = dump.iter().find(|(_, rows)| rows.iter().any(|row| row.contains(&form)));
            assert!(place.is_none(), "the public key in {place:?}");
        }
    }
    for (table, rows) in &dump {
        // By its id a passkey is found, by its handle its owner; nowhere else do they stand.
        for form in forms(&id) {
            assert!(*table == "passkey" || !rows.iter().any(|row| row.contains(&form)), "the id in {table}");
        }
        for form in forms(&handle) {
            assert!(
                *table == "member" || !rows.iter().any(|row| row.contains(&form)),
                "the handle in {table}"
            );
        }
    }
    let spoken: Vec<Vec<u8>> = questions.iter().chain(&answers).chain([&made]).flat_map(pieces).collect();
    for piece in spoken.iter().chain([&id, &handle, &x, &y]) {
        // What a page says of itself anyway: kinds, hosts, names.
        if String::from_utf8(piece.clone()).is_ok_and(|text| !text.starts_with('{')) {
            continue;
        }
        for form in forms(piece) {
            assert!(!log.contains(&form), "in the log: {form}");
        }
    }
    town.close().await;
}

#[tokio::test]
async fn the_log_of_single_sign_on_holds_nothing_that_opens_anything() {
    Log::listen();
    let town = Town::edited(JRP, with_own_service).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let wishes = [("state", "State-Canary-5521"), ("nonce", "Nonce-Canary-8812")];
    let mut secrets = vec![service.secret.clone(), service.others.clone(), VERIFIER.into(), CHALLENGE.into()];
    secrets.extend(wishes.map(|(_, value)| value.to_owned()));
    // Signed out, told, signed in, silently, left here before; codes used, used twice, wrong; tokens good and bad.
    let stranger = town.browser(JRP);
    service.look(&town, &stranger, &service.request(&wishes)).await;
    let mut browser = holder.sign_in(&town).await;
    browser.visit(&service.request(&wishes)).await.press("開く").await;
    let first = parameter(&service.led_to(&browser), "code").unwrap();
    secrets.push(browser.cookies["__Host-sso"].clone());
    let left = service.push(&town, &wishes).await.json()["request_uri"].as_str().unwrap().to_owned();
    let second = service.code_of(&service.look(&town, &browser, &service.pushed(&left)).await);
    secrets.push(left.rsplit(':').next().unwrap().to_owned());
    for code in [&first, &second] {
        let given = service.exchange(&town, code, &[]).await.json();
        for name in ["access_token", "id_token"] {
            secrets.push(given[name].as_str().unwrap().to_owned());
        }
        service.user_info(&town, given["access_token"].as_str().unwrap()).await;
        assert_eq!(service.exchange(&town, code, &[]).await.json()["error"], "invalid_grant");
        secrets.push(code.clone());
    }
    let wrong = [("client_secret", Some("Wrong-Secret-Canary-19"))];
    service.exchange(&town, &first, &wrong).await;
    let assertion = [
        ("client_secret", None),
        ("client_assertion_type", Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")),
        ("client_assertion", Some("Assertion-Canary.77.x")),
    ];
    service.exchange(&town, &first, &assertion).await;
    service.user_info(&town, "Token-Canary-40").await;
    service
        .look(&town, &browser, &service.request(&[("redirect_uri", "https://evil-canary.example/")]))
        .await;
    // The way out, asked first and then at once.
    let id_token = secrets.iter().rev().find(|secret| secret.contains('.')).unwrap().clone();
    for more in ["&post_logout_redirect_uri=https%3A%2F%2Fevil-canary.example%2F&state=State-Canary-5521", ""]
    {
        let out = format!("/oidc/logout?id_token_hint={id_token}{more}");
        assert_eq!(service.look(&town, &browser, &out).await.status, axum::http::StatusCode::OK);
    }
    assert!(!browser.visit("/").await.has(".tiles"), "signed out");
    let canaries = ["Wrong-Secret-Canary-19", "Assertion-Canary", "Token-Canary-40", "evil-canary"];
    secrets.extend(canaries.map(str::to_owned));
    let log = Log::text();
    assert!(log.contains("/oidc/token") && log.contains("/oidc/par"), "the log hears of it");
    assert!(log.contains("/oidc/logout"), "of the way out as well");
    assert!(log.contains("came twice"), "of what matters as well");
    for secret in secrets {
        assert!(!log.contains(&secret.to_lowercase()), "in the log: {secret}");
    }
    town.close().await;
}

/// The answer without what differs in every answer: receipt number, the typed ID.
fn bare(browser: &Browser, login: &str) -> String {
    let receipt = browser.receipt().unwrap_or_default();
    browser.page().replace(&receipt, "").replace(login, "")
}

/// Status, headers and page of the answers to nine wrong passwords, waiting out each pause.
async fn answers(town: &Town, login: &str, password: &str) -> Vec<(u16, String, String)> {
    let mut answers = Vec::new();
    for _ in 0..9 {
        let mut browser = town.browser(JSW);
        sign_in(&mut browser, login, password).await;
        assert!(browser.cookies.is_empty());
        let head: Vec<String> =
            browser.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
        answers.push((browser.status.as_u16(), head.join("\n"), bare(&browser, login)));
        town.clock.advance(minutes(4));
    }
    answers
}

#[tokio::test]
async fn every_kind_of_member_and_nobody_hear_the_same() {
    let mut heard = Vec::new();
    for kind in ["nobody", "active", "first", "expired", "locked", "factorless", "long"] {
        // A town each, so that every answer is given at the same time of day.
        let days = if kind == "expired" { "valid_days = 20" } else { "valid_days = 60" };
        let town = Town::edited(JSW, |text| text.replace("valid_days = 60", days)).await;
        let hanako = town.hanako(JSW).await;
        let (mut browser, mut phone) = (town.browser(JSW), town.phone());
        match kind {
            "active" => drop(first_login(&mut browser, &hanako, &mut phone).await),
            "factorless" => up_to(&mut browser, &hanako, &mut phone, "初回ログインが完了しました").await,
            "locked" => town.sql("UPDATE member SET locked_at = imported_at").await,
            _ => {}
        }
        town.clock.advance(hours(24 * 20));
        let login = if kind == "nobody" { "mistaken" } else { "testuser" };
        let password = match kind {
            "factorless" => NEW_PASSWORD.to_owned(),
            "expired" | "locked" => hanako.password,
            "long" => "x".repeat(1025),
            _ => "Wrong-Password-1".to_owned(),
        };
        heard.push((kind, answers(&town, login, &password).await));
        town.close().await;
    }
    for (kind, answers) in &heard[1..] {
        assert_eq!(answers, &heard[0].1, "{kind}");
    }
}

#[tokio::test]
async fn fifty_wrong_passwords_for_nobody_end_in_the_same_words_as_a_members() {
    let town = Town::open().await;
    town.hanako(JSW).await;
    for _ in 0..51 {
        let mut heard = Vec::new();
        for login in ["testuser", "mistaken"] {
            let mut browser = town.browser(JSW);
            sign_in(&mut browser, login, "Wrong-Password-1").await;
            heard.push((browser.status, bare(&browser, login)));
        }
        assert_eq!(heard[0], heard[1]);
        town.clock.advance(minutes(30));
    }
    assert_eq!(town.count(JSW, "password-off").await, 2);
    town.close().await;
}

#[tokio::test]
async fn the_letters_go_to_the_rosters_address_until_a_new_one_is_confirmed() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "メールアドレスの更新").await;
    browser.fill("メールアドレス", "new@example.jp").press("実行").await;
    first_login(&mut browser, &Newcomer { password: NEW_PASSWORD.into(), ..hanako }, &mut phone).await;
    let letters = town.letters().await;
    assert_eq!(letters.len(), 2, "{letters:?}");
    for letter in &letters {
        assert_eq!(letter.to, "hanako@example.jp");
        assert!(!letter.content.contains(NEW_PASSWORD) && !letter.content.contains("12345678919801201"));
        assert!(letter.content.contains("03-0000-0000"), "whom to call: {}", letter.content);
    }
    assert!(letters.iter().any(|letter| letter.content.contains("はじめてのログインがありました")));
    assert!(letters.iter().any(|letter| letter.content.contains("初回ログインが完了しました")));
    town.close().await;
}

#[tokio::test]
async fn an_address_that_only_waits_keeps_nobody_from_it_and_asking_has_an_end() {
    let town = Town::open().await;
    let (hanako, taro) = (town.hanako(MGC).await, town.taro(MGC).await);
    let (mut hers, mut his, mut phone) = (town.browser(MGC), town.browser(MGC), town.phone());
    up_to(&mut hers, &hanako, &mut phone, "メールアドレスの更新").await;
    hers.fill("メールアドレス", "both@example.jp").press("実行").await;
    up_to(&mut his, &taro, &mut phone, "メールアドレスの更新").await;
    for _ in 0..10 {
        his.fill("メールアドレス", "hanako@example.jp").press("実行").await;
        assert!(his.errors()[0].contains("ほかのユーザIDで登録されています"), "{:?}", his.errors());
    }
    his.fill("メールアドレス", "quite-free@example.jp").press("実行").await;
    assert!(his.errors()[0].contains("今日の回数を超えました"), "{:?}", his.errors());
    assert_eq!(town.count(MGC, "email-taken").await, 10);
    town.clock.advance(hours(24));
    his = town.browser(MGC);
    let taro = Newcomer { password: NEW_PASSWORD.into(), ..taro };
    up_to(&mut his, &taro, &mut phone, "メールアドレスの更新").await;
    his.fill("メールアドレス", "both@example.jp").press("実行").await;
    assert_eq!(his.path(), "/signin/done", "{:?}", his.errors());
    town.close().await;
}
