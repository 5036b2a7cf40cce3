//! Member: a person on a tenant's roster.

use jiff::Timestamp;

mod former;
mod membership;
mod number;

pub use former::{FormerKind, FormerName, OtherPerson, other_person};
pub use membership::{Bar, LastDay, LastDayFlaw, Membership, UnionEnd, japanese_day};
pub use number::{MemberNumber, NumberFlaw, NumberPart};

use super::{
    birth_date::BirthDate,
    epoch::Epoch,
    login_id::LoginId,
    tenant::{Language, Method},
};

pub use super::{
    email::EmailAddress,
    id::{
        AttemptId, DeviceId, EventId, LetterId, MemberId, OneTimeId, SessionId, SsoKeyId, SsoRequestId,
        SsoSecretId,
    },
};

/// A member as kept.
#[derive(Debug, Clone)]
pub struct Member {
    /// The member's id.
    pub id: MemberId,
    /// The member's number on the insurance card: 記号・番号・枝番.
    pub number: MemberNumber,
    /// Name in kanji, as the union writes it.
    pub name: String,
    /// The name in katakana; may be empty.
    pub name_kana: String,
    /// Birth date on the roster.
    pub birth_date: BirthDate,
    /// Wrong birth dates since the last right one.
    pub birth_date_misses: u32,
    /// The user ID that works now.
    pub login: LoginId,
    /// When the member last looked at the user ID in first login.
    pub login_reviewed_at: Option<Timestamp>,
    /// The verified address (the roster's, or one confirmed by code).
    pub email: Option<EmailAddress>,
    /// An address typed at first login and not yet confirmed (D8).
    pub email_pending: Option<EmailAddress>,
    /// When the member last looked at the address in first login.
    pub email_reviewed_at: Option<Timestamp>,
    /// When the verified address was last confirmed by whoever reads its mail; `None`: known from the roster only.
    pub email_confirmed_at: Option<Timestamp>,
    /// Since when mailed codes are a factor of the member, once they were chosen. Whether they are one now, says
    /// [`Member::holds_mail_code`]: a roster may have taken the address away since.
    pub mail_code_at: Option<Timestamp>,
    /// 「認証方法」: the method chosen.
    pub method: Option<Method>,
    /// The language the member chose for pages and letters.
    pub language: Option<Language>,
    /// Whether the person may come in at all (D34).
    pub membership: Membership,
    /// Raised by every change of how the member gets in (D24).
    pub epoch: Epoch,
    /// A first credential of `member revert` was not replaced yet: its printed notice is the only way in, and no mail
    /// opens another (D25).
    pub reverted: bool,
    /// Whether the portal page has still to say that first login is whole.
    pub finish_due: bool,
}

impl Member {
    /// Whether mailed codes are a factor of the member: they were chosen (D10), and there is a confirmed address that
    /// they go to (D8).
    pub fn holds_mail_code(&self) -> bool {
        self.mail_code_at.is_some() && self.email.is_some()
    }
}
