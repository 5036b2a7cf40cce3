//! Par: a service leaves its request here before it sends a browser (RFC 9126): nobody on the way can change it.

use jiff::SignedDuration;

use super::client::{ClientClaim, UnknownClient};
use crate::{
    domain::{
        sso::request::{self, Parameters, SsoError},
        tenant::Tenant,
    },
    portal::{Deed, Portal},
    store,
    vault::Token,
};

/// How long a pushed request waits for its browser (RFC 9126, 2.2; FAPI 2.0: less than ten minutes).
pub const PUSHED_LIFE: SignedDuration = SignedDuration::from_secs(90);
/// Requests that one service may have waiting at a time.
pub const MOST_PUSHED: u32 = 5_000;
/// What stands before the name of a pushed request.
pub const PUSHED_URN: &str = "urn:ietf:params:oauth:request_uri:";

/// Why a request is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushRefusal {
    /// The service is not who it says.
    Client,
    /// It said so wrongly too often.
    TooOften,
    /// The request could not be answered.
    Request(SsoError),
    /// The service has too many waiting.
    TooMany,
}

impl Portal {
    /// Keeps the request of a service. Its name, which is good once.
    ///
    /// # Errors
    /// Nothing is refused by a [`Stop`](crate::portal::Stop): what is, is in the answer.
    pub async fn push_request(
        &self,
        tenant: &Tenant,
        claim: &ClientClaim,
        asked: &Parameters,
    ) -> Deed<Result<String, PushRefusal>> {
        let now = self.trusted_now()?.at();
        let union = self.sso_union(&tenant.slug).await?;
        let known = match self.sso_client(tenant, &union, claim) {
            Ok(known) => known,
            Err(UnknownClient::Wrong) => return Ok(Err(PushRefusal::Client)),
            Err(UnknownClient::TooOften) => return Ok(Err(PushRefusal::TooOften)),
        };
        let asked = asked.pushed(&known.client.id);
        let readable = if asked.get("request_uri").is_some() {
            Err(SsoError::InvalidRequest)
        } else {
            let is_its_own =
                request::client_of(tenant, &asked).is_ok_and(|(_, client)| client.id == known.client.id);
            let read = request::read(known.client, &asked);
            if is_its_own { read } else { Err(SsoError::InvalidRequest) }
        };
        let name = self.vault.token()?;
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        if !self.spend(&mut tx, tenant, &known).await? {
            return Ok(Err(PushRefusal::Client));
        }
        let kept = if let Err(error) = readable {
            Err(PushRefusal::Request(error))
        } else {
            let until = now.checked_add(PUSHED_LIFE).unwrap_or(now);
            let (digest, text) = (name.digest(), asked.as_form());
            let times = (now, until);
            let id = &known.client.id;
            let is_kept = store::sso::pushed::push(&mut tx, &digest, id, &text, MOST_PUSHED, times).await?;
            if is_kept { Ok(format!("{PUSHED_URN}{}", name.expose())) } else { Err(PushRefusal::TooMany) }
        };
        tx.commit().await?;
        Ok(kept)
    }

    /// The request that a service pushed, in the place of one that only names it. What names none stays as it is; `None` for
    /// a name that is good for nothing, or another service's.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub(super) async fn unpushed(&self, tenant: &Tenant, asked: &Parameters) -> Deed<Option<PushedOrNot>> {
        let Some(name) = asked.get("request_uri").and_then(|uri| uri.strip_prefix(PUSHED_URN)) else {
            return Ok(Some(PushedOrNot { asked: asked.clone(), is_pushed: false }));
        };
        let client = asked.get("client_id").filter(|_| !asked.has_repeated());
        let client = client.and_then(|id| tenant.client(id)).map(|(_, client)| client);
        let (Some(name), Some(client)) = (Token::parse(name), client) else { return Ok(None) };
        let now = self.trusted_now()?.at();
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let text = store::sso::pushed::take(&mut tx, &name.digest(), &client.id, now).await?;
        tx.commit().await?;
        Ok(text
            .and_then(|text| Parameters::of_form(&text))
            .map(|asked| PushedOrNot { asked, is_pushed: true }))
    }
}

/// A request, and whether it was pushed.
#[derive(Debug)]
pub(super) struct PushedOrNot {
    /// The request.
    pub asked: Parameters,
    /// Whether it was pushed.
    pub is_pushed: bool,
}
