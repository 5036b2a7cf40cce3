//! A file that was the wrong one is taken back, whole or not at all.

use std::sync::atomic::{AtomicUsize, Ordering};

use kenpo_portal::{
    cli::member::UndoOptions,
    domain::roster::undo::UNDO_DAYS,
    jobs,
    portal::roster::undo::{UndoReport, UndoRequest},
};

use super::*;

/// Two who are there before.
const BEFORE: &str = "12,1,,S55.12.1,健保　花子,ケンポ　ハナコ,hanako01,Ab-12345,hanako@example.jp\r\n\
                      12,2,,19790822,健保　太郎,ケンポ　タロウ,taro0002,Ab-12345,\r\n";
/// The wrong file: another birth date, name, user ID and address, and two who do not belong here.
const WRONG: &str = "12,1,,S55.12.2,鈴木　花子,スズキ　ハナコ,suzuki01,Ab-12345,suzuki@example.jp\r\n\
                     12,2,,19790822,健保　太郎,ケンポ　タロウ,taro0002,Ab-12345,taro@example.jp\r\n\
                     77,1,,S55.12.1,よその　人,,yoso0001,Ab-12345,yoso@example.jp\r\n\
                     77,2,,S55.12.1,よその　方,,yoso0002,Ab-12345,\r\n";

impl Office {
    pub async fn undo(&self) -> Result<UndoReport, ImportStop> {
        let request =
            UndoRequest { dry_run: false, many: true, batch: BATCH, agree: &|_| true, watch: &|_| {} };
        self.import().undo(&request).await
    }

    /// What `member import --undo` prints, and its exit code.
    async fn undo_command(&self, dry_run: bool, json: bool, language: Language) -> (u8, String) {
        let options = UndoOptions { dry_run, many: false, json, ask: None, language };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = desk_cli::undo(&self.import(), options, &mut out, &mut err).await.unwrap();
        (code, format!("{}---\n{}", String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap()))
    }

    async fn imports(&self, language: Language) -> String {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        assert_eq!(desk_cli::imports(&self.import(), false, language, &mut out, &mut err).await.unwrap(), 0);
        String::from_utf8(out).unwrap()
    }

    /// Takes the last import back one row at a time, and is killed at that word of progress. Whether it was.
    async fn undo_killed_at(&self, word: usize) -> bool {
        let spoken = AtomicUsize::new(0);
        let watch = |_| {
            assert!(spoken.fetch_add(1, Ordering::Relaxed) != word, "killed, as this test wants it");
        };
        let request = UndoRequest { dry_run: false, many: true, batch: 1, agree: &|_| true, watch: &watch };
        let import = self.import();
        let mut deed = Box::pin(import.undo(&request));
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

    /// The trail: event, detail, doer, purpose and reason of each row, and whether it is about a member.
    pub async fn trail(&self) -> String {
        let mut tx = self.store.tenant(&self.tenant.slug).read().await.unwrap();
        let all = store::audit::TrailFilter::default();
        let rows = store::audit::page(&mut tx, &all, None, 1_000).await.unwrap();
        let row = |row: &kenpo_portal::domain::audit::chain::TrailRow| {
            let (who, about) = (row.actor.clone().unwrap_or_default(), row.member.is_some());
            let (purpose, reason) = (&row.purpose, row.reason.clone().unwrap_or_default());
            format!("{} {} member={about} {who} {purpose:?} {reason}", row.event, row.detail)
        };
        let mut rows: Vec<_> = rows.iter().map(|kept| row(kept.row.as_ref().unwrap())).collect();
        rows.sort();
        rows.join("\n")
    }

    async fn sql(&self, text: &'static str) {
        if let Some(mut connection) = self.database.postgres().await {
            sqlx::query(text).execute(&mut *connection).await.unwrap();
        } else {
            sqlx::query(text).execute(&mut self.database.sqlite().await).await.unwrap();
        }
    }

    /// `alive_until` of the import at work.
    async fn lease_of_old(&self) -> Timestamp {
        let seconds: i64 = if let Some(mut connection) = self.database.postgres().await {
            let text = "SELECT CAST(EXTRACT(EPOCH FROM alive_until) AS BIGINT) FROM import";
            sqlx::query_scalar(text).fetch_one(&mut *connection).await.unwrap()
        } else {
            let text = "SELECT alive_until / 1000000 FROM import";
            sqlx::query_scalar(text).fetch_one(&mut self.database.sqlite().await).await.unwrap()
        };
        Timestamp::from_second(seconds).unwrap()
    }

    /// Everything a file says of each member.
    pub async fn whole(&self) -> Vec<String> {
        let mut all: Vec<_> = self.members().await;
        all.sort_by(|a, b| a.key.cmp(&b.key));
        let email = |m: &KnownMember| m.email.as_ref().map(|email| email.as_str().to_owned());
        all.iter()
            .map(|m| {
                let (login, born) = (m.login.as_str(), m.birth_date.date());
                let last = m.lost_on.map(kenpo_portal::domain::member::LastDay::date);
                format!("{} {} {} {born} {login} {:?} {last:?}", m.key, m.name, m.name_kana, email(m))
            })
            .collect()
    }
}

#[tokio::test]
async fn a_wrong_file_is_taken_back_and_everybody_is_as_before() {
    let office = open("jawakayama", |_| {}).await;
    let (code, words) = office.undo_command(false, false, Language::Ja).await;
    assert!(code == 2 && words.contains("取り消せる取り込みがありません"), "{words}");
    office.run(&file(BEFORE), None).await.unwrap();
    let before = office.whole().await;
    office.clock.advance(SignedDuration::from_hours(1));
    office.run(&file(WRONG), None).await.unwrap();
    assert_eq!((office.count("member").await, office.count("import_kept").await), (4, 2));
    let guest = office.activate("yoso0001", "yoso.own").await;
    office.clock.advance(SignedDuration::from_hours(1));

    let (_, dry) = office.undo_command(true, false, Language::Ja).await;
    let (_, english) = office.undo_command(true, false, Language::En).await;
    assert_eq!(office.count("member").await, 4, "nothing is written yet");
    let (code, done) = office.undo_command(false, false, Language::Ja).await;
    assert_eq!(code, 0, "{done}");
    let listed = office.imports(Language::Ja).await;
    snapshots().bind(|| insta::assert_snapshot!("undo", format!("{dry}\n{english}\n{done}\n{listed}")));

    let after = office.whole().await;
    assert_eq!(after[..2], before[..], "everybody is as before");
    let trail = office.trail().await;
    snapshots().bind(|| insta::assert_snapshot!("undo_trail", trail));
    assert_eq!(after.len(), 3, "who signed in stays, and who did not is gone: {after:?}");
    let guest = office.member_by_id(guest.id).await;
    assert!(guest.membership.bar(office.clock.now()).is_some(), "and cannot come in any more");
    assert_eq!((office.count("import").await, office.count("import_kept").await), (0, 0));
    assert_eq!(office.count("import_change").await, 0);

    let (code, words) = office.undo_command(false, false, Language::Ja).await;
    assert!(code == 2 && words.contains("取り消しずみ"), "{words}");
    let (_, json) = office.undo_command(false, true, Language::Ja).await;
    assert!(json.contains("\"undone-before\""), "{json}");
    // The right file comes in as if nothing had been, and can be taken back itself: what the wrong one gave to others is
    // free.
    let right = file("77,2,,S55.12.1,よその　方,,suzuki01,Ab-12345,suzuki@example.jp\r\n");
    assert_eq!(office.run(&right, None).await.unwrap().added(), 1);
    assert_eq!(office.undo().await.unwrap().removed, 1);
}

#[tokio::test]
async fn what_was_changed_again_since_keeps_an_import_from_being_taken_back() {
    let office = open("jawakayama", |_| {}).await;
    office.run(&file(BEFORE), None).await.unwrap();
    office.run(&file(WRONG), None).await.unwrap();
    let wrong = office.whole().await;
    // She makes the user ID of the wrong file her own.
    office.activate("suzuki01", "suzuki.own").await;
    let (code, words) = office.undo_command(false, false, Language::Ja).await;
    assert_eq!(code, 2);
    assert!(words.contains("1 人は、取り込みのあとに変更されています"), "{words}");
    assert!(words.contains("12-1-00") && words.contains("ユーザID"), "{words}");
    let (_, json) = office.undo_command(false, true, Language::En).await;
    assert!(json.contains("\"changed-since\"") && json.contains("\"user_id\""), "{json}");
    assert_eq!(office.whole().await.len(), wrong.len());
    assert_eq!((office.count("import").await, office.count("audit WHERE member IS NULL").await), (0, 2));
}

#[tokio::test]
async fn an_import_is_taken_back_for_a_while_and_only_the_last_one() {
    let office = open("jawakayama", |_| {}).await;
    office.run(&file(BEFORE), None).await.unwrap();
    office.run(&file(WRONG), None).await.unwrap();
    assert_eq!(office.count("import_kept").await, 2);
    // The next one forgets what the one before changed, and is the only one that is taken back.
    office.run(&file("12,1,,S55.12.3,鈴木　花子,,suzuki01,Ab-12345,\r\n"), None).await.unwrap();
    assert_eq!(office.count("import_kept").await, 1);
    office.clock.advance(SignedDuration::from_hours(24 * UNDO_DAYS));
    let (code, words) = office.undo_command(false, false, Language::Ja).await;
    assert!(code == 2 && words.contains("30 日を過ぎた"), "{words}");
    let now = office.clock.now();
    office.store.everywhere().sweep(now, now).await.unwrap();
    assert_eq!(office.count("import_kept").await, 0);
}

#[tokio::test]
async fn an_undo_killed_at_any_batch_is_done_whole_or_not_at_all() {
    for word in 0.. {
        let office = open("jawakayama", |_| {}).await;
        office.run(&file(BEFORE), None).await.unwrap();
        let before = office.whole().await;
        office.run(&file(WRONG), None).await.unwrap();
        let wrong = office.whole().await;
        let killed = office.undo_killed_at(word).await;
        let decided = office.whole().await.len() == before.len();
        if killed {
            assert!(decided || office.whole().await == wrong, "word {word}: nothing is half taken back");
            let (code, words) = office.undo_command(false, false, Language::Ja).await;
            assert!(office.count("import").await == 0 || code == 2, "{words}");
            office.clock.advance(SignedDuration::from_secs(61));
            if word % 2 == 0 {
                jobs::settle_imports(&office.portal(), &|| true).await.unwrap();
            }
        }
        if decided {
            if word % 2 == 1 {
                office.run(&file(BEFORE), None).await.unwrap();
            }
        } else {
            office.undo().await.unwrap();
        }
        assert_eq!(office.whole().await, before, "word {word}");
        for table in ["import", "import_change", "import_kept"] {
            assert_eq!(office.count(table).await, 0, "word {word}: {table}");
        }
        assert_eq!(office.count("member").await, 2, "word {word}");
        if !killed {
            assert!(word > 5, "only {word} words of progress");
            return;
        }
    }
}

/// Columns of who comes and goes behind the usual ones.
fn leavers(rows: &str) -> Vec<u8> {
    format!("{},資格喪失日,旧記号,旧番号,旧枝番\r\n{rows}", HEADER.trim_end()).into_bytes()
}

#[tokio::test]
async fn numbers_and_last_days_that_are_not_over_are_taken_back_and_who_was_ended_stays_so() {
    let office = open("jawakayama", |_| {}).await;
    let three = "12,1,,S55.12.1,健保　花子,,hanako01,Ab-12345,\r\n12,2,,19790822,健保　太郎,,taro0002,Ab-12345,\r\n\
                 12,3,,19790823,健保　次郎,,jiro0003,Ab-12345,\r\n";
    office.run(&file(three), None).await.unwrap();
    let before = office.whole().await;
    office
        .run(
            &leavers(
                "12,9,,S55.12.1,健保　花子,,hanako01,Ab-12345,,,12,1,\r\n\
                 12,2,,19790822,健保　太郎,,taro0002,Ab-12345,,2026-12-31,,,\r\n\
                 12,3,,19790823,健保　次郎,,jiro0003,Ab-12345,,2026-11-20,,,\r\n",
            ),
            None,
        )
        .await
        .unwrap();
    let (code, done) = office.undo_command(false, false, Language::Ja).await;
    assert_eq!(code, 0, "{done}");
    assert!(done.contains("資格終了のままの人") && done.contains("健保　次郎"), "{done}");
    let after = office.whole().await;
    assert_eq!(after[..2], before[..2], "the number is as before, and he does not leave");
    assert!(after[2].contains("2026-11-20"), "{}", after[2]);
    let trail = office.trail().await;
    for row in ["last-day-lifted", "roster-changed-member {\"columns\":[\"bango\"]}", "last-day-set"] {
        assert!(trail.contains(row), "{row}: {trail}");
    }
}

#[tokio::test]
async fn a_number_that_is_somebody_elses_by_now_refuses_the_undo() {
    let office = open("jawakayama", |_| {}).await;
    let two =
        "12,1,,S55.12.1,健保　花子,,hanako01,Ab-12345,\r\n12,2,,19790822,健保　太郎,,taro0002,Ab-12345,\r\n";
    office.run(&file(two), None).await.unwrap();
    office.run(&leavers("12,9,,S55.12.1,健保　花子,,hanako01,Ab-12345,,,12,1,\r\n"), None).await.unwrap();
    office.sql("UPDATE member SET bango = '1', number_key = '12-1-0' WHERE bango = '2'").await;
    let (code, words) = office.undo_command(false, false, Language::Ja).await;
    assert!(code == 2 && words.contains("12-1-00") && words.contains("番号"), "{words}");
    assert_eq!(
        office.count("member WHERE number_key IN ('12-1-0', '12-9-0')").await,
        2,
        "nothing is changed"
    );
}

#[tokio::test]
async fn a_file_that_changes_nothing_leaves_the_one_before_to_be_taken_back() {
    let office = open("jawakayama", |_| {}).await;
    office.run(&file(BEFORE), None).await.unwrap();
    let before = office.whole().await;
    office.run(&file(WRONG), None).await.unwrap();
    // Once more, to be sure.
    assert_eq!(office.run(&file(WRONG), None).await.unwrap().unchanged, 4);
    office.undo().await.unwrap();
    assert_eq!(office.whole().await, before);
    assert!(matches!(office.undo().await, Err(ImportStop::Refused(ImportRefusal::UndoneBefore(_)))));
}

#[tokio::test]
async fn an_undo_that_ends_many_is_asked_for_twice() {
    let office = open("jawakayama", |_| {}).await;
    let row = |n: u32| format!("12,{n},,S55.12.1,健保　{n},,user000{n},Ab-12345,\r\n");
    office.run(&file(&(1..=8).map(row).collect::<String>()), None).await.unwrap();
    for n in 1..=6 {
        office.activate(&format!("user000{n}"), &format!("own.{n}")).await;
    }
    let (code, words) = office.undo_command(false, false, Language::Ja).await;
    assert!(
        code == 1 && words.contains("8 人のうち 6 人が資格終了") && words.contains("--yes-many"),
        "{words}"
    );
    assert_eq!(office.count("import").await, 0);
    let report = office.undo().await.unwrap();
    assert_eq!((report.removed, report.ended.len()), (2, 6));
    assert_eq!(office.count("member").await, 6);
}

#[tokio::test]
async fn of_an_undo_and_an_import_at_once_the_second_is_refused_and_an_older_program_leaves_an_undo_alone() {
    let office = open("jawakayama", |_| {}).await;
    office.run(&file(BEFORE), None).await.unwrap();
    office.run(&file(WRONG), None).await.unwrap();
    assert!(office.undo_killed_at(0).await, "it has begun, and its holder is gone");
    let now = office.clock.now();
    for outcome in [office.run(&file(BEFORE), None).await.map(drop), office.undo().await.map(drop)] {
        let Err(ImportStop::Refused(ImportRefusal::Running { until, .. })) = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(until, now + SignedDuration::from_secs(60));
    }
    // What an older program reads: this import lives for longer than it does.
    assert!(office.lease_of_old().await > now + SignedDuration::from_hours(24 * 365 * 50));
    office.clock.advance(SignedDuration::from_secs(61));
    office.undo().await.unwrap();
    assert_eq!(office.count("import").await, 0);
}
