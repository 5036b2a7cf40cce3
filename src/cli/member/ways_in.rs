//! `member reset-factor`, `set-email`, `sessions`, `reissue`, `delete`.

use std::{
    cell::RefCell,
    io::{self, Write},
    path::Path,
};

use serde_json::json;

use super::{
    COULD_NOT_RUN, DeskOptions, FINE, NoticesOptions, card,
    notices::{self, sink},
    say, still_locked, told,
};
use crate::{
    cli::tell,
    domain::{desk::DeskDeed, saying::said},
    portal::desk::Desk,
};

/// `member reset-factor MEMBER`
pub async fn reset_factor(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    match desk.reset_factor(options.member).await {
        Ok(done) => {
            let sentence =
                tell(options.language, &said!("member-factor-reset", dry = u8::from(done.dry_run)));
            say(DeskDeed::ResetFactor, &done, &[sentence], json!({}), options, out, err)?;
            still_locked(&done.member, options.language, err)
        }
        Err(stop) => told(desk, &stop, options, out, err),
    }
}

/// `member set-email MEMBER ADDRESS`
pub async fn set_email(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    address: &str,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    match desk.set_email(options.member, address).await {
        Ok(done) => {
            // Who acts on an address sees which it is (D25).
            let (dry, new) = (u8::from(done.dry_run), done.done.as_str());
            let sentence = tell(options.language, &said!("member-email-set", new, dry));
            say(DeskDeed::SetEmail, &done, &[sentence], json!({ "address": new }), options, out, err)?;
            still_locked(&done.member, options.language, err)
        }
        Err(stop) => told(desk, &stop, options, out, err),
    }
}

/// `member sessions MEMBER [--end]`
pub async fn sessions(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    end: bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let language = options.language;
    if end {
        return match desk.end_sessions(options.member).await {
            Ok(done) => {
                let (dry, count) = (u8::from(done.dry_run), done.done);
                let sentence = tell(language, &said!("member-sessions-ended", count, dry));
                say(
                    DeskDeed::EndSessions,
                    &done,
                    &[sentence],
                    json!({ "sessions": count }),
                    options,
                    out,
                    err,
                )?;
                still_locked(&done.member, language, err)
            }
            Err(stop) => told(desk, &stop, options, out, err),
        };
    }
    match desk.sessions(options.member).await {
        Ok((member, sessions)) => {
            if options.json {
                let each = sessions.iter().map(|listed| {
                    json!({
                        "id": listed.session.id.to_string(),
                        "device": listed.device,
                        "created_at": listed.session.created_at.to_string(),
                        "seen_at": listed.session.seen_at.to_string(),
                    })
                });
                let each: Vec<_> = each.collect();
                writeln!(out, "{:#}", json!({ "member": card::identity(&member), "sessions": each }))?;
                return Ok(FINE);
            }
            let count = sessions.len();
            writeln!(
                out,
                "{}  {}",
                card::number(&member.number),
                tell(language, &said!("member-sessions", count))
            )?;
            for listed in &sessions {
                let (since, seen) =
                    (card::moment(listed.session.created_at), card::moment(listed.session.seen_at));
                let device = listed.device.as_str();
                writeln!(out, "  {}", tell(language, &said!("member-session", since, seen, device)))?;
            }
            Ok(FINE)
        }
        Err(stop) => told(desk, &stop, options, out, err),
    }
}

/// `member reissue MEMBER --notices FILE`
pub async fn reissue(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    to: NoticesOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let output = RefCell::new(&mut *out);
    let reissued = desk.reissue(options.member, to.to(&sink(&output))).await;
    match reissued {
        Ok(done) => {
            let (dry, until) = (u8::from(done.dry_run), card::good_until(done.done.expires_at));
            let sentence = tell(options.language, &said!("member-reissued", until, dry));
            let more = json!({ "works_until": done.done.expires_at.to_string() });
            let mut words = Vec::new();
            let told: &mut dyn Write = if to.is_output() { &mut words } else { out };
            say(DeskDeed::Reissue, &done, &[sentence], more, options, told, err)?;
            err.write_all(&words)?;
            still_locked(&done.member, options.language, err)?;
            Ok(notices::code(&done.notices))
        }
        Err(stop) => told(desk, &stop, options, out, err),
    }
}

/// `member reissue --file ROSTER --notices FILE`
pub async fn reissue_file(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    file: &Path,
    to: NoticesOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let language = options.language;
    let bytes = match super::import::source::read(file) {
        Ok(bytes) => bytes,
        Err(fault) => {
            writeln!(err, "{}", fault.sentence(file, language))?;
            return Ok(COULD_NOT_RUN);
        }
    };
    let output = RefCell::new(&mut *out);
    let reissued = desk.reissue_file(&bytes, to.to(&sink(&output))).await;
    match reissued {
        Ok(done) => {
            let (reissued, kept, unknown) = (done.reissued, done.signed_in, done.unknown.len());
            if options.json {
                let value = json!({
                    "deed": DeskDeed::Reissue.word(),
                    "dry_run": done.dry_run,
                    "reissued": reissued,
                    "signed_in": kept,
                    "unknown": unknown,
                    "unknown_lines": done.unknown,
                    "notices": notices::value(&done.notices),
                });
                writeln!(out, "{value:#}")?;
                return Ok(notices::code(&done.notices));
            }
            if done.dry_run {
                writeln!(err, "{}", tell(language, &said!("member-dry-run")))?;
            }
            let dry = u8::from(done.dry_run);
            let told: &mut dyn Write = if to.is_output() { err } else { out };
            writeln!(
                told,
                "{}",
                tell(language, &said!("member-reissued-file", reissued, kept, unknown, dry))
            )?;
            if unknown > 0 {
                let lines: Vec<_> = done.unknown.iter().map(u32::to_string).collect();
                let sentence = said!("member-reissued-unknown", lines = lines.join(", "));
                writeln!(told, "{}", tell(language, &sentence))?;
            }
            if let Some(sentence) = notices::sentence(&done.notices, language) {
                writeln!(told, "{sentence}")?;
            }
            Ok(notices::code(&done.notices))
        }
        Err(stop) => told(desk, &stop, options, out, err),
    }
}

/// `member delete MEMBER`
pub async fn delete(
    desk: &Desk<'_>,
    options: DeskOptions<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    match desk.delete(options.member).await {
        Ok(member) => {
            let id = member.id.to_string();
            if options.json {
                let identity = card::identity(&member);
                let dry_run = desk.dry_run;
                let value =
                    json!({ "deed": "delete", "dry_run": dry_run, "member": identity, "letter": false });
                writeln!(out, "{value:#}")?;
                return Ok(FINE);
            }
            if desk.dry_run {
                writeln!(err, "{}", tell(options.language, &said!("member-dry-run")))?;
            }
            let dry = u8::from(desk.dry_run);
            let sentence = tell(options.language, &said!("member-deleted", id, dry));
            writeln!(out, "{}  {sentence}", card::number(&member.number))?;
            Ok(FINE)
        }
        Err(stop) => told(desk, &stop, options, out, err),
    }
}
