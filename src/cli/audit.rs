//! `audit …`: the trail written out, the members somebody saw, the chain verified, old rows archived (D35, M4, M6).

use std::{
    collections::BTreeMap,
    io::{self, Read as _, Write},
    path::{Path, PathBuf},
};

use clap::Subcommand;
use jiff::{Timestamp, civil::Date};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    CommandFault, Exit, STANDARD,
    member::moment,
    operator,
    serve::{self, DatabaseFacts, load_tenants, open_migrated, open_to_read},
    spoken_or_json, tell,
};
use crate::{
    domain::{
        audit::chain::{Head, YOUNGEST_ARCHIVED, latest_archived},
        saying::{Saying, said},
        tenant::{Language, TenantSlug},
    },
    portal::{
        clock::unlikely,
        trail::{
            archive::{Archive, ArchiveStop},
            check::{TrailFlaw, TrailReport, check_no_union, check_trail},
            file::{CheckedArchive, check_archive},
        },
    },
    settings::Settings,
    store::{Store, closing},
    world::{Clock as _, SystemClock, SystemRandom, plain_file, today_in_japan},
};

mod export;

use export::{TrailExport, TrailFormat, WhichRows, midnight};

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// 書き出す / write a union's trail: who did what, when, why
    Export {
        #[command(flatten)]
        which: WhichRows,
        /// 形: jsonl(1行に1件の JSON)、csv(表計算ソフト用)、text(読むため) / how it is written: jsonl, csv or text
        #[arg(long, value_enum, default_value_t = TrailFormat::Jsonl)]
        format: TrailFormat,
        /// 機械向け(--format jsonl と同じ) / for machines: the same as --format jsonl
        #[arg(long, conflicts_with = "format")]
        json: bool,
        /// 記号-番号とユーザIDも / with the members' numbers and user IDs; asks for --reason
        #[arg(long)]
        members: bool,
        /// 理由 / why: it stands in the trail
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// 見られた加入者 / the members somebody looked at or changed, each once
    Members {
        #[command(flatten)]
        which: WhichRows,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
        /// 理由(必ず) / why, always asked for: it stands in the trail
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// 記録のつながりを確かめる: 1 変えられた・欠けた・加えられた・動かされた行か封がある / verify the chain of the trail; 1 where a row or seal is changed, missing, added or moved
    Verify {
        /// 組合(なければすべて) / the union (default: all)
        #[arg(long, value_name = "ID")]
        tenant: Option<String>,
        /// 前に控えた鎖の先、- は標準入力 / what an earlier run printed (- for standard input): a chain that was cut off is found, too
        #[arg(long, value_name = "FILE")]
        heads: Option<PathBuf>,
        /// 保管したファイル / an archive instead of the database
        #[arg(long, value_name = "FILE", conflicts_with = "tenant")]
        archive: Option<PathBuf>,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 古い行をファイルへ / move old rows into a file; run it with the database address of the tables' owner
    Archive {
        /// 組合 / the union
        #[arg(long, value_name = "ID")]
        tenant: String,
        /// この日より前(なければ組合のファイルにあるとおり) / rows before this day in Japan (default: as the union's file says)
        #[arg(long, value_name = "YYYY-MM-DD")]
        before: Option<Date>,
        /// ファイル / where they go; the same again to go on after a stop
        file: PathBuf,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
        /// 理由(必ず) / why, always asked for: it stands in the trail
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
}

/// Runs one of them.
pub(super) async fn run(
    settings: &Settings,
    command: AuditCommand,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    match command {
        // Without a format it writes JSON lines in any case.
        AuditCommand::Export { which, format, json: _, members, reason } => {
            let numbers = members.then(|| operator::reason(reason.as_deref())).transpose()?;
            let slug = union(settings, &which.tenant)?;
            let store = match numbers {
                Some(_) => open_migrated(&settings.database.url).await?,
                None => open_to_read(&settings.database.url).await?,
            };
            let doing = numbers.map(|reason| operator::at_the_desk("audit export", Some(reason)));
            let export = TrailExport { store: &store, tenant: &slug, language };
            let done = export.write(&which, format, doing.as_ref(), (out, err)).await;
            store.close().await;
            done
        }
        AuditCommand::Members { which, json, reason } => {
            let reason = operator::reason(reason.as_deref())?;
            let slug = union(settings, &which.tenant)?;
            let store = open_migrated(&settings.database.url).await?;
            let doing = operator::at_the_desk("audit members", Some(reason));
            let export = TrailExport { store: &store, tenant: &slug, language };
            let done = export.members(&which, json, &doing, (out, err)).await;
            store.close().await;
            done
        }
        AuditCommand::Verify { heads, archive: Some(path), json, .. } => {
            let heads = heads.as_deref().map(read_heads).transpose()?;
            let verified = verify_file(settings, path, heads.as_ref(), language).await?;
            print(verified, json, language, (out, err))
        }
        AuditCommand::Verify { tenant, heads, archive: None, json } => {
            let heads = heads.as_deref().map(read_heads).transpose()?;
            let store = open_to_read(&settings.database.url).await?;
            let checked = async {
                is_known(&store, settings, tenant.as_deref()).await?;
                verify(&store, tenant.as_deref(), heads.as_ref(), language).await
            };
            let checked = checked.await;
            store.close().await;
            print(checked?, json, language, (out, err))
        }
        AuditCommand::Archive { tenant, before, file, json, reason } => {
            let reason = operator::reason(reason.as_deref())?;
            let slug = union(settings, &tenant)?;
            let store = open_migrated(&settings.database.url).await?;
            let doing = operator::of_the_agency("audit archive", Some(reason));
            let (clock, rng) = (&SystemClock, &SystemRandom);
            let archive = Archive { store: &store, clock, rng, tenant: &slug, doing: &doing };
            let (mut told, mut words) = (Vec::new(), Vec::new());
            let done = async {
                if let Some(unlikely) = unlikely(&SystemClock, &store).await? {
                    return Err(CommandFault::ClockUnlikely(unlikely));
                }
                let before = day_before(settings, &store, &slug, before).await?;
                if json {
                    put_away(&archive, before, &file, Language::En, &mut told, &mut words).await
                } else {
                    put_away(&archive, before, &file, language, out, err).await
                }
            };
            let done = done.await;
            store.close().await;
            spoken_or_json(json, language, out, err, |_, out, err| {
                out.write_all(&told)?;
                err.write_all(&words)?;
                done
            })
        }
    }
}

/// The union of that id; its file need not be sound.
fn union(settings: &Settings, id: &str) -> Result<TenantSlug, CommandFault> {
    let loaded = load_tenants(settings, &DatabaseFacts::default())?;
    let slug = TenantSlug::parse(id).filter(|_| loaded.seen.iter().any(|seen| seen == id));
    slug.ok_or_else(|| CommandFault::UnknownUnion(id.to_owned()))
}

/// The day before which the union's rows are archived: the one that was given, or the latest that its file allows. A union
/// that has closed keeps what is least.
///
/// # Errors
/// [`CommandFault::ArchiveTooYoung`].
async fn day_before(
    settings: &Settings,
    store: &Store,
    slug: &TenantSlug,
    given: Option<Date>,
) -> Result<Date, CommandFault> {
    let now = SystemClock.now();
    let closing = closing::of_union(&mut store.tenant(slug).read().await?).await?;
    let days = if closing.is_some_and(|closing| closing.is_over(now)) {
        YOUNGEST_ARCHIVED
    } else {
        let known = serve::known(store).await?.without_passkeys();
        let (loaded, _) = serve::load_or_recall(store, settings, &known).await?;
        let tenant = loaded.tenants.by_slug(slug);
        tenant.ok_or_else(|| CommandFault::UnknownUnion(slug.to_string()))?.policy.retention.trail_days
    };
    let latest = latest_archived(today_in_japan(now), days);
    match given {
        Some(before) if before > latest => Err(CommandFault::ArchiveTooYoung { before, latest, days }),
        given => Ok(given.unwrap_or(latest)),
    }
}

/// Bytes of the largest file of heads that is read: a line for each union.
const LARGEST_HEADS: u64 = 16 << 20;

/// The text of standard input, which holds at most `most` bytes.
fn read_standard_input(most: u64) -> io::Result<String> {
    let mut text = String::new();
    io::stdin().lock().take(most + 1).read_to_string(&mut text)?;
    if text.len() as u64 > most { Err(io::ErrorKind::InvalidInput.into()) } else { Ok(text) }
}

/// The heads an earlier run printed: union, number, hash, and whatever follows.
fn read_heads(path: &Path) -> Result<BTreeMap<String, Head>, CommandFault> {
    let text = if path == Path::new(STANDARD) {
        read_standard_input(LARGEST_HEADS)
    } else {
        plain_file::read_text(path, LARGEST_HEADS)
    };
    let text = text.map_err(|fault| CommandFault::File(path.to_owned(), fault))?;
    let mut heads = BTreeMap::new();
    for (line, number) in text.lines().zip(1_u64..).filter(|(line, _)| !line.trim().is_empty()) {
        let mut words = line.split_whitespace();
        let head = match (words.next(), words.next(), words.next()) {
            (Some(union), Some(number), Some(hash)) => {
                Head::parse(number, hash).map(|head| (union.to_owned(), head))
            }
            _ => None,
        };
        let (union, head) = head.ok_or_else(|| CommandFault::NotAHead(path.to_owned(), number))?;
        heads.insert(union, head);
    }
    if heads.is_empty() {
        return Err(CommandFault::NoHeads(path.to_owned()));
    }
    Ok(heads)
}

/// That there is such a union, or a trail of one: a mistyped id must not look like a trail without a flaw.
///
/// # Errors
/// [`CommandFault::UnknownUnion`].
pub(super) async fn is_known(
    store: &Store,
    settings: &Settings,
    only: Option<&str>,
) -> Result<(), CommandFault> {
    let Some(id) = only else { return Ok(()) };
    if store.everywhere().trails().await?.iter().any(|union| union == id) {
        return Ok(());
    }
    union(settings, id).map(drop)
}

/// What came of verifying trails or an archive.
struct VerifiedTrails {
    /// The reports, each with its union and whether a head of it was given.
    reports: Vec<(String, TrailReport, bool)>,
    /// What is to be said besides.
    told: Vec<String>,
    /// Whether something was compared of all that was to be.
    compared: bool,
}

/// Verifies the trails of one union or of all.
async fn verify(
    store: &Store,
    only: Option<&str>,
    heads: Option<&BTreeMap<String, Head>>,
    language: Language,
) -> Result<VerifiedTrails, CommandFault> {
    let unions = if let Some(union) = only {
        vec![union.to_owned()]
    } else {
        let mut unions = store.everywhere().trails().await?;
        let given = heads.into_iter().flat_map(BTreeMap::keys);
        if let Some(mistyped) = given.clone().find(|union| TenantSlug::parse(union).is_none()) {
            return Err(CommandFault::UnknownUnion(mistyped.clone()));
        }
        unions.extend(given.cloned());
        unions.sort_unstable();
        unions.dedup();
        unions
    };
    let (mut reports, mut told) = (Vec::new(), Vec::new());
    if unions.is_empty() {
        told.push(tell(language, &said!("store-empty")));
    }
    for union in unions {
        let head = heads.and_then(|heads| heads.get(&union)).copied();
        let report = match TenantSlug::parse(&union) {
            Some(slug) => check_trail(store, &slug, head).await?,
            None => check_no_union(store, &union).await?,
        };
        if heads.is_some() && head.is_none() {
            told.push(format!("{}: {}", shown(&union), tell(language, &said!("trail-no-head"))));
        }
        reports.push((union, report, head.is_some()));
    }
    let compared = heads.is_none() || reports.iter().any(|(_, _, with_head)| *with_head);
    Ok(VerifiedTrails { reports, told, compared })
}

/// Verifies an archive: by itself, against what the database keeps of it, and against the head that was given.
async fn verify_file(
    settings: &Settings,
    path: PathBuf,
    heads: Option<&BTreeMap<String, Head>>,
    language: Language,
) -> Result<VerifiedTrails, CommandFault> {
    let head_of = |union: &str| heads.and_then(|heads| heads.get(union)).copied();
    let checked = check_archive(&path, head_of);
    let checked = checked.map_err(|fault| CommandFault::File(path.clone(), fault))?;
    let mut file = checked.ok_or(CommandFault::OtherArchive(path))?;
    let known = match open_to_read(&settings.database.url).await {
        Ok(store) => {
            let known = file.compare(&store).await;
            store.close().await;
            known.map_err(CommandFault::from)
        }
        Err(fault) => Err(fault),
    };
    let (head, seal) = (head_of(&file.union), file.report.head.number);
    let of_head = head.map(|head| head.number);
    let mut sayings = Vec::new();
    match of_head {
        None if heads.is_some() => sayings.push(said!("trail-no-head")),
        Some(head) if head > seal || head <= file.behind => {
            sayings.push(said!("trail-head-beyond-file", head, seal));
        }
        Some(head) if head < seal => sayings.push(said!("trail-head-inside-file", head, seal)),
        _ => {}
    }
    let compared = matches!(known, Ok(true)) || (of_head == Some(seal) && seal > file.behind);
    match known {
        _ if compared => {}
        Ok(_) => sayings.push(said!("trail-file-unknown", seal)),
        Err(fault) => sayings.push(said!("trail-file-alone", why = fault.sentence(language))),
    }
    let CheckedArchive { union, report, .. } = file;
    let told = sayings.iter().map(|saying| format!("{}: {}", shown(&union), tell(language, saying)));
    let told = told.collect();
    Ok(VerifiedTrails { reports: vec![(union, report, head.is_some())], told, compared })
}

/// The name of a union on a line of its own: what is none could be anything.
fn shown(union: &str) -> String {
    if TenantSlug::parse(union).is_some() { union.to_owned() } else { format!("{union:?}") }
}

/// Says what verifying found: heads to `out`, words to `err`.
fn print(
    VerifiedTrails { reports, told, compared }: VerifiedTrails,
    json: bool,
    language: Language,
    (out, err): (&mut dyn Write, &mut dyn Write),
) -> Result<Exit, CommandFault> {
    let sound = compared && reports.iter().all(|(_, report, _)| report.is_sound());
    if json {
        let all = reports.iter().map(|(union, report, with_head)| {
            let mut trail = report_json(union, report);
            if let Some(fields) = trail.as_object_mut() {
                fields.insert("head_given".to_owned(), json!(with_head));
            }
            trail
        });
        let all: Vec<Value> = all.collect();
        let all = json!({ "sound": sound, "compared": compared, "trails": all, "told": told });
        serde_json::to_writer_pretty(&mut *out, &all)?;
        writeln!(out)?;
    } else {
        for (union, report, _) in reports {
            let TrailReport { rows, seals, waiting, head, .. } = &report;
            let (number, hash) = (head.number, head.hex());
            if TenantSlug::parse(&union).is_some() {
                writeln!(out, "{union} {number} {hash} seals={seals} rows={rows} waiting={waiting}")?;
            }
            for sentence in report_sentences(&union, &report, language) {
                writeln!(err, "{sentence}")?;
            }
        }
        for sentence in told {
            writeln!(err, "{sentence}")?;
        }
    }
    Ok(if sound { Exit::Fine } else { Exit::Problems })
}

/// What is to be said of a trail, in sentences.
pub(super) fn report_sentences(union: &str, report: &TrailReport, language: Language) -> Vec<String> {
    let shown = shown(union);
    let union = shown.as_str();
    let mut sentences: Vec<String> =
        report.flaws.iter().map(|flaw| format!("{union}: {}", tell(language, &flaw_saying(flaw)))).collect();
    if report.more > 0 {
        sentences.push(format!("{union}: {}", tell(language, &said!("trail-more", more = report.more))));
    }
    for row in &report.late {
        let (id, at, not_there) = (row.id.to_string(), moment(row.at), moment(row.not_there));
        let late = said!("trail-row-late", id, at, event = row.event.as_str(), not_there);
        sentences.push(format!("{union}: {}", tell(language, &late)));
    }
    if report.more_late > 0 {
        sentences.push(format!("{union}: {}", tell(language, &said!("trail-more", more = report.more_late))));
    }
    if let Some(seal) = report.archived_since {
        sentences.push(format!("{union}: {}", tell(language, &said!("trail-archived-since", union, seal))));
    }
    if let Some(oldest) = report.oldest {
        let (waiting, since) = (report.waiting, moment(oldest));
        sentences.push(format!("{union}: {}", tell(language, &said!("trail-waiting", waiting, since))));
    }
    sentences
}

/// Word, row, seal, time and event of a flaw. Words are an interface.
fn flaw_parts(
    flaw: &TrailFlaw,
) -> (&'static str, Option<String>, Option<i64>, Option<Timestamp>, Option<&str>) {
    let row = |id: &Uuid| Some(id.to_string());
    let number = |seal: &u32| Some(i64::from(*seal));
    match flaw {
        TrailFlaw::RowChanged { id, at, event, seal } => {
            ("row-changed", row(id), number(seal), Some(*at), Some(event))
        }
        TrailFlaw::RowMissing { id, seal, at } => {
            ("row-missing", row(id), seal.map(i64::from), Some(*at), None)
        }
        TrailFlaw::RowAdded { id, at, event } => ("row-added", row(id), None, Some(*at), Some(event)),
        TrailFlaw::RowUnreadable { id } => ("row-unreadable", Some(id.to_string()), None, None, None),
        TrailFlaw::RowSealedTwice { id, seal, .. } => ("row-sealed-twice", row(id), Some(*seal), None, None),
        TrailFlaw::RowWaitsSealed { id, seal } => ("row-waits-sealed", row(id), Some(*seal), None, None),
        TrailFlaw::RowArchived { id, seal } => ("row-archived", row(id), Some(*seal), None, None),
        TrailFlaw::NoUnion { id } => ("no-union", id.as_ref().map(ToString::to_string), None, None, None),
        TrailFlaw::SealArchived { seal } => ("seal-archived", None, Some(*seal), None, None),
        TrailFlaw::SealUnreadable { seal } => ("seal-unreadable", None, Some(*seal), None, None),
        TrailFlaw::AnchorUnreadable { seal } => ("anchor-unreadable", None, Some(*seal), None, None),
        TrailFlaw::SealMissing { seal } => ("seal-missing", None, number(seal), None, None),
        TrailFlaw::SealChanged { seal, at } => ("seal-changed", None, number(seal), Some(*at), None),
        TrailFlaw::SealMoved { seal, at } => ("seal-moved", None, number(seal), Some(*at), None),
        TrailFlaw::AnchorUnknown { seal } => ("anchor-unknown", None, number(seal), None, None),
        TrailFlaw::FileDiffers { seal } => ("file-differs", None, number(seal), None, None),
        TrailFlaw::HeadGone { seal } => ("head-gone", None, number(seal), None, None),
        TrailFlaw::HeadDiffers { seal } => ("head-differs", None, number(seal), None, None),
    }
}

fn flaw_saying(flaw: &TrailFlaw) -> Saying {
    let (_, id, seal, at, event) = flaw_parts(flaw);
    let id = id.unwrap_or_else(|| "-".to_owned());
    let (at, event) = (at.map(moment).unwrap_or_default(), event.unwrap_or_default());
    let seal = seal.unwrap_or(0);
    match flaw {
        TrailFlaw::RowChanged { .. } => said!("trail-row-changed", id, at, event, seal),
        TrailFlaw::RowMissing { seal: Some(_), .. } => said!("trail-row-missing", id, at, seal),
        TrailFlaw::RowMissing { seal: None, .. } => said!("trail-row-missing-unsealed", id, at),
        TrailFlaw::RowAdded { .. } => said!("trail-row-added", id, at, event),
        TrailFlaw::RowUnreadable { .. } => said!("trail-row-unreadable", id),
        TrailFlaw::RowSealedTwice { first, .. } => said!("trail-row-sealed-twice", id, first, seal),
        TrailFlaw::RowWaitsSealed { .. } => said!("trail-row-waits-sealed", id, seal),
        TrailFlaw::RowArchived { .. } => said!("trail-row-archived", id, seal),
        TrailFlaw::NoUnion { .. } => said!("trail-no-union", id),
        TrailFlaw::SealArchived { .. } => said!("trail-seal-archived", seal),
        TrailFlaw::SealUnreadable { .. } => said!("trail-seal-unreadable", seal),
        TrailFlaw::AnchorUnreadable { .. } => said!("trail-anchor-unreadable", seal),
        TrailFlaw::SealMissing { .. } => said!("trail-seal-missing", seal),
        TrailFlaw::SealChanged { .. } => said!("trail-seal-changed", seal, at),
        TrailFlaw::SealMoved { .. } => said!("trail-seal-moved", seal, at),
        TrailFlaw::AnchorUnknown { .. } => said!("trail-anchor-unknown", seal),
        TrailFlaw::FileDiffers { .. } => said!("trail-file-differs", seal),
        TrailFlaw::HeadGone { .. } => said!("trail-head-gone", seal),
        TrailFlaw::HeadDiffers { .. } => said!("trail-head-differs", seal),
    }
}

pub(super) fn report_json(union: &str, report: &TrailReport) -> Value {
    let flaws = report.flaws.iter().map(|flaw| {
        let (word, id, seal, at, event) = flaw_parts(flaw);
        json!({
            "flaw": word, "row": id, "seal": seal, "at": at.map(|at| at.to_string()),
            "event": event,
        })
    });
    let late = report.late.iter().map(|row| {
        json!({
            "row": row.id.to_string(), "seal": row.seal, "at": row.at.to_string(), "event": row.event,
            "not_there": row.not_there.to_string(),
        })
    });
    json!({
        "tenant": union, "sound": report.is_sound(), "seals": report.seals, "rows": report.rows,
        "waiting": report.waiting, "waiting_since": report.oldest.map(|at| at.to_string()),
        "head": { "number": report.head.number, "hash": report.head.hex() },
        "flaws": flaws.collect::<Vec<_>>(), "more": report.more,
        "late": late.collect::<Vec<_>>(), "more_late": report.more_late, "new_late": report.new_late,
        "archived_since": report.archived_since,
    })
}

/// Archives, and says what came of it.
async fn put_away(
    archive: &Archive<'_>,
    before: Date,
    file: &Path,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let union = archive.tenant.as_str();
    match archive.run(midnight(before)?, file).await {
        Ok(done) => {
            writeln!(out, "{union} {} {} rows={}", done.head.number, done.head.hex(), done.rows)?;
            let (rows, path) = (done.rows, file);
            writeln!(err, "{}", tell(language, &said!("archive-done", rows, path)))?;
            Ok(Exit::Fine)
        }
        Err(ArchiveStop::Broken(report)) => {
            for sentence in report_sentences(union, &report, language) {
                writeln!(err, "{sentence}")?;
            }
            writeln!(err, "{}", tell(language, &said!("archive-broken", union)))?;
            Ok(Exit::Problems)
        }
        Err(ArchiveStop::Nothing) => {
            let before = before.to_string();
            writeln!(err, "{}", tell(language, &said!("archive-nothing", before)))?;
            Ok(Exit::Problems)
        }
        Err(ArchiveStop::Damaged { path, report }) => {
            for sentence in report_sentences(union, &report, language) {
                writeln!(err, "{sentence}")?;
            }
            writeln!(err, "{}", tell(language, &said!("archive-damaged", path = &path)))?;
            Ok(Exit::Problems)
        }
        Err(ArchiveStop::Ended(path)) => {
            writeln!(err, "{}", tell(language, &said!("archive-ended", path = &path)))?;
            Ok(Exit::Problems)
        }
        Err(ArchiveStop::Busy(folder)) => {
            writeln!(err, "{}", tell(language, &said!("archive-busy", folder = &folder)))?;
            Ok(Exit::Problems)
        }
        Err(ArchiveStop::OtherFile(path)) => Err(CommandFault::OtherArchive(path)),
        Err(ArchiveStop::NotOwner) => Err(CommandFault::NotOwner),
        Err(ArchiveStop::File { path, source }) => Err(CommandFault::File(path, source)),
        Err(ArchiveStop::Store(fault)) => Err(fault.into()),
        Err(ArchiveStop::NoRandomness(fault)) => Err(fault.into()),
    }
}
