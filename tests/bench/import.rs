//! How long a large roster takes: 100,000 rows in CP932, on SQLite and, where `PORTAL_TEST_POSTGRES` names a server,
//! on PostgreSQL. `cargo bench --bench import`
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement prints and may stop")]

use std::{fmt::Write as _, path::Path, sync::Arc, time::Duration};

use jiff::civil::date;
use kenpo_portal::{
    domain::tenant::{Tenant, TenantSlug},
    portal::roster::{Import, Request},
    store::Store,
    tenants::{self, LoadOptions},
    vault::{Cost, KeyRing, Vault},
    world::{SystemClock, SystemDice},
};
use sqlx::{Connection as _, Executor as _};

const ROWS: u32 = 100_000;
const GOAL: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}", folder.path().join("portal.sqlite").display());
    measure("SQLite", &sqlite, folder.path()).await;
    let Ok(url) = std::env::var("PORTAL_TEST_POSTGRES") else {
        println!("PostgreSQL   not measured: PORTAL_TEST_POSTGRES names no server");
        return;
    };
    let schema = format!("import_bench_{}", std::process::id());
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    connection.execute(sqlx::query(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}")))).await.unwrap();
    measure("PostgreSQL", &format!("{url}?options=-c%20search_path%3D{schema}"), folder.path()).await;
    let drop = format!("DROP SCHEMA {schema} CASCADE");
    connection.execute(sqlx::query(sqlx::AssertSqlSafe(drop))).await.unwrap();
}

/// Three imports: everybody is new, nobody changed, everybody changed.
async fn measure(database: &str, url: &str, folder: &Path) {
    let store = Store::open(url).await.unwrap();
    store.migrate().await.unwrap();
    let ring = KeyRing::fresh(&SystemDice).unwrap();
    let cost = Cost { memory_kib: 64, iterations: 1, lanes: 1 };
    let vault = Vault::new(&ring, cost, 1, Arc::new(SystemDice)).unwrap();
    let tenant = union_in_cp932();
    for (what, name) in
        [("all new", "髙﨑　花子"), ("none changed", "髙﨑　花子"), ("all changed", "高崎　花子")]
    {
        let bytes = roster(name);
        forget_peak();
        let before = memory("VmRSS");
        let notices = folder.join(format!("{database}-{what}.csv"));
        let request = Request { file: &bytes, dry_run: false, notices: Some(&notices), watch: &|_| {} };
        let import =
            Import { store: &store, clock: &SystemClock, dice: &SystemDice, vault: &vault, tenant: &tenant };
        #[expect(clippy::disallowed_methods, reason = "a measurement reads the real clock")]
        let begun = std::time::Instant::now();
        let report = import.run(&request).await.unwrap();
        let took = begun.elapsed();
        println!(
            "{database:<12} {what:<14} {:>6.2} s   peak {:>4} MiB (before {before} MiB)   added {} changed {} unchanged {}{}",
            took.as_secs_f64(),
            memory("VmHWM"),
            report.added(),
            report.changed,
            report.unchanged,
            if took > GOAL { "   TOO SLOW" } else { "" },
        );
    }
    store.close().await;
}

/// Eight in ten known from the old system, one printed, one drawn; as an old system exports it.
fn roster(name: &str) -> Vec<u8> {
    let mut text =
        "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\r\n".to_owned();
    for n in 0..ROWS {
        let (kigo, bango, day) = (n % 97 + 1, 1_000_000 + n, n % 28 + 1);
        write!(text, "{kigo},{bango},,昭和54年{}月{day}日,{name},ﾀｶｻｷ ﾊﾅｺ,", n % 12 + 1).unwrap();
        match n % 10 {
            0 => text.push_str(",,\r\n"),
            1 => write!(text, "print{n},Ab-{n:08},member{n}@example.jp\r\n").unwrap(),
            _ => write!(text, "member{n},,member{n}@example.jp\r\n").unwrap(),
        }
    }
    let (bytes, _, unmappable) = encoding_rs::SHIFT_JIS.encode(&text);
    assert!(!unmappable);
    bytes.into_owned()
}

fn union_in_cp932() -> Tenant {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants");
    let options = LoadOptions { base_domains: &[], today: date(2026, 11, 21), kept: &[] };
    let loaded = tenants::load(&folder, &options).unwrap();
    Tenant::clone(&loaded.tenants.by_slug(&TenantSlug::parse("jswkenpo").unwrap()).unwrap())
}

/// A line of Linux's account of this process, in MiB; 0 elsewhere.
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let value = status.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(':'));
    let kib: Option<u64> = value.and_then(|v| v.split_whitespace().next()).and_then(|v| v.parse().ok());
    kib.unwrap_or_default() / 1024
}

/// Lets the peak begin anew, where Linux allows it.
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}
