//! A union for trying out with services of others, and a member's browser that goes through the portal and them.

use std::{collections::BTreeMap, fs, path::Path, time::SystemTime};

use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use kenpo_portal::domain::totp;
use scraper::{Html, Selector};
use tempfile::TempDir;

use crate::program::{Program, exchange};

pub const UNION: &str = "clients";
pub const HOST: &str = "clients.localhost";
/// The user ID of the one member.
pub const LOGIN: &str = "taro0001";
const PASSWORD: &str = "Ku7!mori-no-Asa";
const TEMPORARY: &str = "Vp6r-Hn3t-Ky8s";

/// The service, serving that union, which has a member and a key; and the folder of its file.
pub fn with_services(url: &str, services: &str, more: &[(&'static str, String)]) -> (TempDir, Program) {
    let tenants = tempfile::tempdir().unwrap();
    union(tenants.path(), services);
    let roster = tenants.path().join("roster.csv");
    let rows = format!(
        "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\n\
         15,102,,1979-08-22,見本 太郎,ミホン タロウ,{LOGIN},{TEMPORARY},taro@example.jp\n"
    );
    let settings = [("PORTAL_TENANTS__DIR", tenants.path().display().to_string())];
    let program = Program::prepare(&[], url, &[&settings, more].concat());
    program.is_ready_again();
    fs::write(&roster, rows).unwrap();
    for arguments in [
        &["member", "import", "--tenant", UNION, roster.to_str().unwrap()][..],
        &["sso", "keys", "rotate", "--tenant", UNION, "--reason", "the first signs at once"],
    ] {
        let done = program.command(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }
    (tenants, program)
}

/// A folder with the union's file, in which these services are.
fn union(folder: &Path, services: &str) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tenants");
    fs::create_dir(folder.join(UNION)).unwrap();
    for name in ["logo.svg", "terms.md"] {
        fs::copy(from.join("midorikenpo").join(name), folder.join(UNION).join(name)).unwrap();
    }
    let defaults = Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants/_defaults.toml");
    fs::copy(defaults, folder.join("_defaults.toml")).unwrap();
    let text = fs::read_to_string(from.join("midorikenpo.toml")).unwrap();
    // Its own services are the last of it.
    let text = text.split("[[services]]").next().unwrap();
    let text = text
        .replace("id = \"midorikenpo\"", &format!("id = \"{UNION}\""))
        .replace("aliases = [\"midorikenpo.portal.example.jp\"]\n", "")
        .replace("www.midorikenpo.portal.example.jp", HOST)
        .replace("midorikenpo.portal.example.jp", HOST)
        .replace("midorikenpo/", &format!("{UNION}/"))
        .replace("verification = \"code\"", "verification = \"none\"");
    fs::write(folder.join(format!("{UNION}.toml")), format!("{text}\n[sso]\ntest = true\n{services}"))
        .unwrap();
}

/// A browser without scripts that finds every host on this machine.
#[derive(Default)]
pub struct Visitor {
    /// By host and port, then by name.
    pub cookies: BTreeMap<String, BTreeMap<String, String>>,
    /// Where it is.
    pub address: String,
    status: u16,
    head: String,
    pub page: String,
    /// How many pages of the portal it was shown.
    pub portal_pages: usize,
    /// What opens something: cookies of the portal, codes for services.
    pub secrets: Vec<String>,
    /// Of the authenticator app.
    key: Vec<u8>,
    step: i64,
}

fn select(text: &str) -> Selector {
    Selector::parse(text).unwrap()
}

/// The value of an answer's header.
fn header(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
}

impl Visitor {
    pub fn path(&self) -> String {
        url::Url::parse(&self.address).unwrap().path().to_owned()
    }

    pub fn is_at(&self, host: &str) -> bool {
        url::Url::parse(&self.address).unwrap().host_str() == Some(host)
    }

    pub fn header(&self, name: &str) -> Option<String> {
        header(&self.head, name)
    }

    /// Opens an address, and goes where its answers lead.
    pub fn go(&mut self, address: &str, form: Option<&[(String, String)]>) {
        let mut to = if self.address.is_empty() {
            url::Url::parse(address).unwrap()
        } else {
            url::Url::parse(&self.address).unwrap().join(address).unwrap()
        };
        let mut form =
            form.map(|form| url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish());
        for _ in 0..20 {
            self.exchange(&to, form.take());
            let leads = header(&self.head, "location").filter(|_| (300..400).contains(&self.status));
            let Some(next) = leads.or_else(|| self.leads_on()) else { return };
            to = to.join(&next).unwrap();
        }
        panic!("led round in a circle at {to}");
    }

    fn exchange(&mut self, to: &url::Url, form: Option<String>) {
        let port = to.port_or_known_default().unwrap();
        let authority = format!("{}:{port}", to.host_str().unwrap());
        let origin = to.origin().ascii_serialization();
        let jar = self.cookies.entry(authority.clone()).or_default();
        let cookies: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let path = to.query().map_or_else(|| to.path().to_owned(), |query| format!("{}?{query}", to.path()));
        let method = if form.is_some() { "POST" } else { "GET" };
        let body = form.unwrap_or_default();
        let words = format!(
            "{method} {path} HTTP/1.1\r\nHost: {authority}\r\nOrigin: {origin}\r\nAccept: text/html\r\nConnection: close\r\nCookie: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            cookies.join("; "),
            body.len()
        );
        let answer = exchange(port, &words).unwrap_or_else(|| panic!("no answer of {to}"));
        for line in answer.head.lines() {
            let Some((name, value)) = line.split_once(": ") else { continue };
            if !name.eq_ignore_ascii_case("set-cookie") {
                continue;
            }
            let (cookie, rest) = value.split_once(';').unwrap_or((value, ""));
            let (name, value) = cookie.split_once('=').unwrap();
            if to.host_str() == Some(HOST) && value.len() > 20 {
                self.secrets.push(value.to_owned());
            }
            let is_over = value.is_empty() || rest.contains("Max-Age=0") || rest.contains("1970");
            let jar = self.cookies.get_mut(&authority).unwrap();
            if is_over {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        if answer.status == 200 && to.host_str() == Some(HOST) {
            self.portal_pages += 1;
        }
        self.secrets
            .extend(to.query_pairs().filter(|(name, _)| name == "code").map(|(_, code)| code.into_owned()));
        to.as_str().clone_into(&mut self.address);
        (self.status, self.head, self.page) = (answer.status, answer.head, answer.body);
    }

    /// Where the page leads on to by itself.
    fn leads_on(&self) -> Option<String> {
        let html = Html::parse_document(&self.page);
        let refresh = html.select(&select("meta[http-equiv=refresh]")).next()?.attr("content")?.to_owned();
        refresh.split_once("url=").map(|(_, to)| to.to_owned())
    }

    /// Answers the form of the page.
    pub fn send(&mut self, fields: &[(&str, &str)]) {
        let html = Html::parse_document(&self.page);
        let form =
            html.select(&select("main form")).next().unwrap_or_else(|| panic!("no form: {}", self.page));
        let action = form.attr("action").map_or_else(|| self.path(), str::to_owned);
        let mut all: Vec<(String, String)> = form
            .select(&select("input"))
            .filter(|field| {
                !matches!(field.attr("type"), Some("radio" | "checkbox")) || field.attr("checked").is_some()
            })
            .filter_map(|field| {
                Some((field.attr("name")?.to_owned(), field.attr("value").unwrap_or_default().to_owned()))
            })
            .filter(|(name, _)| !fields.iter().any(|(own, _)| own == name))
            .collect();
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.go(&action, Some(&all));
    }

    /// A code that was not used before: of the step to come, where this one's was.
    fn code(&mut self) -> String {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let now = i64::try_from(now).unwrap() / 30;
        self.step = now.max(self.step + 1);
        assert!(self.step <= now + 1, "three codes within one step");
        totp::code_at(&self.key, Timestamp::from_second(self.step * 30).unwrap())
    }

    /// Answers what the portal asks, until another site is there.
    pub fn walk(&mut self, login: &str) {
        let mut password = TEMPORARY;
        for _ in 0..20 {
            if !self.is_at(HOST) {
                return;
            }
            assert_eq!(self.status, 200, "{}: {}", self.address, self.page);
            match self.path().as_str() {
                "/signin" => self.send(&[("username", login), ("password", password)]),
                "/signin/birthdate" => self.send(&[("birthdate", "19790822")]),
                "/signin/terms" => self.send(&[("answer", "agree")]),
                "/signin/method" => self.send(&[("method", "app-otp")]),
                "/signin/password" => {
                    password = PASSWORD;
                    self.send(&[("password", PASSWORD), ("password_confirm", PASSWORD)]);
                }
                "/signin/email" => self.send(&[]),
                "/signin/setup/totp" => {
                    self.go("/signin/setup/totp?manual=1", None);
                    let html = Html::parse_document(&self.page);
                    let key: String = html.select(&select("#key")).next().unwrap().text().collect();
                    let key: String = key.split_whitespace().collect();
                    self.key = BASE32_NOPAD.decode(key.to_uppercase().as_bytes()).unwrap();
                    let code = self.code();
                    self.send(&[("code", &code), ("device_name", "phone")]);
                }
                path if path.starts_with("/oidc/go/") => self.send(&[("answer", "open")]),
                path => panic!("a page nobody wrote down: {path}: {}", self.page),
            }
        }
        panic!("no way out: {}", self.address);
    }
}
