//! `tenant new`: the files of another union: a draft with the recommended values, or with another union's rules, in which
//! TODO marks what nobody but the union knows.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use clap::Args;
use serde_json::json;

use super::{COULD_NOT_RUN, Context, FINE};
use crate::{
    cli::{
        fault::machine::{self, cause, tenants_folder},
        tell,
    },
    domain::{
        saying::{Saying, SayingValue, said},
        tenant::TenantSlug,
    },
    tenants::{Finding, FindingCode, LoadOptions, Loaded, load, shown::values},
};

mod hosts;
mod placing;
mod text;

use hosts::HostPattern;
use placing::{NewFiles, PlaceError, Placed};
use text::{NewUnion, is_rule};

/// `tenant new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// 組合のID / the union's id: 3 to 31 lower-case letters and digits, a letter first
    pub id: String,
    /// 組合の正式な名前 / the union's full name
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// この組合と同じ決まりで(名前、ホスト、メール、色、規約などは写しません) / with the rules of this union; its names, hosts, mail, colours, terms, notices and services are not copied
    #[arg(long, value_name = "ID")]
    pub like: Option<String>,
    /// 機械向け / for machines
    #[arg(long)]
    pub json: bool,
}

/// Why no union was made: a word for programs, and what to say.
struct NewRefusal(&'static str, Vec<Saying>);

impl NewRefusal {
    fn of(word: &'static str, saying: Saying) -> Self {
        Self(word, vec![saying])
    }
}

/// A union that was made, as it is told.
struct NewlyMade {
    /// Whether these are the files of an earlier run that had not come to its end.
    finished: bool,
    /// What is still to be filled in: file, line, key.
    open: Vec<(String, usize, String)>,
}

/// `tenant new ID [--name NAME] [--like OTHER]`: writes a union's files, all or none, and never over others.
pub fn new(
    dir: &Path,
    args: &NewArgs,
    context: Context<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let told = |saying: &Saying| tell(context.language, saying);
    let id = args.id.as_str();
    let made = match made(dir, args, context) {
        Ok(made) => made,
        Err(NewRefusal(word, sayings)) => {
            if context.json {
                writeln!(out, "{:#}", json!({ "tenant": id, "error": word }))?;
            }
            for saying in &sayings {
                writeln!(err, "{}", told(saying))?;
            }
            return Ok(COULD_NOT_RUN);
        }
    };
    let files = text::FILES.map(|file| dir.join(file.replace("{id}", id)).display().to_string());
    if context.json {
        let open: Vec<_> = made
            .open
            .iter()
            .map(|(file, line, key)| json!({ "file": file, "line": line, "key": key }))
            .collect();
        let finished = made.finished;
        writeln!(
            out,
            "{:#}",
            json!({ "tenant": id, "files": files, "todo": open, "finished_earlier_run": finished })
        )?;
    }
    if made.finished {
        writeln!(err, "{}", told(&said!("new-finished")))?;
    }
    let several = SayingValue::several(files, "list-and");
    writeln!(err, "{}", told(&said!("new-made", files = several)))?;
    writeln!(err, "{}", told(&said!("new-next", count = made.open.len())))?;
    for (file, line, key) in &made.open {
        writeln!(err, "       {file}:{line}  {key}")?;
    }
    writeln!(err, "{}", told(&said!("new-then", tenant = id)))?;
    Ok(FINE)
}

fn made(dir: &Path, args: &NewArgs, context: Context<'_>) -> Result<NewlyMade, NewRefusal> {
    let id = args.id.as_str();
    let Some(slug) = TenantSlug::parse(id) else {
        let help = said!("finding-slug-help");
        return Err(NewRefusal::of("bad-id", said!("new-bad-id", id, help)));
    };
    let options =
        LoadOptions { base_domains: context.base_domains, today: context.today, ..LoadOptions::default() };
    let unread = |fault: io::Error| NewRefusal::of("folder", tenants_folder(dir, &fault));
    let loaded = load(dir, &options).map_err(unread)?;
    let mut place = NewFiles::hold(dir, &slug).map_err(|stop| refused(dir, id, stop))?;
    if let Some(Placed) = place.finish_earlier().map_err(|stop| refused(dir, id, stop))? {
        drop(place);
        let loaded = load(dir, &options).map_err(unread)?;
        return Ok(NewlyMade { finished: true, open: unfilled(&loaded, id, dir, dir) });
    }
    let rules = args.like.as_deref().map(|other| rules_of(dir, other, &loaded)).transpose()?;
    let pattern = HostPattern::of(&loaded, context.base_domains, args.like.as_deref());
    let hosts = pattern.map(|pattern| pattern.hosts(&slug));
    if let Some(hosts) = &hosts {
        let taken = |host: &str| {
            let mut unions = loaded.tenants.iter();
            unions
                .find(|tenant| tenant.hosts.primary == host || tenant.hosts.aliases.iter().any(|a| a == host))
        };
        if let Some((host, union)) = hosts.all().find_map(|host| Some((host, taken(host)?.slug.to_string())))
        {
            return Err(NewRefusal::of("host-taken", said!("new-host-taken", host, union)));
        }
    }
    // What `_defaults.toml` gives is not asked for again.
    let given: Vec<String> =
        values(dir, id).into_iter().filter(|key| key.value.is_some()).map(|key| key.key).collect();
    let union = NewUnion {
        slug: &slug,
        name: args.name.as_deref().map(str::trim),
        hosts: hosts.as_ref(),
        rules: rules.as_deref(),
        given: &given,
        today: context.today,
    };
    place.write(&union.files()).map_err(|stop| refused(dir, id, stop))?;
    // Judged by the reader itself, beside the shared values, before anybody else sees it.
    let judged = place.judge(|folder| load(folder, &options)).map_err(|stop| refused(dir, id, stop))?;
    let errors: Vec<&Finding> = judged
        .findings
        .iter()
        .filter(|finding| finding.is_error() && finding.tenant.as_deref() == Some(id))
        .collect();
    if !errors.is_empty() {
        let sayings = errors.iter().map(|error| {
            let (key, message, help) = (error.key.as_str(), error.message.clone(), error.help.clone());
            said!("new-not-right", key, message, help)
        });
        return Err(NewRefusal("not-right", sayings.collect()));
    }
    let open = unfilled(&judged, id, place.hidden(), dir);
    place.publish().map_err(|stop| refused(dir, id, stop))?;
    Ok(NewlyMade { finished: false, open })
}

/// What is still to be filled in, as if the files stood in `dir`.
fn unfilled(loaded: &Loaded, id: &str, folder: &Path, dir: &Path) -> Vec<(String, usize, String)> {
    let todo = loaded.findings.iter().filter(|finding| finding.code == FindingCode::Unfilled);
    todo.filter(|finding| finding.tenant.as_deref() == Some(id))
        .map(|finding| {
            let file = finding
                .file
                .strip_prefix(folder)
                .map_or_else(|_| finding.file.clone(), |file| dir.join(file));
            (file.display().to_string(), finding.line, finding.key.clone())
        })
        .collect()
}

/// The rules that a union's own file gives: key, and value as TOML.
fn rules_of(dir: &Path, other: &str, loaded: &Loaded) -> Result<Vec<(String, String)>, NewRefusal> {
    if !loaded.seen.iter().any(|seen| seen == other) {
        let seen = loaded.seen.join(", ");
        return Err(NewRefusal::of("no-such-union", said!("check-no-such-union", id = other, seen)));
    }
    if loaded.findings.iter().any(|finding| finding.is_error() && finding.tenant.as_deref() == Some(other)) {
        return Err(NewRefusal::of("like-broken", said!("new-like-broken", other)));
    }
    let own = values(dir, other).into_iter().filter(|value| value.is_own() && is_rule(&value.key));
    Ok(own.filter_map(|value| Some((value.key, value.value?.to_string()))).collect())
}

/// What stands in the way of writing.
fn refused(dir: &Path, id: &str, stop: PlaceError) -> NewRefusal {
    match stop {
        PlaceError::There(path) => {
            NewRefusal::of("exists", said!("new-exists", path = path.as_path(), tenant = id))
        }
        PlaceError::Held => NewRefusal::of("held", said!("new-held", tenant = id)),
        PlaceError::Failed(fault) => {
            let (why, next) = (cause(&fault), machine::next(dir, &fault));
            NewRefusal::of("failed", said!("new-failed", folder = dir, why, next))
        }
    }
}

/// Whether something of that name is there, a dangling link included.
fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}
