//! Chain: seals over the rows of a trail ([M4]). Each seal holds the hash of every row it covers and of the seal before it,
//! so that whoever keeps one seal's hash elsewhere can tell that nothing before it was changed.
//!
//! # Decision
//! A seal names its rows by their ids. Which rows it covers does not follow from any order.
//! # Because
//! Ids are made before their transaction commits, on several nodes, so a row may become visible behind others with later
//! ids. Whatever is committed waits for a seal, and the next one takes what waits.
//! # Instead of
//! Ranges of ids, sealed a while later in the hope that nothing comes late.
//!
//! [M4]: crate::rules::threats#m4

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use jiff::{Span, Timestamp, civil::Date};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// For how many days rows stay in the database at least, whatever a union's file says: members look up what happened last.
pub const YOUNGEST_ARCHIVED: u32 = 90;

/// The latest day before which rows may be archived that have to stay for `days`, on the day `today` in Japan.
pub fn latest_archived(today: Date, days: u32) -> Date {
    today.saturating_sub(Span::new().days(i64::from(days.max(YOUNGEST_ARCHIVED))))
}

/// A SHA-256.
pub type ChainHash = [u8; 32];

/// What stands before the first seal of a chain.
pub const BEGINNING: ChainHash = [0; 32];
/// Bytes of one entry: id and hash.
const ENTRY: usize = 16 + 32;

/// Most rows of one seal.
pub const SEAL_ROWS: u32 = 1000;

/// A row of the trail, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailRow {
    /// The row's id.
    pub id: Uuid,
    /// The moment at which it happened.
    pub at: Timestamp,
    /// The word of the event.
    pub event: String,
    /// The member it is about.
    pub member: Option<Uuid>,
    /// The rest of the event, as JSON.
    pub detail: String,
    /// The kind of who acted; absent in rows of a program before 0.3.0, like the five that follow.
    pub actor_kind: Option<String>,
    /// The member's id or the name of the account.
    pub actor: Option<String>,
    /// The reason that was given.
    pub reason: Option<String>,
    /// The route, command or job.
    pub purpose: Option<String>,
    /// What let it pass.
    pub gate: Option<String>,
    /// From which network.
    pub net: Option<String>,
    /// The number of the request.
    pub receipt: Option<String>,
}

/// Fields one after the other, each with its length before it, so that no two rows are written alike.
struct Fields(Sha256);

impl Fields {
    fn of(what: &str) -> Self {
        let mut fields = Self(Sha256::new());
        fields.put(Some(what.as_bytes()));
        fields
    }

    fn put(&mut self, field: Option<&[u8]>) {
        match field {
            None => self.0.update([0]),
            Some(bytes) => {
                self.0.update([1]);
                self.0.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
                self.0.update(bytes);
            }
        }
    }

    fn end(self) -> ChainHash {
        self.0.finalize().into()
    }
}

impl TrailRow {
    /// The hash of the row in its union's trail.
    pub fn hash(&self, tenant: &str) -> ChainHash {
        let mut fields = Fields::of("kenpo-portal trail row 1");
        fields.put(Some(tenant.as_bytes()));
        fields.put(Some(self.id.as_bytes()));
        fields.put(Some(&self.at.as_microsecond().to_be_bytes()));
        fields.put(Some(self.event.as_bytes()));
        fields.put(self.member.as_ref().map(|id| id.as_bytes().as_slice()));
        fields.put(Some(self.detail.as_bytes()));
        let texts = [
            &self.actor_kind,
            &self.actor,
            &self.reason,
            &self.purpose,
            &self.gate,
            &self.net,
            &self.receipt,
        ];
        for text in texts {
            fields.put(text.as_deref().map(str::as_bytes));
        }
        fields.end()
    }
}

/// Where a chain stands: the number and hash of its last seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The seal's number; 0 where there is none yet.
    pub number: u32,
    /// Over everything up to that seal: what a copy kept elsewhere is compared with.
    pub hash: ChainHash,
}

impl Head {
    /// Of a chain without a seal.
    pub const NONE: Self = Self { number: 0, hash: BEGINNING };

    /// The hash, as people keep it.
    pub fn hex(&self) -> String {
        HEXLOWER.encode(&self.hash)
    }

    /// A head as it was kept: number and hash.
    pub fn parse(number: &str, hash: &str) -> Option<Self> {
        let hash = HEXLOWER.decode(hash.as_bytes()).ok()?.try_into().ok()?;
        Some(Self { number: number.parse().ok()?, hash })
    }
}

/// One seal, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Its place in the chain: the first is 1.
    pub number: u32,
    /// When it was made.
    pub sealed_at: Timestamp,
    /// Id and hash of each row, one after the other, by id.
    pub entries: Vec<u8>,
    /// The hash of the seal before it.
    pub before: Vec<u8>,
    /// Its own hash.
    pub hash: Vec<u8>,
}

impl Seal {
    /// Seals these rows behind `head`.
    pub fn over(tenant: &str, head: Head, rows: &[TrailRow], now: Timestamp) -> Self {
        let hashes: BTreeMap<Uuid, ChainHash> = rows.iter().map(|row| (row.id, row.hash(tenant))).collect();
        let mut entries = Vec::with_capacity(hashes.len() * ENTRY);
        for (id, hash) in hashes {
            entries.extend(id.as_bytes());
            entries.extend(hash);
        }
        // As it comes back from the database.
        let sealed_at = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
        let (number, before) = (head.number + 1, head.hash.to_vec());
        let mut seal = Self { number, sealed_at, entries, before, hash: Vec::new() };
        seal.hash = seal.computed(tenant).to_vec();
        seal
    }

    /// The hash that follows from the seal's own content.
    pub fn computed(&self, tenant: &str) -> ChainHash {
        let mut fields = Fields::of("kenpo-portal trail seal 1");
        fields.put(Some(tenant.as_bytes()));
        fields.put(Some(&self.number.to_be_bytes()));
        fields.put(Some(&self.sealed_at.as_microsecond().to_be_bytes()));
        fields.put(Some(&self.entries));
        fields.put(Some(&self.before));
        fields.end()
    }

    /// How many rows it covers.
    pub fn count(&self) -> usize {
        self.entries.len() / ENTRY
    }

    /// Id and hash of each row it covers.
    pub fn rows(&self) -> impl Iterator<Item = (Uuid, &[u8])> {
        self.entries.chunks_exact(ENTRY).filter_map(|entry| {
            let (id, hash) = entry.split_at_checked(16)?;
            Some((Uuid::from_slice(id).ok()?, hash))
        })
    }

    /// The chain's head while this is its last seal. `None` where the kept hash is none.
    pub fn head(&self) -> Option<Head> {
        Some(Head { number: self.number, hash: self.hash.as_slice().try_into().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_members_may_still_look_up_is_not_archived() {
        use jiff::civil::date;
        let today = date(2026, 11, 29);
        assert_eq!(latest_archived(today, 400), date(2025, 10, 25));
        for days in [0, 89, 90] {
            assert_eq!(latest_archived(today, days), date(2026, 8, 31));
        }
        assert_eq!(latest_archived(Date::MIN, 400), Date::MIN);
    }

    fn row(id: u128) -> TrailRow {
        TrailRow {
            id: Uuid::from_u128(id),
            at: Timestamp::from_second(1_700_000_000).unwrap(),
            event: "password-set".into(),
            member: Some(Uuid::from_u128(7)),
            detail: "{}".into(),
            actor_kind: Some("member".into()),
            actor: None,
            reason: None,
            purpose: Some("/signin".into()),
            gate: None,
            net: None,
            receipt: None,
        }
    }

    #[test]
    fn no_two_rows_have_one_hash() {
        type Change = fn(&mut TrailRow);
        let changes: [Change; 14] = [
            |_| {},
            |row| row.id = Uuid::from_u128(2),
            |row| row.at += jiff::SignedDuration::from_micros(1),
            |row| row.event = "password-se".into(),
            |row| row.member = None,
            |row| row.detail = "{ }".into(),
            |row| row.actor_kind = None,
            |row| row.actor = Some(String::new()),
            |row| row.reason = Some(String::new()),
            |row| row.purpose = None,
            |row| row.gate = Some("/signin".into()),
            |row| row.net = Some(String::new()),
            |row| row.receipt = Some(String::new()),
            |row| {
                // What moves from one field into the next.
                row.event = "password-set{".into();
                row.detail = "}".into();
            },
        ];
        let mut hashes: Vec<ChainHash> = changes
            .iter()
            .map(|change| {
                let mut changed = row(1);
                change(&mut changed);
                changed.hash("midori")
            })
            .collect();
        hashes.push(row(1).hash("midor"));
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), changes.len() + 1);
    }

    #[test]
    fn a_seal_is_over_its_rows_in_any_order_and_over_the_seal_before_it() {
        let now = Timestamp::from_nanosecond(1_700_000_000_123_456_789).unwrap();
        let one = Seal::over("midori", Head::NONE, &[row(2), row(1)], now);
        assert_eq!(one, Seal::over("midori", Head::NONE, &[row(1), row(2)], now));
        assert_eq!((one.count(), one.number), (2, 1));
        assert_eq!(one.computed("midori").as_slice(), one.hash);
        let two = Seal::over("midori", one.head().unwrap(), &[row(3)], now);
        assert_eq!((two.number, &two.before), (2, &one.hash));
        let changed = Seal { sealed_at: now, before: BEGINNING.to_vec(), ..two.clone() };
        assert_ne!(changed.computed("midori").as_slice(), two.hash);
        let head = two.head().unwrap();
        assert_eq!(Head::parse("2", &head.hex()), Some(head));
    }
}
