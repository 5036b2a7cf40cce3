//! Mail address: what a member types where one is asked for, in the one spelling in which it is kept ([D8]).
//!
//! [D8]: crate::rules::decisions#d8

use std::fmt;

use smol_str::SmolStr;

use super::{refusal::Refusal, typed};

/// A mail address that may be written to. A local part that has to stand in quotes on the wire (`a..b@`, as old
/// addresses of Japan's carriers have it) is kept without them; who writes to it puts them there.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(SmolStr);

impl EmailAddress {
    /// As [`Self::read`], for who needs no reason.
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }

    /// Reads one address: ASCII after NFKC, at most 254 characters. Old carrier addresses with `..` or a dot before `@`
    /// are accepted (D8), with or without the quotes that RFC 5321 (4.1.2) wants around them. What copying leaves around
    /// an address is taken off: `mailto:`, pointed brackets, a comma or full stop behind it.
    ///
    /// # Errors
    /// What is wrong with it: a name beside the address, a second one, a character that no address here may hold (a
    /// domain in Japanese among them), or anything else.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let folded: String = typed::fold(text).chars().map(plain).collect();
        let address = bare(&folded)?;
        if address.matches('@').count() > 1 && address.contains([',', ';', ' ']) {
            return Err(Refusal::SeveralEmails);
        }
        let (local, domain) = split(address).ok_or(Refusal::MalformedEmail)?;
        if let Some(found) = local.chars().chain(domain.chars()).find(|c| !c.is_ascii()) {
            return Err(Refusal::EmailCharacter { found });
        }
        let kept = format!("{local}@{}", domain.to_ascii_lowercase());
        if is_local_part(&local) && is_domain(domain) && kept.len() <= 254 {
            Ok(Self(kept.into()))
        } else {
            Err(Refusal::MalformedEmail)
        }
    }

    /// An address as read from the store: not checked again.
    pub fn kept(text: String) -> Self {
        Self(text.into())
    }

    /// The address as it was written: capital letters are kept ([`Self::key`] has none).
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// One spelling for "is this address taken?": lower case throughout.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }

    /// Enough of the address to know it by, on a page before the member is in, in a letter, and for the desk to compare over
    /// the phone: `h***@example.jp`.
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((self.0.as_str(), ""));
        let first: String = local.chars().take(1).collect();
        format!("{first}***@{domain}")
    }

    /// The part behind `@`, in lower case.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The same mailbox at another domain.
    pub fn at(&self, domain: &str) -> String {
        format!("{}@{domain}", self.mailbox())
    }

    /// The part before `@`.
    pub fn mailbox(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

/// Never prints the address: it stays out of logs.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

/// The dot of a Japanese keyboard and the quotes that phones make of `"`: neither stands in an address for itself.
fn plain(c: char) -> char {
    match c {
        '。' => '.',
        '“' | '”' | '„' | '‟' => '"',
        other => other,
    }
}

/// The address without what stands around it.
fn bare(text: &str) -> Result<&str, Refusal> {
    let text = text.trim_end_matches([',', ';', '、', '.', ' ']);
    let text = match text.split_once(['<', '>']) {
        None => text,
        Some(("", rest)) => match rest.split_once('>') {
            None => rest,
            Some((address, "")) => address,
            Some(_) => return Err(Refusal::EmailWithName),
        },
        Some((address, "")) if address.contains('@') => address,
        Some(_) => return Err(Refusal::EmailWithName),
    };
    let text = match text.split_at_checked("mailto:".len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("mailto:") => {
            rest.split_once('?').map_or(rest, |(address, _)| address)
        }
        _ => text,
    };
    Ok(text.trim_end_matches([',', ';', '、', '.', ' ']))
}

/// Local part and domain; the local part without its quotes, and without the backslashes in them (RFC 5321, 4.1.2).
fn split(address: &str) -> Option<(String, &str)> {
    let Some(quoted) = address.strip_prefix('"') else {
        return address.rsplit_once('@').map(|(local, domain)| (local.to_owned(), domain));
    };
    let mut local = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((local, quoted.get(at + 1..)?.strip_prefix('@')?)),
            '\\' => local.push(characters.next()?.1),
            c => local.push(c),
        }
    }
    None
}

/// Atoms and dots (RFC 5322, 3.2.3), the dots at any place. What would need its quotes for anything else (spaces, a
/// second `@`) has never been seen and is refused.
fn is_local_part(local: &str) -> bool {
    !local.is_empty()
        && local.len() <= 64
        && local.chars().all(|c| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c))
}

fn is_domain(domain: &str) -> bool {
    let label_fits = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    domain.contains('.')
        && domain.split('.').all(label_fits)
        && top.len() >= 2
        && !top.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_letter_and_the_domain_are_enough_to_know_an_address_by() {
        assert_eq!(EmailAddress::parse("hanako@example.jp").unwrap().masked(), "h***@example.jp");
    }

    #[test]
    fn carrier_addresses_pass_and_second_recipients_do_not() {
        for good in ["a..b@docomo.ne.jp", "abc.@ezweb.ne.jp", "taro+x@Example.JP", "ｔａｒｏ＠example.jp"]
        {
            assert!(EmailAddress::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "taro",
            "taro@",
            "@example.jp",
            "taro@localhost",
            "a@x.jp,b@y.jp",
            "a b@x.jp",
            "a@x.jp\r\nBcc: b@y.jp",
            "Taro <taro@x.jp>",
            "taro@1.2.3.4",
            "ｆｏｏ@-x.jp",
            "花子@example.jp",
        ] {
            assert!(EmailAddress::parse(bad).is_none(), "{bad}");
        }
        assert_eq!(EmailAddress::parse("Taro@Example.JP").unwrap().as_str(), "Taro@example.jp");
    }

    #[test]
    fn an_address_quoted_as_carriers_teach_it_is_kept_without_quotes() {
        for typed in [
            "\"a..b\"@docomo.ne.jp",
            "\"a\\.\\.b\"@docomo.ne.jp",
            "“a..b”@docomo.ne.jp",
            "＂ａ．．ｂ＂＠docomo.ne.jp",
            "a..b@docomo.ne.jp",
            "a..b@docomo。ne。jp",
            "a..b@docomo．ne．jp",
            "<\"a..b\"@docomo.ne.jp>",
            "mailto:\"a..b\"@docomo.ne.jp",
            "MAILTO:a..b@docomo.ne.jp?subject=x",
            "<mailto:a..b@docomo.ne.jp>",
            "<a..b@docomo.ne.jp>,",
            "a..b@docomo.ne.jp>",
            "a..b@docomo.ne.jp.",
            "a..b@docomo.ne.jp。",
            "a..b@docomo.ne.jp、 ",
            "\u{FEFF}a..b@DOCOMO.ne.jp;\u{200B}",
        ] {
            let kept = EmailAddress::parse(typed).map(|address| address.0);
            assert_eq!(kept.as_deref(), Some("a..b@docomo.ne.jp"), "{typed}");
        }
        assert_eq!(EmailAddress::parse("\"taro\"@x.jp").unwrap().as_str(), "taro@x.jp");
        assert_eq!(EmailAddress::parse("\"abc.\"@ezweb.ne.jp").unwrap().as_str(), "abc.@ezweb.ne.jp");
    }

    #[test]
    fn quotes_let_nothing_in_that_may_not_stand_there_without_them() {
        for typed in [
            "\"a b\"@x.jp",
            "\"a@y.jp\"@x.jp",
            "\"a\\\"b\"@x.jp",
            "\"a,b\"@x.jp",
            "\"a>\"@x.jp",
            "\"\"@x.jp",
            "\"a\"b@x.jp",
            "\"a\".b@x.jp",
            "\"a@x.jp",
            "\"a\\",
            "a\"b\"@x.jp",
            "\"a..b\"@",
        ] {
            assert_eq!(EmailAddress::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_address_is_said() {
        for (typed, refusal) in [
            ("Taro <taro@x.jp>", Refusal::EmailWithName),
            ("\"山田 太郎\" <taro@x.jp>", Refusal::EmailWithName),
            ("<taro@x.jp> 山田", Refusal::EmailWithName),
            ("a@x.jp,b@y.jp", Refusal::SeveralEmails),
            ("a@x.jp; b@y.jp", Refusal::SeveralEmails),
            ("a@x.jp b@y.jp", Refusal::SeveralEmails),
            ("taro@健保.jp", Refusal::EmailCharacter { found: '健' }),
            ("花子@example.jp", Refusal::EmailCharacter { found: '花' }),
            ("taro", Refusal::MalformedEmail),
            ("taro@@x.jp", Refusal::MalformedEmail),
            ("", Refusal::MalformedEmail),
        ] {
            assert_eq!(EmailAddress::read(typed), Err(refusal), "{typed}");
        }
    }
}
