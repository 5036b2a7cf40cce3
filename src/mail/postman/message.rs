//! Message: a letter as it goes over the wire — one sender, one recipient, text first and a small HTML beside it.
//!
//! Nothing a member or a union wrote can become a header or a second recipient: the headers are typed, and a line break
//! in what goes into one is refused.

use std::time::SystemTime;

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
    domain::{member::LetterId, tenant::MailIdentity},
    mail::letter::Composed,
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
    from: &MailIdentity,
    to: &str,
    content: &Composed,
    now: Timestamp,
) -> Result<MailMessage, MessageError> {
    let plain =
        |text: &str| if text.chars().any(char::is_control) { Err(MessageError::Header) } else { Ok(()) };
    plain(&from.from_name)?;
    plain(&content.subject)?;
    let sender = address(&from.from_address).ok_or(MessageError::Sender)?;
    let recipient = address(to).ok_or(MessageError::Recipient)?;
    let mut builder = Message::builder()
        .from(Mailbox::new(Some(from.from_name.clone()), sender.clone()))
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
    let part = |kind, body: String| SinglePart::builder().header(kind).body(body);
    let message = builder
        .multipart(
            // The boundary is the letter's own: the library would draw random bytes of its own for it.
            MultiPart::alternative()
                .boundary(format!("letter-{id}"))
                .singlepart(part(ContentType::TEXT_PLAIN, content.text.clone()))
                .singlepart(part(ContentType::TEXT_HTML, html(&content.text))),
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

/// A small HTML of a text: paragraphs, links that can be clicked, a code that can be read from afar.
fn html(text: &str) -> String {
    let japanese = text.chars().any(|c| ('\u{3041}'..='\u{30FF}').contains(&c));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"></head>\n<body>\n",
        if japanese { "ja" } else { "en" }
    );
    let mut open = false;
    for line in text.lines().map(str::trim_end) {
        let code = line.len() == 6 && line.chars().all(|c| c.is_ascii_digit());
        if open && (line.is_empty() || code) {
            out.push_str("</p>\n");
            open = false;
        }
        if code {
            out.push_str("<p style=\"font-size:1.75em;font-weight:bold;letter-spacing:0.15em\">");
            out.push_str(line);
            out.push_str("</p>\n");
        } else if !line.is_empty() {
            out.push_str(if open { "<br>\n" } else { "<p>" });
            open = true;
            linked(line, &mut out);
        }
    }
    if open {
        out.push_str("</p>\n");
    }
    out.push_str("</body></html>\n");
    out
}

/// Writes a line with its addresses clickable.
fn linked(line: &str, out: &mut String) {
    let mut rest = line;
    while let Some(at) = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min() {
        let (before, from) = rest.split_at(at);
        let end =
            from.find(|c: char| !c.is_ascii_graphic() || "<>\"'()[]`\\".contains(c)).unwrap_or(from.len());
        let (whole, _) = from.split_at(end);
        let address = whole.trim_end_matches(['.', ',', ';', ':', '!', '?']);
        escaped(before, out);
        out.push_str("<a href=\"");
        escaped(address, out);
        out.push_str("\">");
        escaped(address, out);
        out.push_str("</a>");
        rest = from.get(address.len()..).unwrap_or_default();
    }
    escaped(rest, out);
}

fn escaped(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
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

    #[test]
    fn a_text_becomes_paragraphs_links_and_a_large_code() {
        let page = html("こんにちは <花子>\n二行目\n\n123456\nhttps://www.example.jp/r?a=1&b=2。つぎ");
        assert!(page.contains("<html lang=\"ja\">"), "{page}");
        assert!(page.contains("<p>こんにちは &lt;花子&gt;<br>\n二行目</p>"), "{page}");
        assert!(page.contains("letter-spacing:0.15em\">123456</p>"), "{page}");
        let link =
            "<a href=\"https://www.example.jp/r?a=1&amp;b=2\">https://www.example.jp/r?a=1&amp;b=2</a>。つぎ";
        assert!(page.contains(link), "{page}");
        assert!(html("Hello.").contains("lang=\"en\""));
    }

    #[test]
    fn no_address_in_a_text_leads_to_a_script() {
        let page = html("javascript:alert(1) https://x.example/\"onclick=alert(1) <https://y.example>.");
        assert_eq!(page.matches("<a ").count(), 2);
        assert!(
            page.contains("href=\"https://x.example/\">") && page.contains("href=\"https://y.example\">"),
            "{page}"
        );
        assert!(!page.contains("href=\"javascript"));
    }
}
