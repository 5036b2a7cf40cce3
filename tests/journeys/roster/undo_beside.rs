//! What the desk does while an import is taken back, and the right file behind it.

use std::{
    fmt,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use kenpo_portal::{
    domain::{lockout::CounterKind, member::LastDay},
    portal::{
        desk::{DeskRefusal, DeskStop},
        roster::undo::UndoRequest,
    },
    store::lockout::CounterKey,
    world::{RandomError, RandomSource},
};

use super::*;

/// What the desk writes down as the last day.
const DESK_DAY: &str = "2027-03-31";
const TWO: &str =
    "12,1,,S55.12.1,健保　花子,,hanako01,Ab-12345,\r\n12,2,,S55.12.1,健保　桃子,,momoko02,Ab-12345,\r\n";

/// Columns of who comes and goes behind the usual ones.
fn moving(rows: &str) -> Vec<u8> {
    format!("{},資格喪失日,旧記号,旧番号,旧枝番\r\n{rows}", HEADER.trim_end()).into_bytes()
}

/// Random bytes of the machine; beside the drawing of that number something else happens.
struct BesideADraw<'t> {
    when: usize,
    drawn: AtomicUsize,
    act: &'t (dyn Fn() + Sync),
}

impl fmt::Debug for BesideADraw<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BesideADraw").field("when", &self.when).finish_non_exhaustive()
    }
}

impl RandomSource for BesideADraw<'_> {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        if self.drawn.fetch_add(1, Ordering::Relaxed) == self.when {
            (self.act)();
        }
        SystemRandom.fill(bytes)
    }
}

impl Office {
    /// Another process at the desk gives her a last day, while this one waits.
    fn another_desk_ends(&self, who: &str) -> Result<(), DeskStop> {
        let work = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let store = Store::open(self.database.url()).await.unwrap();
                let desk = Desk { store: &store, ..self.desk() };
                desk.end_membership(who, DESK_DAY).await.map(drop)
            })
        };
        thread::scope(|scope| scope.spawn(work).join().unwrap())
    }

    /// Her numbers of before, in the order of their spelling.
    async fn formers(&self, login: &str) -> Vec<String> {
        let id = self.member(login).await.id;
        let mut tx = self.store.tenant(&self.tenant.slug).read().await.unwrap();
        let names = store::former::numbers(&mut tx, before_all(), id).await.unwrap();
        names.into_iter().filter(|(member, _)| *member == id).map(|(_, key)| key).collect()
    }

    async fn number(&self, login: &str) -> String {
        self.member(login).await.number.key()
    }
}

#[tokio::test]
async fn what_the_desk_changes_before_an_undo_begins_stays_and_afterwards_it_is_told_to_wait() {
    for when in 0.. {
        let office = open("jawakayama", |_| {}).await;
        office.run(&file(TWO), None).await.unwrap();
        let wrong = "12,1,,S55.12.1,健保　花子,,hanako01,Ab-12345,,2026-12-31,,,\r\n";
        office.run(&moving(wrong), None).await.unwrap();
        let said = Mutex::new(None);
        let act = || *said.lock().unwrap() = Some(office.another_desk_ends("hanako01"));
        let rng = BesideADraw { when, drawn: AtomicUsize::new(0), act: &act };
        let import = Import { rng: &rng, ..office.import() };
        let request =
            UndoRequest { dry_run: false, many: true, batch: BATCH, agree: &|_| true, watch: &|_| {} };
        let undone = import.undo(&request).await;
        let last_day = office.member("hanako01").await.membership.lost_on();
        match said.into_inner().unwrap() {
            Some(Ok(())) => {
                assert_eq!(last_day.map(LastDay::date), Some(DESK_DAY.parse().unwrap()), "drawing {when}");
                let Err(ImportStop::Refused(ImportRefusal::ChangedSince(since))) = undone else {
                    panic!("drawing {when}: {undone:?}")
                };
                assert_eq!(since.len(), 1);
                assert_eq!(office.count("import").await, 0, "nothing is left of it");
            }
            Some(Err(DeskStop::Refused(DeskRefusal::ImportRuns { undo: true }))) => {
                assert!(when > 1, "only {when} drawings before it began");
                assert!(undone.is_ok() && last_day.is_none(), "{undone:?}");
                return;
            }
            other => panic!("drawing {when}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn while_an_undo_runs_no_deed_of_the_desk_is_done_and_the_next_one_finds_it_done() {
    let office = open("jawakayama", |_| {}).await;
    office.run(&file(TWO), None).await.unwrap();
    let wrong = "12,1,,S55.12.1,鈴木　花子,,hanako01,Ab-12345,,2026-12-31,,,\r\n\
                 77,1,,S55.12.1,よその　人,,yoso0001,Ab-12345,,,,,\r\n";
    office.run(&moving(wrong), None).await.unwrap();
    let said = Mutex::new(Vec::new());
    let watch = |_| said.lock().unwrap().push(office.another_desk_ends("hanako01"));
    let request = UndoRequest { dry_run: false, many: true, batch: 1, agree: &|_| true, watch: &watch };
    office.import().undo(&request).await.unwrap();
    let mut said = said.into_inner().unwrap();
    assert!(said.len() > 4, "only {} words of progress", said.len());
    assert!(said.pop().unwrap().is_ok(), "with the last word it is done");
    let waits = |said: &Result<(), DeskStop>| {
        matches!(said, Err(DeskStop::Refused(DeskRefusal::ImportRuns { undo: true })))
    };
    assert!(said.iter().all(waits), "{said:?}");
    let hanako = office.member("hanako01").await;
    assert_eq!(hanako.name, "健保　花子");
    assert_eq!(hanako.membership.lost_on().map(LastDay::date), Some(DESK_DAY.parse().unwrap()));
}

#[tokio::test]
async fn the_right_file_gives_numbers_that_a_wrong_one_gave_and_that_were_taken_back() {
    // Who gets which number by the wrong file and then by the right one: the same, or each the other's.
    for (wrong, right) in [(["13-1", "13-2"], ["13-1", "13-2"]), (["13-1", "13-2"], ["13-2", "13-1"])] {
        let office = open("jawakayama", |_| {}).await;
        office.run(&file(TWO), None).await.unwrap();
        let before = office.whole().await;
        let rows = |numbers: [&str; 2], family: &str| {
            let row = |number: &str, name: &str, login: &str| {
                let (kigo, bango) = number.split_once('-').unwrap();
                format!("{kigo},{bango},,S55.12.1,{family}　{name},,{login},Ab-12345,\r\n")
            };
            file(&(row(numbers[0], "花子", "hanako01") + &row(numbers[1], "桃子", "momoko02")))
        };
        office.run(&rows(wrong, "鈴木"), None).await.unwrap();
        assert_eq!(office.number("hanako01").await, format!("{}-0", wrong[0]));
        office.undo().await.unwrap();
        assert_eq!(office.whole().await, before);
        assert!(office.formers("hanako01").await.is_empty(), "nobody was known by it");
        let report = office.run(&rows(right, "健保"), None).await.unwrap();
        assert_eq!((report.added(), report.changed), (0, 2), "{:?}", report.notes);
        assert_eq!(office.number("hanako01").await, format!("{}-0", right[0]));
        assert_eq!(office.number("momoko02").await, format!("{}-0", right[1]));
        assert_eq!(office.formers("hanako01").await, ["12-1-0"]);
    }
}

#[tokio::test]
async fn an_undo_forgets_no_number_that_was_a_former_one_and_no_user_id_but_the_wrong_one() {
    let office = open("jawakayama", |_| {}).await;
    office.run(&file(TWO), None).await.unwrap();
    office.run(&moving("13,1,,S55.12.1,健保　花子,,hanako01,Ab-12345,,,12,1,\r\n"), None).await.unwrap();
    assert_eq!(office.formers("hanako01").await, ["12-1-0"]);
    // Back to the number of before, and another user ID: both by mistake.
    office.run(&moving("12,1,,S55.12.1,健保　花子,,suzuki01,Ab-12345,,,13,1,\r\n"), None).await.unwrap();
    office.undo().await.unwrap();
    assert_eq!(office.number("hanako01").await, "13-1-0");
    assert_eq!(office.formers("hanako01").await, ["12-1-0"], "she was known by it before the wrong file");
    assert_eq!(office.count("former_name WHERE kind = 'login'").await, 0, "nobody knew her as suzuki01");

    // Where the desk has put the number right meanwhile, the undo forgets the wrong one all the same.
    office.run(&moving("14,1,,S55.12.1,鈴木　花子,,hanako01,Ab-12345,,,13,1,\r\n"), None).await.unwrap();
    office.desk().move_number("hanako01", "13-1", false).await.unwrap();
    assert_eq!(office.formers("hanako01").await, ["12-1-0", "14-1-0"]);
    assert_eq!(office.undo().await.unwrap().restored.len(), 1);
    assert_eq!(office.formers("hanako01").await, ["12-1-0"]);
    office.run(&moving("14,2,,S55.12.1,健保　花子,,hanako01,Ab-12345,,,13,1,\r\n"), None).await.unwrap();
    office.desk().move_number("hanako01", "13-1", false).await.unwrap();
    assert!(office.undo().await.unwrap().restored.is_empty(), "there is nothing else to be put right");
    assert_eq!(office.formers("hanako01").await, ["12-1-0"]);
}

#[tokio::test]
async fn an_import_of_which_nothing_is_left_is_not_said_to_be_taken_back() {
    let office = open("jawakayama", |_| {}).await;
    office.run(&file(TWO), None).await.unwrap();
    office.run(&file("13,9,,S55.12.1,健保　花子,,hanako09,Ab-12345,\r\n"), None).await.unwrap();
    // It was the same person under another number.
    let merged = office.desk().move_number("12-1", "13-9", false).await.unwrap();
    assert!(merged.done.merged.is_some());
    let stop = office.undo().await.unwrap_err();
    assert!(matches!(stop, ImportStop::Refused(ImportRefusal::NothingToUndo)), "{stop:?}");
    assert_eq!(office.number("hanako01").await, "13-9-0");
}

#[tokio::test]
async fn whoever_an_undo_removes_leaves_a_row_in_the_trail_and_no_counter_and_who_is_ended_the_day() {
    let office = open("jawakayama", |_| {}).await;
    office.run(&file(TWO), None).await.unwrap();
    let row = |n: u32| format!("77,{n},,S55.12.1,よその　人{n},,yoso000{n},Ab-12345,yoso{n}@example.jp\r\n");
    office.run(&file(&(1..=3).map(row).collect::<String>()), None).await.unwrap();
    let (gone, now) = (office.member("yoso0001").await, office.clock.now());
    let mut tx = office.store.tenant(&office.tenant.slug).write().await.unwrap();
    for kind in CounterKind::ALL {
        if let Some(subject) = office.vault.guard_subject_about(kind.about(), &gone, now) {
            let key = CounterKey::of(*kind, subject, &office.tenant.policy.lockout);
            assert!(store::lockout::count(&mut tx, &key, now).await.unwrap());
        }
    }
    tx.commit().await.unwrap();
    assert!(office.count("guard WHERE total > 0").await > 5);
    office.activate("yoso0002", "yoso.two").await;
    office.activate("yoso0003", "yoso.three").await;
    office.desk().end_membership("yoso.three", "2026-11-10").await.unwrap();

    let report = office.undo().await.unwrap();
    assert_eq!((report.removed, report.ended.len()), (1, 2));
    assert_eq!(
        office.count("guard WHERE total > 0").await,
        0,
        "whoever is brought by the right file may try"
    );
    let trail = office.trail().await;
    assert_eq!(trail.matches("member-deleted").count(), 1, "{trail}");
    assert_eq!(trail.matches("last-day-set {\"day\":\"2026-11-20\"}").count(), 1, "{trail}");
    assert_eq!(
        trail.matches("last-day-set").count(),
        2,
        "the desk's day stays, and is not told again: {trail}"
    );
    let three = office.member("yoso.three").await.membership.lost_on();
    assert_eq!(three.map(LastDay::date), Some("2026-11-10".parse().unwrap()));
    // Whoever asks for the id hears what became of it.
    let asked = office.desk().lift_last_day(&gone.id.to_string()).await;
    assert!(matches!(asked, Err(DeskStop::Refused(DeskRefusal::Gone(at))) if at == now), "{asked:?}");
}
