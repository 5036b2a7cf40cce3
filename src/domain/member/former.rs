//! Former: what a member was known by before, and whether two members are one person (D34).

use jiff::Timestamp;

use super::Member;
use crate::domain::typed;

/// What kind of name a former one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FormerKind {
    /// 記号・番号・枝番.
    Number,
    /// A user ID.
    Login,
    /// The id of a member who was merged into this one.
    Member,
}

impl FormerKind {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Number, Self::Login, Self::Member];

    /// The word that is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Login => "login",
            Self::Member => "member",
        }
    }

    /// The kind of a kept word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What a member was known by before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerName {
    /// What kind of name it is.
    pub kind: FormerKind,
    /// The name, as it is read.
    pub shown: String,
    /// Until when it was the member's.
    pub until: Timestamp,
}

/// Why two members are not taken for one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherPerson {
    /// They were born on different days.
    BornOtherwise,
    /// Neither the whole name nor the given name is the same: a twin has the same birth date.
    NamedOtherwise,
}

/// Why the two are not one person, as far as the roster says; `None` when they may be. A family name may change, a given
/// name and a birth date do not.
pub fn other_person(one: &Member, other: &Member) -> Option<OtherPerson> {
    if one.birth_date != other.birth_date {
        return Some(OtherPerson::BornOtherwise);
    }
    let same = |a: &str, b: &str| {
        let whole = typed::search_key(a);
        (!whole.is_empty() && whole == typed::search_key(b)) || (given(a).is_some() && given(a) == given(b))
    };
    let is_same = same(&one.name, &other.name) || same(&one.name_kana, &other.name_kana);
    (!is_same).then_some(OtherPerson::NamedOtherwise)
}

/// The given name behind the family name, in the spelling that is searched; `None` where they are not apart.
fn given(name: &str) -> Option<String> {
    let name = typed::fold(name);
    let (family, given) = name.rsplit_once(char::is_whitespace)?;
    (!family.is_empty()).then(|| typed::search_key(given)).filter(|given| !given.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_name_stays_where_a_family_name_changes() {
        for (one, other, same) in [
            ("健保　花子", "見本 花子", true),
            ("ケンポ ハナコ", "ﾐﾎﾝ ﾊﾅｺ", true),
            ("見本 花子", "見本 桜子", false),
            ("見本花子", "健保花子", false),
        ] {
            let (one, other) = (given(one), given(other));
            assert_eq!(one.is_some() && one == other, same, "{one:?} {other:?}");
        }
        assert_eq!(given("花子"), None);
    }

    #[test]
    fn a_kind_is_kept_by_its_word() {
        for kind in FormerKind::ALL {
            assert_eq!(FormerKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(FormerKind::parse("name"), None);
    }
}
