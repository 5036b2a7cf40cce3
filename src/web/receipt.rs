//! Receipt number: stands on failure pages only, and leads somewhere (D16, D35).
//!
//! # Decision
//! Only [`ReceiptNumber::tell`] yields the text, and it marks the number as told. The gate writes the line of a request
//! whose number was told to a target of its own, which no log level leaves out.
//! # Because
//! A page could print a number that nothing else knows, and an operator with `log = "warn"` would look for it in vain.
//! # Instead of
//! A text in the frame, printed on every page.
//!
//! A failure page is a problem's page, or a form that comes back with something wrong: whoever sees it may call the
//! union. Whether a number is shown depends on the page alone, never on what the trail got: that would tell known user
//! IDs from unknown ones (D30).

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use crate::domain::receipt::Receipt;

/// Lines of this target are written whatever the log level is.
pub const TARGET: &str = "receipt";

/// The number of one request, and whether a page has told it.
#[derive(Debug, Clone)]
pub struct ReceiptNumber {
    receipt: Receipt,
    told: Arc<AtomicBool>,
}

impl ReceiptNumber {
    /// A number that no page has told yet.
    pub fn new(receipt: Receipt) -> Self {
        Self { receipt, told: Arc::default() }
    }

    /// The text for a page; from now on it counts as told.
    pub fn tell(&self) -> &str {
        self.told.store(true, Ordering::Relaxed);
        self.receipt.as_str()
    }

    /// Whether a page has told it.
    pub fn was_told(&self) -> bool {
        self.told.load(Ordering::Relaxed)
    }

    /// The number, for log and trail.
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }
}
