//! Town: the whole portal in one test — real store, real rules, real pages — with a clock and random source that do as told.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::Router;
use jiff::{SignedDuration, Timestamp, civil::date};
use kenpo_portal::{
    cli::member::{self, DeskOptions},
    domain::{
        audit::{
            chain::{Head, TrailRow},
            doing::{Actor, Doing, Reason},
        },
        login_id::LoginId,
        member::{DeviceId, Member},
        origin::PublicAddress,
        tenant::{CredentialLetter, Language, RosterEncoding, Tenant, TenantSlug},
    },
    jobs::endings,
    portal::{
        NodeJob, Portal,
        closing::Leaving,
        desk::{Address, Desk, DeskRefusal, DeskStop},
        keys::{HashingSettings, KeyedStore},
        restore::{Restore, Restored},
        roster::{Import, ImportRequest, NoticesTo},
        trail::{Sealed, invariants::broken_rows},
    },
    store::{self, Limits, Store, epoch::CarriedOver},
    tenants::{self, LoadOptions, Tenants},
    vault::{Cost, KeyRing, SealContext, SealedColumn, Vault},
    web::Website,
    wording::Wording,
    world::{Clock, RandomError, RandomSource},
};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

mod authenticator;
mod browser;
mod database;
mod idle;
mod keys;
mod ledger;
mod line;
mod mailbox;
mod outbox;
mod phone;
mod post;
mod sink;
mod terms;
mod wallet;

pub use authenticator::{Authenticator, Lies, statement_of};
pub use browser::Browser;
pub use database::Database;
pub use idle::everything_has_ended;
pub use line::{EVERY_FAULT, Fault, Line};
pub use mailbox::{Mail, Mailbox};
pub use phone::Phone;
pub use post::Row;
pub use sink::{Answer, Manner, Sink};
pub use wallet::Wallet;

/// Stories are told on machines that are busy with others: no wait is cut short for that.
const PATIENT: Limits = Limits {
    acquire: Duration::from_mins(1),
    statement: Duration::from_mins(1),
    request: Duration::from_mins(2),
    readiness: Duration::from_mins(1),
};

/// As cheap as a hash may be.
/// Cheap hashes, and two at once.
pub const HASHING: HashingSettings =
    HashingSettings { cost: Cost { memory_kib: 64, iterations: 1, lanes: 1 }, permits: 2 };

/// The union of most stories.
pub const JSW: &str = "jswkenpo";
/// Another one.
pub const MGC: &str = "mgckenpo";

/// A clock that stands still until it is told to go on, and by how far it was set meanwhile.
#[derive(Debug)]
pub struct TownClock(Mutex<(Timestamp, SignedDuration)>);

impl Clock for TownClock {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap().0
    }

    fn steady(&self) -> Duration {
        let (now, set) = *self.0.lock().unwrap();
        (now.duration_since(Timestamp::UNIX_EPOCH) - set).unsigned_abs()
    }
}

impl TownClock {
    fn at(now: Timestamp) -> Self {
        Self(Mutex::new((now, SignedDuration::ZERO)))
    }

    /// Time goes by.
    pub fn advance(&self, by: SignedDuration) {
        self.0.lock().unwrap().0 += by;
    }

    /// The clock is set, or the machine slept: the steady clock knows nothing of it.
    pub fn jump(&self, by: SignedDuration) {
        let mut clock = self.0.lock().unwrap();
        *clock = (clock.0 + by, clock.1 + by);
    }
}

/// Random bytes that are the same in every run, or none.
#[derive(Debug, Default)]
pub struct TownRandom {
    throws: AtomicU64,
    is_gone: AtomicBool,
}

impl TownRandom {
    /// Whether the machine gives none from now on.
    pub fn is_gone(&self, is_gone: bool) {
        self.is_gone.store(is_gone, Ordering::Relaxed);
    }
}

impl RandomSource for TownRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        if self.is_gone.load(Ordering::Relaxed) {
            return Err(RandomError);
        }
        for chunk in bytes.chunks_mut(32) {
            let throw = self.throws.fetch_add(1, Ordering::Relaxed);
            let digest = Sha256::digest(throw.to_be_bytes());
            chunk.copy_from_slice(&digest[..chunk.len()]);
        }
        Ok(())
    }
}

pub struct Town {
    pub app: Website,
    pub clock: Arc<TownClock>,
    pub router: Router,
    vault: Vault,
    ring: KeyRing,
    pub rng: Arc<TownRandom>,
    database: Database,
    folder: TempDir,
}

/// Who signs in first, and with what.
#[derive(Debug, Clone)]
pub struct Newcomer {
    pub login: String,
    pub password: String,
    pub born: &'static str,
    /// Where mail reaches them.
    pub email: String,
}

pub fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}

pub fn hours(n: i64) -> SignedDuration {
    SignedDuration::from_hours(n)
}

pub fn real_tenants() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants")
}

impl Town {
    /// With the unions of `tenants/`.
    pub async fn open() -> Self {
        Self::with(unions()).await
    }

    /// With the unions of `tenants/`, one of whose files is edited first.
    pub async fn edited(slug: &str, edit: impl FnOnce(String) -> String) -> Self {
        Self::with(read_unions(edited(slug, edit).path())).await
    }

    /// With the unions of `tenants/` and what `prepare` does to a copy of that folder.
    pub async fn in_folder(prepare: impl FnOnce(&Path)) -> Self {
        let folder = TempDir::new().unwrap();
        copy(&real_tenants(), folder.path());
        prepare(folder.path());
        Self::with(read_unions(folder.path())).await
    }

    async fn with(unions: Tenants) -> Self {
        let folder = TempDir::new().unwrap();
        let database = Database::fresh(folder.path()).await;
        let url = database.url().to_owned();
        Self::at(unions, folder, database, &url).await
    }

    /// The same as [`Town::edited`], at the end of a line that can be broken.
    pub async fn on_a_line(slug: &str, edit: impl FnOnce(String) -> String) -> (Self, Line) {
        let folder = TempDir::new().unwrap();
        let database = Database::fresh(folder.path()).await;
        let line = Line::to(database.url());
        let unions = read_unions(edited(slug, edit).path());
        (Self::at(unions, folder, database, line.url()).await, line)
    }

    async fn at(unions: Tenants, folder: TempDir, database: Database, url: &str) -> Self {
        let store = Store::open_with(url, PATIENT).await.unwrap();
        let clock = Arc::new(TownClock::at("2026-11-21T01:00:00Z".parse().unwrap()));
        let rng = Arc::new(TownRandom::default());
        let ring = KeyRing::fresh(rng.as_ref()).unwrap();
        let keyed = KeyedStore::open(store, &ring, HASHING, rng.clone(), clock.as_ref()).await.unwrap();
        let vault = keyed.vault().clone();
        let public = PublicAddress { scheme: "https".into(), port: None };
        let portal = Portal::new(keyed, clock.clone(), rng.clone(), wording(), public);
        let app = website(portal, unions);
        let router = app.router();
        Self { app, clock, router, vault, ring, rng, database, folder }
    }

    /// The unions of `tenants/`, with one union's file edited.
    pub fn unions_with(slug: &str, edit: impl FnOnce(String) -> String) -> Tenants {
        read_unions(edited(slug, edit).path())
    }

    /// The same town after a restart, with one union's file edited meanwhile.
    pub fn restart(&mut self, slug: &str, edit: impl FnOnce(String) -> String) {
        let folder = edited(slug, edit);
        self.app = website(self.app.portal().clone(), read_unions(folder.path()));
        self.router = self.app.router();
    }

    /// Another node of the same town, on the same database, whose clock is ahead.
    pub fn node(&self, ahead: SignedDuration) -> Router {
        self.node_with(Arc::new(TownClock::at(self.clock.now() + ahead))).router()
    }

    /// Another node of the same town, on the same database, that goes by this clock.
    pub fn node_with(&self, clock: Arc<dyn Clock>) -> Website {
        let (wording, public) = (self.app.portal().wording().clone(), self.app.portal().public().clone());
        let portal = Portal::new(self.app.portal().keyed(), clock, self.rng.clone(), wording, public);
        website(portal, unions())
    }

    /// A node that was just started: it remembers nothing of what the others have read or counted.
    pub fn new_node(&self) -> impl Fn() -> Router + Send + Sync + 'static {
        let (portal, unions) = (self.app.portal().clone(), self.app.tenants().clone());
        let (clock, rng) = (self.clock.clone(), self.rng.clone());
        move || {
            let (wording, public) = (portal.wording().clone(), portal.public().clone());
            website(Portal::new(portal.keyed(), clock.clone(), rng.clone(), wording, public), unions.clone())
                .router()
        }
    }

    /// Another process of the same town at the same time: it hears of nothing that is not in the database.
    pub async fn other_node(&self) -> Router {
        let store = Store::open_with(self.database.url(), PATIENT).await.unwrap();
        let (clock, rng) = (self.clock.clone(), self.rng.clone());
        let keyed = KeyedStore::open(store, &self.ring, HASHING, rng.clone(), clock.as_ref()).await.unwrap();
        let (wording, public) = (self.app.portal().wording().clone(), self.app.portal().public().clone());
        website(Portal::new(keyed, clock, rng, wording, public), unions()).router()
    }

    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    pub fn tenant(&self, slug: &str) -> Arc<Tenant> {
        self.app.tenants().by_slug(&TenantSlug::parse(slug).unwrap()).unwrap()
    }

    pub fn store(&self) -> &Store {
        self.app.portal().store()
    }

    /// A browser that has never been here.
    pub fn browser(&self, slug: &str) -> Browser {
        Browser::new(self.router.clone(), self.tenant(slug).hosts.primary.clone(), self.mailbox())
    }

    /// The same, at another node.
    pub fn browser_at(&self, node: Router, slug: &str) -> Browser {
        Browser::new(node, self.tenant(slug).hosts.primary.clone(), self.mailbox())
    }

    /// What the members read when a mail has come.
    pub fn mailbox(&self) -> Mailbox {
        Mailbox::new(self.store().clone(), self.vault.clone())
    }

    pub fn phone(&self) -> Phone {
        Phone::new(self.clock.clone())
    }

    /// Imports rows of a roster: 記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス. The text of
    /// the notices, if any were written.
    pub async fn import(&self, slug: &str, rows: &str) -> String {
        self.import_with(slug, "", rows).await
    }

    /// The same, with more columns behind these.
    pub async fn import_with(&self, slug: &str, more: &str, rows: &str) -> String {
        let mut tenant = Tenant::clone(&self.tenant(slug));
        tenant.import.encoding = RosterEncoding::Utf8;
        // Most stories read first passwords off their notice, whatever the union does.
        tenant.policy.initial_password.letter = CredentialLetter::None;
        let header = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス";
        let file = format!("{header}{more}\n{rows}\n");
        let path = self.folder.path().join(format!("{}.csv", self.rng.throws.load(Ordering::Relaxed)));
        let import = Import {
            store: self.store(),
            clock: self.clock.as_ref(),
            rng: self.rng.as_ref(),
            vault: &self.vault,
            tenant: &tenant,
            wording: self.app.portal().wording(),
            public: self.app.portal().public(),
            doing: at_the_desk(),
        };
        let request =
            ImportRequest { notices: Some(NoticesTo::file(&path)), ..ImportRequest::new(file.as_bytes()) };
        import.run(&request).await.unwrap();
        std::fs::read_to_string(&path).unwrap_or_default()
    }

    /// The manual's own example: an existing member whose first password is 記号+番号+生年月日, at a union that does so.
    pub async fn hanako(&self, slug: &str) -> Newcomer {
        self.import(slug, "12,3456789,,1980-12-01,健保 花子,ケンポ ハナコ,testuser,,hanako@example.jp").await;
        Newcomer {
            login: "testuser".into(),
            password: "12345678919801201".into(),
            born: "19801201",
            email: "hanako@example.jp".into(),
        }
    }

    /// A new member with a printed notice, at any union.
    pub async fn taro(&self, slug: &str) -> Newcomer {
        self.import(
            slug,
            "15,102,,S54.8.22,見本 太郎,ミホン タロウ,k7m2xq9w4d,Vp6r-Hn3t-Ky8s,taro@example.jp",
        )
        .await;
        Newcomer {
            login: "k7m2xq9w4d".into(),
            password: "Vp6r-Hn3t-Ky8s".into(),
            born: "19790822",
            email: "taro@example.jp".into(),
        }
    }

    pub async fn member(&self, slug: &str, login: &str) -> Member {
        let mut tx = self.store().tenant(&self.tenant(slug).slug).read().await.unwrap();
        store::member::by_login(&mut tx, &LoginId::typed(login)).await.unwrap().unwrap()
    }

    /// Words of the trail about a member, oldest first.
    pub async fn trail(&self, slug: &str, member: &Member) -> Vec<String> {
        let mut tx = self.store().tenant(&self.tenant(slug).slug).read().await.unwrap();
        let mut rows = store::audit::of_member(&mut tx, member.id, 1000).await.unwrap();
        rows.reverse();
        rows.into_iter().map(|row| row.event).collect()
    }

    /// Every row of the trail of a union.
    pub async fn whole_trail(&self, slug: &str) -> Vec<TrailRow> {
        let mut tx = self.store().tenant(&self.tenant(slug).slug).read().await.unwrap();
        let all = store::audit::TrailFilter::default();
        let rows = store::audit::page(&mut tx, &all, None, 100_000).await.unwrap();
        rows.into_iter().map(|kept| kept.row.unwrap()).collect()
    }

    /// Ids of the sessions that were opened in a union.
    pub async fn sessions(&self, slug: &str) -> Vec<String> {
        let trail = self.whole_trail(slug).await;
        let opened = trail.iter().filter(|row| row.event == "session-opened");
        let detail = opened.map(|row| serde_json::from_str::<serde_json::Value>(&row.detail).unwrap());
        detail.map(|detail| detail["session"].as_str().unwrap().to_owned()).collect()
    }

    /// How often a word stands in the trail of a union.
    pub async fn count(&self, slug: &str, word: &str) -> usize {
        self.whole_trail(slug).await.iter().filter(|row| row.event == word).count()
    }

    /// What the union's desk does for a member.
    pub async fn unlock(&self, slug: &str, login: &str) {
        let tenant = self.tenant(slug);
        let unlocked = self.desk(&tenant).unlock(login).await;
        let nothing = |stop: &DeskStop| matches!(stop, DeskStop::Refused(DeskRefusal::NothingLeft(_)));
        assert!(unlocked.as_ref().err().is_none_or(nothing), "{unlocked:?}");
    }

    /// The union's desk.
    pub fn desk<'t>(&'t self, tenant: &'t Tenant) -> Desk<'t> {
        Desk {
            store: self.store(),
            clock: self.clock.as_ref(),
            rng: self.rng.as_ref(),
            vault: &self.vault,
            tenant,
            wording: self.app.portal().wording(),
            doing: at_the_desk(),
            dry_run: false,
        }
    }

    /// Whoever runs the portal, about a whole union that leaves.
    pub fn leaving<'t>(&'t self, tenant: &'t TenantSlug) -> Leaving<'t> {
        let (clock, rng) = (self.clock.as_ref(), self.rng.as_ref());
        Leaving { store: self.store(), clock, rng, tenant, doing: at_the_desk(), dry_run: false }
    }

    /// A node that was started without the file of a union.
    pub fn node_without(&self, slug: &str) -> Website {
        let folder = edited(slug, |text| text);
        std::fs::remove_file(folder.path().join(format!("{slug}.toml"))).unwrap();
        std::fs::remove_dir_all(folder.path().join(slug)).unwrap();
        website(self.app.portal().clone(), read_unions(folder.path()))
    }

    /// What a node does each second about unions that close.
    pub async fn follow_closings(&self) {
        endings::read_closings(self.app.portal()).await.unwrap();
        endings::end_closed_unions(self.app.portal(), job(b"node")).await.unwrap();
    }

    /// What a restore does to the database once it is in its place.
    pub async fn restored(&self) -> Restored {
        let (clock, rng) = (self.clock.as_ref(), self.rng.as_ref());
        Restore { store: self.store(), clock, rng, doing: at_the_desk() }.finish().await.unwrap()
    }

    /// A file of the town's own folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The desk gives out a code for a lost factor, as it is told on the phone.
    pub async fn desk_code(&self, slug: &str, login: &str) -> String {
        let tenant = self.tenant(slug);
        let desk = self.desk(&tenant);
        let options = DeskOptions { member: login, language: Language::Ja, json: false };
        let (mut out, mut err) = (Vec::new(), Vec::new());
        assert_eq!(member::desk_code(&desk, options, &mut out, &mut err).await.unwrap(), 0);
        String::from_utf8(out).unwrap().trim().to_owned()
    }

    /// The desk sets a member back to the beginning, and keeps the address: first login again, with a printed password.
    pub async fn revert(&self, slug: &str, who: &Newcomer) -> Newcomer {
        self.revert_with(slug, who, Address::Kept).await
    }

    /// The same, where the desk says what becomes of the address.
    pub async fn revert_with(&self, slug: &str, who: &Newcomer, address: Address) -> Newcomer {
        let mut tenant = Tenant::clone(&self.tenant(slug));
        tenant.import.encoding = RosterEncoding::Utf8;
        let path = self.folder.path().join(format!("{}.csv", self.rng.throws.load(Ordering::Relaxed)));
        self.desk(&tenant).revert(&who.login, Some(NoticesTo::file(&path)), address).await.unwrap();
        let notice = std::fs::read_to_string(&path).unwrap();
        let mut rows = csv::Reader::from_reader(notice.as_bytes());
        let row = rows.records().next().unwrap().unwrap();
        Newcomer {
            login: row[4].to_owned(),
            password: row[5].to_owned(),
            born: who.born,
            email: who.email.clone(),
        }
    }

    /// Which ceremonies were refused in a union, and why, oldest first: purpose and word.
    pub async fn refusals(&self, slug: &str) -> Vec<(String, String)> {
        let trail = self.whole_trail(slug).await;
        let rows = trail.iter().filter(|row| row.event == "passkey-refused");
        let details = rows.map(|row| serde_json::from_str::<serde_json::Value>(&row.detail).unwrap());
        let word = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        details.map(|detail| (word(&detail["purpose"]), word(&detail["why"]))).collect()
    }

    /// A second authenticator app of a member, as it stands after its set-up.
    pub async fn second_device(&self, slug: &str, member: &Member, name: &str) -> Phone {
        let slug = self.tenant(slug).slug.clone();
        let id = DeviceId::kept(uuid::Uuid::from_u128(2));
        let key = b"another-phones-secret".as_slice();
        let place = SealContext { tenant: slug.as_str(), column: SealedColumn::AppSecret, row: id.uuid() };
        let secret = self.vault.seal(place, key).unwrap();
        let now = self.clock.now();
        let device = store::totp::AppRow { id, name: name.into(), secret, last_step: 0, created_at: now };
        let mut tx = self.store().tenant(&slug).write().await.unwrap();
        // Whoever is signed in stays so, as if the app had been there all the time.
        let mut carried = CarriedOver::default();
        for listed in store::session::of_member(&mut tx, member.id).await.unwrap() {
            let secret = store::session::setup_secret(&mut tx, listed.session.id).await.unwrap();
            carried.sessions.push((listed.session.id, secret.unwrap()));
        }
        let seen = store::member::by_id(&mut tx, member.id).await.unwrap().unwrap();
        let mut raised = store::epoch::raise(&mut tx, &seen, &carried).await.unwrap().unwrap();
        assert!(store::totp::add(&mut raised, &device, now).await.unwrap());
        tx.commit().await.unwrap();
        Phone::with_secret(self.clock.clone(), key)
    }

    /// Runs a statement past every rule of the store, the triggers of the trail included, as whoever owns the tables can.
    pub async fn tamper(&self, sqlite: &str, postgres: &str) {
        use sqlx::{AssertSqlSafe, Executor as _};
        if let Some(mut connection) = self.database.postgres().await {
            let text = format!("BEGIN; SET LOCAL session_replication_role = replica; {postgres}; COMMIT");
            connection.execute(AssertSqlSafe(text)).await.unwrap();
            return;
        }
        let mut connection = self.database.sqlite().await;
        let triggers: Vec<(String, String)> =
            sqlx::query_as("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
                .fetch_all(&mut connection)
                .await
                .unwrap();
        for (name, _) in &triggers {
            connection.execute(AssertSqlSafe(format!("DROP TRIGGER {name}"))).await.unwrap();
        }
        connection.execute(AssertSqlSafe(sqlite.to_owned())).await.unwrap();
        for (_, sql) in triggers {
            connection.execute(AssertSqlSafe(sql)).await.unwrap();
        }
    }

    /// Runs a statement beside the store, as its own account may.
    pub async fn plainly(&self, sqlite: &str, postgres: &str) {
        use sqlx::{AssertSqlSafe, Executor as _};
        match self.database.postgres().await {
            Some(mut connection) => {
                connection.execute(AssertSqlSafe(postgres.to_owned())).await.unwrap();
            }
            None => {
                self.database.sqlite().await.execute(AssertSqlSafe(sqlite.to_owned())).await.unwrap();
            }
        }
    }

    /// Another connection to the database, past every rule of the store, where this is PostgreSQL.
    pub async fn beside(&self) -> Option<sqlx::PgConnection> {
        use sqlx::Connection as _;
        if !crate::on_postgres() {
            return None;
        }
        Some(sqlx::PgConnection::connect(self.database.url()).await.unwrap())
    }

    /// What the database says to a statement that it refuses.
    pub async fn refused(&self, text: &str) -> String {
        use sqlx::{AssertSqlSafe, Executor as _};
        let text = AssertSqlSafe(text.to_owned());
        let answer = match self.database.postgres().await {
            Some(mut connection) => connection.execute(text).await.map(drop),
            None => self.database.sqlite().await.execute(text).await.map(drop),
        };
        answer.unwrap_err().to_string()
    }

    /// Seals the trail of a union until nothing waits, as the job of a node does.
    pub async fn seal(&self, slug: &str) -> Option<Head> {
        let slug = self.tenant(slug).slug.clone();
        let mut last = None;
        while let Sealed::One { head, .. } = self.app.portal().seal_trail(&slug, b"node").await.unwrap() {
            last = Some(head);
        }
        last
    }

    /// What the jobs do each half minute.
    pub async fn purge(&self) {
        let portal = self.app.portal();
        self.store().everywhere().sweep(portal.remembered_since(), self.clock.now()).await.unwrap();
        for tenant in self.app.tenants().iter() {
            portal.purge(tenant).await.unwrap();
            portal.end_memberships(tenant, job(b"node")).await.unwrap();
            portal.erase_ended(tenant, job(b"node")).await.unwrap();
        }
    }

    /// The operator says that this clock is right.
    pub async fn confirm_clock(&self, clock: &dyn Clock) -> Result<(), kenpo_portal::portal::Fault> {
        kenpo_portal::portal::clock::confirm(clock, self.store(), self.rng.as_ref(), at_the_desk()).await
    }

    /// Closes the town. Whatever the story was, its rows hold together (INV2, INV3, INV5).
    pub async fn close(self) {
        let unions: Vec<_> = self.app.tenants().iter().map(|tenant| tenant.slug.clone()).collect();
        for union in unions {
            let broken = broken_rows(self.store(), &union, self.clock.now()).await.unwrap();
            assert!(broken.is_empty(), "{union}: {broken:?}");
        }
        self.store().close().await;
    }

    /// Closes a town whose rows the story itself wrote, which the portal would not have written so.
    pub async fn close_with_rows_of_its_own(self) {
        self.store().close().await;
    }
}

fn always() -> bool {
    true
}

/// A job of a node that does not stop.
pub fn job(holder: &[u8]) -> NodeJob<'_> {
    NodeJob { holder, goes_on: &always }
}

/// A node that stops after so many batches of a job.
pub fn for_batches(batches: u64) -> impl Fn() -> bool + Sync {
    let left = AtomicU64::new(batches);
    move || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}

/// Who is at the desk in every story.
pub fn at_the_desk() -> &'static Doing {
    static DOING: LazyLock<Doing> = LazyLock::new(|| {
        let reason = Reason::parse("電話で本人確認");
        Doing::by_command(Actor::Desk("madoguchi".to_owned()), "member …", reason)
    });
    &DOING
}

/// Tells a story for each of these at once, with a thread and a runtime for each, as if each were a test of its own.
pub fn side_by_side<T: Send, R: Send>(
    each: impl IntoIterator<Item = T>,
    story: impl AsyncFn(T) -> R + Sync,
) -> Vec<R> {
    let story = &story;
    let tell = move |one| idle::runtime().block_on(story(one));
    std::thread::scope(|scope| {
        let threads: Vec<_> = each.into_iter().map(|one| scope.spawn(move || tell(one))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// A copy of `tenants/` with one union's file edited.
fn edited(slug: &str, edit: impl FnOnce(String) -> String) -> TempDir {
    let folder = TempDir::new().unwrap();
    copy(&real_tenants(), folder.path());
    let file = folder.path().join(format!("{slug}.toml"));
    let text = edit(std::fs::read_to_string(&file).unwrap());
    std::fs::write(&file, text).unwrap();
    folder
}

/// The pages of these unions, which answer at once: nobody here measures how long an answer takes.
pub fn website(portal: Portal, unions: Tenants) -> Website {
    Website::new(portal, unions).answering_at_once()
}

/// The unions of `tenants/`, read once.
pub fn unions() -> Tenants {
    static UNIONS: LazyLock<Tenants> = LazyLock::new(|| read_unions(&real_tenants()));
    UNIONS.clone()
}

/// The portal's sentences, read once.
pub fn wording() -> Arc<Wording> {
    static WORDING: LazyLock<Arc<Wording>> = LazyLock::new(|| Arc::new(Wording::new()));
    Arc::clone(&WORDING)
}

fn read_unions(folder: &Path) -> Tenants {
    let options = LoadOptions { base_domains: &[], today: date(2026, 11, 21), ..LoadOptions::default() };
    let loaded = tenants::load(folder, &options).unwrap();
    let errors = loaded.findings.iter().filter(|f| f.severity == tenants::Severity::Error);
    let broken: Vec<_> = errors.map(|f| format!("{f:?}")).collect();
    assert!(broken.is_empty(), "{broken:#?}");
    loaded.tenants
}

/// Copies a folder with everything in it.
pub fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
