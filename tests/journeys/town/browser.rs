//! Browser: keeps cookies, fills the form it sees by its labels, presses its buttons. Every answer it gets is held to
//! what holds for every answer.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    rc::Rc,
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, Response, StatusCode, header},
};
use http_body_util::BodyExt as _;
use kenpo_portal::web::client::Peer;
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;
use tower::ServiceExt as _;

use super::{Authenticator, Mailbox};

pub struct Browser {
    router: Router,
    host: String,
    /// Name and value; `__Host-` cookies belong to this host only.
    pub cookies: BTreeMap<String, String>,
    /// What neighbours of the same site have put before them, as bytes.
    pub beside: Vec<u8>,
    /// Whether it keeps no cookies.
    pub refuses_cookies: bool,
    path: String,
    page: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    typed: BTreeMap<String, Option<String>>,
    secrets: Vec<String>,
    /// What it says it is.
    pub agent: Option<&'static str>,
    /// The address it comes from.
    pub from: Option<IpAddr>,
    /// What it, or a proxy before it, says of that address.
    pub forwarded_for: Option<String>,
    language: Option<&'static str>,
    /// The mail program beside it.
    pub mailbox: Mailbox,
}

fn select(text: &str) -> Selector {
    Selector::parse(text).unwrap()
}

/// What there is to read; not what a script may say later.
fn words(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    for node in element.descendants() {
        let mut above = node.ancestors().filter_map(|node| node.value().as_element());
        if let Some(piece) = node.value().as_text()
            && !above.any(|element| element.name() == "template")
        {
            text.push_str(piece);
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Browser {
    pub fn new(router: Router, host: String, mailbox: Mailbox) -> Self {
        Self {
            router,
            host,
            cookies: BTreeMap::new(),
            beside: Vec::new(),
            refuses_cookies: false,
            path: "/".into(),
            page: String::new(),
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            typed: BTreeMap::new(),
            secrets: Vec::new(),
            agent: None,
            from: Some(IpAddr::from([192, 0, 2, 10])),
            forwarded_for: None,
            language: None,
            mailbox,
        }
    }

    /// A request as this browser would send it.
    pub fn request(&self, method: &Method, path: &str, form: Option<&str>) -> Request<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.host)
            .header("sec-fetch-site", "same-origin");
        if let Some(address) = self.from {
            request = request.extension(Peer(address));
        }
        if let Some(told) = &self.forwarded_for {
            request = request.header("x-forwarded-for", told);
        }
        if let Some(agent) = self.agent {
            request = request.header(header::USER_AGENT, agent);
        }
        if let Some(language) = self.language {
            request = request.header(header::ACCEPT_LANGUAGE, language);
        }
        if !self.cookies.is_empty() {
            let line: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let line = [self.beside.as_slice(), line.join("; ").as_bytes()].concat();
            request = request.header(header::COOKIE, line);
        }
        if form.is_some() {
            request = request
                .header(header::ORIGIN, format!("https://{}", self.host))
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        request.body(Body::from(form.unwrap_or_default().to_owned())).unwrap()
    }

    /// Sends a request as it is, and follows where it leads.
    pub async fn send(&mut self, request: Request<Body>) -> &mut Self {
        let mut path = request.uri().path_and_query().map_or("/".to_owned(), ToString::to_string);
        let mut response = self.router.clone().oneshot(request).await.unwrap();
        for _ in 0..8 {
            self.take_cookies(&response);
            if response.status() != StatusCode::SEE_OTHER {
                break;
            }
            path = response.headers()[header::LOCATION].to_str().unwrap().to_owned();
            assert!(path.starts_with('/') && !path.starts_with("//"), "a redirect leads away: {path}");
            response = self.router.clone().oneshot(self.request(&Method::GET, &path, None)).await.unwrap();
        }
        self.path = path;
        self.status = response.status();
        self.headers = response.headers().clone();
        self.page =
            String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
        self.typed.clear();
        self.hold_to_the_rules();
        self
    }

    /// What holds for every answer.
    fn hold_to_the_rules(&self) {
        let header = |name: &str| self.headers.get(name).map_or("", |v| v.to_str().unwrap());
        assert!(header("content-security-policy").contains("default-src 'none'"), "{}", self.path);
        assert_eq!(header("x-content-type-options"), "nosniff", "{}", self.path);
        assert_eq!(header("referrer-policy"), "same-origin", "{}", self.path);
        assert_ne!(self.status, StatusCode::INTERNAL_SERVER_ERROR, "{}: {}", self.path, self.text());
        if header("content-type").starts_with("text/html") {
            // Whatever shows a person is packed by nobody on the way (BREACH).
            let is_personal = self.page.contains("href=\"/logout\"") || self.status != StatusCode::OK;
            let expected = ["no-store, no-transform", "no-store", "private, no-cache"];
            let expected = if is_personal { &expected[..1] } else { &expected };
            assert!(
                expected.contains(&header("cache-control")),
                "{}: {}",
                self.path,
                header("cache-control")
            );
            for secret in &self.secrets {
                assert!(!self.page.contains(secret.as_str()), "{} shows a secret that was typed", self.path);
            }
            if self.status != StatusCode::MISDIRECTED_REQUEST {
                assert!(self.page.contains("tel:"), "{}: a page without the union's phone", self.path);
                assert_eq!(self.html().select(&select("h1")).count(), 1, "{}", self.path);
            }
        }
    }

    fn take_cookies(&mut self, response: &Response<Body>) {
        for line in response.headers().get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (pair, rest) = line.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let rules = name.starts_with("__Host-")
                && rest.contains("; Path=/") | rest.contains(" Path=/")
                && rest.contains("Secure")
                && rest.contains("HttpOnly")
                && rest.contains("SameSite=Lax")
                && !rest.contains("Domain");
            assert!(rules, "a browser refuses this cookie, or should: {line}");
            if self.refuses_cookies {
                continue;
            }
            if rest.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Sends a request for something that is no page, and stays where it is.
    pub async fn asks(&self, request: Request<Body>) -> StatusCode {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        response.into_body().collect().await.unwrap();
        status
    }

    pub async fn visit(&mut self, path: &str) -> &mut Self {
        let request = self.request(&Method::GET, path, None);
        self.send(request).await
    }

    /// Posts a form by hand, for what no page would send.
    pub async fn post(&mut self, path: &str, form: &str) -> &mut Self {
        let request = self.request(&Method::POST, path, Some(form));
        self.send(request).await
    }

    /// Posts an empty form, as a page's own script does, and stays on the page. The answer, `null` if it is no JSON.
    pub async fn fetch(&mut self, path: &str) -> (StatusCode, Value) {
        let request = self.request(&Method::POST, path, Some(""));
        let response = self.router.clone().oneshot(request).await.unwrap();
        self.take_cookies(&response);
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        assert_eq!(head.headers[header::CACHE_CONTROL], "no-store, no-transform", "{path}");
        (head.status, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// Status and content of a file, which the page stays beside.
    pub async fn file(&self, path: &str) -> (StatusCode, Vec<u8>) {
        let request = self.request(&Method::GET, path, None);
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        (head.status, body.collect().await.unwrap().to_bytes().to_vec())
    }

    /// What a page's script says its origin is.
    pub fn origin(&self) -> String {
        format!("https://{}", self.host)
    }

    /// The options of a new ceremony of that page.
    pub async fn options(&mut self, path: &str) -> Value {
        let (status, options) = self.fetch(&format!("{path}/options")).await;
        assert_eq!(status, StatusCode::OK, "{path}: {options}");
        options
    }

    /// Posts what a device has answered, ticking nothing.
    pub async fn hand_in(&mut self, path: &str, answer: &Value) -> &mut Self {
        let form = serde_urlencoded::to_string([("credential", answer.to_string())]).unwrap();
        self.post(path, &form).await
    }

    /// Presses a button with a device at hand: the page's script asks for the options, and the device's answer goes
    /// with the form.
    pub async fn press_with(&mut self, button: &str, device: &mut Authenticator) -> &mut Self {
        let (path, _) = self.form_of(button);
        let options = self.options(&path).await;
        let answer = device.answer(&options, &self.origin()).unwrap();
        self.typed.insert("credential".into(), Some(answer.to_string()));
        let (_, form) = self.form_of(button);
        assert!(
            form.contains("credential=%7B"),
            "the form of 「{button}」 has no room for the answer: {form}"
        );
        self.post(&path, &form).await
    }

    /// The page, read as HTML: once, however many questions follow.
    fn html(&self) -> Rc<Html> {
        thread_local! {
            static LAST: RefCell<Option<(String, Rc<Html>)>> = const { RefCell::new(None) };
        }
        LAST.with_borrow_mut(|last| match last {
            Some((page, html)) if *page == self.page => Rc::clone(html),
            _ => {
                let html = Rc::new(Html::parse_document(&self.page));
                *last = Some((self.page.clone(), Rc::clone(&html)));
                html
            }
        })
    }

    /// Where it is, without what stands behind `?`.
    pub fn path(&self) -> &str {
        self.path.split('?').next().unwrap()
    }

    /// The path with what stands behind its `?`.
    pub fn address(&self) -> &str {
        &self.path
    }

    pub fn page(&self) -> &str {
        &self.page
    }

    pub fn h1(&self) -> String {
        self.text_of("h1")
    }

    /// The words of the main part, one line a block.
    pub fn text(&self) -> String {
        self.text_of("main")
    }

    pub fn text_of(&self, selector: &str) -> String {
        let html = self.html();
        let found = html.select(&select(selector)).next();
        let Some(found) = found else {
            panic!("no {selector} on {}: {}", self.path, words(html.root_element()));
        };
        words(found)
    }

    pub fn has(&self, selector: &str) -> bool {
        self.html().select(&select(selector)).next().is_some()
    }

    /// Words and address of every link of the main part.
    pub fn links(&self) -> Vec<(String, String)> {
        let html = self.html();
        let link =
            |element: ElementRef<'_>| (words(element), element.attr("href").unwrap_or_default().to_owned());
        html.select(&select("main a")).map(link).collect()
    }

    /// Words of every button of the main part.
    pub fn buttons(&self) -> Vec<String> {
        self.html().select(&select("main form button")).map(words).collect()
    }

    /// Asks from another address from now on.
    pub fn at(&mut self, address: &str) -> &mut Self {
        self.from = Some(address.parse().unwrap());
        self
    }

    /// What it says its user reads best.
    pub fn speaks(&mut self, language: &'static str) -> &mut Self {
        self.language = Some(language);
        self
    }

    /// What is wrong, in the order of the summary: the sentences at the fields it names, and its own.
    pub fn errors(&self) -> Vec<String> {
        let html = self.html();
        let mut told = Vec::new();
        for line in html.select(&select("#errors li")) {
            match line.select(&select("a")).next() {
                None => told.push(words(line)),
                Some(link) => {
                    let field = link.attr("href").unwrap();
                    told.extend(html.select(&select(&format!("{field}-error p"))).map(words));
                }
            }
        }
        told
    }

    /// What the error summary lists: labels of fields, and sentences that belong to none.
    pub fn summary(&self) -> Vec<String> {
        self.html().select(&select("#errors li")).map(words).collect()
    }

    /// The words of each element the selector finds.
    pub fn texts_of(&self, css: &str) -> Vec<String> {
        self.html().select(&select(css)).map(words).collect()
    }

    /// Whether nothing that is typed is taken for a while.
    pub fn is_paused(&self) -> bool {
        self.has(".pause")
    }

    /// The value in a field.
    pub fn value_of(&self, label: &str) -> String {
        let name = self.field(label);
        let html = self.html();
        let field = html.select(&select(&format!("[name='{name}']"))).next().unwrap();
        field.attr("value").unwrap_or_default().to_owned()
    }

    /// The value that is chosen in the list of that label.
    pub fn chosen(&self, label: &str) -> String {
        let name = self.field(label);
        let html = self.html();
        let chosen = select(&format!("[name='{name}'] option[selected], [name='{name}'][checked]"));
        html.select(&chosen).next().and_then(|option| option.attr("value")).unwrap_or_default().to_owned()
    }

    fn field(&self, label: &str) -> String {
        let html = self.html();
        // Radio buttons are found by what stands above them all.
        let of_group = |legend: &ElementRef<'_>| {
            let group = legend.parent().and_then(ElementRef::wrap)?;
            group.select(&select("input[type=radio]")).next()?.attr("name").map(str::to_owned)
        };
        let legend = html.select(&select("legend")).find(|legend| words(*legend).starts_with(label));
        if let Some(name) = legend.as_ref().and_then(of_group) {
            return name;
        }
        let labels = select("label");
        let found = html
            .select(&labels)
            .find(|element| words(*element) == label)
            .unwrap_or_else(|| panic!("no label 「{label}」 on {}: {}", self.path, self.text()));
        let id = found.attr("for").unwrap();
        let field = html.select(&select(&format!("[id='{id}']"))).next().unwrap();
        field.attr("name").unwrap().to_owned()
    }

    /// Types into the field of that label.
    pub fn fill(&mut self, label: &str, text: &str) -> &mut Self {
        if label.starts_with("パスワード") && text.len() >= 8 {
            self.secrets.push(text.to_owned());
        }
        let name = self.field(label);
        self.typed.insert(name, Some(text.to_owned()));
        self
    }

    /// Chooses from the list of that label, by value.
    pub fn choose(&mut self, label: &str, value: &str) -> &mut Self {
        let name = self.field(label);
        let line = format!("[name='{name}'] [value='{value}'], [name='{name}'][value='{value}']");
        assert!(self.has(&line), "no {value}: {}", self.text());
        self.typed.insert(name, Some(value.to_owned()));
        self
    }

    /// Ticks the box of that label.
    pub fn tick(&mut self, label: &str) -> &mut Self {
        let name = self.field(label);
        self.typed.insert(name, Some("on".to_owned()));
        self
    }

    /// Takes the tick out of the box of that label.
    pub fn untick(&mut self, label: &str) -> &mut Self {
        let name = self.field(label);
        self.typed.insert(name, None);
        self
    }

    /// Presses the button of that name in the main part, sending its form.
    pub async fn press(&mut self, button: &str) -> &mut Self {
        let (path, form) = self.form_of(button);
        self.post(&path, &form).await
    }

    /// Where the form of that button goes, and what it sends.
    pub fn form_of(&self, button: &str) -> (String, String) {
        let html = self.html();
        let buttons = select("main form button");
        let pressed = html
            .select(&buttons)
            .find(|element| words(*element) == button)
            .unwrap_or_else(|| panic!("no button 「{button}」 on {}: {}", self.path, self.text()));
        let form = pressed
            .ancestors()
            .filter_map(ElementRef::wrap)
            .find(|element| element.value().name() == "form")
            .unwrap();
        assert_eq!(form.attr("method"), Some("post"));
        let path = form.attr("action").map_or_else(|| self.path().to_owned(), str::to_owned);
        let mut fields: Vec<(String, String)> = Vec::new();
        let mut of_groups = BTreeSet::new();
        for field in form.select(&select("input, select")) {
            let Some(name) = field.attr("name") else { continue };
            let kind = field.attr("type").unwrap_or_default();
            let kept = match (field.value().name(), kind) {
                ("select", _) => field
                    .select(&select("option[selected], option"))
                    .max_by_key(|option| option.attr("selected").is_some())
                    .and_then(|option| option.attr("value"))
                    .map(str::to_owned),
                (_, "checkbox" | "radio") => {
                    field.attr("checked").map(|_| field.attr("value").unwrap_or("on").to_owned())
                }
                _ => Some(field.attr("value").unwrap_or_default().to_owned()),
            };
            if kind == "radio" && self.typed.contains_key(name) && !of_groups.insert(name.to_owned()) {
                continue;
            }
            let value = self.typed.get(name).cloned().unwrap_or(kept);
            fields.extend(value.map(|value| (name.to_owned(), value)));
        }
        if let (Some(name), Some(value)) = (pressed.attr("name"), pressed.attr("value")) {
            fields.push((name.to_owned(), value.to_owned()));
        }
        (path, serde_urlencoded::to_string(fields).unwrap())
    }

    /// What a person reads on the page, one line a block: for snapshots. The receipt number differs in every answer.
    pub fn reading(&self) -> String {
        let html = self.html();
        let body = html.select(&select("body")).next().unwrap();
        let mut lines = vec![String::new()];
        read(body, &mut lines);
        let receipt = self.receipt();
        let lines = lines.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
        let lines = lines.join("\n");
        receipt.map_or(lines.clone(), |receipt| lines.replace(&receipt, "XXXXXXXX"))
    }

    /// 「お問い合わせ番号」, which failure pages show.
    pub fn receipt(&self) -> Option<String> {
        let html = self.html();
        html.select(&select(".receipt b")).next().map(words)
    }

    /// The page is this one.
    #[track_caller]
    pub fn is_at(&self, path: &str, h1: &str) -> &Self {
        assert_eq!((self.path(), self.h1().as_str()), (path, h1), "{}", self.text());
        self
    }
}

/// Adds the words of an element; a block begins a new line.
fn read(element: ElementRef<'_>, lines: &mut Vec<String>) {
    const INLINE: [&str; 11] =
        ["a", "b", "code", "span", "wbr", "label", "strong", "em", "small", "summary", "svg"];
    let name = element.value().name();
    let hidden = element.attr("hidden").is_some() || element.attr("type") == Some("hidden");
    if hidden || matches!(name, "script" | "style" | "template") {
        return;
    }
    if name == "noscript" {
        // To a parser that runs scripts this is text.
        let inside = Html::parse_fragment(&element.text().collect::<String>());
        lines.push(format!("(JavaScriptがないとき){}", words(inside.root_element())));
        lines.push(String::new());
        return;
    }
    let ticks = matches!(element.attr("type"), Some("checkbox" | "radio"));
    let mark = match name {
        "h1" => "# ",
        "h2" => "## ",
        "li" => "・",
        "button" => "▶ ",
        "input" if ticks => {
            if element.attr("checked").is_some() {
                "☑ "
            } else {
                "☐ "
            }
        }
        "input" | "select" => "□ ",
        _ => "",
    };
    let block = !INLINE.contains(&name) && !ticks;
    if block || (name == "label" && element.attr("class") == Some("check")) {
        lines.push(String::new());
    }
    if let Some(line) = lines.last_mut() {
        line.push_str(mark);
        line.push_str(element.attr("value").filter(|_| name == "input" && !ticks).unwrap_or_default());
    }
    for child in element.children() {
        if let Some(child) = ElementRef::wrap(child) {
            read(child, lines);
        } else if let (Some(text), Some(line)) = (child.value().as_text(), lines.last_mut()) {
            line.push_str(text);
        }
    }
    if block {
        lines.push(String::new());
    }
}
