//! The data of a union that leaves is written out, whole or not at all.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf, sync::atomic::Ordering};

use data_encoding::{BASE32_NOPAD, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER};
use kenpo_portal::{
    portal::closing::{Leaving, LeavingRefusal, LeavingStop, contact_after_closing, export},
    store::import,
    world::{Clock as _, RandomError, RandomSource},
};
use sha2::{Digest as _, Sha256};

use super::{TakenBack, slug};
use crate::{
    on_postgres,
    recovery::with_hanako,
    town::{JSW, Town, TownRandom, at_the_desk, hours, minutes},
    walk::NEW_PASSWORD,
};

#[tokio::test]
async fn an_export_is_read_without_us_holds_no_secret_and_is_whole_or_says_so() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    town.import(JSW, "15,77,01,1980-12-01,\"見本, 花子\",ミホン ハナコ,miho77,Vp6r-Hn3t-Ky8s,").await;
    let tenant = slug(&town, JSW);
    let folder = town.path("export");
    let exported = town.leaving(&tenant).export(&folder, Some("見本組合")).await.unwrap();
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    assert_eq!((manifest["tenant"].as_str(), manifest["name"].as_str()), (Some(JSW), Some("見本組合")));
    let readme = fs::read_to_string(folder.join("README.txt")).unwrap();
    let mut everything = String::new();
    for ((name, headings), told) in export::TABLES.iter().zip(manifest["files"].as_array().unwrap()) {
        let path = folder.join(name);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let bytes = fs::read(&path).unwrap();
        let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(told["sha256"], hash, "{name}");
        assert_eq!(told["bytes"], bytes.len(), "{name}");
        let text = String::from_utf8(bytes).unwrap();
        let mut rows = csv::Reader::from_reader(text.trim_start_matches('\u{FEFF}').as_bytes());
        assert_eq!(rows.headers().unwrap().iter().collect::<Vec<_>>(), *headings);
        assert_eq!(told["rows"], rows.records().map(Result::unwrap).count(), "{name}");
        for heading in *headings {
            let explained =
                readme.lines().filter(|line| line.trim_start().starts_with(&format!("{heading} "))).count();
            assert!(explained >= 2, "{name}: {heading} is explained in Japanese and in English");
        }
        everything.push_str(&text);
    }
    let rows: Vec<u64> = exported.rows.iter().map(|(_, rows)| *rows).collect();
    let trail = town.whole_trail(JSW).await;
    let expected = [2, 3, 1, u64::try_from(trail.len()).unwrap()];
    assert_eq!(
        rows, expected,
        "two members; a password, an app and a first password; one consent; the trail"
    );
    let text = fs::read_to_string(folder.join("trail.csv")).unwrap();
    let mut written = csv::Reader::from_reader(text.trim_start_matches('\u{FEFF}').as_bytes());
    for (row, kept) in written.records().map(Result::unwrap).zip(&trail) {
        let member = kept.member.map(|member| member.to_string()).unwrap_or_default();
        let reason = kept.reason.as_deref().unwrap_or_default();
        let expected = [&kept.id.to_string(), &kept.at.to_string(), &kept.event, &member];
        assert_eq!([&row[0], &row[1], &row[2], &row[3]], expected.map(String::as_str));
        assert_eq!((&row[6], &row[11]), (reason, kept.detail.as_str()));
    }
    for event in ["terms-accepted", "session-opened", "union-exported"] {
        assert!(trail.iter().any(|row| row.event == event), "{event}: {text}");
    }
    assert!(everything.contains("見本, 花子") && everything.contains(&hanako.email));
    for secret in secrets(&town).await {
        assert!(!everything.contains(&secret), "{secret}");
    }
    let told = town.whole_trail(JSW).await.into_iter().find(|row| row.event == "union-exported").unwrap();
    assert_eq!(told.reason.as_deref(), Some("電話で本人確認"));

    // A folder that is used, one that cannot be made.
    let again = town.leaving(&tenant).export(&folder, None).await;
    assert!(matches!(again, Err(LeavingStop::NotEmpty(_))), "{again:?}");
    let nowhere = town.leaving(&tenant).export(&town.path("a/b/c"), None).await;
    assert!(matches!(nowhere, Err(LeavingStop::NoFolder { .. })), "{nowhere:?}");
    fs::create_dir(town.path("elsewhere")).unwrap();
    fs::write(town.path("file"), "").unwrap();
    std::os::unix::fs::symlink(town.path("elsewhere"), town.path("link")).unwrap();
    for no_folder in ["file", "link", "link/"] {
        let refused = town.leaving(&tenant).export(&town.path(no_folder), None).await;
        assert!(matches!(refused, Err(LeavingStop::NotEmpty(_))), "{no_folder}: {refused:?}");
    }
    assert_eq!(fs::read_dir(town.path("elsewhere")).unwrap().count(), 0);
    assert_eq!(town.count(JSW, "union-exported").await, 1, "nothing was read for these");

    // One file cannot be written: what is there of the others is not whole, and counts for no purge.
    town.leaving(&tenant).close("2026-11-21", &contact_after_closing(&town.tenant(JSW))).await.unwrap();
    town.clock.advance(hours(24));
    let rng = InTheWay { rng: town.rng.as_ref(), file: town.path("half/trail.csv") };
    let half = Leaving { rng: &rng, ..town.leaving(&tenant) }.export(&town.path("half"), None).await;
    assert!(matches!(&half, Err(LeavingStop::File { path, .. }) if *path == rng.file), "{half:?}");
    assert!(town.path("half/members.csv").exists() && !town.path("half/manifest.json").exists());
    let refused = town.leaving(&tenant).erase(false, &mut |_| {}).await;
    let unexported = |refusal: &LeavingRefusal| matches!(refusal, LeavingRefusal::NotExported);
    assert!(matches!(&refused, Err(LeavingStop::Refused(why)) if unexported(why)), "{refused:?}");
    town.close().await;
}

/// Every secret of the town, as any column or page might show it: passwords, hashes, sealed keys, digests of cookies.
async fn secrets(town: &Town) -> Vec<String> {
    let mut all = vec![NEW_PASSWORD.to_owned(), "Vp6r-Hn3t-Ky8s".to_owned()];
    for hash in town.texts("SELECT hash FROM password").await.into_iter().flatten().flatten() {
        all.push(hash.rsplit('$').next().unwrap().to_owned());
        all.push(hash);
    }
    let texts = all.len();
    for (table, column) in [("totp", "secret"), ("first_credential", "digest"), ("session", "token")] {
        let hex =
            if on_postgres() { format!("encode({column}, 'hex')") } else { format!("lower(hex({column}))") };
        let found: Vec<String> =
            town.texts(&format!("SELECT {hex} FROM {table}")).await.into_iter().flatten().flatten().collect();
        assert!(!found.is_empty(), "{table}");
        for hex in found {
            let bytes = HEXLOWER.decode(hex.as_bytes()).unwrap();
            assert!(bytes.len() >= 16, "{table}: {hex}");
            all.extend([BASE64_NOPAD.encode(&bytes), BASE64URL_NOPAD.encode(&bytes)]);
            all.extend([BASE32_NOPAD.encode(&bytes), hex.to_uppercase(), hex]);
        }
    }
    assert!(texts >= 4 && all.iter().all(|secret| secret.len() >= 14), "{all:?}");
    all
}

/// Puts a file in the way as soon as its folder is there.
#[derive(Debug)]
struct InTheWay<'t> {
    rng: &'t TownRandom,
    file: PathBuf,
}

impl RandomSource for InTheWay<'_> {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        if self.file.parent().unwrap().exists() {
            fs::write(&self.file, "x").unwrap();
        }
        self.rng.fill(bytes)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_counts_for_the_closing_under_which_it_began_and_lists_nobody_who_is_hidden() {
    let (town, hanako, _, _) = with_hanako(Town::open().await).await;
    town.import(JSW, "15,77,01,1980-12-01,見本 花子,ミホン ハナコ,miho77,Vp6r-Hn3t-Ky8s,").await;
    let tenant = town.tenant(JSW);
    let shown = contact_after_closing(&tenant);
    // An import that died before its publication left a member with a first password.
    let (now, holder) = (town.clock.now(), uuid::Uuid::from_u128(7));
    let mut tx = town.store().tenant(&tenant.slug).write().await.unwrap();
    assert!(import::begin(&mut tx, holder, at_the_desk(), now, now + minutes(1)).await.unwrap());
    tx.commit().await.unwrap();
    town.sql("UPDATE member SET import = (SELECT id FROM import) WHERE login = 'miho77'").await;
    town.leaving(&tenant.slug).close("2026-11-21", &shown).await.unwrap();
    town.clock.advance(hours(24));

    // While the files are written, the last day is taken back and another one named.
    let folder = town.path("export");
    let again = TakenBack::of(&town, &tenant, Some("2026-11-22"), Some(folder.join("README.txt")));
    let exported =
        Leaving { clock: &again, ..town.leaving(&tenant.slug) }.export(&folder, None).await.unwrap();
    assert!(again.is_done.load(Ordering::Relaxed));
    drop(again);
    let rows: Vec<u64> = exported.rows.iter().map(|(_, rows)| *rows).collect();
    assert_eq!(rows[..2], [1, 2], "{}: with a password and an app", hanako.login);
    let known = async || {
        let mut tx = town.store().tenant(&tenant.slug).read().await.unwrap();
        kenpo_portal::store::closing::of_union(&mut tx).await.unwrap().unwrap()
    };
    assert_eq!(known().await.exported_at, None, "nobody has exported what this closing leaves");
    town.clock.advance(hours(24));
    town.leaving(&tenant.slug).export(&town.path("again"), None).await.unwrap();
    assert_eq!(known().await.exported_at, Some(town.clock.now()));
    town.close().await;
}
