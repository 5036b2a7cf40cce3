//! Pushed: requests that services left here before they send a browser (RFC 9126), and the names of assertions that were
//! used (RFC 7523, 3).

use jiff::Timestamp;

use crate::store::{StoreResult, Write, sql::sql};

/// Keeps a pushed request by its digest, unless the service has `most` waiting. `false` where it has.
pub async fn push(
    tx: &mut Write,
    digest: &[u8],
    client: &str,
    parameters: &str,
    most: u32,
    (now, expires_at): (Timestamp, Timestamp),
) -> StoreResult<bool> {
    tx.sql(sql!(
        "INSERT INTO sso_pushed (tenant, digest, client, parameters, expires_at)
         SELECT $1, $2, $3, $4, $5
          WHERE (SELECT COUNT(*) FROM sso_pushed WHERE tenant = $1 AND client = $3 AND expires_at > $6) < $7
         RETURNING digest"
    ))
    .bind(digest)
    .bind(client)
    .bind(parameters)
    .bind(expires_at)
    .bind(now)
    .bind(most)
    .done()
    .await
}

/// Takes the request that this service pushed, once. `None` where there is none that is good.
pub async fn take(
    tx: &mut Write,
    digest: &[u8],
    client: &str,
    now: Timestamp,
) -> StoreResult<Option<String>> {
    let row: Option<(String,)> = tx
        .sql(sql!(
            "DELETE FROM sso_pushed WHERE tenant = $1 AND digest = $2 AND client = $3 AND expires_at > $4
             RETURNING parameters"
        ))
        .bind(digest)
        .bind(client)
        .bind(now)
        .maybe()
        .await?;
    Ok(row.map(|(parameters,)| parameters))
}

/// Notes that an assertion of that name was used. `false` where it was before: of many at once one is the first.
pub async fn spend(tx: &mut Write, client: &str, jti: &[u8], expires_at: Timestamp) -> StoreResult<bool> {
    tx.sql(sql!(
        "INSERT INTO sso_assertion (tenant, client, jti, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant, client, jti) DO NOTHING RETURNING jti"
    ))
    .bind(client)
    .bind(jti)
    .bind(expires_at)
    .done()
    .await
}
