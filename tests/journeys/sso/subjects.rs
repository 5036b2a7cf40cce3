//! What services called members before: brought from another system, and what is missing before a service works.

use kenpo_portal::domain::sso::{
    needs::SsoNeed,
    subjects::{SubjectFile, SubjectFlaw, SubjectPlan, read},
};

use super::{Relying, with_own_service};
use crate::{
    holder::{Held, Holder, JRP},
    town::{Town, at_the_desk},
};

fn file(town: &Town, text: &str) -> SubjectFile {
    read(text.as_bytes(), &town.tenant(JRP).import).unwrap()
}

async fn bring(town: &Town, sector: &str, text: &str, dry_run: bool) -> SubjectPlan {
    let (portal, tenant) = (town.app.portal(), town.tenant(JRP));
    portal.import_subjects(&tenant, sector, file(town, text), dry_run, at_the_desk()).await.unwrap()
}

#[tokio::test]
async fn what_a_member_was_called_before_is_what_the_service_goes_on_calling_them() {
    let town = Town::edited(JRP, with_own_service).await;
    let service = Relying::new(&town).await;
    let mut holder = Holder::of(&town, Held::App).await;
    town.import(JRP, "15,103,,S54.8.23,見本 次郎,ミホン ジロウ,,,").await;
    let text = "記号,番号,sub\n15,102,f:8d1e:102\n15,103,f:8d1e:103\n";
    let dry = bring(&town, "yoyaku", text, true).await;
    assert_eq!((dry.new.len(), dry.same, dry.bad.len()), (2, 0, 0));
    assert!(town.rows("sso_subject").await.is_empty(), "a look changes nothing");
    assert_eq!(bring(&town, "yoyaku", text, false).await.new.len(), 2);
    assert_eq!(town.count(JRP, "sso-subjects-imported").await, 1);
    // Once more changes nothing, and is told nowhere.
    let again = bring(&town, "yoyaku", text, false).await;
    assert_eq!((again.new.len(), again.same), (0, 2));
    assert_eq!(town.count(JRP, "sso-subjects-imported").await, 1);
    let browser = service.known(&town, &mut holder).await;
    let given = service.exchange(&town, &service.code(&town, &browser, &[]).await, &[]).await.json();
    let told = service.user_info(&town, given["access_token"].as_str().unwrap()).await.json();
    assert_eq!(told["sub"], "f:8d1e:102");
    // At the other service the member is somebody else.
    let code = service.code_for_other(&town, &browser, &[]).await;
    let given = service.as_other(&town, &code, &[]).await.json();
    let told = service.user_info(&town, given["access_token"].as_str().unwrap()).await.json();
    assert_ne!(told["sub"], "f:8d1e:102");
    town.close().await;
}

#[tokio::test]
async fn a_list_with_a_wrong_line_brings_nothing_and_says_which() {
    let town = Town::edited(JRP, with_own_service).await;
    let taro = town.taro(JRP).await;
    town.import(JRP, "15,103,,S54.8.23,見本 次郎,ミホン ジロウ,,,").await;
    let member = town.member(JRP, &taro.login).await;
    let text = format!(
        "ユーザID,member_id,記号,番号,sub\n,,15,103,a\n{},,,,a\n{},,,,b\n,{},,,c\n,,99,1,d\n,,,,e\n,,15,103,f g\n,,15,103,\n,,15,103,{}\n",
        taro.login,
        taro.login,
        member.id,
        "x".repeat(256),
    );
    let plan = bring(&town, "yoyaku", &text, false).await;
    assert_eq!(
        plan.bad,
        [
            (3, SubjectFlaw::SubTwice { first: 2 }),
            (5, SubjectFlaw::MemberTwice { first: 4 }),
            (6, SubjectFlaw::Unknown),
            (7, SubjectFlaw::NoName),
            (8, SubjectFlaw::Sub),
            (9, SubjectFlaw::Sub),
            (10, SubjectFlaw::Sub),
        ]
    );
    assert!(town.rows("sso_subject").await.is_empty());
    let good = format!("ユーザID,sub\n{},old\n", taro.login);
    assert_eq!(bring(&town, "yoyaku", &good, false).await.new.len(), 1);
    let other = format!("ユーザID,sub\n{},new\n", taro.login);
    assert_eq!(bring(&town, "yoyaku", &other, false).await.bad, [(2, SubjectFlaw::OtherSub)]);
    let theirs = "記号,番号,sub\n15,103,old\n";
    assert_eq!(bring(&town, "yoyaku", theirs, false).await.bad, [(2, SubjectFlaw::Taken)]);
    assert_eq!(
        bring(&town, "another", &good, false).await.bad,
        [(2, SubjectFlaw::Taken)],
        "one for a sector"
    );
    town.close().await;
}

#[tokio::test]
async fn what_is_missing_before_a_service_works_is_named_and_what_waits_is_counted() {
    let with_rsa = |text: String| {
        let operator = "operator = \"株式会社よやく\"";
        with_own_service(text).replacen(operator, &format!("{operator}\nsigning = \"RS256\""), 1)
    };
    let mut town = Town::edited(JRP, with_rsa).await;
    let needs = async |town: &Town| town.app.portal().sso_needs(&town.tenant(JRP)).await.unwrap();
    let (told, waiting) = needs(&town).await;
    let words: Vec<&str> = told.iter().map(SsoNeed::word).collect();
    assert_eq!((words, waiting), (vec!["key", "secret", "key", "secret"], 0));
    let service = Relying::new(&town).await;
    let words: Vec<&'static str> = needs(&town).await.0.iter().map(SsoNeed::word).collect();
    assert_eq!(words, ["key"], "RS256 without a key");
    let mut browser = town.browser(JRP);
    browser.visit(&service.request(&[])).await.is_at("/signin", "ログイン");
    assert_eq!(needs(&town).await.1, 1);
    // The file changes: another service is gone, and the name is another than at the first code.
    let mut holder = Holder::of(&town, Held::App).await;
    service.known(&town, &mut holder).await;
    town.restart(JRP, |text| {
        let alias = "alt.jrpluskenpo.portal.kosmo-web.jp";
        let text = text.replacen("aliases = []", &format!("aliases = [\"{alias}\"]"), 1);
        text.replacen("[hosts]", &format!("[sso]\nissuer = \"https://{alias}\"\n[hosts]"), 1)
    });
    let words: Vec<&'static str> = needs(&town).await.0.iter().map(SsoNeed::word).collect();
    assert_eq!(words, ["unused-secret", "unused-secret", "issuer"]);
    town.close().await;
}
