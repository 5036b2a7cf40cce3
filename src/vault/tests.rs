//! The vault seals, verifies and digests as promised.

use super::*;
use crate::domain::{first_credential, password::Password};
use crate::world::SystemRandom;

/// Who asks in these tests.
const ASKER: HashAsker = HashAsker::Member(None);

const CHEAP: Cost = Cost { memory_kib: 64, iterations: 1, lanes: 1 };

fn vault_of(ring: &KeyRing) -> Vault {
    Vault::new(ring, CHEAP, 2, Arc::new(SystemRandom)).unwrap()
}

fn vault() -> Vault {
    vault_of(&KeyRing::fresh(&SystemRandom).unwrap())
}

fn typed(text: &str) -> Password {
    Password::typed(&text.to_owned().into()).unwrap()
}

fn member() -> MemberId {
    MemberId::kept(uuid::Uuid::from_u128(7))
}

#[tokio::test]
async fn a_password_is_right_only_letter_for_letter() {
    let vault = vault();
    let long = "x".repeat(73);
    let expected = ExpectedPassword::Own(vault.hash(ASKER, &typed(&long)).await.unwrap());
    assert!(vault.verify(ASKER, &expected, Some(&typed(&long))).await.unwrap());
    assert!(!vault.verify(ASKER, &expected, Some(&typed(&format!("{}y", "x".repeat(72))))).await.unwrap());
    assert!(!vault.verify(ASKER, &expected, None).await.unwrap());
}

#[tokio::test]
async fn nothing_is_right_for_a_damaged_hash() {
    let vault = vault();
    let whole = vault.hash(ASKER, &typed("tsuki.ga.kirei")).await.unwrap();
    for damaged in ["", "of no form", &whole[..whole.len() - 9], &whole.replace("argon2id", "argon2i")] {
        let expected = ExpectedPassword::Own(damaged.to_owned());
        for text in ["tsuki.ga.kirei", ""] {
            let typed = Password::typed(&text.to_owned().into());
            assert!(!vault.verify(ASKER, &expected, typed.as_ref()).await.unwrap(), "{damaged}");
        }
    }
}

#[tokio::test]
async fn the_same_keys_on_another_keyboard_are_the_same_password() {
    let vault = vault();
    let expected = ExpectedPassword::Own(vault.hash(ASKER, &typed("Sakura¥1")).await.unwrap());
    assert!(vault.verify(ASKER, &expected, Some(&typed("Ｓａｋｕｒａ＼１"))).await.unwrap());
}

#[tokio::test]
async fn a_stolen_database_verifies_nothing_without_the_ring() {
    let ours = vault();
    let hash = ours.hash(ASKER, &typed("tsuki.ga.kirei")).await.unwrap();
    let theirs = vault();
    let verified = theirs.verify(ASKER, &ExpectedPassword::Own(hash), Some(&typed("tsuki.ga.kirei"))).await;
    assert!(
        matches!(verified, Err(VaultError::UnknownKey(_))),
        "the keys of two rings have different numbers"
    );
}

#[tokio::test]
async fn first_passwords_are_forgiven_their_spelling_by_kind() {
    let vault = vault();
    let digest = vault.first_digest(member(), &first_credential::generated("ABCD-EFGH-JKLM"));
    let generated = ExpectedPassword::Generated(member(), digest);
    for text in ["ABCD-EFGH-JKLM", "abcdefghjklm", " ａｂｃｄ efgh-jklm "] {
        assert!(vault.verify(ASKER, &generated, Some(&typed(text))).await.unwrap(), "{text}");
    }
    let printed = ExpectedPassword::Printed(
        member(),
        vault.first_digest(member(), &first_credential::printed("aB3$x")),
    );
    assert!(vault.verify(ASKER, &printed, Some(&typed("aB3$x"))).await.unwrap());
    assert!(!vault.verify(ASKER, &printed, Some(&typed("ab3$x"))).await.unwrap());
    let derived = ExpectedPassword::Derived(["12345678919801201".into(), "12345678919801201".into()]);
    for text in ["12345678919801201", "12-3456789-19801201", "１２３４５６７８９１９８０１２０１"]
    {
        assert!(vault.verify(ASKER, &derived, Some(&typed(text))).await.unwrap(), "{text}");
    }
    assert!(!vault.verify(ASKER, &ExpectedPassword::Nothing, Some(&typed(""))).await.unwrap());
}

#[tokio::test]
async fn a_hash_with_other_parameters_still_opens_and_is_seen_as_outdated() {
    let ring = KeyRing::fresh(&SystemRandom).unwrap();
    let old = vault_of(&ring);
    let hash = old.hash(ASKER, &typed("tsuki.ga.kirei")).await.unwrap();
    let dearer = Cost { memory_kib: 128, iterations: 2, lanes: 1 };
    let new = Vault::new(&ring, dearer, 1, Arc::new(SystemRandom)).unwrap();
    assert!(new.is_outdated(&hash) && !old.is_outdated(&hash));
    assert!(new.verify(ASKER, &ExpectedPassword::Own(hash), Some(&typed("tsuki.ga.kirei"))).await.unwrap());
}

#[test]
fn a_sealed_value_opens_only_in_its_place() {
    let vault = vault();
    let place = SealContext { tenant: "aaa", column: SealedColumn::AppSecret, row: uuid::Uuid::from_u128(1) };
    let sealed = vault.seal(place, b"secret").unwrap();
    assert_eq!(vault.open(place, &sealed).unwrap().expose_secret(), b"secret");
    for moved in [
        SealContext { tenant: "bbb", ..place },
        SealContext { column: SealedColumn::LetterContent, ..place },
        SealContext { row: uuid::Uuid::from_u128(2), ..place },
    ] {
        assert!(vault.open(moved, &sealed).is_err());
    }
    let mut damaged = sealed.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert!(vault.open(place, &damaged).is_err());
    assert!(vault.open(place, b"short").is_err());
}

#[test]
fn tokens_are_long_differ_and_hide_from_logs() {
    let vault = vault();
    let (a, b) = (vault.token().unwrap(), vault.token().unwrap());
    assert_ne!(a.expose(), b.expose());
    assert_eq!(a.expose().len(), 43);
    assert_eq!(format!("{a:?}"), "Token(…)");
    assert_eq!(Token::parse(a.expose()).unwrap().digest(), a.digest());
    assert!(Token::parse("short").is_none() && Token::parse(&"é".repeat(30)).is_none());
}
