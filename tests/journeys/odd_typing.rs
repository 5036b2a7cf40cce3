//! Odd typing: keyboards, thumbs and mischief. Every form hears everything, at every step, and answers with a page.

use axum::{
    body::Body,
    http::{Method, Request, header},
};

use crate::{
    town::{JSW, MGC, Town, hours, minutes},
    walk::{NEW_PASSWORD, answer, first_login, sign_in, up_to},
};

/// What nobody means to type.
fn oddities() -> Vec<String> {
    let odd = [
        "",
        " ",
        "　",
        "\u{200B}",
        "\u{202E}txet",
        "花子",
        "😀😀😀😀😀😀😀😀",
        "İİİİİİİİ",
        "ﷺﷺﷺﷺ",
        "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}",
        "' OR 1=1 --",
        "%00",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "../../etc/passwd",
        "a\r\nSet-Cookie: x=1",
        "-1",
        "NaN",
        "99999999999999999999",
        "19790230",
        "00000000",
        "昭和99年99月99日",
        "明治元年1月1日",
        "令和",
        "S",
        "1979//",
        "９９９９９９",
        "٠٦٦٤٧٤",
        "a@b",
        "@",
        "a@@b.jp",
        "null",
        "on",
        "[]",
        "\u{FFFD}",
        "\u{10FFFF}",
        "\t\t\t\t\t\t\t\t",
    ];
    let mut all: Vec<String> = odd.iter().map(|text| (*text).to_owned()).collect();
    all.push("長".repeat(5_000));
    all.push("x".repeat(60_000));
    all
}

/// The fields of each page of the way in, and what is sent beside the odd one.
type Form = (&'static str, &'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

const FORMS: [Form; 7] = [
    ("生年月日の入力", "/signin/birthdate", &["birthdate"], &[]),
    ("利用規約", "/signin/terms", &["answer", "version"], &[]),
    ("ユーザIDの変更・認証方法の設定", "/signin/method", &["user_id", "method"], &[("method", "x")]),
    ("パスワードの更新", "/signin/password", &["password", "password_confirm", "shown_to"], &[]),
    ("メールアドレスの更新", "/signin/email", &["email"], &[]),
    ("ワンタイムパスワードの設定", "/signin/setup/totp", &["code", "device_name", "manual"], &[]),
    ("ワンタイムパスワードの入力", "/signin/totp", &["code", "device"], &[]),
];

fn with_field(good: &[(&str, &str)], name: &str, value: &str) -> String {
    let others = good.iter().copied().filter(|(field, _)| *field != name);
    let form: Vec<(&str, &str)> = others.chain([(name, value)]).collect();
    serde_urlencoded::to_string(form).unwrap()
}

#[tokio::test]
async fn every_field_of_every_step_survives_whatever_is_typed() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    let mut who = hanako.clone();
    for (heading, path, fields, good) in FORMS {
        if path == "/signin/totp" {
            town.clock.advance(minutes(2));
            browser = town.browser(JSW);
            sign_in(&mut browser, &who.login, &who.password).await;
        } else {
            up_to(&mut browser, &who, &mut phone, heading).await;
        }
        browser.is_at(path, heading);
        for name in fields {
            for odd in oddities() {
                browser.post(path, &with_field(good, name, &odd)).await;
                assert_eq!(browser.path(), path, "{name}: {odd:.40}");
                assert!(matches!(browser.status.as_u16(), 200 | 422 | 400), "{path} {name}: {odd:.40}");
                assert!(!browser.page().contains("<script>alert"), "{path} {name}");
            }
        }
        if path == "/signin/totp" {
            break;
        }
        browser.visit(path).await;
        if answer(&mut browser, &who, &mut phone).await == "パスワードの更新" {
            who.password = NEW_PASSWORD.into();
        }
    }
    let member = town.member(JSW, "testuser").await;
    assert_eq!((member.email_pending, member.birth_date_misses), (None, 0));
    town.close().await;
}

#[tokio::test]
async fn the_sign_in_page_survives_whatever_is_typed() {
    let town = Town::open().await;
    let mut browser = town.browser(JSW);
    for odd in oddities() {
        for name in ["username", "password", "remember"] {
            browser.post("/signin", &with_field(&[], name, &odd)).await;
            assert_eq!((browser.path(), browser.status.as_u16()), ("/signin", 422), "{name}: {odd:.40}");
        }
        // Whoever mistypes the ID that much gets no pause for the one that is typed next.
        town.sql("DELETE FROM guard").await;
    }
    assert!(browser.cookies.is_empty());
    town.close().await;
}

#[tokio::test]
async fn bodies_that_are_no_forms_are_refused_by_every_form_and_change_nothing() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "利用規約").await;
    let before = town.dump().await;
    let host = town.tenant(JSW).hosts.primary.clone();
    let cookie = format!("__Host-attempt={}", browser.cookies["__Host-attempt"]);
    let large = vec![b'a'; 64 * 1024 + 1];
    let plain = "application/x-www-form-urlencoded";
    let bodies: [(&str, &[u8], u16); 7] = [
        (plain, b"answer=agree&answer=agree&username=a&username=a&birthdate=1&birthdate=2&email=a&email=b&code=1&code=2&password=1&password=2&method=a&method=b&lang=ja&lang=en", 400),
        (plain, b"answer=%FF&username=%C3", 400),
        (plain, b"answer=a%00b", 400),
        (plain, &large, 413),
        ("application/json", b"{\"answer\":\"agree\"}", 400),
        ("multipart/form-data; boundary=x", b"--x--", 400),
        ("", b"answer=agree", 400),
    ];
    let paths = FORMS.map(|(_, path, ..)| path).into_iter().chain(["/signin", "/language"]);
    for path in paths {
        for (kind, body, status) in bodies {
            let mut request = Request::builder()
                .method(Method::POST)
                .uri(path)
                .header(header::HOST, &host)
                .header(header::ORIGIN, format!("https://{host}"))
                .header(header::COOKIE, &cookie);
            if !kind.is_empty() {
                request = request.header(header::CONTENT_TYPE, kind);
            }
            let mut sender = town.browser(JSW);
            sender.send(request.body(Body::from(body.to_vec())).unwrap()).await;
            assert_eq!(sender.status, status, "{path} {kind} {:.20}", String::from_utf8_lossy(body));
            assert!(sender.text().contains("何も変わっていません"), "{}", sender.text());
            assert_eq!(sender.text_of(".receipt b").len(), 8);
        }
    }
    assert_eq!(town.dump().await, before, "something was written");
    town.close().await;
}

#[tokio::test]
async fn two_hosts_and_a_broken_one_are_nobodys() {
    let town = Town::open().await;
    let host = town.tenant(JSW).hosts.primary.clone();
    let mut browser = town.browser(JSW);
    for second in [host.as_str(), "evil.example"] {
        let request =
            Request::builder().uri("/signin").header(header::HOST, &host).header(header::HOST, second);
        assert_eq!(browser.send(request.body(Body::empty()).unwrap()).await.status, 421);
    }
    let disagreeing = Request::builder().uri("https://evil.example/signin").header(header::HOST, &host);
    assert_eq!(browser.send(disagreeing.body(Body::empty()).unwrap()).await.status, 421);
    let none = Request::builder().uri("/signin").body(Body::empty()).unwrap();
    assert_eq!(browser.send(none).await.status, 421);
    for strange in [
        "/%E6%97%A5?x=%FF",
        "/signin?after=%FF%00",
        "/signin?after=a&after=b",
        "/signin/setup/totp?manual=%",
        "/assets/..%2f..%2fetc",
        "//evil.example/",
    ] {
        browser.visit(strange).await;
        assert!(matches!(browser.status.as_u16(), 200 | 404), "{strange}: {}", browser.status);
    }
    town.close().await;
}

#[tokio::test]
async fn a_cookie_that_was_tampered_with_is_no_cookie() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    first_login(&mut browser, &hanako, &mut phone).await;
    let good = browser.cookies["__Host-session"].clone();
    let first = if good.starts_with('A') { "B" } else { "A" };
    let flipped = format!("{first}{}", &good[1..]);
    for bad in [flipped, good.to_lowercase(), format!("{good}="), format!(" {good}x"), good[..42].to_owned()]
    {
        let mut forger = town.browser(JSW);
        forger.cookies.insert("__Host-session".into(), bad.clone());
        assert!(!forger.visit("/").await.has(".tiles"), "{bad}");
    }
    assert!(browser.visit("/").await.has(".tiles"));
    town.close().await;
}

#[tokio::test]
async fn one_password_typed_on_a_phone_and_on_a_pc_is_one_password() {
    let town = Town::open().await;
    let hanako = town.hanako(MGC).await;
    let (mut browser, mut phone) = (town.browser(MGC), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "パスワードの更新").await;
    // ¥ of an iPhone, in full width by accident; the second time with the PC's key.
    let (wide, plain) = ("Ｋｕ7！mori¥no￥Asa", "Ku7!mori\\no\\Asa");
    browser
        .fill("パスワード", &format!("\u{FEFF}{wide}\u{200B}"))
        .fill("パスワード確認用", plain)
        .press("実行")
        .await;
    assert_eq!(browser.path(), "/signin/email", "{:?}", browser.errors());
    for (login, password) in [
        ("testuser", plain),
        ("ＴＥＳＴＵＳＥＲ　", wide),
        ("TestUser", wide),
        // What copying leaves behind cannot be seen and is no part of either.
        ("\u{FEFF}testuser", &format!("\u{FEFF}{plain}")),
        ("test\u{200B}user\u{2060}", &format!("{plain}\u{200B}\u{E0020}")),
        ("testuser", &format!("{}\u{AD}\u{7F}{}", &plain[..4], &plain[4..])),
    ] {
        let mut device = town.browser(MGC);
        sign_in(&mut device, login, password).await.is_at("/signin/birthdate", "生年月日の入力");
    }
    // Nothing is cut and no space is taken away.
    for near in [&plain[..plain.len() - 1], &format!("{plain} "), &plain.to_lowercase()] {
        sign_in(&mut town.browser(MGC), "testuser", near).await.is_at("/signin", "ログイン");
    }
    town.close().await;
}

#[tokio::test]
async fn the_longest_password_counts_to_its_last_character() {
    let town = Town::open().await;
    let hanako = town.hanako(MGC).await;
    let (mut browser, mut phone) = (town.browser(MGC), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "パスワードの更新").await;
    let longest: String = "Ku7!mori-no-Asa#Tsuki.ga.Kirei/".repeat(3).chars().take(64).collect();
    let longer = format!("{longest}x");
    browser.fill("パスワード", &longer).fill("パスワード確認用", &longer).press("実行").await;
    assert_eq!(browser.errors(), ["パスワードが長すぎます。64文字以下にしてください。"]);
    browser.fill("パスワード", &longest).fill("パスワード確認用", &longest).press("実行").await;
    browser.is_at("/signin/email", "メールアドレスの更新");
    let mut device = town.browser(MGC);
    sign_in(&mut device, "testuser", &format!("{}x", &longest[..63])).await.is_at("/signin", "ログイン");
    sign_in(&mut device, "testuser", &longest).await.is_at("/signin/birthdate", "生年月日の入力");
    town.close().await;
}

#[tokio::test]
async fn a_union_that_rests_or_has_closed_says_so_and_lets_nobody_in() {
    let mut town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut phone = town.phone();
    let mut inside = town.browser(JSW);
    first_login(&mut inside, &hanako, &mut phone).await;
    let before = town.dump().await;
    for (status, code, said) in
        [("maintenance", 503, "ただいま休止しています"), ("closed", 410, "このサイトは終了しました")]
    {
        town.restart(JSW, |text| text.replace("status     = \"open\"", &format!("status = \"{status}\"")));
        let mut browser = town.browser(JSW);
        browser.cookies.clone_from(&inside.cookies);
        for path in ["/", "/signin", "/logout", "/nowhere"] {
            browser.visit(path).await;
            assert_eq!((browser.status.as_u16(), browser.h1().as_str()), (code, said), "{path}");
        }
        browser.post("/signin", &format!("username=testuser&password={NEW_PASSWORD}")).await;
        assert_eq!(browser.status, code);
    }
    assert_eq!(town.dump().await, before);
    // Sessions are kept while a union rests.
    town.restart(JSW, |text| text);
    let mut again = town.browser(JSW);
    again.cookies.clone_from(&inside.cookies);
    again.visit("/").await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn a_freed_user_id_is_somebody_elses_after_a_year() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "ユーザIDの変更・認証方法の設定").await;
    browser.fill("ユーザID", "hanako.1980").choose("認証方法", "app-otp").press("実行").await;
    browser.is_at("/signin/password", "パスワードの更新");
    town.clock.advance(hours(24 * 365) - minutes(5));
    let taro = town.taro(JSW).await;
    let mut his = town.browser(JSW);
    up_to(&mut his, &taro, &mut phone, "ユーザIDの変更・認証方法の設定").await;
    his.fill("ユーザID", "testuser").choose("認証方法", "app-otp").press("実行").await;
    assert_eq!(his.errors(), ["このユーザIDは、ほかの方が使っています。別のユーザIDにしてください。"]);
    town.clock.advance(minutes(5));
    his.fill("ユーザID", "testuser").press("実行").await.is_at("/signin/password", "パスワードの更新");
    town.close().await;
}

#[tokio::test]
async fn a_union_may_ask_for_letters_and_digits_or_keep_user_ids_as_they_are() {
    let rule = "letter_and_digit = true";
    for (table, typed, said) in [
        (rule, "onlyletters", Some("ユーザIDには、英字と数字をどちらも入れてください。")),
        (rule, "12345678", Some("ユーザIDには、英字と数字をどちらも入れてください。")),
        (rule, "letters-1", None),
        (
            "change = \"fixed\"",
            "letters-1",
            Some("ユーザIDは変更できません。変えたいときは、健康保険組合へご連絡ください。"),
        ),
        ("change = \"fixed\"", "testuser", None),
    ] {
        let town = Town::edited(MGC, |text| format!("{text}\n[user_id]\n{table}\n")).await;
        let hanako = town.hanako(MGC).await;
        let (mut browser, mut phone) = (town.browser(MGC), town.phone());
        up_to(&mut browser, &hanako, &mut phone, "ユーザIDの変更・認証方法の設定").await;
        browser.fill("ユーザID", typed).choose("認証方法", "app-otp").press("実行").await;
        match said {
            Some(said) => assert_eq!(browser.errors(), [said], "{typed}"),
            None => drop(browser.is_at("/signin/password", "パスワードの更新")),
        }
        town.close().await;
    }
}
