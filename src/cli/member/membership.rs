//! `member end`, `lock`, `unlock`: who may come in at all, by hand (D34).

use std::io::{self, Write};

use serde_json::json;

use super::{DeskOptions, FINE, say, told};
use crate::{
    cli::tell,
    domain::{
        desk::DeskDeed,
        member::{Bar, LastDay, LastDayFlaw},
        saying::{Saying, said},
    },
    portal::desk::{Desk, DeskDone},
};

/// `member end MEMBER --on DATE`, or `--undo` where `on` is none.
pub async fn end(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    on: Option<&str>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let done = match on {
        Some(on) => desk.end_membership(options.member, on).await,
        None => desk.lift_last_day(options.member).await,
    };
    let done = match done {
        Ok(done) => done,
        Err(stop) => return told(desk, &stop, options, out, err),
    };
    let (dry, date) = (u8::from(done.dry_run), done.done.day.date());
    let day = date.to_string();
    let (deed, sentence) = match on {
        None => (DeskDeed::LiftLastDay, said!("member-last-day-lifted", day, dry)),
        Some(_) if done.done.is_over => (DeskDeed::SetLastDay(date), said!("member-ended", day, dry)),
        Some(_) => (DeskDeed::SetLastDay(date), said!("member-last-day-set", day, dry)),
    };
    let still = if on.is_none() { locked(&done) } else { None };
    let more = json!({ "day": date.to_string(), "over": done.done.is_over });
    answer((deed, sentence, still), &done, more, options, out, err)
}

/// `member lock MEMBER`
pub async fn lock(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    match desk.lock(options.member).await {
        Ok(done) => {
            let sentence = said!("member-locked", dry = u8::from(done.dry_run));
            answer((DeskDeed::Lock, sentence, None), &done, json!({}), options, out, err)
        }
        Err(stop) => told(desk, &stop, options, out, err),
    }
}

/// `member unlock MEMBER`
pub async fn unlock(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    match desk.unlock(options.member).await {
        Ok(done) => {
            let dry = u8::from(done.dry_run);
            let (deed, sentence) = if done.done {
                (DeskDeed::LiftLock, said!("member-lock-lifted", dry))
            } else {
                (DeskDeed::Unlock, said!("member-unlocked", dry))
            };
            let over = done.member.membership.bar(desk.clock.now()) == Some(Bar::Ended);
            let still = over.then(|| said!("member-still-ended"));
            answer((deed, sentence, still), &done, json!({ "lifted": done.done }), options, out, err)
        }
        Err(stop) => told(desk, &stop, options, out, err),
    }
}

/// What keeps somebody out still who is a member again.
fn locked<T>(done: &DeskDone<T>) -> Option<Saying> {
    done.member.membership.locked_at().map(|_| said!("member-still-locked"))
}

fn answer<T>(
    (deed, sentence, still): (DeskDeed, Saying, Option<Saying>),
    done: &DeskDone<T>,
    more: serde_json::Value,
    options: DeskOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let language = options.language;
    say(deed, done, &[tell(language, &sentence)], more, options, out, err)?;
    if let Some(still) = still {
        writeln!(err, "{}", tell(language, &still))?;
    }
    Ok(FINE)
}

/// What is wrong with a last day.
pub(in crate::cli) fn last_day_flaw(flaw: LastDayFlaw) -> Saying {
    match flaw {
        LastDayFlaw::Missing | LastDayFlaw::Unreadable => said!("last-day-unreadable"),
        LastDayFlaw::NoSuchDay => said!("last-day-not-in-calendar"),
        LastDayFlaw::TooFar => said!("last-day-too-far"),
        LastDayFlaw::BeforeBirth => said!("last-day-before-birth"),
        LastDayFlaw::Past => said!("last-day-past"),
    }
}

/// That the whole union has closed.
pub(in crate::cli) fn union_closed(day: LastDay, tenant: &str) -> Saying {
    said!("union-has-closed", day = day.date().to_string(), tenant)
}
