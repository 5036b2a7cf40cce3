//! `verify-store`: what must be so after every fault, asked of the rows (INV2, INV3, INV5, INV6).

use kenpo_portal::{
    cli::verify::verify_all,
    domain::tenant::Language,
    portal::{
        keys::report::UnopenedValues,
        trail::invariants::{Contradiction, check_store},
    },
    world::Clock as _,
};

use crate::{
    holder::{Held, Holder, JRP},
    town::{Town, minutes, side_by_side},
    what_ends::{Change, make},
};

/// A member who has done one thing of each kind: first login, sign-ins, another password, a forgotten one.
async fn lived_in(held: Held) -> (Town, Holder) {
    let town = Town::open().await;
    let mut holder = Holder::of(&town, held).await;
    town.clock.advance(minutes(1));
    holder.sign_in(&town).await;
    town.clock.advance(minutes(1));
    let mut browser = holder.fresh(&town).await;
    holder.take_password(&mut browser, "Another-Password-9").await;
    town.seal(JRP).await;
    town.clock.advance(minutes(1));
    (town, holder)
}

async fn found(town: &Town) -> Vec<Contradiction> {
    let slug = town.tenant(JRP).slug.clone();
    let report = check_store(town.store(), &slug, town.clock.now()).await.unwrap();
    assert!(report.trail.is_sound(), "{report:?}");
    report.broken.iter().map(|(kind, _)| *kind).collect()
}

/// A text for SQLite and for PostgreSQL, of one that adds `1us` to a moment.
fn both(text: &str) -> (String, String) {
    (text.replace("1us", "1"), text.replace("1us", "INTERVAL '1 microsecond'"))
}

/// What breaks each invariant, on SQLite and PostgreSQL.
fn breaking(kind: Contradiction) -> (String, String) {
    match kind {
        Contradiction::UsedAndAlive => (
            "INSERT INTO one_time (tenant, id, purpose, member, link, misses, made_at, expires_at, epoch)
             SELECT m.tenant, m.id, 'pending-email', m.id, x'01', 0, a.at - 1, a.at + 1000000000, m.epoch
               FROM member AS m JOIN audit AS a ON a.member = m.id AND a.event = 'email-confirmed' LIMIT 1"
                .to_owned(),
            "INSERT INTO one_time (tenant, id, purpose, member, link, misses, made_at, expires_at, epoch)
             SELECT m.tenant, m.id, 'pending-email', m.id, '\\x01', 0, a.at - INTERVAL '1 microsecond',
                    a.at + INTERVAL '1 hour', m.epoch
               FROM member AS m JOIN audit AS a ON a.member = m.id AND a.event = 'email-confirmed' LIMIT 1"
                .to_owned(),
        ),
        Contradiction::OpenedTwice => (
            "INSERT INTO audit (tenant, id, at, event, member, detail)
             SELECT tenant, x'ffffffffffff7fff8fffffffffffffff', at, event, member, detail FROM audit
              WHERE event = 'session-opened' LIMIT 1"
                .to_owned(),
            "INSERT INTO audit (tenant, id, at, event, member, detail)
             SELECT tenant, 'ffffffff-ffff-7fff-8fff-ffffffffffff', at, event, member, detail FROM audit
              WHERE event = 'session-opened' LIMIT 1"
                .to_owned(),
        ),
        Contradiction::PasswordUntold => both("UPDATE password SET set_at = set_at + 1us"),
        Contradiction::FactorUntold => both("UPDATE totp SET created_at = created_at + 1us"),
        Contradiction::SessionUntold => both("UPDATE session SET created_at = created_at + 1us"),
        Contradiction::AcceptanceUntold => both("UPDATE acceptance SET at = at + 1us"),
        Contradiction::LetterUntold => {
            both("UPDATE outbox SET written_at = written_at + 1us WHERE kind = 'first-login-done'")
        }
        Contradiction::ChangeUnlettered => both("DELETE FROM outbox WHERE kind = 'password-changed'"),
        Contradiction::SessionWithoutFactor => both("DELETE FROM totp"),
        Contradiction::SessionEndMoved => (
            "UPDATE session SET expires_at = created_at + 86400000001".to_owned(),
            "UPDATE session SET expires_at = created_at + INTERVAL '24 hours 1 microsecond'".to_owned(),
        ),
        Contradiction::TwoPasswords => (
            "INSERT INTO first_credential (tenant, member, kind, digest, issued_at, expires_at)
             SELECT tenant, member, 'generated', x'01', set_at, set_at + 1000000000000 FROM password"
                .to_owned(),
            "INSERT INTO first_credential (tenant, member, kind, digest, issued_at, expires_at)
             SELECT tenant, member, 'generated', '\\x01', set_at, set_at + INTERVAL '10 days' FROM password"
                .to_owned(),
        ),
        Contradiction::PasswordDamaged => {
            both("UPDATE password SET hash = replace(hash, 'argon2id', 'argon2i')")
        }
    }
}

#[tokio::test]
async fn a_store_that_was_lived_in_is_sound() {
    side_by_side([Held::App, Held::Passkey, Held::MailCode], async |held| {
        let (town, _) = lived_in(held).await;
        assert_eq!(found(&town).await, [], "{held:?}");
        let (mut out, mut err) = (Vec::new(), Vec::new());
        for json in [false, true] {
            let told = (&mut out as &mut dyn std::io::Write, &mut err as &mut dyn std::io::Write);
            let exit = verify_all(
                town.store(),
                &UnopenedValues::default(),
                None,
                town.clock.now(),
                json,
                Language::En,
                told,
            )
            .await;
            assert_eq!(exit.unwrap(), kenpo_portal::cli::Exit::Fine);
        }
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains("\"sound\": true"), "{out}");
        town.close().await;
    });
}

#[tokio::test]
async fn each_broken_invariant_is_named_with_its_row_and_what_to_do() {
    side_by_side(Contradiction::ALL, async |kind| {
        let (town, _) = lived_in(Held::App).await;
        let (sqlite, postgres) = breaking(kind);
        town.plainly(&sqlite, &postgres).await;
        let broken = found(&town).await;
        // A letter about nothing leaves the change without one.
        let also = (kind == Contradiction::LetterUntold).then_some(Contradiction::ChangeUnlettered);
        assert!(broken.contains(&kind), "{kind:?}: {broken:?}");
        assert!(broken.iter().all(|found| *found == kind || Some(*found) == also), "{kind:?}: {broken:?}");
        for (language, next) in [(Language::En, "Next: "), (Language::Ja, "次: ")] {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let told = (&mut out as &mut dyn std::io::Write, &mut err as &mut dyn std::io::Write);
            let exit = verify_all(
                town.store(),
                &UnopenedValues::default(),
                Some(JRP),
                town.clock.now(),
                false,
                language,
                told,
            )
            .await;
            assert_eq!(exit.unwrap(), kenpo_portal::cli::Exit::Problems);
            let out = String::from_utf8(out).unwrap();
            assert!(out.contains(kind.invariant()) && out.contains(next), "{out}");
        }
        town.close_with_rows_of_its_own().await;
    });
}

#[tokio::test]
async fn a_factor_that_nobody_added_is_named_of_whichever_kind() {
    let kinds = [
        (Held::App, "UPDATE totp SET created_at = created_at + 1us"),
        (Held::Passkey, "UPDATE passkey SET created_at = created_at + 1us"),
        (
            Held::MailCode,
            "UPDATE member SET mail_code_at = mail_code_at + 1us WHERE mail_code_at IS NOT NULL",
        ),
    ];
    side_by_side(kinds, async |(held, text)| {
        let (town, _) = lived_in(held).await;
        let (sqlite, postgres) = both(text);
        town.plainly(&sqlite, &postgres).await;
        assert_eq!(found(&town).await, [Contradiction::FactorUntold], "{held:?}");
        town.close_with_rows_of_its_own().await;
    });
}

#[tokio::test]
async fn a_change_whose_letter_is_gone_is_named_whatever_was_changed() {
    let changes = [
        Some(Change::UserId),
        Some(Change::Password),
        Some(Change::PasswordOnly),
        Some(Change::AddApp),
        Some(Change::AddPasskeyOnly),
        Some(Change::Remove),
        Some(Change::RemoveOnly),
        // First login, which ends with a factor.
        None,
    ];
    side_by_side(changes, async |change| {
        let town = Town::open().await;
        let mut holder = Holder::of(&town, Held::AppAndPasskey).await;
        if let Some(change) = change {
            let mut browser = holder.fresh(&town).await;
            town.clock.advance(minutes(1));
            assert!(make(&town, &mut browser, change).await);
        }
        assert_eq!(found(&town).await, [], "{change:?}");
        let last = if change.is_some() { "MAX" } else { "MIN" };
        let lose = format!("DELETE FROM outbox WHERE written_at = (SELECT {last}(written_at) FROM outbox)");
        town.plainly(&lose, &lose).await;
        let broken = found(&town).await;
        let is_named = |kind: &Contradiction| *kind == Contradiction::ChangeUnlettered;
        assert!(!broken.is_empty() && broken.iter().all(is_named), "{change:?}: {broken:?}");
        town.close_with_rows_of_its_own().await;
    });
}
