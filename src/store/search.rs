//! Search: finding members by name, kana and mail address, by the keys of `domain::search`.
//!
//! # Decision
//! The keys are columns of the member, each with an index of its own. An import writes them with its members. Whatever else
//! changes a name or an address — an older program beside this one as well — makes a trigger take them away; who has none is
//! found by reading those few, and a job writes them again ([`unkeyed`], [`put_keys`]).
//! # Because
//! No deed can forget the keys, an older program needs to know nothing of them, and finding is right before the job is done.
//! # Instead of
//! A statement in each deed that changes a name or an address, or a migration that writes 600,000 keys at once.

use super::{
    Read, StoreResult, Write,
    member::{member_columns, published},
    sql::sql,
};
use crate::domain::{
    member::{EmailAddress, Member, MemberId},
    search::{SearchKeys, SearchWord},
};

/// Members by the key of their name, in its order.
pub async fn by_name(tx: &mut Read, word: &SearchWord, limit: u32) -> StoreResult<Vec<Member>> {
    tx.sql(sql!(
        "SELECT ",
        member_columns!(),
        " FROM member AS m WHERE m.tenant = $1 AND m.name_key >= $2 AND m.name_key < $3 AND ",
        published!(),
        " ORDER BY m.name_key LIMIT $4"
    ))
    .bind(word.from())
    .bind(word.before())
    .bind(limit)
    .all()
    .await
}

/// Members by the key of their kana, in its order.
pub async fn by_kana(tx: &mut Read, word: &SearchWord, limit: u32) -> StoreResult<Vec<Member>> {
    tx.sql(sql!(
        "SELECT ",
        member_columns!(),
        " FROM member AS m WHERE m.tenant = $1 AND m.kana_key >= $2 AND m.kana_key < $3 AND ",
        published!(),
        " ORDER BY m.kana_key LIMIT $4"
    ))
    .bind(word.from())
    .bind(word.before())
    .bind(limit)
    .all()
    .await
}

/// Members with that address, as a verified one.
pub async fn by_email(tx: &mut Read, key: &str, limit: u32) -> StoreResult<Vec<Member>> {
    tx.sql(sql!(
        "SELECT ",
        member_columns!(),
        " FROM member AS m WHERE m.tenant = $1 AND m.email_key = $2 AND ",
        published!(),
        " LIMIT $3"
    ))
    .bind(key)
    .bind(limit)
    .all()
    .await
}

/// Members who entered that address and have not confirmed it.
pub async fn by_pending(tx: &mut Read, key: &str, limit: u32) -> StoreResult<Vec<Member>> {
    tx.sql(sql!(
        "SELECT ",
        member_columns!(),
        " FROM member AS m WHERE m.tenant = $1 AND m.pending_key = $2 AND ",
        published!(),
        " LIMIT $3"
    ))
    .bind(key)
    .bind(limit)
    .all()
    .await
}

/// Members without keys, after that one in the order of ids.
pub async fn unkeyed(tx: &mut Read, after: MemberId, limit: u32) -> StoreResult<Vec<Member>> {
    tx.sql(sql!(
        "SELECT ",
        member_columns!(),
        " FROM member AS m WHERE m.tenant = $1 AND m.name_key IS NULL AND m.id > $2 AND ",
        published!(),
        " ORDER BY m.id LIMIT $3"
    ))
    .bind(after)
    .bind(limit)
    .all()
    .await
}

/// Keeps the keys of a member, unless name or address are others by now. How many rows were written.
pub async fn put_keys(tx: &mut Write, member: &Member, keys: &SearchKeys) -> StoreResult<u64> {
    tx.sql(sql!(
        "UPDATE member SET name_key = $3, kana_key = $4, email_key = $5, pending_key = $6
          WHERE tenant = $1 AND id = $2 AND name = $7 AND name_kana = $8 AND COALESCE(email, '') = $9
            AND COALESCE(email_pending, '') = $10"
    ))
    .bind(member.id)
    .bind(keys.name.as_str())
    .bind(keys.kana.as_str())
    .bind(keys.email.as_deref())
    .bind(keys.pending.as_deref())
    .bind(member.name.as_str())
    .bind(member.name_kana.as_str())
    .bind(member.email.as_ref().map_or("", EmailAddress::as_str))
    .bind(member.email_pending.as_ref().map_or("", EmailAddress::as_str))
    .count()
    .await
}
