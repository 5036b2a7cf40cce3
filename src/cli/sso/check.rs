//! `sso check`: what is missing before each service of a union works.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};

use super::SsoDesk;
use crate::{
    cli::{CommandFault, Exit, tell},
    domain::{
        saying::{Saying, said},
        sso::needs::SsoNeed,
    },
};

/// How long a host may take to answer a probe.
const PATIENCE: Duration = Duration::from_secs(5);

impl SsoDesk<'_> {
    pub(super) async fn check(&mut self, probe: bool, json: bool) -> Result<Exit, CommandFault> {
        let (needs, waiting) = self.portal.sso_needs(self.tenant).await?;
        let mut silent = Vec::new();
        for host in if probe { self.hosts() } else { Vec::new() } {
            let reached = timeout(PATIENCE, TcpStream::connect(host.as_str())).await;
            if !matches!(reached, Ok(Ok(_))) {
                silent.push(host);
            }
        }
        let exit = if needs.is_empty() && silent.is_empty() { Exit::Fine } else { Exit::Problems };
        if json {
            let needs: Vec<Value> = needs.iter().map(as_json).collect();
            self.json(&json!({ "needs": needs, "unreached": silent, "waiting": waiting }))?;
            return Ok(exit);
        }
        for need in &needs {
            writeln!(self.out, "{}", tell(self.language, &sentence(need, self.tenant.slug.as_str())))?;
        }
        for host in &silent {
            writeln!(self.out, "{}", tell(self.language, &said!("sso-check-unreached", host)))?;
        }
        let count = self.tenant.clients().count();
        let told = said!("sso-check-end", count, problems = needs.len() + silent.len(), waiting);
        writeln!(self.err, "{}", tell(self.language, &told))?;
        Ok(exit)
    }

    /// The services' hosts with their ports, each once.
    fn hosts(&self) -> Vec<String> {
        let uris = self.tenant.clients().flat_map(|(_, client)| client.redirect_uris.iter());
        let hosts = uris.filter_map(|uri| {
            let uri = url::Url::parse(uri).ok()?;
            Some(format!("{}:{}", uri.host_str()?, uri.port_or_known_default()?))
        });
        let mut hosts: Vec<String> = hosts.collect();
        hosts.sort();
        hosts.dedup();
        hosts
    }
}

fn sentence(need: &SsoNeed, tenant: &str) -> Saying {
    match need {
        SsoNeed::Key { client, algorithm } => {
            said!("sso-check-key", client, tenant, algorithm = algorithm.as_str())
        }
        SsoNeed::Secret { client } => said!("sso-check-secret", client, tenant),
        SsoNeed::Unused { client } => said!("sso-check-unused", client, tenant),
        SsoNeed::Issuer { file, frozen } => said!("sso-check-issuer", file, frozen),
    }
}

fn as_json(need: &SsoNeed) -> Value {
    match need {
        SsoNeed::Key { client, algorithm } => {
            json!({ "need": need.word(), "client_id": client, "alg": algorithm.as_str() })
        }
        SsoNeed::Secret { client } | SsoNeed::Unused { client } => {
            json!({ "need": need.word(), "client_id": client })
        }
        SsoNeed::Issuer { file, frozen } => json!({ "need": need.word(), "file": file, "frozen": frozen }),
    }
}
