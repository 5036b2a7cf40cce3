//! A roster comes in a few rows at a time: nobody sees half of it, wherever it stops.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use kenpo_portal::{
    domain::{
        member::{EmailAddress, MemberNumber, japanese_day},
        tenant::CredentialLetter,
    },
    jobs,
    portal::Portal,
    store::{
        import,
        known_browser::AskingBrowser,
        outbox::{self, Lease},
    },
};

use super::*;

/// The priority of first credentials in the outbox.
const PRIORITY: u32 = 9;

/// Five who are there already, not activated, with names, user IDs and addresses that the next file changes.
fn earlier() -> Vec<u8> {
    let row = |n: u32| format!("12,{n},,S55.12.1,旧　姓{n},,before{n},Ab-12345,before{n}@example.jp\r\n");
    file(&(1..=5).map(row).collect::<Vec<_>>().concat())
}

/// The five changed, and five new ones who get a letter.
fn next() -> Vec<u8> {
    let changed = |n: u32| format!("12,{n},,S55.12.1,新　姓{n},,after{n},Ab-12345,after{n}@example.jp\r\n");
    let new = |n: u32| format!("12,{n},,S55.12.1,新　人{n},,,,new{n}@example.jp\r\n");
    file(&(1..=5).map(changed).chain((6..=10).map(new)).collect::<Vec<_>>().concat())
}

fn by_mail(tenant: &mut Tenant) {
    tenant.policy.initial_password.letter = CredentialLetter::Mail;
}

impl Office {
    /// Imports with small batches, and is killed at that word of progress. Whether it was.
    async fn killed_at(&self, bytes: &[u8], batch: usize, word: usize) -> bool {
        let spoken = AtomicUsize::new(0);
        let watch = |progress: ImportProgress| {
            let spoken =
                spoken.fetch_add(usize::from(progress.stage == ImportStage::Writing), Ordering::Relaxed);
            assert!(
                progress.stage != ImportStage::Writing || spoken != word,
                "killed, as this test wants it"
            );
        };
        let request = ImportRequest { batch, watch: &watch, ..ImportRequest::new(bytes) };
        let import = self.import();
        let mut deed = Box::pin(import.run(&request));
        std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| deed.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(done)) => {
                done.unwrap();
                Poll::Ready(false)
            }
            Err(_) => Poll::Ready(true),
        })
        .await
    }

    /// What members see: name, user ID and address of each, by number.
    pub async fn seen(&self) -> Vec<String> {
        let email = |m: &KnownMember| m.email.as_ref().map(|email| email.as_str().to_owned());
        let mut seen: Vec<_> = self.members().await;
        seen.sort_by_key(|m| m.number.bango().parse::<u32>().unwrap());
        seen.iter().map(|m| format!("{} {} {:?}", m.name, m.login.as_str(), email(m))).collect()
    }

    /// Letters with first credentials that a postman would find.
    async fn letters_found(&self) -> usize {
        let now = self.clock.now();
        let mut found = 0;
        let mut tx = self.store.tenant(&self.tenant.slug).write().await.unwrap();
        let lease = Lease { id: uuid::Uuid::nil(), until: now + SignedDuration::from_hours(1) };
        while outbox::take(&mut tx, PRIORITY, lease, outbox::WantedLetters::All, now).await.unwrap().is_some()
        {
            found += 1;
        }
        found
    }

    pub fn portal(&self) -> Portal {
        let clock: Arc<dyn kenpo_portal::world::Clock> = Arc::clone(&self.clock) as Arc<_>;
        Portal::new(
            self.keyed.clone(),
            clock,
            Arc::new(SystemRandom),
            Arc::clone(&self.wording),
            self.public.clone(),
        )
    }
}

#[tokio::test]
async fn an_import_killed_at_any_batch_is_done_whole_or_not_at_all() {
    for (settled_by_sweep, word) in (0..).map(|word| (word % 2 == 1, word)) {
        let office = open("jawakayama", by_mail).await;
        office.run(&earlier(), None).await.unwrap();
        let before = office.seen().await;
        let killed = office.killed_at(&next(), 2, word).await;
        let after = office.seen().await;
        let published = after.len() == 10;
        if !published {
            assert_eq!(after, before, "word {word}: nothing of an import that is not published is seen");
            assert_eq!(office.letters_found().await, 0, "word {word}");
        }
        let imports = office.count("audit WHERE member IS NULL").await;
        assert_eq!(imports, 1 + i64::from(published), "word {word}");
        let changed = "audit WHERE event = 'roster-changed-member' AND actor = 'madoguchi'";
        assert!(published || office.count(changed).await == 0, "word {word}: nobody was changed");
        if killed {
            // While it may be alive nobody else begins; then whoever comes first clears up.
            let (code, words) = office.command(&next(), |_| {}).await;
            let alive = office.count("import").await == 1;
            assert!(!alive || (code == 2 && words.contains("別の取り込みが書いています")), "{words}");
            office.clock.advance(SignedDuration::from_secs(61));
        }
        if settled_by_sweep {
            jobs::settle_imports(&office.portal(), &|| true).await.unwrap();
            assert_eq!(office.seen().await.len(), if published { 10 } else { 5 });
            assert_eq!(office.count("member").await, if published { 10 } else { 5 }, "word {word}");
            assert_eq!(office.count("import").await, 0);
        }
        let report = office.run(&next(), None).await.unwrap();
        if published {
            assert_eq!((report.added(), report.changed, report.unchanged), (0, 0, 10), "word {word}");
        } else {
            assert_eq!((report.added(), report.changed), (5, 5), "word {word}");
        }
        let seen = office.seen().await;
        assert_eq!(seen[0], "新　姓1 after1 Some(\"after1@example.jp\")");
        assert_eq!(seen[4], "新　姓5 after5 Some(\"after5@example.jp\")");
        assert!(seen[9].starts_with("新　人10 "), "{seen:?}");
        for (table, rows) in
            [("member", 10), ("first_credential", 10), ("outbox", 5), ("import", 0), ("import_change", 0)]
        {
            assert_eq!(office.count(table).await, rows, "word {word}: {table}");
        }
        assert_eq!(office.letters_found().await, 5, "word {word}");
        assert_eq!(
            office.count(changed).await,
            5,
            "word {word}: whoever finishes it, the trail says who began it"
        );
        // Every old user ID rests, and nothing else does.
        assert_eq!(office.count("retired_login").await, 5, "word {word}");
        if !killed {
            assert!(word > 8, "only {word} words of progress");
            return;
        }
    }
}

#[tokio::test]
async fn a_hidden_member_is_found_by_nobody_and_keeps_user_id_number_and_address() {
    let office = open("jawakayama", |_| {}).await;
    office
        .run(&file("12,1,,S55.12.1,健保　花子,,hanako01,Ab-12345,hanako@example.jp\r\n"), None)
        .await
        .unwrap();
    let hanako = office.member("hanako01").await;
    let new = file("12,2,,S55.12.1,健保　太郎,,taro0002,Ab-12345,taro@example.jp\r\n");
    assert!(office.killed_at(&new, BATCH, 0).await);

    let (login, email) = (LoginId::typed("taro0002"), EmailAddress::parse("taro@example.jp").unwrap());
    let number = MemberNumber::parse("12", "2", "").unwrap();
    let mut tx = office.store.tenant(&office.tenant.slug).write().await.unwrap();
    assert!(store::member::by_login(&mut tx, &login).await.unwrap().is_none());
    assert!(store::member::by_number(&mut tx, &number).await.unwrap().is_none());
    let born = hanako.birth_date;
    assert_eq!(store::member::by_birth_date(&mut tx, born, &AskingBrowser::NONE).await.unwrap().len(), 1);
    let now = office.clock.now();
    assert!(!store::member::login_is_free(&mut tx, &login, hanako.id, now).await.unwrap());
    assert!(store::member::email_is_taken(&mut tx, &email, hanako.id).await.unwrap());
    let mut raised = store::epoch::raise(&mut tx, &hanako, &CarriedOver::default()).await.unwrap().unwrap();
    assert!(!store::member::change_login(&mut raised, &hanako.login, &login, now, now).await.unwrap());
    drop(tx);

    // What was hidden is gone, and everything is free again.
    office.clock.advance(SignedDuration::from_secs(61));
    jobs::settle_imports(&office.portal(), &|| true).await.unwrap();
    let mut tx = office.store.tenant(&office.tenant.slug).write().await.unwrap();
    assert!(store::member::login_is_free(&mut tx, &login, hanako.id, now).await.unwrap());
    let mut raised = store::epoch::raise(&mut tx, &hanako, &CarriedOver::default()).await.unwrap().unwrap();
    assert!(store::member::change_login(&mut raised, &hanako.login, &login, now, now).await.unwrap());
    tx.commit().await.unwrap();
    // Now it is hers, and the file hears so; of somebody else, who was born on another day.
    let other = file("12,2,,S55.12.2,健保　太郎,,taro0002,Ab-12345,taro@example.jp\r\n");
    let (code, words) = office.command(&other, |_| {}).await;
    assert!(code == 1 && words.contains("ほかの加入者が使っています"), "{words}");
}

#[tokio::test]
async fn what_members_do_between_publication_and_change_stays_theirs() {
    let office = open("jawakayama", |_| {}).await;
    office.run(&earlier(), None).await.unwrap();
    let changed = |n: u32| format!("12,{n},,S55.12.1,新　姓{n},,after{n},Ab-12345,after{n}@example.jp\r\n");
    let bytes = file(&(1..=4).map(changed).collect::<Vec<_>>().concat());
    // One by one: four written down, published with the first change, and killed.
    assert!(office.killed_at(&bytes, 1, 4).await);
    assert!(office.seen().await[0].starts_with("新　姓1 after1"));
    assert!(office.seen().await[1].starts_with("旧　姓2 before2"));

    let now = office.clock.now();
    // Nobody else may take a user ID that the file brings.
    let (fifth, after3) = (office.member("before5").await, LoginId::typed("after3"));
    let mut tx = office.store.tenant(&office.tenant.slug).write().await.unwrap();
    assert!(!store::member::login_is_free(&mut tx, &after3, fifth.id, now).await.unwrap());
    // The second is activated, under a user ID of her own; the fifth confirms an address that the file has for the third.
    let address = EmailAddress::parse("after3@example.jp").unwrap();
    let mut raised = store::epoch::raise(&mut tx, &fifth, &CarriedOver::default()).await.unwrap().unwrap();
    assert!(store::member::confirm_email(&mut raised, &address, true, now).await.unwrap());
    tx.commit().await.unwrap();
    office.activate("before2", "her.own.id").await;

    office.clock.advance(SignedDuration::from_secs(61));
    jobs::settle_imports(&office.portal(), &|| true).await.unwrap();
    assert_eq!(
        office.seen().await,
        [
            "新　姓1 after1 Some(\"after1@example.jp\")",
            "新　姓2 her.own.id Some(\"before2@example.jp\")",
            "新　姓3 after3 Some(\"before3@example.jp\")",
            "新　姓4 after4 Some(\"after4@example.jp\")",
            "旧　姓5 before5 Some(\"after3@example.jp\")",
        ]
    );
    assert_eq!((office.count("import").await, office.count("import_change").await), (0, 0));
}

#[tokio::test]
async fn whoever_got_another_number_between_publication_and_change_keeps_it_whole() {
    let office = open("jawakayama", |_| {}).await;
    office.run(&earlier(), None).await.unwrap();
    let changed = |n: u32| format!("12,{n},,S55.12.1,新　姓{n},,after{n},Ab-12345,after{n}@example.jp\r\n");
    let bytes = file(&(1..=4).map(changed).collect::<Vec<_>>().concat());
    assert!(office.killed_at(&bytes, 1, 4).await);
    let now = office.clock.now();
    let moved = office.member("before2").await;
    let number = MemberNumber::read("15", "77", "1").unwrap();
    let mut tx = office.store.tenant(&office.tenant.slug).write().await.unwrap();
    let mut raised = store::epoch::raise(&mut tx, &moved, &CarriedOver::default()).await.unwrap().unwrap();
    assert!(store::desk::set_number(&mut raised, &number, now).await.unwrap());
    tx.commit().await.unwrap();

    office.clock.advance(SignedDuration::from_secs(61));
    jobs::settle_imports(&office.portal(), &|| true).await.unwrap();
    let members = office.members().await;
    let after = members.iter().find(|member| member.id == moved.id).unwrap();
    assert_eq!((after.number.clone(), after.key.as_str()), (number, "15-77-1"), "all parts of one number");
    assert_eq!(after.name, "新　姓2", "the rest of the row is the person's all the same");
    assert!(members.iter().all(|member| member.number.key() == member.key));
}

#[tokio::test]
async fn whoever_got_another_number_meanwhile_is_not_told_to_have_got_the_files() {
    let office = open("jawakayama", |_| {}).await;
    office.run(&earlier(), None).await.unwrap();
    let changed =
        |n: u32, to: u32| format!("12,{to},,S55.12.1,旧　姓{n},,before{n},Ab-12345,before{n}@example.jp\r\n");
    let bytes = file(&(1..=4).map(|n| changed(n, n + 20)).collect::<Vec<_>>().concat());
    assert!(office.killed_at(&bytes, 1, 4).await);
    let now = office.clock.now();
    for (login, bango) in [("before2", "77"), ("before3", "23")] {
        let moved = office.member(login).await;
        let number = MemberNumber::read(if bango == "77" { "15" } else { "12" }, bango, "").unwrap();
        let mut tx = office.store.tenant(&office.tenant.slug).write().await.unwrap();
        let mut raised =
            store::epoch::raise(&mut tx, &moved, &CarriedOver::default()).await.unwrap().unwrap();
        assert!(store::desk::set_number(&mut raised, &number, now).await.unwrap());
        tx.commit().await.unwrap();
    }

    office.clock.advance(SignedDuration::from_secs(61));
    jobs::settle_imports(&office.portal(), &|| true).await.unwrap();
    let mut numbers: Vec<_> = office.members().await.into_iter().map(|member| member.key).collect();
    numbers.sort();
    assert_eq!(numbers, ["12-21-0", "12-23-0", "12-24-0", "12-5-0", "15-77-0"]);
    // Nobody is told of a change that was not made.
    assert_eq!(office.count("audit WHERE event = 'roster-changed-member'").await, 2);
}

#[tokio::test]
async fn notices_are_on_the_disk_before_an_import_begins() {
    let office = open("jawakayama", random).await;
    let (path, partial) = (office.path("notices.csv"), office.path("notices.csv.partial"));
    let begins = std::sync::Mutex::new(None);
    let watch = |progress: ImportProgress| {
        if progress.stage == ImportStage::Writing {
            let mut begins = begins.lock().unwrap();
            begins.get_or_insert_with(|| std::fs::read(&partial).unwrap_or_default());
        }
    };
    let bytes = file(THREE);
    let request = ImportRequest {
        notices: Some(NoticesTo::file(&path)),
        watch: &watch,
        batch: 1,
        ..ImportRequest::new(&bytes)
    };
    office.import().run(&request).await.unwrap();
    assert_eq!(
        begins.into_inner().unwrap().unwrap(),
        std::fs::read(&path).unwrap(),
        "whole with the first row"
    );
}

#[tokio::test]
async fn an_import_that_lost_its_lease_writes_no_more() {
    let office = open("jawakayama", |_| {}).await;
    let (sleeper, sweep) = (uuid::Uuid::from_bytes([1; 16]), uuid::Uuid::from_bytes([2; 16]));
    let now = office.clock.now();
    let later = |seconds| now + SignedDuration::from_secs(seconds);
    let mut tx = office.store.tenant(&office.tenant.slug).write().await.unwrap();
    assert!(import::begin(&mut tx, sleeper, crate::town::at_the_desk(), now, later(60)).await.unwrap());
    assert!(
        !import::begin(&mut tx, sweep, crate::town::at_the_desk(), now, later(60)).await.unwrap(),
        "one import of a union at a time"
    );
    assert!(!import::take_over(&mut tx, sleeper, sweep, later(59), later(119)).await.unwrap());
    assert!(import::keep_alive(&mut tx, sleeper, later(70)).await.unwrap());
    assert!(!import::take_over(&mut tx, sleeper, sweep, later(60), later(120)).await.unwrap());
    assert!(import::take_over(&mut tx, sleeper, sweep, later(70), later(130)).await.unwrap());
    assert!(!import::keep_alive(&mut tx, sleeper, later(200)).await.unwrap());
    assert!(!import::publish(&mut tx, sleeper, later(71), japanese_day(now)).await.unwrap());
    import::end(&mut tx, sleeper).await.unwrap();
    assert_eq!(import::running(&mut tx).await.unwrap().unwrap().id, sleeper);
    import::end(&mut tx, sweep).await.unwrap();
    assert!(import::running(&mut tx).await.unwrap().is_none());
}

#[tokio::test]
async fn an_import_that_runs_is_seen_with_its_rows_until_it_is_dead() {
    let office = open("jawakayama", by_mail).await;
    office.run(&earlier(), None).await.unwrap();
    let seen = async || {
        let work = office.store.everywhere().work(office.clock.now()).await.unwrap().unwrap();
        (work.imports, work.import_rows)
    };
    assert_eq!(seen().await, (0, 0));
    assert!(office.killed_at(&next(), 2, 2).await);
    let (imports, rows) = seen().await;
    assert!(imports == 1 && (1..=10).contains(&rows), "{imports} {rows}");
    office.clock.advance(SignedDuration::from_secs(61));
    assert_eq!(seen().await, (0, 0), "whoever does not say that it lives does not run");
}
