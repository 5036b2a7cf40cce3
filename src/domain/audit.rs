//! Audit: what happened, for the union and the operator, never holding personal data. What members are told of it is
//! [`super::activity`].

pub mod chain;
pub mod doing;
mod record;
mod sso;

pub use sso::SsoEvent;

use super::{
    lockout::Bucket,
    member::{Bar, DeviceId, MemberId, SessionId},
    one_time,
    passkey::CeremonyPurpose,
    proof::MailProof,
    restore::InFlightCounts,
    tenant::Method,
};

/// One thing that happened, written in the transaction that made it true.
#[must_use = "an event that is not written did not happen"]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The password was right (first or own).
    PasswordAccepted {
        /// Which password it was: `first` (issued by the union) or `own` (chosen by the member).
        credential: &'static str,
    },
    /// The password was wrong.
    PasswordDiffered,
    /// Nobody has that user ID. `typed` is a keyed digest, to see one ID tried many times.
    NoSuchLogin {
        /// Keyed digest of the typed user ID, in hexadecimal.
        typed: String,
    },
    /// The credential was right in shape but dead: expired, factorless too long, or none.
    CredentialDead,
    /// A try during a pause.
    PasswordPaused,
    /// A try after the hard limit.
    PasswordOff,
    /// A try of somebody whom the desk keeps out.
    MemberLocked,
    /// A try of somebody whose membership has ended.
    MembershipOver,
    /// The birth date was right.
    BirthDateAccepted,
    /// The birth date was wrong.
    BirthDateDiffered,
    /// A try after the step was closed.
    BirthDateClosed,
    /// The terms were accepted.
    TermsAccepted {
        /// The version of the terms that was accepted.
        version: String,
    },
    /// The terms were declined.
    TermsDeclined,
    /// The user ID was kept as it is.
    LoginKept,
    /// The user ID was changed.
    LoginChanged,
    /// A user ID was asked for that is not free.
    LoginTaken,
    /// The method was chosen.
    MethodChosen {
        /// The method chosen.
        method: Method,
    },
    /// A password of the member's own was set.
    PasswordSet,
    /// It was changed by the member, signed in.
    PasswordChanged,
    /// The address was kept as it is.
    EmailKept,
    /// A new address waits for its confirmation.
    EmailPending,
    /// An address was asked for that another member has.
    EmailTaken,
    /// A code or link was mailed.
    CodeMailed {
        /// What the code or link is for.
        purpose: one_time::OneTimePurpose,
    },
    /// Too many codes were asked for; none was mailed.
    CodeNotMailed {
        /// What the code or link is for.
        purpose: one_time::OneTimePurpose,
    },
    /// A wrong or dead code, typed from a mail.
    MailedCodeDiffered {
        /// What the code or link is for.
        purpose: one_time::OneTimePurpose,
    },
    /// The address was confirmed by whoever reads its mail.
    EmailConfirmed {
        /// How it was confirmed: `link` or `code` of the letter.
        by: &'static str,
    },
    /// A factor was set up and works.
    FactorAdded {
        /// The factor's kind.
        method: Method,
        /// The authenticator app or passkey; `None` for mailed codes.
        device: Option<DeviceId>,
    },
    /// A factor was proven.
    FactorProven {
        /// The factor's kind.
        method: Method,
        /// The authenticator app or passkey; `None` for mailed codes.
        device: Option<DeviceId>,
    },
    /// A wrong or used code.
    CodeDiffered {
        /// The factor's kind.
        method: Method,
    },
    /// A code for a factor that is switched off.
    FactorOff {
        /// The factor's kind.
        method: Method,
    },
    /// Wrong codes have switched a factor off.
    FactorSwitchedOff {
        /// The factor's kind.
        method: Method,
        /// In which browsers.
        bucket: Bucket,
    },
    /// Wrong codes behind the right password: somebody else knows it.
    PasswordExposed,
    /// The member had the browser forgotten in which they were signed in, as one that signed them in.
    BrowserForgotten,
    /// The same, of every browser.
    BrowsersForgotten,
    /// A passkey was not made or not accepted.
    PasskeyRefused {
        /// What the ceremony was for: making, proving or signing in alone.
        purpose: CeremonyPurpose,
        /// Which check said no; one of the words of `portal::passkey`.
        why: &'static str,
        /// Which passkey, where it is one of ours.
        device: Option<DeviceId>,
    },
    /// An authenticator app or a passkey got its name.
    FactorNamed {
        /// The factor's kind.
        method: Method,
        /// The authenticator app or passkey.
        device: DeviceId,
    },
    /// Too many wrong answers ended the attempt.
    AttemptOver,
    /// A session was opened.
    SessionOpened {
        /// The session's id.
        session: SessionId,
        /// The factor that was proven.
        method: Method,
        /// Coarse device of the browser; may be empty.
        device: String,
    },
    /// The member showed again who they are.
    SessionFresh {
        /// The session's id.
        session: SessionId,
    },
    /// The member logged out there.
    SessionEnded {
        /// The session's id.
        session: SessionId,
    },
    /// Somebody signed in anew in its browser, and it ended.
    SessionReplaced {
        /// The session's id.
        session: SessionId,
    },
    /// The member ended it from another device, in the list of those that are signed in.
    DeviceLoggedOut {
        /// The session's id.
        session: SessionId,
    },
    /// Other sessions and attempts of the member were ended.
    SignedOutEverywhere,
    /// A forgotten password was told to us (D4). Asking changes nothing.
    RecoveryAsked {
        /// What came of it: `mailed`, `no-such-login`, `no-address`, `locked`, `ended`, `reverted`, `link-lives` or
        /// `too-many`.
        answer: &'static str,
        /// Keyed digest of a user ID that is nobody's, hex.
        typed: Option<String>,
    },
    /// The mailed link or code was right, and a recovery began.
    RecoveryBegun {
        /// Whether the link or the code was used.
        mail: MailProof,
    },
    /// A wrong code of a forgotten password.
    RecoveryCodeDiffered,
    /// A code of a forgotten password after too many wrong ones; not verified.
    RecoveryCodeDead,
    /// A code of a forgotten password while such codes are off after too many wrong ones; not verified. The link works.
    RecoveryCodeOff,
    /// The member said whether the registered factor can be shown.
    RecoveryWay {
        /// Whether the member said that it is lost.
        lost: bool,
    },
    /// The wait before a lost factor may be replaced began.
    LostFactorWaitBegun,
    /// That wait was called off.
    LostFactorWaitEnded {
        /// How: `link` of the letter, or `factor` that was shown after all.
        by: &'static str,
    },
    /// The desk gave out a code for replacing a lost factor.
    DeskCodeIssued,
    /// That code was right.
    DeskCodeAccepted,
    /// A wrong code of the desk.
    DeskCodeDiffered,
    /// A code of the desk when there is none, or after too many wrong ones; not verified.
    DeskCodeDead,
    /// A factor was taken away.
    FactorRemoved {
        /// The factor's kind.
        method: Method,
        /// The authenticator app or passkey; `None` for mailed codes.
        device: Option<DeviceId>,
    },
    /// A forgotten password was replaced.
    PasswordRecovered {
        /// And a lost factor with it.
        factor_replaced: bool,
    },
    /// A forgotten user ID was told to us (D5).
    UserIdAsked {
        /// What came of it: `mailed`, `nobody` or `too-many`.
        answer: &'static str,
    },
    /// The last roster was taken back.
    RosterImportUndone {
        /// The number of the import among the union's.
        number: i64,
        /// How many of its new members were removed.
        removed: u64,
        /// How many of them have a password, and were ended.
        ended: u64,
        /// How many members have what they had before.
        restored: u64,
    },
    /// A roster, or its undo, changed what the union says of a member.
    RosterChangedMember {
        /// The keys of the columns; `bango` stands for the whole number.
        columns: Vec<&'static str>,
    },
    /// A roster file was imported.
    RosterImported {
        /// How many members were added.
        added: u64,
        /// How many members were changed.
        changed: u64,
        /// How many were missing in a file that is the whole roster, and were ended; none where it does not say so.
        missing: Option<u64>,
        /// How many members of the file were left as they were.
        unchanged: u64,
    },
    /// The desk looked for members.
    MembersSought {
        /// How many were listed.
        found: usize,
    },
    /// The desk looked at a member, on a card or in a list.
    MemberShown,
    /// The trail is written out, with the numbers and user IDs of its members, or of the one it is about.
    TrailExported,
    /// Who accepted the terms was written out, with the members' numbers and user IDs.
    TermsExported,
    /// Old rows of the trail were written into a file and removed: the chain begins behind them from now on.
    TrailArchived {
        /// The number of the last seal that was removed.
        seal: u32,
        /// Its hash, in hexadecimal.
        hash: String,
        /// How many rows were removed with it.
        rows: u64,
        /// SHA-256 of the file, in hexadecimal.
        file: String,
    },
    /// How often strangers brought an event about on a day that is over (D26).
    StrangersSummed {
        /// The day in Japan.
        day: jiff::civil::Date,
        /// The word of the event.
        event: String,
        /// The number of times, rows and summed ones together.
        times: u64,
        /// About how many members, where it is about any.
        members: u64,
    },
    /// A new first credential was issued by the desk.
    CredentialReissued,
    /// An activation was undone by the desk.
    MemberReverted,
    /// Counters were cleared by the desk.
    MemberUnlocked,
    /// The desk took every factor away.
    FactorsReset,
    /// The desk replaced the mail address.
    DeskAddressSet,
    /// The desk signed the member out everywhere.
    DeskSessionsEnded,
    /// The desk, or an import that was taken back, erased a member who never signed in.
    MemberDeleted,
    /// Everything about a member was erased, because the membership ended long ago.
    MemberErased {
        /// After how many days.
        days: u32,
    },
    /// The desk gave the person another number.
    MemberMoved,
    /// The same, and another member, whom a roster had made of that number, is this one from now on.
    MemberMerged {
        /// That member's id.
        from: MemberId,
    },
    /// This member is another one from now on, and is here no more.
    MemberMergedInto {
        /// The id of that one.
        into: MemberId,
    },
    /// The desk keeps the person out from now on.
    DeskLocked,
    /// It lets the person in again.
    DeskLockLifted,
    /// The last day of a membership was written down.
    LastDaySet {
        /// That day, in Japan.
        day: jiff::civil::Date,
    },
    /// It was taken back: the person is a member as before.
    LastDayLifted,
    /// A membership ended, and everything in flight with it.
    MembershipEnded {
        /// Its last day, in Japan.
        day: jiff::civil::Date,
    },
    /// The last day of the whole union was written down.
    UnionClosing {
        /// That day, in Japan.
        day: jiff::civil::Date,
    },
    /// It was taken back.
    UnionClosingLifted {
        /// The day that was to be, or was, the last one.
        day: jiff::civil::Date,
    },
    /// The union's last day was over, and everything in flight has ended.
    UnionClosed {
        /// Its last day, in Japan.
        day: jiff::civil::Date,
    },
    /// The union's data is written out whole: members, what they hold and agreed to, the trail.
    UnionExported,
    /// The erasure of the union's data began.
    UnionErasing,
    /// A part of the trail was erased: the chain begins behind it from now on.
    TrailErased {
        /// The number of the last seal that was removed.
        seal: u32,
        /// Its hash, in hexadecimal.
        hash: String,
        /// How many rows were removed with it.
        rows: u64,
    },
    /// The union's data is erased.
    UnionErased,
    /// The database was put back from a backup, and everything that was in flight in it ended (M11).
    StoreRestored {
        /// When the backup was made, where the database tells.
        backup: Option<jiff::Timestamp>,
        /// How much of each kind ended at this union.
        ended: InFlightCounts,
    },
    /// The database was moved to another place while nothing ran on it: what was in flight goes on.
    StoreMoved,
    /// The operator says that the machine's clock is right, whatever the database knew: what is over ends again.
    ClockConfirmed {
        /// The newest moment that the database knew, where it spoke against the clock.
        known: Option<jiff::Timestamp>,
    },
    /// What happened between the union, its members and its services.
    Sso(SsoEvent),
    /// A link was made by which the union's draft is looked at; the one before ended.
    PreviewLinkMade {
        /// For how many days.
        days: u32,
    },
    /// It was ended.
    PreviewLinkEnded,
    /// More different user IDs were tried from one network within an hour than members behind one do (B10).
    ManyUserIdsTried {
        /// How many are no alarm yet.
        most: usize,
    },
}

impl Event {
    /// A try of somebody who may not come in.
    pub fn of_bar(bar: Bar) -> Self {
        match bar {
            Bar::Locked => Self::MemberLocked,
            Bar::Ended => Self::MembershipOver,
        }
    }
}
