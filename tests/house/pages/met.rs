//! Which pages a union's members can come to, as its preview shows them.

use std::collections::BTreeSet;

use kenpo_portal::{
    domain::origin::PublicAddress,
    domain::tenant::{Language, Method, Tenant},
    mail::{letter::compose, sample as letters},
    web::sample::{
        self,
        met::{RULES, rule},
    },
    wording::Wording,
};
use scraper::{Html, Selector};

use crate::sample_tenant::midori;

#[test]
fn every_rule_is_about_a_page_that_is_drawn() {
    let drawn = sample::pages(&midori(), &Wording::new(), Language::Ja).unwrap();
    let used: BTreeSet<_> =
        drawn.iter().filter_map(|(name, _)| rule(name)).map(|(beginning, _)| *beginning).collect();
    for (beginning, _) in RULES {
        assert!(used.contains(beginning), "{beginning}: no page of that name");
    }
}

/// Pages whose words name every method, wherever they are shown.
const NAME_ALL: [&str; 1] = ["accessibility"];

/// What only pages and letters about a method speak of.
const SPOKEN_OF: [(Method, &[&str]); 3] = [
    (Method::Passkey, &["生体認証", "パスキー", "顔・指紋"]),
    (Method::AppOtp, &["認証アプリ", "Authenticator", "アプリに今"]),
    (Method::EmailOtp, &["OTP認証(メール)", "メール認証", "メールで届く数字", "メールで届く6けた"]),
];

#[test]
fn a_union_sees_nothing_of_methods_that_it_does_not_offer() {
    let wording = Wording::new();
    for method in Method::STRONGEST_FIRST {
        let mut union: Tenant = midori();
        union.policy.methods = vec![method];
        union.notices.clear();
        let pages = sample::pages(&union, &wording, Language::Ja).unwrap();
        let met: Vec<_> = pages.iter().filter(|(name, _)| sample::is_met(&union, name)).collect();
        assert!(met.len() > 60, "{method:?}: {}", met.len());
        let main = Selector::parse("main").unwrap();
        for (name, html) in
            met.into_iter().filter(|(name, _)| !NAME_ALL.iter().any(|all| name.starts_with(all)))
        {
            let page = Html::parse_document(html);
            let text: String = page.select(&main).flat_map(|main| main.text()).collect();
            for (other, words) in SPOKEN_OF.into_iter().filter(|(other, _)| *other != method) {
                for word in words {
                    assert!(
                        !text.contains(word),
                        "{name} at a union of {method:?} speaks of {other:?}: {word}"
                    );
                }
            }
        }
        let (words, public) =
            (wording.words(&union, Language::Ja), PublicAddress { scheme: "https".into(), port: None });
        let met = letters::letters(&union, &words, &public).into_iter();
        let met: Vec<_> = met.filter(|letter| letters::is_met(&union, letter)).collect();
        assert!(met.len() > 20, "{method:?}: {}", met.len());
        assert!(!compose(&met[0], &union, &words, letters::WRITTEN_AT).text.is_empty());
    }
}
