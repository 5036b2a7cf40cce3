//! Debian's Apache with `mod_auth_openidc` before a static page, as a service that nobody wrote for this program: settings as the
//! page of `sso vendor` gives them. Two services of one union, and a member's whole way through both.

use std::{
    collections::BTreeMap,
    fs::{self, File, Permissions},
    net::{Ipv4Addr, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant, SystemTime},
};

use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use kenpo_portal::domain::totp;
use scraper::{Html, Selector};
use tempfile::TempDir;

use crate::program::{Program, exchange, free_port, sqlite};

const UNION: &str = "clients";
const HOST: &str = "clients.localhost";
const PASSWORD: &str = "Ku7!mori-no-Asa";
const TEMPORARY: &str = "Vp6r-Hn3t-Ky8s";

/// Where Debian has Apache's modules.
const MODULES: &str = "/usr/lib/apache2/modules";

/// A service: Apache that lets nobody to its page whom the union does not know.
struct Site {
    /// Its name in the protocol, and its host below `localhost`.
    name: &'static str,
    port: u16,
    algorithm: &'static str,
}

impl Site {
    fn at(&self) -> String {
        format!("http://{}.localhost:{}", self.name, self.port)
    }

    /// Its part of the union's file.
    fn file(&self) -> String {
        let (name, at, algorithm) = (self.name, self.at(), self.algorithm);
        format!(
            r#"
[[services]]
id = "{name}"
label = "{name}"
url = "https://{name}.example.jp/"

[services.sso]
client_id = "{name}"
operator = "{name}"
relation = "entrusted"
purpose = "health-insurance"
signing = "{algorithm}"
scopes = ["openid", "profile", "kenpo_insured"]
redirect_uris = ["{at}/oidc"]
"#
        )
    }

    /// Its part of Apache's settings.
    fn settings(&self, issuer: &str, secret: &str) -> String {
        let (name, port, algorithm) = (self.name, self.port, self.algorithm);
        format!(
            r#"
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
ServerName {name}.localhost:{port}
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {name}
OIDCClientSecret "{secret}"
OIDCRedirectURI {at}/oidc
OIDCScope "openid profile kenpo_insured"
OIDCPKCEMethod S256
OIDCIDTokenSignedResponseAlg {algorithm}
OIDCRemoteUserClaim sub
OIDCCryptoPassphrase "a long text of {name}"
OIDCPassClaimsAs environment
OIDCDefaultLoggedOutURL {at}/out/
Header always set X-Member "%{{OIDC_CLAIM_sub}}e"
Header always set X-Bango "%{{OIDC_CLAIM_kenpo_bango}}e"
<Location />
AuthType openid-connect
Require valid-user
</Location>
<Location /out>
AuthType None
Require all granted
</Location>
</VirtualHost>
"#,
            at = self.at()
        )
    }
}

/// Apache; it ends when this is dropped.
struct Apache {
    process: Child,
    folder: TempDir,
}

impl Apache {
    fn start(sites: &[(&Site, String)], issuer: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Its workers run as another user where it is started as root.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        for page in ["page", "page/out"] {
            fs::create_dir(folder.path().join(page)).unwrap();
        }
        fs::write(folder.path().join("page/index.html"), "<h1>予約のページ</h1>").unwrap();
        fs::write(folder.path().join("page/out/index.html"), "<h1>ログアウトしました</h1>").unwrap();
        let home = folder.path().display();
        let modules = [
            ("mpm_event", "mpm_event"),
            ("authn_core", "authn_core"),
            ("authz_core", "authz_core"),
            ("authz_user", "authz_user"),
            ("auth_openidc", "auth_openidc"),
            ("dir", "dir"),
            ("mime", "mime"),
            ("headers", "headers"),
        ]
        .map(|(name, file)| format!("LoadModule {name}_module {MODULES}/mod_{file}.so\n"));
        let settings: String = sites.iter().map(|(site, secret)| site.settings(issuer, secret)).collect();
        let whole = format!(
            "{}ServerRoot {home}\nServerName localhost\nPidFile {home}/pid\nDefaultRuntimeDir {home}\nErrorLog {home}/log\n\
             LogLevel warn auth_openidc:info\nUser www-data\nGroup www-data\nTypesConfig /etc/mime.types\n\
             DocumentRoot {home}/page\n<Directory {home}/page>\nRequire all granted\n</Directory>\n{settings}",
            modules.concat()
        );
        let file = folder.path().join("apache.conf");
        fs::write(&file, whole).unwrap();
        let process = Command::new("/usr/sbin/apache2")
            .args(["-DFOREGROUND", "-f"])
            .arg(&file)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("said")).unwrap())
            .spawn()
            .expect("apache2 with libapache2-mod-auth-openidc; tests/run installs them");
        let mut apache = Self { process, folder };
        let began = Instant::now();
        for (site, _) in sites {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, site.port)).is_err() {
                let ended = apache.process.try_wait().unwrap();
                let is_late = began.elapsed() > Duration::from_secs(30);
                assert!(ended.is_none() && !is_late, "no Apache\n{}", apache.said());
                thread::sleep(Duration::from_millis(20));
            }
        }
        apache
    }

    fn said(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        read("said") + &read("log")
    }
}

impl Drop for Apache {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        let _ = self.process.wait();
    }
}

/// A browser without scripts that finds every host on this machine.
#[derive(Default)]
struct Visitor {
    /// By host and port, then by name.
    cookies: BTreeMap<String, BTreeMap<String, String>>,
    /// Where it is.
    address: String,
    status: u16,
    head: String,
    page: String,
    /// How many pages of the portal it was shown.
    portal_pages: usize,
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
    fn path(&self) -> String {
        url::Url::parse(&self.address).unwrap().path().to_owned()
    }

    fn is_at(&self, host: &str) -> bool {
        url::Url::parse(&self.address).unwrap().host_str() == Some(host)
    }

    fn header(&self, name: &str) -> Option<String> {
        header(&self.head, name)
    }

    /// Opens an address, and goes where its answers lead.
    fn go(&mut self, address: &str, form: Option<&[(String, String)]>) {
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
    fn send(&mut self, fields: &[(&str, &str)]) {
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
    fn walk(&mut self, login: &str) {
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

/// A folder with the union's file, in which these services are.
fn union(folder: &Path, sites: &[&Site]) {
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
    let services: String = sites.iter().map(|site| site.file()).collect();
    fs::write(folder.join(format!("{UNION}.toml")), format!("{text}\n[sso]\ntest = true\n{services}"))
        .unwrap();
}

#[test]
fn a_member_goes_through_two_services_of_apache() {
    let folder = tempfile::tempdir().unwrap();
    let tenants = tempfile::tempdir().unwrap();
    let one = Site { name: "one", port: free_port(), algorithm: "ES256" };
    let two = Site { name: "two", port: free_port(), algorithm: "ES256" };
    union(tenants.path(), &[&one, &two]);
    let roster = folder.path().join("roster.csv");
    let rows = format!(
        "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\n\
         15,102,,1979-08-22,見本 太郎,ミホン タロウ,taro0001,{TEMPORARY},taro@example.jp\n"
    );
    fs::write(&roster, rows).unwrap();
    let settings = [("PORTAL_TENANTS__DIR", tenants.path().display().to_string())];
    let program = Program::prepare(&[], &sqlite(folder.path()), &settings);
    program.is_ready_again();
    let command = |arguments: &[&str]| {
        let done = program.command(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    };
    command(&["member", "import", "--tenant", UNION, roster.to_str().unwrap()]);
    command(&["sso", "keys", "rotate", "--tenant", UNION, "--reason", "the first signs at once"]);
    let secret = |site: &Site| {
        command(&["sso", "secret", "new", "--tenant", UNION, "--client", site.name, "--reason", "test"])
    };
    let issuer = format!("http://{HOST}:{}", program.port());
    let sites = [(&one, secret(&one)), (&two, secret(&two))];
    let apache = Apache::start(&sites, &issuer);

    // Nobody may see the page; from it through all of the first login, and back to it.
    let mut visitor = Visitor::default();
    visitor.go(&format!("{}/", one.at()), None);
    assert!(visitor.is_at(HOST) && visitor.path() == "/signin", "{}\n{}", visitor.address, apache.said());
    visitor.walk("taro0001");
    assert!(visitor.is_at("one.localhost"), "{}\n{}", visitor.address, apache.said());
    assert!(visitor.page.contains("予約のページ"), "{}\n{}", visitor.page, apache.said());
    assert_eq!(visitor.header("x-bango").as_deref(), Some("102"));
    let there = visitor.header("x-member").unwrap();

    // The second service: one notice, no sign-in; and then nothing at all.
    visitor.go(&format!("{}/", two.at()), None);
    assert!(visitor.is_at(HOST) && visitor.path().starts_with("/oidc/go/"), "{}", visitor.address);
    visitor.walk("taro0001");
    assert!(visitor.is_at("two.localhost") && visitor.page.contains("予約のページ"), "{}", apache.said());
    let here = visitor.header("x-member").unwrap();
    assert_ne!(here, there, "the two do not know the member by one name");
    let shown = visitor.portal_pages;
    for site in [&one, &two] {
        visitor.cookies.retain(|authority, _| !authority.starts_with(site.name));
        visitor.go(&format!("{}/", site.at()), None);
        assert!(visitor.page.contains("予約のページ"), "{}\n{}", visitor.address, apache.said());
    }
    assert_eq!(visitor.portal_pages, shown, "a page was between");
    assert_eq!(visitor.header("x-member"), Some(here), "the same person as before");
}
