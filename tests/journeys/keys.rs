//! Keys come and go while the service runs (D36): what is sealed goes over at once, what is digested at its next success,
//! and no lock is lost on the way.

use kenpo_portal::{
    portal::keys::{
        HashingSettings,
        report::KeyStage,
        rotation::{KeyRemoval, Rotated},
    },
    vault::{Cost, KeyId, SealedColumn, mark_of_key},
};
use uuid::Uuid;

use crate::{
    holder::{Held, Holder, JRP},
    known_browser::signed_out,
    on_postgres,
    recovery::{NEWER_PASSWORD, WAY, replace_password, show_app, up_to_way, with_hanako},
    town::{Browser, JSW, MGC, Town, hours, minutes},
    walk::{NEW_PASSWORD, return_with, set_another_password, sign_in},
};

const CODE_PAGE: &str = "/signin/totp";

/// A rotation with nobody else about. The key before, and the one after.
async fn rotated(town: &Town) -> (KeyId, KeyId) {
    let old = town.vault().active();
    let Rotated::Done { active, unopened: 0, .. } = town.rotate().await else { panic!("not done") };
    assert_ne!(active, old);
    town.follow_keys().await;
    assert_eq!(town.vault().active(), active);
    (old, active)
}

/// Whether the password of a member is digested with that key.
async fn is_under(town: &Town, key: KeyId) -> bool {
    let rows = town.rows("password").await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows[0].contains(&mark_of_key(key).to_lowercase())
}

#[tokio::test]
async fn locks_and_switched_off_factors_survive_a_rotation_and_a_removal() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    for _ in 0..6 {
        let mut browser = town.browser(JSW);
        sign_in(&mut browser, &hanako.login, NEW_PASSWORD)
            .await
            .is_at(CODE_PAGE, "ワンタイムパスワードの入力");
        for _ in 0..5 {
            browser.post(CODE_PAGE, &format!("code={}", phone.wrong_code())).await;
        }
    }
    // Her password is paused, and so is the one of a user ID that is nobody's.
    let wrong = ["testuser", "nobody-77"];
    for login in wrong.iter().flat_map(|login| [login; 5]) {
        sign_in(&mut town.browser(JSW), login, "wrong-password").await;
    }
    let is_paused = async |browser: &mut Browser, login: &str| {
        sign_in(browser, login, NEW_PASSWORD).await;
        assert!(browser.is_paused(), "{login}: {:?}", browser.errors());
    };
    let (old, _) = rotated(&town).await;
    let (_, other) = town.process(HASHING).await;
    for login in wrong {
        is_paused(&mut town.browser(JSW), login).await;
        is_paused(&mut town.browser_at(other.clone(), JSW), login).await;
    }
    town.clock.advance(minutes(31));
    let mut browser = town.browser(JSW);
    let is_off = async |browser: &mut Browser| {
        sign_in(browser, &hanako.login, NEW_PASSWORD).await.is_at(CODE_PAGE, "ワンタイムパスワードの入力");
        let code = phone.code();
        browser.fill("ワンタイムパスワード", &code).press("トップページへ").await;
        assert!(browser.errors()[0].contains("この認証方法を止めています"), "{:?}", browser.errors());
    };
    is_off(&mut browser).await;
    // A day later nothing needs the old key: it goes, and the factor is still off, for whoever reads the new file only.
    town.clock.advance(hours(25));
    assert_eq!(town.remove_key(old, false).await, KeyRemoval::Removed { id: old, members: 0 });
    town.follow_keys().await;
    is_off(&mut town.browser(JSW)).await;
    let (_, newer) = town.process(HASHING).await;
    is_off(&mut town.browser_at(newer, JSW)).await;
    town.unlock(JSW, &hanako.login).await;
    town.clock.advance(minutes(1));
    let mut browser = town.browser(JSW);
    return_with(&mut browser, &hanako, &phone).await;
    // So many wrong codes came behind the right password that somebody else knows it.
    set_another_password(&mut browser).await;
    browser.is_at("/", "サービス");
    town.close().await;
}

/// As cheap as a hash may be.
const HASHING: HashingSettings =
    HashingSettings { cost: Cost { memory_kib: 64, iterations: 1, lanes: 1 }, permits: 2 };

#[tokio::test]
async fn a_password_goes_over_when_it_is_shown_and_the_key_is_kept_until_then() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let (old, new) = rotated(&town).await;
    assert!(is_under(&town, old).await && !is_under(&town, new).await);
    sign_in(&mut town.browser(JSW), &hanako.login, "wrong-password").await;
    assert!(is_under(&town, old).await, "a wrong one proves nothing");
    town.clock.advance(hours(25));
    let KeyRemoval::Needed { id, needs } = town.remove_key(old, false).await else { panic!("removed") };
    assert_eq!((id, needs.passwords, needs.members()), (old, 1, 1));
    assert!(needs.sealed.is_empty(), "{needs:?}");
    let report = town.keys().await;
    let stages: Vec<_> = report.keys.iter().map(|key| (key.id, key.stage, key.needs.passwords)).collect();
    assert!(matches!(stages[..], [(_, KeyStage::Retired(_), 1), (_, KeyStage::Active, 0)]), "{stages:?}");

    return_with(&mut town.browser(JSW), &hanako, &phone).await.is_at("/", "サービス");
    assert!(is_under(&town, new).await && !is_under(&town, old).await);
    assert_eq!(town.remove_key(old, false).await, KeyRemoval::Removed { id: old, members: 0 });
    assert_eq!(
        town.remove_key(old, false).await,
        KeyRemoval::Removed { id: old, members: 0 },
        "done is done"
    );
    assert_eq!(town.remove_key(new, true).await, KeyRemoval::Active(new));
    town.follow_keys().await;
    town.clock.advance(minutes(1));
    return_with(&mut town.browser(JSW), &hanako, &phone).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn whose_key_was_removed_by_force_sets_a_new_password_by_mail() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let (old, _) = rotated(&town).await;
    assert_eq!(town.remove_key(old, true).await, KeyRemoval::Removed { id: old, members: 1 });
    town.follow_keys().await;
    let tenant = town.tenant(JSW);
    let key_removed = async || town.desk(&tenant).show(&hanako.login).await.unwrap().password_key_removed;
    assert!(key_removed().await, "the desk sees why she cannot sign in");
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await;
    assert!(browser.errors()[0].contains("無効なユーザIDまたはパスワードです"), "{:?}", browser.errors());
    up_to_way(&town, &mut browser, &hanako).await;
    browser.is_at(WAY, "ご本人の確認");
    browser.press("登録した認証方法で確認する").await;
    show_app(&mut browser, &phone).await;
    replace_password(&mut browser).await;
    browser.is_at("/", "サービス");
    let mut other = town.browser(JSW);
    sign_in(&mut other, &hanako.login, NEWER_PASSWORD).await.is_at(CODE_PAGE, "ワンタイムパスワードの入力");
    assert!(!key_removed().await);
    town.close().await;
}

#[tokio::test]
async fn everything_sealed_and_every_code_works_on_beside_a_rotation() {
    for held in [Held::App, Held::Passkey, Held::MailCode] {
        let town = Town::open().await;
        let mut holder = Holder::of(&town, held).await;
        let mut signed_in = holder.sign_in(&town).await;
        // On the way, with whatever is asked for next; a first password that nobody has used; a form that waits.
        let mut on_the_way = town.browser(JRP);
        sign_in(&mut on_the_way, &holder.who.login, NEW_PASSWORD).await;
        let hanako = town.hanako(MGC).await;
        rotated(&town).await;
        holder.show(&town, &mut on_the_way).await;
        on_the_way.is_at("/", "サービス");
        signed_in.visit("/account/methods").await.is_at("/account/methods", "ログイン方法変更");
        sign_in(&mut town.browser(MGC), &hanako.login, &hanako.password)
            .await
            .is_at("/signin/birthdate", "生年月日の入力");
        let report = town.keys().await;
        let left = &report.keys[0].needs.sealed;
        assert!(left.keys().all(|column| *column == SealedColumn::CeremonyState), "{report:?}");
        town.close().await;
    }
}

#[tokio::test]
async fn nothing_is_sealed_with_a_key_that_a_running_node_does_not_hold() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let (node, old) = (Uuid::from_u128(7), town.vault().active());
    // A node runs whose file was not copied yet: the key is added, and not used.
    town.app.portal().announce_keys(node).await.unwrap();
    let Rotated::NodesLack { id, nodes: 1 } = town.rotate().await else { panic!("it went on") };
    assert_eq!(town.keys().await.keys.last().map(|key| (key.id, key.stage)), Some((id, KeyStage::Waiting)));
    let (started, _) = town.process(HASHING).await;
    assert_eq!(started.vault().active(), old, "whoever starts now does not use it either");
    // Asked again it adds no other one. The node follows: then it is used everywhere, and the node has to say so.
    town.follow_keys().await;
    town.app.portal().announce_keys(node).await.unwrap();
    assert_eq!(town.rotate().await, Rotated::NodesBehind { id, nodes: 1 });
    assert_eq!(town.remove_key(old, true).await, KeyRemoval::InRotation(old));
    town.follow_keys().await;
    town.app.portal().announce_keys(node).await.unwrap();
    assert!(matches!(town.rotate().await, Rotated::Done { active, .. } if active == id));
    assert_eq!(town.keys().await.keys.len(), 2);
    assert_eq!(town.keys().await.nodes.len(), 1);
    // A node that has ended is waited for no more; neither is one that said nothing for a while.
    town.app.portal().end_node(node).await.unwrap();
    assert_eq!(town.keys().await.nodes.len(), 0);
    town.app.portal().announce_keys(node).await.unwrap();
    town.plainly("UPDATE node SET seen_at = 1", "UPDATE node SET seen_at = to_timestamp(1)").await;
    assert!(matches!(town.rotate().await, Rotated::Done { .. }));
    town.follow_keys().await;
    return_with(&mut town.browser(JSW), &hanako, &phone).await.is_at("/", "サービス");
    town.close().await;
}

#[tokio::test]
async fn a_command_whose_clock_is_ahead_sees_every_node_all_the_same() {
    // SQLite has the machine's clock, and so have all its nodes.
    if !on_postgres() {
        return;
    }
    let town = Town::open().await;
    town.app.portal().announce_keys(Uuid::from_u128(7)).await.unwrap();
    town.clock.advance(minutes(10));
    assert!(matches!(town.rotate().await, Rotated::NodesLack { nodes: 1, .. }));
    // A node whose clock is ahead forgets none of the others.
    town.app.portal().announce_keys(Uuid::from_u128(8)).await.unwrap();
    assert_eq!(town.keys().await.nodes.len(), 2);
    town.close().await;
}

#[tokio::test]
async fn what_does_not_open_is_named_and_counted_where_its_key_is_removed() {
    let (town, _, _, _) = with_hanako(Town::open().await).await;
    let old = town.vault().active();
    // A value is sealed to its row: under another id it does not open.
    let id = Uuid::from_u128(9);
    town.plainly(
        &format!("UPDATE totp SET id = x'{}'", id.simple()),
        &format!("UPDATE totp SET id = '{id}'"),
    )
    .await;
    let Rotated::Done { unopened: 1, .. } = town.rotate().await else { panic!("not done") };
    town.follow_keys().await;
    town.clock.advance(hours(25));
    let KeyRemoval::Needed { needs, .. } = town.remove_key(old, false).await else { panic!("removed") };
    assert_eq!(needs.unopened.count, 1);
    let [value] = &needs.unopened.first[..] else { panic!("{needs:?}") };
    assert_eq!((value.tenant.as_str(), value.column), (JSW, SealedColumn::AppSecret));
    assert_eq!((value.row, value.unknown), (id, None));
    town.close().await;
}

#[tokio::test]
async fn a_node_that_meets_a_key_it_does_not_hold_says_come_back_and_follows() {
    let (town, hanako, phone, _) = with_hanako(Town::open().await).await;
    let mut browser = town.browser(JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await.is_at(CODE_PAGE, "ワンタイムパスワードの入力");
    let Rotated::Done { .. } = town.rotate().await else { panic!("not done") };
    let code = phone.code();
    browser.fill("ワンタイムパスワード", &code).press("トップページへ").await;
    assert_eq!(browser.status, 503, "{}", browser.text());
    // It was woken for it.
    town.app.portal().meets_unknown_key().await;
    town.follow_keys().await;
    browser.post(CODE_PAGE, &format!("code={code}")).await.is_at("/", "サービス");
    town.close().await;
}

/// Dearer than the town's own.
const DEARER: HashingSettings =
    HashingSettings { cost: Cost { memory_kib: 128, iterations: 2, lanes: 1 }, permits: 2 };

#[tokio::test]
async fn a_hash_of_before_is_replaced_at_the_next_right_password() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    let (_, dearer) = town.process(DEARER).await;
    let costs = async || {
        let rows = town.rows("password").await;
        (rows[0].contains("m=64,t=1,p=1"), rows[0].contains("m=128,t=2,p=1"))
    };
    assert_eq!(costs().await, (true, false));
    sign_in(&mut town.browser_at(dearer.clone(), JSW), &hanako.login, "wrong-password").await;
    assert_eq!(costs().await, (true, false), "a wrong one proves nothing");
    let mut browser = town.browser_at(dearer, JSW);
    sign_in(&mut browser, &hanako.login, NEW_PASSWORD).await.is_at(CODE_PAGE, "ワンタイムパスワードの入力");
    assert_eq!(costs().await, (false, true));
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_password_is_never_lost_to_a_hash_that_is_replaced_at_the_same_moment() {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, Held::App).await;
    let (_, dearer) = town.process(DEARER).await;
    let passwords = [NEW_PASSWORD, "Tsu8!ki-no-Yoru"];
    for round in 0..6 {
        let (old, new) = (passwords[round % 2], passwords[(round + 1) % 2]);
        let mut owner = holder.fresh(&town).await;
        owner.visit("/account/password").await.is_at("/account/password", "パスワードの更新");
        let (path, form) = owner.fill("パスワード", new).fill("パスワード確認用", new).form_of("実行");
        let mut other = town.browser_at(dearer.clone(), JRP);
        let mut owner = owner;
        let ((), ()) = tokio::join!(
            async {
                owner.post(&path, &form).await;
            },
            async {
                sign_in(&mut other, &holder.who.login, old).await;
            },
        );
        assert_eq!(owner.path(), "/account/methods", "{round}: {}", owner.text());
        // Not at the pauses of everybody, which no success ends.
        let mut browser = signed_out(&town, JRP, &owner);
        sign_in(&mut browser, &holder.who.login, old).await.is_at("/signin", "ログイン");
        sign_in(&mut browser, &holder.who.login, new).await.is_at(CODE_PAGE, "ワンタイムパスワードの入力");
        holder.password = new.into();
        town.clock.advance(minutes(1));
    }
    town.close().await;
}
