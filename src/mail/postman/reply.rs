//! Reply: whom a mail server's refusal is about: the session, the sender, this letter, or nobody knows whom.
//!
//! # Decision
//! A letter is given up only for an answer that is plainly about its recipient or its content. Whatever is or may be about
//! the session (greeting, EHLO, encryption, signing in, relaying), or about the sender, is tried again until the letter
//! runs out.
//! # Because
//! Relays speak late: Postfix answers `504 5.5.2 <host>: Helo command rejected` to `RCPT TO` (`smtpd_delay_reject`), in the
//! place and with the weight of an unknown recipient. A slip in the relay's settings must not cost every member a code.
//! A letter that is tried in vain costs little, and ends when it is worthless.
//! # Instead of
//! trusting the place: "5xx after `RCPT TO` is the recipient's".

/// The steps of a conversation, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SmtpStep {
    /// Reaching the host, its greeting and ours; with `smtps://` encryption too.
    Reach,
    /// `STARTTLS`.
    Encrypt,
    /// `AUTH`: user and password.
    SignIn,
    /// `MAIL FROM`: the sender's address.
    Sender,
    /// `RCPT TO`: the recipient's address.
    Recipient,
    /// `DATA`: the letter itself.
    Content,
}

/// What a refusal concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyScope {
    /// The conversation, whichever letter it carries. Every letter would meet it.
    Session,
    /// The union's own address.
    Sender,
    /// This letter's recipient or content.
    Letter,
    /// One of them, and the answer does not say which.
    Unclear,
}

/// An enhanced status code without its class: subject and detail (RFC 3463, registry of RFC 5248).
type EnhancedStatus = (u16, u16);

/// Reads who a refusal at `step` is about, from its code (RFC 5321 §4.2.3) and the text behind the code.
pub fn about(step: SmtpStep, code: u16, text: &str) -> ReplyScope {
    if step < SmtpStep::Sender {
        return ReplyScope::Session;
    }
    // For now: whatever it is, waiting is the answer. A greylisted recipient must not make every letter wait.
    if code < 500 {
        return ReplyScope::Unclear;
    }
    if is_of_the_session(code) || speaks_of_the_session(text) {
        return ReplyScope::Session;
    }
    let judged = enhanced(text).and_then(|status| by_status(step, status));
    match judged.unwrap_or_else(|| by_code(step, code)) {
        // The sender was the only thing said so far.
        ReplyScope::Letter | ReplyScope::Unclear if step == SmtpStep::Sender => ReplyScope::Sender,
        about => about,
    }
}

/// Codes that never speak of an address: commands unknown, not implemented or out of order (RFC 5321), a host that takes
/// no mail (RFC 7504), user, password and encryption (RFC 4954, RFC 3207).
fn is_of_the_session(code: u16) -> bool {
    matches!(code, 500 | 502 | 503 | 521 | 523 | 524 | 525 | 530 | 534 | 535 | 538)
}

/// Whether the words, addresses and hosts in brackets left out, speak of greeting, user or encryption. An error here is
/// on the safe side: the letter waits.
fn speaks_of_the_session(text: &str) -> bool {
    let mut said = String::new();
    let mut depth = 0_u32;
    for c in text.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth == 0 => said.extend(c.to_lowercase()),
            _ => {}
        }
    }
    ["helo", "ehlo", "authenticat", "starttls", "must issue"].iter().any(|word| said.contains(word))
}

/// The enhanced status code at the head of the text.
fn enhanced(text: &str) -> Option<EnhancedStatus> {
    let first = text.split_whitespace().next()?;
    let mut numbers = first.split('.').map(str::parse::<u16>);
    match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
        (Some(Ok(5)), Some(Ok(subject)), Some(Ok(detail)), None) => Some((subject, detail)),
        _ => None,
    }
}

/// What the enhanced status code says; `None` where it says nothing of use.
fn by_status(step: SmtpStep, status: EnhancedStatus) -> Option<ReplyScope> {
    let content = step == SmtpStep::Content;
    Some(match status {
        // 5.1.7, 5.1.8: the sender's address; 5.7.20 to 5.7.29: its DKIM, SPF, DMARC; 5.7.60: may not send as it.
        (1, 7 | 8) | (7, 20..=24 | 26..=29 | 60) => ReplyScope::Sender,
        // The recipient's address, mailbox and host; a letter too big, in the wrong form; recipients who moved on.
        (1 | 2 | 6, _) | (3, 4) | (4, 1 | 4) | (7, 2 | 17 | 18) => ReplyScope::Letter,
        // Signing in, encryption; the name of this machine's address.
        (7, 8..=14 | 25) => ReplyScope::Session,
        // "Delivery not authorized": of a letter once it is read; before, it is how relays refuse to relay.
        (7, 0 | 1) if content => ReplyScope::Letter,
        (3 | 4 | 5 | 7, _) => ReplyScope::Unclear,
        _ => return None,
    })
}

/// What the code alone says.
fn by_code(step: SmtpStep, code: u16) -> ReplyScope {
    match (step, code) {
        (SmtpStep::Recipient, 550..=553 | 556) | (SmtpStep::Content, 550..=554) => ReplyScope::Letter,
        _ => ReplyScope::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_word_about_the_greeting_is_not_about_the_recipient() {
        for (code, text) in [
            (504, "5.5.2 <portal-7f9>: Helo command rejected: need fully-qualified hostname"),
            (550, "5.7.1 <portal-7f9>: Helo command rejected: Host not found"),
            (550, "bad HELO"),
            (530, "5.7.0 Authentication required"),
            (550, "5.7.1 Client was not authenticated"),
            (503, "5.5.1 Error: need MAIL command"),
        ] {
            for step in [SmtpStep::Sender, SmtpStep::Recipient, SmtpStep::Content] {
                assert_eq!(about(step, code, text), ReplyScope::Session, "{step:?} {code} {text}");
            }
        }
    }

    #[test]
    fn an_address_that_spells_a_word_of_the_session_is_still_an_address() {
        let text = "5.1.1 <ehlo@authentication.example.jp>: Recipient address rejected: User unknown";
        assert_eq!(about(SmtpStep::Recipient, 550, text), ReplyScope::Letter);
    }

    #[test]
    fn relaying_denied_is_nobodys_fault_for_sure() {
        for text in ["5.7.1 <a@b.example>: Relay access denied", "5.7.1 Unable to relay"] {
            assert_eq!(about(SmtpStep::Recipient, 554, text), ReplyScope::Unclear);
        }
    }

    #[test]
    fn no_answer_for_now_and_none_before_the_sender_gives_a_letter_up() {
        for step in [SmtpStep::Reach, SmtpStep::Encrypt, SmtpStep::SignIn] {
            assert!((400..600).all(|code| about(step, code, "5.1.1 x") == ReplyScope::Session));
        }
        for step in [SmtpStep::Sender, SmtpStep::Recipient, SmtpStep::Content] {
            assert!((400..500).all(|code| about(step, code, "4.1.1 x") == ReplyScope::Unclear));
        }
    }
}
