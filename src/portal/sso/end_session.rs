//! Ending a session by way of a service, and which services a session leaves behind (OpenID Connect RP-Initiated Logout 1.0).

use super::authorize::ServiceAddress;
use crate::{
    domain::{
        audit::Event,
        sso::{
            SsoClient,
            end_session::{EndDecision, EndHint, WayBack, decide},
            issuer,
            request::{Parameters, answer_at},
        },
        tenant::Tenant,
    },
    portal::{Deed, Portal, left_services::LeftService, session::Visit},
    store::{
        self,
        sso::service_sessions::{self, FoundServiceSession},
    },
    vault::signing::verified,
};

/// What became of a request to end a session.
#[derive(Debug)]
pub enum EndedByService {
    /// Nobody is signed in here any more, and the browser goes back to the service.
    Return(ServiceAddress),
    /// Nobody is signed in here any more. The services that the session was at, where the member's own browser asked.
    Over(Vec<LeftService>),
    /// Nobody was signed in here, and nothing has ended.
    Nobody,
    /// The member is asked.
    Ask,
}

/// A token of ours that a service shows: which of the union's services it is for, and who and what it is about there.
struct ShownToken<'t> {
    client: &'t SsoClient,
    sub: String,
    sid: Option<String>,
}

impl Portal {
    /// Ends the session of this browser, or where it shows none the one that the service means, as far as the service may.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn end_by_service(
        &self,
        tenant: &Tenant,
        visit: Option<&Visit>,
        asked: &Parameters,
    ) -> Deed<EndedByService> {
        let now = self.trusted_now()?.at();
        let shown = self.shown_token(tenant, asked).await?;
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let client = match &shown {
            Some(shown) => Some(shown.client),
            None => asked.get("client_id").and_then(|id| tenant.client(id)).map(|(_, client)| client),
        };
        let uri = asked.get("post_logout_redirect_uri");
        let back = WayBack::of(asked, client);
        let hint = match (&shown, visit) {
            (None, _) => EndHint::None,
            (Some(_), None) => EndHint::Own,
            (Some(shown), Some(visit)) => {
                let sector = &shown.client.sector;
                let known =
                    store::sso::codes::known(&mut tx, &shown.client.id, sector, visit.member.id).await?;
                if known.subject.as_deref() == Some(shown.sub.as_str()) {
                    EndHint::Own
                } else {
                    EndHint::Other
                }
            }
        };
        drop(tx);
        let decision = decide(hint, back, visit.is_some());
        let left = match (decision, visit, shown) {
            (EndDecision::Ask, ..) => return Ok(EndedByService::Ask),
            (EndDecision::Over, ..) => return Ok(EndedByService::Nobody),
            (_, Some(visit), _) => {
                let mut tx = self.store.tenant(&tenant.slug).write().await?;
                let left = self.end_and_list(&mut tx, tenant, &visit.session).await?;
                tx.commit().await?;
                left
            }
            // Whoever asks without the session's cookie may be the service: it learns of no other.
            (_, None, shown) => {
                if let Some(shown) = &shown {
                    self.end_session_at(tenant, shown, now).await?;
                }
                Vec::new()
            }
        };
        match (decision, uri) {
            (EndDecision::EndAndReturn, Some(uri)) => {
                let state: Vec<_> = asked.get("state").map(|state| ("state", state)).into_iter().collect();
                Ok(EndedByService::Return(ServiceAddress::new(answer_at(uri, &state))))
            }
            _ => Ok(EndedByService::Over(left)),
        }
    }

    /// Ends the session that a token is about, while it is that member's.
    async fn end_session_at(
        &self,
        tenant: &Tenant,
        shown: &ShownToken<'_>,
        now: jiff::Timestamp,
    ) -> Deed<()> {
        let Some(sid) = &shown.sid else { return Ok(()) };
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let Some(FoundServiceSession { session, member, sub }) =
            service_sessions::by_sid(&mut tx, &shown.client.id, sid).await?
        else {
            return Ok(());
        };
        if sub != shown.sub {
            return Ok(());
        }
        if store::session::close(&mut tx, session).await? {
            self.note(&mut tx, Some(member), Event::SessionEnded { session }, now)?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The token that a service shows, where it is ours and for a service of the union's. Its age does not matter (2); it
    /// counts while its key is published.
    async fn shown_token<'t>(&self, tenant: &'t Tenant, asked: &Parameters) -> Deed<Option<ShownToken<'t>>> {
        let Some(hint) = asked.get("id_token_hint").filter(|_| !asked.has_repeated()) else {
            return Ok(None);
        };
        let now = self.clock.now();
        let union = self.sso_union(&tenant.slug).await?;
        let Some(claims) = verified(hint, |kid| union.of_kid(kid, now)) else { return Ok(None) };
        let issuer = union.issuer.clone().unwrap_or_else(|| issuer::by_file(tenant, &self.public));
        let says = |name: &str| claims.get(name).and_then(serde_json::Value::as_str);
        let named = asked.get("client_id");
        let client = says("aud").filter(|aud| named.is_none_or(|named| named == *aud));
        let client = client.and_then(|aud| tenant.client(aud)).map(|(_, client)| client);
        let (Some(client), Some(sub), true) = (client, says("sub"), says("iss") == Some(issuer.as_str()))
        else {
            return Ok(None);
        };
        // A logout token is ours too, and says nothing of who is signed in.
        if claims.get("events").is_some() {
            return Ok(None);
        }
        Ok(Some(ShownToken { client, sub: sub.to_owned(), sid: says("sid").map(str::to_owned) }))
    }
}
