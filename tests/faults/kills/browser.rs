//! A browser that outlives the service: it keeps its cookies, fills the forms it sees, and says when no answer came.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use data_encoding::HEXUPPER;
use kenpo_portal::vault::Token;
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

use super::journal::{self, Journal};
use crate::{caddy::Door, program::Answer};

/// No answer came, or one that tells to come back: whether the request was done is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The connection was refused or broke.
    Cut,
    /// 503.
    Refused,
}

/// One person's browser.
pub struct Browser {
    door: Door,
    host: String,
    journal: Arc<Journal>,
    /// Whose it is, for the journal.
    who: u32,
    /// By name.
    pub cookies: BTreeMap<String, String>,
    /// Names of those that outlive the browser's window.
    kept: BTreeSet<String>,
    /// Where it is, with what stands behind `?`.
    address: String,
    page: String,
    /// The answer's status.
    pub status: u16,
}

/// What the proxy's page says to whoever was sending a form: look before sending it again.
const UNKNOWN: &str = "届いていることも、届いていないこともあります";

/// The cookie of a session.
const SESSION: &str = "__Host-session";

/// How the database knows a session's cookie.
pub fn mark(cookie: &str) -> String {
    Token::parse(cookie).map_or_else(|| "of no session".to_owned(), |token| HEXUPPER.encode(&token.digest()))
}

fn select(text: &str) -> Selector {
    Selector::parse(text).unwrap()
}

impl Browser {
    pub fn new(door: Door, host: &str, journal: Arc<Journal>, who: u32) -> Self {
        Self {
            door,
            host: host.to_owned(),
            journal,
            who,
            cookies: BTreeMap::new(),
            kept: BTreeSet::new(),
            address: String::new(),
            page: String::new(),
            status: 0,
        }
    }

    /// Where it is, without what stands behind `?`.
    pub fn path(&self) -> &str {
        self.address.split('?').next().unwrap()
    }

    /// Closed and opened again: the cookies are left that were to be kept.
    pub fn close(&mut self) {
        self.cookies.retain(|name, _| self.kept.contains(name));
        self.address.clear();
        self.page.clear();
    }

    /// The value of the session's cookie.
    pub fn session(&self) -> Option<String> {
        self.cookies.get(SESSION).cloned()
    }

    /// Whether the page is one of a member who is signed in.
    pub fn is_in(&self) -> bool {
        self.page.contains("href=\"/logout\"")
    }

    pub fn page(&self) -> &str {
        &self.page
    }

    /// What the page says, in short, for whoever reads why a test failed.
    pub fn says(&self) -> String {
        let html = Html::parse_document(&self.page);
        let words: Vec<&str> = html
            .select(&select("main"))
            .flat_map(|main| main.text())
            .flat_map(str::split_whitespace)
            .collect();
        let words: String = words.join(" ").chars().take(400).collect();
        format!("{} {} {words}", self.status, self.address)
    }

    /// Whether the form came back with something to mend.
    pub fn complains(&self) -> bool {
        self.page.contains("id=\"errors\"")
    }

    /// The first words of that kind of element.
    pub fn words(&self, selector: &str) -> Option<String> {
        let html = Html::parse_document(&self.page);
        html.select(&select(selector)).next().map(|found| found.text().collect())
    }

    /// The addresses of the links and forms of the page.
    pub fn addresses(&self) -> Vec<String> {
        let html = Html::parse_document(&self.page);
        html.select(&select("main a[href]")).filter_map(|link| link.attr("href")).map(str::to_owned).collect()
    }

    /// The page that ends so, of the device of that name.
    pub fn link_about(&self, name: &str, ends: &str) -> Option<String> {
        let html = Html::parse_document(&self.page);
        let wanted = format!("({name})");
        html.select(&select("main a[href]"))
            .filter(|link| link.text().collect::<String>().contains(&wanted))
            .filter_map(|link| link.attr("href"))
            .find(|href| href.split('?').next().is_some_and(|path| path.ends_with(ends)))
            .map(str::to_owned)
    }

    /// The style sheets and scripts of the page.
    pub fn files(&self) -> Vec<String> {
        let html = Html::parse_document(&self.page);
        let named = |selector: &str, name: &str| {
            let selector = select(selector);
            let found = html.select(&selector).filter_map(|found| found.attr(name));
            found.map(str::to_owned).collect::<Vec<_>>()
        };
        [named("link[rel=stylesheet]", "href"), named("script[src]", "src")].concat()
    }

    /// Fetches one of them; the answer's status.
    pub fn fetch(&mut self, path: &str) -> Result<u16, Lost> {
        self.send("GET", path, None).map(|answer| answer.status)
    }

    fn send(&mut self, method: &str, path: &str, form: Option<&str>) -> Result<Answer, Lost> {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = match cookies.join("; ") {
            none if none.is_empty() => none,
            some => format!("Cookie: {some}\r\n"),
        };
        let form = form.map_or_else(
            || "\r\n".to_owned(),
            |form| {
                format!(
                    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
                    form.len()
                )
            },
        );
        let words = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n{cookies}{form}",
            self.host
        );
        journal::count(&self.journal.requests);
        let answer = self.door.exchange(&words).ok_or_else(|| {
            journal::count(&self.journal.cut);
            self.journal.note(self.who, &format!("{method} {path} lost"));
            Lost::Cut
        })?;
        let lines = answer.head.lines();
        let told = lines.filter(|line| line.starts_with("location") || line.starts_with("set-cookie"));
        let told: Vec<&str> = told.filter_map(|line| line.split(';').next()).collect();
        let session = self.session().map_or_else(|| "no session".to_owned(), |cookie| mark(&cookie));
        let line = format!("{method} {path} of {session}: {} {}", answer.status, told.join(" | "));
        self.journal.note(self.who, &line);
        for line in answer.head.lines() {
            let Some((name, value)) = line.split_once(": ") else { continue };
            if !name.eq_ignore_ascii_case("set-cookie") {
                continue;
            }
            let (pair, rest) = value.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                if rest.contains("Max-Age=") {
                    self.kept.insert(name.to_owned());
                }
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        // The proxy's own page: the node died while it had the form.
        if answer.status == 502 && method == "POST" && answer.body.contains(UNKNOWN) {
            journal::count(&self.journal.told);
            self.journal.note(self.who, &format!("{method} {path} lost, and told"));
            return Err(Lost::Cut);
        }
        if answer.status == 503 {
            journal::count(&self.journal.refused);
            return Err(Lost::Refused);
        }
        if answer.status >= 500 {
            self.journal.violated(0, &format!("{path} was answered with {}", answer.head));
        }
        Ok(answer)
    }

    /// Follows where an answer leads, and shows what is there.
    fn follow(&mut self, path: &str, answer: Answer) -> Result<(), Lost> {
        let (mut path, mut answer) = (path.to_owned(), answer);
        for _ in 0..8 {
            if answer.status != 303 {
                break;
            }
            path = location(&answer);
            answer = self.send("GET", &path, None)?;
        }
        (self.address, self.status, self.page) = (path, answer.status, answer.body);
        Ok(())
    }

    /// Opens the page a form led to; where no answer comes, it is opened later.
    pub fn arrive(&mut self, path: &str) {
        path.clone_into(&mut self.address);
        self.page.clear();
        // Whoever needs the page hears that there is none.
        let _ = self.reload_if_lost();
    }

    /// Opens the page again that no answer came for.
    pub fn reload_if_lost(&mut self) -> Result<(), Lost> {
        if self.page.is_empty() {
            let address = self.address.clone();
            self.visit(&address)?;
        }
        Ok(())
    }

    /// Opens a page.
    pub fn visit(&mut self, path: &str) -> Result<(), Lost> {
        let answer = self.send("GET", path, None)?;
        self.follow(path, answer)
    }

    /// Sends a form by hand; where the answer leads, if it leads anywhere. It is not followed yet.
    pub fn post(&mut self, path: &str, form: &str) -> Result<Option<String>, Lost> {
        let answer = self.send("POST", path, Some(form))?;
        if answer.status == 303 {
            return Ok(Some(location(&answer)));
        }
        self.follow(path, answer)?;
        Ok(None)
    }

    /// Where the form goes that has those fields or buttons, and what it sends with those values in them.
    ///
    /// # Panics
    /// Where the page has no such form.
    pub fn form(&self, fields: &[(&str, &str)]) -> (String, String) {
        let html = Html::parse_document(&self.page);
        let has = |form: &ElementRef<'_>, name: &str| {
            form.select(&select(&format!("[name='{name}']"))).next().is_some()
        };
        let form = html
            .select(&select("main form"))
            .find(|form| fields.iter().all(|(name, _)| has(form, name)))
            .unwrap_or_else(|| panic!("no form with {fields:?}: {}", self.says()));
        let path = form.attr("action").map_or_else(|| self.path().to_owned(), str::to_owned);
        let mut sent: Vec<(String, String)> = Vec::new();
        for field in form.select(&select("input, select")) {
            let Some(name) = field.attr("name") else { continue };
            if fields.iter().any(|(own, _)| *own == name) {
                continue;
            }
            let value = match (field.value().name(), field.attr("type").unwrap_or_default()) {
                ("select", _) => field
                    .select(&select("option"))
                    .max_by_key(|option| option.attr("selected").is_some())
                    .and_then(|option| option.attr("value"))
                    .map(str::to_owned),
                (_, "checkbox" | "radio") => {
                    field.attr("checked").map(|_| field.attr("value").unwrap_or("on").to_owned())
                }
                _ => Some(field.attr("value").unwrap_or_default().to_owned()),
            };
            sent.extend(value.map(|value| (name.to_owned(), value)));
        }
        sent.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        (path, url::form_urlencoded::Serializer::new(String::new()).extend_pairs(sent).finish())
    }

    /// What a page's script asks; `None` when it is refused.
    pub fn options(&mut self, path: &str) -> Result<Option<Value>, Lost> {
        let answer = self.send("POST", path, Some(""))?;
        Ok((answer.status == 200).then(|| serde_json::from_str(&answer.body).unwrap()))
    }
}

fn location(answer: &Answer) -> String {
    let lines = answer.head.lines().filter_map(|line| line.split_once(": "));
    let mut found = lines.filter(|(name, _)| name.eq_ignore_ascii_case("location"));
    found.next().unwrap_or_else(|| panic!("303 to nowhere: {}", answer.head)).1.to_owned()
}
