//! Changes: which members, sessions and unions this node has written lately, so that nothing read before is shown as if
//! it still held.
//!
//! # Decision
//! Every statement that writes one of [`TABLES`] or [`UNION_TABLES`] marks the members and sessions whose ids are bound to it; one that binds
//! neither marks its whole union, one without a union everything. The marks are set when the transaction ends, before
//! whoever waits for it hears of that; where nobody knows how it ended, once more when its connection is closed. Whoever keeps what it read takes a [`Moment`] before reading, and asks with
//! [`Changes::none_since`] before each use.
//! # Because
//! This is the one place all writes pass, so no deed can forget it. A moment taken before the read leaves no gap between
//! a read and a write beside it. The marks take a fixed amount of memory: two ids with one mark only cost a read.
//! # Instead of
//! Each deed naming what it makes out of date, or walking through everything that is kept.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::atomic::{AtomicU64, Ordering},
};

use uuid::Uuid;

use crate::domain::{
    member::{MemberId, SessionId},
    tenant::TenantSlug,
};

/// The tables a visit is read from ([`super::look::at_session`]).
pub const TABLES: [&str; 4] = ["member", "session", "first_credential", "import"];

/// The tables that are read for a whole union: what services are answered by.
pub const UNION_TABLES: [&str; 3] = ["sso_key", "sso_secret", "sso_issuer"];

/// How many marks there are. 32 KiB.
const MARKS: usize = 4096;

/// Before or after which changes something was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(u64);

/// What this node has written lately.
#[derive(Debug)]
pub struct Changes {
    latest: AtomicU64,
    everything: AtomicU64,
    marks: Box<[AtomicU64]>,
}

impl Default for Changes {
    fn default() -> Self {
        let marks = (0..MARKS).map(|_| AtomicU64::new(0)).collect();
        Self { latest: AtomicU64::new(0), everything: AtomicU64::new(0), marks }
    }
}

impl Changes {
    /// The moment before a read.
    pub fn moment(&self) -> Moment {
        Moment(self.latest.load(Ordering::SeqCst))
    }

    /// Whether what was read of this session and its member after `moment` may still be so: this node has written neither
    /// since, nor anything about its whole union.
    pub fn none_since(
        &self,
        moment: Moment,
        tenant: &TenantSlug,
        member: MemberId,
        session: SessionId,
    ) -> bool {
        let marked = [of_tenant(tenant), of_id(member.uuid()), of_id(session.uuid())]
            .into_iter()
            .filter_map(|place| self.marks.get(place))
            .chain([&self.everything]);
        marked.into_iter().all(|mark| mark.load(Ordering::SeqCst) <= moment.0)
    }

    /// Whether what was read of the whole union after `moment` may still be so, of [`UNION_TABLES`].
    pub fn none_of_union_since(&self, moment: Moment, tenant: &TenantSlug) -> bool {
        let marked = self.marks.get(of_tenant(tenant)).into_iter().chain([&self.everything]);
        marked.into_iter().all(|mark| mark.load(Ordering::SeqCst) <= moment.0)
    }

    /// Sets marks, after what they stand for can be read.
    fn mark(&self, touched: &Touched) {
        if touched.0.is_empty() {
            return;
        }
        let now = self.latest.fetch_add(1, Ordering::SeqCst) + 1;
        for place in &touched.0 {
            let mark = place.map_or(Some(&self.everything), |place| self.marks.get(place));
            if let Some(mark) = mark {
                mark.fetch_max(now, Ordering::SeqCst);
            }
        }
    }
}

/// What a transaction will mark when it ends. `None` stands for everything.
#[derive(Debug, Clone, Default)]
struct Touched(Vec<Option<usize>>);

/// The marks of one transaction: set when they are dropped, with the transaction, committed or not. A commit whose answer
/// nobody waited for may have happened, or may happen yet: its connection keeps the marks too, and sets them again when
/// it is closed. SQLite has ended it by then; on a PostgreSQL that is slower still, a page may show the old for as long as
/// what was read is kept.
#[derive(Debug, Clone)]
pub(super) struct Marks {
    changes: std::sync::Arc<Changes>,
    touched: Touched,
}

impl Marks {
    /// Marks of a transaction that has written nothing yet.
    pub(super) fn new(changes: std::sync::Arc<Changes>) -> Self {
        Self { changes, touched: Touched::default() }
    }

    /// Notes what a statement may write: `about` are the ids of members and sessions that were bound to it.
    pub(super) fn note(&mut self, text: &str, tenant: Option<&TenantSlug>, about: &[Uuid]) {
        if !writes_what_is_kept(text) {
            return;
        }
        match tenant {
            None => self.touched.0.push(None),
            Some(tenant) if about.is_empty() => self.touched.0.push(Some(of_tenant(tenant))),
            Some(_) => self.touched.0.extend(about.iter().map(|id| Some(of_id(*id)))),
        }
    }
}

impl Drop for Marks {
    fn drop(&mut self) {
        self.changes.mark(&self.touched);
    }
}

/// Whether a statement changes or removes rows of one of [`TABLES`] or [`UNION_TABLES`]. One that writes a column over with itself only waits
/// for the row.
fn writes_what_is_kept(text: &str) -> bool {
    TABLES.iter().chain(&UNION_TABLES).any(|table| {
        [("UPDATE", ""), ("DELETE", " FROM"), ("INSERT", " INTO")].iter().any(|(verb, into)| {
            text.match_indices(verb).any(|(at, _)| {
                let rest = text.get(at + verb.len()..).and_then(|rest| rest.strip_prefix(into));
                let rest = rest.and_then(|rest| rest.strip_prefix(' ')?.strip_prefix(table));
                rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
            })
        })
    }) && !text.contains("SET changed_at = changed_at")
}

fn of_id(id: Uuid) -> usize {
    // The last bytes of an id are random; its first are the time.
    let bytes = id.as_bytes();
    usize::from(u16::from_be_bytes([bytes[14], bytes[15]])) % MARKS
}

fn of_tenant(tenant: &TenantSlug) -> usize {
    let mut hasher = DefaultHasher::new();
    tenant.as_str().hash(&mut hasher);
    usize::try_from(hasher.finish() % MARKS as u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn member(n: u128) -> MemberId {
        MemberId::kept(Uuid::from_u128(n))
    }

    fn session(n: u128) -> SessionId {
        SessionId::kept(Uuid::from_u128(n))
    }

    fn slug(text: &str) -> TenantSlug {
        TenantSlug::parse(text).unwrap()
    }

    #[test]
    fn a_write_marks_whom_it_names_else_the_union_else_everything() {
        let (ours, theirs) = (slug("midorikenpo"), slug("hinatakenpo"));
        let changes = Arc::new(Changes::default());
        let still = |moment| {
            [
                changes.none_since(moment, &ours, member(1), session(2)),
                changes.none_since(moment, &ours, member(3), session(4)),
                changes.none_since(moment, &theirs, member(5), session(6)),
            ]
        };
        let write = |text: &str, tenant: Option<&TenantSlug>, about: &[u128]| {
            let before = changes.moment();
            let mut marks = Marks::new(changes.clone());
            let about: Vec<_> = about.iter().map(|n| Uuid::from_u128(*n)).collect();
            marks.note(text, tenant, &about);
            assert_eq!(still(before), [true; 3], "nothing is marked while the transaction goes on: {text}");
            drop(marks);
            assert_eq!(still(changes.moment()), [true; 3], "what is read now is new: {text}");
            still(before)
        };
        assert_eq!(write("UPDATE member SET a = $3 WHERE …", Some(&ours), &[1]), [false, true, true]);
        assert_eq!(write("DELETE FROM session WHERE …", Some(&ours), &[4]), [true, false, true]);
        assert_eq!(write("UPDATE session\n SET a = 1", Some(&ours), &[]), [false, false, true]);
        for table in UNION_TABLES {
            let before = changes.moment();
            write(&format!("DELETE FROM {table} WHERE …"), Some(&ours), &[]);
            assert!(!changes.none_of_union_since(before, &ours));
            assert!(
                changes.none_of_union_since(before, &theirs)
                    && changes.none_of_union_since(changes.moment(), &ours)
            );
        }
        assert_eq!(write("WITH x AS (DELETE FROM member) …", None, &[]), [false; 3]);
        for other in [
            "UPDATE member_list SET a = 1",
            "SELECT 1 FROM session",
            "UPDATE guard SET a = 1",
            "UPDATE member SET changed_at = changed_at WHERE …",
        ] {
            assert_eq!(write(other, None, &[]), [true; 3], "{other}");
        }
    }
}
