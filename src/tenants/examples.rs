//! Examples: whether the passwords a file prints as right or wrong really are (D6). Length,
//! characters, classes and the user ID; what depends on a member, and the blocklist, is left out.

use crate::domain::{
    login_id::LoginId,
    password::{shape_flaws, user_id_flaw},
    refusal::PasswordFlaw,
    saying::{Saying, said},
    tenant::{CharClass, PasswordPolicy},
    typed,
};

/// Whether `candidate` keeps the rules; `login` is the user ID it is judged for.
pub(super) fn passes(
    policy: &PasswordPolicy,
    login: Option<&str>,
    candidate: &str,
) -> Result<(), PasswordFlaw> {
    let candidate = typed::password(candidate);
    let shape = shape_flaws(policy, &candidate).into_iter().next();
    let of_id = login.and_then(|login| user_id_flaw(policy, &candidate, &LoginId::typed(login)));
    shape.or(of_id).map_or(Ok(()), Err)
}

/// The flaw as a clause for the operator.
pub(super) fn clause(flaw: &PasswordFlaw) -> Saying {
    match flaw {
        PasswordFlaw::TooShort { min } => {
            said!("finding-example-too-short", min)
        }
        PasswordFlaw::TooLong { max } => {
            said!("finding-example-too-long", max)
        }
        PasswordFlaw::Character { .. } => {
            said!("finding-example-character")
        }
        PasswordFlaw::Missing(CharClass::Upper) => said!("finding-example-upper"),
        PasswordFlaw::Missing(CharClass::Lower) => said!("finding-example-lower"),
        PasswordFlaw::Missing(CharClass::Letter) => said!("finding-example-letter"),
        PasswordFlaw::Missing(CharClass::Digit) => said!("finding-example-digit"),
        PasswordFlaw::Missing(CharClass::Symbol) => said!("finding-example-symbol"),
        PasswordFlaw::IsUserId => said!("finding-example-is-user-id"),
        PasswordFlaw::ContainsUserId => said!("finding-example-contains-user-id"),
        PasswordFlaw::IsCurrent
        | PasswordFlaw::IsBirthDate
        | PasswordFlaw::IsKigoBango
        | PasswordFlaw::Common
        | PasswordFlaw::IsExample => said!("finding-example-not-allowed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tenant::Forbidden;

    fn policy(require: &[CharClass], forbid: &[Forbidden]) -> PasswordPolicy {
        PasswordPolicy {
            min_length: 8,
            max_length: 20,
            require: require.to_vec(),
            symbols: "-#!".to_owned(),
            forbid: forbid.to_vec(),
            examples_ok: Vec::new(),
            examples_ng: Vec::new(),
        }
    }

    #[test]
    fn each_required_class_must_occur() {
        let rules = policy(&[CharClass::Letter, CharClass::Digit], &[]);
        assert_eq!(passes(&rules, None, "d00000000"), Ok(()));
        assert_eq!(passes(&rules, None, "Midoriuser"), Err(PasswordFlaw::Missing(CharClass::Digit)));
    }

    #[test]
    fn the_user_id_hides_in_no_spelling() {
        let rules = policy(&[], &[Forbidden::ContainsUserId]);
        assert_eq!(passes(&rules, Some("testuser"), "Testuser-1!"), Err(PasswordFlaw::ContainsUserId));
        let rules = policy(&[], &[Forbidden::UserId]);
        assert_eq!(passes(&rules, Some("testuser"), "Testuser-1!"), Ok(()));
        assert_eq!(passes(&rules, Some("testuser"), "TestUser"), Err(PasswordFlaw::IsUserId));
    }

    #[test]
    fn length_counts_characters_and_only_ascii_is_allowed() {
        let rules = policy(&[], &[]);
        assert_eq!(passes(&rules, None, "short"), Err(PasswordFlaw::TooShort { min: 8 }));
        assert_eq!(passes(&rules, None, &"x".repeat(21)), Err(PasswordFlaw::TooLong { max: 20 }));
        assert_eq!(passes(&rules, None, "けんぽ-2026"), Err(PasswordFlaw::Character { found: 'け' }));
        assert_eq!(passes(&rules, None, "1234567¥"), Ok(()));
    }
}
