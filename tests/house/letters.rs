//! Every letter in both languages, as it is read: snapshots, and what no letter may do.

use jiff::{Timestamp, civil::date};
use kenpo_portal::{
    domain::{
        desk::{DeskDeed, PasswordAfter},
        letter::Letter,
        lockout::Bucket,
        tenant::{Language, Method},
    },
    mail::letter::{Composed, compose},
    wording::Wording,
};

use crate::sample_tenant::midori;

/// Six digits as a code.
const CODE: &str = "995867";
/// Every letter. A new one does not compile until it stands here.
fn letters() -> Vec<Letter> {
    let browser = || "iPhoneのSafari".to_owned();
    let device = || "iPhone(iCloudキーチェーン)".to_owned();
    let link = |path: &str| {
        format!("https://midori.localhost{path}/Zm9yIHRoZSBzYW1wbGUgb25seSwgbm90IGEga2V5").into()
    };
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let more = |method, device| Letter::OneMoreFactor { method, device, browser: browser() };
    let letters = vec![
        Letter::FirstCredentials {
            login: "kmt4nqe72xwh".into(),
            password: "R8WD3HKQ5ZNY".into(),
            place: "https://midori.localhost/".into(),
            until: date(2027, 2, 19),
        },
        Letter::MailCode { code: CODE.into(), minutes: 10 },
        Letter::ConfirmEmailByCode { code: CODE.into(), minutes: 10 },
        Letter::NewEmailCode { code: CODE.into(), minutes: 10 },
        Letter::ConfirmEmailByLink {
            link: link("/signin/email/confirm"),
            code: CODE.into(),
            minutes: 60,
            code_minutes: 10,
        },
        Letter::Recovery { link: link("/recovery/password/link"), code: CODE.into(), minutes: 5 },
        Letter::UserIds { logins: vec!["hanako.1980".into(), "taro0001".into()] },
        Letter::FirstCredentialUsed,
        Letter::FactorAdded { device: device() },
        more(Method::AppOtp, Some(device())),
        more(Method::Passkey, Some(device())),
        Letter::PasskeyCopied { device: device() },
        more(Method::EmailOtp, None),
        Letter::FactorRemoved { device: device(), usual: None, browser: String::new() },
        Letter::FactorRemoved { device: device(), usual: Some(Method::AppOtp), browser: browser() },
        Letter::LoginChanged { browser: browser() },
        Letter::MethodChosen { method: Method::Passkey, browser: browser() },
        Letter::PasswordChanged { browser: browser() },
        Letter::Recovered { factor_replaced: false, browser: browser() },
        Letter::Recovered { factor_replaced: true, browser: browser() },
        Letter::LostFactorAsked {
            opens_at: at("2026-11-22T03:05:00Z"),
            closes_at: at("2026-11-25T03:05:00Z"),
            link: link("/recovery/call-off"),
        },
        Letter::EmailChanged { new: "h***@example.jp".into(), browser: browser() },
        Letter::PasswordOff { bucket: Bucket::Unknown },
        Letter::PasswordOff { bucket: Bucket::Known },
        Letter::FactorOff { method: Method::AppOtp, bucket: Bucket::Unknown, times: 30 },
        Letter::FactorOff { method: Method::EmailOtp, bucket: Bucket::Known, times: 30 },
        Letter::PasswordExposed { times: 10 },
    ];
    let desk = DeskDeed::ALL.map(|deed| Letter::Desk(deed, PasswordAfter::AsTheDeedSays));
    let renumbered = DeskDeed::ALL.into_iter().filter(|deed| deed.changes_number());
    let renumbered = renumbered.map(|deed| Letter::Desk(deed, PasswordAfter::OfTheNewNumber));
    let letters = letters.into_iter().chain(desk).chain(renumbered).collect::<Vec<_>>();
    for letter in &letters {
        match letter {
            Letter::FirstCredentials { .. }
            | Letter::MailCode { .. }
            | Letter::ConfirmEmailByCode { .. }
            | Letter::NewEmailCode { .. }
            | Letter::ConfirmEmailByLink { .. }
            | Letter::Recovery { .. }
            | Letter::UserIds { .. }
            | Letter::FirstCredentialUsed
            | Letter::FactorAdded { .. }
            | Letter::OneMoreFactor { .. }
            | Letter::PasskeyCopied { .. }
            | Letter::FactorRemoved { .. }
            | Letter::LoginChanged { .. }
            | Letter::MethodChosen { .. }
            | Letter::PasswordChanged { .. }
            | Letter::Recovered { .. }
            | Letter::LostFactorAsked { .. }
            | Letter::EmailChanged { .. }
            | Letter::PasswordOff { .. }
            | Letter::FactorOff { .. }
            | Letter::PasswordExposed { .. }
            | Letter::Desk(..) => {}
        }
    }
    letters
}

/// Every letter with its words in that language.
fn written(language: Language) -> Vec<(Letter, Composed)> {
    let (tenant, wording) = (midori(), Wording::new());
    let words = wording.words(&tenant, language);
    let now = "2026-11-21T00:05:00Z".parse().unwrap();
    letters().into_iter().map(|letter| (letter.clone(), compose(&letter, &tenant, &words, now))).collect()
}

fn all() -> Vec<(Letter, Composed)> {
    [Language::Ja, Language::En].into_iter().flat_map(written).collect()
}

fn shown(language: Language) -> String {
    let one = |(letter, mail): (Letter, Composed)| {
        format!("==== {}\n{}\n----\n{}\n", letter.word(), mail.subject, mail.text)
    };
    written(language).into_iter().map(one).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_letter_in_japanese() {
    insta::assert_snapshot!(shown(Language::Ja));
}

#[test]
fn every_letter_in_english() {
    insta::assert_snapshot!(shown(Language::En));
}

#[test]
fn a_subject_names_union_and_time_and_nothing_to_be_read_over_a_shoulder() {
    for (letter, mail) in all() {
        let subject = &mail.subject;
        assert!(subject.starts_with("【みどり健保】") && subject.ends_with("9:05)"), "{subject}");
        let digits: String = subject.chars().map(|c| if c.is_ascii_digit() { c } else { ' ' }).collect();
        assert!(digits.split_whitespace().all(|group| group.len() < 6), "{subject}");
        for secret in ["kmt4nqe72xwh", "hanako", "http", "{", "\n"] {
            assert!(!subject.contains(secret), "{}: {subject}", letter.word());
        }
    }
}

#[test]
fn a_text_ends_with_whom_to_call_and_has_no_gap_and_no_line_too_long_for_the_wire() {
    for (letter, mail) in all() {
        let (word, text) = (letter.word(), &mail.text);
        let contact = "みどり健康保険組合 適用課\n03-0000-0000(平日 9:00〜17:00(12:00〜13:00を除く))";
        assert!(text.ends_with(contact), "{word}");
        assert!(!text.contains(['{', '}']), "{word}: a value is missing");
        assert!(text.lines().all(|line| line.len() <= 400), "{word}");
        assert!(!text.contains("健保 花子"), "{word}: no name");
    }
}

#[test]
fn a_code_stands_on_a_line_of_its_own_and_is_called_nobody_s_business() {
    for (letter, mail) in all() {
        let (word, text) = (letter.word(), &mail.text);
        let carries = text.contains(CODE);
        assert_eq!(carries, text.lines().any(|line| line == CODE), "{word}");
        let warned = text
            .contains("このコードをほかの人に教えないでください。職員が電話で聞くこともありません。")
            || text.contains("Do not tell this code to anyone. Our staff never ask for it on the phone.");
        assert_eq!(carries, warned, "{word}");
    }
}

#[test]
fn a_link_stands_on_a_line_of_its_own_and_a_mere_code_brings_none() {
    for (letter, mail) in all() {
        let (word, text) = (letter.word(), &mail.text);
        let links = text.lines().filter(|line| line.contains("http")).collect::<Vec<_>>();
        let linked = matches!(
            letter,
            Letter::FirstCredentials { .. }
                | Letter::ConfirmEmailByLink { .. }
                | Letter::Recovery { .. }
                | Letter::LostFactorAsked { .. }
        );
        assert_eq!(links.len(), usize::from(linked), "{word}");
        assert!(links.iter().all(|line| line.starts_with("https://") && !line.contains(' ')), "{word}");
    }
}
