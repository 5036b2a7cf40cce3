//! What is typed as a code, a first password, a user ID, an address, a number to say on the phone.

use kenpo_portal::domain::{
    code::{CodeLength, MailedDigits, SixDigits},
    device_name, first_credential,
    login_id::LoginId,
    member::{EmailAddress, MemberNumber},
    receipt::Receipt,
    refusal::Refusal,
    typed,
};
use unicode_normalization::UnicodeNormalization as _;

use crate::{
    birth_date::wide,
    engine::{Target, fuzz},
};

const WORDS: &[&str] = &[
    "066474",
    "12345678",
    "mailto:",
    "@example.jp",
    "\"a..b\"",
    "健保",
    "ABCD-EFGH",
    "testuser",
    "\r\nBcc: ",
    "+81",
    "%0d%0a",
];

/// An address as a letter's header may hold it: one recipient, nothing that ends a line or quotes.
fn is_one_recipient(address: &str) -> bool {
    address.is_ascii()
        && address.matches('@').count() == 1
        && !address.contains(|c: char| c.is_ascii_control() || " \"(),:;<>[\\]".contains(c))
}

#[test]
fn code() {
    let seeds = [
        "066474",
        "066 474",
        "０６６　４７４",
        "1234-5678",
        "ABCD-EFGH-JKLM",
        "abcdefghjklm",
        "Vp6r-Hn3t-Ky8s",
        "testuser",
        "taro＠kenpoー1",
        "taro@example.jp",
        "\"a..b\"@docomo.ne.jp",
        "<mailto:a..b@docomo。ne。jp>,",
        "K7PQ-2XWM",
        "03-1234-5678",
        "iPhone 15",
    ];
    let target = Target {
        name: "code",
        seeds: seeds.map(|seed| seed.as_bytes().to_vec()).into(),
        words: WORDS,
        longest: 4096,
        own: None,
        inputs: 2000,
    };
    fuzz(&target, |input| {
        let text = String::from_utf8_lossy(input);
        let wide = wide(&text);
        let digits_typed: String = text.nfkc().filter(char::is_ascii_digit).collect();

        let six = SixDigits::parse(&text).map(|code| code.expose().to_owned());
        let mailed = MailedDigits::parse(&text).map(|code| code.expose().to_owned());
        for (code, lengths) in [(&six, &[6_usize][..]), (&mailed, &CodeLength::ALL.map(CodeLength::digits))] {
            match code {
                Ok(code) => {
                    assert!(code.bytes().all(|byte| byte.is_ascii_digit()) && lengths.contains(&code.len()));
                    assert_eq!(code, &digits_typed, "other digits than were typed");
                }
                Err(refusal) => assert_eq!(*refusal == Refusal::Empty, typed::digits(&text).is_empty()),
            }
        }
        assert_eq!(six.clone().ok(), SixDigits::parse(&wide).ok().map(|code| code.expose().to_owned()));
        assert!(six.is_err() || six == mailed);

        for read in
            [first_credential::printed, first_credential::generated, first_credential::derived, typed::fold]
        {
            let once = read(&text);
            assert!(!once.contains(|c: char| c.is_control() || typed::is_invisible(c)), "{once:?}");
            if once.is_ascii() {
                assert_eq!(read(&once), once, "it has one spelling");
            }
        }

        let login = LoginId::typed(&text);
        assert!(login.as_str().chars().count() <= 64 * 3, "{login:?}");
        if let Some(imported) = LoginId::imported(&text) {
            assert!(
                imported.as_str().bytes().all(|byte| byte.is_ascii_graphic())
                    && imported.as_str().len() <= 64
            );
            // Whoever is imported by it signs in by it.
            assert_eq!(imported, login);
            assert_eq!(LoginId::typed(imported.as_str()), imported);
        }

        let address = EmailAddress::read(&text);
        if let Ok(address) = &address {
            let kept = address.as_str();
            assert!(is_one_recipient(kept) && kept.len() <= 254, "{kept}");
            assert_eq!(EmailAddress::read(kept).unwrap().as_str(), kept);
            assert_eq!(format!("{}@{}", address.mailbox(), address.domain()), kept);
        }

        if let Some(receipt) = Receipt::parse(&text) {
            assert_eq!(Receipt::parse(&receipt.to_string()), Some(receipt));
        }

        let name = device_name::typed(&text);
        assert!(!name.contains(|c: char| c.is_control() || typed::is_invisible(c)), "{name:?}");
        assert_eq!(device_name::typed(&name), name);

        if let Some(number) = MemberNumber::parse(&text, &text, "") {
            let again =
                MemberNumber::parse(number.kigo(), number.bango(), number.branch()).expect("a number");
            assert_eq!(again.key(), number.key());
        }
        if let Some(phone) = typed::phone(&text) {
            assert!(phone.bytes().all(|byte| byte.is_ascii_digit() || byte == b'+'), "{phone}");
        }
        (
            six,
            mailed,
            address.map(drop),
            MemberNumber::read(&text, &text, "").err().map(|flaws| format!("{flaws:?}")),
        )
            .outcome()
    });
}

/// A word for what became of an input.
trait Outcome {
    fn outcome(self) -> String;
}

impl<A, B, C> Outcome for (Result<A, Refusal>, Result<B, Refusal>, Result<C, Refusal>, Option<String>) {
    fn outcome(self) -> String {
        format!("{:?} {:?} {:?} {:?}", self.0.err(), self.1.err(), self.2.err(), self.3)
    }
}
