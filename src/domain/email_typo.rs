//! Typing errors in mail addresses: a domain that is one letter beside one that many members have (`gmial.com`), or ends
//! like one (`.con`). Such an error sends the code, and later letters, to nobody or to a stranger, so the member is asked
//! once; an address that is meant all the same is taken as it stands.

use super::member::EmailAddress;

/// Where most members have their mail: the carriers and the large providers.
const COMMON: [&str; 15] = [
    "docomo.ne.jp",
    "ezweb.ne.jp",
    "softbank.ne.jp",
    "i.softbank.jp",
    "ymobile.ne.jp",
    "ymobile1.ne.jp",
    "uqmobile.jp",
    "rakumail.jp",
    "gmail.com",
    "yahoo.co.jp",
    "icloud.com",
    "outlook.com",
    "outlook.jp",
    "hotmail.com",
    "hotmail.co.jp",
];

/// Others, a letter beside one of those.
const NEIGHBOURS: [&str; 4] = ["email.com", "mail.com", "y-mobile.ne.jp", "ymail.com"];

/// The address that was probably meant, where its domain is mistyped.
pub fn meant(address: &EmailAddress) -> Option<String> {
    domain_meant(address).map(|domain| address.at(&domain))
}

fn domain_meant(address: &EmailAddress) -> Option<String> {
    let typed = address.domain();
    if COMMON.contains(&typed) || NEIGHBOURS.contains(&typed) {
        return None;
    }
    let is_beside = |common: &&str| strsim::osa_distance(typed, common) == 1;
    if let Some(common) = COMMON.into_iter().find(is_beside) {
        return Some(common.to_owned());
    }
    // There is no such top level.
    typed.strip_suffix(".con").map(|name| format!("{name}.com"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(domain: &str) -> Option<String> {
        let meant = meant(&EmailAddress::parse(&format!("hanako@{domain}")).unwrap())?;
        Some(meant.strip_prefix("hanako@").unwrap().to_owned())
    }

    #[test]
    fn a_letter_wrong_lost_doubled_or_swapped_is_a_slip() {
        for (typed, wanted) in [
            ("gmial.com", "gmail.com"),
            ("gmail.co", "gmail.com"),
            ("gmaill.com", "gmail.com"),
            ("Gmail.con", "gmail.com"),
            ("docomo.ne.jo", "docomo.ne.jp"),
            ("dokomo.ne.jp", "docomo.ne.jp"),
            ("yaho.co.jp", "yahoo.co.jp"),
            ("i.softbamk.jp", "i.softbank.jp"),
            ("kenpo.example.con", "kenpo.example.com"),
        ] {
            assert_eq!(of(typed).as_deref(), Some(wanted), "{typed}");
        }
    }

    #[test]
    fn what_is_right_or_merely_rare_is_none() {
        for domain in COMMON.into_iter().chain(NEIGHBOURS).chain([
            "example.jp",
            "au.com",
            "yahoo.com",
            "docomo.co.jp",
            "t.vodafone.ne.jp",
            "nifty.com",
        ]) {
            assert_eq!(of(domain), None, "{domain}");
        }
    }
}
