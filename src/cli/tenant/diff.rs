//! `tenant diff`: the folder beside what the running service serves: which keys differ, when each change counts, and how
//! many members it concerns. Nothing is changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    path::Path,
    time::Duration,
};

use serde::Serialize;

use crate::{
    cli::{
        CommandFault, Exit,
        finding::{self, FindingRow},
        serve::{
            self, DatabaseFacts,
            internal::{self, InternalAnswer},
            reload::answer::{InForceAnswer, VersionRow},
        },
        tell,
    },
    domain::{
        saying::{Saying, said},
        tenant::{Language, Method, TenantSlug},
    },
    settings::Settings,
    store::{
        Store,
        held::{self, HolderCount},
    },
    tenants::{Loaded, UnionVersion, keys::ChangeClass, shown},
    web::reload::IN_FORCE,
};

/// How long the service may take to say what it serves.
const PATIENCE: Duration = Duration::from_secs(30);

/// One key that differs.
#[derive(Debug, Serialize)]
struct KeyDifference {
    key: String,
    before: Option<String>,
    after: Option<String>,
    /// When the change counts.
    class: &'static str,
    /// How many passkeys it would cost.
    passkeys: u32,
    /// How many members it concerns, where that is known.
    affected: Option<u32>,
    /// Who holds a method that is offered no longer.
    holders: Vec<MethodHolders>,
}

/// Members who hold a method that is offered no longer. They go on signing in with it; nobody sets up another one.
#[derive(Debug, Serialize)]
struct MethodHolders {
    method: &'static str,
    members: u32,
    /// How many of them hold none of those that are still offered.
    alone: u32,
}

/// One union that differs.
#[derive(Debug, Serialize)]
struct UnionDifference {
    union: String,
    /// As `tenant reload --json` would tell it.
    change: &'static str,
    /// How many members the union has.
    members: u32,
    keys: Vec<KeyDifference>,
    /// The hosts that would lead to the union's own.
    #[serde(skip)]
    aliases: Vec<String>,
}

/// Compares, for these unions or for all.
pub(super) async fn run(
    settings: &Settings,
    ids: &[String],
    json: bool,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let InternalAnswer { status, body } = internal::ask(settings, "GET", IN_FORCE, PATIENCE).await?;
    let served: InForceAnswer = serde_json::from_str(&body)
        .map_err(|_| CommandFault::NotAnswered(settings.internal.listen, status))?;
    let store = serve::open_to_read(&settings.database.url).await?;
    let compared = async {
        let known = serve::known(&store).await?;
        let loaded = serve::load_tenants(settings, &known)?;
        let rows = differences(&store, ids, &served, &loaded, &known).await?;
        Ok::<_, CommandFault>((loaded, rows))
    };
    let compared = compared.await;
    store.close().await;
    let (loaded, rows) = compared?;
    let is_about = |union: &Option<String>| {
        union.as_ref().is_none_or(|union| rows.iter().any(|row| row.union == *union))
    };
    let errors: Vec<_> =
        loaded.findings.iter().filter(|found| found.is_error() && is_about(&found.tenant)).collect();
    let errors = if rows.is_empty() { Vec::new() } else { errors };
    if json {
        let findings: Vec<_> = errors.iter().map(|found| FindingRow::of(found)).collect();
        serde_json::to_writer_pretty(
            &mut *out,
            &serde_json::json!({
                "unions": rows, "findings": findings, "folder": served.folder, "differing": served.differing,
            }),
        )?;
        writeln!(out)?;
    } else {
        super::tell_service(settings, served.folder.as_deref(), &served.differing, language, err)?;
        for found in errors {
            writeln!(out, "{}\n", finding::shown(found, language))?;
        }
        for row in &rows {
            write_row(row, language, out)?;
        }
    }
    let bad = rows.iter().filter(|row| ["kept", "missing", "left-out"].contains(&row.change)).count();
    let told = match (rows.len(), bad) {
        (0, _) => said!("diff-same"),
        (unions, 0) => said!("diff-differs", unions),
        (unions, bad) => said!("diff-differs-badly", unions, bad),
    };
    writeln!(err, "{}", tell(language, &told))?;
    Ok(if rows.is_empty() { Exit::Fine } else { Exit::Problems })
}

/// What differs, of the unions that are asked for.
async fn differences(
    store: &Store,
    ids: &[String],
    served: &InForceAnswer,
    loaded: &Loaded,
    known: &DatabaseFacts,
) -> Result<Vec<UnionDifference>, CommandFault> {
    let all: BTreeSet<&str> = loaded
        .seen
        .iter()
        .map(String::as_str)
        .chain(served.versions.iter().map(|row| row.union.as_str()))
        .collect();
    if let Some(unknown) = ids.iter().find(|id| !all.contains(id.as_str())) {
        return Err(CommandFault::UnknownUnion(unknown.clone()));
    }
    let asked = all.into_iter().filter(|union| ids.is_empty() || ids.iter().any(|id| id == union));
    let mut rows: Vec<_> = asked.filter_map(|union| compared(union, served, loaded, known)).collect();
    for row in &mut rows {
        let Some(key) = row.keys.iter_mut().find(|key| key.key == "login.methods") else { continue };
        let Some(slug) = TenantSlug::parse(&row.union) else { continue };
        let Some(after) = loaded.in_force.get(&slug) else { continue };
        let counted = held::holders(&mut store.tenant(&slug).read().await?).await?;
        let before = key.before.as_deref().unwrap_or_default();
        key.holders = holders(before, &after.tenant.policy.methods, &counted);
        key.affected = Some(concerned(before, &after.tenant.policy.methods, &counted));
    }
    Ok(rows)
}

/// Whether the list of `before` names a method and the one of `after` does not.
fn is_removed(method: Method, before: &str, after: &[Method]) -> bool {
    before.contains(&format!("\"{}\"", method.as_str())) && !after.contains(&method)
}

/// How many members hold a method that is offered no longer, whoever holds several counted once.
fn concerned(before: &str, after: &[Method], counted: &[HolderCount]) -> u32 {
    let holds = |count: &&HolderCount| count.methods.iter().any(|held| is_removed(*held, before, after));
    counted.iter().filter(holds).map(|count| count.members).sum()
}

/// Who holds a method that the list of `before` names and the one of `after` does not.
fn holders(before: &str, after: &[Method], counted: &[HolderCount]) -> Vec<MethodHolders> {
    let sum = |is_one: &dyn Fn(&HolderCount) -> bool| {
        counted.iter().filter(|count| is_one(count)).map(|count| count.members).sum::<u32>()
    };
    let removed = Method::STRONGEST_FIRST.into_iter().filter(|method| is_removed(*method, before, after));
    let held = removed.map(|method| MethodHolders {
        method: method.as_str(),
        members: sum(&|count| count.methods.contains(&method)),
        alone: sum(&|count| {
            count.methods.contains(&method) && !count.methods.iter().any(|held| after.contains(held))
        }),
    });
    held.filter(|held| held.members > 0).collect()
}

/// What differs of one union; `None` where nothing does.
fn compared(
    union: &str,
    served: &InForceAnswer,
    loaded: &Loaded,
    known: &DatabaseFacts,
) -> Option<UnionDifference> {
    let before = served.versions.iter().find(|row| row.union == union);
    let after = TenantSlug::parse(union).and_then(|slug| loaded.in_force.get(&slug));
    let is_there = loaded.seen.iter().any(|seen| seen == union);
    let change = match (before, after) {
        (Some(before), Some(after)) if before.hash == after.hash => return None,
        (Some(_), Some(_)) => "changed",
        (None, Some(_)) => "added",
        (Some(_), None) if is_there => "kept",
        (Some(_), None) if loaded.missing.contains(union) => "missing",
        (Some(_), None) => "removed",
        (None, None) => "left-out",
    };
    let keys = match (before, after) {
        (Some(before), Some(after)) => keys(union, before, served, after, known),
        _ => Vec::new(),
    };
    let members = known.members.iter().find(|(tenant, _)| tenant == union).map_or(0, |(_, members)| *members);
    let aliases = after.map(|after| after.tenant.hosts.aliases.clone()).unwrap_or_default();
    Some(UnionDifference { union: union.to_owned(), change, members, keys, aliases })
}

/// The keys that differ between what is served and what the folder says, and the files whose content does.
fn keys(
    union: &str,
    before: &VersionRow,
    served: &InForceAnswer,
    after: &UnionVersion,
    known: &DatabaseFacts,
) -> Vec<KeyDifference> {
    let defaults = served.defaults.get(before.defaults).map_or("", String::as_str);
    let of = |file: &str, defaults: &str| -> BTreeMap<String, (Option<String>, ChangeClass)> {
        let values = shown::of_texts(Path::new(""), union, file, defaults).into_iter();
        values.map(|one| (one.key, (one.value.map(|value| value.to_string()), one.change))).collect()
    };
    let (old, new) = (of(&before.file, defaults), of(&after.file, &after.defaults));
    let lost = known.kept.iter().filter(|kept| kept.tenant == union && kept.rp_id != after.tenant.rp_id);
    let lost = lost.fold((0, 0), |sum, kept| (sum.0 + kept.passkeys, sum.1 + kept.holders));
    let mut rows = Vec::new();
    for key in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        let (one, other) = (old.get(key), new.get(key));
        let value =
            |found: Option<&(Option<String>, ChangeClass)>| found.and_then(|(value, _)| value.clone());
        let (before, after) = (value(one), value(other));
        let Some((_, class)) = other.or(one).filter(|_| before != after) else { continue };
        rows.push(KeyDifference {
            passkeys: if key == "passkey.rp_id" { lost.0 } else { 0 },
            affected: (key == "passkey.rp_id").then_some(lost.1),
            key: key.clone(),
            before,
            after,
            class: class.as_str(),
            holders: Vec::new(),
        });
    }
    for (key, hash) in &after.beside {
        let class = new.get(key).map_or(ChangeClass::Live, |(_, class)| *class);
        let old = before.beside.iter().find_map(|(named, hash)| (named == key).then_some(hash));
        if old.is_some_and(|old| old != hash) && !rows.iter().any(|row| row.key == *key) {
            let digest = |hash: &String| Some(format!("SHA-256 {}…", hash.get(..12).unwrap_or(hash)));
            let (before, after) = (old.and_then(digest), digest(hash));
            let (key, class, holders) = (key.clone(), class.as_str(), Vec::new());
            rows.push(KeyDifference { key, before, after, class, passkeys: 0, affected: None, holders });
        }
    }
    rows
}

fn write_row(row: &UnionDifference, language: Language, out: &mut dyn Write) -> std::io::Result<()> {
    let members = row.members;
    let head = match row.change {
        "changed" => said!("diff-changed", members),
        "added" => said!("diff-added"),
        "kept" => said!("diff-kept", members),
        "missing" => said!("diff-missing", members),
        "removed" => said!("diff-removed", members),
        _ => said!("diff-left-out"),
    };
    writeln!(out, "{}  {}", row.union, tell(language, &head))?;
    for key in &row.keys {
        let nothing = || tell(language, &said!("diff-nothing"));
        let (before, after) =
            (key.before.clone().unwrap_or_else(nothing), key.after.clone().unwrap_or_else(nothing));
        writeln!(out, "  {}  {before} → {after}  {}", key.key, tell(language, &counts(key)))?;
        for MethodHolders { method, members, alone } in &key.holders {
            let held = said!("diff-holders", method = *method, members = *members, alone = *alone);
            writeln!(out, "    {}", tell(language, &held))?;
        }
        if let Some(consequence) = consequence(key, row) {
            writeln!(out, "    {}", tell(language, &consequence))?;
        }
    }
    Ok(())
}

/// What a change does to members beside what it says.
fn consequence(key: &KeyDifference, row: &UnionDifference) -> Option<Saying> {
    let is = |value: &Option<String>, word: &str| {
        value.as_deref().is_some_and(|value| value == format!("\"{word}\""))
    };
    match key.key.as_str() {
        "hosts.primary" => {
            let old = key.before.as_deref()?.trim_matches('"');
            let is_alias = row.aliases.iter().any(|alias| alias == old);
            Some(if is_alias { said!("diff-host-alias", old) } else { said!("diff-host-lost", old) })
        }
        "status" if row.members > 0 && is(&key.after, "draft") && !is(&key.before, "draft") => {
            Some(said!("diff-withdrawn", members = row.members))
        }
        _ => None,
    }
}

/// When a change counts, in words.
fn counts(row: &KeyDifference) -> Saying {
    let (passkeys, holders) = (row.passkeys, row.affected.unwrap_or_default());
    match row.class {
        "login" => said!("diff-login"),
        "import" => said!("diff-import"),
        "frozen" if passkeys > 0 => said!("diff-frozen-passkeys", passkeys, holders),
        "frozen" if row.key == "passkey.rp_id" => said!("diff-frozen-rp-id"),
        "frozen" => said!("diff-frozen"),
        _ => said!("diff-live"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_holds_a_method_that_goes_is_counted_and_who_has_no_other_that_stays() {
        let counted = [
            (vec![Method::Passkey], 3),
            (vec![Method::Passkey, Method::AppOtp], 5),
            (vec![Method::AppOtp], 7),
            (vec![Method::AppOtp, Method::EmailOtp], 11),
        ];
        let counted = counted.map(|(methods, members)| HolderCount { methods, members });
        let told = |after: &[Method]| {
            let held = holders(r#"["passkey", "app-otp"]"#, after, &counted);
            held.iter().map(|held| (held.method, held.members, held.alone)).collect::<Vec<_>>()
        };
        assert_eq!(told(&[Method::AppOtp, Method::Passkey]), []);
        assert_eq!(told(&[Method::Passkey]), [("app-otp", 23, 18)]);
        let by_mail = [("passkey", 8, 8), ("app-otp", 23, 12)];
        assert_eq!(told(&[Method::EmailOtp]), by_mail, "whoever holds several is counted at each");
    }
}
