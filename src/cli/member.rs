//! `member …`: the roster and the union's desk, until staff have a console.
//!
//! Plain functions with plain writers: data to `out`, words to `err`. The answer is the exit code.

use std::{
    io::{self, Write},
    path::Path,
};

use super::{
    fault::{database, machine::cause},
    tell, voice,
};
use crate::{
    domain::{first_credential, saying::said, tenant::Language},
    portal::{
        desk::{self, Address, Desk, Reverted},
        roster::{ImportError, ImportRefusal, Notices, NoticesPathTaken},
    },
    wording::Wording,
};

mod card;
mod import;

pub use card::{moment, number as card_number};
pub use import::{ImportOptions, ask_on_terminal, import};

/// The exit code when all went well.
pub const FINE: u8 = 0;
/// The exit code when something was refused.
pub const PROBLEMS: u8 = 1;
/// It could not run.
pub const COULD_NOT_RUN: u8 = 2;

/// What is asked of the desk.
#[derive(Debug, Clone, Copy)]
pub struct DeskOptions<'a> {
    /// User ID or 記号-番号[-枝番].
    pub member: &'a str,
    /// In which language to answer.
    pub language: Language,
}

/// `member show MEMBER`
pub async fn show(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    match desk.show(options.member).await {
        Ok(card) => {
            let wording = Wording::new();
            let words = wording.words(desk.tenant, options.language);
            write!(out, "{}", card::text(&card, &words))?;
            Ok(FINE)
        }
        Err(stop) => told(desk, &stop, options, err),
    }
}

/// `member unlock MEMBER`
pub async fn unlock(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let language = options.language;
    match desk.unlock(options.member).await {
        Ok(member) => {
            let done = tell(language, &said!("member-unlocked"));
            writeln!(out, "{}  {done}", card::number(&member.number))?;
            if member.membership.locked_at().is_some() {
                let still = tell(language, &said!("member-still-locked"));
                writeln!(err, "{still}")?;
            }
            Ok(FINE)
        }
        Err(stop) => told(desk, &stop, options, err),
    }
}

/// What `member revert` is asked besides.
#[derive(Debug, Clone, Copy, Default)]
pub struct RevertOptions<'a> {
    /// Where the new password is written.
    pub notices: Option<&'a Path>,
    /// Whether the mail address stays.
    pub keep_address: bool,
}

/// `member revert MEMBER --notices FILE [--keep-address]`
pub async fn revert(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    revert: RevertOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let language = options.language;
    let address = if revert.keep_address { Address::Kept } else { Address::Dropped };
    match desk.revert(options.member, revert.notices, address).await {
        Ok(reverted) => {
            let done = tell(language, &said!("member-reverted"));
            writeln!(out, "{}  {done}", card::number(&reverted.member.number))?;
            for sentence in address_sentences(&reverted, language) {
                writeln!(out, "{sentence}")?;
            }
            if let Some(sentence) = notices_sentence(&reverted.notices, language) {
                writeln!(out, "{sentence}")?;
            }
            Ok(FINE)
        }
        Err(stop) => told(desk, &stop, options, err),
    }
}

/// `member desk-code MEMBER`: the code to `out`, once; until when it works to `err`.
pub async fn desk_code(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    use secrecy::ExposeSecret as _;
    let language = options.language;
    match desk.desk_code(options.member).await {
        Ok(issued) => {
            writeln!(out, "{}", first_credential::grouped(issued.code.expose_secret()))?;
            let (number, until) = (card::number(&issued.member.number), card::moment(issued.expires_at));
            let told = tell(language, &said!("member-desk-code", number, until));
            writeln!(err, "{told}")?;
            if issued.member.membership.locked_at().is_some() {
                let still = tell(language, &said!("member-still-locked"));
                writeln!(err, "{still}")?;
            }
            Ok(FINE)
        }
        Err(stop) => told(desk, &stop, options, err),
    }
}

/// Says why a deed of the desk stopped.
fn told(
    desk: &Desk<'_>,
    stop: &desk::DeskStop,
    options: DeskOptions<'_>,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let (language, tenant) = (options.language, &desk.tenant.slug);
    let (sentence, code) = match stop {
        desk::DeskStop::Refused(desk::DeskRefusal::NoSuchMember) => {
            let sentence = tell(language, &said!("member-none"));
            (sentence, PROBLEMS)
        }
        desk::DeskStop::Refused(desk::DeskRefusal::Ambiguous) => {
            let sentence = tell(language, &said!("member-ambiguous"));
            (sentence, PROBLEMS)
        }
        desk::DeskStop::Refused(desk::DeskRefusal::NoDeskCodes) => {
            let sentence = tell(language, &said!("member-no-desk-codes", tenant = tenant.as_str()));
            (sentence, COULD_NOT_RUN)
        }
        desk::DeskStop::Refused(desk::DeskRefusal::NoticesNeeded) => {
            let sentence = tell(
                language,
                &said!("member-revert-notices-needed", tenant = tenant.as_str(), member = options.member),
            );
            (sentence, COULD_NOT_RUN)
        }
        desk::DeskStop::Refused(desk::DeskRefusal::Notices(refusal)) => {
            (refusal_sentence(refusal, language), COULD_NOT_RUN)
        }
        desk::DeskStop::Broken(fault) => (fault_sentence(fault, language), COULD_NOT_RUN),
    };
    writeln!(err, "{sentence}")?;
    Ok(code)
}

/// What became of the addresses, in full: who acts on an address sees which it is (D25).
fn address_sentences(reverted: &Reverted, language: Language) -> Vec<String> {
    let member = &reverted.member;
    let mut sentences = Vec::new();
    if let Some(email) = &member.email {
        let email = email.as_str();
        sentences.push(match reverted.address {
            Address::Dropped => tell(language, &said!("member-address-dropped", email)),
            Address::Kept => tell(language, &said!("member-address-kept", email)),
        });
    }
    if let Some(pending) = &member.email_pending {
        let pending = pending.as_str();
        sentences.push(tell(language, &said!("member-pending-dropped", pending)));
    }
    sentences.push(tell(language, &said!("member-no-recovery-mail")));
    sentences
}

/// What became of the notices; nothing to say when none were due.
fn notices_sentence(notices: &Notices, language: Language) -> Option<String> {
    Some(match notices {
        Notices::None => return None,
        Notices::Due(count) => tell(language, &said!("notices-due", count)),
        Notices::Written(count, path) => tell(language, &said!("notices-written", path, count)),
        Notices::Unnamed(count, path) => tell(language, &said!("notices-unnamed", path, count)),
    })
}

/// The sentence of a refusal that is not about single rows.
fn refusal_sentence(refusal: &ImportRefusal, language: Language) -> String {
    match refusal {
        ImportRefusal::File(flaw) => voice(language).file_flaw(flaw),
        ImportRefusal::Rows(bad) => tell(language, &said!("import-rows-bad", count = bad.len())),
        ImportRefusal::Running { since, until } => {
            // Minutes are cut off: the next one is certainly late enough.
            let until = until.checked_add(jiff::SignedDuration::from_mins(1)).unwrap_or(*until);
            let (since, until) = (card::moment(*since), card::moment(until));
            tell(language, &said!("import-running", since, until))
        }
        ImportRefusal::Much { changed, members } => tell(language, &said!("import-much", changed, members)),
        ImportRefusal::Declined => tell(language, &said!("import-declined")),
        ImportRefusal::NoticesNeeded(count) => tell(language, &said!("import-notices-needed", count)),
        ImportRefusal::NoticesTaken(NoticesPathTaken::Exists(path)) => {
            tell(language, &said!("import-notices-exist", path))
        }
        ImportRefusal::NoticesTaken(NoticesPathTaken::Partial(path)) => {
            tell(language, &said!("import-notices-partial", path))
        }
        ImportRefusal::Unprintable { line } => tell(language, &said!("import-unprintable", line)),
    }
}

/// The sentence of something broken.
fn fault_sentence(fault: &ImportError, language: Language) -> String {
    match fault {
        ImportError::Busy => tell(language, &said!("import-busy")),
        ImportError::Unsure { notices } => {
            let kept = notices.as_ref().map(|path| said!("import-notices-kept", path));
            tell(language, &said!("import-unsure", kept))
        }
        ImportError::Notices { path, source } => {
            tell(language, &said!("import-notices-unwritable", path, why = cause(source)))
        }
        ImportError::Store(fault) => tell(language, &said!("import-broken", fault = database::saying(fault))),
        ImportError::NoRandomness(_) | ImportError::Time | ImportError::Vault(_) | ImportError::Letter => {
            tell(language, &said!("import-broken", fault = fault.to_string()))
        }
    }
}
