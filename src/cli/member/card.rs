//! Card: a member as the desk may see one. Words for the standing; no secret, no birth date, half an address.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::either;
use crate::{
    domain::{
        lockout::Gate,
        member::{EmailAddress, MemberNumber},
        tenant::Language,
    },
    portal::desk::Card,
    store::password::FirstKind,
    world::japan,
};

/// 記号-番号-枝番 as the desk types it.
pub fn number(number: &MemberNumber) -> String {
    format!("{}-{}-{}", number.kigo(), number.bango(), number.branch())
}

/// The whole card.
pub fn text(card: &Card, language: Language) -> String {
    let member = &card.member;
    let name = if member.name_kana.is_empty() {
        member.name.clone()
    } else {
        format!("{}({})", member.name, member.name_kana)
    };
    let email = member.email.as_ref().map_or_else(|| none(language), half);
    let mailed: Vec<Timestamp> = member.mail_code_at.into_iter().collect();
    let lines = [
        (either(language, "記号-番号-枝番", "Number"), number(&member.number)),
        (either(language, "氏名", "Name"), name),
        (either(language, "ユーザID", "User ID"), member.login.as_str().to_owned()),
        (either(language, "メールアドレス", "Address"), email),
        (either(language, "状態", "Standing"), standing(card, language)),
        (either(language, "パスワード", "Password"), gate(card.password_gate, language)),
        (either(language, "生体認証", "Passkeys"), held(&card.passkeys, language)),
        (either(language, "認証アプリ", "Apps"), gated(&card.apps, card.code_gate, language)),
        (
            either(language, "メールの確認コード", "Mailed codes"),
            gated(&mailed, card.mail_code_gate, language),
        ),
        (either(language, "生年月日の確認", "Birth date"), birth_date(card, language)),
        (either(language, "ログイン中の端末", "Sessions"), card.sessions.to_string()),
    ];
    let mut out = String::new();
    for (label, value) in lines {
        let _ = writeln!(out, "{}  {value}", padded(&label, 18));
    }
    let _ = writeln!(out, "{}", either(language, "最近の記録", "Lately"));
    for event in &card.events {
        let detail = if event.detail == "{}" { "" } else { &event.detail };
        let _ = writeln!(out, "  {}  {} {detail}", moment(event.at), event.event);
    }
    if card.events.is_empty() {
        let _ = writeln!(out, "  {}", none(language));
    }
    out
}

fn none(language: Language) -> String {
    either(language, "なし", "none")
}

/// Where the member is, and what helps.
fn standing(card: &Card, language: Language) -> String {
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
    if first.expires_at <= card.now {
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

fn gate(gate: Gate, language: Language) -> String {
    match gate {
        Gate::Open(_) => either(language, "待ち時間なし", "no pause"),
        Gate::Paused(until) => either(
            language,
            format!(
                "まちがいが続き、{} までお待ちいただいています。member unlock で解除できます",
                moment(until)
            ),
            format!("paused until {} after wrong tries; member unlock ends it", moment(until)),
        ),
        Gate::Off => either(
            language,
            "まちがいが続き、止まっています。member unlock で解除できます",
            "off after wrong tries; member unlock ends it",
        ),
    }
}

/// A factor and whether it is switched off.
fn gated(since: &[Timestamp], closed: Gate, language: Language) -> String {
    match closed {
        Gate::Open(_) => held(since, language),
        closed => format!("{}  {}", held(since, language), gate(closed, language)),
    }
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

fn birth_date(card: &Card, language: Language) -> String {
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
