//! `sso check`: what is missing before each service of a union works.

use serde_json::{Value, json};

use super::SsoDesk;
use crate::{
    cli::{CommandFault, Exit, tell},
    domain::{
        saying::{Saying, said},
        sso::needs::SsoNeed,
    },
    outbound::{Outbound, OutboundFault, Recipient},
};

/// A service that cannot be told anything: its name, its address, and why.
type Unreached = (String, String, OutboundFault);

impl SsoDesk<'_> {
    /// What is missing; by `probe` also whether each service can be told that a session has ended.
    pub(super) async fn check(&mut self, probe: Option<&Outbound>, json: bool) -> Result<Exit, CommandFault> {
        let (needs, waiting) = self.portal.sso_needs(self.tenant).await?;
        let unreached = match probe {
            Some(outbound) => self.unreached(outbound).await,
            None => Vec::new(),
        };
        let exit = if needs.is_empty() && unreached.is_empty() { Exit::Fine } else { Exit::Problems };
        if json {
            let needs: Vec<Value> = needs.iter().map(as_json).collect();
            let unreached = unreached.iter().map(|(client, address, fault)| {
                json!({ "client_id": client, "address": address, "why": fault.word() })
            });
            let unreached: Vec<Value> = unreached.collect();
            self.json(&json!({ "needs": needs, "unreached": unreached, "waiting": waiting }))?;
            return Ok(exit);
        }
        for need in &needs {
            writeln!(self.out, "{}", tell(self.language, &sentence(need, self.tenant.slug.as_str())))?;
        }
        for (client, address, fault) in &unreached {
            let (client, address) = (client.as_str(), address.as_str());
            let told = said!("sso-check-unreached", client, address, why = fault.word());
            writeln!(self.out, "{}", tell(self.language, &told))?;
        }
        let count = self.tenant.clients().count();
        let told = said!("sso-check-end", count, problems = needs.len() + unreached.len(), waiting);
        writeln!(self.err, "{}", tell(self.language, &told))?;
        Ok(exit)
    }

    /// The services that this machine cannot tell anything, as the running service would try to.
    async fn unreached(&self, outbound: &Outbound) -> Vec<Unreached> {
        let mut unreached = Vec::new();
        for (_, client) in self.tenant.clients() {
            let Some(address) = &client.logout.told_at else { continue };
            let to = Recipient { address: address.clone(), internal: client.logout.internal };
            if let Err(fault) = outbound.reach(&to).await {
                unreached.push((client.id.clone(), to.address, fault));
            }
        }
        unreached
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
