//! Closing: the end of a whole union here ([D34]). A union has a last day, as a member has; after it nobody of the union
//! comes in, and a page says whom to call. Then its data can be exported and erased.
//!
//! # Decision
//! A closing is kept in the database. Each member's [`Membership`] carries the union's last day, so that every door asks
//! about it with the member ([`Membership::bar`]).
//! # Because
//! All nodes see it at once, without reading files again, and it works when the union's file is gone. No door asks the
//! database anything more than before.
//! # Instead of
//! `status = "closed"` in the union's file alone: a file that is put back by mistake would open the union again.
//!
//! [D34]: crate::rules::decisions#d34
//! [`Membership`]: super::member::Membership
//! [`Membership::bar`]: super::member::Membership::bar

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::member::LastDay;

/// What visitors of a closed union are shown where its file is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactAfterClosing {
    /// The union's full name.
    pub name: String,
    /// The same in English, if the union has one; absent where an older program closed it, like the English hours.
    #[serde(default)]
    pub name_en: Option<String>,
    /// The department to ask for, if the union names one.
    pub department: Option<String>,
    /// Phone number as printed.
    pub phone: String,
    /// Opening hours as printed.
    pub hours: String,
    /// The same in English.
    #[serde(default)]
    pub hours_en: Option<String>,
    /// The union's hosts, without port.
    pub hosts: Vec<String>,
}

/// The last day of a union here, and how far its end has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The last day, included, in Japan.
    pub last_day: LastDay,
    /// When somebody asked for it.
    pub asked_at: Timestamp,
    /// What visitors are shown afterwards.
    pub contact: ContactAfterClosing,
    /// When everything in flight was found to have ended.
    pub closed_at: Option<Timestamp>,
    /// When the union's data was last exported whole, after it had closed.
    pub exported_at: Option<Timestamp>,
    /// Since when its data is being erased.
    pub erasing_since: Option<Timestamp>,
    /// The last seal of the trail that the erasure removes.
    pub erase_through: Option<u32>,
    /// When the erasure ended.
    pub erased_at: Option<Timestamp>,
}

impl Closing {
    /// Whether the union's last day is over at `now`. What has ended stays so, should the clock be set back (R25).
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.closed_at.is_some() || self.last_day.is_over(now)
    }

    /// The first day on which the union is closed, for showing.
    pub fn since(&self) -> Date {
        let last = self.last_day.date();
        last.tomorrow().unwrap_or(last)
    }

    /// Whether data of the union may be half erased.
    pub fn is_being_erased(&self) -> bool {
        self.erasing_since.is_some() && self.erased_at.is_none()
    }
}
