//! First login, as the manuals tell it and as it goes wrong.

use jiff::SignedDuration;

use crate::{
    town::{JSW, MGC, Newcomer, Town, hours, minutes},
    walk::{NEW_PASSWORD, answer, first_login, sign_in, up_to},
};

#[tokio::test]
async fn hanako_follows_her_manual_to_the_portal_page() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    let headings = first_login(&mut browser, &hanako, &mut phone).await;
    assert_eq!(
        headings,
        [
            "ログイン",
            "生年月日の入力",
            "利用規約",
            "ユーザIDの変更・認証方法の設定",
            "パスワードの更新",
            "メールアドレスの更新",
            "初回ログインが完了しました",
            "ログイン",
            "ワンタイムパスワードの設定",
        ]
    );
    assert!(browser.page().contains("健保 花子"));
    let member = town.member(JSW, "testuser").await;
    assert_eq!(
        town.trail(JSW, &member).await,
        [
            "password-accepted",
            "birth-date-accepted",
            "terms-accepted",
            "login-kept",
            "method-chosen",
            "password-set",
            "signed-out-everywhere",
            "email-kept",
            "signed-out-everywhere",
            "password-accepted",
            "factor-added",
            "signed-out-everywhere",
            "session-opened",
        ]
    );
    town.close().await;
}

#[tokio::test]
async fn taro_with_a_printed_postcard_gets_in_as_well() {
    let town = Town::open().await;
    let taro = town.taro(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    first_login(&mut browser, &taro, &mut phone).await;
    town.close().await;
}

#[tokio::test]
async fn a_drawn_password_opens_first_login_however_it_is_spelled() {
    let town = Town::open().await;
    let notices = town.import(JSW, "18,55,,H12.1.17,架空 次郎,カクウ ジロウ,,,").await;
    let line = notices.lines().nth(1).unwrap();
    let cells: Vec<&str> = line.split(',').collect();
    let jiro = Newcomer {
        login: cells[4].to_lowercase(),
        password: cells[5].to_lowercase().replace('-', " "),
        born: "20000117",
        email: String::new(),
    };
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    first_login(&mut browser, &jiro, &mut phone).await;
    town.close().await;
}

#[tokio::test]
async fn whoever_closes_the_browser_goes_on_at_the_first_open_step_on_another_device() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let steps = [
        "利用規約",
        "ユーザIDの変更・認証方法の設定",
        "パスワードの更新",
        "メールアドレスの更新",
        "ワンタイムパスワードの設定",
    ];
    let mut phone = town.phone();
    let mut password = hanako.password.clone();
    for step in steps {
        let mut device = town.browser(JSW);
        sign_in(&mut device, "testuser", &password).await;
        // The birth date is shown again while a listed step is open, and no longer when only the factor is missing.
        if step != "ワンタイムパスワードの設定" {
            device.is_at("/signin/birthdate", "生年月日の入力");
            device.fill("生年月日", "19801201").press("実行").await;
        }
        assert_eq!(device.h1(), step);
        answer(&mut device, &hanako, &mut phone).await;
        if step == "パスワードの更新" {
            password = NEW_PASSWORD.into();
        }
    }
    let member = town.member(JSW, "testuser").await;
    let trail = town.trail(JSW, &member).await;
    assert_eq!(trail.iter().filter(|word| *word == "terms-accepted").count(), 1);
    town.close().await;
}

#[tokio::test]
async fn the_key_stays_the_same_on_reload_and_leaves_with_its_attempt() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "ワンタイムパスワードの設定").await;
    let key = browser.visit("/signin/setup/totp?manual=1").await.text_of("#key");
    assert_eq!(browser.visit("/signin/setup/totp?manual=1").await.text_of("#key"), key);
    assert!(browser.visit("/signin/setup/totp").await.page().contains("data:image/png;base64,"));
    let mut another = town.browser(JSW);
    sign_in(&mut another, "testuser", NEW_PASSWORD).await;
    assert_ne!(another.visit("/signin/setup/totp?manual=1").await.text_of("#key"), key);
    town.close().await;
}

#[tokio::test]
async fn a_wrong_first_code_is_answered_with_the_manuals_words_and_adds_nothing() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "ワンタイムパスワードの設定").await;
    phone.scan(browser.visit("/signin/setup/totp?manual=1").await);
    let wrong = phone.wrong_code();
    browser.fill("ワンタイムパスワード", &wrong).press("実行").await;
    assert_eq!(browser.status, 422);
    assert!(browser.errors()[0].starts_with("認証コードが異なります"), "{:?}", browser.errors());
    let long = "花".repeat(41);
    browser.fill("ワンタイムパスワード", &phone.code()).fill("デバイス名", &long).press("実行").await;
    assert_eq!(browser.errors(), ["デバイス名が長すぎます。40文字以下にしてください。"]);
    browser
        .fill("ワンタイムパスワード", &phone.code())
        .fill("デバイス名", "花子のｉＰｈｏｎｅ")
        .press("実行")
        .await;
    browser.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn the_limited_page_opens_nothing() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "初回ログインが完了しました").await;
    assert!(!browser.cookies.contains_key("__Host-session"));
    for path in ["/signin/setup/totp", "/signin/totp", "/signin/password", "/signin/birthdate"] {
        browser.visit(path).await.is_at("/signin/done", "初回ログインが完了しました");
    }
    assert!(!browser.has("main a[href^='https://mieru']"), "services are greyed out");
    browser.visit("/").await;
    assert!(browser.page().contains("ログイン") && !browser.has(".tiles"));
    town.close().await;
}

#[tokio::test]
async fn declining_the_terms_stores_nothing_and_the_member_may_come_back() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "利用規約").await;
    browser.press("同意しない").await;
    assert!(browser.cookies.is_empty(), "the attempt is over");
    let member = town.member(JSW, "testuser").await;
    assert!(!town.trail(JSW, &member).await.contains(&"terms-accepted".to_owned()));
    up_to(&mut browser, &hanako, &mut phone, "利用規約").await;
    town.close().await;
}

#[tokio::test]
async fn a_first_password_is_dead_after_its_days_and_says_no_more_than_a_wrong_one() {
    let town = Town::open().await;
    town.hanako(JSW).await;
    town.clock.advance(hours(24 * 60));
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, "testuser", "12345678919801201").await;
    assert_eq!(browser.errors(), ["無効なユーザIDまたはパスワードです。もう一度入力してください。"]);
    town.close().await;
}

#[tokio::test]
async fn a_new_password_without_a_factor_opens_nothing_after_fourteen_days() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "初回ログインが完了しました").await;
    town.clock.advance(hours(24 * 14) - SignedDuration::from_secs(1));
    sign_in(&mut browser, "testuser", NEW_PASSWORD)
        .await
        .is_at("/signin/setup/totp", "ワンタイムパスワードの設定");
    town.clock.advance(SignedDuration::from_secs(1));
    sign_in(&mut browser, "testuser", NEW_PASSWORD).await.is_at("/signin", "ログイン");
    town.close().await;
}

#[tokio::test]
async fn a_program_killed_at_three_birth_dates_leaves_nobody_at_a_form_that_does_nothing() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, &hanako.password).await.is_at("/signin/birthdate", "生年月日の入力");
    // Each was counted, and none was answered.
    town.sql("UPDATE attempt SET birth_date_misses = 3").await;
    town.sql("UPDATE member SET birth_date_misses = 3 WHERE login = 'testuser'").await;
    browser.fill("生年月日", "19801201").press("実行").await;
    assert_eq!(browser.path(), "/signin", "{}", browser.text());
    assert_eq!(browser.value_of("ユーザID"), hanako.login);
    browser.visit("/signin/birthdate").await.is_at("/signin", "ログイン");
    assert_eq!(town.count(JSW, "attempt-over").await, 1);
    // This one was not counted, and the next is the right one.
    sign_in(&mut browser, &hanako.login, &hanako.password).await.is_at("/signin/birthdate", "生年月日の入力");
    browser.fill("生年月日", "19801201").press("実行").await.is_at("/signin/terms", "利用規約");
    assert_eq!(town.count(JSW, "birth-date-accepted").await, 1);
    town.close().await;
}

#[tokio::test]
async fn three_wrong_birth_dates_end_the_attempt_and_five_in_all_close_the_step() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, "testuser", &hanako.password).await;
    browser.fill("生年月日", "昭和55年12月2日").press("実行").await;
    assert!(browser.errors()[0].contains("1980年(昭和55年)12月2日"), "{:?}", browser.errors());
    assert!(browser.errors()[0].contains("あと2回"), "{:?}", browser.errors());
    // What cannot be a date at all is told, and not counted.
    for (typed, word) in
        [("801201", "6けた"), ("きのう", "読み取れません"), ("20990101", "まだ来ていない"), ("", "入力して")]
    {
        browser.fill("生年月日", typed).press("実行").await;
        assert!(browser.errors()[0].contains(word), "{typed}: {:?}", browser.errors());
    }
    browser.fill("生年月日", "19801203").press("実行").await;
    browser.fill("生年月日", "19801204").press("実行").await.is_at("/signin", "ログイン");
    sign_in(&mut browser, "testuser", &hanako.password).await;
    browser.fill("生年月日", "19801205").press("実行").await;
    browser.fill("生年月日", "19801206").press("実行").await;
    assert!(browser.errors()[0].contains("受け付けを止めています"), "{:?}", browser.errors());
    // Closed is closed, for the right date too, until the desk helps.
    browser.fill("生年月日", "19801201").press("実行").await;
    assert!(browser.errors()[0].contains("受け付けを止めています"));
    // Who comes again is told before typing.
    sign_in(&mut browser, "testuser", &hanako.password).await.is_at("/signin/birthdate", "生年月日の入力");
    assert!(browser.errors()[0].contains("受け付けを止めています"));
    town.unlock(JSW, "testuser").await;
    sign_in(&mut browser, "testuser", &hanako.password).await;
    browser.fill("生年月日", "S55.12.1").press("実行").await.is_at("/signin/terms", "利用規約");
    town.close().await;
}

#[tokio::test]
async fn every_flaw_of_a_password_is_told_at_once_and_the_first_one_is_no_new_one() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "パスワードの更新").await;
    browser.fill("パスワード", "kqz").fill("パスワード確認用", "kqy").press("実行").await;
    // Once: crosses at the rules that are broken, ticks at those that are kept, and a sentence at each field.
    assert_eq!(browser.summary(), ["パスワード", "パスワード確認用"]);
    assert_eq!(
        browser.errors(),
        ["×印の決まりに合っていません。", "2つのパスワードがちがいます。同じものを入力してください。"]
    );
    let broken = [
        "8文字以上、20文字以下(まだできていません)",
        "英字の大文字(A〜Z)を入れる(まだできていません)",
        "数字を入れる(まだできていません)",
        "記号を入れる(まだできていません)",
    ];
    assert_eq!(browser.texts_of(".rules .broken"), broken);
    let met = ["英字の小文字(a〜z)を入れる(できました)", "半角の英字・数字・記号だけ(できました)"];
    assert_eq!(browser.texts_of(".rules .met")[..2], met);
    for (typed, said) in [
        ("Testuser-1!", "ユーザIDをふくむパスワードは使えません。"),
        ("kqz", "×印の決まりに合っていません。"),
        ("A!b19801201", "生年月日は、パスワードに使えません。"),
        ("P@ssw0rd!", "だれでも思いつくパスワードなので、使えません。別のパスワードにしてください。"),
        ("12345678919801201", "今のパスワードと同じです。新しいパスワードにしてください。"),
    ] {
        browser.fill("パスワード", typed).fill("パスワード確認用", typed).press("実行").await;
        assert!(browser.errors().iter().any(|error| error == said), "{typed}: {:?}", browser.errors());
        assert!(browser.errors().len() <= 2, "{typed}: {:?}", browser.errors());
        assert!(!browser.texts_of(".rules .broken").is_empty(), "{typed}");
    }
    // The page prints the example; everything else that is typed must never come back.
    browser
        .post("/signin/password", "shown_to=testuser&password=Kenpo-2026&password_confirm=Kenpo-2026")
        .await;
    let said = "説明書や画面にある例は、パスワードに使えません。";
    assert!(browser.errors().iter().any(|error| error == said), "{:?}", browser.errors());
    town.close().await;
}

#[tokio::test]
async fn a_new_user_id_counts_from_now_on_and_the_old_one_rests_for_a_year() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let taro = town.taro(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "ユーザIDの変更・認証方法の設定").await;
    assert_eq!(browser.value_of("ユーザID"), "testuser");
    browser.fill("ユーザID", "花#").choose("認証方法", "app-otp").press("実行").await;
    assert_eq!(browser.errors().len(), 2, "{:?}", browser.errors());
    browser.fill("ユーザID", &taro.login).press("実行").await;
    assert_eq!(browser.errors(), ["このユーザIDは、ほかの方が使っています。別のユーザIDにしてください。"]);
    browser
        .fill("ユーザID", "Ｈａｎａｋｏ.1980")
        .press("実行")
        .await
        .is_at("/signin/password", "パスワードの更新");
    sign_in(&mut town.browser(JSW), "testuser", &hanako.password).await.is_at("/signin", "ログイン");
    sign_in(&mut town.browser(JSW), "hanako.1980", &hanako.password)
        .await
        .is_at("/signin/birthdate", "生年月日の入力");
    let mut other = town.browser(JSW);
    up_to(&mut other, &taro, &mut phone, "ユーザIDの変更・認証方法の設定").await;
    other.fill("ユーザID", "testuser").choose("認証方法", "app-otp").press("実行").await;
    assert_eq!(other.errors(), ["このユーザIDは、ほかの方が使っています。別のユーザIDにしてください。"]);
    town.close().await;
}

#[tokio::test]
async fn nobody_reads_the_roster_by_asking_for_user_ids() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let taro = town.taro(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "ユーザIDの変更・認証方法の設定").await;
    for _ in 0..10 {
        browser.fill("ユーザID", &taro.login).choose("認証方法", "app-otp").press("実行").await;
        assert!(browser.errors()[0].contains("ほかの方が使っています"));
    }
    browser.fill("ユーザID", "quite-free-1").press("実行").await;
    assert!(browser.errors()[0].contains("今日の回数を超えました"), "{:?}", browser.errors());
    // Keeping one's own ID always works.
    browser.fill("ユーザID", "testuser").press("実行").await.is_at("/signin/password", "パスワードの更新");
    town.close().await;
}

#[tokio::test]
async fn a_family_members_address_is_refused_and_a_new_one_only_waits() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    town.taro(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "メールアドレスの更新").await;
    assert_eq!(browser.value_of("メールアドレス"), "hanako@example.jp");
    for (typed, word) in [
        ("TARO@example.jp", "ほかのユーザIDで登録されています"),
        ("hanako@", "形がちがいます"),
        ("a@example.jp,b@example.jp", "形がちがいます"),
        ("", "入力してください"),
    ] {
        browser.fill("メールアドレス", typed).press("実行").await;
        assert!(browser.errors()[0].contains(word), "{typed}: {:?}", browser.errors());
    }
    // A slip is asked about once; what is mended, or meant, goes on.
    for typed in ["hanako@docomo.ne.jo", "hanako@gmial.com"] {
        browser.fill("メールアドレス", typed).press("実行").await;
        assert!(
            browser.errors()[0].contains("のまちがいではありませんか"),
            "{typed}: {:?}",
            browser.errors()
        );
        assert_eq!(browser.value_of("メールアドレス"), typed);
    }
    // In quotes, as carriers teach it; kept without, and written with them (RFC 5321, 4.1.2).
    browser.fill("メールアドレス", "\u{FEFF}\"hanako..k\"@docomo.example.jp,").press("実行").await;
    browser.is_at("/signin/done", "初回ログインが完了しました");
    let member = town.member(JSW, "testuser").await;
    assert_eq!(member.email.unwrap().as_str(), "hanako@example.jp");
    assert_eq!(member.email_pending.unwrap().as_str(), "hanako..k@docomo.example.jp");
    town.close().await;
}

#[tokio::test]
async fn a_member_without_an_address_may_go_on_without_one() {
    let town = Town::open().await;
    town.import(JSW, "15,103,,19951130,見本 次郎,ミホン ジロウ,r5t8bz3n6h,Qe4w-Jd7m-Xa2c,").await;
    let jiro = Newcomer {
        login: "r5t8bz3n6h".into(),
        password: "Qe4w-Jd7m-Xa2c".into(),
        born: "平成7年11月30日",
        email: String::new(),
    };
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    first_login(&mut browser, &jiro, &mut phone).await;
    town.close().await;
}

#[tokio::test]
async fn at_a_union_that_goes_on_at_once_nobody_logs_out_in_between() {
    let town = Town::edited(MGC, |text| {
        text + "\n[first_login]\nsteps = [\"birthdate\", \"password\", \"user-id\", \"terms\", \"method\", \"email\"]\n\
                mfa_setup = \"continue\"\n"
    })
    .await;
    let hanako = town.hanako(MGC).await;
    let (mut browser, mut phone) = (town.browser(MGC), town.phone());
    let headings = first_login(&mut browser, &hanako, &mut phone).await;
    assert_eq!(
        headings,
        [
            "ログイン",
            "生年月日の入力",
            "パスワードの更新",
            "ユーザIDの変更",
            "利用規約",
            "認証方法の設定",
            "メールアドレスの更新",
            "ワンタイムパスワードの設定",
        ]
    );
    town.close().await;
}

#[tokio::test]
async fn the_derived_password_tells_its_use_to_the_rosters_address() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    sign_in(&mut town.browser(JSW), "testuser", &hanako.password).await;
    let letters = town.store().everywhere().newest_letters(10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert!(!letters[0].recipient.windows(6).any(|w| w == b"hanako"), "the address waits sealed");
    town.close().await;
}

#[tokio::test]
async fn an_attempt_that_took_too_long_goes_on_with_the_user_id_filled_in() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "利用規約").await;
    town.clock.advance(minutes(60));
    browser.press("同意する").await.is_at("/signin", "ログイン");
    assert!(
        browser.text().contains("時間がたったため、もう一度ログインしてください。続きから始められます。")
    );
    assert_eq!(browser.value_of("ユーザID"), "testuser");
    town.close().await;
}

#[tokio::test]
async fn a_method_is_chosen_by_the_member_and_by_nobody_else() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let mut browser = town.browser(JSW);
    up_to(&mut browser, &hanako, &mut town.phone(), "ユーザIDの変更・認証方法の設定").await;
    assert!(browser.has("fieldset input[type=radio][value=passkey]"));
    assert_eq!(browser.chosen("認証方法"), "", "nothing is chosen for her");
    browser.press("実行").await.is_at("/signin/method", "ユーザIDの変更・認証方法の設定");
    assert_eq!(browser.errors(), ["認証方法を選んでください。"]);
    assert_eq!(browser.summary(), ["認証方法"]);
    assert_eq!(browser.chosen("認証方法"), "");
    browser.choose("認証方法", "app-otp").fill("ユーザID", "no").press("実行").await;
    assert_eq!(browser.chosen("認証方法"), "app-otp", "what she chose stays chosen");
    town.close().await;
}

#[tokio::test]
async fn after_the_forced_logout_the_user_id_is_kept_and_one_step_is_left() {
    let town = Town::open().await;
    let hanako = town.hanako(JSW).await;
    let (mut browser, mut phone) = (town.browser(JSW), town.phone());
    up_to(&mut browser, &hanako, &mut phone, "初回ログインが完了しました").await;
    browser.press("ログアウトして認証方法を設定する").await.is_at("/signin", "ログイン");
    assert_eq!(browser.value_of("ユーザID"), hanako.login);
    assert!(browser.text().contains("あと1つで、すべての設定が終わります"), "{}", browser.text());
    let steps = browser.texts_of(".progress li");
    assert!(steps.len() > 3 && steps.last().unwrap() == "認証方法の登録", "{steps:?}");
    assert_eq!(browser.texts_of(".progress [aria-current=step]"), ["認証方法の登録"]);
    // What was left is over: its cookie tells the user ID and nothing else.
    browser.visit("/signin/done").await.is_at("/signin", "ログイン");
    browser.visit("/signin").await;
    assert!(!browser.text().contains("時間がたった"), "nobody took too long: {}", browser.text());
    assert_eq!(browser.value_of("ユーザID"), hanako.login);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
    browser.is_at("/signin/setup/totp", "ワンタイムパスワードの設定");
    town.close().await;
}
