//! The roster: a union sends its file, and the desk helps single members.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    task::Poll,
};

use jiff::{SignedDuration, Timestamp};
use kenpo_portal::{
    cli::member::{self as desk_cli, ImportOptions, NoticesOptions},
    domain::{
        login_id::LoginId,
        member::{DeviceId, Member, MemberId},
        password::Password,
        roster::{KnownMember, mark},
        tenant::{FirstSecret, Language, Tenant},
    },
    portal::{
        desk::Desk,
        roster::{
            BATCH, Import, ImportError, ImportProgress, ImportRefusal, ImportRequest, ImportStage,
            ImportStop, Notices, NoticesTo, Report,
        },
    },
    store::{
        self, Store,
        epoch::CarriedOver,
        password::{FirstCredential, FirstKind},
        roster::before_all,
        totp::AppRow,
    },
    vault::{ExpectedPassword, HashAsker, Vault},
    world::{Clock as _, SystemRandom, random_bytes},
};
use secrecy::SecretString;

mod files;
mod hidden;
pub mod office;
mod preview;
mod undo;
mod undo_beside;
mod whole;

use office::{Office, open};

const HEADER: &str = "記号,番号,枝番,生年月日,氏名,カナ氏名,ユーザID,仮パスワード,メールアドレス\r\n";

pub fn file(rows: &str) -> Vec<u8> {
    format!("{HEADER}{rows}").into_bytes()
}

fn cp932(rows: &str) -> Vec<u8> {
    let text = format!("{HEADER}{rows}");
    let (bytes, _, unmappable) = encoding_rs::SHIFT_JIS.encode(&text);
    assert!(!unmappable);
    bytes.into_owned()
}

/// Three kinds of member (D3).
pub const THREE: &str = "12,1,,S55.12.1,健保　花子,ｹﾝﾎﾟ ﾊﾅｺ,hanako01,,hanako@example.jp\r\n\
                     12,2,,19790822,健保　太郎,ケンポ　タロウ,taro0002,Ab-12345,taro@example.jp\r\n\
                     12,3,1,平成元年1月8日,健保　みどり,,,,\r\n";

impl Office {
    pub fn import(&self) -> Import<'_> {
        Import {
            store: &self.store,
            clock: self.clock.as_ref(),
            rng: &SystemRandom,
            vault: &self.vault,
            tenant: &self.tenant,
            wording: &self.wording,
            public: &self.public,
            doing: crate::town::at_the_desk(),
        }
    }

    pub fn desk(&self) -> Desk<'_> {
        Desk {
            store: &self.store,
            clock: self.clock.as_ref(),
            rng: &SystemRandom,
            vault: &self.vault,
            tenant: &self.tenant,
            wording: &self.wording,
            doing: crate::town::at_the_desk(),
            dry_run: false,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub async fn run(&self, bytes: &[u8], notices: Option<&Path>) -> Result<Report, ImportStop> {
        let notices = notices.map(NoticesTo::file);
        let request = ImportRequest { notices, many: true, ..ImportRequest::new(bytes) };
        self.import().run(&request).await
    }

    /// Imports the file; its notices go to `name`.
    pub async fn import_to(&self, bytes: &[u8], name: &str) -> Report {
        self.run(bytes, Some(&self.path(name))).await.unwrap()
    }

    /// What `member import` prints, and its exit code.
    async fn command(&self, bytes: &[u8], change: impl Fn(&mut ImportOptions<'_>)) -> (u8, String) {
        let path = self.path("roster.csv");
        std::fs::write(&path, bytes).unwrap();
        let mut options = ImportOptions {
            file: &path,
            complete: false,
            day: None,
            dry_run: false,
            many: false,
            notices: NoticesOptions::default(),
            json: false,
            bar: false,
            posted: false,
            ask: None,
            language: Language::Ja,
        };
        change(&mut options);
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = desk_cli::import(&self.import(), options, &mut out, &mut err).await.unwrap();
        let text = format!("{}---\n{}", String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap());
        (code, text.replace(&self.folder.path().display().to_string(), "…"))
    }

    pub async fn members(&self) -> Vec<KnownMember> {
        let mut tx = self.store.tenant(&self.tenant.slug).read().await.unwrap();
        store::roster::page(&mut tx, before_all(), 100_000).await.unwrap()
    }

    pub async fn member(&self, login: &str) -> Member {
        let mut tx = self.store.tenant(&self.tenant.slug).read().await.unwrap();
        store::member::by_login(&mut tx, &LoginId::typed(login)).await.unwrap().unwrap()
    }

    pub async fn member_by_id(&self, id: MemberId) -> Member {
        let mut tx = self.store.tenant(&self.tenant.slug).read().await.unwrap();
        store::member::by_id(&mut tx, id).await.unwrap().unwrap()
    }

    pub async fn first(&self, member: &Member) -> Option<FirstCredential> {
        let mut tx = self.store.tenant(&self.tenant.slug).read().await.unwrap();
        store::password::of_member(&mut tx, member.id).await.unwrap().first
    }

    /// Hanako sets a password of her own and an authenticator app, and changes her user ID.
    pub async fn activate(&self, login: &str, own_login: &str) -> Member {
        let now = self.clock.now();
        let member = self.member(login).await;
        let mut tx = self.store.tenant(&self.tenant.slug).write().await.unwrap();
        let raised = store::epoch::raise(&mut tx, &member, &CarriedOver::default()).await;
        let mut raised = raised.unwrap().unwrap();
        let login = LoginId::typed(own_login);
        let free = store::member::change_login(&mut raised, &member.login, &login, now, now).await;
        assert!(free.unwrap());
        store::password::set(&mut raised, "$argon2id$own", now).await.unwrap();
        let device = AppRow {
            id: DeviceId::new(now, random_bytes(&SystemRandom).unwrap()),
            name: "スマートフォン".into(),
            secret: vec![1, 2, 3],
            last_step: 1,
            created_at: now,
        };
        assert!(store::totp::add(&mut raised, &device, now).await.unwrap());
        tx.commit().await.unwrap();
        self.member(own_login).await
    }

    /// Hash, apps, user ID, address and first credential of a member: what an import must not touch.
    async fn untouchable(&self, member: &Member) -> String {
        let mut tx = self.store.tenant(&self.tenant.slug).read().await.unwrap();
        let now = store::member::by_id(&mut tx, member.id).await.unwrap().unwrap();
        let kept = store::password::of_member(&mut tx, member.id).await.unwrap();
        let (own, first) = (kept.own, kept.first);
        let apps = store::totp::of_member(&mut tx, member.id).await.unwrap();
        let email = now.email.as_ref().map(|email| email.as_str().to_owned());
        format!("{own:?} {first:?} {apps:?} {} {email:?}", now.login.as_str())
    }
}

/// A first password as a member types it.
pub async fn opens(vault: &Vault, member: &Member, first: &FirstCredential, typed: &str) -> bool {
    let digest = first.digest.clone();
    let weight = match first.kind {
        FirstKind::Printed => ExpectedPassword::Printed(member.id, digest.unwrap()),
        FirstKind::Generated => ExpectedPassword::Generated(member.id, digest.unwrap()),
        FirstKind::Derived => ExpectedPassword::Derived(member.number.derived_passwords(member.birth_date)),
    };
    let typed = Password::typed(&SecretString::from(typed)).unwrap();
    vault.verify(HashAsker::Member(None), &weight, Some(&typed)).await.unwrap()
}

/// The lines of a notices file without its header, as cells.
pub fn notices(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.strip_prefix('\u{FEFF}').unwrap();
    let mut reader = csv::ReaderBuilder::new().has_headers(true).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(ToOwned::to_owned).collect()).collect()
}

pub fn random(tenant: &mut Tenant) {
    tenant.policy.initial_password.existing = FirstSecret::Random;
}

#[tokio::test]
async fn ten_kinds_of_bad_rows_are_all_told_and_nobody_comes_in() {
    let office = open("jawakayama", random).await;
    let earlier = "99,1,,S55.12.2,先に　いた,,taken001,,\r\n";
    office.import_to(&file(earlier), "earlier.csv").await;
    let bytes = file(
        "12,1,,S55.12.1,健保　花子,ｹﾝﾎﾟ ﾊﾅｺ,hanako01,,hanako@example.jp\r\n\
         12,2,,,生年月日　なし,,,,\r\n\
         12,3,,790822,二けた　年,,,,\r\n\
         12,4,,昭和65年1月1日,ない　日,,,,\r\n\
         12,5,,2079/8/22,未来　の人,,,,\r\n\
         12,,,S55.12.1,番号　なし,,,,\r\n\
         012,1,0,S55.12.1,番号　同じ,,,,\r\n\
         12,8,,S55.12.1,\"改行\n入り\",,,,\r\n\
         12,9,,S55.12.1,,,user id,,\r\n\
         12,10,,S55.12.1,ＩＤ　同じ,,HANAKO01,,\r\n\
         12,11,,S55.12.1,ＩＤ　使用中,,taken001,,\r\n\
         12,12,,S55.12.1,仮パス　だけ,,,Ab-12345,\r\n\
         12,13,,S55.12.1,アドレス　二つ,,,,a@x.jp b@x.jp\r\n\
         12,14,,S55.12.1,列　不足\r\n\
         12,15,,S55.12.1,引用\"符,,,,\r\n",
    );
    let (code, ja) = office.command(&bytes, |_| {}).await;
    let (_, en) = office.command(&bytes, |options| options.language = Language::En).await;
    assert_eq!(code, 1);
    snapshots().bind(|| insta::assert_snapshot!("bad_rows", format!("{ja}\n{en}")));
    let (_, json) = office.command(&bytes, |options| options.json = true).await;
    assert_eq!(json.matches("\"line\"").count(), 15, "{json}");
    assert_eq!(office.members().await.len(), 1);
}

#[tokio::test]
async fn a_windows_file_arrives_with_its_characters_and_japanese_years() {
    let office = open("jswkenpo", |_| {}).await;
    let bytes = cp932(
        "１２,３４５,,昭和54年8月22日,髙﨑　花子①～,ﾀｶｻｷ ﾊﾅｺ,Hanako01,,\r\n12,346,,H1.1.8,\"髙﨑,次郎\",たかさき じろう,jiro0001,,\r\n",
    );
    let report = office.run(&bytes, None).await.unwrap();
    assert_eq!((report.existing, report.added()), (2, 2));
    let hanako = office.member("hanako01").await;
    assert_eq!((hanako.name.as_str(), hanako.name_kana.as_str()), ("髙﨑　花子①～", "タカサキ　ハナコ"));
    assert_eq!(hanako.birth_date.eight_digits(), "19790822");
    let jiro = office.member("jiro0001").await;
    assert_eq!((jiro.name.as_str(), jiro.name_kana.as_str()), ("髙﨑,次郎", "タカサキ　ジロウ"));
    assert_eq!(jiro.birth_date.eight_digits(), "19890108");
}

#[tokio::test]
async fn each_kind_of_member_gets_the_first_password_of_its_kind() {
    let office = open("jawakayama", |tenant| {
        tenant.policy.initial_password.existing = FirstSecret::KigoBangoBirthDate;
    })
    .await;
    let report = office.import_to(&file(THREE), "notices.csv").await;
    assert_eq!((report.existing, report.printed, report.generated), (1, 1, 1));
    for (login, kind, typed) in
        [("hanako01", FirstKind::Derived, "12-1-19801201"), ("taro0002", FirstKind::Printed, "Ab-12345")]
    {
        let member = office.member(login).await;
        let first = office.first(&member).await.unwrap();
        assert_eq!(first.kind, kind);
        assert_eq!(first.expires_at, office.clock.now() + SignedDuration::from_hours(24 * 90));
        assert!(opens(&office.vault, &member, &first, typed).await, "{login}");
        assert!(!opens(&office.vault, &member, &first, "ab-12345").await, "{login}");
    }
    let notices = notices(&office.path("notices.csv"));
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0][..4], ["12", "3", "01", "健保　みどり"]);
}

#[tokio::test]
async fn drawn_passwords_are_printed_once_and_open_what_is_stored() {
    let office = open("jawakayama", random).await;
    let report = office.import_to(&file(THREE), "notices.csv").await;
    assert_eq!(report.notices, Notices::Written(2, office.path("notices.csv")));
    let notices = notices(&office.path("notices.csv"));
    assert_eq!(notices[0][4], "hanako01");
    for notice in &notices {
        let member = office.member(&notice[4]).await;
        let first = office.first(&member).await.unwrap();
        assert_eq!(first.kind, FirstKind::Generated);
        assert!(opens(&office.vault, &member, &first, &notice[5]).await);
        assert!(opens(&office.vault, &member, &first, &notice[5].to_lowercase().replace('-', " ")).await);
        assert_eq!(notice[6], "2027年2月18日");
    }
    let drawn = &notices[1][4];
    assert!(drawn.len() == 12 && drawn.starts_with(|c: char| c.is_ascii_uppercase()), "{drawn}");
}

#[tokio::test]
async fn a_windows_union_gets_windows_notices() {
    let office = open("jswkenpo", |_| {}).await;
    office.import_to(&cp932("12,1,,S55.12.1,髙﨑　花子,,,,\r\n"), "notices.csv").await;
    let bytes = std::fs::read(office.path("notices.csv")).unwrap();
    let (text, _, broken) = encoding_rs::SHIFT_JIS.decode(&bytes);
    assert!(!broken && text.contains("髙﨑　花子"), "{text}");
}

#[tokio::test]
async fn passwords_are_not_drawn_without_a_place_to_write_them() {
    let office = open("jawakayama", random).await;
    let (code, words) = office.command(&file(THREE), |_| {}).await;
    assert_eq!(code, 2);
    insta::assert_snapshot!(words, @r"
    ---
    仮パスワードを 2 人分つくります。書き出すファイルを --notices で指定してください。
      kenpo-portal member import --tenant jawakayama …/roster.csv --notices notices.csv
    ");
    assert!(office.members().await.is_empty());
}

#[tokio::test]
async fn notices_are_never_written_over_a_file() {
    let office = open("jawakayama", random).await;
    let path = office.path("notices.csv");
    for occupied in [path.clone(), office.path("notices.csv.partial")] {
        std::fs::write(&occupied, "older").unwrap();
        let refused = office.run(&file(THREE), Some(&path)).await;
        assert!(matches!(refused, Err(ImportStop::Refused(ImportRefusal::NoticesTaken(_)))));
        assert_eq!(std::fs::read_to_string(&occupied).unwrap(), "older");
        std::fs::remove_file(&occupied).unwrap();
    }
    assert!(office.members().await.is_empty());
}

#[tokio::test]
async fn an_import_that_cannot_write_its_notices_leaves_nothing() {
    let office = open("jawakayama", random).await;
    let nowhere = office.path("no-such-folder").join("notices.csv");
    let broken = office.run(&file(THREE), Some(&nowhere)).await;
    assert!(matches!(broken, Err(ImportStop::Broken(ImportError::Notices { .. }))));
    assert!(office.members().await.is_empty());
    let mut tx = office.store.tenant(&office.tenant.slug).read().await.unwrap();
    assert!(
        store::audit::page(&mut tx, &store::audit::TrailFilter::default(), None, 10)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn an_import_killed_before_its_commit_leaves_nothing() {
    let office = open("jawakayama", random).await;
    // The members are written and the commit is not: here the deed is torn out of its transaction.
    let watch = |progress: ImportProgress| {
        assert!(progress.stage != ImportStage::Writing, "killed, as this test wants it");
    };
    let path = office.path("notices.csv");
    let bytes = file(THREE);
    let request =
        ImportRequest { notices: Some(NoticesTo::file(&path)), watch: &watch, ..ImportRequest::new(&bytes) };
    let import = office.import();
    let mut deed = Box::pin(import.run(&request));
    std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| deed.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(_)) => panic!("the import went to its end"),
        Err(_) => Poll::Ready(()),
    })
    .await;
    drop(deed);
    assert!(office.members().await.is_empty());
    assert_eq!(std::fs::read_dir(office.folder.path()).unwrap().filter(named_notices).count(), 0);
    office.clock.advance(SignedDuration::from_secs(61));
    office.import_to(&bytes, "notices.csv").await;
    assert_eq!(office.members().await.len(), 3);
}

fn named_notices(entry: &std::io::Result<std::fs::DirEntry>) -> bool {
    entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("notices")
}

#[tokio::test]
async fn the_same_file_again_changes_nothing_and_lengthens_nothing() {
    let office = open("jawakayama", random).await;
    office.import_to(&file(THREE), "notices.csv").await;
    let taro = office.member("taro0002").await;
    let before = office.untouchable(&taro).await;
    office.clock.advance(SignedDuration::from_hours(24 * 30));
    let report = office.run(&file(THREE), None).await.unwrap();
    assert_eq!((report.added(), report.changed, report.unchanged), (0, 0, 3));
    assert_eq!(office.untouchable(&taro).await, before);
}

#[tokio::test]
async fn an_activated_member_is_corrected_by_name_and_never_in_what_opens_the_door() {
    let office = open("jawakayama", random).await;
    office.import_to(&file(THREE), "notices.csv").await;
    let hanako = office.activate("hanako01", "hanako.own").await;
    let before = office.untouchable(&hanako).await;
    let report = office
        .run(&file("12,1,,S55.12.2,田中　花子,タナカ　ハナコ,hanako01,Zz-99999,new@example.jp\r\n"), None)
        .await
        .unwrap();
    assert_eq!((report.changed, report.kept), (1, 1));
    assert_eq!(office.untouchable(&hanako).await, before);
    let hanako = office.member("hanako.own").await;
    assert_eq!((hanako.name.as_str(), hanako.name_kana.as_str()), ("田中　花子", "タナカ　ハナコ"));
    assert_eq!(hanako.birth_date.eight_digits(), "19801202");
    // Who is not in the file stays.
    assert_eq!(office.members().await.len(), 3);
}

#[tokio::test]
async fn before_activation_user_id_and_address_follow_the_file_and_the_old_id_rests() {
    let office = open("jawakayama", random).await;
    office.import_to(&file(THREE), "notices.csv").await;
    let first = office.first(&office.member("hanako01").await).await.unwrap();
    let changed = file("12,1,,S55.12.1,健保　花子,,hanako99,,hanako99@example.jp\r\n");
    assert_eq!(office.run(&changed, None).await.unwrap().changed, 1);
    let hanako = office.member("hanako99").await;
    assert_eq!(hanako.email.as_ref().unwrap().as_str(), "hanako99@example.jp");
    let after = office.first(&hanako).await.unwrap();
    assert_eq!((after.expires_at, after.digest), (first.expires_at, first.digest));

    let (code, words) = office.command(&file("77,7,,S55.12.1,後の　人,,hanako01,,\r\n"), |_| {}).await;
    assert_eq!(code, 1);
    assert!(words.contains("1 年以内に使っていました"), "{words}");
    // She herself may have it back, and the other one rests then.
    assert_eq!(
        office.run(&file("12,1,,S55.12.1,健保　花子,,hanako01,,\r\n"), None).await.unwrap().changed,
        1
    );
    office.clock.advance(SignedDuration::from_hours(24 * 366));
    assert!(office.run(&file("77,7,,S55.12.1,後の　人,,hanako99,Ab-12345,\r\n"), None).await.is_ok());
}

#[tokio::test]
async fn what_a_member_settled_half_way_through_first_login_stays() {
    let office = open("jawakayama", random).await;
    office.import_to(&file(THREE), "notices.csv").await;
    let now = office.clock.now();
    let hanako = office.member("hanako01").await;
    let mut tx = office.store.tenant(&office.tenant.slug).write().await.unwrap();
    let until = now + SignedDuration::from_hours(24 * 365);
    let raised = store::epoch::raise(&mut tx, &hanako, &CarriedOver::default()).await;
    let (mut raised, own) = (raised.unwrap().unwrap(), LoginId::typed("hanako.own"));
    store::member::change_login(&mut raised, &hanako.login, &own, now, until).await.unwrap();
    tx.commit().await.unwrap();
    let report = office.run(&file(THREE), None).await.unwrap();
    assert_eq!((report.changed, report.unchanged, report.kept), (0, 3, 1));
    assert_eq!(office.member("hanako.own").await.id, hanako.id);
}

#[tokio::test]
async fn a_family_sharing_one_address_comes_in_and_is_noted() {
    let office = open("jawakayama", random).await;
    office.import_to(&file(THREE), "notices.csv").await;
    let family = file(
        "12,4,,S55.12.1,健保　一郎,,ichiro01,Ab-12345,HANAKO@example.jp\r\n\
         12,5,,S55.12.1,健保　二郎,,jiro0001,Ab-12345,family@example.jp\r\n\
         12,6,,S55.12.1,健保　三郎,,saburo01,Ab-12345,family@example.jp\r\n",
    );
    let (code, words) = office.command(&family, |_| {}).await;
    assert_eq!(code, 0);
    snapshots().bind(|| insta::assert_snapshot!("shared_addresses", words));
    assert!(office.member("ichiro01").await.email.is_none());
    assert!(office.member("jiro0001").await.email.is_some());
    assert!(office.member("saburo01").await.email.is_none());
}

#[tokio::test]
async fn a_dry_run_says_everything_and_writes_nothing() {
    let office = open("jawakayama", random).await;
    let (code, words) = office.command(&file(THREE), |options| options.dry_run = true).await;
    assert_eq!(code, 0);
    snapshots().bind(|| insta::assert_snapshot!("dry_run", words));
    assert!(office.members().await.is_empty());
}

#[tokio::test]
async fn a_file_in_the_other_encoding_is_answered_with_the_fix() {
    let utf8 = open("jawakayama", random).await;
    let (code, words) = utf8.command(&cp932(THREE), |_| {}).await;
    assert_eq!(code, 1);
    assert!(words.contains("encoding = \"cp932\""), "{words}");
    let windows = open("jswkenpo", random).await;
    let (code, words) = windows.command(&file(THREE), |_| {}).await;
    assert_eq!(code, 1);
    assert!(words.contains("encoding = \"utf-8\""), "{words}");
    let (code, words) = utf8.command(b"", |options| options.file = Path::new("no-such-file.csv")).await;
    assert_eq!(code, 2);
    assert!(words.contains("no-such-file.csv"), "{words}");
}

#[tokio::test]
async fn of_two_imports_at_once_one_is_done_and_the_other_told_to_wait() {
    let office = open("jawakayama", random).await;
    let row = |n| format!("12,{n},,S55.12.1,健保　花子,,hanako{n:04},Ab-12345,h{n}@example.jp\r\n");
    let bytes = file(&(1..=2_000).map(row).collect::<Vec<_>>().concat());
    let (one, other) = tokio::join!(office.run(&bytes, None), office.run(&bytes, None));
    let mut added = 0;
    for outcome in [one, other] {
        match outcome {
            Ok(report) => {
                added += report.added();
                assert_eq!(report.added() + report.unchanged, 2_000);
            }
            Err(stop) => {
                assert!(matches!(stop, ImportStop::Refused(ImportRefusal::Running { .. })), "{stop:?}");
            }
        }
    }
    assert_eq!(added, 2_000);
    assert_eq!(office.members().await.len(), 2_000);
    assert_eq!(office.run(&bytes, None).await.unwrap().unchanged, 2_000);
}

#[tokio::test]
async fn thousands_of_corrections_are_written_together() {
    let office = open("jawakayama", random).await;
    let rows = |name: &str, id: &str| -> Vec<u8> {
        let row = |n: u32| format!("12,{n},,S55.12.1,{name},,{id}{n:04},Ab-12345,{id}{n}@example.jp\r\n");
        file(&(1..=1_300).map(row).collect::<Vec<_>>().concat())
    };
    office.run(&rows("旧　姓", "old"), None).await.unwrap();
    let report = office.run(&rows("新　姓", "new"), None).await.unwrap();
    assert_eq!((report.added(), report.changed), (0, 1_300));
    let members = office.members().await;
    let right = |m: &KnownMember| {
        m.name == "新　姓"
            && m.login.as_str().starts_with("new")
            && m.email.as_ref().unwrap().as_str().starts_with("new")
    };
    assert!(members.len() == 1_300 && members.iter().all(right));
    let mut tx = office.store.tenant(&office.tenant.slug).read().await.unwrap();
    let resting = store::roster::resting_logins(&mut tx, office.clock.now()).await.unwrap();
    assert_eq!(resting.len(), 1_300);
    assert_ne!(mark("old0001"), mark("new0001"));
}

#[tokio::test]
async fn one_unions_file_says_nothing_about_anothers_members() {
    let office = open("jawakayama", random).await;
    office.import_to(&file(THREE), "notices.csv").await;
    let sibling = office.sibling("daiwakenpo");
    let report = sibling.import_to(&file(THREE), "others.csv").await;
    assert_eq!((report.added(), report.unchanged), (3, 0));
    assert!(report.notes.is_empty());
}

/// Snapshots that are the same in both suites.
pub fn snapshots() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings
}
