//! Missing: members who are not in a file that says of itself that it is the whole roster (D34).

use jiff::civil::Date;

use super::much::is_much_ended;
use crate::domain::member::{LastDay, MemberId, MemberNumber};

/// What is asked where the file is the whole roster.
#[derive(Debug, Clone, Copy)]
pub struct WholeRoster {
    /// The civil date in Japan.
    pub today: Date,
    /// The last day of whoever is missing; without one they are only listed.
    pub ends_on: Option<LastDay>,
}

/// A member who is not in the file, and whose membership does not end before the day that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingMember {
    /// The member's id.
    pub id: MemberId,
    /// The member's 記号・番号・枝番.
    pub number: MemberNumber,
    /// The member's name.
    pub name: String,
    /// The last day that is known by now.
    pub lost_on: Option<LastDay>,
}

/// Those who are missing, in the making.
#[derive(Debug)]
pub struct MissingMembers {
    whole: WholeRoster,
    /// Members of whom no row speaks, each with the last day that is known by now.
    pub missing: Vec<MissingMember>,
    /// How many members were met whose membership is not over.
    members: u64,
}

impl MissingMembers {
    /// Of nobody yet.
    pub fn new(whole: WholeRoster) -> Self {
        Self { whole, missing: Vec::new(), members: 0 }
    }

    /// Takes in a known member.
    pub fn meet(
        &mut self,
        (id, number, name): (MemberId, &MemberNumber, &str),
        lost_on: Option<LastDay>,
        in_file: bool,
    ) {
        let WholeRoster { today, ends_on } = self.whole;
        if lost_on.is_some_and(|day| day.date() < today) {
            return;
        }
        self.members += 1;
        let stays = lost_on.is_none_or(|day| ends_on.is_none_or(|end| day > end));
        if !in_file && stays {
            self.missing.push(MissingMember { id, number: number.clone(), name: name.to_owned(), lost_on });
        }
    }

    /// The same, in the order of their numbers.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.missing.sort_by_cached_key(|member| member.number.key());
        self
    }

    /// Whether so many are missing that the file is more likely another one.
    pub fn is_much(&self) -> bool {
        is_much_ended(self.missing.len() as u64, self.members)
    }

    /// How many members there are whose membership is not over.
    pub fn members(&self) -> u64 {
        self.members
    }

    /// The last day that was given.
    pub fn ends_on(&self) -> Option<LastDay> {
        self.whole.ends_on
    }
}
