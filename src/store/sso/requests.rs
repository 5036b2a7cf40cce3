//! Requests: what a service asked for a browser that could not be answered at once. They outlive the sign-in.

use jiff::Timestamp;

use crate::domain::{
    member::SsoRequestId,
    sso::request::{Prompt, SsoRequest, acr_values},
};
use crate::store::{
    Read, StoreResult, Write,
    row::{FromRow, Row},
    sql::sql,
};

/// A request that waits.
#[derive(Debug, Clone)]
pub struct WaitingRequest {
    /// What the service asks.
    pub asked: SsoRequest,
    /// When the request arrived.
    pub arrived_at: Timestamp,
}

impl FromRow for WaitingRequest {
    fn from_row(row: &Row) -> StoreResult<Self> {
        let (kept, prompt): (String, String) = (row.get("scopes")?, row.get("prompt")?);
        let wished: Option<String> = row.get("acr_values")?;
        let asked = SsoRequest {
            client: row.get("client")?,
            redirect_uri: row.get("redirect_uri")?,
            scopes: super::codes::scopes(&kept),
            state: row.get("state")?,
            nonce: row.get("nonce")?,
            challenge: row.get("challenge")?,
            prompt: Prompt::kept(&prompt),
            max_age: row.get("max_age")?,
            hint: row.get("hint")?,
            acr_values: acr_values(&wished.unwrap_or_default()),
        };
        Ok(Self { asked, arrived_at: row.get("arrived_at")? })
    }
}

/// Requests that one browser may have waiting; of more the oldest goes.
const MOST_OF_A_BROWSER: u32 = 10;

/// Keeps a request for a browser.
pub async fn wait(
    tx: &mut Write,
    id: SsoRequestId,
    browser: &[u8],
    asked: &SsoRequest,
    now: Timestamp,
    expires_at: Timestamp,
) -> StoreResult<()> {
    let wished = asked.acr_values.iter().map(|acr| acr.as_str()).collect::<Vec<_>>().join(" ");
    let wished = wished.as_str();
    tx.sql(sql!(
        "INSERT INTO sso_request (tenant, id, browser, client, redirect_uri, scopes, state, nonce, challenge, prompt,
                                  max_age, hint, acr_values, arrived_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
    ))
    .bind(id)
    .bind(browser)
    .bind(asked.client.as_str())
    .bind(asked.redirect_uri.as_str())
    .bind(asked.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ").as_str())
    .bind(asked.state.as_deref())
    .bind(asked.nonce.as_deref())
    .bind(asked.challenge.as_deref())
    .bind(asked.prompt.words().as_str())
    .bind(asked.max_age.map(i64::from))
    .bind(asked.hint.as_deref())
    .bind(Some(wished).filter(|words| !words.is_empty()))
    .bind(now)
    .bind(expires_at)
    .run()
    .await?;
    tx.sql(sql!(
        "DELETE FROM sso_request
          WHERE tenant = $1 AND browser = $2
            AND id NOT IN (SELECT id FROM sso_request WHERE tenant = $1 AND browser = $2
                            ORDER BY arrived_at DESC, id DESC LIMIT $3)"
    ))
    .bind(browser)
    .bind(MOST_OF_A_BROWSER)
    .run()
    .await?;
    Ok(())
}

/// The request of that id, where it is this browser's and waits.
pub async fn waiting(
    tx: &mut Read,
    id: SsoRequestId,
    browser: &[u8],
    now: Timestamp,
) -> StoreResult<Option<WaitingRequest>> {
    tx.sql(sql!(
        "SELECT client, redirect_uri, scopes, state, nonce, challenge, prompt, max_age, hint, acr_values,
                arrived_at
           FROM sso_request
          WHERE tenant = $1 AND id = $2 AND browser = $3 AND used_at IS NULL AND expires_at > $4"
    ))
    .bind(id)
    .bind(browser)
    .bind(now)
    .maybe()
    .await
}

/// Uses it up. `false` where it was used, or ran out, meanwhile.
pub async fn answer(tx: &mut Write, id: SsoRequestId, browser: &[u8], now: Timestamp) -> StoreResult<bool> {
    tx.sql(sql!(
        "UPDATE sso_request SET used_at = $4
          WHERE tenant = $1 AND id = $2 AND browser = $3 AND used_at IS NULL AND expires_at > $4 RETURNING id"
    ))
    .bind(id)
    .bind(browser)
    .bind(now)
    .done()
    .await
}

/// How many requests wait for their member.
pub async fn count(tx: &mut Read, now: Timestamp) -> StoreResult<u64> {
    let (count,): (i64,) = tx
        .sql(sql!(
            "SELECT COUNT(*) AS waiting FROM sso_request WHERE tenant = $1 AND used_at IS NULL AND expires_at > $2"
        ))
        .bind(now)
        .one()
        .await?;
    Ok(count.unsigned_abs())
}

/// The newest request that waits in a browser.
pub async fn newest(tx: &mut Read, browser: &[u8], now: Timestamp) -> StoreResult<Option<SsoRequestId>> {
    let row: Option<(SsoRequestId,)> = tx
        .sql(sql!(
            "SELECT id FROM sso_request
              WHERE tenant = $1 AND browser = $2 AND used_at IS NULL AND expires_at > $3
              ORDER BY arrived_at DESC, id DESC LIMIT 1"
        ))
        .bind(browser)
        .bind(now)
        .maybe()
        .await?;
    Ok(row.map(|(id,)| id))
}
