//! Card: a member as the desk may see one. Words for the standing; no secret, no birth date, half an address.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::either;
use crate::{
    domain::{
        lockout::{CounterKind, TryVerdict},
        member::{EmailAddress, MemberNumber},
        one_time,
        tenant::Language,
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

/// The whole card.
pub fn text(card: &MemberCard, words: &Words<'_>) -> String {
    let language = words.language();
    let member = &card.member;
    let name = if member.name_kana.is_empty() {
        member.name.clone()
    } else {
        format!("{}({})", member.name, member.name_kana)
    };
    let email = member.email.as_ref().map_or_else(|| none(language), half);
    let mailed: Vec<Timestamp> = member.mail_code_at.into_iter().collect();
    let mut lines = vec![
        (either(language, "記号-番号-枝番", "Number"), number(&member.number)),
        (either(language, "氏名", "Name"), name),
        (either(language, "ユーザID", "User ID"), member.login.as_str().to_owned()),
        (either(language, "メールアドレス", "Address"), email),
        (either(language, "状態", "Standing"), standing(card, language)),
        (label(CounterKind::Password, language), password(card, language)),
        (either(language, "生体認証", "Passkeys"), held(&card.passkeys, language)),
        (label(CounterKind::AppCode, language), factor(card, CounterKind::AppCode, &card.apps, language)),
        (label(CounterKind::MailCode, language), factor(card, CounterKind::MailCode, &mailed, language)),
        (either(language, "生年月日の確認", "Birth date"), birth_date(card, language)),
        (either(language, "ログイン中の端末", "Sessions"), card.sessions.to_string()),
    ];
    if let Some(code) = &card.desk_code {
        lines.push((either(language, "窓口の確認コード", "Desk code"), desk_code(code, language)));
    }
    // What is counted besides stands there only while it keeps something from being done.
    for (kind, gate) in &card.gates {
        if !matches!(kind, CounterKind::Password | CounterKind::AppCode | CounterKind::MailCode)
            && let Some(words) = closed(*kind, *gate, language)
        {
            lines.push((label(*kind, language), words));
        }
    }
    let mut out = String::new();
    for (label, value) in lines {
        let _ = writeln!(out, "{}  {value}", padded(&label, 18));
    }
    let _ = writeln!(out, "{}", either(language, "最近の記録", "Lately"));
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
    either(language, "なし", "none")
}

/// Where the member is, and what helps.
fn standing(card: &MemberCard, language: Language) -> String {
    let member = &card.member;
    if member.locked_at.is_some() {
        return either(language, "職員が止めています", "kept out by staff");
    }
    if let Some(at) = card.password_set_at {
        let at = moment(at);
        return if card.apps.is_empty() && card.passkeys.is_empty() && card.member.mail_code_at.is_none() {
            either(
                language,
                format!("初回ログインのとちゅう: パスワードは {at} に設定ずみ、認証方法の設定がまだです"),
                format!("in first login: password set {at}, no factor yet"),
            )
        } else {
            either(
                language,
                format!("初回ログインずみ(パスワードの設定 {at})"),
                format!("activated (password set {at})"),
            )
        };
    }
    let Some(first) = &card.first else {
        return either(
            language,
            "仮パスワードがありません。member revert で発行できます",
            "no first credential; member revert issues one",
        );
    };
    let until = moment(first.expires_at);
    if !first.is_alive(card.now) {
        return either(
            language,
            format!("仮パスワードの期限({until})が切れました。member revert で出し直せます"),
            format!("the first credential died {until}; member revert issues another"),
        );
    }
    let kind = match first.kind {
        FirstKind::Printed => either(language, "印刷ずみの仮パスワード", "printed password"),
        FirstKind::Generated => either(language, "発行した仮パスワード", "drawn password"),
        FirstKind::Derived => either(language, "記号+番号+生年月日", "KIGO + BANGO + birth date"),
    };
    let begun = member.login_reviewed_at.is_some()
        || member.email_reviewed_at.is_some()
        || member.method.is_some()
        || card.terms_accepted;
    if begun {
        either(
            language,
            format!("初回ログインのとちゅう({kind}、{until} まで)"),
            format!("in first login ({kind}, until {until})"),
        )
    } else {
        either(
            language,
            format!("初回ログインの前({kind}、{until} まで)"),
            format!("before first login ({kind}, until {until})"),
        )
    }
}

/// What a counter is about, as the desk reads it.
fn label(kind: CounterKind, language: Language) -> String {
    match kind {
        CounterKind::Password => either(language, "パスワード", "Password"),
        CounterKind::AppCode => either(language, "認証アプリ", "Apps"),
        CounterKind::MailCode => either(language, "メールの確認コード", "Mailed codes"),
        CounterKind::RecoveryCode | CounterKind::RecoveryCodeHere => {
            either(language, "再設定の確認コード", "Recovery codes")
        }
        CounterKind::RecoveryAsked => either(language, "再設定のメール", "Recovery mail"),
        CounterKind::UserIdAsked => either(language, "ユーザIDのメール", "User ID mail"),
        CounterKind::CodeMailed => either(language, "確認コードのメール", "Code mail"),
        CounterKind::ConfirmationMailed => either(language, "確認のメール", "Address mail"),
        CounterKind::EmailTaken => either(language, "アドレスの入力", "Address tries"),
        CounterKind::LoginTaken => either(language, "ユーザIDの入力", "User ID tries"),
    }
}

/// What a gate keeps from being done, until when, and what the desk can do; `None` when it is open. A pause and being off
/// are different things.
fn closed(kind: CounterKind, gate: TryVerdict, language: Language) -> Option<String> {
    let unlock = either(language, "member unlock で解除できます", "member unlock ends it");
    let what = match (gate, kind) {
        (TryVerdict::Open(_) | TryVerdict::Wait, _) => return None,
        (TryVerdict::Paused(until), _) => either(
            language,
            format!("まちがいが続き、{} までお待ちいただいています", moment(until)),
            format!("paused until {} after wrong tries", moment(until)),
        ),
        (TryVerdict::Off(_), CounterKind::Password | CounterKind::AppCode | CounterKind::MailCode) => {
            either(language, "まちがいが続き、止まっています", "off after wrong tries")
        }
        (TryVerdict::Off(_), CounterKind::RecoveryCode | CounterKind::RecoveryCodeHere) => either(
            language,
            "まちがいが続き、止まっています。メールのリンクは使えます。新しいメールか、24 時間で戻ります",
            "off after wrong tries; the mailed link works; another letter, or 24 quiet hours, end it",
        ),
        (
            TryVerdict::Off(_),
            CounterKind::RecoveryAsked | CounterKind::CodeMailed | CounterKind::ConfirmationMailed,
        ) => either(
            language,
            "この1時間の回数に達しました。次の正時に戻ります",
            "no more in this hour; the next full hour ends it",
        ),
        (
            TryVerdict::Off(_),
            CounterKind::UserIdAsked | CounterKind::EmailTaken | CounterKind::LoginTaken,
        ) => either(language, "今日の回数に達しました。0 時に戻ります", "no more today; midnight ends it"),
    };
    Some(either(language, format!("{what}。{unlock}"), format!("{what}; {unlock}")))
}

/// Whether passwords are verified.
fn password(card: &MemberCard, language: Language) -> String {
    let closed =
        card.gate(CounterKind::Password).and_then(|gate| closed(CounterKind::Password, gate, language));
    closed.unwrap_or_else(|| either(language, "待ち時間なし", "no pause"))
}

/// A factor and whether it is switched off.
fn factor(card: &MemberCard, kind: CounterKind, since: &[Timestamp], language: Language) -> String {
    match card.gate(kind).and_then(|gate| closed(kind, gate, language)) {
        None => held(since, language),
        Some(closed) => format!("{}  {closed}", held(since, language)),
    }
}

/// A code that the desk gave out: what is left of it.
fn desk_code(code: &OneTime, language: Language) -> String {
    let (until, wrong) = (moment(code.expires_at), code.misses);
    if code.misses >= one_time::TRIES {
        return either(
            language,
            format!(
                "まちがい {wrong} 回で使えません。member desk-code で新しく出すか、member unlock で戻せます"
            ),
            format!(
                "used up after {wrong} wrong tries; member desk-code gives another, member unlock its tries back"
            ),
        );
    }
    either(language, format!("{until} まで、まちがい {wrong} 回"), format!("until {until}, {wrong} wrong"))
}

/// How many, and since when each.
fn held(since: &[Timestamp], language: Language) -> String {
    if since.is_empty() {
        return none(language);
    }
    let count = since.len();
    let since: Vec<String> = since.iter().map(|at| moment(*at)).collect();
    let since = since.join(", ");
    either(language, format!("{count} 台(登録 {since})"), format!("{count} (since {since})"))
}

fn birth_date(card: &MemberCard, language: Language) -> String {
    let misses = card.member.birth_date_misses;
    match (card.birth_date_closed(), misses) {
        (true, _) => either(
            language,
            format!("まちがい {misses} 回で止まっています。member unlock で解除できます"),
            format!("closed after {misses} wrong ones; member unlock ends it"),
        ),
        (false, 0) => either(language, "まちがいなし", "none wrong"),
        (false, _) => either(language, format!("まちがい {misses} 回"), format!("{misses} wrong")),
    }
}

/// Enough of an address to compare over the phone.
fn half(email: &EmailAddress) -> String {
    let first = email.mailbox().chars().next().map_or_else(String::new, String::from);
    let host = email.as_str().rsplit_once('@').map_or("", |(_, host)| host);
    format!("{first}***@{host}")
}

/// A moment as a clock in Japan shows it.
pub fn moment(at: Timestamp) -> String {
    at.to_zoned(japan()).strftime("%Y-%m-%d %H:%M").to_string()
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
    fn half_an_address_is_enough_on_the_phone() {
        assert_eq!(half(&EmailAddress::parse("hanako@example.jp").unwrap()), "h***@example.jp");
    }

    #[test]
    fn japanese_labels_stand_in_columns() {
        assert_eq!(padded("氏名", 6), "氏名  ");
        assert_eq!(padded("Name", 6), "Name  ");
    }
}
