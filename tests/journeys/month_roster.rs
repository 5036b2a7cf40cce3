//! A month at the desk by roster, through the commands, with what the member meets next and what the trail says: joining,
//! leaving, a birth date that is corrected, a wrong file that is taken back, a child who turns out of the family.

use kenpo_portal::{
    cli::member::{self, ImportOptions, NoticesOptions, UndoOptions},
    domain::{
        member::japanese_day,
        tenant::{Language, RosterEncoding, Tenant},
    },
    portal::roster::Import,
};

use crate::{
    recovery::{WAY, ask, open_link, up_to_way, with_hanako},
    town::{Browser, JSW, Newcomer, Phone, Town, at_the_desk, hours},
    walk::{NEW_PASSWORD, first_login, sign_in},
};

const HEADER: &str = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス";
const HANAKO: &str = "12,3456789,,1980-12-01,健保 花子,ケンポ ハナコ,testuser,,hanako@example.jp";

/// `member import` of a file with these rows, or `--undo`; `words` are its other options. Its exit code, and what it says.
async fn import(town: &Town, rows: Option<&str>, words: &[&str]) -> (u8, String) {
    let mut tenant = Tenant::clone(&town.tenant(JSW));
    tenant.import.encoding = RosterEncoding::Utf8;
    let deed = Import {
        store: town.store(),
        clock: town.clock.as_ref(),
        rng: town.rng.as_ref(),
        vault: town.vault(),
        tenant: &tenant,
        wording: town.app.portal().wording(),
        public: town.app.portal().public(),
        doing: at_the_desk(),
    };
    let has = |word: &str| words.contains(&word);
    let (dry_run, many, json, ask, language) =
        (has("--dry-run"), has("--yes-many"), false, None, Language::Ja);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = if let Some(rows) = rows {
        let path = town.path("roster.csv");
        std::fs::write(&path, format!("{HEADER}\n{rows}\n")).unwrap();
        let day = words.iter().position(|word| *word == "--on").map(|at| words[at + 1]);
        let options = ImportOptions {
            file: &path,
            complete: has("--complete"),
            day,
            dry_run,
            many,
            notices: NoticesOptions::default(),
            json,
            bar: false,
            posted: true,
            ask,
            language,
        };
        member::import(&deed, options, &mut out, &mut err).await
    } else {
        let options = UndoOptions { dry_run, many, json, ask, language };
        member::undo(&deed, options, &mut out, &mut err).await
    };
    out.extend(err);
    (code.unwrap(), String::from_utf8(out).unwrap())
}

/// What the trail says about the member with that user ID.
async fn trail(town: &Town, login: &str) -> Vec<String> {
    town.trail(JSW, &town.member(JSW, login).await).await
}

async fn is_refused(town: &Town, login: &str, password: &str) -> bool {
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, login, password).await;
    (browser.path(), browser.status.as_u16()) == ("/signin", 422)
}

async fn gets_in(town: &Town, who: &Newcomer, phone: &Phone) -> bool {
    let mut browser = town.browser(JSW);
    town.clock.advance(jiff::SignedDuration::from_secs(30));
    if sign_in(&mut browser, &who.login, NEW_PASSWORD).await.path() != "/signin/totp" {
        return false;
    }
    let code = phone.code();
    browser.fill("ワンタイムパスワード", &code).press("トップページへ").await.path() == "/"
}

/// 「最近の記録」 as the member reads it.
async fn recent(browser: &mut Browser) -> String {
    browser.visit("/account/activity").await.is_at("/account/activity", "最近の記録");
    browser.text()
}

#[tokio::test]
async fn a_wrong_file_is_imported_and_undone_and_the_member_meets_what_was_before() {
    let (town, hanako, phone, mut session) = with_hanako(Town::open().await).await;
    let wrong = "12,3456789,,1981-12-01,鈴木 花子,スズキ ハナコ,testuser,,hanako@example.jp\n\
                 77,1,,1970-01-01,余所 一郎,ヨソ イチロウ,yoso0001,Ab-12345,";
    let (code, said) = import(&town, Some(wrong), &[]).await;
    assert!(code == 0 && said.contains("うち生年月日 1"), "{said}");
    let text = recent(&mut session).await;
    assert!(
        text.contains("名簿のとおりに、登録内容を直しました") && text.contains("生年月日、お名前"),
        "{text}"
    );

    let (code, said) = import(&town, None, &["--dry-run"]).await;
    assert!(
        code == 0 && said.contains("まだ何も書いていません") && said.contains("鈴木 花子 → 健保 花子"),
        "{said}"
    );
    assert!(!is_refused(&town, "yoso0001", "Ab-12345").await, "a dry run changes nothing");
    town.sql("DELETE FROM guard").await;
    let (code, said) = import(&town, None, &[]).await;
    assert!(
        code == 0 && said.contains("取り消しました") && said.contains("正しい名簿を取り込んでください"),
        "{said}"
    );
    assert!(is_refused(&town, "yoso0001", "Ab-12345").await, "who never belonged here is nobody");
    assert!(gets_in(&town, &hanako, &phone).await);
    assert!(session.visit("/").await.has(".tiles"), "and goes on in the same session");
    // She is asked for her own birth date again.
    let mut browser = town.browser(JSW);
    up_to_way(&town, &mut browser, &hanako).await;
    browser.is_at(WAY, "ご本人の確認");

    let (code, said) = import(&town, None, &[]).await;
    assert!(code == 2 && said.contains("取り消しずみ"), "{said}");
    let changed = trail(&town, &hanako.login).await;
    assert_eq!(changed.iter().filter(|event| *event == "roster-changed-member").count(), 2, "{changed:?}");
    let rows = town.whole_trail(JSW).await;
    let undone = rows.iter().find(|row| row.event == "roster-import-undone").unwrap();
    assert_eq!(
        (undone.actor.as_deref(), undone.reason.as_deref()),
        (Some("madoguchi"), Some("電話で本人確認"))
    );
    assert_eq!(undone.detail, r#"{"import":2,"removed":1,"ended":0,"restored":1}"#);
    town.close().await;
}

#[tokio::test]
async fn a_birth_date_is_corrected_by_file_and_the_member_is_asked_for_the_new_one() {
    let (town, hanako, phone, mut session) = with_hanako(Town::open().await).await;
    let mut begun = town.browser(JSW);
    ask(&mut begun, &hanako.login).await;
    open_link(&town, &mut begun).await;
    let corrected = HANAKO.replace("1980-12-01", "1980-12-10");
    let (code, said) = import(&town, Some(&corrected), &["--dry-run"]).await;
    assert!(code == 0 && said.contains("1980-12-01 → 1980-12-10"), "{said}");
    let (code, said) = import(&town, Some(&corrected), &[]).await;
    assert_eq!(code, 0, "{said}");

    assert_ne!(begun.visit("/signin/birthdate").await.path(), "/signin/birthdate", "begun under the old one");
    assert!(recent(&mut session).await.contains("生年月日"));
    assert!(gets_in(&town, &hanako, &phone).await, "password and factor are what they were");
    let mut browser = town.browser(JSW);
    up_to_way(&town, &mut browser, &hanako).await;
    browser.is_at("/signin/birthdate", "生年月日の入力");
    browser.fill("生年月日", "19801210").press("実行").await;
    browser.is_at(WAY, "ご本人の確認");
    let said = trail(&town, &hanako.login).await;
    assert_eq!(said.iter().filter(|event| *event == "roster-changed-member").count(), 1, "{said:?}");
    town.close().await;
}

#[tokio::test]
async fn who_joins_by_file_signs_in_and_who_leaves_by_a_whole_roster_is_in_until_that_day_is_over() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let taro = "15,102,,S54.8.22,見本 太郎,ミホン タロウ,k7m2xq9w4d,Vp6r-Hn3t-Ky8s,taro@example.jp";
    let (code, said) = import(&town, Some(&format!("{HANAKO}\n{taro}")), &[]).await;
    assert!(code == 0 && said.contains("追加"), "{said}");
    let taro = Newcomer {
        login: "k7m2xq9w4d".into(),
        password: "Vp6r-Hn3t-Ky8s".into(),
        born: "19790822",
        email: "taro@example.jp".into(),
    };
    let (mut his, mut his_phone) = (town.browser(JSW), town.phone());
    first_login(&mut his, &taro, &mut his_phone).await;

    let today = japanese_day(town.app.portal().now()).to_string();
    let (code, said) = import(&town, Some(HANAKO), &["--complete", "--on", &today]).await;
    assert!(code == 0 && said.contains("15-102-00") && said.contains("見本 太郎"), "{said}");
    assert!(gets_in(&town, &taro, &his_phone).await, "it is that day still");
    let page = recent(&mut his).await;
    let last = japanese_day(town.app.portal().now());
    let last = format!("最後の日: {}年{}月{}日", last.year(), last.month(), last.day());
    assert!(page.contains("資格の最後の日を登録しました") && page.contains(&last), "{page}");
    town.clock.advance(hours(24));
    assert!(!gets_in(&town, &taro, &his_phone).await && gets_in(&town, &hanako, &phone).await);
    town.purge().await;
    let said = trail(&town, &taro.login).await;
    for word in ["last-day-set", "membership-ended"] {
        assert_eq!(said.iter().filter(|event| *event == word).count(), 1, "{word}: {said:?}");
    }
    // It is over: the undo names him, and he stays ended.
    let (code, said) = import(&town, None, &[]).await;
    assert!(code == 0 && said.contains("資格終了のままの人") && said.contains("見本 太郎"), "{said}");
    assert!(!gets_in(&town, &taro, &his_phone).await);
    assert!(!trail(&town, &hanako.login).await.contains(&"last-day-set".to_owned()), "nothing of it is hers");
    town.close().await;
}

#[tokio::test]
async fn a_child_who_turns_out_of_the_family_is_missing_in_the_whole_roster_and_the_family_goes_on() {
    let (town, hanako, phone, mut session) = with_hanako(Town::open().await).await;
    let child = "12,3456789,01,2006-04-02,健保 一郎,ケンポ イチロウ,ichiro01,,";
    import(&town, Some(&format!("{HANAKO}\n{child}")), &[]).await;
    let (code, said) = import(&town, Some(HANAKO), &["--complete", "--dry-run"]).await;
    assert!(code == 0 && said.contains("健保 一郎") && said.contains("--on YYYY-MM-DD"), "{said}");
    let (code, said) = import(&town, Some(HANAKO), &["--complete"]).await;
    assert!(code == 2 && said.contains("--on で指定してください"), "{said}");
    let yesterday = japanese_day(town.app.portal().now()).yesterday().unwrap().to_string();
    let (code, said) = import(&town, Some(HANAKO), &["--complete", "--on", &yesterday]).await;
    assert_eq!(code, 0, "{said}");
    assert!(is_refused(&town, "ichiro01", "12345678920060402").await);
    town.purge().await;
    assert!(trail(&town, "ichiro01").await.contains(&"membership-ended".to_owned()));
    assert!(
        session.visit("/").await.has(".tiles") && gets_in(&town, &hanako, &phone).await,
        "hers is her own"
    );
    town.close().await;
}
