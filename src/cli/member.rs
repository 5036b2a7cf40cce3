//! `member …`: the roster and the union's desk, until staff have a console.
//!
//! Plain functions with plain writers: data to `out`, words to `err`. The answer is the exit code.

use std::{
    cell::RefCell,
    io::{self, Write},
};

use serde_json::{Value, json};

use super::{
    fault::{broken, machine},
    tell,
    tenant::write_table,
    voice, wording,
};
use crate::{
    domain::{
        desk::DeskDeed, first_credential, member::Member, roster::undo::UNDO_DAYS, saying::Saying,
        saying::said, tenant::Language,
    },
    portal::{
        desk::{Address, Desk, DeskDone, DeskRefusal, DeskStop, LISTED, Reverted},
        roster::{ImportError, ImportRefusal, NoticesPathTaken},
    },
};

mod card;
pub(super) mod command;
pub(super) mod import;
pub(super) mod membership;
mod moving;
mod notices;
mod undo;
mod ways_in;

pub use card::{moment, number as card_number, second};
pub use import::{ImportOptions, ask_on_terminal, import};
pub use membership::{end, lock, unlock};
pub use moving::move_number;
pub use notices::NoticesOptions;
pub use undo::{UndoOptions, imports, undo};
pub use ways_in::{delete, reissue, reissue_file, reset_factor, sessions, set_email};

/// The exit code when all went well.
pub const FINE: u8 = 0;
/// The exit code when something was refused.
pub const PROBLEMS: u8 = 1;
/// The exit code when nothing was decided: the command could not run.
pub const COULD_NOT_RUN: u8 = 2;

/// So many rows or people of a kind are written out; all of them with `--json`.
const SHOWN: usize = 20;

/// What is asked of the desk.
#[derive(Debug, Clone, Copy)]
pub struct DeskOptions<'a> {
    /// User ID, 記号-番号[-枝番], id, name, kana or mail address.
    pub member: &'a str,
    /// In which language to answer.
    pub language: Language,
    /// For programs; never varies with the language.
    pub json: bool,
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
            let wording = wording();
            let words = wording.words(desk.tenant, options.language);
            if options.json {
                writeln!(out, "{:#}", card::value(&card))?;
            } else {
                write!(out, "{}", card::text(&card, &words))?;
            }
            Ok(FINE)
        }
        Err(stop) => told(desk, &stop, options, out, err),
    }
}

/// `member find WORD`: data to `out`; problems where nobody is found.
pub async fn find(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let language = options.language;
    let found = match desk.find(options.member).await {
        Ok(found) => found,
        Err(stop) => return told(desk, &stop, options, out, err),
    };
    let members = &found.members;
    if options.json {
        let listed = |member: &Member| {
            let mut value = card::listed(member);
            if let Value::Object(fields) = &mut value {
                fields.insert("former".to_owned(), found.former.contains(&member.id).into());
            }
            value
        };
        let members: Vec<Value> = members.iter().map(listed).collect();
        writeln!(out, "{:#}", json!({ "members": members, "more": found.more }))?;
    } else if !members.is_empty() {
        write_table(&card::table(members, language), out)?;
    }
    for member in members.iter().filter(|member| found.former.contains(&member.id)) {
        let number = card::number(&member.number);
        writeln!(
            err,
            "{}",
            tell(language, &said!("member-find-former", number, word = options.member.trim()))
        )?;
    }
    if found.more {
        writeln!(err, "{}", tell(language, &said!("member-find-more", count = LISTED)))?;
    }
    if members.is_empty() {
        writeln!(err, "{}", tell(language, &said!("member-find-none")))?;
        return Ok(PROBLEMS);
    }
    Ok(FINE)
}

/// What `member revert` is asked besides.
#[derive(Debug, Clone, Copy, Default)]
pub struct RevertOptions<'a> {
    /// Where the new password is written.
    pub notices: NoticesOptions<'a>,
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
    let output = RefCell::new(&mut *out);
    let reverted = desk.revert(options.member, revert.notices.to(&notices::sink(&output)), address).await;
    match reverted {
        Ok(done) => {
            let mut sentences = vec![tell(language, &said!("member-reverted", dry = u8::from(done.dry_run)))];
            sentences.extend(address_sentences(&done, language));
            let until = done.done.expires_at.to_string();
            let more = json!({ "address_kept": done.done.address == Address::Kept, "works_until": until });
            let mut words = Vec::new();
            let told: &mut dyn Write = if revert.notices.is_output() { &mut words } else { out };
            say(DeskDeed::Revert, &done, &sentences, more, options, told, err)?;
            err.write_all(&words)?;
            Ok(notices::code(&done.notices))
        }
        Err(stop) => told(desk, &stop, options, out, err),
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
        Ok(done) => {
            // A dry run gives out nothing.
            let code = (!done.dry_run).then(|| first_credential::grouped(done.done.code.expose_secret()));
            let (number, until) = (card::number(&done.member.number), card::moment(done.done.expires_at));
            let sentence = if done.dry_run {
                tell(language, &said!("member-desk-code-dry", number, until))
            } else {
                tell(language, &said!("member-desk-code", number, until))
            };
            if options.json {
                let more = json!({ "code": code, "works_until": done.done.expires_at.to_string() });
                say(DeskDeed::DeskCode, &done, &[], more, options, out, err)?;
            } else {
                if let Some(code) = code {
                    writeln!(out, "{code}")?;
                }
                writeln!(err, "{sentence}")?;
                writeln!(err, "{}", letter_sentence(&done, language))?;
            }
            still_locked(&done.member, language, err)
        }
        Err(stop) => told(desk, &stop, options, out, err),
    }
}

/// Says what a deed did, or would do: sentences to `out`, or one object for machines.
fn say<T>(
    deed: DeskDeed,
    done: &DeskDone<T>,
    sentences: &[String],
    more: Value,
    options: DeskOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<()> {
    let language = options.language;
    if options.json {
        let mut value = json!({
            "deed": deed.word(),
            "dry_run": done.dry_run,
            "member": card::identity(&done.member),
            "letter": done.told,
            "notices": notices::value(&done.notices),
        });
        if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
            value.extend(more);
        }
        return writeln!(out, "{value:#}");
    }
    if done.dry_run {
        writeln!(err, "{}", tell(language, &said!("member-dry-run")))?;
    }
    let mut sentences = sentences.iter();
    if let Some(first) = sentences.next() {
        writeln!(out, "{}  {first}", card::number(&done.member.number))?;
    }
    for sentence in sentences {
        writeln!(out, "{sentence}")?;
    }
    writeln!(out, "{}", letter_sentence(done, language))?;
    if let Some(sentence) = notices::sentence(&done.notices, language) {
        writeln!(out, "{sentence}")?;
    }
    Ok(())
}

/// Whether the member hears of it.
fn letter_sentence<T>(done: &DeskDone<T>, language: Language) -> String {
    if done.told {
        tell(language, &said!("member-letter", dry = u8::from(done.dry_run)))
    } else {
        tell(language, &said!("member-no-letter"))
    }
}

/// The deed is done, and the member is still kept out.
fn still_locked(member: &Member, language: Language, err: &mut dyn Write) -> io::Result<u8> {
    if member.membership.locked_at().is_some() {
        writeln!(err, "{}", tell(language, &said!("member-still-locked")))?;
    }
    Ok(FINE)
}

/// Says why a deed of the desk stopped; for programs in English, whatever the language.
fn told(
    desk: &Desk<'_>,
    stop: &DeskStop,
    options: DeskOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let language = if options.json { Language::En } else { options.language };
    let (word, sentence, code) = match stop {
        DeskStop::Refused(refusal) => refused(desk, refusal, options.member, language),
        DeskStop::Broken(fault) => ("broken", fault_sentence(fault, language), COULD_NOT_RUN),
    };
    if options.json {
        let members = match stop {
            DeskStop::Refused(DeskRefusal::Ambiguous(members)) => {
                members.iter().map(card::identity).collect()
            }
            _ => Vec::new(),
        };
        writeln!(out, "{:#}", json!({ "stopped": word, "sentence": sentence, "members": members }))?;
    } else {
        writeln!(err, "{sentence}")?;
    }
    Ok(code)
}

/// A refusal's word, its sentence, and the exit code. `asked_for`: as the member was named.
fn refused(
    desk: &Desk<'_>,
    refusal: &DeskRefusal,
    asked_for: &str,
    language: Language,
) -> (&'static str, String, u8) {
    let tenant = &desk.tenant.slug;
    match refusal {
        DeskRefusal::NoSuchMember => ("no-such-member", tell(language, &said!("member-none")), PROBLEMS),
        DeskRefusal::Ambiguous(members) => ("ambiguous", ambiguous(members, language), PROBLEMS),
        DeskRefusal::NoDeskCodes => {
            let sentence = tell(language, &said!("member-no-desk-codes", tenant = tenant.as_str()));
            ("no-desk-codes", sentence, COULD_NOT_RUN)
        }
        DeskRefusal::HasSignedIn => {
            ("has-signed-in", tell(language, &said!("member-has-signed-in")), PROBLEMS)
        }
        DeskRefusal::NotSignedIn => {
            ("not-signed-in", tell(language, &said!("member-not-signed-in")), PROBLEMS)
        }
        DeskRefusal::NoAddress => ("no-address", tell(language, &said!("member-no-address")), COULD_NOT_RUN),
        DeskRefusal::AddressTaken => {
            ("address-taken", tell(language, &said!("member-address-taken")), PROBLEMS)
        }
        DeskRefusal::TooMany(most) => {
            ("too-many", tell(language, &said!("member-too-many", most)), COULD_NOT_RUN)
        }
        DeskRefusal::NoticesNeeded => {
            ("notices-needed", tell(language, &said!("member-notices-needed")), COULD_NOT_RUN)
        }
        DeskRefusal::Notices(refusal) => ("notices", notices_sentence(refusal, language), COULD_NOT_RUN),
        DeskRefusal::LockedAlready => {
            ("locked-already", tell(language, &said!("member-locked-already")), PROBLEMS)
        }
        DeskRefusal::NothingLeft(deed) => ("nothing-left", tell(language, &nothing_left(*deed)), PROBLEMS),
        DeskRefusal::LastDay(flaw) => {
            (flaw.code(), tell(language, &membership::last_day_flaw(*flaw)), COULD_NOT_RUN)
        }
        DeskRefusal::LastDayKnown(day) => {
            let day = day.date().to_string();
            ("last-day-known", tell(language, &said!("member-last-day-known", day)), PROBLEMS)
        }
        DeskRefusal::NoLastDay => ("no-last-day", tell(language, &said!("member-no-last-day")), PROBLEMS),
        DeskRefusal::UnionClosed(day) => {
            ("union-closed", tell(language, &membership::union_closed(*day, tenant.as_str())), PROBLEMS)
        }
        DeskRefusal::NobodyLeft(days) => {
            ("nobody-left", tell(language, &said!("member-nobody-left", days)), PROBLEMS)
        }
        DeskRefusal::Gone(at) => {
            ("gone", tell(language, &said!("member-gone", at = card::moment(*at))), PROBLEMS)
        }
        DeskRefusal::NotANumber(flaws) => {
            ("not-a-number", moving::number_flaw(flaws, &desk.tenant.import.columns, language), COULD_NOT_RUN)
        }
        DeskRefusal::SameNumber(number) => {
            let number = card::number(number);
            ("same-number", tell(language, &said!("member-same-number", number)), PROBLEMS)
        }
        DeskRefusal::NumberTaken(member) => {
            ("number-taken", tell(language, &moving::taken(member)), PROBLEMS)
        }
        DeskRefusal::OtherPerson(member, why) => {
            let sentence = tell(language, &moving::other_person(member, *why));
            (moving::other_person_word(*why), sentence, PROBLEMS)
        }
        DeskRefusal::MovedBefore(member) => {
            ("moved-before", tell(language, &moving::moved_before(asked_for, member)), PROBLEMS)
        }
        DeskRefusal::NumberEnded(member) => {
            let number = card::number(&member.number);
            ("number-ended", tell(language, &said!("member-number-ended", number)), PROBLEMS)
        }
        DeskRefusal::ImportRuns { undo } => {
            let sentence = if *undo { said!("member-undo-runs") } else { said!("member-import-runs") };
            ("import-runs", tell(language, &sentence), COULD_NOT_RUN)
        }
        DeskRefusal::NumberBusy => {
            ("number-busy", tell(language, &said!("member-number-busy")), COULD_NOT_RUN)
        }
    }
}

/// Why a notice was not written.
fn notices_sentence(refusal: &ImportRefusal, language: Language) -> String {
    match refusal {
        ImportRefusal::NoticesTaken(NoticesPathTaken::Partial(path)) => {
            tell(language, &said!("member-notices-partial", path))
        }
        refusal => refusal_sentence(refusal, language),
    }
}

/// That a deed was done before.
fn nothing_left(deed: DeskDeed) -> Saying {
    match deed {
        DeskDeed::ResetFactor => said!("member-no-factor-left"),
        DeskDeed::SetEmail => said!("member-email-known"),
        _ => said!("member-nothing-counted"),
    }
}

/// Whom a word means, and what to type for each of them.
fn ambiguous(members: &[Member], language: Language) -> String {
    let mut lines = vec![tell(language, &said!("member-ambiguous", count = members.len()))];
    lines.extend(members.iter().map(|member| {
        let (number, login) = (card::number(&member.number), member.login.as_str());
        format!("  {number}  {}  {login}", card::name(member))
    }));
    lines.join("\n")
}

/// What became of the addresses, in full: who acts on an address sees which it is (D25).
fn address_sentences(done: &DeskDone<Reverted>, language: Language) -> Vec<String> {
    let (member, dry) = (&done.member, u8::from(done.dry_run));
    let mut sentences = Vec::new();
    if let Some(email) = &member.email {
        let email = email.as_str();
        sentences.push(match done.done.address {
            Address::Dropped => tell(language, &said!("member-address-dropped", email, dry)),
            Address::Kept => tell(language, &said!("member-address-kept", email, dry)),
        });
    }
    if let Some(pending) = &member.email_pending {
        let pending = pending.as_str();
        sentences.push(tell(language, &said!("member-pending-dropped", pending, dry)));
    }
    sentences.push(tell(language, &said!("member-no-recovery-mail")));
    sentences
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
        ImportRefusal::MuchMissing { missing, members } => {
            tell(language, &said!("import-much-missing", missing, members))
        }
        ImportRefusal::LastDayNeeded(count) => tell(language, &said!("import-last-day-needed", count)),
        ImportRefusal::LastDay(flaw) => tell(language, &membership::last_day_flaw(*flaw)),
        ImportRefusal::NothingToUndo => tell(language, &said!("undo-nothing")),
        ImportRefusal::UndoneBefore(at) => tell(language, &said!("undo-done-before", at = card::moment(*at))),
        ImportRefusal::UndoTooLate(at) => {
            tell(language, &said!("undo-too-late", at = card::moment(*at), days = UNDO_DAYS))
        }
        ImportRefusal::MuchEnded { ended, members } => tell(language, &said!("undo-much", ended, members)),
        ImportRefusal::ChangedSince(since) => {
            tell(language, &said!("undo-changed-since", count = since.len()))
        }
        ImportRefusal::Declined => tell(language, &said!("import-declined")),
        ImportRefusal::UnionClosed(day) => {
            tell(language, &said!("import-union-closed", day = day.date().to_string()))
        }
        ImportRefusal::NoticesNeeded(count) => tell(language, &said!("import-notices-needed", count)),
        ImportRefusal::NoticesTaken(NoticesPathTaken::Exists(path)) => {
            tell(language, &said!("import-notices-exist", path))
        }
        ImportRefusal::NoticesTaken(NoticesPathTaken::Partial(path)) => {
            tell(language, &said!("import-notices-partial", path))
        }
        ImportRefusal::Unprintable(rows) => notices::unprintable(rows, language),
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
            let (why, next) = (machine::cause_at(path, source), machine::next(path, source));
            tell(language, &said!("import-notices-unwritable", path, why, next))
        }
        ImportError::Store(_) => tell(language, &said!("import-broken", fault = broken::import(fault))),
        ImportError::Kept
        | ImportError::NoRandomness(_)
        | ImportError::Time
        | ImportError::Vault(_)
        | ImportError::Letter => {
            tell(language, &said!("import-broken-inside", fault = broken::import(fault)))
        }
    }
}
