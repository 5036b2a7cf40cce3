//! Passkeys (「生体認証」): making one, showing one, naming one.
//!
//! The ceremonies themselves are the script's (`templates/assets/passkey.js`): it fetches the options from
//! the page's `options`, lets the browser ask, puts the answer into the field `credential` and sends the form.

use askama::Template;

use super::Frame;
use crate::domain::{passkey::PasskeyFlaw, refusal::Refusal, route::Route};

/// `/signin/setup/passkey` and `/account/methods/passkey` (W-01, W-12, W-13). Posts to the page's own path. Fields:
/// `credential` (hidden, filled by the script), `sign_out_everywhere` (value `on`).
#[derive(Template)]
#[template(path = "passkey/set_up.html")]
pub struct SetUpPasskeyPage<'a> {
    /// The frame, with progress in first login.
    pub frame: Frame<'a>,
    /// Where the form posts: the page's own route.
    pub action: Route,
    /// Where its script asks for the question to the browser.
    pub options: Route,
    /// Whether 「全てのデバイスからサインアウトする」 is ticked.
    pub sign_out_everywhere: bool,
    /// Whether 「ほかの認証方法を選ぶ」 is offered (D2): a link to `/signin/method?change=1`.
    pub other_methods: bool,
    /// Path of 「戻る」, from the settings.
    pub back: Option<Route>,
    /// Messages above: what brought the member here.
    pub notes: Vec<String>,
    /// Why it did not work (W-12): the page 「セキュリティーキー・エラー」 and its relatives.
    pub failed: Option<PasskeyFlaw>,
    /// Whether a passkey that was made just now was refused: `failed` says why.
    pub refused: bool,
}

impl SetUpPasskeyPage<'_> {
    fn title(&self) -> String {
        self.failed
            .map_or_else(|| self.frame.words.msg("passkey-set-up-title"), |flaw| title(&self.frame, flaw))
    }

    /// The manual's sentence, where making a passkey was begun and came to nothing.
    fn quoted(&self) -> Option<String> {
        let begun = matches!(
            self.failed,
            Some(PasskeyFlaw::Cancelled | PasskeyFlaw::TooLate | PasskeyFlaw::NotAccepted)
        );
        begun.then(|| self.frame.words.msg("passkey-error-set-up"))
    }

    fn failure(&self) -> Option<String> {
        self.failed.map(|flaw| sentence(&self.frame, flaw))
    }

    /// Whether the browser is to be told that the portal does not know what it made. Not for an answer that came too
    /// late: it may be the second time of one that was taken.
    fn is_unknown(&self) -> bool {
        self.refused && matches!(self.failed, Some(PasskeyFlaw::NotAccepted | PasskeyFlaw::TooMany))
    }

    fn is_good(&self) -> bool {
        self.failed == Some(PasskeyFlaw::AlreadyHere)
    }

    /// How the banner looks: a sheet that was closed is nothing wrong.
    fn look(&self) -> &'static str {
        look(self.failed)
    }

    fn is_unsupported(&self) -> bool {
        self.failed == Some(PasskeyFlaw::Unsupported)
    }

    /// Whether the page may stand inside another app, whose browser has passkeys by name and refuses every sheet.
    fn may_be_inside_app(&self) -> bool {
        matches!(self.failed, Some(PasskeyFlaw::Cancelled | PasskeyFlaw::NotAccepted))
    }

    /// Whether the form stands aside, because the page's way on is another one.
    fn is_aside(&self) -> bool {
        self.is_good() || self.is_unsupported()
    }

    /// Whether there is anything to try (again).
    fn may_try(&self) -> bool {
        self.failed != Some(PasskeyFlaw::TooMany)
    }

    fn button(&self) -> String {
        self.frame.words.msg(match self.failed {
            None => "passkey-next",
            Some(PasskeyFlaw::AlreadyHere) => "passkey-another",
            Some(_) => "passkey-retry",
        })
    }
}

/// `/signin/passkey` (W-06, W-10). Posts to the page's own path. Field: `credential` (hidden, filled by the script).
#[derive(Template)]
#[template(path = "passkey/prove.html")]
pub struct ProvePasskeyPage<'a> {
    /// The frame around the page.
    pub frame: Frame<'a>,
    /// Where the form posts: the page's own route.
    pub action: Route,
    /// Where its script asks for the question to the browser.
    pub options: Route,
    /// The member's passkeys, a line each.
    pub passkeys: Vec<PasskeyLine>,
    /// Path of another way to confirm oneself (D10): 「ほかの方法で確認する」.
    pub other_way: Option<Route>,
    /// Path of 「戻る」, for a member who is signed in and was on the way to the settings.
    pub back: Option<Route>,
    /// Why it did not work.
    pub failed: Option<PasskeyFlaw>,
}

impl ProvePasskeyPage<'_> {
    fn title(&self) -> String {
        match self.failed {
            None | Some(PasskeyFlaw::Cancelled) => self.frame.words.msg("passkey-prove-title"),
            Some(flaw) => title(&self.frame, flaw),
        }
    }

    fn failure(&self) -> Option<String> {
        self.failed.map(|flaw| match flaw {
            PasskeyFlaw::Cancelled => {
                let way = if self.other_way.is_some() { "factor-other-way" } else { "factor-lost" };
                self.frame.msg1("passkey-prove-closed", "way", self.frame.msg(way))
            }
            _ => sentence(&self.frame, flaw),
        })
    }

    fn is_unsupported(&self) -> bool {
        self.failed == Some(PasskeyFlaw::Unsupported)
    }

    fn is_unknown(&self) -> bool {
        self.failed == Some(PasskeyFlaw::Unknown)
    }

    /// Whether the page may stand inside another app, whose browser has passkeys by name and refuses every sheet.
    fn may_be_inside_app(&self) -> bool {
        matches!(self.failed, Some(PasskeyFlaw::Cancelled | PasskeyFlaw::NotAccepted))
    }

    /// How the banner looks: a sheet that was closed is nothing wrong.
    fn look(&self) -> &'static str {
        look(self.failed)
    }

    /// Whether there is anything to try (again): a key with a copy somewhere is refused each time.
    fn may_try(&self) -> bool {
        self.failed != Some(PasskeyFlaw::Copied)
    }

    fn button(&self) -> String {
        self.frame.words.msg(if self.failed.is_some() { "passkey-retry" } else { "passkey-next" })
    }
}

/// A passkey in a list.
#[derive(Debug, Clone)]
pub struct PasskeyLine {
    /// The name the member gave it.
    pub name: String,
    /// 「作成日」 in words, like `2026年11月21日 10:00`.
    pub created: String,
    /// Whether it is kept in an account and so on the member's other devices too.
    pub synced: bool,
}

/// The class of the banner that tells what happened, beside `banner`.
fn look(failed: Option<PasskeyFlaw>) -> &'static str {
    match failed {
        Some(PasskeyFlaw::AlreadyHere) => " good",
        None | Some(PasskeyFlaw::Cancelled) => "",
        Some(_) => " bad",
    }
}

/// What the page of a failed ceremony is called.
fn title(frame: &Frame<'_>, flaw: PasskeyFlaw) -> String {
    frame.words.msg(match flaw {
        PasskeyFlaw::Cancelled | PasskeyFlaw::TooLate | PasskeyFlaw::NotAccepted | PasskeyFlaw::Copied => {
            "passkey-error-title"
        }
        PasskeyFlaw::AlreadyHere => "passkey-already-here-title",
        PasskeyFlaw::Unsupported => "passkey-unsupported-title",
        PasskeyFlaw::Unreachable => "passkey-unreachable-title",
        PasskeyFlaw::Busy => "passkey-busy-title",
        PasskeyFlaw::Unknown => "passkey-unknown-title",
        PasskeyFlaw::TooMany => "passkey-too-many-title",
    })
}

/// What happened and what to do.
pub(super) fn sentence(frame: &Frame<'_>, flaw: PasskeyFlaw) -> String {
    frame.words.refusal(&Refusal::Passkey(flaw))
}
