//! Services in a real browser: no policy of a page stops the way to them, whatever they do themselves, with scripts and
//! without.

use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::authenticator::Authenticator;
use crate::browser::{Browser, Window, walk};
use crate::newcomer::{Member, walk_to_set_up};
use crate::portal::Portal;

const UNION: &str = "jswkenpo";

#[test]
fn a_first_login_that_began_at_a_service_ends_there_and_from_then_on_no_page_is_between() {
    walk("sso/phone", Window::phone(), first_login_from_the_service);
}

#[test]
fn the_same_on_a_pc_in_a_browser_without_scripts() {
    walk("sso/without_javascript", Window::desktop().without_javascript(), first_login_from_the_service);
}

async fn first_login_from_the_service(browser: &Browser) {
    let portal = Portal::open().await;
    let member = Member::first_of(browser, &portal, UNION).await;
    let service = browser.text_at(&format!("#{UNION} p:nth-of-type(2) code")).await;
    let page = format!("/{UNION}/");

    // The service's own button, in a browser that nobody is signed in with.
    browser.go(&service).await;
    browser.arrive(&page, "おためしサービス").await;
    browser.look("service_nobody").await;
    browser.press("健保加入者ページでログインする").await;
    browser.arrive("/signin", "ログイン").await;
    walk_to_set_up(browser, None, &portal.at(UNION), &member, "OTP認証").await;
    browser.press("スキャンできませんか？").await;
    let phone = Authenticator::with_key(&browser.text_at("#key").await);
    browser.fill("ワンタイムパスワード", &phone.code()).await;
    browser.fill("デバイス名", "花子のスマートフォン").await;
    browser.press("実行").await;

    // What the service is told, and the way there behind a form.
    browser.arrive_under("/oidc/go/", "「おためしサービス」を開きます").await;
    browser.look("notice").await;
    browser.press("開く").await;
    browser.arrive(&page, "おためしサービス").await;
    assert_eq!(browser.text_at(".big").await, "健保 花子 様");
    assert_eq!(format!("{}{page}", browser.origin().await), service);
    browser.look("service").await;

    // The tile, from now on.
    browser.go(&portal.at(UNION)).await;
    browser.arrive("/", "サービス").await;
    browser.look("tile").await;
    browser.press_at("a[href='/services/trial']").await;
    browser.arrive(&page, "おためしサービス").await;
    assert_eq!(browser.text_at(".big").await, "健保 花子 様");
    assert_eq!(browser.console_errors().await, [""; 0]);
    // No page was between: the one before is the portal's.
    browser.back().await;
    browser.arrive("/", "サービス").await;

    withdrawal(browser, &portal.at(UNION), &service).await;
    logging_out(browser, &portal.at(UNION), &service).await;
}

/// Waits until the service knows nobody in this browser.
async fn let_go(browser: &Browser, service: &str) {
    let wanted = format!("nobody at {service}");
    let look = async || {
        browser.go(service).await;
        Ok((!browser.has(".big").await).then_some(()))
    };
    browser.until(wanted, look).await;
}

/// What a service is told is taken back: it lets the member go, and tells anew what it gets.
async fn withdrawal(browser: &Browser, union: &str, service: &str) {
    browser.go(&format!("{union}/account/services")).await;
    browser.arrive("/account/services", "使っているサービス").await;
    assert!(browser.text_at("main").await.contains("おためしサービス"));
    browser.look("services").await;
    let withdraw = async || browser.press_at("form[action='/account/services'] button").await;
    browser.to_another_page(withdraw).await;
    browser.arrive("/account/services", "使っているサービス").await;
    assert_eq!(browser.text_at("[role=status]").await, "伝えるのをやめました。");
    assert!(browser.text_at("main").await.contains("まだ開いたサービスはありません"));
    browser.look("services_withdrawn").await;
    let_go(browser, service).await;
    browser.go(union).await;
    browser.press_at("a[href='/services/trial']").await;
    browser.arrive_under("/oidc/go/", "「おためしサービス」を開きます").await;
    browser.press("開く").await;
    browser.arrive(&format!("/{UNION}/"), "おためしサービス").await;
    assert_eq!(browser.text_at(".big").await, "健保 花子 様");
}

/// Logging out at the portal names the services, and ends there as well.
async fn logging_out(browser: &Browser, union: &str, service: &str) {
    browser.go(&format!("{union}/logout")).await;
    browser.arrive("/logout", "ログアウトしてもよろしいですか？").await;
    browser.press("ログアウトする").await;
    browser.arrive("/logout", "ログアウトしました").await;
    let page = browser.text_at("main").await;
    // The page waits for a service two seconds at most. Whether it was told then is seen at the service itself.
    let is_told = page.contains("次のサービスからも、ログアウトしました");
    let is_on_its_way = page.contains("ログアウトしたことをまだ伝えている途中です");
    assert!((is_told || is_on_its_way) && page.contains("おためしサービス"), "{page}");
    assert!(!page.contains("まだログアウトできていません"), "{page}");
    browser.look("logged_out").await;
    let_go(browser, service).await;
    assert_eq!(browser.console_errors().await, [""; 0]);
}

/// A service that sends the member on to a host that nobody registered, as many do behind their callback.
struct Third {
    port: u16,
    /// The codes that came.
    codes: Arc<Mutex<Vec<String>>>,
}

impl Third {
    async fn open() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("its address").port();
        let codes = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&codes);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                // Browsers open connections ahead and say nothing on them.
                let kept = Arc::clone(&kept);
                tokio::spawn(async move {
                    let mut head = vec![0; 16 * 1024];
                    let Ok(length) = stream.read(&mut head).await else { return };
                    let head = String::from_utf8_lossy(&head[..length]).into_owned();
                    let path = head.split(' ').nth(1).unwrap_or_default();
                    let answer = if let Some((_, rest)) = path.split_once("code=") {
                        let code = rest.split('&').next().unwrap_or_default().to_owned();
                        kept.lock().expect("nobody panicked").push(code);
                        format!("HTTP/1.1 303 See Other\r\nLocation: http://127.0.0.1:{port}/third\r\n")
                    } else {
                        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n".to_owned()
                    };
                    let icon = "<link rel=\"icon\" href=\"data:,\">";
                    let body = format!(
                        "<!doctype html><html lang=\"ja\">{icon}<title>三</title><h1>三つめのサイト</h1>"
                    );
                    let length = body.len();
                    let whole =
                        format!("{answer}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}");
                    let _ = stream.write_all(whole.as_bytes()).await;
                });
            }
        });
        Self { port, codes }
    }

    fn codes(&self) -> Vec<String> {
        self.codes.lock().expect("nobody panicked").clone()
    }

    /// The unions' files, one of which has this service.
    fn tenants(&self) -> TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants"), folder.path());
        let file = folder.path().join(format!("{UNION}.toml"));
        let callback = format!("http://localhost:{}/callback", self.port);
        let more = format!(
            "\n[sso]\ntest = true\n\n[[services]]\nid = \"third\"\nlabel = \"三つめ\"\nurl = \"https://third.example.jp/\"\n\n\
             [services.sso]\nclient_id = \"third\"\noperator = \"株式会社みっつめ\"\nrelation = \"entrusted\"\n\
             purpose = \"other\"\npkce = \"optional\"\nscopes = [\"openid\"]\nredirect_uris = [\"{callback}\"]\n"
        );
        let text = fs::read_to_string(&file).expect("the union's file");
        fs::write(&file, format!("{text}{more}")).expect("the union's file can be written");
        folder
    }

    /// Where the service sends a browser.
    fn request(&self, union: &str) -> String {
        let callback = format!("http%3A%2F%2Flocalhost%3A{}%2Fcallback", self.port);
        format!(
            "{union}/oidc/authorize?client_id=third&response_type=code&scope=openid&redirect_uri={callback}&state=s"
        )
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let path: PathBuf = entry.expect("a file").path();
        let there = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            fs::create_dir(&there).expect("a folder");
            copy(&path, &there);
        } else {
            fs::copy(&path, &there).expect("a copy");
        }
    }
}

#[test]
fn a_service_may_send_on_to_a_third_host_and_the_way_back_gives_no_second_code() {
    walk("sso/third_host", Window::phone(), third_host);
}

#[test]
fn the_same_without_scripts() {
    walk("sso/third_host_without_javascript", Window::phone().without_javascript(), third_host);
}

async fn third_host(browser: &Browser) {
    let third = Third::open().await;
    let folder = third.tenants();
    let portal = Portal::open_with(folder.path().to_str().expect("a path in UTF-8")).await;
    let union = portal.at(UNION);
    let member = Member::first_of(browser, &portal, UNION).await;
    browser.go(&third.request(&union)).await;
    browser.arrive("/signin", "ログイン").await;
    walk_to_set_up(browser, None, &union, &member, "OTP認証").await;
    browser.press("スキャンできませんか？").await;
    let phone = Authenticator::with_key(&browser.text_at("#key").await);
    browser.fill("ワンタイムパスワード", &phone.code()).await;
    browser.fill("デバイス名", "花子のスマートフォン").await;
    browser.press("実行").await;

    // Behind the form of the notice, over two other hosts.
    browser.arrive_under("/oidc/go/", "「三つめ」を開きます").await;
    browser.press("開く").await;
    browser.arrive("/third", "三つめのサイト").await;
    assert_eq!(third.codes().len(), 1);
    assert_eq!(browser.console_errors().await, [""; 0], "a policy stopped something");
    // The page that leads on is not met again by the way back, and what is met gives no second code.
    for _ in 0..2 {
        browser.back().await;
        assert!(browser.address().await.starts_with(&union), "{}", browser.address().await);
        browser.look("back").await;
    }
    assert_eq!(third.codes().len(), 1, "the way back gave another code");

    // With nothing left to ask, straight there.
    browser.go(&third.request(&union)).await;
    browser.arrive("/third", "三つめのサイト").await;
    let codes = third.codes();
    assert_eq!(codes.len(), 2);
    assert_ne!(codes[0], codes[1]);
    assert_eq!(browser.console_errors().await, [""; 0]);
}
