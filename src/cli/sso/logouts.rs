//! `sso logouts`: services that have to be told that a session has ended, and those that could not be.

use clap::Subcommand;
use serde_json::{Value, json};

use super::{SsoDeedArgs, SsoDesk};
use crate::{
    cli::{CommandFault, Exit, member::moment, tell, tenant::write_table, voice},
    domain::{audit::doing::Doing, saying::said},
    store::sso::logouts::ListedLogout,
};

/// `sso logouts …`
#[derive(Debug, Subcommand)]
pub enum SsoLogoutsCommand {
    /// 一覧 / what services are still to be told
    List {
        /// 組合 / the union
        #[arg(long, value_name = "ID")]
        tenant: String,
        /// 終わったものも(7日分) / with what was told and given up in the last 7 days
        #[arg(long)]
        done: bool,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// もう一度伝える / tell a service at once what waits for its next try, or was given up
    Again {
        /// Which union, and why.
        #[command(flatten)]
        of: SsoDeedArgs,
        /// サービスの名前 / the service's name in the union's file
        #[arg(long, value_name = "CLIENT")]
        client: String,
    },
}

impl SsoLogoutsCommand {
    pub(super) fn tenant(&self) -> &str {
        match self {
            Self::List { tenant, .. } => tenant,
            Self::Again { of, .. } => &of.tenant,
        }
    }
}

impl SsoDesk<'_> {
    pub(super) async fn logouts(
        &mut self,
        command: &SsoLogoutsCommand,
        doing: &Doing,
    ) -> Result<Exit, CommandFault> {
        match command {
            SsoLogoutsCommand::List { done, json, .. } => self.list_logouts(*done, *json).await,
            SsoLogoutsCommand::Again { of, client } => self.tell_again((client, of.json), doing).await,
        }
    }

    async fn list_logouts(&mut self, done: bool, json: bool) -> Result<Exit, CommandFault> {
        let rows = self.portal.sso_logouts(self.tenant, done).await?;
        if json {
            return self.json(&json!(rows.iter().map(as_json).collect::<Vec<_>>()));
        }
        if rows.is_empty() {
            writeln!(self.err, "{}", tell(self.language, &said!("sso-logouts-none")))?;
            return Ok(Exit::Fine);
        }
        let words = voice(self.language);
        let [since, state, tries, last, next] =
            ["sso-logout-since", "sso-state", "sso-logout-tries", "sso-logout-last", "sso-logout-next"]
                .map(|name| words.msg(name));
        let mut table = vec![["client_id".to_owned(), since, state, tries, last, next]];
        table.extend(rows.iter().map(|row| {
            let time = |at: Option<jiff::Timestamp>| at.map_or_else(|| "-".to_owned(), moment);
            [
                row.client.clone(),
                time(row.made_at),
                words.msg(state_key(row.outcome.as_deref())),
                row.tries.to_string(),
                row.last_result.clone().unwrap_or_else(|| "-".to_owned()),
                time(next_try(row)),
            ]
        }));
        write_table(&table, self.out)?;
        Ok(Exit::Fine)
    }

    async fn tell_again(
        &mut self,
        (client, json): (&str, bool),
        doing: &Doing,
    ) -> Result<Exit, CommandFault> {
        let again = self.portal.tell_again(self.tenant, client, doing).await?;
        let exit = if again > 0 { Exit::Fine } else { Exit::Problems };
        if json {
            self.json(&json!({ "client_id": client, "logouts": again }))?;
            return Ok(exit);
        }
        writeln!(self.err, "{}", tell(self.language, &said!("sso-logouts-again", client, again)))?;
        Ok(exit)
    }
}

/// When it is tried next; `None` where it is done, or at once, which is what no node has seen yet.
fn next_try(row: &ListedLogout) -> Option<jiff::Timestamp> {
    (row.outcome.is_none() && row.made_at.is_some()).then_some(row.try_at)
}

/// What became of a logout, in words.
fn state_key(outcome: Option<&str>) -> &'static str {
    match outcome {
        None => "sso-logout-waits",
        Some("told") => "sso-logout-told",
        Some("nowhere") => "sso-logout-nowhere",
        Some(_) => "sso-logout-given-up",
    }
}

fn as_json(row: &ListedLogout) -> Value {
    json!({
        "id": row.id.to_string(),
        "client_id": row.client,
        "since": row.made_at.map(|at| at.to_string()),
        "state": row.outcome.as_deref().unwrap_or("waits"),
        "tries": row.tries,
        "last_result": row.last_result,
        "next": next_try(row).map(|at| at.to_string()),
        "done_at": row.done_at.map(|at| at.to_string()),
    })
}
