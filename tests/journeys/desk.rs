//! The union's desk: a member seen in words, let in again, set back to the beginning.

use jiff::SignedDuration;
use kenpo_portal::{
    cli::member::{self as desk_cli, DeskOptions, NoticesOptions, RevertOptions},
    domain::{
        lockout::{Bucket, Counter, CounterKind, TryVerdict},
        tenant::{FirstSecret, Language},
    },
    store::{self, lockout::CounterKey, password::FirstKind},
    world::Clock as _,
};

use crate::roster::{
    THREE, file, notices,
    office::{Office, open},
    opens, random, snapshots,
};

impl Office {
    async fn show(&self, who: &str, language: Language) -> String {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let options = DeskOptions { member: who, language, json: false };
        desk_cli::show(&self.desk(), options, &mut out, &mut err).await.unwrap();
        out.extend(err);
        String::from_utf8(out).unwrap()
    }
}

#[tokio::test]
async fn the_desk_sees_a_member_in_words() {
    let office = open("jawakayama", random).await;
    office.import_to(&file(THREE), "notices.csv").await;
    let hanako = office.activate("hanako01", "hanako.own").await;
    let subject = office.vault.guard_subject_member(hanako.id);
    for _ in 0..6 {
        let now = office.clock.now();
        let unions = office.store.tenant(&office.tenant.slug);
        let kind = CounterKind::Password(Bucket::Unknown);
        let key = CounterKey::of(kind, subject.clone(), &office.tenant.policy.lockout);
        unions.reserve(&subject, kind, key.ladder, now).await.unwrap();
        let mut tx = unions.write().await.unwrap();
        let wrong = |counter: Counter| counter.wrong(key.ladder, now);
        store::lockout::change(&mut tx, &key, now, wrong).await.unwrap();
        tx.commit().await.unwrap();
        office.clock.advance(SignedDuration::from_mins(1));
    }
    let cards = [
        office.show("hanako.own", Language::Ja).await,
        office.show("１２－２", Language::Ja).await,
        office.show("12-3-1", Language::En).await,
        office.show("nobody", Language::En).await,
    ]
    .join("\n");
    // A drawn user ID is another one each time.
    let drawn = office.members().await.into_iter().find(|m| m.number.bango() == "3").unwrap();
    let mut cards = cards.replace(drawn.login.as_str(), "(drawn)");
    for member in office.members().await {
        cards = cards.replace(&member.id.to_string(), "(id)");
    }
    snapshots().bind(|| insta::assert_snapshot!("cards", cards));

    let desk = office.desk();
    let options = DeskOptions { member: "12-1", language: Language::En, json: false };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    assert_eq!(desk_cli::unlock(&desk, options, &mut out, &mut err).await.unwrap(), 0);
    let card = office.show("12-1", Language::En).await;
    assert!(card.contains("no pause") && card.contains("member-unlocked"), "{card}");
}

#[tokio::test]
async fn an_activation_that_was_not_hers_is_undone() {
    let office = open("jawakayama", |tenant| {
        tenant.policy.initial_password.existing = FirstSecret::KigoBangoBirthDate;
    })
    .await;
    office.import_to(&file(THREE), "notices.csv").await;
    let hanako = office.activate("hanako01", "thief.own").await;
    let desk = office.desk();
    let options = DeskOptions { member: "12-1", language: Language::Ja, json: false };
    let (mut out, mut err) = (Vec::new(), Vec::new());

    assert_eq!(
        desk_cli::revert(&desk, options, RevertOptions::default(), &mut out, &mut err).await.unwrap(),
        2
    );
    assert!(String::from_utf8(err.clone()).unwrap().contains("--notices"));
    assert!(office.first(&hanako).await.is_none());

    let path = office.path("again.csv");
    let revert = RevertOptions { notices: NoticesOptions::file(&path), keep_address: false };
    assert_eq!(desk_cli::revert(&desk, options, revert, &mut out, &mut err).await.unwrap(), 0);
    let first = office.first(&hanako).await.unwrap();
    assert_eq!(first.kind, FirstKind::Generated);
    let notice = &notices(&path)[0];
    assert_eq!(notice[4], "thief.own");
    assert!(opens(&office.vault, &hanako, &first, &notice[5]).await);
    let mut tx = office.store.tenant(&office.tenant.slug).read().await.unwrap();
    assert!(store::password::of_member(&mut tx, hanako.id).await.unwrap().own.is_none());
    assert!(store::totp::of_member(&mut tx, hanako.id).await.unwrap().is_empty());
    drop(tx);
    // Not activated any more: the roster's user ID comes back with the next file.
    assert_eq!(office.run(&file(THREE), None).await.unwrap().changed, 1);
    assert_eq!(office.member("hanako01").await.id, hanako.id);
}

#[tokio::test]
async fn whatever_is_counted_is_seen_by_the_desk_and_ended_by_it() {
    let office = open("jawakayama", random).await;
    office.import_to(&file(THREE), "notices.csv").await;
    let hanako = office.activate("hanako01", "hanako.own").await;
    let now = office.clock.now();
    let unions = office.store.tenant(&office.tenant.slug);
    let mut counted = Vec::new();
    for kind in CounterKind::ALL {
        let subject = office.vault.guard_subject_about(kind.about(), &hanako, now);
        let Some(subject) = subject else { continue };
        let key = CounterKey::of(*kind, subject, &office.tenant.policy.lockout);
        let mut tx = unions.write().await.unwrap();
        let full = |counter: Counter| Counter { fails: 4, total: key.ladder.hard_limit, ..counter };
        store::lockout::change(&mut tx, &key, now, full).await.unwrap();
        tx.commit().await.unwrap();
        counted.push(*kind);
    }
    // Only what is a browser's own is not the desk's.
    assert_eq!(counted.len() + 1, CounterKind::ALL.len());
    for language in [Language::Ja, Language::En] {
        let card = office.show("12-1", language).await;
        assert_eq!(card.matches("member unlock").count(), counted.len(), "{card}");
    }
    let verdicts = office.desk().show("12-1").await.unwrap().verdicts;
    assert!(verdicts.iter().all(|(_, verdict)| matches!(verdict, TryVerdict::Off(_))), "{verdicts:?}");
    office.desk().unlock("12-1").await.unwrap();
    let verdicts = office.desk().show("12-1").await.unwrap().verdicts;
    assert!(verdicts.iter().all(|(_, verdict)| matches!(verdict, TryVerdict::Open(_))), "{verdicts:?}");
    assert!(!office.show("12-1", Language::En).await.contains("member unlock"));
}
