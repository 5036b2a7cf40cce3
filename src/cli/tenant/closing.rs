//! `tenant close`, `export`, `purge`: a union that leaves (D34).

use std::{
    io::{self, BufRead as _, IsTerminal as _, Write},
    path::PathBuf,
};

use clap::Args;
use serde_json::{Value, json};

use crate::{
    cli::{
        CommandFault, Exit,
        audit::report_sentences,
        fault::{broken, database, machine::cause},
        member::{
            membership::{last_day_flaw, union_closed},
            moment, second,
        },
        operator,
        serve::{self, DatabaseFacts},
        tell,
    },
    domain::{
        audit::doing::Doing,
        closing::Closing,
        saying::{Saying, said},
        tenant::{Language, TenantSlug},
    },
    portal::{
        Fault,
        clock::UnlikelyTime,
        closing::{Leaving, LeavingRefusal, LeavingStop, contact_after_closing},
    },
    settings::Settings,
    store::Store,
    tenants::Tenants,
    world::{SystemClock, SystemRandom},
};

/// What the three commands are told alike.
#[derive(Debug, Args)]
pub struct LeavingArgs {
    /// 組合 / the union
    #[arg(long, value_name = "ID")]
    pub tenant: String,
    /// 理由(必ず) / why, always asked for: it stands in the trail
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// 機械向け / for machines
    #[arg(long)]
    pub json: bool,
}

/// `tenant close`.
#[derive(Debug, Args)]
#[group(id = "when", required = true, args = ["on", "undo"])]
pub struct CloseArgs {
    /// Which union, why, how it is told.
    #[command(flatten)]
    pub of: LeavingArgs,
    /// 最後の日(その日の終わりまで使えます) / the last day, the day included: 2027-03-31
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// 取り消す / take the last day back: members come in again
    #[arg(long)]
    pub undo: bool,
    /// 書かずに確かめる / say what would be done, change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `tenant export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Which union, why, how it is told.
    #[command(flatten)]
    pub of: LeavingArgs,
    /// 新しいフォルダー / a folder that is new or empty
    pub folder: PathBuf,
}

/// `tenant purge`.
#[derive(Debug, Args)]
pub struct PurgeArgs {
    /// Which union, why, how it is told.
    #[command(flatten)]
    pub of: LeavingArgs,
    /// 書き出していなくても消す / although nobody has exported its data since it closed
    #[arg(long)]
    pub without_export: bool,
    /// たずねずに消す / do not ask; needs --again
    #[arg(long, requires = "again")]
    pub yes: bool,
    /// 組合のIDをもう一度 / the union's id once more
    #[arg(long, value_name = "ID")]
    pub again: Option<String>,
    /// 消さずに確かめる / say what would be erased, change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// One of the three commands.
#[derive(Debug)]
pub enum LeavingCommand {
    /// The last day is written down or taken back.
    Close(CloseArgs),
    /// The data is written out.
    Export(ExportArgs),
    /// The data is erased.
    Purge(PurgeArgs),
}

/// The unions' files, as far as the commands ask for them.
#[derive(Debug, Clone, Copy)]
pub struct UnionFiles<'a> {
    /// The unions that have a sound file, or the one whose file is gone.
    pub tenants: &'a Tenants,
    /// The ids of all files, sound or not.
    pub seen: &'a [String],
}

impl LeavingCommand {
    fn of(&self) -> &LeavingArgs {
        match self {
            Self::Close(close) => &close.of,
            Self::Export(export) => &export.of,
            Self::Purge(purge) => &purge.of,
        }
    }

    /// The command's words, as the trail has them, and whether nothing is to be changed.
    fn words(&self) -> (&'static str, bool) {
        match self {
            Self::Close(CloseArgs { undo: true, dry_run, .. }) => ("tenant close --undo", *dry_run),
            Self::Close(CloseArgs { dry_run, .. }) => ("tenant close", *dry_run),
            Self::Export(_) => ("tenant export", false),
            Self::Purge(PurgeArgs { dry_run, .. }) => ("tenant purge", *dry_run),
        }
    }

    fn doing(&self) -> Result<Doing, CommandFault> {
        Ok(operator::of_the_agency(self.words().0, Some(operator::reason(self.of().reason.as_deref())?)))
    }
}

/// Runs one of them.
pub(in crate::cli) async fn run(
    settings: &Settings,
    command: &LeavingCommand,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let doing = command.doing()?;
    let loaded = serve::load_tenants(settings, &DatabaseFacts::default())?;
    let store = serve::open_migrated(&settings.database.url).await?;
    let id = command.of().tenant.as_str();
    let done = async {
        // A union whose file is gone goes on, and can be closed, by its last good version.
        let kept = match TenantSlug::parse(id).filter(|_| !loaded.seen.iter().any(|seen| seen == id)) {
            Some(slug) => serve::recall_one(&store, settings, &slug).await?,
            None => None,
        };
        let kept = kept.map(|version| (version.tenant.slug.clone(), version)).into_iter().collect();
        let kept = Tenants::of_versions(&kept);
        let tenants = if kept.is_empty() { &loaded.tenants } else { &kept };
        let files = UnionFiles { tenants, seen: &loaded.seen };
        let tenant = known(&store, files, id).await?;
        let (clock, rng, dry_run) = (&SystemClock, &SystemRandom, command.words().1);
        let leaving = Leaving { store: &store, clock, rng, tenant: &tenant, doing: &doing, dry_run };
        act(&leaving, command, files, language, (out, err)).await
    };
    let done = done.await;
    store.close().await;
    done
}

/// The union of that id, which has a file, sound or not, or a version that is kept, or is closing.
async fn known(store: &Store, files: UnionFiles<'_>, id: &str) -> Result<TenantSlug, CommandFault> {
    let unknown = || CommandFault::UnknownUnion(id.to_owned());
    let slug = TenantSlug::parse(id).ok_or_else(unknown)?;
    if files.seen.iter().any(|seen| seen == id) || files.tenants.by_slug(&slug).is_some() {
        return Ok(slug);
    }
    let mut tx = store.tenant(&slug).read().await?;
    crate::store::closing::of_union(&mut tx).await?.map(|_| slug).ok_or_else(unknown)
}

/// Does it, over a store that is open, and says what came of it: data to `out`, words to `err`.
pub async fn act(
    leaving: &Leaving<'_>,
    command: &LeavingCommand,
    files: UnionFiles<'_>,
    language: Language,
    (out, err): (&mut dyn Write, &mut dyn Write),
) -> Result<Exit, CommandFault> {
    let voice = LeavingVoice { leaving, json: command.of().json, language };
    let (sentences, data) = match command {
        LeavingCommand::Close(CloseArgs { on: Some(day), .. }) => {
            let Some(tenant) = files.tenants.by_slug(leaving.tenant) else {
                return Err(CommandFault::UnknownUnion(leaving.tenant.to_string()));
            };
            match leaving.close(day, &contact_after_closing(&tenant)).await {
                Ok(day) => voice.closing(day.date()),
                Err(stop) => return voice.stopped(&stop, out, err),
            }
        }
        LeavingCommand::Close(_) => match leaving.undo().await {
            Ok(known) => voice.lifted(&known),
            Err(stop) => return voice.stopped(&stop, out, err),
        },
        LeavingCommand::Export(ExportArgs { folder, .. }) => {
            let name = files.tenants.by_slug(leaving.tenant).map(|tenant| tenant.name.clone());
            match leaving.export(folder, name.as_deref()).await {
                Ok(exported) => {
                    let rows: Value =
                        exported.rows.iter().map(|(name, rows)| ((*name).to_owned(), json!(rows))).collect();
                    let (path, manifest) = (&exported.folder, &exported.manifest);
                    let data = json!({
                        "folder": path.display().to_string(), "rows": rows, "manifest": manifest,
                        "provisional": exported.is_provisional,
                    });
                    let provisional = match (exported.is_provisional, exported.last_day) {
                        (false, _) => None,
                        (true, Some(day)) => {
                            Some(said!("union-exported-early", day = day.date().to_string()))
                        }
                        (true, None) => Some(said!("union-exported-open", tenant = leaving.tenant.as_str())),
                    };
                    let done = said!("union-exported", path, manifest);
                    (std::iter::once(done).chain(provisional).collect(), data)
                }
                Err(stop) => return voice.stopped(&stop, out, err),
            }
        }
        LeavingCommand::Purge(purge) => {
            if files.seen.iter().any(|seen| seen == leaving.tenant.as_str()) {
                // Whatever else keeps the union from being erased is told first: whoever moves the file takes its pages away.
                let look = Leaving { dry_run: true, ..*leaving };
                if let Err(stop) = look.erase(purge.without_export, &mut |_| {}).await {
                    return voice.stopped(&stop, out, err);
                }
                return voice.refused(
                    "file-there",
                    &said!("union-file-there", tenant = leaving.tenant.as_str()),
                    out,
                    err,
                );
            }
            if !purge.dry_run && !agreed(leaving.tenant, purge, language, err)? {
                return voice.refused(
                    "not-agreed",
                    &said!("union-purge-not-agreed", tenant = leaving.tenant.as_str()),
                    out,
                    err,
                );
            }
            match leaving.erase(purge.without_export, &mut |_| {}).await {
                Ok(erased) => {
                    let (members, rows, dry) = (erased.members, erased.rows, u8::from(leaving.dry_run));
                    let (seal, hash) = (erased.anchor.number, erased.anchor.hex());
                    let data = json!({
                        "members": members, "rows": rows, "resumed": erased.resumed,
                        "anchor": { "seal": seal, "hash": hash },
                    });
                    let done = said!("union-purged", members, rows, dry);
                    let rest = (!leaving.dry_run)
                        .then(|| said!("union-purge-rest", tenant = leaving.tenant.as_str()));
                    (std::iter::once(done).chain(rest).collect(), data)
                }
                Err(stop) => return voice.stopped(&stop, out, err),
            }
        }
    };
    voice.done(&sentences, data, out, err)
}

/// Whether whoever runs it has typed the union's id again, in the command or at the terminal.
fn agreed(
    tenant: &TenantSlug,
    purge: &PurgeArgs,
    language: Language,
    err: &mut dyn Write,
) -> Result<bool, CommandFault> {
    if let Some(again) = &purge.again {
        return Ok(again == tenant.as_str() && (purge.yes || asked(tenant, language, err)?));
    }
    asked(tenant, language, err)
}

fn asked(tenant: &TenantSlug, language: Language, err: &mut dyn Write) -> Result<bool, CommandFault> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(false);
    }
    write!(err, "{} ", tell(language, &said!("union-purge-ask", tenant = tenant.as_str())))?;
    err.flush()?;
    let mut typed = String::new();
    io::stdin().lock().read_line(&mut typed)?;
    Ok(typed.trim() == tenant.as_str())
}

/// How the commands speak.
struct LeavingVoice<'a> {
    leaving: &'a Leaving<'a>,
    json: bool,
    language: Language,
}

impl LeavingVoice<'_> {
    fn closing(&self, day: jiff::civil::Date) -> (Vec<Saying>, Value) {
        let (tenant, dry) = (self.leaving.tenant.as_str(), u8::from(self.leaving.dry_run));
        (
            vec![said!("union-closing", day = day.to_string(), tenant, dry)],
            json!({ "last_day": day.to_string() }),
        )
    }

    fn lifted(&self, known: &Closing) -> (Vec<Saying>, Value) {
        let (day, dry) = (known.last_day.date().to_string(), u8::from(self.leaving.dry_run));
        let signed_out = known.erased_at.is_none() && known.is_over(self.leaving.clock.now());
        let lifted = said!("union-closing-lifted", day = day.as_str(), dry);
        let sentences = if known.erased_at.is_some() {
            // Nobody is left who could sign in.
            vec![said!("union-begins-anew", tenant = self.leaving.tenant.as_str())]
        } else if signed_out {
            vec![lifted, said!("union-lifted-anew", dry)]
        } else {
            vec![lifted]
        };
        (sentences, json!({ "last_day": day, "erased": known.erased_at.is_some(), "signed_out": signed_out }))
    }

    fn done(
        &self,
        sentences: &[Saying],
        mut data: Value,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<Exit, CommandFault> {
        if self.json {
            if let Some(fields) = data.as_object_mut() {
                fields.insert("tenant".to_owned(), json!(self.leaving.tenant.as_str()));
                fields.insert("dry_run".to_owned(), json!(self.leaving.dry_run));
            }
            writeln!(out, "{data:#}")?;
        }
        for sentence in sentences {
            writeln!(err, "{}", tell(self.language, sentence))?;
        }
        Ok(Exit::Fine)
    }

    /// An expected "no": exit code 1.
    fn refused(
        &self,
        word: &str,
        sentence: &Saying,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<Exit, CommandFault> {
        if self.json {
            let tenant = self.leaving.tenant.as_str();
            writeln!(out, "{:#}", json!({ "tenant": tenant, "error": word }))?;
        }
        writeln!(err, "{}", tell(self.language, sentence))?;
        Ok(Exit::Problems)
    }

    fn stopped(
        &self,
        stop: &LeavingStop,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<Exit, CommandFault> {
        match stop {
            LeavingStop::Refused(refusal) => {
                let (word, sentence) = self.refusal(refusal);
                self.refused(word, &sentence, out, err)
            }
            LeavingStop::NotEmpty(path) => {
                self.refused("not-empty", &said!("union-export-not-empty", path), out, err)
            }
            LeavingStop::NoFolder { path, source } => {
                self.refused(
                    "no-folder",
                    &said!("union-export-no-folder", path, why = cause(source)),
                    out,
                    err,
                )?;
                Ok(Exit::Code(2))
            }
            LeavingStop::TrailBroken(report) => {
                let union = self.leaving.tenant.as_str();
                for sentence in report_sentences(union, report, self.language) {
                    writeln!(err, "{sentence}")?;
                }
                self.refused("trail-broken", &said!("union-purge-trail-broken", union), out, err)
            }
            LeavingStop::NotOwner => Err(CommandFault::NotOwner),
            LeavingStop::File { path, source } => {
                self.refused("file", &said!("union-export-stopped", path, why = cause(source)), out, err)?;
                Ok(Exit::Code(2))
            }
            LeavingStop::Broken(fault) => {
                let why = match fault {
                    Fault::Store(fault) => database::saying(fault),
                    fault => said!("fault-broken", fault = broken::deed(fault)),
                };
                self.refused("broken", &said!("union-leaving-broken", why), out, err)?;
                Ok(Exit::Code(2))
            }
        }
    }

    fn refusal(&self, refusal: &LeavingRefusal) -> (&'static str, Saying) {
        let tenant = self.leaving.tenant.as_str();
        match refusal {
            LeavingRefusal::Day(flaw) => (flaw.code(), last_day_flaw(*flaw)),
            LeavingRefusal::ClosingAlready(known) if known.is_over(self.leaving.clock.now()) => {
                ("closed", union_closed(known.last_day, tenant))
            }
            LeavingRefusal::ClosingAlready(known) => {
                ("closing", said!("union-closing-already", day = known.last_day.date().to_string(), tenant))
            }
            LeavingRefusal::NotClosing => ("not-closing", said!("union-not-closing", tenant)),
            LeavingRefusal::NotOver(known) => {
                ("not-over", said!("union-not-over", day = known.last_day.date().to_string()))
            }
            LeavingRefusal::BeingErased => ("being-erased", said!("union-being-erased", tenant)),
            LeavingRefusal::Erased(at) => ("erased", said!("union-erased", at = moment(*at))),
            LeavingRefusal::NotExported => ("not-exported", said!("union-not-exported", tenant)),
            LeavingRefusal::ImportRunning { since, until } => {
                ("import-running", said!("import-running", since = moment(*since), until = moment(*until)))
            }
            LeavingRefusal::ErasedElsewhere => ("busy", said!("union-erased-elsewhere")),
            LeavingRefusal::ClosedAnew => ("closed-anew", said!("union-closed-anew", tenant)),
            LeavingRefusal::ClocksApart { here, there } => {
                ("clocks-apart", said!("union-clocks-apart", here = second(*here), there = second(*there)))
            }
            LeavingRefusal::ClockUnlikely(UnlikelyTime { here, known }) => (
                "clock-unlikely",
                said!("union-clock-unlikely", here = second(*here), known = second(*known)),
            ),
        }
    }
}
