//! Find: which member the desk means.

use super::{Desk, DeskRefusal, DeskStop};
use crate::{
    domain::{
        audit::Event,
        login_id::LoginId,
        member::{Member, MemberId, MemberNumber},
        tenant::TenantSlug,
        typed,
    },
    store::{Read, Store, StoreResult, member},
};

impl Desk<'_> {
    /// The one member that the word means. Of several the trail says that each was shown.
    ///
    /// # Errors
    /// [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`].
    pub(super) async fn one(&self, who: &str) -> Result<MemberId, DeskStop> {
        let found = {
            let mut tx = self.store.tenant(&self.tenant.slug).read().await?;
            meant(&mut tx, who).await?
        };
        if found.len() > 1 {
            let now = self.clock.now();
            let mut tx = self.store.tenant(&self.tenant.slug).write().await?;
            for member in &found {
                self.note(&mut tx, member, &Event::MemberShown, now)?;
            }
            tx.commit().await?;
        }
        Ok(only(found)?.id)
    }
}

/// The member that the word means, for what is asked about one without a desk.
///
/// # Errors
/// [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`].
pub async fn member_of(store: &Store, tenant: &TenantSlug, who: &str) -> Result<MemberId, DeskStop> {
    let mut tx = store.tenant(tenant).read().await?;
    Ok(only(meant(&mut tx, who).await?)?.id)
}

/// A word that means several members means none of them: the desk must not undo the wrong one's activation.
fn only(mut found: Vec<Member>) -> Result<Member, DeskRefusal> {
    match found.len() {
        0 | 1 => found.pop().ok_or(DeskRefusal::NoSuchMember),
        _ => Err(DeskRefusal::Ambiguous(found)),
    }
}

/// Every member that the word means: by user ID, number or id.
async fn meant(tx: &mut Read, who: &str) -> StoreResult<Vec<Member>> {
    let mut found = Vec::new();
    let mut add = |member: Option<Member>| {
        if let Some(member) = member
            && !found.iter().any(|other: &Member| other.id == member.id)
        {
            found.push(member);
        }
    };
    add(member::by_login(tx, &LoginId::typed(who)).await?);
    if let Some(number) = number(who) {
        add(member::by_number(tx, &number).await?);
    }
    if let Some(id) = MemberId::parse(who.trim()) {
        add(member::by_id(tx, id).await?);
    }
    Ok(found)
}

/// 記号-番号 or 記号-番号-枝番, in any width. A 記号 may have hyphens itself: then the branch has to be there.
fn number(text: &str) -> Option<MemberNumber> {
    let folded: String = typed::fold(text).chars().map(typed::dash).collect();
    let parts: Vec<&str> = folded.split('-').collect();
    match parts.as_slice() {
        [kigo, bango] => MemberNumber::parse(kigo, bango, ""),
        [kigo @ .., bango, branch] if !kigo.is_empty() => MemberNumber::parse(&kigo.concat(), bango, branch),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_two_or_three_parts() {
        assert_eq!(number("12-3456789").unwrap().key(), "12-3456789-0");
        assert_eq!(number("１２－３４５６７８９－０１").unwrap().key(), "12-3456789-1");
        assert_eq!(number("-3456789").unwrap().key(), "-3456789-0");
        assert_eq!(number("健-12-3456789-00").unwrap().key(), "健12-3456789-0");
        for bad in ["hanako01", "12-"] {
            assert!(number(bad).is_none(), "{bad}");
        }
    }
}
