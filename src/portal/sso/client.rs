//! Client: which service asks, by a secret or by a signed assertion, and how often somebody may say so wrongly.
//!
//! # Decision
//! Wrong tries are counted for each service and each network, before anything is compared.
//! # Because
//! A server of a service's company that has an old secret must not keep the one out that has the new.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::kept::KeptUnion;
use crate::{
    domain::{
        route::Route,
        sso::{
            ClientAuth, SsoClient,
            assertion::{self, GoodAssertion},
            issuer,
        },
        tenant::Tenant,
    },
    portal::{Deed, Portal},
    store::{self, Write},
    vault::{
        Token,
        signing::{claimed, verified_by},
    },
};

/// Who a service says it is.
#[derive(Debug, Clone)]
pub struct ClientClaim {
    /// Its name; `None` where only the assertion says it.
    pub id: Option<String>,
    /// By what it shows that.
    pub proof: ClientProof,
}

/// By what a service shows who it is.
#[derive(Clone)]
pub enum ClientProof {
    /// A secret; `None` for a text that is none's.
    Secret(Option<Token>),
    /// What the service signed (RFC 7523, 2.2).
    Assertion(String),
}

impl std::fmt::Debug for ClientProof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret(…)",
            Self::Assertion(_) => "Assertion(…)",
        })
    }
}

/// A service that has shown who it is, but for whether its assertion was used before.
#[derive(Debug)]
pub(super) struct KnownClient<'t> {
    /// The service.
    pub client: &'t SsoClient,
    assertion: Option<GoodAssertion>,
}

/// Why it is not known who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnknownClient {
    /// It is not who it says.
    Wrong,
    /// It said so wrongly too often, from that network, within the last minute.
    TooOften,
}

impl Portal {
    /// The service that asks, where it is who it says.
    pub(super) fn sso_client<'t>(
        &self,
        tenant: &'t Tenant,
        union: &KeptUnion,
        claim: &ClientClaim,
    ) -> Result<KnownClient<'t>, UnknownClient> {
        let said = match (&claim.id, &claim.proof) {
            (Some(id), _) => Some(id.clone()),
            (None, ClientProof::Assertion(token)) => claimed(token, "iss"),
            (None, ClientProof::Secret(_)) => None,
        };
        let said = said.unwrap_or_default();
        if !self.may_claim(tenant, &said) {
            return Err(UnknownClient::TooOften);
        }
        let client = tenant.client(&said).map(|(_, client)| client);
        let known = match &claim.proof {
            ClientProof::Secret(secret) => {
                let given = secret.as_ref().map(Token::digest).unwrap_or_default();
                // All of them are compared, whoever asks.
                let is_right = union.secrets.iter().fold(false, |right, secret| {
                    let is_own = secret.client == said;
                    (bool::from(secret.digest.as_slice().ct_eq(&given)) && is_own) || right
                });
                let client = client.filter(|client| is_right && client.auth == ClientAuth::Secret);
                client.map(|client| KnownClient { client, assertion: None })
            }
            ClientProof::Assertion(token) => client
                .filter(|client| client.auth == ClientAuth::PrivateKey)
                .and_then(|client| self.known_by_assertion(tenant, union, client, token)),
        };
        if known.is_none() {
            self.note_wrong_claim(tenant, &said);
        }
        known.ok_or(UnknownClient::Wrong)
    }

    fn known_by_assertion<'t>(
        &self,
        tenant: &Tenant,
        union: &KeptUnion,
        client: &'t SsoClient,
        token: &str,
    ) -> Option<KnownClient<'t>> {
        let origin = self.public.origin(tenant);
        let issuer = union.issuer.clone().unwrap_or_else(|| issuer::by_file(tenant, &self.public));
        let at = |route: Route| format!("{origin}{route}");
        let audiences = [issuer, at(Route::Token), at(Route::Par)];
        let claims = verified_by(token, &client.keys)?;
        let good = assertion::checked(&claims, &client.id, &audiences, self.clock.now())?;
        Some(KnownClient { client, assertion: Some(good) })
    }

    /// Uses the assertion up, if the service was known by one. `false` where it was used before.
    pub(super) async fn spend(&self, tx: &mut Write, tenant: &Tenant, known: &KnownClient<'_>) -> Deed<bool> {
        let Some(good) = &known.assertion else { return Ok(true) };
        let jti = Sha256::digest(good.jti.as_bytes());
        let is_first = store::sso::pushed::spend(tx, &known.client.id, jti.as_slice(), good.until).await?;
        if !is_first {
            self.note_wrong_claim(tenant, &known.client.id);
        }
        Ok(is_first)
    }
}
