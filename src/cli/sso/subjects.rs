//! `sso subjects import`: a union that comes from another system keeps the links of its members at services.

use std::{collections::BTreeSet, path::Path};

use serde_json::{Value, json};

use super::SsoDesk;
use crate::{
    cli::{
        CommandFault, Exit,
        member::{COULD_NOT_RUN, import::source},
        tell, voice,
    },
    domain::{audit::doing::Doing, saying::said, sso::subjects},
};

/// How many wrong lines are shown.
const SHOWN: usize = 50;

impl SsoDesk<'_> {
    pub(super) async fn import_subjects(
        &mut self,
        (sector, file): (&str, &Path),
        (dry_run, json): (bool, bool),
        doing: &Doing,
    ) -> Result<Exit, CommandFault> {
        let sectors: BTreeSet<&str> =
            self.tenant.clients().map(|(_, client)| client.sector.as_str()).collect();
        if !sectors.contains(sector) {
            let count = sectors.len();
            let known = sectors.into_iter().collect::<Vec<_>>().join(", ");
            let told = said!("sso-no-sector", sector, known, count);
            writeln!(self.err, "{}", tell(self.language, &told))?;
            return Ok(Exit::Problems);
        }
        let bytes = match source::read(file) {
            Ok(bytes) => bytes,
            Err(fault) => {
                writeln!(self.err, "{}", fault.sentence(file, self.language))?;
                return Ok(Exit::Code(COULD_NOT_RUN));
            }
        };
        let read = match subjects::read(&bytes, &self.tenant.import) {
            Ok(read) => read,
            Err(flaw) => {
                writeln!(self.err, "{}", voice(self.language).file_flaw(&flaw))?;
                return Ok(Exit::Problems);
            }
        };
        let plan = self.portal.import_subjects(self.tenant, sector, read, dry_run, doing).await?;
        let exit = if plan.bad.is_empty() { Exit::Fine } else { Exit::Problems };
        if json {
            let bad: Vec<Value> =
                plan.bad.iter().map(|(line, flaw)| json!({ "line": line, "why": flaw.word() })).collect();
            self.json(&json!({
                "sector": sector, "dry_run": dry_run, "new": plan.new.len(), "same": plan.same, "bad": bad,
            }))?;
            return Ok(exit);
        }
        for (line, flaw) in plan.bad.iter().take(SHOWN) {
            let told = said!("sso-subject-bad", line, flaw = flaw.word(), first = flaw.first());
            writeln!(self.out, "{}", tell(self.language, &told))?;
        }
        let (new, same, bad) = (plan.new.len(), plan.same, plan.bad.len());
        let kind = if bad > 0 {
            "refused"
        } else if dry_run {
            "dry"
        } else {
            "done"
        };
        let told = said!("sso-subjects-end", kind, sector, new, same, bad);
        writeln!(self.err, "{}", tell(self.language, &told))?;
        Ok(exit)
    }
}
