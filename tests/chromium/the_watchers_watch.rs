//! A check that never complains is worth nothing: each one is shown a page that is wrong, and has to say so.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use crate::browser::{Window, walk};

const GOOD: &str = "<main><h1>よいページ</h1>
    <form method='get' action='/next'>
    <p><label for='a'>ユーザID</label> <input id='a' name='a' autocomplete='username'></p>
    <p><label for='b'>パスワード確認用</label> <input id='b' name='b'></p>
    <p><label for='c'>パスワード 必須</label> <input id='c' name='c'></p>
    <p><label for='d'>認証方法</label> <select id='d' name='d'><option value='1'>生体認証<option value='2'>OTP認証</select></p>
    <button>実行</button></form></main>";

#[test]
fn a_form_is_filled_by_its_labels_and_sent_by_the_words_on_its_button() {
    for window in [Window::desktop(), Window::phone(), Window::phone().without_javascript()] {
        walk("watchers/form", window, async |browser| {
            let site = site();
            browser.go(&format!("{site}/good")).await;
            browser.arrive("/good", "よいページ").await;
            browser.look("good").await;
            browser.fill("ユーザID", "old").await;
            browser.fill("ユーザID", "testuser").await;
            browser.fill("パスワード", "c").await;
            browser.fill("パスワード確認用", "b").await;
            browser.choose("認証方法", "OTP認証").await;
            assert_eq!(browser.standing_in("ユーザID").await, "testuser");
            browser.press("実行").await;
            browser.arrive("/next", "着いた").await;
            assert_eq!(browser.text_at("#query").await, "/next?a=testuser&b=b&c=c&d=2");
        });
    }
}

#[test]
fn axe_sees_a_field_without_a_label_and_grey_on_grey_in_the_dark_only() {
    walk("watchers/axe", Window::phone(), async |browser| {
        let site = site();
        browser.go(&format!("{site}/unlabelled")).await;
        let complaints = browser.complaints().await.join("\n");
        assert!(complaints.contains("label (critical)"), "{complaints}");

        browser.go(&format!("{site}/dark")).await;
        browser.prefer("light").await;
        assert_eq!(browser.complaints().await, [""; 0]);
        browser.prefer("dark").await;
        let complaints = browser.complaints().await.join("\n");
        assert!(complaints.contains("color-contrast (serious)"), "{complaints}");
    });
}

#[test]
fn the_console_tells_what_the_content_security_policy_refused_and_what_did_not_come() {
    walk("watchers/console", Window::desktop(), async |browser| {
        let site = site();
        browser.go(&format!("{site}/good")).await;
        assert_eq!(browser.console_errors().await, [""; 0]);
        browser.go(&format!("{site}/inline")).await;
        let errors = browser.console_errors().await.join("\n");
        assert!(errors.contains("Content Security Policy"), "{errors}");
        browser.go(&format!("{site}/picture")).await;
        let errors = browser.console_errors().await.join("\n");
        assert!(errors.contains("404"), "{errors}");
    });
}

#[test]
fn a_page_wider_than_the_screen_is_noticed() {
    walk("watchers/wide", Window::narrow(), async |browser| {
        let site = site();
        browser.go(&format!("{site}/good")).await;
        assert_eq!(browser.wider_than_the_screen().await, [""; 0]);
        browser.go(&format!("{site}/wide")).await;
        let wide = browser.wider_than_the_screen().await.join("\n");
        assert!(wide.contains("id=\"broad\""), "{wide}");
    });
}

#[test]
fn javascript_and_language_are_as_the_window_says() {
    walk("watchers/javascript", Window::desktop(), async |browser| {
        browser.go(&format!("{}/script", site())).await;
        assert_eq!(browser.text_at("h1").await, "with");
        assert_eq!(browser.text_at("#language").await, "ja,en;q=0.9");
    });
    walk("watchers/javascript", Window::desktop().without_javascript().in_english(), async |browser| {
        browser.go(&format!("{}/script", site())).await;
        assert_eq!(browser.text_at("h1").await, "without");
        assert_eq!(browser.text_at("#language").await, "en");
    });
}

#[test]
#[should_panic(expected = "expected the page /elsewhere")]
fn a_walk_that_does_not_arrive_fails() {
    walk("watchers/lost", Window::desktop().with_patience(Duration::from_secs(2)), async |browser| {
        browser.go(&format!("{}/good", site())).await;
        browser.arrive_at("/elsewhere").await;
    });
}

#[test]
#[should_panic(expected = "the heading «よいページ»")]
fn a_heading_that_nobody_sees_is_none() {
    walk("watchers/unseen", Window::desktop().with_patience(Duration::from_secs(2)), async |browser| {
        browser.go(&format!("{}/unseen", site())).await;
        browser.arrive("/unseen", "よいページ").await;
    });
}

#[test]
#[should_panic(expected = "a field with the label «ユーザID»")]
fn a_label_that_nobody_sees_names_no_field() {
    walk("watchers/unseen", Window::desktop().with_patience(Duration::from_secs(2)), async |browser| {
        browser.go(&format!("{}/unseen", site())).await;
        browser.fill("ユーザID", "testuser").await;
    });
}

/// A handful of pages on a free port, served until the tests end; answers its address.
fn site() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("its address");
    thread::spawn(move || {
        for visitor in listener.incoming().flatten() {
            thread::spawn(move || serve(&visitor));
        }
    });
    format!("http://{address}")
}

fn serve(visitor: &TcpStream) -> Option<()> {
    let mut lines = BufReader::new(visitor).lines().map_while(Result::ok);
    let target = lines.next()?.split(' ').nth(1)?.to_owned();
    let language = lines
        .take_while(|line| !line.is_empty())
        .find_map(|line| Some(line.to_ascii_lowercase().strip_prefix("accept-language: ")?.to_owned()))
        .unwrap_or_default();
    let body = match target.split('?').next()? {
        "/good" => GOOD.to_owned(),
        "/unseen" => {
            "<main><h1 hidden>よいページ</h1><label for='a' hidden>ユーザID</label><input id='a'></main>"
                .to_owned()
        }
        "/next" => format!("<main><h1>着いた</h1><p id='query'>{}</p></main>", target.replace('&', "&amp;")),
        "/unlabelled" => "<main><h1>名のない欄</h1><input></main>".to_owned(),
        "/dark" => {
            "<style>@media (prefers-color-scheme: dark) { body { background: #333; color: #444 } }</style>
            <main><h1>暗いと読めない</h1></main>"
                .to_owned()
        }
        "/inline" => "<main><h1>中に書いた命令</h1><p style='color: red'>赤</p></main>".to_owned(),
        "/picture" => "<main><h1>来ない絵</h1><img src='/nothing.png' alt='絵'></main>".to_owned(),
        "/wide" => {
            "<main><h1>広い</h1><table id='broad'><tr><td><pre>".to_owned()
                + "長".repeat(60).as_str()
                + "</pre></table></main>"
        }
        "/script" => format!(
            "<main><h1>without</h1><p id='language'>{language}</p></main>
             <script>document.querySelector('h1').textContent = 'with'</script>"
        ),
        "/favicon.ico" => String::new(),
        _ => return answer(visitor, "404 Not Found", "default-src 'none'", ""),
    };
    let policy = match target.as_str() {
        "/inline" => "default-src 'none'; img-src 'self'",
        _ => "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'",
    };
    answer(visitor, "200 OK", policy, &body)
}

fn answer(mut visitor: &TcpStream, status: &str, policy: &str, body: &str) -> Option<()> {
    let page = format!(
        "<!doctype html><html lang='ja'><head><meta charset='utf-8'><title>試験</title>\
         <meta name='viewport' content='width=device-width,initial-scale=1'>\
         </head><body>{body}</body></html>"
    );
    write!(
        visitor,
        "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Security-Policy: {policy}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{page}",
        page.len()
    )
    .ok()
}
