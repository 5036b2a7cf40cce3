//! Card: a member as the desk may see one. Words for the standing; no secret, no birth date, half an address.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    cli::tell,
    domain::{
        first_credential::last_day,
        lockout::{
            Bucket, CounterKind, TryVerdict,
            kind::{CounterBlocks, CounterEndsBy},
        },
        member::{Bar, EmailAddress, FormerKind, Member, MemberNumber},
        one_time,
        saying::said,
        tenant::{Language, Method},
    },
    portal::desk::MemberCard,
    store::{one_time::OneTime, password::FirstKind},
    wording::Words,
    world::japan,
};

/// 記号-番号-枝番 as the desk types it.
pub fn number(number: &MemberNumber) -> String {
    format!("{}-{}-{}", number.kigo(), number.bango(), number.branch())
}

/// 氏名(カナ氏名)
pub fn name(member: &Member) -> String {
    match member.name_kana.as_str() {
        "" => member.name.clone(),
        kana => format!("{}({kana})", member.name),
    }
}

/// Who it is, for programs.
pub fn identity(member: &Member) -> Value {
    json!({
        "id": member.id.to_string(),
        "number": number(&member.number),
        "kigo": member.number.kigo(),
        "bango": member.number.bango(),
        "branch": member.number.branch(),
        "name": member.name,
        "name_kana": member.name_kana,
        "user_id": member.login.as_str(),
    })
}

/// A member in a list, for programs.
pub fn listed(member: &Member) -> Value {
    let mut value = identity(member);
    if let Value::Object(fields) = &mut value {
        fields.insert("address".to_owned(), json!(member.email.as_ref().map(EmailAddress::masked)));
        fields.insert(
            "pending_address".to_owned(),
            json!(member.email_pending.as_ref().map(EmailAddress::masked)),
        );
    }
    value
}

/// Members as a list.
pub fn table(members: &[Member], language: Language) -> Vec<[String; 6]> {
    let head = [
        tell(language, &said!("card-number")),
        tell(language, &said!("card-name")),
        tell(language, &said!("card-name-kana")),
        tell(language, &said!("card-user-id")),
        tell(language, &said!("card-address")),
        tell(language, &said!("card-id")),
    ];
    let address = |member: &Member| match (&member.email, &member.email_pending) {
        (Some(email), _) => email.masked(),
        (None, Some(pending)) => format!("({})", pending.masked()),
        (None, None) => none(language),
    };
    let rows = members.iter().map(|member| {
        [
            number(&member.number),
            member.name.clone(),
            member.name_kana.clone(),
            member.login.as_str().to_owned(),
            address(member),
            member.id.to_string(),
        ]
    });
    std::iter::once(head).chain(rows).collect()
}

/// The whole card, for programs.
pub fn value(card: &MemberCard) -> Value {
    let member = &card.member;
    let instant = |at: &Timestamp| at.to_string();
    let first = card.first.as_ref().map(|first| {
        json!({
            "kind": first.kind.as_str(),
            "expires_at": instant(&first.expires_at),
            "works": first.is_alive(card.now),
        })
    });
    let counted = card.verdicts.iter().filter_map(|(kind, verdict)| {
        let closed = match verdict {
            TryVerdict::Open(_) | TryVerdict::Wait => return None,
            TryVerdict::Paused(until) => json!({ "paused_until": instant(until) }),
            TryVerdict::Off(_) => json!("off"),
        };
        Some(json!({ "kind": kind.as_str(), "closed": closed }))
    });
    let lately = card.lately.iter();
    let lately =
        lately.map(|line| json!({ "at": instant(&line.at), "event": line.word, "times": line.times }));
    let former = |kind: FormerKind| {
        let names = card.former.iter().filter(|name| name.kind == kind);
        names.map(|name| name.shown.as_str()).collect::<Vec<_>>()
    };
    let object = |value: Value| match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    let mut whole = object(json!({
        "member": identity(member),
        "former_numbers": former(FormerKind::Number),
        "former_user_ids": former(FormerKind::Login),
        "merged_ids": former(FormerKind::Member),
        "address": member.email.as_ref().map(EmailAddress::masked),
        "address_confirmed_at": member.email_confirmed_at.as_ref().map(instant),
        "locked_at": member.membership.locked_at().as_ref().map(instant),
        "last_day": member.membership.lost_on().map(|day| day.date().to_string()),
        "password_set_at": card.password_set_at.as_ref().map(instant),
        "password_key_removed": card.password_key_removed,
        "first_password": first,
        "terms_accepted": card.terms_accepted,
        "method": member.method.map(Method::as_str),
    }));
    whole.extend(Method::as_listed().map(|method| held_value(card, method)));
    whole.extend(object(json!({
        "birth_dates_wrong": member.birth_date_misses,
        "sessions": card.sessions,
        "closed": counted.collect::<Vec<_>>(),
        "lately": lately.collect::<Vec<_>>(),
    })));
    Value::Object(whole)
}

/// The factors of a kind, for programs: the name of the field, and since when the member holds each.
fn held_value(card: &MemberCard, method: Method) -> (String, Value) {
    let since: Vec<String> = card.held_since(method).iter().map(Timestamp::to_string).collect();
    let (field, value) = match method {
        Method::Passkey => ("passkeys", json!(since)),
        Method::AppOtp => ("apps", json!(since)),
        Method::EmailOtp => ("mail_codes_since", json!(since.first())),
    };
    (field.to_owned(), value)
}

/// The whole card as text.
pub fn text(card: &MemberCard, words: &Words<'_>) -> String {
    let language = words.language();
    let member = &card.member;
    let email = member.email.as_ref().map_or_else(|| none(language), EmailAddress::masked);
    let mut lines = vec![
        (tell(language, &said!("card-number")), number(&member.number)),
        (tell(language, &said!("card-name")), name(member)),
        (tell(language, &said!("card-user-id")), member.login.as_str().to_owned()),
        (tell(language, &said!("card-id")), member.id.to_string()),
        (tell(language, &said!("card-address")), email),
        (tell(language, &said!("card-standing")), standing(card, language)),
        (label(CounterKind::PasswordHere, language), password(card, language)),
    ];
    let factors = Method::STRONGEST_FIRST.into_iter();
    lines.extend(factors.map(|method| (factor_label(method, language), factor(card, method, language))));
    lines.extend([
        (tell(language, &said!("card-birth-date")), birth_date(card, language)),
        (tell(language, &said!("card-sessions")), card.sessions.to_string()),
    ]);
    for former in &card.former {
        let label = match former.kind {
            FormerKind::Number => tell(language, &said!("card-former-number")),
            FormerKind::Login => tell(language, &said!("card-former-user-id")),
            FormerKind::Member => tell(language, &said!("card-merged-id")),
        };
        let until = tell(language, &said!("card-former-until", until = moment(former.until)));
        lines.push((label, format!("{}  {until}", former.shown)));
    }
    if let Some(day) = member.membership.lost_on() {
        lines.push((tell(language, &said!("card-last-day")), day.date().to_string()));
    }
    if let Some(code) = &card.desk_code {
        lines.push((tell(language, &said!("card-desk-code")), desk_code(code, language)));
    }
    // What is counted besides stands there only while it keeps something from being done.
    for (kind, verdict) in &card.verdicts {
        if !matches!(kind.blocks(), CounterBlocks::Password | CounterBlocks::Factor)
            && let Some(words) = closed(*kind, *verdict, language)
        {
            lines.push((label(*kind, language), words));
        }
    }
    let mut out = String::new();
    for (label, value) in lines {
        let _ = writeln!(out, "{}  {value}", padded(&label, 18));
    }
    let _ = writeln!(out, "{}", tell(language, &said!("card-lately")));
    for line in &card.lately {
        let (what, how) = (words.activity(line), words.activity_how(line));
        let how = if how.is_empty() { how } else { format!("  {how}") };
        let _ = writeln!(out, "  {}  {what}{how}  [{}]", moment(line.at), line.word);
    }
    if card.lately.is_empty() {
        let _ = writeln!(out, "  {}", none(language));
    }
    out
}

fn none(language: Language) -> String {
    tell(language, &said!("card-none"))
}

/// Where the member is, and what helps.
fn standing(card: &MemberCard, language: Language) -> String {
    let member = &card.member;
    if let Some(day) = member.membership.union_over(card.now) {
        return tell(language, &said!("card-union-closed", day = day.date().to_string()));
    }
    match (member.membership.bar(card.now), member.membership.locked_at(), member.membership.lost_on()) {
        (Some(Bar::Ended), _, Some(day)) => {
            return tell(language, &said!("card-ended", day = day.date().to_string()));
        }
        (Some(_), Some(at), _) => return tell(language, &said!("card-locked", at = moment(at))),
        _ => {}
    }
    if let Some(at) = card.password_set_at {
        let at = moment(at);
        if card.password_key_removed {
            return tell(language, &said!("card-key-removed", at));
        }
        return if card.holds_factor() {
            tell(language, &said!("card-activated", at))
        } else {
            tell(language, &said!("card-no-factor-yet", at))
        };
    }
    let Some(first) = &card.first else {
        return tell(language, &said!("card-no-first-credential"));
    };
    let until = good_until(first.expires_at);
    if !first.is_alive(card.now) {
        return tell(language, &said!("card-first-credential-dead", until));
    }
    let kind = match first.kind {
        FirstKind::Printed => tell(language, &said!("card-printed")),
        FirstKind::Generated => tell(language, &said!("card-drawn")),
        FirstKind::Derived => tell(language, &said!("card-derived")),
    };
    let begun = member.login_reviewed_at.is_some()
        || member.email_reviewed_at.is_some()
        || member.method.is_some()
        || card.terms_accepted;
    if begun {
        tell(language, &said!("card-in-first-login", kind, until))
    } else {
        tell(language, &said!("card-before-first-login", kind, until))
    }
}

/// What a kind of factor is called at the desk.
fn factor_label(method: Method, language: Language) -> String {
    match method {
        Method::Passkey => tell(language, &said!("card-passkeys")),
        Method::AppOtp => tell(language, &said!("card-apps")),
        Method::EmailOtp => tell(language, &said!("card-mail-codes")),
    }
}

/// What a counter is about, as the desk reads it.
fn label(kind: CounterKind, language: Language) -> String {
    match kind {
        CounterKind::Password(_) | CounterKind::PasswordHere => tell(language, &said!("card-password")),
        CounterKind::AppCode(_) => factor_label(Method::AppOtp, language),
        CounterKind::MailCode(_) => factor_label(Method::EmailOtp, language),
        CounterKind::RecoveryCode(_) | CounterKind::RecoveryCodeHere => {
            tell(language, &said!("card-recovery-codes"))
        }
        CounterKind::RecoveryAsked(_) | CounterKind::RecoveryAskedInADay => {
            tell(language, &said!("card-recovery-mail"))
        }
        CounterKind::UserIdAsked(_) => tell(language, &said!("card-user-id-mail")),
        CounterKind::CodeMailed(_) => tell(language, &said!("card-code-mail")),
        CounterKind::ConfirmationMailed => tell(language, &said!("card-address-mail")),
        CounterKind::EmailTaken => tell(language, &said!("card-address-tries")),
        CounterKind::LoginTaken => tell(language, &said!("card-user-id-tries")),
    }
}

/// What a verdict keeps from being done, until when, and what the desk can do; `None` when tries are open. A pause and
/// being off are different things.
fn closed(kind: CounterKind, verdict: TryVerdict, language: Language) -> Option<String> {
    let unlock = tell(language, &said!("card-unlock-helps"));
    let what = match (verdict, kind.ends_by()) {
        (TryVerdict::Open(_) | TryVerdict::Wait, _) => return None,
        (TryVerdict::Paused(until), _) => tell(language, &said!("card-paused", until = moment(until))),
        (
            TryVerdict::Off(_),
            CounterEndsBy::QuietAndReset | CounterEndsBy::Quiet | CounterEndsBy::LostFactor,
        ) => tell(language, &said!("card-off")),
        (TryVerdict::Off(_), CounterEndsBy::QuietOrAnotherLetter | CounterEndsBy::AskingAnew) => {
            tell(language, &said!("card-recovery-code-off"))
        }
        (TryVerdict::Off(_), CounterEndsBy::Hour) => tell(language, &said!("card-hour-used-up")),
        (TryVerdict::Off(_), CounterEndsBy::Day) => tell(language, &said!("card-day-used-up")),
    };
    let what = match (kind, kind.bucket()) {
        (CounterKind::PasswordHere, _) => tell(language, &said!("card-in-a-known-browser", what)),
        (_, Some(Bucket::Known)) => tell(language, &said!("card-in-known-browsers", what)),
        (CounterKind::RecoveryAskedInADay, _) | (_, Some(Bucket::Unknown)) => {
            tell(language, &said!("card-in-other-browsers", what))
        }
        (_, None) => what,
    };
    Some(tell(language, &said!("card-closed", what, unlock)))
}

/// Whether passwords are verified.
fn password(card: &MemberCard, language: Language) -> String {
    let kinds = [
        CounterKind::Password(Bucket::Unknown),
        CounterKind::PasswordHere,
        CounterKind::Password(Bucket::Known),
    ];
    all_closed(card, &kinds, language).unwrap_or_else(|| tell(language, &said!("card-no-pause")))
}

/// Everything that is closed of these kinds.
fn all_closed(card: &MemberCard, kinds: &[CounterKind], language: Language) -> Option<String> {
    let closed = |kind: &CounterKind| closed(*kind, card.verdict(*kind)?, language);
    let closed: Vec<String> = kinds.iter().filter_map(closed).collect();
    (!closed.is_empty()).then(|| closed.join(" / "))
}

/// The factors of a kind, and whether the kind is switched off.
fn factor(card: &MemberCard, method: Method, language: Language) -> String {
    let held = held(&card.held_since(method), language);
    let counter = method.traits().counter;
    match counter.and_then(|kind| all_closed(card, &Bucket::BOTH.map(kind), language)) {
        None => held,
        Some(closed) => format!("{held}  {closed}"),
    }
}

/// A code that the desk gave out: what is left of it.
fn desk_code(code: &OneTime, language: Language) -> String {
    let (until, wrong) = (moment(code.expires_at), code.misses);
    if code.misses >= one_time::TRIES {
        return tell(language, &said!("card-desk-code-used-up", wrong));
    }
    tell(language, &said!("card-desk-code-left", until, wrong))
}

/// How many, and since when each.
fn held(since: &[Timestamp], language: Language) -> String {
    if since.is_empty() {
        return none(language);
    }
    let count = since.len();
    let since: Vec<String> = since.iter().map(|at| moment(*at)).collect();
    let since = since.join(", ");
    tell(language, &said!("card-held", count, since))
}

fn birth_date(card: &MemberCard, language: Language) -> String {
    let misses = card.member.birth_date_misses;
    match (card.birth_date_closed(), misses) {
        (true, _) => tell(language, &said!("card-birth-date-closed", misses)),
        (false, 0) => tell(language, &said!("card-none-wrong")),
        (false, _) => tell(language, &said!("card-wrong", misses)),
    }
}

/// A moment as a clock in Japan shows it, to the minute.
pub fn moment(at: Timestamp) -> String {
    shown(at, "%Y-%m-%d %H:%M")
}

/// The last day of a first password, as its printed notice has it.
pub fn good_until(expires_at: Timestamp) -> String {
    last_day(expires_at).to_string()
}

/// A moment as a clock in Japan shows it, to the second.
pub fn second(at: Timestamp) -> String {
    shown(at, "%Y-%m-%d %H:%M:%S")
}

fn shown(at: Timestamp, format: &str) -> String {
    at.to_zoned(japan()).strftime(format).to_string()
}

/// The text, filled up to `width` columns of a terminal, where Japanese characters are two wide.
pub fn padded(text: &str, width: usize) -> String {
    let wide: usize = text.chars().map(|c| if c > '\u{2E7F}' { 2 } else { 1 }).sum();
    format!("{text}{}", " ".repeat(width.saturating_sub(wide)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn japanese_labels_stand_in_columns() {
        assert_eq!(padded("氏名", 6), "氏名  ");
        assert_eq!(padded("Name", 6), "Name  ");
    }
}
