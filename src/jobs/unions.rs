//! Rounds that go through unions: one that fails keeps none of the others from their turn, and the log says which it was.

use std::fmt::{self, Display};

use crate::{domain::tenant::TenantSlug, store::StoreError};

/// Why a round failed: its first fault.
#[derive(Debug, thiserror::Error)]
pub struct RoundFault<F> {
    /// Where it was; `None` before the first union.
    union: Option<TenantSlug>,
    fault: F,
    /// How many unions failed besides.
    others: usize,
}

impl<F: Display> Display for RoundFault<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.union {
            None => write!(f, "{}", self.fault),
            Some(union) => write!(f, "{} (tenant {union}; others that failed: {})", self.fault, self.others),
        }
    }
}

impl<F: From<StoreError>> From<StoreError> for RoundFault<F> {
    fn from(fault: StoreError) -> Self {
        Self { union: None, fault: fault.into(), others: 0 }
    }
}

/// What a round comes to, union by union.
#[derive(Debug)]
pub(super) struct EachUnion<F>(Result<(), RoundFault<F>>);

impl<F> EachUnion<F> {
    /// Before the first.
    pub(super) fn new() -> Self {
        Self(Ok(()))
    }

    /// What it came to in one of them.
    pub(super) fn had(&mut self, union: &TenantSlug, outcome: Result<(), F>) {
        match (outcome, &mut self.0) {
            (Ok(()), _) => {}
            (Err(fault), Ok(())) => self.0 = Err(RoundFault { union: Some(union.clone()), fault, others: 0 }),
            (Err(_), Err(first)) => first.others += 1,
        }
    }

    /// After the last: well only where it was in each.
    pub(super) fn whole(self) -> Result<(), RoundFault<F>> {
        self.0
    }
}
