//! How long a large roster takes, and how long others wait meanwhile: 100,000 and 300,000 rows in CP932, and as many first
//! credentials by mail, on SQLite and, where `PORTAL_TEST_POSTGRES` names a server, on PostgreSQL. Beside each import
//! another member's row is written again and again, through a store of its own as a running service would: the longest of
//! these waits is what a sign-in waits. `cargo bench --bench import`, or with `-- 20000` that many rows.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement prints and may stop")]

use std::{fmt::Write as _, path::Path, sync::Arc, time::Duration};

use jiff::civil::date;
use kenpo_portal::{
    domain::{
        origin::PublicAddress,
        tenant::{CredentialLetter, RosterEncoding, Tenant, TenantSlug},
    },
    portal::{
        keys::{HashingSettings, KeyedStore},
        roster::{Import, ImportRequest, NoticesTo},
    },
    store::{Store, roster::before_all},
    tenants::{self, LoadOptions},
    vault::{Cost, KeyRing},
    wording::Wording,
    world::{SystemClock, SystemRandom},
};
use sqlx::{Connection as _, Executor as _};
use tokio_util::sync::CancellationToken;

const ROWS: [u32; 2] = [100_000, 300_000];
/// For 300,000 rows; fewer take no longer.
const GOAL: Duration = Duration::from_mins(1);
/// The longest that another writer may wait.
const PATIENCE: Duration = Duration::from_secs(1);
/// Between two writes of the other one.
const EVERY: Duration = Duration::from_millis(20);

#[tokio::main]
async fn main() {
    let wanted: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    for rows in if wanted.is_empty() { ROWS.to_vec() } else { wanted } {
        println!("{rows} rows");
        let folder = tempfile::tempdir().unwrap();
        let sqlite = format!("sqlite:{}", folder.path().join("portal.sqlite").display());
        Box::pin(measure("SQLite", &sqlite, folder.path(), rows)).await;
        let Ok(url) = std::env::var("PORTAL_TEST_POSTGRES") else {
            println!("PostgreSQL   not measured: PORTAL_TEST_POSTGRES names no server");
            continue;
        };
        let schema = format!("import_bench_{}_{rows}", std::process::id());
        let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
        let create = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"));
        connection.execute(sqlx::query(create)).await.unwrap();
        let url = format!("{url}?options=-c%20search_path%3D{schema}");
        Box::pin(measure("PostgreSQL", &url, folder.path(), rows)).await;
        let drop = format!("DROP SCHEMA {schema} CASCADE");
        connection.execute(sqlx::query(sqlx::AssertSqlSafe(drop))).await.unwrap();
    }
}

/// Four imports: everybody is new, nobody changed, everybody changed; and at another union everybody is new and gets a
/// letter.
async fn measure(database: &str, url: &str, folder: &Path, rows: u32) {
    let store = Store::open(url).await.unwrap();
    store.migrate().await.unwrap();
    let ring = KeyRing::fresh(&SystemRandom).unwrap();
    let cost = Cost { memory_kib: 64, iterations: 1, lanes: 1 };
    let hashing = HashingSettings { cost, permits: 1 };
    let keyed = KeyedStore::open(store, &ring, hashing, Arc::new(SystemRandom), &SystemClock).await.unwrap();
    let (store, vault) = (keyed.store().clone(), keyed.vault().clone());
    let (wording, public) = (Wording::new(), PublicAddress { scheme: "https".to_owned(), port: None });
    let printing = union("jswkenpo");
    let mut mailing = union("daiwakenpo");
    mailing.policy.initial_password.letter = CredentialLetter::Mail;
    for (what, tenant, bytes) in [
        ("all new", &printing, roster(rows, "髙﨑　花子")),
        ("none changed", &printing, roster(rows, "髙﨑　花子")),
        ("all changed", &printing, roster(rows, "高崎　花子")),
        ("all by mail", &mailing, newcomers(rows, mailing.import.encoding)),
    ] {
        forget_peak();
        let before = memory("VmRSS");
        let notices = folder.join(format!("{database}-{what}.csv"));
        let request = ImportRequest {
            notices: Some(NoticesTo::file(&notices)),
            many: true,
            ..ImportRequest::new(&bytes)
        };
        let import = Import {
            store: &store,
            clock: &SystemClock,
            rng: &SystemRandom,
            vault: &vault,
            tenant,
            wording: &wording,
            public: &public,
            doing: &kenpo_portal::domain::audit::doing::Doing::by_program("bench"),
        };
        #[expect(clippy::disallowed_methods, reason = "a measurement reads the real clock")]
        let begun = std::time::Instant::now();
        let (report, longest) = beside(url, import.run(&request)).await;
        let report = report.unwrap();
        let took = begun.elapsed();
        println!(
            "{database:<12} {what:<14} {:>6.2} s   peak {:>4} MiB (before {before} MiB)   added {} changed {} unchanged {} letters {}   longest wait of another write {:>5.0} ms{}{}",
            took.as_secs_f64(),
            memory("VmHWM"),
            report.added(),
            report.changed,
            report.unchanged,
            report.letters,
            longest.as_secs_f64() * 1_000.0,
            if took > GOAL { "   TOO SLOW" } else { "" },
            if longest > PATIENCE { "   OTHERS WAIT TOO LONG" } else { "" },
        );
    }
    store.close().await;
}

/// Runs an import, and beside it writes of another union through a store of their own. Its outcome, and the longest time
/// that one of these writes took.
async fn beside<T>(url: &str, import: impl Future<Output = T>) -> (T, Duration) {
    let store = Store::open(url).await.unwrap();
    let done = CancellationToken::new();
    let other = tokio::spawn({
        let done = done.clone();
        async move {
            let slug = TenantSlug::parse("mgckenpo").unwrap();
            let mut longest = Duration::ZERO;
            while !done.is_cancelled() {
                #[expect(clippy::disallowed_methods, reason = "a measurement reads the real clock")]
                let begun = std::time::Instant::now();
                let written = async {
                    let mut tx = store.tenant(&slug).write().await?;
                    kenpo_portal::store::member::forget_birth_date_misses(&mut tx, before_all()).await?;
                    tx.commit().await
                };
                let refused = written.await.is_err();
                longest = longest.max(begun.elapsed());
                if refused {
                    println!("a write beside the import was refused after {:?}", begun.elapsed());
                }
                tokio::time::sleep(EVERY).await;
            }
            longest
        }
    });
    let outcome = import.await;
    done.cancel();
    (outcome, other.await.unwrap())
}

/// Eight in ten known from the old system, one printed, one drawn; as an old system exports it.
fn roster(rows: u32, name: &str) -> Vec<u8> {
    let mut text =
        "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\r\n".to_owned();
    for n in 0..rows {
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

/// Members with an address and nothing else to sign in with.
fn newcomers(rows: u32, encoding: RosterEncoding) -> Vec<u8> {
    let mut text =
        "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\r\n".to_owned();
    for n in 0..rows {
        writeln!(
            text,
            "{},{},,1979-08-22,見本 花子,ミホン ハナコ,,,member{n}@example.jp\r",
            n % 97 + 1,
            1_000_000 + n
        )
        .unwrap();
    }
    match encoding {
        RosterEncoding::Cp932 => encoding_rs::SHIFT_JIS.encode(&text).0.into_owned(),
        RosterEncoding::Utf8 => text.into_bytes(),
    }
}

fn union(slug: &str) -> Tenant {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants");
    let options = LoadOptions { base_domains: &[], today: date(2026, 11, 21), ..LoadOptions::default() };
    let loaded = tenants::load(&folder, &options).unwrap();
    Tenant::clone(&loaded.tenants.by_slug(&TenantSlug::parse(slug).unwrap()).unwrap())
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
