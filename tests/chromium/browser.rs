//! A real Chromium, used the way a person uses it: by labels, by the words on buttons, by what stands on the page.

use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs};

use data_encoding::BASE64;
use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::common::log::LoggingPrefsLogLevel;
use thirtyfour::error::WebDriverErrorInner;
use thirtyfour::extensions::query::{ElementPollerWithTimeout, IntoElementPoller};
use thirtyfour::prelude::*;
use url::Url;

use crate::axe;
use crate::driver::Driver;

/// How long a page may take to become what is expected, where the window does not say otherwise.
const PATIENCE: Duration = Duration::from_mins(1);
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// The window a walk is taken in.
#[derive(Clone)]
pub struct Window {
    width: u32,
    height: u32,
    phone: bool,
    languages: &'static str,
    javascript: bool,
    resolver_rules: Option<String>,
    patience: Duration,
}

impl Window {
    /// A phone of today: 390 × 844, touch.
    pub fn phone() -> Self {
        Self {
            width: 390,
            height: 844,
            phone: true,
            languages: "ja,en",
            javascript: true,
            resolver_rules: None,
            patience: PATIENCE,
        }
    }

    /// A PC with a window of 1280 × 900.
    pub fn desktop() -> Self {
        Self { width: 1280, height: 900, phone: false, ..Self::phone() }
    }

    /// The narrowest screen WCAG asks for (1.4.10: 320 CSS pixels, or 1280 at 400 %).
    pub fn narrow() -> Self {
        Self { width: 320, height: 640, ..Self::phone() }
    }

    pub fn in_english(self) -> Self {
        Self { languages: "en", ..self }
    }

    pub fn without_javascript(self) -> Self {
        Self { javascript: false, ..self }
    }

    /// Waits no longer than this for a page to become what is expected.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Finds every host below this domain on this machine, and trusts the certificate it shows there.
    pub fn with_hosts_below(self, domain: &str) -> Self {
        Self { resolver_rules: Some(format!("MAP *.{domain} 127.0.0.1")), ..self }
    }
}

/// Opens a browser, takes the walk and closes the browser, also when the walk fails; then the way so far, the page's
/// text and a screenshot `stopped` say where.
pub fn walk(name: &str, window: Window, steps: impl AsyncFnOnce(&Browser)) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime for the walk");
    let browser = runtime.block_on(Browser::open(name, window));
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(steps(&browser))));
    if outcome.is_err() {
        runtime.block_on(browser.tell_where_it_stopped());
    }
    runtime.block_on(browser.close());
    if let Err(panicked) = outcome {
        panic::resume_unwind(panicked);
    }
}

/// The same with two browsers: one on the way, and another device beside it.
pub fn walk_with_two(name: &str, windows: [Window; 2], steps: impl AsyncFnOnce(&Browser, &Browser)) {
    let [first, second] = windows;
    walk(name, first, async |one| {
        let two = Browser::open(&format!("{name}/beside"), second).await;
        steps(one, &two).await;
        two.close().await;
    });
}

pub struct Browser {
    web: WebDriver,
    window: Window,
    screenshots: PathBuf,
    taken: Cell<u32>,
    trail: RefCell<Vec<String>>,
    _driver: Driver,
    _profile: TempDir,
}

impl Browser {
    async fn open(name: &str, window: Window) -> Self {
        let driver = Driver::start();
        let profile = tempfile::tempdir().expect("a folder for the browser's profile");

        let mut wanted = DesiredCapabilities::chrome();
        for flag in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--no-proxy-server",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
        ] {
            wanted.add_arg(flag).expect("a flag");
        }
        wanted.add_arg(&format!("--user-data-dir={}", profile.path().display())).expect("a flag");
        wanted.add_arg(&format!("--window-size={},{}", window.width, window.height)).expect("a flag");
        wanted.add_arg(&format!("--accept-lang={}", window.languages)).expect("a flag");
        if let Some(rules) = &window.resolver_rules {
            wanted.add_arg(&format!("--host-resolver-rules={rules}")).expect("a flag");
            wanted.add_arg("--ignore-certificate-errors").expect("a flag");
        }
        let preferences = json!({
            "intl.accept_languages": window.languages,
            "credentials_enable_service": false,
            "profile.password_manager_leak_detection": false,
        });
        wanted.add_experimental_option("prefs", preferences).expect("preferences");
        if window.phone {
            // Without scripts chromedriver waits for ever after a tap; then it clicks instead.
            let touch = window.javascript;
            let phone = json!({
                "deviceMetrics": {
                    "width": window.width, "height": window.height, "pixelRatio": 2.0, "touch": touch, "mobile": true,
                },
                "userAgent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                              Chrome/156.0.0.0 Mobile Safari/537.36",
            });
            wanted.add_experimental_option("mobileEmulation", phone).expect("a phone");
        }
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All).expect("a log level");

        let web = WebDriver::new(driver.url(), wanted).await.expect("a browser window");
        let browser = Self {
            web,
            screenshots: screenshot_folder().join(name),
            taken: Cell::new(0),
            trail: RefCell::default(),
            _driver: driver,
            _profile: profile,
            window,
        };
        if !browser.window.phone {
            let size = json!({
                "width": browser.window.width, "height": browser.window.height, "deviceScaleFactor": 1, "mobile": false,
            });
            browser.devtools("Emulation.setDeviceMetricsOverride", size).await;
        }
        if browser.window.javascript {
            browser.in_every_page(axe::AXE).await;
        } else {
            browser.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
        }
        browser
    }

    async fn close(self) {
        let _ = self.web.quit().await;
    }

    // --- Going and pressing ------------------------------------------------------------------------------------------

    /// Types an address.
    pub async fn go(&self, url: &str) {
        self.note(format!("go to {url}"));
        self.web.goto(url).await.expect("the page loads");
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        self.note("reload".to_owned());
        self.web.refresh().await.expect("the page loads again");
    }

    /// Goes back to the page before.
    pub async fn back(&self) {
        self.note("go back".to_owned());
        self.to_another_page(async || self.web.back().await.expect("there is a page before")).await;
    }

    /// Does that, and waits until the page that comes of it is there: also where it has the address and the heading of the
    /// page before.
    pub async fn to_another_page(&self, does: impl AsyncFnOnce()) {
        let before = self.at("html").await;
        does().await;
        self.until("another page".to_owned(), async || match before.tag_name().await {
            Err(error) if is_gone(&error) => Ok(self.whole().await?.map(drop)),
            still_there => still_there.map(|_| None),
        })
        .await;
    }

    /// Presses the button with these words; where no button has them, the link or the fold-out.
    pub async fn press(&self, words: &str) {
        self.note(format!("press «{words}»"));
        self.until(format!("a button, link or fold-out «{words}»"), async || {
            let found = self.first_with_words(&["main button", "button", "a, summary"], words).await?;
            let Some(button) = found else { return Ok(None) };
            match button.click().await {
                // The page went before it was pressed.
                Err(error) if is_gone(&error) => Ok(None),
                pressed => Ok(Some(pressed)),
            }
        })
        .await
        .expect("it can be pressed");
    }

    /// Presses the button with these words, unless the page has gone on by itself, and waits for the page with that path.
    pub async fn press_or_be_taken(&self, words: &str, path: &str) {
        self.note(format!("press «{words}», unless taken to {path}"));
        self.press_unless(words, &format!("the page {path}"), async || {
            Ok(self.web.current_url().await?.path() == path)
        })
        .await;
    }

    /// Presses the button with these words, unless the page has gone on by itself, and waits for something at this CSS
    /// selector.
    pub async fn press_or_be_shown(&self, words: &str, selector: &str) {
        self.note(format!("press «{words}», unless shown {selector}"));
        self.press_unless(words, &format!("something at {selector}"), async || {
            Ok(!self.web.find_all(By::Css(selector)).await?.is_empty())
        })
        .await;
    }

    async fn press_unless(&self, words: &str, what: &str, is_there: impl AsyncFn() -> WebDriverResult<bool>) {
        let pressed = Cell::new(false);
        self.until(format!("{what}, or a button «{words}»"), async || {
            if is_there().await? {
                return Ok(Some(()));
            }
            if !pressed.get()
                && let Some(button) = self.first_with_words(&["main button"], words).await?
            {
                button.click().await?;
                pressed.set(true);
            }
            Ok(None)
        })
        .await;
    }

    /// Presses what a CSS selector finds, for what has no words of its own or words that depend on the language.
    pub async fn press_at(&self, selector: &str) {
        self.note(format!("press {selector}"));
        self.at(selector).await.click().await.expect("it can be pressed");
    }

    /// Types into the field with this label, in place of what stood there.
    pub async fn fill(&self, label: &str, text: &str) {
        self.note(format!("fill «{label}»"));
        let field = self.field(label).await;
        field.clear().await.expect("the field can be emptied");
        field.send_keys(text).await.expect("the field can be typed into");
    }

    /// Types into the field that a password manager would pick for this purpose (`autocomplete`), whatever its label says.
    pub async fn fill_as(&self, purpose: &str, text: &str) {
        self.note(format!("fill autocomplete={purpose}"));
        let fields = self.web.find_all(By::Css(format!("main [autocomplete~='{purpose}']"))).await;
        let fields = fields.expect("fields can be looked for");
        let mut filled = false;
        for field in fields {
            if field.is_displayed().await.expect("a field is shown or not") {
                field.clear().await.expect("the field can be emptied");
                field.send_keys(text).await.expect("the field can be typed into");
                filled = true;
            }
        }
        assert!(filled, "no visible field has autocomplete={purpose}");
    }

    /// Presses the radio button with these words, of those under this legend.
    pub async fn pick(&self, legend: &str, words: &str) {
        self.note(format!("pick «{words}» under «{legend}»"));
        let wanted =
            format!("//fieldset[legend[contains(., '{legend}')]]//label[normalize-space(.)='{words}']");
        let label = self
            .until(format!("«{words}» under «{legend}»"), async || {
                Ok(self.web.find_all(By::XPath(wanted.as_str())).await?.into_iter().next())
            })
            .await;
        label.click().await.expect("it can be pressed");
    }

    /// Chooses a line of the list with this label.
    pub async fn choose(&self, label: &str, line: &str) {
        self.note(format!("choose «{line}» at «{label}»"));
        let list = self.field(label).await;
        for option in list.find_all(By::Tag("option")).await.expect("the lines of the list") {
            if one_line(&option.text().await.expect("a line's text")) == line {
                option.click().await.expect("the line can be chosen");
                return;
            }
        }
        panic!("«{label}» offers no «{line}»");
    }

    /// What stands in the field with this label.
    pub async fn standing_in(&self, label: &str) -> String {
        self.field(label).await.prop("value").await.expect("a field's value").unwrap_or_default()
    }

    /// The text at a CSS selector.
    pub async fn text_at(&self, selector: &str) -> String {
        self.until(format!("the text at {selector}"), async || {
            let found = self.web.find_all(By::Css(selector)).await?;
            let Some(first) = found.first() else { return Ok(None) };
            first.text().await.map(|text| Some(one_line(&text)))
        })
        .await
    }

    // --- Expecting ---------------------------------------------------------------------------------------------------
    // A page is there once all of it is, and its scripts have run.

    /// Waits until the main part of the page says this.
    pub async fn is_told(&self, words: &str) {
        self.note(format!("is told «{words}»"));
        self.until(format!("a page that says «{words}»"), async || {
            let text = self.web.find(By::Css("main")).await?.text().await?;
            Ok(one_line(&text).contains(words).then_some(()))
        })
        .await;
    }

    /// Waits until the page with this path and heading is there.
    pub async fn arrive(&self, path: &str, heading: &str) {
        self.note(format!("arrive at {path} «{heading}»"));
        self.until(format!("the page {path} with the heading «{heading}»"), async || {
            let (here, said) = self.address_and_heading().await?;
            Ok(here.is_some_and(|here| here.path() == path && said == heading).then_some(()))
        })
        .await;
    }

    /// Waits until the page with this path is there, whatever its heading.
    pub async fn arrive_at(&self, path: &str) {
        self.note(format!("arrive at {path}"));
        self.until(format!("the page {path}"), async || {
            Ok(self.whole().await?.is_some_and(|here| here.path() == path).then_some(()))
        })
        .await;
    }

    /// Waits until a page below this path, with this heading, is there: for paths that hold an id.
    pub async fn arrive_under(&self, beginning: &str, heading: &str) {
        self.note(format!("arrive under {beginning} «{heading}»"));
        self.until(format!("a page under {beginning} with the heading «{heading}»"), async || {
            let (here, said) = self.address_and_heading().await?;
            Ok(here.is_some_and(|here| here.path().starts_with(beginning) && said == heading).then_some(()))
        })
        .await;
    }

    /// Waits until another page is there.
    pub async fn leave(&self, path: &str) {
        self.note(format!("leave {path}"));
        self.until(format!("another page than {path}"), async || {
            Ok(self.whole().await?.is_some_and(|here| here.path() != path).then_some(()))
        })
        .await;
    }

    /// Waits until the address says this behind its `?`.
    pub async fn arrive_with(&self, query: &str) {
        self.note(format!("arrive with ?{query}"));
        self.until(format!("an address with ?{query}"), async || {
            Ok(self.whole().await?.is_some_and(|here| here.query() == Some(query)).then_some(()))
        })
        .await;
    }

    /// The whole address.
    pub async fn address(&self) -> String {
        self.web.current_url().await.expect("an address").to_string()
    }

    /// Scheme, host and port of it.
    pub async fn origin(&self) -> String {
        self.web.current_url().await.expect("an address").origin().ascii_serialization()
    }

    /// Whether there is room for what phones fold away.
    pub fn is_wide(&self) -> bool {
        self.window.width >= 768
    }

    /// The path of the page that is there now.
    pub async fn path(&self) -> String {
        self.web.current_url().await.expect("an address").path().to_owned()
    }

    /// Whether the page that is there now holds such an element.
    pub async fn has(&self, selector: &str) -> bool {
        !self.web.find_all(By::Css(selector)).await.expect("elements can be looked for").is_empty()
    }

    /// What a script says that somebody put into this page.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.note("run a script".to_owned());
        self.try_run(script, arguments).await.expect("the script runs")
    }

    /// The same, where the page may be replaced meanwhile.
    pub async fn try_run(&self, script: &str, arguments: Vec<Value>) -> WebDriverResult<Value> {
        Ok(self.web.execute_async(script, arguments).await?.json().clone())
    }

    /// The page's language.
    pub async fn language(&self) -> String {
        self.at("html").await.attr("lang").await.expect("an attribute").unwrap_or_default()
    }

    /// Takes the page in: accessible, quiet and within the screen's width, in light and in dark; keeps a screenshot of
    /// both under this name.
    pub async fn look(&self, name: &str) {
        self.note(format!("look at {name}"));
        let taken = self.taken.get() + 1;
        self.taken.set(taken);
        for scheme in ["light", "dark"] {
            self.prefer(scheme).await;
            self.screenshot(&format!("{taken:02}-{name}-{scheme}")).await;
            if self.window.javascript {
                let complaints = self.complaints().await;
                assert!(complaints.is_empty(), "«{name}» in {scheme}:\n\n{}\n", complaints.join("\n\n"));
            }
        }
        self.prefer("light").await;
        let wide = self.wider_than_the_screen().await;
        assert!(wide.is_empty(), "«{name}» scrolls sideways because of:\n{}", wide.join("\n"));
        let errors = self.console_errors().await;
        assert!(errors.is_empty(), "«{name}» has errors in the browser's console:\n{}", errors.join("\n"));
    }

    /// What axe-core holds against the page.
    pub async fn complaints(&self) -> Vec<String> {
        axe::complaints(&self.web).await.expect("axe can be put into the page")
    }

    /// Errors in the console since it was last asked: failed scripts, files that did not come, what the
    /// Content-Security-Policy refused. The page's own answer (a form refused, no such page) is not an
    /// error.
    pub async fn console_errors(&self) -> Vec<String> {
        let log = self.web.browser_log().await.expect("the browser's console");
        let here = self.web.current_url().await.expect("the address");
        log.into_iter()
            .filter(|entry| entry.level == "SEVERE")
            .filter(|entry| {
                !entry.message.starts_with(here.as_str()) || !entry.message.contains("status of 4")
            })
            .map(|entry| entry.message)
            .collect()
    }

    /// What makes the page scroll sideways: elements that reach beyond the right edge. On a phone also with letters twice
    /// as large (WCAG 2.2, 1.4.4).
    pub async fn wider_than_the_screen(&self) -> Vec<String> {
        let script = "
            const width = arguments[0];
            const root = document.documentElement;
            const wide = (size) => {
                root.style.fontSize = size;
                if (root.scrollWidth <= width) return [];
                const wide = [...document.body.querySelectorAll('*')]
                    .filter((element) => element.getBoundingClientRect().right > width + 0.5)
                    .map((element) => element.cloneNode(false).outerHTML);
                return [`letters of ${size || '100 %'}: ${root.scrollWidth} px wide on ${width}`, ...wide];
            };
            const sizes = width < 480 && width > 320 ? ['200%', ''] : [''];
            return sizes.flatMap(wide);";
        let found = self.web.execute(script, vec![json!(self.window.width)]).await.expect("a measured page");
        found.convert().expect("a list of elements")
    }

    // --- By keyboard -------------------------------------------------------------------------------------------------

    /// Presses keys wherever the focus is.
    pub async fn type_keys(&self, keys: impl Into<TypingData>) {
        let focused = self.web.active_element().await.expect("something has the focus");
        focused.send_keys(keys).await.expect("keys can be pressed there");
    }

    /// Presses Tab; answers what has the focus now: its id, or else its words.
    pub async fn tab(&self) -> String {
        self.type_keys(Key::Tab + "").await;
        let script = "
            const it = document.activeElement;
            if (it === document.body) return '';
            const style = getComputedStyle(it);
            const seen = it.matches(':focus-visible')
                && ((style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none');
            return (seen ? '' : 'UNSEEN ') + (it.id || it.innerText.trim() || it.getAttribute('aria-label') || it.tagName);";
        let focused = self.web.execute(script, vec![]).await.expect("the focus can be asked for");
        let focused: String = focused.convert().expect("a text");
        self.note(format!("tab to {focused}"));
        assert!(!focused.starts_with("UNSEEN "), "the focus cannot be seen: {focused}");
        focused
    }

    // --- Behind the curtain --------------------------------------------------------------------------------------------

    /// Switches `prefers-color-scheme`.
    pub async fn prefer(&self, scheme: &str) {
        // Without motion: a colour half-way between two is no colour of the page.
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.devtools("Emulation.setEmulatedMedia", features).await;
    }

    /// The whole page, however long, as a PNG in the folder of screenshots.
    pub async fn screenshot(&self, name: &str) {
        let metrics = self.devtools("Page.getLayoutMetrics", json!({})).await;
        let size = &metrics["cssContentSize"];
        let picture = self
            .devtools(
                "Page.captureScreenshot",
                json!({
                    "format": "png",
                    "optimizeForSpeed": true,
                    "captureBeyondViewport": true,
                    "clip": { "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 },
                }),
            )
            .await;
        let picture = picture["data"].as_str().expect("a picture");
        let picture = BASE64.decode(picture.as_bytes()).expect("the picture is base64");
        fs::create_dir_all(&self.screenshots).expect("the folder of screenshots");
        fs::write(self.screenshots.join(format!("{name}.png")), picture).expect("the screenshot is written");
    }

    /// A command to the browser, as its developer tools would give it.
    pub async fn devtools(&self, method: &str, parameters: Value) -> Value {
        self.web.cdp().send_raw(method, parameters).await.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Runs this script in every page that comes, before the page's own.
    pub async fn in_every_page(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    async fn at(&self, selector: &str) -> WebElement {
        self.until(format!("something at {selector}"), async || {
            Ok(self.web.find_all(By::Css(selector)).await?.into_iter().next())
        })
        .await
    }

    /// The address of the page, once it is there.
    async fn whole(&self) -> WebDriverResult<Option<Url>> {
        Ok(self.address_and_heading().await?.0)
    }

    /// The same, and its heading.
    async fn address_and_heading(&self) -> WebDriverResult<(Option<Url>, String)> {
        let script = "
            const heading = document.querySelector('h1');
            const isSeen = heading?.checkVisibility({ visibilityProperty: true, opacityProperty: true });
            return [document.readyState === 'complete' ? location.href : '', isSeen ? heading.innerText : ''];";
        let (address, heading): (String, String) = self.web.execute(script, vec![]).await?.convert()?;
        Ok((Url::parse(&address).ok(), one_line(&heading)))
    }

    /// The first element that can be seen and has these words; what an earlier selector finds goes before. One question to
    /// the browser instead of two for each element.
    async fn first_with_words(&self, selectors: &[&str], words: &str) -> WebDriverResult<Option<WebElement>> {
        let script = "
            const [selectors, words] = arguments;
            const isMeant = (element) =>
                element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
                && element.innerText.trim().split(/\\s+/).join(' ') === words;
            return selectors.flatMap((kind) => [...document.querySelectorAll(kind)]).filter(isMeant).slice(0, 1);";
        let found = self.web.execute(script, vec![json!(selectors), json!(words)]).await?;
        Ok(found.elements()?.into_iter().next())
    }

    async fn field(&self, label: &str) -> WebElement {
        // A label that nobody sees names nothing.
        let texts = "
            const isSeen = (label) => label.checkVisibility({ visibilityProperty: true, opacityProperty: true });
            return [...document.querySelectorAll('label')].map((label) => isSeen(label) ? label.innerText : '');";
        let field = "
            const [nth, text] = arguments;
            const label = document.querySelectorAll('label')[nth];
            return label?.innerText === text && label.control ? [label.control] : [];";
        self.until(format!("a field with the label «{label}»"), async || {
            let shown: Vec<String> = self.web.execute(texts, vec![]).await?.convert()?;
            let Some(nth) = shown.iter().position(|text| is_label(&one_line(text), label)) else {
                return Ok(None);
            };
            let found = self.web.execute(field, vec![json!(nth), json!(shown[nth])]).await?;
            Ok(found.elements()?.into_iter().next())
        })
        .await
    }

    /// Looks again and again until there is something to answer with. A page that is just being replaced may fail to
    /// answer; that counts as "not yet".
    pub async fn until<T>(&self, wanted: String, look: impl AsyncFn() -> WebDriverResult<Option<T>>) -> T {
        let mut patience = ElementPollerWithTimeout::new(self.window.patience, BETWEEN_LOOKS).start();
        loop {
            let seen = look().await;
            if let Ok(Some(found)) = seen {
                return found;
            }
            let more = patience.tick().await;
            assert!(more, "expected {wanted}{}", seen.err().map(|e| format!(" ({e})")).unwrap_or_default());
        }
    }

    fn note(&self, step: String) {
        self.trail.borrow_mut().push(step);
    }

    #[expect(clippy::print_stderr, reason = "a failed walk is explained where the test runner shows it")]
    async fn tell_where_it_stopped(&self) {
        let url = self.web.current_url().await.map(String::from).unwrap_or_default();
        let text = match self.web.find(By::Tag("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        };
        let shot = AssertUnwindSafe(self.screenshot("stopped"));
        shot.0.await;
        eprintln!(
            "the way so far:\n  {}\nat {url}\n---\n{text}\n---\nscreenshot: {}/stopped.png",
            self.trail.borrow().join("\n  "),
            self.screenshots.display()
        );
    }
}

/// Whether the page of an element was replaced.
fn is_gone(error: &WebDriverError) -> bool {
    matches!(
        error.as_inner(),
        WebDriverErrorInner::StaleElementReference(_) | WebDriverErrorInner::NoSuchElement(_)
    )
}

/// `PORTAL_SCREENSHOTS`, or a folder beside what cargo built.
fn screenshot_folder() -> PathBuf {
    env::var_os("PORTAL_SCREENSHOTS")
        .map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots"), PathBuf::from)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Is this the label meant? Badges, stars and examples may follow it: 「生年月日 (入力例:19790822)」「メールアドレス(*)」.
fn is_label(shown: &str, meant: &str) -> bool {
    shown.strip_prefix(meant).is_some_and(|rest| {
        let rest = rest.trim_start();
        rest.is_empty()
            || rest.starts_with(['*', '＊', '(', '（', '※'])
            || ["必須", "任意"].iter().any(|badge| rest.starts_with(badge))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_known_with_its_badge_but_not_as_the_beginning_of_another() {
        assert!(is_label("パスワード", "パスワード"));
        assert!(is_label("パスワード 必須", "パスワード"));
        assert!(is_label("生年月日 (入力例:19790822)", "生年月日"));
        assert!(is_label("メールアドレス(*)", "メールアドレス"));
        assert!(!is_label("パスワード確認用", "パスワード"));
        assert!(!is_label("ユーザID", "パスワード"));
    }
}
