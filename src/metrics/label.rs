//! Label: what tells the series of one metric apart. A word of a list that is written in this program, or the id of a
//! union's file; there is no way to make one of a text that a request brought along.

use prometheus_client::encoding::{EncodeLabelValue, LabelValueEncoder};

use crate::domain::{
    outcome::{RefusalCause, SignInOutcome, word_list},
    tenant::TenantSlug,
};

/// A word of a fixed list, which stands at its place there.
pub trait Label: Copy + std::fmt::Debug + 'static {
    /// The name of the label.
    const NAME: &'static str;
    /// Every word.
    const EVERY: &'static [Self];

    /// Its place in [`Self::EVERY`].
    fn place(self) -> usize;

    /// What stands behind the label's `=`, without its quotation marks.
    fn word(self) -> &'static str;
}

macro_rules! labels {
    ($($name:ident is $label:literal,)+) => {
        $(impl Label for $name {
            const NAME: &'static str = $label;
            const EVERY: &'static [Self] = Self::ALL;

            fn place(self) -> usize {
                self.place()
            }

            fn word(self) -> &'static str {
                self.word()
            }
        })+
    };
}

labels! {
    SignInOutcome is "outcome",
    RefusalCause is "cause",
    StatusClass is "class",
    LetterFate is "outcome",
    LogoutFate is "outcome",
    Job is "job",
}

word_list! {
    /// The class of a status code (RFC 9110, 15).
    StatusClass {
        /// 1xx and 2xx.
        Success => "2xx",
        /// 3xx.
        Redirection => "3xx",
        /// 4xx.
        ClientError => "4xx",
        /// 5xx.
        ServerError => "5xx",
    }
}

impl StatusClass {
    /// The class of a code.
    pub fn of(status: u16) -> Self {
        match status {
            0..300 => Self::Success,
            300..400 => Self::Redirection,
            400..500 => Self::ClientError,
            500.. => Self::ServerError,
        }
    }
}

word_list! {
    /// What became of a letter.
    LetterFate {
        /// The mail server took it.
        Sent => "sent",
        /// It is tried again later.
        PutBack => "put-back",
        /// It was refused for good, or cannot be written.
        GivenUp => "given-up",
        /// It ran out before it could be sent.
        Expired => "expired",
    }
}

word_list! {
    /// What became of telling a service that a session has ended.
    LogoutFate {
        /// The service was told.
        Told => "told",
        /// It is tried again later.
        PutBack => "put-back",
        /// It could not be told in time.
        GivenUp => "given-up",
        /// It cannot be told anywhere.
        Nowhere => "nowhere",
    }
}

word_list! {
    /// A job that runs beside the requests.
    Job {
        /// Ends and removes what ran out.
        Sweep => "sweep",
        /// Writes search keys of members who have none.
        KeyMembers => "key-members",
        /// Makes the first keys by which unions sign for their services.
        MakeSsoKeys => "make-sso-keys",
        /// Reads the unions' files again where they changed.
        ReadUnions => "read-unions",
        /// Follows the key ring's file and the database.
        FollowKeys => "follow-keys",
        /// Seals the trail.
        Seal => "seal",
        /// Compares the clocks.
        WatchClock => "watch-clock",
        /// Follows which unions close.
        FollowClosings => "follow-closings",
        /// What is in flight for unions and members whose last day is over, ended.
        EndOver => "end-over",
        /// Members who left long ago, erased.
        EraseEnded => "erase-ended",
        /// Gives letters up that ran out.
        ClearOutbox => "clear-outbox",
        /// Sends letters.
        Post => "post",
        /// Tells services that sessions have ended.
        TellServices => "tell-services",
    }
}

/// A union's file that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The name of the file, without its ending.
    pub union: String,
    /// The code of what is wrong with it, such as `T041`.
    pub code: &'static str,
}

/// What stands behind a label's `=`.
#[derive(Debug, Clone, Copy)]
pub(super) enum LabelValue<'v> {
    /// A word of this program.
    Word(&'static str),
    /// The id of a union that is served, or was.
    Union(&'v TenantSlug),
    /// The file of a union that is left out.
    File(&'v LeftOut),
}

impl EncodeLabelValue for LabelValue<'_> {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        match self {
            Self::Word(word) => word.encode(encoder),
            Self::Union(slug) => slug.as_str().encode(encoder),
            Self::File(left_out) => left_out.union.as_str().encode(encoder),
        }
    }
}
