//! Doing: who acts, why, and what let it pass — what every row of the trail says besides its event ([D35]). No event is
//! noted without one.
//!
//! [D35]: crate::rules::decisions#d35

use unicode_normalization::UnicodeNormalization as _;

use crate::domain::{
    member::MemberId,
    network::Network,
    proof::{Credential, MailProof, Proofs},
    receipt::Receipt,
    typed,
};

/// The one who brings an event about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A browser that has proven to be nobody. Its network is all that is known.
    Stranger,
    /// The member the event is about.
    Member(MemberId),
    /// One of the union's staff, by the name they sign in with.
    Staff(String),
    /// Whoever runs the portal for the unions, by the account of the operating system.
    Agency(String),
    /// The union's desk at the command line, by the account of the operating system.
    Desk(String),
    /// The program itself.
    System,
}

impl Actor {
    /// Every word of [`Actor::kind`].
    pub const KINDS: [&'static str; 6] = ["stranger", "member", "staff", "agency", "desk", "system"];

    /// The kind's stable word in the trail.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Stranger => "stranger",
            Self::Member(_) => "member",
            Self::Staff(_) => "staff",
            Self::Agency(_) => "agency",
            Self::Desk(_) => "desk",
            Self::System => "system",
        }
    }

    /// The actor of a command, by the words of the trail; `None` for the others.
    pub fn of_command(kind: &str, name: String) -> Option<Self> {
        match kind {
            "staff" => Some(Self::Staff(name)),
            "agency" => Some(Self::Agency(name)),
            "desk" => Some(Self::Desk(name)),
            _ => None,
        }
    }

    /// Which one: a member's id, or a name.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Stranger | Self::System => None,
            Self::Member(id) => Some(id.to_string()),
            Self::Staff(name) | Self::Agency(name) | Self::Desk(name) => Some(name.clone()),
        }
    }
}

/// Which proof let a deed pass: the strongest that was shown before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// None: a try, an ask.
    Nothing,
    /// The password that the union issued.
    FirstPassword,
    /// The member's own password.
    OwnPassword,
    /// The code in a mail, typed where it was asked for.
    MailCode,
    /// The link in a mail.
    MailLink,
    /// A mailed link or code, and the code the desk gave out.
    DeskCode,
    /// The password, or a mailed link or code, and a factor.
    Factor,
    /// A passkey by itself.
    Passkey,
    /// The cookie of a session.
    Session,
    /// The same, and the member has shown a moment ago who they are.
    FreshSession,
    /// An account of the machine that may read the keys and write the database.
    Command,
    /// Nobody asked: the program did it by itself.
    Program,
}

impl Gate {
    /// The gate's stable word in the trail.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::FirstPassword => "first-password",
            Self::OwnPassword => "own-password",
            Self::MailCode => "mail-code",
            Self::MailLink => "mail-link",
            Self::DeskCode => "desk-code",
            Self::Factor => "factor",
            Self::Passkey => "passkey",
            Self::Session => "session",
            Self::FreshSession => "fresh-session",
            Self::Command => "command",
            Self::Program => "program",
        }
    }

    /// The gate of a password.
    pub fn of_password(credential: Credential) -> Self {
        match credential {
            Credential::First => Self::FirstPassword,
            Credential::Own => Self::OwnPassword,
        }
    }

    /// The gate of a mailed link or code.
    pub fn of_mail(mail: MailProof) -> Self {
        match mail {
            MailProof::Link => Self::MailLink,
            MailProof::Code => Self::MailCode,
        }
    }

    /// The gate of what an attempt has shown.
    pub fn of_proofs(proofs: &Proofs) -> Self {
        match (proofs.credential, proofs.factor, proofs.recovery) {
            (None, Some(_), None) => Self::Passkey,
            (_, Some(_), _) => Self::Factor,
            (_, None, Some(recovery)) if recovery.desk_code => Self::DeskCode,
            (_, None, Some(recovery)) => Self::of_mail(recovery.mail),
            (Some((credential, _)), None, None) => Self::of_password(credential),
            (None, None, None) => Self::Nothing,
        }
    }
}

/// Why somebody did it, in their own words: one line of at most [`Reason::LONGEST`] characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// The most characters of a reason.
    pub const LONGEST: usize = 200;

    /// A reason as it was typed. `None` where nothing can be seen in it, it is too long, or it holds a control character, the
    /// end of a line or a mark that turns the direction of what is shown around it.
    pub fn parse(typed: &str) -> Option<Self> {
        let text: String = typed.trim().nfc().collect();
        let fits = !typed::is_blank(&text)
            && text.chars().count() <= Self::LONGEST
            && !text
                .chars()
                .any(|c| c.is_control() || typed::turns_text(c) || matches!(c, '\u{2028}' | '\u{2029}'));
        fits.then_some(Self(text))
    }

    /// The reason.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who acts, why, through which gate, and in which request. Made once for each request or command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doing {
    /// The one who brings it about.
    pub actor: Actor,
    /// What let it pass.
    pub gate: Gate,
    /// What it is done for: the route of a request, the words of a command, the name of a job.
    pub purpose: String,
    /// Why, where a person was asked.
    pub reason: Option<Reason>,
    /// The network of the browser.
    pub net: Option<Network>,
    /// The number of the request.
    pub receipt: Option<Receipt>,
}

impl Doing {
    /// What the program does by itself.
    pub fn by_program(purpose: &str) -> Self {
        Self {
            actor: Actor::System,
            gate: Gate::Program,
            purpose: purpose.to_owned(),
            reason: None,
            net: None,
            receipt: None,
        }
    }

    /// What somebody does at the command line.
    pub fn by_command(actor: Actor, purpose: &str, reason: Option<Reason>) -> Self {
        Self { actor, gate: Gate::Command, reason, ..Self::by_program(purpose) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line() {
        assert_eq!(Reason::parse("  電話で本人確認 \n").unwrap().as_str(), "電話で本人確認");
        assert!(Reason::parse(&"あ".repeat(200)).is_some());
        for bad in
            ["", "  ", "a\nb", "a\u{1b}[31m", "\u{200b}", "\u{3164}", "\u{2800}", "\u{ad}\u{3000}\u{feff}"]
        {
            assert!(Reason::parse(bad).is_none(), "{bad:?}");
        }
        let marks = ['\u{61c}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}'];
        for mark in marks.into_iter().chain('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}') {
            assert!(Reason::parse(&format!("電話{mark}で本人確認")).is_none(), "{mark:?}");
        }
        assert!(Reason::parse("電話で\u{200b}").is_some());
        assert!(Reason::parse(&"あ".repeat(201)).is_none());
    }
}
