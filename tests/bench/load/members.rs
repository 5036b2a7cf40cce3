//! Members of the load: their first login with an authenticator app, and signing in again.

use std::{net::SocketAddr, sync::Arc};

use data_encoding::BASE32_NOPAD;
use kenpo_portal::{
    domain::totp,
    world::{Clock as _, SystemClock},
};
use scraper::{Html, Selector};

use crate::client::{self, Answer, Connection};

/// The password of everybody.
const PASSWORD: &str = "Ku7!mori-no-Asa";

/// A member and the key in their authenticator app.
pub struct Member {
    login: String,
    key: Vec<u8>,
    step: i64,
    /// The session's cookie, as a request carries it.
    pub session: String,
}

/// The user ID of the member of that number.
pub fn login(number: u64) -> String {
    format!("member{number:05}")
}

/// The temporary password on the notice of every member.
pub const TEMPORARY: &str = "Vp6r-Hn3t-Ky8s";

/// The header of a roster.
pub const HEADER: &str = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\n";

/// That many members with printed notices.
pub fn roster(count: u64) -> String {
    let rows = (0..count).map(|number| {
        format!(
            "15,{},,1979-08-22,見本 太郎,ミホン タロウ,{},{TEMPORARY},member{number}@example.jp\n",
            number + 1,
            login(number),
        )
    });
    std::iter::once(HEADER.to_owned()).chain(rows).collect()
}

/// The time step of this moment (RFC 6238).
fn step_now() -> i64 {
    SystemClock.now().as_second() / 30
}

/// Walks that many members through their first login, eight at a time.
pub async fn first_logins(address: SocketAddr, count: u64) -> Vec<Member> {
    let next = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let mut walks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let next = next.clone();
        walks.spawn(async move {
            let mut members = Vec::new();
            loop {
                let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if number >= count {
                    return members;
                }
                members.push(first_login(address, login(number)).await);
            }
        });
    }
    walks.join_all().await.into_iter().flatten().collect()
}

/// A browser: one connection and its cookies.
struct Browser {
    connection: Connection,
    attempt: String,
    session: String,
}

impl Browser {
    async fn open(address: SocketAddr) -> Self {
        Self { connection: Connection::open(address).await, attempt: String::new(), session: String::new() }
    }

    fn cookies(&self) -> String {
        [("__Host-attempt", &self.attempt), ("__Host-session", &self.session)]
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ")
    }

    async fn send(&mut self, request: Vec<u8>) -> Answer {
        let answer = self.connection.exchange(&request).await;
        if let Some(value) = answer.cookie("__Host-attempt") {
            self.attempt = value;
        }
        if let Some(value) = answer.cookie("__Host-session") {
            self.session = value;
        }
        answer
    }

    async fn get(&mut self, path: &str) -> Answer {
        self.send(client::get(path, &self.cookies())).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(client::post(path, &self.cookies(), fields)).await
    }

    /// Answers the form of that page: its hidden fields as they stand, and these. Where it leads.
    async fn answer(&mut self, path: &str, fields: &[(&str, &str)]) -> String {
        let page = self.get(path).await;
        assert_eq!(page.status, 200, "GET {path}: {}", page.head);
        let hidden = hidden_fields(&String::from_utf8(page.body).unwrap());
        let mut all: Vec<(&str, &str)> =
            hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.retain(|(name, _)| !fields.iter().any(|(own, _)| own == name));
        all.extend(fields);
        let answer = self.post(path, &all).await;
        assert_eq!(answer.status, 303, "POST {path}: {}", String::from_utf8_lossy(&answer.body));
        answer.location().to_owned()
    }
}

/// Names and values of the hidden fields of the form that posts to its own page, and of its prefilled ones.
fn hidden_fields(page: &str) -> Vec<(String, String)> {
    let page = Html::parse_document(page);
    let fields = Selector::parse(
        "main form input[type=hidden], main form input[name=user_id], main form input[name=email]",
    )
    .unwrap();
    page.select(&fields)
        .filter_map(|field| {
            let value = field.value();
            Some((value.attr("name")?.to_owned(), value.attr("value").unwrap_or_default().to_owned()))
        })
        .collect()
}

/// The key that the set-up page shows.
fn key_on(page: &str) -> Vec<u8> {
    let key: String =
        Html::parse_document(page).select(&Selector::parse("#key").unwrap()).next().unwrap().text().collect();
    let key: String = key.chars().filter(|c| !c.is_whitespace()).collect();
    BASE32_NOPAD.decode(key.to_uppercase().as_bytes()).unwrap()
}

async fn first_login(address: SocketAddr, login: String) -> Member {
    let mut browser = Browser::open(address).await;
    let mut at = browser.answer("/signin", &[("username", &login), ("password", TEMPORARY)]).await;
    let mut member = Member { login, key: Vec::new(), step: 0, session: String::new() };
    while at != "/" {
        at = match at.as_str() {
            "/signin/birthdate" => browser.answer(&at, &[("birthdate", "19790822")]).await,
            "/signin/terms" => browser.answer(&at, &[("answer", "agree")]).await,
            "/signin/method" => browser.answer(&at, &[("method", "app-otp")]).await,
            "/signin/password" => {
                browser.answer(&at, &[("password", PASSWORD), ("password_confirm", PASSWORD)]).await
            }
            "/signin/email" => browser.answer(&at, &[]).await,
            "/signin/setup/totp" => {
                let page = browser.get("/signin/setup/totp?manual=1").await;
                member.key = key_on(&String::from_utf8(page.body).unwrap());
                member.step = step_now();
                let code = totp::code_at(&member.key, SystemClock.now());
                browser.answer(&at, &[("code", &code), ("device_name", "phone")]).await
            }
            other => panic!("first login led to {other}"),
        };
    }
    member.session = format!("__Host-session={}", browser.session);
    member
}

impl Member {
    /// Signs in with password and app code: five requests. `false` when the code of this time step was used already.
    pub async fn sign_in(&mut self, address: SocketAddr) -> bool {
        if step_now() <= self.step {
            return false;
        }
        let mut browser = Browser::open(address).await;
        assert_eq!(browser.get("/signin").await.status, 200);
        let fields = [("username", self.login.as_str()), ("password", PASSWORD), ("back", "")];
        let answer = browser.post("/signin", &fields).await;
        assert_eq!(answer.location(), "/signin/totp", "{}", String::from_utf8_lossy(&answer.body));
        let page = browser.get("/signin/totp").await;
        let page = String::from_utf8(page.body).unwrap();
        self.step = step_now();
        let code = totp::code_at(&self.key, SystemClock.now());
        let device = value_of(&page, "device");
        let mut fields = vec![("code", code.as_str())];
        fields.extend(device.map(|value| ("device", value)));
        let answer = browser.post("/signin/totp", &fields).await;
        assert_eq!(answer.location(), "/", "{}", String::from_utf8_lossy(&answer.body));
        assert_eq!(browser.get("/").await.status, 200);
        self.session = format!("__Host-session={}", browser.session);
        true
    }
}

/// The value of a field, found without reading the whole page as HTML.
fn value_of<'p>(page: &'p str, name: &str) -> Option<&'p str> {
    let at = page.find(&format!("name=\"{name}\" value=\""))?;
    let value = &page[at + name.len() + 15..];
    value.split('"').next()
}
