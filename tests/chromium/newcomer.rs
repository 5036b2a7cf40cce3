//! Newcomer: somebody's way through first login, whatever the union asks, and the letters that reach them on it.

use std::fs;
use std::path::Path;

use crate::browser::Browser;
use crate::portal::Portal;

/// A password that every union accepts.
pub const NEW_PASSWORD: &str = "Ku7!mori-no-Asa";

/// The ids of the unions' files.
pub fn unions() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants");
    let files = fs::read_dir(folder).expect("the folder of the unions");
    let mut ids: Vec<String> = files
        .map(|file| file.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .filter(|id| !id.starts_with('_'))
        .collect();
    ids.sort();
    ids
}

/// Who signs in first, and with what, as the demo's own page lists them.
pub struct Member {
    pub login: String,
    pub password: String,
    pub born: String,
}

impl Member {
    pub async fn first_of(browser: &Browser, portal: &Portal, union: &str) -> Self {
        browser.go(&portal.own_page()).await;
        // The members of the first union are listed at once, the others' by a press.
        let folded = format!("#{union} details:not([open]) > summary");
        if browser.has(&folded).await {
            browser.press_at(&folded).await;
        }
        let cell = async |number: u32| {
            browser.text_at(&format!("#{union} tbody tr:first-child td:nth-of-type({number}) code")).await
        };
        Self { login: cell(1).await, password: cell(2).await, born: cell(3).await }
    }
}

/// First login up to the set-up of this method, in whatever order the union asks; codes are read among the letters.
pub async fn go_to_set_up(
    browser: &Browser,
    letters: Option<&Portal>,
    union: &str,
    member: &Member,
    method: &str,
) {
    browser.go(&format!("{union}/signin")).await;
    walk_to_set_up(browser, letters, union, member, method).await;
}

/// The same from the page that is there.
pub async fn walk_to_set_up(
    browser: &Browser,
    letters: Option<&Portal>,
    union: &str,
    member: &Member,
    method: &str,
) {
    let mut password = member.password.clone();
    for _ in 0..20 {
        let path = browser.path().await;
        match path.as_str() {
            "/" => browser.press_at("#login").await,
            "/signin" => {
                browser.fill("ユーザID", &member.login).await;
                browser.fill("パスワード", &password).await;
                browser.press("ログイン").await;
            }
            "/signin/birthdate" => {
                browser.fill("生年月日", &member.born).await;
                browser.press("実行").await;
            }
            "/signin/terms" => browser.press("同意する").await,
            "/signin/method" => {
                if browser.has("#method").await {
                    browser.pick("認証方法", method).await;
                }
                browser.press("実行").await;
            }
            "/signin/password" => {
                NEW_PASSWORD.clone_into(&mut password);
                browser.fill("パスワード", NEW_PASSWORD).await;
                browser.fill("パスワード確認用", NEW_PASSWORD).await;
                browser.press("実行").await;
            }
            "/signin/email" => browser.press("実行").await,
            "/signin/email/confirm" => {
                confirm_by_code(browser, letters.expect("letters can be read"), union).await;
            }
            "/signin/done" => browser.press("ログアウトして認証方法を設定する").await,
            set_up if set_up.starts_with("/signin/setup/") => return,
            other => panic!("a page nobody wrote down: {other}"),
        }
        browser.leave(&path).await;
    }
    panic!("never came to the set-up");
}

pub async fn sign_in(browser: &Browser, login: &str) {
    browser.press_at("#login").await;
    browser.arrive("/signin", "ログイン").await;
    browser.fill("ユーザID", login).await;
    browser.fill("パスワード", NEW_PASSWORD).await;
    browser.press("ログイン").await;
}

pub async fn log_out(browser: &Browser) {
    browser.press_at("header .me summary").await;
    browser.press_at("header .me .button").await;
    browser.arrive("/logout", "ログアウトしてもよろしいですか？").await;
    browser.press("ログアウトする").await;
    browser.arrive_at("/").await;
}

/// The newest letter on the demo's own page.
pub async fn newest_letter(browser: &Browser, portal: &Portal) -> String {
    browser.go(&format!("{}#letters", portal.own_page())).await;
    let script = "arguments[0](document.querySelector('.letter pre').textContent);";
    browser.run(script, vec![]).await.as_str().expect("a letter").to_owned()
}

/// The address in a letter.
pub fn link_in(letter: &str) -> String {
    let link = letter.split_whitespace().find(|word| word.starts_with("http"));
    link.unwrap_or_else(|| panic!("no link in {letter}")).to_owned()
}

/// The six digits on a line of their own.
pub fn code_in(letter: &str) -> String {
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
    let code = letter.lines().map(str::trim).find(is_code);
    code.unwrap_or_else(|| panic!("no code in {letter}")).to_owned()
}

/// Reads the code and types it on the page that waits.
async fn confirm_by_code(browser: &Browser, portal: &Portal, union: &str) {
    let code = code_in(&newest_letter(browser, portal).await);
    browser.go(&format!("{union}/signin/email/confirm")).await;
    browser.fill("確認コード", &code).await;
    browser.press("実行").await;
}
