//! A database that is older or newer than the program: what every command says, and what a running service does (D43).

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection};

use super::program::{Place, Running};

/// Every command that asks the database.
const COMMANDS: [&[&str]; 9] = [
    &["serve"],
    &["tenant", "check", "--db"],
    &["member", "import", "--tenant", "midorikenpo", "roster.csv"],
    &["member", "show", "--tenant", "midorikenpo", "hanako01", "--reason", "phone"],
    &["member", "unlock", "--tenant", "midorikenpo", "hanako01", "--reason", "phone"],
    &["mail", "status"],
    &["audit", "export", "--tenant", "midorikenpo"],
    &["terms", "export", "--tenant", "midorikenpo"],
    &["migrate", "up"],
];

async fn run(place: &Place, statement: &str) {
    let url = format!("sqlite:{}", place.path("portal.db").display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    connection.execute(AssertSqlSafe(statement)).await.unwrap();
    connection.close().await.unwrap();
}

/// As a program of tomorrow leaves it: one more migration, and the oldest program that may go on beside it.
async fn upgrade(place: &Place, version: i64, oldest: Option<&str>) {
    let applied = format!(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES ({version}, 'tomorrow', 1, x'00', 1)"
    );
    run(place, &applied).await;
    if let Some(oldest) = oldest {
        run(place, &format!("INSERT INTO _migration_beside VALUES ({version}, '{oldest}')")).await;
    }
}

fn ready(service: &Running) -> (u16, String) {
    Running::ask(service.internal, "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

#[tokio::test]
async fn an_older_program_goes_on_beside_a_newer_schema_that_lets_it() {
    let place = Place::ready();
    let service = place.serve();
    upgrade(&place, 9001, Some(env!("CARGO_PKG_VERSION"))).await;
    let (status, said) = ready(&service);
    assert_eq!(status, 200, "{said}");
    assert_eq!(place.run(&["mail", "status"]).code, 0);
    let told = place.run(&["migrate", "status"]);
    assert_eq!(told.code, 0, "{}", told.out);
    assert!(told.out.contains("9001 ? goes on beside"), "{}", told.out);
    let up = place.run(&["migrate", "up"]);
    assert_eq!(up.code, 0, "{}", up.err);
    assert!(up.err.contains("newer program"), "{}", up.err);
    // And after a restart.
    drop(service);
    assert_eq!(ready(&place.serve()).0, 200);
}

#[tokio::test]
async fn a_schema_out_of_range_names_the_program_that_is_needed_everywhere() {
    let place = Place::ready();
    let service = place.serve();
    upgrade(&place, 9001, Some(env!("CARGO_PKG_VERSION"))).await;
    upgrade(&place, 9002, Some("99.1.0")).await;
    let (status, said) = ready(&service);
    assert_eq!(status, 503);
    assert!(said.contains("kenpo-portal 99.1.0 or newer") && !said.contains("migrate up"), "{said}");
    for command in COMMANDS {
        let ended = place.run(command);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{command:?}: {}", ended.err);
        assert!(ended.err.contains("99.1.0") && ended.err.contains("9002"), "{command:?}: {}", ended.err);
        let japanese = place.run(&[command, &["--lang", "ja"]].concat());
        assert!(japanese.err.contains("kenpo-portal 99.1.0 以上"), "{command:?}: {}", japanese.err);
    }
    let status = place.run(&["migrate", "status"]);
    assert_eq!(status.code, 1);
    assert!(status.err.contains("99.1.0"), "{}", status.err);

    // Applied by a program that kept no such thing.
    run(&place, "DELETE FROM _migration_beside WHERE version > 9000").await;
    let ended = place.run(&["migrate", "up"]);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("the program that ran `migrate up`"), "{}", ended.err);
    assert_eq!(ready(&service).0, 503);
}

#[tokio::test]
async fn an_older_schema_leads_to_migrate_up_everywhere() {
    let place = Place::ready();
    let service = place.serve();
    run(&place, "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)")
        .await;
    let (status, said) = ready(&service);
    assert_eq!(status, 503);
    assert!(said.contains("migrate up"), "{said}");
    for command in COMMANDS.into_iter().filter(|command| command[0] != "migrate") {
        let ended = place.run(command);
        assert_eq!(ended.code, 2, "{command:?}: {}", ended.err);
        assert!(ended.err.trim_end().ends_with("kenpo-portal migrate up"), "{command:?}: {}", ended.err);
    }
}
