//! Message: a letter as it goes over the wire — one sender, one recipient, text first and the same framed as HTML beside it.
//!
//! Nothing a member or a union wrote can become a header or a second recipient: the headers are typed, and a line break
//! in what goes into one is refused.

use std::time::SystemTime;

use askama::Template as _;
use jiff::Timestamp;
use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{ContentType, Date, Header, HeaderName, HeaderValue},
    },
};

use crate::{
    domain::{
        member::LetterId,
        tenant::{Language, Tenant},
    },
    mail::{framed::FramedLetter, letter::Composed},
};

/// A letter ready for a server.
#[derive(Clone)]
pub struct MailMessage {
    /// The sender of the envelope (`MAIL FROM`).
    pub from: Address,
    /// The only recipient of the envelope (`RCPT TO`).
    pub to: Address,
    /// Headers and body; ASCII with CRLF.
    pub bytes: Vec<u8>,
}

/// Never prints addresses or content: it stays out of logs.
impl std::fmt::Debug for MailMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MailMessage({} bytes)", self.bytes.len())
    }
}

/// Why a letter cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// The recipient is no single mail address.
    #[error("the recipient is no mail address")]
    Recipient,
    /// The union's sender or reply address is no single mail address.
    #[error("the union's sender or reply address is no mail address")]
    Sender,
    /// A line break or another control character in what goes into a header.
    #[error("a control character in a header")]
    Header,
    /// The library refused what is left.
    #[error("the message cannot be built")]
    Message,
}

/// Says that no person wrote it, so that absence notes are not sent back (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Puts a letter into the form of RFC 5322. The same letter has the same Message-ID whenever it is sent, so that a
/// mailbox shows a letter that was sent twice once.
///
/// # Errors
/// [`MessageError`] when sender, recipient or text cannot be written in a message: trying again does not help.
pub fn message(
    id: LetterId,
    tenant: &Tenant,
    to: &str,
    content: &Composed,
    now: Timestamp,
) -> Result<MailMessage, MessageError> {
    let plain =
        |text: &str| if text.chars().any(char::is_control) { Err(MessageError::Header) } else { Ok(()) };
    let from = &tenant.mail;
    let name = tenant.from_name_in(content.language.unwrap_or(Language::Ja)).text;
    plain(name)?;
    plain(&content.subject)?;
    let sender = address(&from.from_address).ok_or(MessageError::Sender)?;
    let recipient = address(to).ok_or(MessageError::Recipient)?;
    let mut builder = Message::builder()
        .from(Mailbox::new(Some(name.to_owned()), sender.clone()))
        .to(Mailbox::new(None, recipient.clone()))
        .subject(content.subject.clone())
        .header(Date::new(SystemTime::from(now)))
        .message_id(Some(format!("<{id}@{}>", sender.domain())))
        .header(AutoSubmitted)
        // Said outright: the library would read it back from the headers, and does not read all it writes.
        .envelope(
            Envelope::new(Some(sender.clone()), vec![recipient.clone()])
                .map_err(|_| MessageError::Message)?,
        );
    if let Some(reply_to) = &from.reply_to {
        builder = builder.reply_to(Mailbox::new(None, address(reply_to).ok_or(MessageError::Sender)?));
    }
    let framed = FramedLetter::new(content, tenant).render().map_err(|_| MessageError::Message)?;
    let part = |kind, body: String| SinglePart::builder().header(kind).body(body);
    let message = builder
        .multipart(
            // The boundary is the letter's own: the library would draw random bytes of its own for it.
            MultiPart::alternative()
                .boundary(format!("letter-{id}"))
                .singlepart(part(ContentType::TEXT_PLAIN, content.text.clone()))
                .singlepart(part(ContentType::TEXT_HTML, framed)),
        )
        .map_err(|_| MessageError::Message)?;
    let bytes = message.formatted();
    if !bytes.is_ascii() {
        return Err(MessageError::Message);
    }
    Ok(MailMessage { from: sender, to: recipient, bytes })
}

/// An address for the wire. Old addresses of Japan's carriers — `a..b@`, `.a@`, `a.@` — are no dot-atoms and stand in
/// quotes there (RFC 5321, 4.1.2), which is how their servers take them. `None` for anything that is not one plain
/// ASCII address.
fn address(text: &str) -> Option<Address> {
    let (local, domain) = text.rsplit_once('@')?;
    if let Ok(address) = Address::new(local, domain) {
        return text.is_ascii().then_some(address).filter(|_| !text.contains(['"', '\\', ' ', '[', ']']));
    }
    let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    if local.is_empty() || !local.chars().all(is_atom) {
        return None;
    }
    // Only the dots' places were wrong; what is in quotes needs no escape.
    let checked = Address::new(local.replace('.', "x"), domain).ok()?;
    Some(Address::new_dangerous(format!("\"{local}\""), checked.domain()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(text: &str) -> Option<String> {
        address(text).map(|address| address.to_string())
    }

    #[test]
    fn carriers_old_addresses_stand_in_quotes_and_others_do_not() {
        for (kept, on_the_wire) in [
            ("hanako@example.jp", "hanako@example.jp"),
            ("a.b+c_d@docomo.ne.jp", "a.b+c_d@docomo.ne.jp"),
            ("a..b@docomo.ne.jp", "\"a..b\"@docomo.ne.jp"),
            (".a@docomo.ne.jp", "\".a\"@docomo.ne.jp"),
            ("a.@ezweb.ne.jp", "\"a.\"@ezweb.ne.jp"),
            ("a..b.@docomo.ne.jp", "\"a..b.\"@docomo.ne.jp"),
            ("...@softbank.ne.jp", "\"...\"@softbank.ne.jp"),
            ("a-@i.softbank.jp", "a-@i.softbank.jp"),
            ("?a/b@ezweb.ne.jp", "?a/b@ezweb.ne.jp"),
            ("-a@docomo.ne.jp", "-a@docomo.ne.jp"),
        ] {
            assert_eq!(wire(kept).as_deref(), Some(on_the_wire), "{kept}");
        }
    }

    #[test]
    fn what_is_not_one_plain_address_is_refused() {
        for bad in [
            "",
            "a",
            "@example.jp",
            "a@",
            "a@b@example.jp",
            "a,b@example.jp",
            "a b@example.jp",
            "a\r\nBcc: c@example.jp",
            "a@example.jp\r\nRCPT TO:<b@example.jp>",
            "a>@example.jp",
            "\"a\"@example.jp",
            "ａ@example.jp",
            "a..b@example.jp>",
            "a..\u{0}b@example.jp",
            "<a@example.jp>",
            "a@[127.0.0.1]",
            "花子@example.jp",
        ] {
            assert_eq!(wire(bad), None, "{bad:?}");
        }
    }
}
