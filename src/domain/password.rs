//! Password: the rules for a new one ([D6]). Pure; hashing is the vault's.
//!
//! A union's rules are obeyed and told before typing. The blocklist holds common passwords, words of the union
//! itself and the member's own numbers; it is applied to the whole password and to its letters-only core.
//!
//! [D6]: crate::rules::decisions#d6

use std::sync::LazyLock;

use secrecy::{ExposeSecret as _, SecretString};

use super::{
    birth_date::BirthDate,
    login_id::LoginId,
    member::MemberNumber,
    refusal::PasswordFlaw,
    tenant::{CharClass, Forbidden, PasswordPolicy, Tenant},
    typed,
};

/// Longest text that is hashed at all; longer ones are refused before any work (B12).
pub const LONGEST_BYTES: usize = 1024;

/// A password in its one spelling. Debug never shows it; memory is cleaned when it is dropped.
#[derive(Debug, Clone)]
pub struct Password(SecretString);

impl Password {
    /// NFKC, `¥` as `\`; nothing trimmed. `None` when the text is too long to be hashed.
    pub fn typed(text: &SecretString) -> Option<Self> {
        let text = text.expose_secret();
        (text.len() <= LONGEST_BYTES).then(|| Self(SecretString::from(typed::password(text))))
    }

    /// The text, for the vault and the rules.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// The passwords that a new user ID would give away to whoever sees it: as it was typed, and in the spelling in which it
/// is kept. A password is never the user ID (D6), whichever of them is changed.
pub fn given_away_by(typed_login: &str, login: &LoginId) -> Vec<Password> {
    let mut spellings = vec![typed::fold(typed_login), login.as_str().to_owned()];
    spellings.dedup();
    spellings.into_iter().filter_map(|text| Password::typed(&SecretString::from(text))).collect()
}

/// What the rules know about the member who chooses.
#[derive(Debug)]
pub struct PasswordContext<'a> {
    /// The user ID in force.
    pub login: &'a LoginId,
    /// The birth date on the roster.
    pub birth_date: BirthDate,
    /// The member's 記号・番号・枝番.
    pub number: &'a MemberNumber,
    /// The part before `@` of the member's address, if there is one.
    pub mailbox: Option<&'a str>,
    /// Words of the union itself: from [`union_words`].
    pub union_words: &'a [String],
}

/// Words nobody should build a password of: from the union's host labels and the service's own name (D20).
pub fn union_words(tenant: &Tenant) -> Vec<String> {
    let mut words = vec!["kenpo".to_owned(), "kenpoportal".to_owned(), "kenkouhoken".to_owned()];
    let labels = tenant.hosts.primary.split('.').chain([tenant.slug.as_str()]);
    words.extend(labels.filter(|l| l.len() >= 4).map(str::to_lowercase));
    words.extend(tenant.hosts.primary.split(['.', '-']).filter(|l| l.len() >= 5).map(str::to_lowercase));
    words.sort();
    words.dedup();
    words
}

/// Every rule the password breaks, in the order in which they are shown; empty when it is fine.
///
/// "Not the one in force" needs the vault and is asked there.
pub fn flaws(policy: &PasswordPolicy, password: &Password, about: &PasswordContext<'_>) -> Vec<PasswordFlaw> {
    let text = password.expose();
    let mut flaws = shape_flaws(policy, text);
    flaws.extend(user_id_flaw(policy, text, about.login));
    let lower = text.to_lowercase();
    for forbidden in &policy.forbid {
        match forbidden {
            Forbidden::BirthDate if about.birth_date.spellings().iter().any(|s| made_of(&lower, s)) => {
                flaws.push(PasswordFlaw::IsBirthDate);
            }
            Forbidden::KigoBango if about.number.spellings().iter().any(|s| made_of(&lower, s)) => {
                flaws.push(PasswordFlaw::IsKigoBango);
            }
            Forbidden::Blocklist if is_common(&lower, about) => flaws.push(PasswordFlaw::Common),
            _ => {}
        }
    }
    if policy.examples_ok.iter().any(|example| typed::password(example) == text) {
        flaws.push(PasswordFlaw::IsExample);
    }
    flaws
}

/// The rules that need only the text: length, characters, classes. `tenant check` tries the file's examples on
/// these and on [`user_id_flaw`].
pub fn shape_flaws(policy: &PasswordPolicy, text: &str) -> Vec<PasswordFlaw> {
    let mut flaws = Vec::new();
    let length = text.chars().count();
    if length < policy.min_length {
        flaws.push(PasswordFlaw::TooShort { min: policy.min_length });
    }
    if length > policy.max_length {
        flaws.push(PasswordFlaw::TooLong { max: policy.max_length });
    }
    if let Some(found) = text.chars().find(|c| !c.is_ascii_graphic()) {
        flaws.push(PasswordFlaw::Character { found });
    }
    for class in &policy.require {
        if !text.chars().any(|c| has_class(*class, c)) {
            flaws.push(PasswordFlaw::Missing(*class));
        }
    }
    flaws
}

/// The flaw of a password that is the user ID, or under the stricter rule contains it.
pub fn user_id_flaw(policy: &PasswordPolicy, text: &str, login: &LoginId) -> Option<PasswordFlaw> {
    let (lower, login) = (text.to_lowercase(), login.as_str());
    policy.forbid.iter().find_map(|forbidden| match forbidden {
        Forbidden::UserId if lower == login => Some(PasswordFlaw::IsUserId),
        Forbidden::ContainsUserId if lower.contains(login) => Some(PasswordFlaw::ContainsUserId),
        _ => None,
    })
}

/// Whether a character counts for a class.
pub fn has_class(class: CharClass, c: char) -> bool {
    match class {
        CharClass::Upper => c.is_ascii_uppercase(),
        CharClass::Lower => c.is_ascii_lowercase(),
        CharClass::Letter => c.is_ascii_alphabetic(),
        CharClass::Digit => c.is_ascii_digit(),
        CharClass::Symbol => c.is_ascii_punctuation(),
    }
}

/// The password is `word` with at most four other characters around it: `19800120Ab!` is made of the date.
fn made_of(lower: &str, word: &str) -> bool {
    word.len() >= 4 && lower.contains(word) && lower.len() <= word.len() + 4
}

static COMMON: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("password/common.txt").lines().collect());

fn is_common(lower: &str, about: &PasswordContext<'_>) -> bool {
    let listed = |text: &str| COMMON.binary_search(&text).is_ok();
    let plain = unleet(lower);
    // "password!!" is "password" with a tail.
    let core = lower.trim_matches(|c: char| c.is_ascii_punctuation());
    let word = core.trim_end_matches(|c: char| c.is_ascii_digit());
    if listed(lower) || listed(&plain) || listed(core) || is_a_run(lower) {
        return true;
    }
    // "k3np0-2026" is "k3np0" beside a number.
    let beside: String = lower
        .split(|c: char| c.is_ascii_punctuation())
        .filter(|s| !s.chars().all(|c| c.is_ascii_digit()))
        .collect();
    let own = about.union_words.iter().map(String::as_str).chain(about.mailbox);
    let mut own = own.filter(|w| w.len() >= 4).map(str::to_lowercase);
    own.any(|w| {
        word == w || unleet(word) == w || unleet(&beside) == w || made_of(lower, &w) || made_of(&plain, &w)
    })
}

/// `p@ssw0rd` reads as `password`.
fn unleet(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            other => other,
        })
        .collect()
}

/// One character repeated, one short piece repeated, or neighbours in order: `aaaaaaaa`, `abcabcabc`, `23456789`.
fn is_a_run(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let repeats =
        (1..=3).any(|n| chars.len() >= 2 * n && chars.iter().zip(chars.iter().skip(n)).all(|(a, b)| a == b));
    let step = |a: char, b: char| i64::from(u32::from(b)) - i64::from(u32::from(a));
    let mut steps = chars.windows(2).filter_map(|w| Some(step(*w.first()?, *w.last()?)));
    let first = steps.next();
    let rises = first.is_some_and(|s| s.abs() == 1 && steps.all(|other| other == s));
    repeats || rises
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(max: usize, require: &[CharClass], forbid: &[Forbidden]) -> PasswordPolicy {
        PasswordPolicy {
            min_length: 8,
            max_length: max,
            require: require.to_vec(),
            symbols: String::new(),
            forbid: forbid.to_vec(),
            examples_ok: vec!["Kenpo-2026".into()],
            examples_ng: Vec::new(),
        }
    }

    const ALL: [Forbidden; 4] =
        [Forbidden::UserId, Forbidden::BirthDate, Forbidden::KigoBango, Forbidden::Blocklist];

    fn judge(policy: &PasswordPolicy, text: &str) -> Vec<PasswordFlaw> {
        let login = LoginId::typed("testuser");
        let number = MemberNumber::parse("12", "3456789", "").unwrap();
        let words = vec!["jikken".to_owned(), "kenpo".to_owned()];
        let about = PasswordContext {
            login: &login,
            birth_date: BirthDate::kept("1980-01-20".parse().unwrap()),
            number: &number,
            mailbox: Some("hanako"),
            union_words: &words,
        };
        flaws(policy, &Password::typed(&text.to_owned().into()).unwrap(), &about)
    }

    #[test]
    fn every_flaw_is_told_at_once() {
        let strict =
            policy(20, &[CharClass::Upper, CharClass::Lower, CharClass::Digit, CharClass::Symbol], &ALL);
        assert_eq!(
            judge(&strict, "花abc"),
            [
                PasswordFlaw::TooShort { min: 8 },
                PasswordFlaw::Character { found: '花' },
                PasswordFlaw::Missing(CharClass::Upper),
                PasswordFlaw::Missing(CharClass::Digit),
                PasswordFlaw::Missing(CharClass::Symbol),
            ]
        );
        assert_eq!(judge(&strict, "Muroran#1907"), []);
        assert_eq!(judge(&strict, "Kenpo-2026"), [PasswordFlaw::Common, PasswordFlaw::IsExample]);
    }

    #[test]
    fn the_user_id_may_be_forbidden_as_the_whole_or_as_a_part() {
        assert_eq!(judge(&policy(64, &[], &[Forbidden::UserId]), "TestUser"), [PasswordFlaw::IsUserId]);
        assert_eq!(judge(&policy(64, &[], &[Forbidden::UserId]), "Testuser-1!"), []);
        assert_eq!(
            judge(&policy(64, &[], &[Forbidden::ContainsUserId]), "Testuser-1!"),
            [PasswordFlaw::ContainsUserId]
        );
    }

    #[test]
    fn birth_dates_and_numbers_do_not_hide_in_passwords() {
        let policy = policy(64, &[], &ALL);
        for text in ["19800120Ab!", "19800120", "01201980", "s550120ab", "showa550120", "02100891"] {
            assert!(judge(&policy, text).contains(&PasswordFlaw::IsBirthDate), "{text}");
        }
        for text in ["123456789", "12-3456789", "3456789ab"] {
            assert!(judge(&policy, text).contains(&PasswordFlaw::IsKigoBango), "{text}");
        }
    }

    #[test]
    fn common_words_fall_in_any_costume() {
        let policy = policy(64, &[], &[Forbidden::Blocklist]);
        for text in [
            "password",
            "P@ssw0rd",
            "password!!",
            "aaaaaaaa",
            "abcabcabc",
            "12345678",
            "87654321",
            "abcdefgh",
            "sakura1234",
            "jikken2026",
            "kenpo2026",
            "K3np0-2026",
            "hanako12",
        ] {
            assert_eq!(judge(&policy, text), [PasswordFlaw::Common], "{text}");
        }
        for text in ["d00000000x", "asagao-to-tonbo", "Ku7!mori", "tsuki.ga.kirei"] {
            assert_eq!(judge(&policy, text), [], "{text}");
        }
    }

    #[test]
    fn an_over_long_text_is_refused_before_any_work() {
        assert!(Password::typed(&"x".repeat(1025).into()).is_none());
        assert!(Password::typed(&"x".repeat(1024).into()).is_some());
    }

    #[test]
    fn the_list_is_sorted_so_that_it_can_be_searched() {
        assert!(COMMON.windows(2).all(|w| w[0] < w[1]));
        assert!(COMMON.len() > 3000);
    }
}
