//! The outbox: letters that wait, sealed, written in the transaction of their deed.

use jiff::Timestamp;

use super::{
    Result, Write,
    column::Keep,
    sql::{Arguments, sql},
};
use crate::domain::member::{LetterId, MemberId};

impl Keep for LetterId {
    fn put(self, arguments: &mut Arguments) -> Result<()> {
        self.uuid().put(arguments)
    }
}

/// A letter ready to wait.
#[derive(Debug)]
pub struct NewLetter<'a> {
    /// Which.
    pub id: LetterId,
    /// To whom.
    pub member: MemberId,
    /// Its stable word.
    pub kind: &'a str,
    /// Lower goes first.
    pub priority: u32,
    /// The sealed address.
    pub recipient: &'a [u8],
    /// The sealed subject and text.
    pub content: &'a [u8],
    /// Worthless from then on.
    pub deliver_before: Timestamp,
}

/// Puts a letter into the outbox.
pub async fn put(tx: &mut Write, letter: &NewLetter<'_>, now: Timestamp) -> Result<()> {
    tx.sql(sql!(
        "INSERT INTO outbox (tenant, id, member, kind, priority, recipient, content, written_at, deliver_before)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    ))
    .bind(letter.id)
    .bind(letter.member)
    .bind(letter.kind)
    .bind(letter.priority)
    .bind(letter.recipient)
    .bind(letter.content)
    .bind(now)
    .bind(letter.deliver_before)
    .run()
    .await?;
    Ok(())
}
