//! How long it takes to find members among 600,000, on SQLite and, where `PORTAL_TEST_POSTGRES` names a server, on
//! PostgreSQL; and how long it takes to write the search keys of all of them anew, with the longest time that another
//! writer waited beside it. `cargo bench --bench find`, or with `-- 20000` that many members.
//!
//! Each kind of search is asked as statements alone, which is what the reach is about; as the whole deed, in which the trail
//! gets a row of each who is shown, cold (over connections that are new and have prepared nothing) and warm; and as the same
//! deed at a union with ten members, so that a busy machine or a slow disk is not taken for a slow query.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a measurement prints and may stop")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::civil::date;
use kenpo_portal::{
    domain::{
        audit::doing::Doing,
        birth_date::BirthDate,
        login_id::LoginId,
        member::{EmailAddress, MemberId, MemberNumber},
        origin::PublicAddress,
        search::{Reach, SearchWord},
        tenant::{Tenant, TenantSlug},
    },
    portal::{
        Portal,
        desk::Desk,
        keys::{HashingSettings, KeyedStore},
    },
    store::{
        Store, member,
        password::FirstKind,
        roster::{NewMember, add, before_all},
        search,
    },
    tenants::{self, LoadOptions},
    vault::{Cost, KeyRing},
    wording::Wording,
    world::{Clock as _, SystemClock, SystemRandom, random_bytes},
};
use sqlx::{Connection as _, Executor as _};
use tokio_util::sync::CancellationToken;

const MEMBERS: u32 = 600_000;
/// For one member's number, mail address, user ID or whole name.
const ONE: Duration = Duration::from_millis(100);
/// For the beginning of a name in kana.
const BEGINNING: Duration = Duration::from_millis(200);
/// Each is asked that often, warm.
const TIMES: u32 = 20;

const FAMILIES: [(&str, &str); 12] = [
    ("佐藤", "サトウ"),
    ("鈴木", "スズキ"),
    ("髙橋", "タカハシ"),
    ("田中", "タナカ"),
    ("伊藤", "イトウ"),
    ("渡邊", "ワタナベ"),
    ("山本", "ヤマモト"),
    ("中村", "ナカムラ"),
    ("小林", "コバヤシ"),
    ("加藤", "カトウ"),
    ("齋藤", "サイトウ"),
    ("吉田", "ヨシダ"),
];
const GIVEN: [(&str, &str); 8] = [
    ("花子", "ハナコ"),
    ("太郎", "タロウ"),
    ("京子", "キョウコ"),
    ("健", "ケン"),
    ("翔", "ショウ"),
    ("美咲", "ミサキ"),
    ("庄司", "ショウジ"),
    ("陽子", "ヨウコ"),
];

#[tokio::main]
async fn main() {
    let members = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(MEMBERS);
    println!("{members} members");
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}", folder.path().join("portal.sqlite").display());
    Box::pin(measure("SQLite", &sqlite, members)).await;
    let Ok(url) = std::env::var("PORTAL_TEST_POSTGRES") else {
        println!("PostgreSQL   not measured: PORTAL_TEST_POSTGRES names no server");
        return;
    };
    let schema = format!("find_bench_{}", std::process::id());
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    connection.execute(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await.unwrap();
    let url = format!("{url}?options=-c%20search_path%3D{schema}");
    Box::pin(measure("PostgreSQL", &url, members)).await;
    connection.execute(sqlx::AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"))).await.unwrap();
}

async fn measure(database: &str, url: &str, members: u32) {
    let store = Store::open(url).await.unwrap();
    store.migrate().await.unwrap();
    let ring = KeyRing::fresh(&SystemRandom).unwrap();
    let cost = Cost { memory_kib: 64, iterations: 1, lanes: 1 };
    let (hashing, rng) = (HashingSettings { cost, permits: 1 }, Arc::new(SystemRandom));
    let keyed = KeyedStore::open(store, &ring, hashing, rng.clone(), &SystemClock).await.unwrap();
    let public = PublicAddress { scheme: "https".to_owned(), port: None };
    let portal = Portal::new(keyed, Arc::new(SystemClock), rng, Arc::new(Wording::new()), public);
    let (tenant, small) = (union("jswkenpo"), union("daiwakenpo"));
    let began = now();
    fill(portal.store(), &tenant, members).await;
    fill(portal.store(), &small, 10).await;
    println!("{database:<12} filled in {:.0} s", began.elapsed().as_secs_f64());
    if !url.starts_with("sqlite:") {
        // The server does it by itself within a minute (autovacuum).
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        connection.execute("ANALYZE").await.unwrap();
    }

    let doing = Doing::by_program("bench");
    println!(
        "{database:<12} {:<14} {:>10} {:>10} {:>10} {:>10} {:>10}   in ms",
        "", "query p50", "longest", "cold deed", "deed p50", "of ten p50"
    );
    let last = members - 1;
    for (what, word, most) in [
        ("number", format!("{}-{}", last % 97 + 1, 1_000_000 + last), ONE),
        ("mail address", format!("Member{last}@example.jp"), ONE),
        ("user ID", format!("member{last}"), ONE),
        ("whole name", "高橋京子".to_owned(), ONE),
        ("whole kana", "タカハシキョウコ".to_owned(), ONE),
        ("nobody's name", "東海林".to_owned(), ONE),
        ("nobody's kana", "ショウジイチロウ".to_owned(), ONE),
        ("name begins", "高".to_owned(), BEGINNING),
        ("kana begins", "さと".to_owned(), BEGINNING),
        ("kana begins", "サ".to_owned(), BEGINNING),
    ] {
        let new = Store::open(url).await.unwrap();
        let (cold, _) = timed(&desk(&portal, &new, &tenant, &doing), &word).await;
        new.close().await;
        let (mut many, mut few, mut alone, mut found) = (Vec::new(), Vec::new(), Vec::new(), 0);
        for _ in 0..TIMES {
            alone.push(query(portal.store(), &tenant, &word).await);
            let (took, listed) = timed(&desk(&portal, portal.store(), &tenant, &doing), &word).await;
            many.push(took);
            found = listed;
            few.push(timed(&desk(&portal, portal.store(), &small, &doing), &word).await.0);
        }
        many.sort();
        few.sort();
        alone.sort();
        let middle = |times: &[Duration]| *times.get(times.len() / 2).unwrap();
        let longest = *alone.last().unwrap();
        let millis = |time: &Duration| time.as_secs_f64() * 1_000.0;
        println!(
            "{database:<12} {what:<14} {:>10.2} {:>10.2} {:>10.2} {:>10.2} {:>10.2}   {found} listed{}",
            millis(&middle(&alone)),
            millis(&longest),
            millis(&cold),
            millis(&middle(&many)),
            millis(&middle(&few)),
            if longest > most { "   TOO SLOW" } else { "" }
        );
    }
    let desk = desk(&portal, portal.store(), &tenant, &doing);

    // As after the migration: nobody has keys.
    let text = "UPDATE member SET name_key = NULL, kana_key = NULL, email_key = NULL, pending_key = NULL";
    if let Some(path) = url.strip_prefix("sqlite:") {
        let mut connection = sqlx::SqliteConnection::connect(path).await.unwrap();
        connection.execute(text).await.unwrap();
    } else {
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        connection.execute(text).await.unwrap();
    }
    let begun = now();
    let found = desk.find("高橋京子").await.unwrap().members.len();
    println!(
        "{database:<12} without keys   {:>7.2} ms   {found} listed",
        begun.elapsed().as_secs_f64() * 1_000.0
    );
    let begun = now();
    let (keyed, longest) = beside(url, async {
        let mut keyed = 0;
        loop {
            match portal.key_members(&tenant.slug).await.unwrap() {
                0 => break keyed,
                more => keyed += more,
            }
            portal.store().let_others_write().await;
        }
    })
    .await;
    println!(
        "{database:<12} keys written   {:>7.2} s    {keyed} members   longest wait of another write {:.0} ms",
        begun.elapsed().as_secs_f64(),
        longest.as_secs_f64() * 1_000.0
    );
    portal.store().close().await;
}

#[expect(clippy::disallowed_methods, reason = "a measurement reads the real clock")]
fn now() -> Instant {
    Instant::now()
}

fn desk<'a>(portal: &'a Portal, store: &'a Store, tenant: &'a Tenant, doing: &'a Doing) -> Desk<'a> {
    Desk {
        store,
        clock: &SystemClock,
        rng: &SystemRandom,
        vault: portal.vault(),
        tenant,
        wording: portal.wording(),
        doing,
        dry_run: false,
    }
}

/// How long the statements of a search take, without the trail's rows.
async fn query(store: &Store, tenant: &Tenant, word: &str) -> Duration {
    let (login, word, limit) = (LoginId::typed(word), SearchWord::typed(word, Reach::Beginning), 51);
    let began = now();
    let mut tx = store.tenant(&tenant.slug).read().await.unwrap();
    member::by_login(&mut tx, &login).await.unwrap();
    if let Some(mail) = &word.mail {
        search::by_email(&mut tx, mail, limit).await.unwrap();
        search::by_pending(&mut tx, mail, limit).await.unwrap();
    }
    search::by_name(&mut tx, &word, limit).await.unwrap();
    search::by_kana(&mut tx, &word, limit).await.unwrap();
    search::unkeyed(&mut tx, before_all(), limit).await.unwrap();
    began.elapsed()
}

/// How long a search takes, and how many it lists.
async fn timed(desk: &Desk<'_>, word: &str) -> (Duration, usize) {
    let began = now();
    let found = desk.find(word).await.unwrap().members.len();
    (began.elapsed(), found)
}

/// Members with names that many share, and an address each.
async fn fill(store: &Store, tenant: &Tenant, members: u32) {
    let import = uuid::Uuid::nil();
    let now = SystemClock.now();
    for from in (0..members).step_by(5_000) {
        let people: Vec<_> = (from..members.min(from + 5_000))
            .map(|n| {
                let at = n as usize;
                let (family, family_kana) = *FAMILIES.iter().cycle().nth(at % FAMILIES.len()).unwrap();
                let (given, given_kana) =
                    *GIVEN.iter().cycle().nth(at / FAMILIES.len() % GIVEN.len()).unwrap();
                let number = MemberNumber::parse(&(n % 97 + 1).to_string(), &(1_000_000 + n).to_string(), "");
                let email = EmailAddress::kept(format!("member{n}@example.jp"));
                let names = (format!("{family} {given}"), format!("{family_kana} {given_kana}"));
                (n, number.unwrap(), email, names)
            })
            .collect();
        let new: Vec<_> = people
            .iter()
            .map(|(n, number, email, (name, name_kana))| NewMember {
                lost_on: None,
                id: MemberId::new(now, random_bytes(&SystemRandom).unwrap()),
                number,
                name,
                name_kana,
                birth_date: BirthDate::kept(date(1979, 8, 22)),
                login: LoginId::kept(format!("member{n}")),
                email: Some(email),
                unique_email: true,
                kind: FirstKind::Derived,
                digest: None,
            })
            .collect();
        let mut tx = store.tenant(&tenant.slug).write().await.unwrap();
        assert!(add(&mut tx, import, &new, now, now).await.unwrap());
        tx.commit().await.unwrap();
    }
}

/// Does the work, and beside it writes of another union through a store of their own. Its outcome, and the longest time
/// that one of these writes took.
async fn beside<T>(url: &str, work: impl Future<Output = T>) -> (T, Duration) {
    let store = Store::open(url).await.unwrap();
    let done = CancellationToken::new();
    let other = tokio::spawn({
        let done = done.clone();
        async move {
            let slug = TenantSlug::parse("mgckenpo").unwrap();
            let mut longest = Duration::ZERO;
            while !done.is_cancelled() {
                let begun = now();
                let mut tx = store.tenant(&slug).write().await.unwrap();
                kenpo_portal::store::member::forget_birth_date_misses(&mut tx, before_all()).await.unwrap();
                tx.commit().await.unwrap();
                longest = longest.max(begun.elapsed());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            longest
        }
    });
    let outcome = work.await;
    done.cancel();
    (outcome, other.await.unwrap())
}

fn union(slug: &str) -> Tenant {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants");
    let options = LoadOptions { base_domains: &[], today: date(2026, 11, 21), ..LoadOptions::default() };
    let loaded = tenants::load(&folder, &options).unwrap();
    Tenant::clone(&loaded.tenants.by_slug(&TenantSlug::parse(slug).unwrap()).unwrap())
}
