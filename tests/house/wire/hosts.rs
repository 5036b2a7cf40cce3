//! Hosts: whose pages are shown, and that nobody's host gives no union away (A2, D17).

use http_body_util::{BodyExt as _, Empty};
use hyper::{Request, body::Bytes, client::conn::http2, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use super::line::{Answer, HOST, NEIGHBOUR, Service};

#[tokio::test]
async fn nobody_s_host_gets_a_page_that_names_nobody() {
    let mut service = Service::open().await;
    let mut line = service.line().await;
    for hosts in [
        String::new(),
        format!("Host: {HOST}\r\nHost: {HOST}\r\n"),
        format!("Host: {HOST}\r\nHost: evil.example\r\n"),
        format!("Host: evil.example\r\nX-Forwarded-Host: {HOST}\r\nForwarded: host={HOST}\r\n"),
        format!("Host: {HOST}, evil.example\r\n"),
        format!("Host: evil.example#{HOST}\r\n"),
        format!("Host: user@{HOST}\r\n"),
        format!("Host: {HOST}:\r\n"),
        format!("Host: {HOST}:99999\r\n"),
        format!("Host: {HOST}:+443\r\n"),
        format!("Host: {HOST}:0\r\n"),
        format!("Host: {HOST}:00443\r\n"),
        format!("Host: {HOST}:443:443\r\n"),
        format!("Host: {HOST}.:+443\r\n"),
        format!("Host: {HOST}..\r\n"),
        format!("Host: .{HOST}\r\n"),
        format!("Host: x{HOST}\r\n"),
        "Host:\r\n".into(),
        "Host: midorikenpo\r\n".into(),
        "Host: portal.example.jp\r\n".into(),
        "Host: 127.0.0.1\r\n".into(),
        "Host: 127.0.0.1:8080\r\n".into(),
        "Host: [::1]:8080\r\n".into(),
        "Host: 2130706433\r\n".into(),
        "Host: みどり健保\r\n".into(),
    ] {
        let words = format!("GET /signin HTTP/1.1\r\n{hosts}\r\n");
        service.ask(&words).await.expect("an answer").is_nobodys(&hosts);
        // And on a connection that goes on.
        line.say(&words).await;
        line.hear().await.expect("an answer").is_nobodys(&hosts);
        line.is_served().await;
    }
}

#[tokio::test]
async fn without_a_host_an_old_client_is_told_so() {
    let mut service = Service::open().await;
    let answer = service.ask("GET / HTTP/1.0\r\n\r\n").await.expect("an answer");
    answer.is_nobodys("HTTP/1.0");
    let answer =
        service.ask(format!("GET /signin HTTP/1.0\r\nHost: {HOST}\r\n\r\n")).await.expect("an answer");
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn the_demo_s_doors_do_not_exist() {
    let mut service = Service::open().await;
    for host in ["localhost", "localhost:8080", "127.0.0.1", "midorikenpo.localhost", "LOCALHOST."] {
        for path in ["/", "/members", "/letters", "/demo", "/signin", "/assets/portal.css"] {
            let answer = service.ask(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await.unwrap();
            answer.is_nobodys(&format!("{path} at {host}"));
        }
    }
}

/// Requests of every form to the union's own host, its alias, both with a trailing dot, and nobody's: status and
/// `Location` of each (D17, D31).
#[tokio::test]
async fn every_form_of_request_at_every_kind_of_host_has_its_answer() {
    let mut service = Service::open().await;
    // An answer to a password waits a little.
    service.let_time_pass();
    let alias = "midorikenpo.portal.example.jp";
    let (dotted, dotted_alias) = (format!("{HOST}."), format!("{alias}."));
    let front = format!("https://{HOST}/");
    let page = format!("https://{HOST}/signin?after=time-out");
    let form = "Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n";
    for (line, headers, own, led) in [
        ("GET /signin?after=time-out", "", (200, None), (308, Some(&page))),
        ("GET https://{host}/signin?after=time-out", "", (200, None), (308, Some(&page))),
        ("GET http://{host}", "", (200, None), (308, Some(&front))),
        ("HEAD /", "", (200, None), (308, Some(&front))),
        // The form is not sent on: it would come from another origin. The member finds the page it stands on.
        ("POST /signin?after=time-out", form, (422, None), (303, Some(&page))),
        ("OPTIONS *", "", (405, None), (405, None)),
        ("OPTIONS /signin", "", (405, None), (405, None)),
        ("OPTIONS https://{host}", "", (405, None), (405, None)),
        ("CONNECT {host}:443", "", (405, None), (405, None)),
        ("PUT /signin", "", (405, None), (405, None)),
    ] {
        for (host, (status, location)) in [
            (HOST, own),
            (alias, led),
            (&dotted, led),
            (&dotted_alias, led),
            ("www.evil.example", (421, None)),
        ] {
            let asked = line.replace("{host}", host);
            let said = format!("{asked} HTTP/1.1\r\nHost: {host}\r\nOrigin: https://{host}\r\n{headers}\r\n");
            let mut connection = service.line().await;
            connection.heads = asked.starts_with("HEAD");
            connection.say(&said).await;
            let answer = connection.hear().await.unwrap_or_else(|| panic!("{said}: an answer"));
            assert_eq!(
                (answer.status, answer.header("location")),
                (status, location.map(String::as_str)),
                "{said}"
            );
            answer.is_guarded();
        }
    }
    service.ask(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n")).await.unwrap();
}

#[tokio::test]
async fn well_known_addresses_are_answered_at_a_dotted_host_too() {
    let mut service = Service::open().await;
    let [_, rp_id] = super::line::HINATA_HOSTS;
    let words = format!("GET /.well-known/passkey-endpoints HTTP/1.1\r\nHost: {rp_id}.\r\n\r\n");
    assert_eq!(service.ask(words).await.unwrap().status, 200);
}

#[tokio::test]
async fn only_what_lies_below_the_operators_domains_is_promised_whole() {
    let (_files, app) = super::line::app(true).await;
    for (bases, promise) in [
        (&["portal.example.jp"][..], "max-age=63072000; includeSubDomains"),
        (&["example.net", "Example.JP"], "max-age=63072000; includeSubDomains"),
        (&[], "max-age=63072000"),
        (&[HOST], "max-age=63072000"),
        (&["ortal.example.jp", "elsewhere.example"], "max-age=63072000"),
    ] {
        let bases: Vec<String> = bases.iter().map(|base| (*base).to_owned()).collect();
        let service = Service::of(app.clone().below(&bases).router()).await;
        let mut line = service.line().await;
        for host in [HOST, "midorikenpo.portal.example.jp"] {
            line.say(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
            let answer = line.hear().await.unwrap();
            assert_eq!(answer.header("strict-transport-security"), Some(promise), "{host} below {bases:?}");
        }
        line.say("GET / HTTP/1.1\r\nHost: portal.example.jp\r\n\r\n").await;
        let answer = line.hear().await.unwrap();
        assert_eq!((answer.status, answer.header("strict-transport-security")), (421, None), "{bases:?}");
    }
}

#[tokio::test]
async fn case_and_port_do_not_matter() {
    let mut service = Service::open().await;
    let shouted = HOST.to_uppercase();
    for host in [HOST, &shouted, &format!("{HOST}:443"), &format!("{shouted}:8443")] {
        let answer = service.ask(format!("GET /signin HTTP/1.1\r\nHost: {host}\r\n\r\n")).await.unwrap();
        assert_eq!(answer.status, 200, "{host}");
        assert!(answer.body.contains("みどり健康保険組合"), "{host}");
        answer.is_guarded();
    }
}

#[tokio::test]
async fn a_whole_address_must_agree_with_the_host() {
    let mut service = Service::open().await;
    let ask = |address: &str, host: &str| format!("GET {address}/signin HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let agreed = service.ask(ask(&format!("https://{HOST}"), HOST)).await.unwrap();
    assert_eq!(agreed.status, 200);
    for (address, host) in
        [(NEIGHBOUR, HOST), (HOST, NEIGHBOUR), ("evil.example", HOST), (HOST, "evil.example")]
    {
        let answer = service.ask(ask(&format!("https://{address}"), host)).await.unwrap();
        answer.is_nobodys(&format!("{address} with Host: {host}"));
    }
}

#[tokio::test]
async fn an_alias_leads_to_the_union_s_own_host_and_nowhere_else() {
    let mut service = Service::open().await;
    let alias = "midorikenpo.portal.example.jp";
    for path in ["/", "/signin?after=time-out", "//evil.example/", "/%0d%0aset-cookie:x=1"] {
        let words = format!("GET {path} HTTP/1.1\r\nHost: {alias}\r\nX-Forwarded-Host: evil.example\r\n\r\n");
        let answer = service.ask(words).await.unwrap();
        assert_eq!(answer.status, 308, "{path}");
        assert_eq!(answer.header("location"), Some(format!("https://{HOST}{path}").as_str()));
        answer.is_guarded();
    }
}

#[tokio::test]
async fn what_a_proxy_claims_does_not_choose_the_union() {
    let mut service = Service::open().await;
    let words = format!(
        "GET /signin HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-Host: {NEIGHBOUR}\r\nX-Original-URL: /logout\r\n\
         X-HTTP-Method-Override: POST\r\n\r\n"
    );
    let answer = service.ask(words).await.unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("みどり健康保険組合") && !answer.body.contains(NEIGHBOUR));
}

/// Over HTTP/2 without TLS, as a proxy behind TLS speaks it.
async fn over_http2(service: &Service, address: &str, host: Option<&str>) -> Answer {
    let stream = TokioIo::new(TcpStream::connect(service.address).await.unwrap());
    let (mut say, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut request = Request::get(address);
    if let Some(host) = host {
        request = request.header(header::HOST, host);
    }
    let response = say.send_request(request.body(Empty::<Bytes>::new()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    drop(say);
    let _ = connection.await;
    Answer { status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

#[tokio::test]
async fn http_2_names_the_host_in_authority() {
    let service = Service::open().await;
    for (authority, host) in [(HOST, None), (HOST, Some(HOST)), (&*HOST.to_uppercase(), Some(HOST))] {
        let answer = over_http2(&service, &format!("http://{authority}/signin"), host).await;
        assert_eq!(answer.status, 200, "{authority} {host:?}");
        assert!(answer.body.contains("みどり健康保険組合"));
        answer.is_guarded();
    }
    for (authority, host) in [
        ("evil.example", None),
        ("127.0.0.1:8080", None),
        ("localhost", None),
        (HOST, Some(NEIGHBOUR)),
        (NEIGHBOUR, Some(HOST)),
        (HOST, Some("")),
    ] {
        let answer = over_http2(&service, &format!("http://{authority}/signin"), host).await;
        answer.is_nobodys(&format!("{authority} with host {host:?}"));
    }
}
