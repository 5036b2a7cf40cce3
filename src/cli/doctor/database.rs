//! What the database says: whether it is there and fits, its keys, its clock, and the unions it knows.

use jiff::civil::Date;

use super::{CheckResult, Topic};
use crate::{
    cli::{CommandFault, clock::odd, fault::strange_objects, serve},
    domain::{audit::chain::latest_archived, restore::StoreOrigin, saying::said, tenant::TenantSlug},
    portal,
    settings::Settings,
    store::{Store, StoreResult, chain, schema::SchemaMismatch},
    tenants::Loaded,
    vault::RingFault,
    world::{Clock as _, SystemClock, today_in_japan},
};

/// Which database, and whether this program may run on its schema.
pub async fn schema(settings: &Settings, topic: Topic) -> Vec<CheckResult> {
    let database = serve::shown_database(settings);
    let store = match serve::open_unmigrated_to_read(&settings.database.url).await {
        Ok(store) => store,
        Err(fault) => return vec![topic.fault(&fault)],
    };
    let looked = async {
        let schema = store.schema().await?;
        // A database of an older program may not have what says where it comes from.
        let (origin, strange) = if schema.matches() {
            (Some(store.origin().await?), store.strange_objects().await?)
        } else {
            (None, Vec::new())
        };
        Ok::<_, crate::store::StoreError>((schema, origin, strange))
    };
    let looked = looked.await;
    store.close().await;
    let (schema, origin, strange) = match looked {
        Ok(looked) => looked,
        Err(fault) => return vec![topic.fault(&fault.into())],
    };
    let (first, last) = (schema.known.first(), schema.known.last());
    let range =
        first.zip(last).map_or_else(String::new, |(first, last)| format!("{:04}-{:04}", first.0, last.0));
    let has = schema.applied.last().map_or_else(|| "-".to_owned(), |version| format!("{version:04}"));
    match schema.mismatch() {
        None => {
            let fits = topic.fine(&said!("doctor-database", database, has, range));
            let unfinished = origin.filter(StoreOrigin::is_unfinished);
            let unfinished =
                unfinished.map(|origin| topic.fault(&CommandFault::Unfinished(origin.backup_at)));
            let changed = (!strange.is_empty()).then(|| {
                let (objects, more) = strange_objects(&strange);
                topic.bad(&said!("doctor-database-strange", objects, more))
            });
            std::iter::once(fits).chain(unfinished).chain(changed).collect()
        }
        Some(mismatch @ SchemaMismatch::Older { .. }) if !schema.applied.is_empty() => {
            let missing = schema.missing().len();
            drop(mismatch);
            vec![topic.bad(&said!("doctor-database-older", database, has, range, missing))]
        }
        Some(mismatch) => vec![topic.fault(&CommandFault::Schema(mismatch))],
    }
}

/// Whether the ring can be read by this program alone, and is this database's.
pub async fn keys(settings: &Settings, topic: Topic) -> Vec<CheckResult> {
    let path = &settings.keys.ring;
    // Where it cannot be opened, that is told of the database; the file can be looked at all the same.
    let Ok(store) = serve::open_to_read(&settings.database.url).await else {
        return vec![match crate::vault::KeyRing::read(path) {
            Ok(_) => topic.warning(&said!("doctor-keys-alone", path)),
            Err(fault) => topic.fault(&fault.into()),
        }];
    };
    let ring = serve::read_ring(&store, path).await;
    let found = match ring {
        Err(CommandFault::Ring(RingFault::Missing { path })) => {
            topic.bad(&said!("doctor-keys-none", path = &path))
        }
        Err(fault) => topic.fault(&fault),
        Ok(ring) => match serve::compare_keys(&store, settings).await {
            Ok(()) => topic.fine(&said!("doctor-keys", path, held = ring.ids().count())),
            Err(fault) => topic.fault(&fault),
        },
    };
    store.close().await;
    vec![found]
}

/// Seconds by which the clocks of nodes may differ (R24).
const APART: i64 = 5;

/// The clock against the database's, and whether something keeps it right.
pub async fn clock(settings: &Settings, topic: Topic) -> Vec<CheckResult> {
    let mut results = Vec::new();
    if let Ok(store) = serve::open_unmigrated_to_read(&settings.database.url).await {
        let asked = SystemClock.now();
        let said = store.time().await;
        let took = SystemClock.now().duration_since(asked).as_secs();
        // A database of an older program, or an empty one, is told of elsewhere.
        let unlikely = portal::clock::unlikely(&SystemClock, &store).await.ok().flatten();
        store.close().await;
        if let Some(found) = &unlikely {
            let odd = odd(found);
            results.push(if found.ahead().is_negative() { topic.bad(&odd) } else { topic.warning(&odd) });
        }
        if let Ok(Some(said)) = said {
            let apart = said.duration_since(asked).as_secs();
            results.push(if apart.abs() > APART + took {
                topic.bad(&said!("doctor-clock-apart", seconds = apart))
            } else {
                topic.fine(&said!("doctor-clock-agrees", seconds = apart.abs()))
            });
        }
    }
    results.push(if super::machine::is_time_kept() {
        topic.fine(&said!("doctor-clock-kept"))
    } else {
        topic.look(&said!("doctor-clock-look"))
    });
    results
}

/// Days that a row may stay beyond its time before it is told: archives are made once a month, and one may be missed.
const ARCHIVED_LATE: u32 = 62;

/// Unions whose trail holds seals that should have been archived, the ones that are behind most first: since when, and whose.
async fn unarchived(store: &Store, loaded: &Loaded) -> StoreResult<Vec<(Date, TenantSlug)>> {
    let today = today_in_japan(SystemClock.now());
    let mut late = Vec::new();
    for tenant in loaded.tenants.iter() {
        let days = tenant.policy.retention.trail_days.saturating_add(ARCHIVED_LATE);
        let oldest = chain::oldest_sealed(&mut store.tenant(&tenant.slug).read().await?).await?;
        if let Some(since) = oldest.map(today_in_japan)
            && since < latest_archived(today, days)
        {
            late.push((since, tenant.slug.clone()));
        }
    }
    late.sort_unstable_by_key(|(since, _)| *since);
    Ok(late)
}

/// Whether old rows of the trail are archived (D35).
fn trail(late: StoreResult<Vec<(Date, TenantSlug)>>, topic: Topic) -> CheckResult {
    match late {
        Ok(late) => match late.first() {
            None => topic.fine(&said!("doctor-trail")),
            Some((since, union)) => topic.warning(&said!(
                "doctor-trail-late",
                unions = late.len(),
                since = since.to_string(),
                union = union.as_str()
            )),
        },
        Err(fault) => topic.fault(&fault.into()),
    }
}

/// That the account of these settings, the service's own, could take rows out of the trail (D35).
async fn owned_trail(store: &Store, topic: Topic) -> Option<CheckResult> {
    match store.owns_trail().await {
        Ok(true) => Some(topic.warning(&said!("doctor-trail-owned"))),
        Ok(false) => None,
        Err(fault) => Some(topic.fault(&fault.into())),
    }
}

/// The unions' files as a start would read them, in figures, of which `tenant check` has the lines; and what of their trails
/// should have been archived.
pub async fn unions(settings: &Settings, topic: Topic, of_trail: Topic) -> Vec<CheckResult> {
    let known = serve::DatabaseFacts::if_there(settings).await;
    let (mut late, mut owned) = (None, None);
    let loaded = match serve::open_to_read(&settings.database.url).await {
        Ok(store) => {
            let loaded = serve::load_or_recall(&store, settings, &known).await.map(|(loaded, _)| loaded);
            if let Ok(loaded) = &loaded {
                late = Some(unarchived(&store, loaded).await);
            }
            owned = owned_trail(&store, of_trail).await;
            store.close().await;
            loaded
        }
        Err(_) => serve::load_tenants(settings, &known),
    };
    let mut of_trail = vec![match late {
        Some(late) => trail(late, of_trail),
        None => of_trail.look(&said!("doctor-trail-unread")),
    }];
    of_trail.extend(owned);
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(fault) => return std::iter::once(topic.fault(&fault)).chain(of_trail).collect(),
    };
    let errors = loaded.findings.iter().filter(|finding| finding.is_error()).count();
    let warnings = loaded
        .findings
        .iter()
        .filter(|finding| finding.severity == crate::tenants::Severity::Warning)
        .count();
    let served = loaded.tenants.len();
    let is_served =
        |union: &String| TenantSlug::parse(union).is_some_and(|slug| loaded.in_force.contains_key(&slug));
    let is_whole = served > 0 && loaded.seen.iter().chain(&loaded.missing).all(is_served);
    let of_unions = if errors > 0 && is_whole {
        topic.warning(&said!("doctor-unions-kept", served, errors, kept = loaded.kept.len()))
    } else if errors > 0 || served == 0 {
        topic.bad(&said!("doctor-unions-bad", served, errors))
    } else if warnings > 0 {
        topic.warning(&said!("doctor-unions-warning", served, warnings))
    } else {
        topic.fine(&said!("doctor-unions", served))
    };
    std::iter::once(of_unions).chain(of_trail).collect()
}
