//! `tenant reload`: the running service reads the unions' files again, and says what came of it.

use std::{io::Write, time::Duration};

use serde_json::json;

use crate::{
    cli::{
        CommandFault, Exit,
        serve::{
            internal::{self, InternalAnswer},
            reload::answer::ReloadAnswer,
        },
        tell,
    },
    domain::{saying::said, tenant::Language},
    settings::Settings,
    web::reload::RELOAD,
};

/// Longer than any reading takes, waits for the database included.
const PATIENCE: Duration = Duration::from_mins(1);

/// Asks the service of this machine to read the files again, and waits until it has.
pub(super) async fn run(
    settings: &Settings,
    json: bool,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let InternalAnswer { status, body } = internal::ask(settings, "POST", RELOAD, PATIENCE).await?;
    let answer: ReloadAnswer = serde_json::from_str(&body)
        .map_err(|_| CommandFault::NotAnswered(settings.internal.listen, status))?;
    if json {
        let findings: Vec<_> = answer.findings.iter().map(|finding| &finding.row).collect();
        let fault = answer.fault.as_ref().map(|fault| fault.in_language(Language::En));
        let told = json!({
            "unions": answer.unions, "micros": answer.micros, "changes": answer.changes, "findings": findings,
            "drafts": answer.drafts, "fault": fault, "folder": answer.folder, "differing": answer.differing,
            "unkept": answer.unkept.as_ref().map(|why| why.in_language(Language::En)),
        });
        serde_json::to_writer_pretty(&mut *out, &told)?;
        writeln!(out)?;
        return Ok(Exit::Code(answer.exit));
    }
    for finding in &answer.findings {
        writeln!(out, "{}\n", finding.shown.in_language(language))?;
    }
    for row in &answer.changes {
        let word = match row.change.as_str() {
            "added" => said!("reload-added"),
            "changed" => said!("reload-changed"),
            "removed" => said!("reload-removed"),
            "kept" => said!("reload-kept"),
            "missing" => said!("reload-missing"),
            _ => said!("reload-left-out"),
        };
        writeln!(out, "{}  {}", row.union, tell(language, &word))?;
    }
    let told = match &answer.fault {
        Some(fault) => said!("reload-nothing", why = fault.in_language(language)),
        None if answer
            .findings
            .iter()
            .any(|finding| finding.row.get("severity").is_some_and(|severity| severity == "error")) =>
        {
            said!("reload-again", unions = answer.unions, command = "tenant check --db")
        }
        None if answer.changes.is_empty() => said!("reload-same", unions = answer.unions),
        None => {
            let millis = (answer.micros / 1000).max(1);
            said!("reload-done", unions = answer.unions, changed = answer.changes.len(), millis)
        }
    };
    super::tell_drafts(answer.drafts.iter().map(String::as_str), language, err)?;
    super::tell_service(settings, answer.folder.as_deref(), &answer.differing, language, err)?;
    writeln!(err, "{}", tell(language, &told))?;
    if let Some(why) = &answer.unkept {
        writeln!(err, "{}", tell(language, &said!("reload-unkept", why = why.in_language(language))))?;
    }
    Ok(Exit::Code(answer.exit))
}
