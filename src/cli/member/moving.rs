//! `member move`: a person has another number (D34).

use std::io::{self, Write};

use serde_json::json;

use super::{DeskOptions, FINE, card, say, still_locked, told};
use crate::{
    cli::{tell, voice},
    domain::{
        desk::DeskDeed,
        member::{Bar, Member, NumberFlaw, NumberPart, OtherPerson},
        roster::Column,
        saying::{Saying, said},
        tenant::{Language, RosterColumns},
    },
    portal::desk::{Desk, DeskDone, Moved},
};

/// `member move OLD NEW`
pub async fn move_number(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    number: &str,
    same_person: bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let language = options.language;
    let done = match desk.move_number(options.member, number, same_person).await {
        Ok(done) => done,
        Err(stop) => return told(desk, &stop, options, out, err),
    };
    let moved = &done.done;
    let (dry, from, to) =
        (u8::from(done.dry_run), card::number(&done.member.number), card::number(&moved.number));
    let (deed, mut sentences) = match moved.merged.as_deref() {
        None => {
            let (from, to) = (from.as_str(), to.as_str());
            (DeskDeed::Move, vec![tell(language, &said!("member-moved", from, to, dry))])
        }
        Some(merged) => {
            let (before, after) = (card::name(&done.member), card::name(merged));
            let (login, from, to) = (merged.login.as_str(), from.as_str(), to.as_str());
            let sentences = [
                said!("member-merged", from, to, before, after, dry),
                said!("member-merged-notice", login, dry),
            ];
            (DeskDeed::Merge(merged.id), sentences.iter().map(|sentence| tell(language, sentence)).collect())
        }
    };
    let has_ended = ends(desk, &done);
    // Nothing works that could be told of.
    if !has_ended {
        sentences.extend(first_password(moved).map(|sentence| tell(language, &sentence)));
    }
    let more = json!({
        "from": from,
        "number": to,
        "merged": moved.merged.as_deref().map(card::identity),
    });
    say(deed, &done, &sentences, more, options, out, err)?;
    if has_ended && !options.json {
        writeln!(err, "{}", tell(language, &said!("member-still-ended")))?;
    }
    let locked = moved.merged.as_deref().filter(|merged| merged.membership.locked_at().is_some());
    if options.json { Ok(FINE) } else { still_locked(locked.unwrap_or(&done.member), language, err) }
}

/// What becomes of the first password of a member who has none of their own.
fn first_password(moved: &Moved) -> Option<Saying> {
    if moved.has_password {
        None
    } else if moved.is_derived {
        Some(said!("member-move-derived"))
    } else {
        Some(match moved.first_until {
            Some(until) => said!("member-move-first-password", until = card::good_until(until)),
            None => said!("member-move-no-first-password"),
        })
    }
}

/// Whether the membership is over after the deed.
fn ends(desk: &Desk<'_>, done: &DeskDone<Moved>) -> bool {
    done.done.merged.is_none() && done.member.membership.bar(desk.clock.now()) == Some(Bar::Ended)
}

/// What is wrong with a new number, by the union's own names of its parts.
pub(super) fn number_flaw(
    flaws: &[(NumberPart, NumberFlaw)],
    columns: &RosterColumns,
    language: Language,
) -> String {
    let column = |part: NumberPart| match part {
        NumberPart::Kigo => Column::Kigo,
        NumberPart::Bango => Column::Bango,
        NumberPart::Branch => Column::Branch,
    };
    let lines = flaws.iter().map(|(part, flaw)| {
        format!("  {}: {}", column(*part).header(columns), voice(language).number_flaw(*flaw))
    });
    let head = tell(language, &said!("member-not-a-number"));
    std::iter::once(head).chain(lines).collect::<Vec<_>>().join("\n")
}

/// That the word is a number of before.
pub(super) fn moved_before(who: &str, member: &Member) -> Saying {
    said!("member-moved-before", who, number = card::number(&member.number))
}

/// Another member has the number: who, and what to do.
pub(super) fn taken(member: &Member) -> Saying {
    said!("member-number-taken", number = card::number(&member.number), name = card::name(member))
}

/// Another member has the number, who is not the same person as far as the roster says.
pub(super) fn other_person(member: &Member, why: OtherPerson) -> Saying {
    let (number, name) = (card::number(&member.number), card::name(member));
    match why {
        OtherPerson::BornOtherwise => said!("member-other-birth-date", number, name),
        OtherPerson::NamedOtherwise => said!("member-other-name", number, name),
    }
}

/// The words of a refusal for programs.
pub(super) fn other_person_word(why: OtherPerson) -> &'static str {
    match why {
        OtherPerson::BornOtherwise => "other-birth-date",
        OtherPerson::NamedOtherwise => "other-name",
    }
}
