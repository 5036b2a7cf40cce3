//! `tenant check`, `tenant list` and `tenant show`: what the union files say, for the person who writes them.
//!
//! Findings and tables go to `out`, sentences about them to `err`; `--json` never varies with the
//! language. Exit codes: 0 fine, 1 problems found, 2 could not run.

pub mod closing;
pub mod command;
mod diff;
mod guide;
pub mod keys;
pub mod new;
mod preview;
mod reload;
pub mod schema;
pub mod show;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;
use serde::Serialize;

use super::{colour::Colour, fault::machine::tenants_folder, finding, tell, voice};
use crate::domain::saying::{SayingValue, said};
use crate::domain::tenant::{Language, Status, Tenant, TenantSlug};
use crate::settings::Settings;
use crate::tenants::{
    AcceptedTerms, Finding, LoadOptions, Loaded, PasskeyCount, ServedHostFact, Severity, TenantsFolder,
    VersionBefore,
};
use crate::world::{Clock as _, SystemClock, account, today_in_japan};

/// Nothing stands in the way.
const FINE: u8 = 0;
/// The exit code when a file has problems.
const PROBLEMS: u8 = 1;
/// The command could not do its work.
const COULD_NOT_RUN: u8 = 2;

/// How these commands speak and what they are given beside the folder.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Whether the answer is JSON.
    pub json: bool,
    /// The language of the answer for people.
    pub language: Language,
    /// The civil date in Japan.
    pub today: Date,
    /// Whether findings may be coloured.
    pub colour: Colour,
    /// The setting `hosts.base_domains`.
    pub base_domains: &'a [String],
    /// The passkeys that exist; `None` where the database was not asked.
    pub kept: Option<&'a [PasskeyCount]>,
    /// The unions that have members; empty where the database was not asked.
    pub members: &'a [(String, u32)],
    /// Which hosts were served first by whom; empty where the database was not asked.
    pub served: &'a [ServedHostFact],
    /// The unions whose data was erased; empty where the database was not asked.
    pub erased: &'a [String],
    /// By which issuers services know unions; empty where the database was not asked.
    pub issuers: &'a [(String, String)],
    /// The last good text of the shared values; `None` where the database was not asked.
    pub defaults: Option<&'a str>,
    /// What members accepted; empty where the database was not asked.
    pub accepted: &'a [AcceptedTerms],
    /// The versions that were served last; empty where the database was not asked.
    pub before: &'a [VersionBefore],
}

/// What these commands are given without a database.
fn context_of(settings: &Settings, json: bool, language: Language) -> Context<'_> {
    let today = today_in_japan(SystemClock.now());
    Context {
        json,
        language,
        today,
        base_domains: &settings.hosts.base_domains,
        colour: Colour::of(&io::stdout()),
        kept: None,
        members: &[],
        served: &[],
        erased: &[],
        issuers: &[],
        defaults: None,
        accepted: &[],
        before: &[],
    }
}

/// `tenant check [ID…] [--db] [--strict] [--json]`: every finding, one line per union, and what to do next.
pub fn check(
    dir: &Path,
    only: &[String],
    strict: bool,
    context: Context<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let Some(mut loaded) = read(dir, context, err)? else { return Ok(COULD_NOT_RUN) };
    loaded.add(loaded.terms_against(context.accepted));
    loaded.add(loaded.against_before(context.before, context.members));
    for id in only {
        if !loaded.seen.contains(id) {
            let seen = loaded.seen.join(", ");
            let told = tell(context.language, &said!("check-no-such-union", id, seen));
            writeln!(err, "{told}")?;
            return Ok(COULD_NOT_RUN);
        }
    }
    let asked = |id: &str| only.is_empty() || only.iter().any(|wanted| wanted == id);
    // Notes on values that all unions share are for whoever checks them all.
    let about = |finding: &&Finding| match finding.tenant.as_deref() {
        Some(tenant) => asked(tenant),
        None => only.is_empty() || finding.severity != Severity::Note,
    };
    let findings: Vec<&Finding> = loaded.findings.iter().filter(about).collect();
    let count = |severity| findings.iter().filter(|f| f.severity == severity).count() as u64;
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));

    if context.json {
        let rows: Vec<_> = findings.iter().map(|found| finding::FindingRow::of(found)).collect();
        serde_json::to_writer_pretty(&mut *out, &rows)?;
        writeln!(out)?;
    } else {
        for finding in &findings {
            writeln!(out, "{}\n", finding::coloured(finding, context.language, context.colour))?;
        }
        let states = states(&loaded);
        let line: Vec<String> = loaded
            .seen
            .iter()
            .filter(|id| asked(id))
            .map(|id| format!("{id} {}", states.get(id.as_str()).copied().unwrap_or_default().shown(context)))
            .collect();
        writeln!(out, "{}", line.join("  "))?;
    }
    if let Some(kept) = context.kept {
        let passkeys: u64 =
            kept.iter().filter(|kept| asked(&kept.tenant)).map(|kept| u64::from(kept.passkeys)).sum();
        let accepted = context.accepted.iter().filter(|kept| asked(&kept.tenant));
        let agreed: u64 = accepted.map(|kept| u64::from(kept.members)).sum();
        let compared = said!("check-compared", passkeys = passkeys, agreed = agreed);
        writeln!(err, "{}", tell(context.language, &compared))?;
    }
    let drafts = loaded.tenants.iter().filter(|tenant| tenant.status == Status::Draft);
    let drafts = drafts.map(|tenant| tenant.slug.as_str()).filter(|id| asked(id));
    tell_drafts(drafts, context.language, err)?;
    let fine = errors == 0 && !(strict && warnings > 0);
    closing(fine, errors, warnings, context, err)?;
    Ok(if fine { FINE } else { PROBLEMS })
}

/// How many drafts a sentence names.
const DRAFTS_NAMED: usize = 20;

/// Which unions are sound, and are not served all the same because they are drafts.
fn tell_drafts<'d>(
    mut drafts: impl Iterator<Item = &'d str>,
    language: Language,
    err: &mut dyn Write,
) -> io::Result<()> {
    let named: Vec<_> = drafts.by_ref().take(DRAFTS_NAMED).collect();
    let more = drafts.count();
    if named.is_empty() {
        return Ok(());
    }
    let drafts = SayingValue::several(named, "list-and");
    writeln!(err, "{}", tell(language, &said!("check-drafts", drafts, more)))
}

/// What else there is to say of the running service: that it reads another folder than the settings of this command name, and
/// which unions another node serves by another version.
fn tell_service(
    settings: &Settings,
    folder: Option<&Path>,
    differing: &[String],
    language: Language,
    err: &mut dyn Write,
) -> io::Result<()> {
    let whole = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path)).ok();
    let own = whole(&settings.tenants.dir);
    if let (Some(folder), Some(own)) = (folder, own)
        && whole(folder).as_ref() != Some(&own)
    {
        writeln!(err, "{}", tell(language, &said!("service-folder", folder, own = own.as_path())))?;
    }
    if !differing.is_empty() {
        let unions = differing.iter().take(DRAFTS_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let count = differing.len();
        writeln!(err, "{}", tell(language, &said!("service-differs", unions, count)))?;
    }
    Ok(())
}

fn closing(
    fine: bool,
    errors: u64,
    warnings: u64,
    context: Context<'_>,
    err: &mut dyn Write,
) -> io::Result<()> {
    let closing = match (fine, context.kept.is_some()) {
        (true, _) => said!("check-fine", warnings),
        (false, false) => said!("check-again", errors, warnings, command = "tenant check"),
        (false, true) => said!("check-again", errors, warnings, command = "tenant check --db"),
    };
    writeln!(err, "{}", tell(context.language, &closing))
}

/// `tenant list [--json]`: the unions with their hosts and whether they are served.
pub fn list(dir: &Path, context: Context<'_>, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    let Some(loaded) = read(dir, context, err)? else { return Ok(COULD_NOT_RUN) };
    let states = states(&loaded);
    let tenant_of = |id: &str| TenantSlug::parse(id).and_then(|slug| loaded.tenants.by_slug(&slug));
    if context.json {
        let rows: Vec<TenantRow> = loaded
            .seen
            .iter()
            .map(|id| {
                TenantRow::of(
                    id,
                    tenant_of(id).as_deref(),
                    states.get(id.as_str()).copied().unwrap_or_default(),
                )
            })
            .collect();
        serde_json::to_writer_pretty(&mut *out, &rows)?;
        writeln!(out)?;
        return Ok(FINE);
    }
    let words = voice(context.language);
    let mut table = vec![[
        "ID".to_owned(),
        words.msg("list-name"),
        words.msg("list-host"),
        words.msg("list-status"),
        words.msg("list-state"),
    ]];
    for id in &loaded.seen {
        let tenant = tenant_of(id);
        let tenant = tenant.as_deref();
        let state = states.get(id.as_str()).copied().unwrap_or_default();
        table.push([
            id.clone(),
            tenant.map_or("-", |tenant| &tenant.name).to_owned(),
            tenant.map_or("-", |tenant| &tenant.hosts.primary).to_owned(),
            tenant.map_or("-", |tenant| status_word(tenant.status)).to_owned(),
            state.shown(context),
        ]);
    }
    write_table(&table, out)?;
    Ok(FINE)
}

/// Reads the folder; `None` after telling why it cannot be used.
fn read(dir: &Path, context: Context<'_>, err: &mut dyn Write) -> io::Result<Option<Loaded>> {
    let options = LoadOptions {
        base_domains: context.base_domains,
        today: context.today,
        kept: context.kept.unwrap_or_default(),
        members: context.members,
        served: context.served,
        erased: context.erased,
        issuers: context.issuers,
        defaults: context.defaults,
        ..LoadOptions::default()
    };
    let mut folder = TenantsFolder::new(dir);
    let loaded = folder.read(&options).map(|mut loaded| {
        if account::number() == Some(0) {
            // The superuser reads everything; the service is seldom theirs.
            loaded.add(folder.for_owners_only());
        }
        loaded
    });
    match loaded {
        Ok(loaded) if loaded.seen.is_empty() => {
            writeln!(err, "{}", tell(context.language, &said!("check-no-union", folder = dir)))?;
            Ok(None)
        }
        Ok(loaded) => Ok(Some(loaded)),
        Err(error) => {
            writeln!(err, "{}", tell(context.language, &tenants_folder(dir, &error)))?;
            Ok(None)
        }
    }
}

/// The union of that id where its file has no error; else the exit code, after telling its findings as `check` does.
fn sound(
    dir: &Path,
    id: &str,
    context: Context<'_>,
    err: &mut dyn Write,
) -> io::Result<Result<Arc<Tenant>, u8>> {
    let Some(loaded) = read(dir, context, err)? else { return Ok(Err(COULD_NOT_RUN)) };
    if !loaded.seen.iter().any(|seen| seen == id) {
        let seen = loaded.seen.join(", ");
        writeln!(err, "{}", tell(context.language, &said!("check-no-such-union", id, seen)))?;
        return Ok(Err(COULD_NOT_RUN));
    }
    let about = |finding: &&Finding| finding.tenant.as_deref().is_none_or(|tenant| tenant == id);
    let findings: Vec<&Finding> = loaded.findings.iter().filter(about).collect();
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count() as u64;
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let tenant = TenantSlug::parse(id).and_then(|slug| loaded.tenants.by_slug(&slug));
    if let Some(tenant) = tenant.filter(|_| errors == 0) {
        return Ok(Ok(tenant));
    }
    for finding in &findings {
        writeln!(err, "{}\n", finding::coloured(finding, context.language, context.colour))?;
    }
    closing(false, errors, warnings, context, err)?;
    Ok(Err(PROBLEMS))
}

/// How a union stands.
#[derive(Debug, Clone, Copy, Default)]
struct TenantState {
    served: bool,
    draft: bool,
    errors: usize,
    warnings: usize,
}

impl TenantState {
    fn shown(self, context: Context<'_>) -> String {
        match self {
            Self { served: false, errors, .. } | Self { errors: errors @ 1.., .. } => format!("NG({errors})"),
            Self { draft: true, warnings, .. } => {
                tell(context.language, &said!("check-state-draft", warnings))
            }
            Self { warnings: 0, .. } => "OK".to_owned(),
            Self { warnings, .. } => tell(context.language, &said!("check-state-warnings", warnings)),
        }
    }
}

/// Each union's own findings; where a shared value keeps it out, the shared errors.
fn states(loaded: &Loaded) -> BTreeMap<&str, TenantState> {
    let of = |tenant: Option<&str>, severity| {
        loaded.findings.iter().filter(|f| f.tenant.as_deref() == tenant && f.severity == severity).count()
    };
    let shared = of(None, Severity::Error);
    loaded
        .seen
        .iter()
        .map(|id| {
            let slug = TenantSlug::parse(id);
            let tenant = slug.and_then(|slug| loaded.tenants.by_slug(&slug));
            let served = tenant.is_some();
            let draft = tenant.is_some_and(|tenant| tenant.status == Status::Draft);
            let errors = of(Some(id), Severity::Error);
            let errors = if !served && errors == 0 { shared } else { errors };
            (id.as_str(), TenantState { served, draft, errors, warnings: of(Some(id), Severity::Warning) })
        })
        .collect()
}

/// A line of `tenant list --json`.
#[derive(Serialize)]
struct TenantRow<'a> {
    id: &'a str,
    name: Option<String>,
    host: Option<String>,
    status: Option<&'static str>,
    ok: bool,
    errors: usize,
    warnings: usize,
}

impl<'a> TenantRow<'a> {
    fn of(id: &'a str, tenant: Option<&Tenant>, state: TenantState) -> Self {
        Self {
            id,
            name: tenant.map(|tenant| tenant.name.clone()),
            host: tenant.map(|tenant| tenant.hosts.primary.clone()),
            status: tenant.map(|tenant| status_word(tenant.status)),
            ok: state.served,
            errors: state.errors,
            warnings: state.warnings,
        }
    }
}

fn status_word(status: Status) -> &'static str {
    match status {
        Status::Draft => "draft",
        Status::Open => "open",
        Status::Maintenance => "maintenance",
        Status::Closed => "closed",
    }
}

/// Columns under each other, two spaces apart.
/// Writes rows in columns as wide as they have to be.
pub(super) fn write_table<const N: usize>(table: &[[String; N]], out: &mut dyn Write) -> io::Result<()> {
    let mut widths = [0; N];
    for row in table {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(width_of(cell));
        }
    }
    for row in table {
        let mut line = String::new();
        for (width, cell) in widths.iter().zip(row) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width - width_of(cell) + 2));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Columns of a terminal: kana, kanji and full-width forms take two.
fn width_of(text: &str) -> usize {
    text.chars()
        .map(|c| match c {
            '\u{1100}'..='\u{115f}'
            | '\u{2e80}'..='\u{a4cf}'
            | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}'
            | '\u{fe30}'..='\u{fe6f}'
            | '\u{ff00}'..='\u{ff60}'
            | '\u{ffe0}'..='\u{ffe6}'
            | '\u{20000}'..='\u{3fffd}' => 2,
            _ => 1,
        })
        .sum()
}
