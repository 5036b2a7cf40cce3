//! Token: a service takes what it was given a code for, and reads of the member what it may.

use jiff::SignedDuration;
use serde_json::Value;

use super::client::{ClientClaim, UnknownClient};
use crate::{
    domain::{
        audit::{Event, SsoEvent},
        session,
        sso::{
            acr::Acr,
            claims::{self, IdToken},
            issuer, request,
        },
        tenant::Tenant,
    },
    portal::{Deed, Portal},
    store::{self, look::SessionFacts},
    vault::Token,
};

/// How long an access token is good: as long as a service needs to read of the member what it may, right behind the code.
pub const ACCESS_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// What a service shows for what it was given a code for.
#[derive(Debug, Clone)]
pub struct CodeExchange {
    /// The code; `None` for a text that is none.
    pub code: Option<Token>,
    /// Where the code was sent.
    pub redirect_uri: String,
    /// What its challenge was made of; hidden, for whoever has both is the service.
    pub verifier: Option<Verifier>,
}

/// A PKCE verifier.
#[derive(Clone)]
pub struct Verifier(pub String);

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Verifier(…)")
    }
}

/// What a service gets for a code.
#[derive(Debug)]
pub struct GivenTokens {
    /// Who the member is, signed.
    pub id_token: secrecy::SecretString,
    /// By which the service reads what it may.
    pub access_token: Token,
    /// What the access token reads: words of scopes.
    pub scopes: String,
}

/// Why a service gets nothing (RFC 6749, 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRefusal {
    /// It is not who it says.
    Client,
    /// It said so wrongly too often.
    TooOften,
    /// The code is none of its own, ran out, was used, or does not belong to what was shown with it.
    Grant,
    /// The union has no key to sign with.
    NoKey,
}

impl Portal {
    /// Gives a service what it was given a code for. The code is used up whatever else is wrong; one that was used before
    /// ends what was given for it (RFC 6749, 4.1.2).
    ///
    /// # Errors
    /// Nothing is refused by a [`Stop`](crate::portal::Stop): what is, is in the answer.
    pub async fn exchange_code(
        &self,
        tenant: &Tenant,
        claim: &ClientClaim,
        shown: &CodeExchange,
    ) -> Deed<Result<GivenTokens, TokenRefusal>> {
        let now = self.trusted_now()?.at();
        let union = self.sso_union(&tenant.slug).await?;
        let known = match self.sso_client(tenant, &union, claim) {
            Ok(known) => known,
            Err(UnknownClient::Wrong) => return Ok(Err(TokenRefusal::Client)),
            Err(UnknownClient::TooOften) => return Ok(Err(TokenRefusal::TooOften)),
        };
        let client = known.client;
        let code = shown.code.as_ref().map(Token::digest);
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        if !self.spend(&mut tx, tenant, &known).await? {
            return Ok(Err(TokenRefusal::Client));
        }
        let Some(digest) = code else {
            tx.commit().await?;
            return Ok(Err(TokenRefusal::Grant));
        };
        let Some(row) = store::sso::codes::use_code(&mut tx, &digest, &client.id, now).await? else {
            if let Some(replayed) = store::sso::codes::end_replayed(&mut tx, &digest).await? {
                let event = Event::Sso(SsoEvent::CodeReplayed { client: replayed.client.clone() });
                self.note(&mut tx, Some(replayed.member), event, now)?;
                tracing::warn!(tenant = %tenant.slug, client = replayed.client, "A code of a service came twice: what was given for it has ended");
            }
            tx.commit().await?;
            return Ok(Err(TokenRefusal::Grant));
        };
        let fits = row.redirect_uri == shown.redirect_uri
            && request::is_verifier(
                row.challenge.as_deref(),
                shown.verifier.as_ref().map(|verifier| verifier.0.as_str()),
                s256,
            );
        let is_there = match store::look::at_session_id(&mut tx, row.session).await? {
            Some(SessionFacts { session, member }) => {
                session::is_alive(&session, &tenant.policy.session, now)
                    && member.id == row.member
                    && member.membership.bar(now).is_none()
            }
            None => false,
        };
        let key = union.signing(&self.vault, &tenant.slug, client.signing, now)?;
        let refused = match &key {
            _ if !fits || !is_there => Some(TokenRefusal::Grant),
            None => Some(TokenRefusal::NoKey),
            Some(_) => None,
        };
        let access_token = self.vault.token()?;
        if refused.is_none() {
            let until = now.checked_add(ACCESS_LIFE).unwrap_or(now);
            store::sso::codes::give_token(&mut tx, &digest, &access_token.digest(), until).await?;
        }
        tx.commit().await?;
        let (Some(key), None) = (key, refused) else {
            return Ok(Err(refused.unwrap_or(TokenRefusal::NoKey)));
        };
        let issuer = union.issuer.clone().unwrap_or_else(|| issuer::by_file(tenant, &self.public));
        let at_hash = at_hash(access_token.expose());
        let about = IdToken {
            issuer: &issuer,
            client: &client.id,
            sub: &row.sub,
            sid: &row.sid,
            nonce: row.nonce.as_deref(),
            auth_time: row.auth_time,
            acr: Acr::of(row.method),
            at_hash: &at_hash,
        };
        let id_token = key.token("JWT", &claims::id_token(&about, now))?;
        let scopes = row.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
        Ok(Ok(GivenTokens { id_token: id_token.into(), access_token, scopes }))
    }

    /// What a service may read of the member, while the session is alive, the member may come in, and the service is still
    /// given it; `None` for a token that is good for nothing.
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn user_info(&self, tenant: &Tenant, token: &Token) -> Deed<Option<Value>> {
        let now = self.trusted_now()?.at();
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let Some(row) = store::sso::codes::by_token(&mut tx, &token.digest(), now).await? else {
            return Ok(None);
        };
        let Some((_, client)) = tenant.client(&row.client) else { return Ok(None) };
        let Some(SessionFacts { session, member }) = store::look::at_session_id(&mut tx, row.session).await?
        else {
            return Ok(None);
        };
        let is_there = session::is_alive(&session, &tenant.policy.session, now)
            && member.id == row.member
            && member.membership.bar(now).is_none();
        let scopes: Vec<_> = row.scopes.into_iter().filter(|scope| client.scopes.contains(scope)).collect();
        Ok(is_there.then(|| claims::user_info(tenant, &member, &row.sub, &scopes)))
    }
}

/// What an ID token says of the access token beside it (OpenID Connect Core, 3.1.3.6); its algorithms all hash by SHA-256.
fn at_hash(access_token: &str) -> String {
    use sha2::Digest as _;
    let hash = sha2::Sha256::digest(access_token.as_bytes());
    data_encoding::BASE64URL_NOPAD.encode(hash.get(..16).unwrap_or_default())
}

/// The challenge of a verifier (RFC 7636, 4.2).
fn s256(verifier: &str) -> String {
    use sha2::Digest as _;
    data_encoding::BASE64URL_NOPAD.encode(&sha2::Sha256::digest(verifier.as_bytes()))
}
