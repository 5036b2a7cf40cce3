//! Debian's Apache with `mod_auth_openidc` before a static page, as a service that nobody wrote for this program: settings as the
//! page of `sso vendor` gives them. Two services of one union, and a member's whole way through both.

use std::{
    fs::{self, File, Permissions},
    net::{Ipv4Addr, TcpStream},
    os::unix::fs::PermissionsExt as _,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    program::{free_port, sqlite},
    visitor::{HOST, LOGIN, UNION, Visitor, with_services},
};

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

#[test]
fn a_member_goes_through_two_services_of_apache() {
    let folder = tempfile::tempdir().unwrap();
    let one = Site { name: "one", port: free_port(), algorithm: "ES256" };
    let two = Site { name: "two", port: free_port(), algorithm: "ES256" };
    let services = one.file() + &two.file();
    let (_tenants, program) = with_services(&sqlite(folder.path()), &services, &[]);
    let command = |arguments: &[&str]| {
        let done = program.command(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    };
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
    visitor.walk(LOGIN);
    assert!(visitor.is_at("one.localhost"), "{}\n{}", visitor.address, apache.said());
    assert!(visitor.page.contains("予約のページ"), "{}\n{}", visitor.page, apache.said());
    assert_eq!(visitor.header("x-bango").as_deref(), Some("102"));
    let there = visitor.header("x-member").unwrap();

    // The second service: one notice, no sign-in; and then nothing at all.
    visitor.go(&format!("{}/", two.at()), None);
    assert!(visitor.is_at(HOST) && visitor.path().starts_with("/oidc/go/"), "{}", visitor.address);
    visitor.walk(LOGIN);
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
