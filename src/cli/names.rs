//! Names: number and user ID of members, for commands whose reading the trail knows of.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{member::card_number, operator::Noted};
use crate::{
    domain::member::MemberId,
    store::{self, Read, StoreResult},
};

/// Number and user ID of a member; both empty where nobody is looked up, or is not there any more.
#[derive(Debug, Clone, Default)]
pub struct MemberName {
    /// 記号-番号-枝番.
    pub number: String,
    /// The user ID.
    pub login: String,
}

impl MemberName {
    /// Both, where there is such a member.
    pub fn shown(&self) -> Option<String> {
        (!self.number.is_empty()).then(|| format!("{} {}", self.number, self.login))
    }
}

/// The members that were looked up.
#[derive(Debug)]
pub struct Names<'n> {
    _noted: &'n Noted,
    known: BTreeMap<Uuid, MemberName>,
}

impl<'n> Names<'n> {
    /// None yet.
    pub fn new(noted: &'n Noted) -> Self {
        Self { _noted: noted, known: BTreeMap::new() }
    }

    /// The name of a member of this union.
    ///
    /// # Errors
    /// The database failed.
    pub async fn of(&mut self, tx: &mut Read, id: Option<Uuid>) -> StoreResult<MemberName> {
        let Some(id) = id else { return Ok(MemberName::default()) };
        if let Some(known) = self.known.get(&id) {
            return Ok(known.clone());
        }
        let found = store::member::by_id(tx, MemberId::kept(id)).await?;
        let name = found.map_or_else(MemberName::default, |member| MemberName {
            number: card_number(&member.number),
            login: member.login.as_str().to_owned(),
        });
        self.known.insert(id, name.clone());
        Ok(name)
    }
}
