//! `verify-store`: what must be so after every fault, asked of a store that runs or was restored: the ring is its own,
//! what is sealed opens, and no row contradicts another. Nothing is written.

use std::io::Write;

use serde_json::json;

use super::{
    CommandFault, Exit,
    audit::{is_known, report_json, report_sentences},
    fault::strange_objects,
    keys::rotation,
    member::moment,
    serve::{open_to_read, unopened},
    tell,
};
use crate::{
    domain::{
        saying::said,
        tenant::{Language, TenantSlug},
    },
    portal::{
        keys::report::UnopenedValues,
        trail::{
            check::check_no_union,
            invariants::{Contradiction, StoreReport, check_store},
        },
    },
    settings::Settings,
    store::{Limits, Store, invariants::BrokenRow},
    world::{Clock as _, SystemClock},
};

/// `verify-store [--tenant ID] [--json]`: problems to `out`, words to `err`.
pub async fn run(
    settings: &Settings,
    only: Option<&str>,
    json: bool,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    // It reads whole tables, and nobody waits for it.
    let store = open_to_read(&settings.database.url).await?.with_limits(Limits::BATCH);
    let checked = async {
        is_known(&store, settings, only).await?;
        let unopened = unopened(&store, settings, only).await?;
        verify_all(&store, &unopened, only, SystemClock.now(), json, language, (out, err)).await
    };
    let checked = checked.await;
    store.close().await;
    checked
}

/// The work itself, over a store that is open, whose sealed values were opened before.
pub async fn verify_all(
    store: &Store,
    unopened: &UnopenedValues,
    only: Option<&str>,
    now: jiff::Timestamp,
    json: bool,
    language: Language,
    (out, err): (&mut dyn Write, &mut dyn Write),
) -> Result<Exit, CommandFault> {
    let everywhere = store.everywhere();
    let unions = if let Some(union) = only {
        vec![union.to_owned()]
    } else {
        let mut unions = everywhere.trails().await?;
        unions.extend(everywhere.members().await?.into_iter().map(|counted| counted.tenant));
        unions.sort_unstable();
        unions.dedup();
        unions
    };
    let damage = store.damage().await?;
    let strange = store.strange_objects().await?;
    let mut sound = damage.is_empty() && strange.is_empty() && unopened.count == 0;
    let mut all = Vec::new();
    for said in &damage {
        if !json {
            writeln!(out, "{}", tell(language, &said!("store-damage", said)))?;
        }
    }
    if !json && !strange.is_empty() {
        let (objects, more) = strange_objects(&strange);
        writeln!(out, "{}", tell(language, &said!("store-strange", objects, more)))?;
    }
    if !json && unopened.count > 0 {
        for value in &unopened.first {
            writeln!(out, "{}", tell(language, &rotation::unopened(value)))?;
        }
        writeln!(out, "{}", tell(language, &said!("keys-need-unopened", count = unopened.count)))?;
    }
    if unions.is_empty() && !json {
        writeln!(err, "{}", tell(language, &said!("store-empty")))?;
    }
    for union in unions {
        let report = match TenantSlug::parse(&union) {
            Some(slug) => check_store(store, &slug, now).await?,
            None => {
                StoreReport { broken: Vec::new(), desk_only: 0, trail: check_no_union(store, &union).await? }
            }
        };
        sound &= report.is_sound();
        if json {
            let broken = report.broken.iter().map(|(kind, row)| {
                json!({
                    "invariant": kind.invariant(), "broken": kind.word(), "row": row.id.to_string(),
                    "member": row.member.to_string(), "at": row.at.to_string(),
                })
            });
            all.push(json!({
                "tenant": union, "sound": report.is_sound(), "broken": broken.collect::<Vec<_>>(),
                "desk_only": report.desk_only, "trail": report_json(&union, &report.trail),
            }));
            continue;
        }
        for (kind, row) in &report.broken {
            writeln!(out, "{union}: {} {}", kind.invariant(), sentence(*kind, row, language))?;
        }
        for sentence in report_sentences(&union, &report.trail, language) {
            let to: &mut dyn Write = if report.trail.is_sound() { &mut *err } else { &mut *out };
            writeln!(to, "{sentence}")?;
        }
        if report.is_sound() {
            let (rows, seals) = (report.trail.rows, report.trail.seals);
            writeln!(err, "{union}: {}", tell(language, &said!("store-sound", rows, seals)))?;
        }
        if report.desk_only > 0 {
            let count = report.desk_only;
            writeln!(err, "{union}: {}", tell(language, &said!("store-desk-only", count)))?;
        }
    }
    if json {
        let first = unopened.first.iter().map(|value| {
            let (column, row) = (value.column.word(), value.row.to_string());
            json!({ "tenant": value.tenant, "column": column, "row": row, "unknown_key": value.unknown })
        });
        let sealed = json!({ "unopened": unopened.count, "first": first.collect::<Vec<_>>() });
        let strange = strange.iter().map(|one| json!({ "object": one.object, "flaw": one.flaw.word() }));
        let strange = strange.collect::<Vec<_>>();
        let all = json!({
            "sound": sound, "damage": damage, "strange_objects": strange, "sealed": sealed, "unions": all,
        });
        serde_json::to_writer_pretty(&mut *out, &all)?;
        writeln!(out)?;
    }
    Ok(if sound { Exit::Fine } else { Exit::Problems })
}

fn sentence(kind: Contradiction, row: &BrokenRow, language: Language) -> String {
    let (id, member, at) = (row.id.to_string(), row.member.to_string(), moment(row.at));
    let saying = match kind {
        Contradiction::UsedAndAlive => said!("store-used-and-alive", id, member, at),
        Contradiction::OpenedTwice => said!("store-opened-twice", id, member, at),
        Contradiction::PasswordUntold => said!("store-password-untold", member, at),
        Contradiction::FactorUntold => said!("store-factor-untold", id, member, at),
        Contradiction::SessionUntold => said!("store-session-untold", id, member, at),
        Contradiction::AcceptanceUntold => said!("store-acceptance-untold", member, at),
        Contradiction::LetterUntold => said!("store-letter-untold", id, member, at),
        Contradiction::ChangeUnlettered => said!("store-change-unlettered", id, member, at),
        Contradiction::SessionWithoutFactor => said!("store-session-without-factor", id, member, at),
        Contradiction::SessionEndMoved => said!("store-session-end-moved", id, member, at),
        Contradiction::TwoPasswords => said!("store-two-passwords", member, at),
        Contradiction::PasswordDamaged => said!("store-password-damaged", member, at),
    };
    tell(language, &saying)
}
