//! A file that is the whole roster: who is missing in it is listed, and ended on the day that is given (D34).

use super::*;

/// So many members, of whom nobody has signed in.
fn rows(which: impl IntoIterator<Item = u32>) -> Vec<u8> {
    let row = |n: u32| format!("12,{n},,S55.12.1,健保　{n},,user{n:04},Ab-12345,\r\n");
    file(&which.into_iter().map(row).collect::<String>())
}

impl Office {
    /// Last days, by number.
    async fn last_days(&self) -> Vec<(String, Option<String>)> {
        let mut members = self.members().await;
        members.sort_by_key(|m| m.number.bango().parse::<u32>().unwrap());
        members.into_iter().map(|m| (m.key, m.lost_on.map(|day| day.date().to_string()))).collect()
    }
}

#[tokio::test]
async fn who_is_missing_in_a_whole_roster_is_listed_ended_on_the_day_given_and_taken_back_while_it_lasts() {
    let office = open("jawakayama", |_| {}).await;
    let other = office.sibling("daiwakenpo");
    other.run(&rows([500]), None).await.unwrap();
    office.run(&rows(1..=6), None).await.unwrap();
    let before = office.whole().await;
    let whole = rows([1, 2, 3, 4]);

    let (code, listed) =
        office.command(&whole, |options| (options.complete, options.dry_run) = (true, true)).await;
    let (refused, needed) = office.command(&whole, |options| options.complete = true).await;
    assert_eq!((code, refused), (0, 2), "{listed} {needed}");
    assert_eq!(office.whole().await, before, "nobody is ended on a day that nobody gave");
    let (code, done) =
        office.command(&whole, |options| (options.complete, options.day) = (true, Some("2026-12-31"))).await;
    assert_eq!(code, 0, "{done}");
    let (_, again) =
        office.command(&whole, |options| (options.complete, options.day) = (true, Some("2026-12-31"))).await;
    snapshots().bind(|| insta::assert_snapshot!("whole", format!("{listed}\n{needed}\n{done}\n{again}")));
    let days = office.last_days().await;
    let ended: Vec<_> = days.iter().filter(|(_, day)| day.is_some()).map(|(key, _)| key.as_str()).collect();
    assert_eq!(ended, ["12-5-0", "12-6-0"]);
    assert!(days.iter().all(|(_, day)| day.as_deref().is_none_or(|day| day == "2026-12-31")));
    assert!(other.last_days().await.iter().all(|(_, day)| day.is_none()), "another union's stay");
    let trail = office.trail().await;
    assert_eq!(
        trail.matches("last-day-set {\"day\":\"2026-12-31\"} member=true madoguchi").count(),
        2,
        "{trail}"
    );

    // The day is not over: the undo takes it back. Afterwards it stays.
    office.undo().await.unwrap();
    assert_eq!(office.whole().await, before);
    office.command(&whole, |options| (options.complete, options.day) = (true, Some("2026-11-20"))).await;
    assert_eq!(office.undo().await.unwrap().stay_ended.len(), 2);
    assert_eq!(office.last_days().await[5].1.as_deref(), Some("2026-11-20"), "who was ended stays so");
    // Who has left before is not missing, and not ended anew.
    let (code, done) =
        office.command(&whole, |options| (options.complete, options.day) = (true, Some("2026-12-31"))).await;
    assert!(code == 0 && done.contains("2 人はファイルにいません。資格がすでに終わっている"), "{done}");
    assert_eq!(office.last_days().await[5].1.as_deref(), Some("2026-11-20"));
}

#[tokio::test]
async fn more_than_a_twentieth_missing_is_asked_for_twice_and_a_day_that_cannot_be_meant_is_told() {
    let office = open("jawakayama", |_| {}).await;
    office.run(&rows(1..=100), None).await.unwrap();
    let six = rows(7..=100);
    let on = |options: &mut ImportOptions<'_>| (options.complete, options.day) = (true, Some("2026-12-31"));
    let (code, words) = office.command(&six, on).await;
    assert!(code == 1 && words.contains("100 人のうち 6 人") && words.contains("5 %"), "{words}");
    let (_, json) = office
        .command(&six, |options| {
            on(options);
            options.json = true;
        })
        .await;
    assert!(json.contains("\"much-missing\""), "{json}");
    for (day, told) in [
        ("2023-01-01", "今日から2年よりも離れた日です"),
        ("tomorrow", "日付として読めません"),
        ("2026-02-30", "暦にない日です"),
    ] {
        let (code, words) = office
            .command(&six, |options| (options.complete, options.many, options.day) = (true, true, Some(day)))
            .await;
        assert!(code == 2 && words.contains(told), "{day}: {words}");
    }
    assert!(office.last_days().await.iter().all(|(_, day)| day.is_none()), "nothing half-done");
    let (code, _) = office.command(&rows(6..=100), on).await;
    assert_eq!(code, 0, "five of a hundred are no more than a twentieth");
    // Of 95 members who are left.
    let (code, words) = office
        .command(&rows(12..=100), |options| {
            on(options);
            options.many = true;
        })
        .await;
    assert!(code == 0 && words.contains("6 人はファイルにいません"), "{words}");
    assert_eq!(office.last_days().await.iter().filter(|(_, day)| day.is_some()).count(), 11);
}
