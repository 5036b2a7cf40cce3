//! What an import would change is told by person and field before anything is written.

use super::*;

/// The file of the next month: a birth date and a name corrected, another address, one new, one who is not there.
const NEXT: &str = "12,1,,S55.12.2,健保　花子,ｹﾝﾎﾟ ﾊﾅｺ,hanako01,,hanako@example.jp\r\n\
                    12,2,,19790822,田中　太郎,タナカ　タロウ,taro0002,Ab-12345,tanaka@example.jp\r\n\
                    12,4,,平成元年1月8日,健保　次郎,,jiro0004,Ab-12345,\r\n";

#[tokio::test]
async fn who_would_change_is_told_by_person_and_field_and_nothing_is_written() {
    let office = open("jawakayama", random).await;
    office.import_to(&file(THREE), "notices.csv").await;
    let before: Vec<_> = office.members().await.iter().map(|m| format!("{m:?}")).collect();
    let (code, ja) = office.command(&file(NEXT), |options| options.dry_run = true).await;
    assert_eq!(code, 0);
    let english = |options: &mut ImportOptions<'_>| {
        (options.dry_run, options.language) = (true, Language::En);
    };
    let (_, en) = office.command(&file(NEXT), english).await;
    snapshots().bind(|| insta::assert_snapshot!("preview", format!("{ja}\n{en}")));
    let for_programs = |options: &mut ImportOptions<'_>| (options.dry_run, options.json) = (true, true);
    let (_, json) = office.command(&file(NEXT), for_programs).await;
    let told: serde_json::Value = serde_json::from_str(json.trim_end_matches("---\n")).unwrap();
    assert_eq!(told["report"]["birth_dates_changed"], 1);
    assert_eq!(told["report"]["absent"], 1);
    let birth_date = &told["people"][0]["fields"]["birthdate"];
    assert_eq!((&birth_date["old"], &birth_date["new"]), (&"1980-12-01".into(), &"1980-12-02".into()));
    assert_eq!(told["people"][2]["action"], "add");
    let after: Vec<_> = office.members().await.iter().map(|m| format!("{m:?}")).collect();
    assert_eq!(before, after);
    assert_eq!((office.count("audit").await, office.count("import").await), (1, 0));
}

#[tokio::test]
async fn a_file_that_changes_more_than_a_fifth_is_asked_for_twice() {
    let office = open("jawakayama", |_| {}).await;
    let rows = |count: u32, name: &str| {
        let row = |n: u32| {
            format!("12,{n},,S55.12.1,{},,id{n:06},Ab-12345,\r\n", if n <= count { name } else { "旧　姓" })
        };
        file(&(1..=30).map(row).collect::<String>())
    };
    office.run(&rows(0, ""), None).await.unwrap();
    let (code, words) = office.command(&rows(7, "新　姓"), |_| {}).await;
    assert_eq!(code, 1);
    assert!(words.contains("30 人のうち 7 人が変わります") && words.contains("--yes-many"), "{words}");
    assert!(office.members().await.iter().all(|member| member.name == "旧　姓"));
    assert_eq!(office.count("audit").await, 1);
    let (_, words) = office.command(&rows(7, "新　姓"), |options| options.dry_run = true).await;
    assert!(words.trim_end().ends_with("--yes-many"), "{words}");
    assert!(words.contains("まちがえていませんか"), "whoever is handed that word is asked first: {words}");
    let (code, words) = office.command(&rows(7, "新　姓"), |options| options.many = true).await;
    assert_eq!(code, 0, "{words}");
    let (code, words) = office.command(&rows(13, "新　姓"), |_| {}).await;
    assert_eq!(code, 0, "a fifth is not much: {words}");
    assert_eq!(office.members().await.iter().filter(|member| member.name == "新　姓").count(), 13);
}

#[tokio::test]
async fn whoever_sits_at_the_terminal_is_asked_and_no_is_no() {
    let office = open("jawakayama", |_| {}).await;
    let bytes = file("12,1,,S55.12.1,健保　花子,,hanako01,Ab-12345,\r\n");
    let (code, words) = office.command(&bytes, |options| options.ask = Some(|_| false)).await;
    assert!(code == 2 && words.contains("何も書いていません"), "{words}");
    assert_eq!((office.count("member").await, office.count("audit").await), (0, 0));
    let told: fn(&str) -> bool = |question| {
        question.contains("健保　花子")
            && question.contains("まだ何も書いていません")
            && question.ends_with("[y/N] ")
    };
    let (code, words) = office.command(&bytes, |options| options.ask = Some(told)).await;
    assert_eq!(code, 0, "{words}");
    let never: fn(&str) -> bool = |question| panic!("nothing would change: {question}");
    assert_eq!(office.command(&bytes, |options| options.ask = Some(never)).await.0, 0);
}

#[tokio::test]
async fn of_many_bad_rows_the_first_twenty_are_told_and_all_to_programs() {
    let office = open("jawakayama", |_| {}).await;
    let row = |n: u32| format!("12,{n},,S55.12.40,健保　花子,,,,\r\n");
    let bytes = file(&(1..=25).map(row).collect::<String>());
    let (code, words) = office.command(&bytes, |_| {}).await;
    assert_eq!((code, words.matches("行目").count()), (1, 20), "{words}");
    assert!(words.contains("ほか 5 件の不備"), "{words}");
    let (_, json) = office.command(&bytes, |options| options.json = true).await;
    assert_eq!(json.matches("\"line\"").count(), 25);
}
