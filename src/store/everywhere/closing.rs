//! Unions that close or have closed, for every node: their pages, and what ends with the last day (D34).

use super::Everywhere;
use crate::{
    domain::closing::Closing,
    store::{
        StoreResult,
        row::FromRow as _,
        sql::{Reading, Statement},
    },
};

impl Everywhere<'_> {
    /// The unions that close or have closed, whether or not they have a file.
    pub async fn closings(&self) -> StoreResult<Vec<(String, Closing)>> {
        let mut open = self.store.begin_read().await?;
        Statement::<Reading>::new(
            &mut open,
            "SELECT tenant, last_day, asked_at, shown, closed_at, exported_at, erasing_since, erase_through, erased_at
               FROM closing ORDER BY tenant",
            None,
        )
        .map(|row| Ok((row.get("tenant")?, Closing::from_row(row)?)))
        .await
    }
}
