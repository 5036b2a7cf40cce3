//! Services that are told: real receivers, tokens that are verified by other hands than ours, and services that are dead, slow
//! or lead elsewhere.

use std::sync::{Arc, Mutex};

use axum::http::Method;
use kenpo_portal::{
    jobs::logouts::LogoutTeller,
    outbound::{Outbound, Trust},
    portal::Portal,
    store::sso::logouts::ListedLogout,
};
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier as _};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
    sync::watch,
};
use tokio_rustls::TlsAcceptor;

use super::{Relying, ask, endings::queue, with_own_service};
use crate::{
    holder::{Held, Holder, JRP},
    town::{Browser, Town, at_the_desk, hours},
};

/// What a service answers.
#[derive(Debug, Clone)]
enum Manner {
    Status(u16),
    /// Leads on to another address.
    Elsewhere(String),
    /// Says nothing until it is told another manner.
    Silent,
}

/// A service's end of the line.
struct Receiver {
    port: u16,
    tokens: Arc<Mutex<Vec<String>>>,
    manner: watch::Sender<Manner>,
    arrived: watch::Receiver<usize>,
}

impl Receiver {
    async fn open(manner: Manner) -> Self {
        Self::over(manner, None).await
    }

    /// One that speaks TLS, where it has a certificate.
    async fn over(manner: Manner, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (manner, heard) = watch::channel(manner);
        let (count, arrived) = watch::channel(0);
        let tokens = Arc::new(Mutex::new(Vec::new()));
        let kept = tokens.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, heard, count, tls) = (kept.clone(), heard.clone(), count.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        Some(tls) => {
                            let Ok(stream) = tls.accept(stream).await else { return };
                            answer(stream, &kept, heard, &count).await;
                        }
                        None => answer(stream, &kept, heard, &count).await,
                    }
                });
            }
        });
        Self { port, tokens, manner, arrived }
    }

    fn says(&self, manner: Manner) {
        self.manner.send_replace(manner);
    }

    fn tokens(&self) -> Vec<String> {
        self.tokens.lock().unwrap().clone()
    }

    /// Waits until so many requests have come.
    async fn arrived(&self, times: usize) {
        self.arrived.clone().wait_for(|arrived| *arrived >= times).await.unwrap();
    }
}

async fn answer(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    kept: &Mutex<Vec<String>>,
    mut heard: watch::Receiver<Manner>,
    count: &watch::Sender<usize>,
) {
    let mut read = Vec::new();
    let form = loop {
        let mut part = [0; 4096];
        let Ok(length @ 1..) = stream.read(&mut part).await else { return };
        read.extend_from_slice(&part[..length]);
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let lower = head.to_ascii_lowercase();
        assert!(lower.starts_with("post /out http/1.1\r\n"), "{head}");
        assert!(lower.contains("content-type: application/x-www-form-urlencoded"), "{head}");
        let length = lower.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
        if body.len() >= length.trim().parse::<usize>().unwrap() {
            break body.to_owned();
        }
    };
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&form).unwrap();
    let [(name, token)] = &pairs[..] else { panic!("{form}") };
    assert_eq!(name, "logout_token");
    kept.lock().unwrap().push(token.clone());
    count.send_modify(|count| *count += 1);
    let manner = heard.wait_for(|manner| !matches!(manner, Manner::Silent)).await.unwrap().clone();
    let answer = match manner {
        Manner::Status(status) => {
            format!("HTTP/1.1 {status} x\r\ncontent-length: 100000\r\n\r\n{}", "x".repeat(9000))
        }
        Manner::Elsewhere(place) => {
            format!("HTTP/1.1 302 x\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n")
        }
        Manner::Silent => unreachable!(),
    };
    let _ = stream.write_all(answer.as_bytes()).await;
}

/// The two services of the stories, told at these addresses.
fn told_at(text: String, first: &str, second: &str) -> String {
    let mut text = with_own_service(text);
    for (id, told) in [("yoyaku", first), ("another", second)] {
        let client = format!("client_id = \"{id}\"\n");
        assert!(text.contains(&client));
        text = text.replace(&client, &format!("{client}{told}"));
    }
    text + "\n[sso]\ntest = true\n"
}

fn at_port(port: u16) -> String {
    format!("backchannel_logout_uri = \"http://127.0.0.1:{port}/out\"\ninternal = true\n")
}

fn teller(
    town: &Town,
    portal: &Portal,
    trust: &Trust,
) -> LogoutTeller<
    impl Fn(&kenpo_portal::domain::tenant::TenantSlug) -> Option<Arc<kenpo_portal::domain::tenant::Tenant>>
    + use<>,
> {
    let tenants = town.app.tenants();
    let find = move |slug: &kenpo_portal::domain::tenant::TenantSlug| tenants.by_slug(slug);
    LogoutTeller::new(portal.clone(), Outbound::new(trust).unwrap(), find)
}

/// Logs out while this node tells services.
async fn log_out(town: &Town, browser: &mut Browser) {
    let mut teller = teller(town, town.app.portal(), &Trust::default());
    browser.visit("/logout").await;
    tokio::select! {
        _ = browser.press("ログアウトする") => {}
        () = async { loop { teller.round().await.unwrap(); tokio::task::yield_now().await; } } => {}
    }
}

async fn round(town: &Town) {
    teller(town, town.app.portal(), &Trust::default()).round().await.unwrap();
}

/// A town with two services, and a member who was at both of them.
async fn at_both(first: &str, second: &str) -> (Town, Relying, Holder, Browser) {
    let town = Town::edited(JRP, |text| told_at(text, first, second)).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    let browser = service.known(&town, &mut holder).await;
    service.code_for_other(&town, &browser, &[]).await;
    (town, service, holder, browser)
}

/// Header and claims of a token, verified by the published keys and another library than ours.
async fn verified(town: &Town, service: &Relying, token: &str) -> (Value, Value) {
    let keys = ask(town, &service.host, Method::GET, "/oidc/jwks", &[]).await.json();
    let plain = |text: &str| data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
    let [head, body, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("{token}") };
    let header: Value = serde_json::from_slice(&plain(head)).unwrap();
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).unwrap();
    let point = [vec![4], plain(key["x"].as_str().unwrap()), plain(key["y"].as_str().unwrap())].concat();
    let key = VerifyingKey::from_sec1_bytes(&point).unwrap();
    let signature = Signature::from_slice(&plain(signature)).unwrap();
    key.verify(format!("{head}.{body}").as_bytes(), &signature).unwrap();
    (header, serde_json::from_slice(&plain(body)).unwrap())
}

fn states(rows: &[ListedLogout]) -> Vec<(&str, u32, Option<&str>, Option<&str>)> {
    let mut states: Vec<_> = rows
        .iter()
        .map(|row| (row.client.as_str(), row.tries, row.outcome.as_deref(), row.last_result.as_deref()))
        .collect();
    states.sort_unstable();
    states
}

#[tokio::test]
async fn each_service_is_told_of_its_own_session_by_a_token_that_others_verify() {
    let (first, second) =
        (Receiver::open(Manner::Status(200)).await, Receiver::open(Manner::Status(204)).await);
    let (town, service, holder, mut browser) = at_both(&at_port(first.port), &at_port(second.port)).await;
    let code = service.code(&town, &browser, &[]).await;
    let given = service.exchange(&town, &code, &[]).await.json();
    let (_, id_token) = verified(&town, &service, given["id_token"].as_str().unwrap()).await;

    log_out(&town, &mut browser).await;
    // The page waits for them, and names them both.
    assert_eq!(browser.h1(), "ログアウトしました");
    let page = browser.text();
    let (_, told) = page.split_once("次のサービスからも、ログアウトしました。").unwrap();
    assert!(told.contains("健診予約") && told.contains("べつの会社"), "{told}");
    assert!(!told.contains("そのサービスの画面で"), "{told}");
    assert!(!browser.visit("/").await.has(".tiles"));
    let (own, others) = (first.tokens(), second.tokens());
    assert_eq!((own.len(), others.len()), (1, 1));
    let (header, claims) = verified(&town, &service, &own[0]).await;
    assert_eq!(header["typ"], "logout+jwt");
    assert_eq!(claims["iss"], json!(service.issuer));
    assert_eq!(claims["aud"], "yoyaku");
    assert_eq!((&claims["sub"], &claims["sid"]), (&id_token["sub"], &id_token["sid"]));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 120);
    assert_eq!(claims["events"], json!({ "http://schemas.openid.net/event/backchannel-logout": {} }));
    assert!(claims["jti"].as_str().unwrap().len() > 20 && claims.get("nonce").is_none());
    let (_, other) = verified(&town, &service, &others[0]).await;
    assert_eq!(other["aud"], "another");
    for name in ["sub", "sid", "jti"] {
        assert_ne!(other[name], claims[name], "{name}: two services compare nothing");
    }
    assert_eq!(
        states(&queue(&town).await),
        [("another", 1, Some("told"), Some("204")), ("yoyaku", 1, Some("told"), Some("200"))]
    );
    round(&town).await;
    assert_eq!((first.tokens().len(), second.tokens().len()), (1, 1), "nobody is told twice");
    let words = town.trail(JRP, &town.member(JRP, &holder.who.login).await).await;
    assert_eq!(words.iter().filter(|word| *word == "sso-logout-sent").count(), 2);
    town.close().await;
}

#[tokio::test]
async fn a_dead_service_is_tried_for_a_day_with_new_tokens_and_delays_no_other() {
    let (dead, other) =
        (Receiver::open(Manner::Status(503)).await, Receiver::open(Manner::Status(200)).await);
    let (town, service, mut holder, mut browser) = at_both(&at_port(dead.port), &at_port(other.port)).await;
    log_out(&town, &mut browser).await;
    let page = browser.text();
    let (reached, not) = page.split_once("次のサービスは、まだログアウトできていません").unwrap();
    assert!(reached.contains("べつの会社") && not.contains("健診予約"), "{}", browser.text());
    assert!(browser.page().contains("<li><a href=\"https://yoyaku."), "a way there: {}", browser.page());
    assert_eq!((dead.tokens().len(), other.tokens().len()), (1, 1));
    assert_eq!(
        states(&queue(&town).await),
        [("another", 1, Some("told"), Some("200")), ("yoyaku", 1, None, Some("503"))]
    );
    // Whoever logs out meanwhile is told that it could not be told.
    let mut second = holder.sign_in(&town).await;
    service.look(&town, &second, &service.request(&[])).await;
    second.visit("/logout").await.press("ログアウトする").await;
    assert!(second.text().contains("そのサービスの画面で、ログアウトしてください"), "{}", second.text());
    assert!(!second.text().contains("次のサービスからも、ログアウトしました"), "{}", second.text());

    // Tried when it is time, and not before: signing in anew took longer than the first wait.
    round(&town).await;
    assert_eq!(dead.tokens().len(), 3, "the second session at once, the first one again");
    for (seconds, tries) in [(4, 3), (2, 4), (31, 6)] {
        town.clock.advance(jiff::SignedDuration::from_secs(seconds));
        round(&town).await;
        assert_eq!(dead.tokens().len(), tries, "after {seconds} s more");
    }
    let tokens = dead.tokens();
    let (_, early) = verified(&town, &service, &tokens[0]).await;
    let (_, late) = verified(&town, &service, tokens.last().unwrap()).await;
    assert!(late["iat"].as_i64() > early["iat"].as_i64());
    assert_ne!(late["jti"], early["jti"], "a token of its own at each try");
    for _ in 0..60 {
        town.clock.advance(hours(1));
        round(&town).await;
    }
    let rows = queue(&town).await;
    let given_up: Vec<_> = rows.iter().filter(|row| row.client == "yoyaku").collect();
    assert_eq!(given_up.len(), 2);
    for row in &given_up {
        assert_eq!((row.outcome.as_deref(), row.last_result.as_deref()), (Some("given-up"), Some("503")));
        assert!((8..=12).contains(&row.tries), "{} tries in a day", row.tries);
    }
    assert_eq!(town.count(JRP, "sso-logout-gave-up").await, 2);

    // The operator has it told again, once it is back.
    dead.says(Manner::Status(200));
    let tenant = town.tenant(JRP);
    assert_eq!(town.app.portal().tell_again(&tenant, "yoyaku", at_the_desk()).await.unwrap(), 2);
    assert_eq!(town.app.portal().tell_again(&tenant, "another", at_the_desk()).await.unwrap(), 0);
    round(&town).await;
    assert!(queue(&town).await.iter().all(|row| row.outcome.as_deref() == Some("told")));
    assert_eq!(town.count(JRP, "sso-logouts-again").await, 1);
    // And what is done is forgotten after a week.
    town.clock.advance(hours(24 * 8));
    kenpo_portal::jobs::logouts::clear(town.app.portal()).await.unwrap();
    assert_eq!(queue(&town).await.len(), 0);
    town.close().await;
}

#[tokio::test]
async fn a_service_that_failed_for_somebody_else_and_works_again_is_said_to_be_told() {
    let (dead, other) =
        (Receiver::open(Manner::Status(503)).await, Receiver::open(Manner::Status(200)).await);
    let (town, service, mut holder, mut browser) = at_both(&at_port(dead.port), &at_port(other.port)).await;
    let mut second = holder.sign_in(&town).await;
    service.look(&town, &second, &service.request(&[])).await;
    log_out(&town, &mut browser).await;
    assert!(browser.text().contains("次のサービスは、まだログアウトできていません"), "{}", browser.text());
    dead.says(Manner::Status(200));
    log_out(&town, &mut second).await;
    let page = second.text();
    let (_, told) = page.split_once("次のサービスからも、ログアウトしました。").unwrap();
    assert!(told.contains("健診予約") && !told.contains("まだ"), "{told}");
    town.close().await;
}

#[tokio::test]
async fn who_logs_out_is_not_kept_waiting_by_a_silent_service() {
    let (silent, other) = (Receiver::open(Manner::Silent).await, Receiver::open(Manner::Status(200)).await);
    let (town, _, _, mut browser) = at_both(&at_port(silent.port), &at_port(other.port)).await;
    log_out(&town, &mut browser).await;
    let page = browser.text();
    let (told, waits) = page.split_once("次のサービスには、ログアウトしたことをまだ伝えている途中").unwrap();
    assert!(told.contains("べつの会社") && waits.contains("健診予約"), "{}", browser.text());
    assert!(!browser.visit("/").await.has(".tiles"));
    town.close().await;
}

#[tokio::test]
async fn who_presses_twice_reads_the_same_again() {
    let (one, other) = (Receiver::open(Manner::Status(200)).await, Receiver::open(Manner::Status(200)).await);
    let (town, _, _, mut browser) = at_both(&at_port(one.port), &at_port(other.port)).await;
    let mut again = town.browser(JRP);
    again.cookies = browser.cookies.clone();
    again.visit("/logout").await;
    log_out(&town, &mut browser).await;
    assert!(!browser.visit("/").await.has(".tiles"));
    again.press("ログアウトする").await;
    let page = again.text();
    let (_, told) = page.split_once("次のサービスからも、ログアウトしました。").unwrap();
    assert!(told.contains("べつの会社") && told.contains("健診予約"), "{told}");
    let mut stranger = town.browser(JRP);
    assert!(!stranger.visit("/logout").await.text().contains("べつの会社"));
    town.close().await;
}

#[tokio::test]
async fn a_silent_service_holds_its_own_places_and_nobody_elses() {
    let (silent, other) = (Receiver::open(Manner::Silent).await, Receiver::open(Manner::Status(200)).await);
    let (town, service, mut holder, mut browser) = at_both(&at_port(silent.port), &at_port(other.port)).await;
    for _ in 0..5 {
        let more = holder.sign_in(&town).await;
        service.look(&town, &more, &service.request(&[])).await;
    }
    town.desk(&town.tenant(JRP)).end_sessions(&holder.who.login).await.unwrap();
    browser.visit("/").await;
    assert_eq!(queue(&town).await.len(), 7);
    let mut teller = teller(&town, town.app.portal(), &Trust::default());
    let telling = tokio::spawn(async move { teller.round().await.unwrap() });
    silent.arrived(4).await;
    other.arrived(1).await;
    assert_eq!(silent.tokens().len(), 4, "four at once, and no more");
    silent.says(Manner::Status(200));
    telling.await.unwrap();
    assert!(queue(&town).await.iter().all(|row| row.outcome.as_deref() == Some("told")));
    assert_eq!(silent.tokens().len(), 6);
    town.close().await;
}

#[tokio::test]
async fn nobody_is_called_whom_the_file_does_not_name_and_nothing_private_unless_it_says_so() {
    let trap = Receiver::open(Manner::Status(200)).await;
    let leads = Receiver::open(Manner::Elsewhere(format!("http://127.0.0.1:{}/out", trap.port))).await;
    // Of what the check lets through at other unions too, only the address decides here.
    let private = format!("backchannel_logout_uri = \"https://{}/out\"\n", "10.0.0.1.nip.example.jp");
    let (town, _, _, mut browser) = at_both(&at_port(leads.port), &private).await;
    browser.visit("/logout").await.press("ログアウトする").await;
    let recipient = |address: String, internal| kenpo_portal::outbound::Recipient { address, internal };
    let outbound = Outbound::new(&Trust::default()).unwrap();
    let here = format!("http://127.0.0.1:{}/out", trap.port);
    for address in
        [here.clone(), here.replace("127.0.0.1", "localhost"), here.replace("127.0.0.1", "x.localhost")]
    {
        let answer = outbound.post_form(&recipient(address.clone(), false), "logout_token=x".into()).await;
        assert_eq!(answer, Err(kenpo_portal::outbound::OutboundFault::NotPublic), "{address}");
    }
    let tenant = town.tenant(JRP);
    let taken = town.app.portal().take_logout(&tenant, "yoyaku").await.unwrap().unwrap();
    let step = town.app.portal().logout_step(&tenant, &taken).await.unwrap();
    let kenpo_portal::portal::sso::logout::LogoutStep::Send(message) = step else { panic!("{step:?}") };
    let answer = outbound.post_form(&recipient(message.address, message.internal), message.form).await;
    assert_eq!(answer, Ok(302), "and it is not followed");
    assert_eq!((leads.tokens().len(), trap.tokens().len()), (1, 0));
    town.close().await;
}

#[tokio::test]
async fn of_two_nodes_one_tells_and_what_a_node_held_that_died_is_told_by_the_other() {
    let (first, second) =
        (Receiver::open(Manner::Status(200)).await, Receiver::open(Manner::Status(200)).await);
    let (town, _, _, mut browser) = at_both(&at_port(first.port), &at_port(second.port)).await;
    browser.visit("/logout").await.press("ログアウトする").await;
    let tenant = town.tenant(JRP);
    let portal = town.app.portal();
    let (one, other) =
        tokio::join!(portal.take_logout(&tenant, "yoyaku"), portal.take_logout(&tenant, "yoyaku"));
    let taken: Vec<_> = [one.unwrap(), other.unwrap()].into_iter().flatten().collect();
    assert_eq!(taken.len(), 1, "one row, one node");
    // That node dies here: nobody else may have it until its lease is over.
    round(&town).await;
    assert_eq!((first.tokens().len(), second.tokens().len()), (0, 1));
    town.clock.advance(jiff::SignedDuration::from_secs(31));
    let (mut a, mut b) = (teller(&town, portal, &Trust::default()), teller(&town, portal, &Trust::default()));
    let (done, also) = tokio::join!(a.round(), b.round());
    done.unwrap();
    also.unwrap();
    assert_eq!((first.tokens().len(), second.tokens().len()), (1, 1));
    // It was not dead after all: what it says now changes nothing.
    let fate = portal.logout_failed(&tenant, &taken[0], "timeout").await.unwrap();
    assert_eq!(fate, kenpo_portal::metrics::label::LogoutFate::PutBack);
    assert_eq!(
        states(&queue(&town).await),
        [("another", 1, Some("told"), Some("200")), ("yoyaku", 2, Some("told"), Some("200"))]
    );
    town.close().await;
}

#[tokio::test]
async fn a_service_with_a_certificate_of_the_operators_own_authority_is_told_and_no_other() {
    use tokio_rustls::rustls::{ServerConfig, pki_types::PrivateKeyDer};
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    let receiver = Receiver::over(Manner::Status(200), Some(TlsAcceptor::from(Arc::new(config)))).await;
    let told =
        format!("backchannel_logout_uri = \"https://localhost:{}/out\"\ninternal = true\n", receiver.port);
    let (town, _, _, mut browser) = at_both(&told, "").await;
    browser.visit("/logout").await.press("ログアウトする").await;
    assert!(
        browser.text().contains("そのサービスの画面で、"),
        "the other one has no address: {}",
        browser.text()
    );
    round(&town).await;
    assert_eq!(
        states(&queue(&town).await),
        [("another", 1, Some("nowhere"), Some("nowhere")), ("yoyaku", 1, None, Some("certificate"))]
    );
    town.clock.advance(jiff::SignedDuration::from_secs(6));
    let der = data_encoding::BASE64.encode(made.cert.der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----\n");
    let trust = Trust::default().with(&pem).unwrap();
    teller(&town, town.app.portal(), &trust).round().await.unwrap();
    assert_eq!(receiver.tokens().len(), 1);
    assert!(queue(&town).await.iter().all(|row| row.outcome.is_some()));
    assert!(Trust::default().with("no certificate").is_err());
    town.close().await;
}
