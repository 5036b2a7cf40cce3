//! The trail: who did it, why, and what let it pass (D35); what strangers cause is bounded (D26).

use std::collections::BTreeSet;

use kenpo_portal::{
    cli::member::{self, DeskOptions},
    domain::{
        audit::{Event, chain::TrailRow, doing::Actor},
        tenant::Language,
    },
    world::Clock as _,
};

use crate::{
    holder::{Held, Holder, JRP},
    town::{Town, hours, side_by_side},
    walk::sign_in,
};

/// The rows of one event, as actor kind, gate and purpose.
fn how(trail: &[TrailRow], event: &str) -> BTreeSet<(String, String, String)> {
    let text = |field: &Option<String>| field.clone().unwrap_or_else(|| "-".to_owned());
    let rows = trail.iter().filter(|row| row.event == event);
    rows.map(|row| (text(&row.actor_kind), text(&row.gate), text(&row.purpose))).collect()
}

#[tokio::test]
async fn every_row_says_who_did_it_through_which_gate_and_where() {
    side_by_side([Held::App, Held::Passkey, Held::MailCode], async |held| {
        let town = Town::open().await;
        let mut holder = Holder::of(&town, held).await;
        let login = holder.who.login.clone();
        sign_in(&mut town.browser(JRP), &login, "Wrong-Password-1").await;
        sign_in(&mut town.browser(JRP), "nobody-at-all", "Wrong-Password-1").await;
        let mut browser = holder.fresh(&town).await;
        browser.visit("/account/profile").await.fill("ユーザID", "hanako-2026").press("変更").await;
        holder.who.login = "hanako-2026".to_owned();
        town.unlock(JRP, &holder.who.login).await;

        let trail = town.whole_trail(JRP).await;
        let member = town.member(JRP, &holder.who.login).await;
        for row in &trail {
            let kind = row.actor_kind.as_deref().unwrap();
            assert!(Actor::KINDS.contains(&kind), "{row:?}");
            assert!(row.gate.is_some() && row.purpose.is_some(), "{row:?}");
            assert_eq!(row.actor.is_some(), !["stranger", "system"].contains(&kind), "{row:?}");
            if kind == "member" {
                assert_eq!(row.actor, Some(member.id.to_string()), "{row:?}");
                assert_eq!(row.member, Some(member.id.uuid()), "{row:?}");
                assert!(row.receipt.is_some() && row.gate.as_deref() != Some("nothing"), "{row:?}");
            }
        }
        let one = |kind: &str, gate: &str, purpose: &str| {
            BTreeSet::from([(kind.to_owned(), gate.to_owned(), purpose.to_owned())])
        };
        assert_eq!(how(&trail, "password-differed"), one("stranger", "nothing", "/signin"));
        assert_eq!(how(&trail, "no-such-login"), one("stranger", "nothing", "/signin"));
        assert_eq!(how(&trail, "login-changed"), one("member", "fresh-session", "/account/profile"));
        assert_eq!(how(&trail, "birth-date-accepted"), one("member", "first-password", "/signin/birthdate"));
        assert_eq!(how(&trail, "member-unlocked"), one("desk", "command", "member …"));
        assert_eq!(how(&trail, "roster-imported"), one("desk", "command", "member …"));
        for (kind, gate, _) in how(&trail, "session-opened") {
            assert_eq!((kind.as_str(), gate.as_str()), ("member", "factor"));
        }
        let unlocked = trail.iter().find(|row| row.event == "member-unlocked").unwrap();
        assert_eq!(unlocked.reason.as_deref(), Some("電話で本人確認"));
        assert_eq!(unlocked.actor.as_deref(), Some("madoguchi"));
        town.close().await;
    });
}

#[tokio::test]
async fn nobody_at_the_desk_looks_at_a_member_without_a_trace() {
    let town = Town::open().await;
    let hanako = town.hanako(JRP).await;
    let tenant = town.tenant(JRP);
    let options = DeskOptions { member: &hanako.login, language: Language::En, json: false };
    let before = town.count(JRP, "member-shown").await;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    assert_eq!(member::show(&town.desk(&tenant), options, &mut out, &mut err).await.unwrap(), 0);
    let trail = town.whole_trail(JRP).await;
    let shown: Vec<_> = trail.iter().filter(|row| row.event == "member-shown").collect();
    assert_eq!(shown.len(), before + 1);
    let member = town.member(JRP, &hanako.login).await;
    assert_eq!(shown[0].member, Some(member.id.uuid()));
    assert_eq!(shown[0].actor.as_deref(), Some("madoguchi"));
    assert!(shown[0].reason.is_some());
    town.close().await;
}

/// The words of every event, as its source has them.
fn words() -> Vec<&'static str> {
    let sources =
        [include_str!("../../src/domain/audit/record.rs"), include_str!("../../src/domain/audit/sso.rs")];
    let words = sources.into_iter().flat_map(|source| {
        let body = source.split_once("pub fn word(&self)").unwrap().1.split_once("pub fn detail").unwrap().0;
        body.split('"').skip(1).step_by(2)
    });
    words.collect()
}

#[tokio::test]
async fn whatever_a_stranger_causes_is_summed_and_its_rows_are_bounded() {
    let words = words();
    assert!(words.len() > 50 && words.contains(&Event::PasswordDiffered.word()), "{}", words.len());
    assert!(words.contains(&"sso-opened"), "those of single sign-on as well");
    let town = Town::open().await;
    let hanako = town.hanako(JRP).await;
    let member = town.member(JRP, &hanako.login).await.id.uuid();
    // Of each event there is: 130 about her, by strangers and by herself; nobody's event more than a thousand times.
    let micros = town.clock.now().as_microsecond();
    let (id, about) = (|n: usize| format!("{n:032x}"), member.simple());
    let mut next = 1;
    for (kind, word, about, times) in words
        .iter()
        .flat_map(|word| [("stranger", *word, Some(about), 130), ("member", *word, Some(about), 3)])
        .chain([("stranger", "no-such-login", None, 1100)])
    {
        let row = |n: usize, postgres: bool| match (postgres, about) {
            (true, Some(about)) => {
                format!(
                    "('{JRP}', '{}', to_timestamp({micros} / 1e6), '{word}', '{about}', '{{}}', '{kind}')",
                    id(n)
                )
            }
            (true, None) => {
                format!(
                    "('{JRP}', '{}', to_timestamp({micros} / 1e6), '{word}', NULL, '{{}}', '{kind}')",
                    id(n)
                )
            }
            (false, Some(about)) => {
                format!("('{JRP}', x'{}', {micros}, '{word}', x'{about}', '{{}}', '{kind}')", id(n))
            }
            (false, None) => format!("('{JRP}', x'{}', {micros}, '{word}', NULL, '{{}}', '{kind}')", id(n)),
        };
        let all = |postgres| {
            let rows: Vec<_> = (next..next + times).map(|n| row(n, postgres)).collect();
            let head = "INSERT INTO audit (tenant, id, at, event, member, detail, actor_kind) VALUES";
            format!("{head} {}", rows.join(", "))
        };
        town.plainly(&all(false), &all(true)).await;
        next += times;
    }
    let trail = town.whole_trail(JRP).await;
    for word in &words {
        let of = |kind: &str| {
            let rows = trail.iter().filter(|row| row.event == *word && row.member == Some(member));
            rows.filter(|row| row.actor_kind.as_deref() == Some(kind)).count()
        };
        assert_eq!((of("stranger"), of("member")), (100, 3), "{word}");
    }
    let nobodys = trail.iter().filter(|row| row.event == "no-such-login" && row.member.is_none()).count();
    assert_eq!(nobodys, 1000);

    // The day after, the trail says how often, and the counts are gone.
    let slug = town.tenant(JRP).slug.clone();
    assert_eq!(town.app.portal().sum_strangers(&slug).await.unwrap(), 0, "the day is not over");
    town.clock.advance(hours(24));
    assert_eq!(town.app.portal().sum_strangers(&slug).await.unwrap(), words.len());
    assert_eq!(town.app.portal().sum_strangers(&slug).await.unwrap(), 0);
    let trail = town.whole_trail(JRP).await;
    let sums: Vec<_> = trail.iter().filter(|row| row.event == "strangers-summed").collect();
    let sum_of = |word: &str| {
        let details = sums.iter().map(|row| serde_json::from_str::<serde_json::Value>(&row.detail).unwrap());
        details.into_iter().find(|detail| detail["event"] == word)
    };
    assert_eq!(sum_of("no-such-login").unwrap()["times"], 130 + 1100);
    assert_eq!(sum_of("password-paused").unwrap()["times"], 130);
    assert_eq!(sum_of("password-paused").unwrap()["members"], 1);
    town.close_with_rows_of_its_own().await;
}
