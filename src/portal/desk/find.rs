//! Find: which member the desk means, by number, name, kana, mail address, user ID or id.

use super::{Desk, DeskRefusal, DeskStop};
use crate::{
    domain::{
        audit::Event,
        login_id::LoginId,
        member::{EventId, FormerKind, Member, MemberId, MemberNumber},
        search::{Reach, SearchKeys, SearchWord},
        tenant::TenantSlug,
        typed,
    },
    portal::issue::ImportError,
    store::{self, Read, Store, StoreResult, audit, former, member, search},
    world::random_bytes,
};

/// Most members that are listed.
pub const LISTED: usize = 50;
/// Members without keys that are read at once.
const PAGE: u32 = 5_000;

/// Whom a word finds.
#[derive(Debug)]
pub struct FoundMembers {
    /// At most [`LISTED`] of them.
    pub members: Vec<Member>,
    /// Whether there are more.
    pub more: bool,
    /// Which of them were known by that word before, and are not any more.
    pub former: Vec<MemberId>,
}

impl Desk<'_> {
    /// Finds members: by user ID, number, id and mail address as they are, by name and kana as they begin; and by a user ID,
    /// number or id that was theirs before. The trail says how many there were, and of each who is listed that the desk saw
    /// them (M6).
    ///
    /// # Errors
    /// [`DeskStop::Broken`] when the database fails.
    pub async fn find(&self, word: &str) -> Result<FoundMembers, DeskStop> {
        let (mut members, former) = {
            let mut tx = self.store.tenant(&self.tenant.slug).read().await?;
            let mut members = meant(&mut tx, word, Reach::Beginning).await?;
            let mut before = meant_before(&mut tx, word).await?;
            before.retain(|member| members.iter().all(|other| other.id != member.id));
            let former: Vec<MemberId> = before.iter().map(|member| member.id).collect();
            members.extend(before);
            (members, former)
        };
        let more = members.len() > LISTED;
        members.truncate(LISTED);
        let now = self.clock.now();
        let mut tx = self.store.tenant(&self.tenant.slug).write().await?;
        let sought = Event::MembersSought { found: members.len() };
        let id = EventId::new(now, random_bytes(self.rng)?);
        store::audit::note(&mut tx, id, None, &sought, self.doing.clone(), now);
        for member in &members {
            self.note(&mut tx, member, &Event::MemberShown, now)?;
        }
        tx.commit().await?;
        Ok(FoundMembers { members, more, former })
    }

    /// The one member that the word means. Of several the trail says that each was shown.
    ///
    /// # Errors
    /// [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`].
    pub(super) async fn one(&self, who: &str) -> Result<MemberId, DeskStop> {
        let found = {
            let mut tx = self.store.tenant(&self.tenant.slug).read().await?;
            meant(&mut tx, who, Reach::Whole).await?
        };
        if found.len() > 1 {
            self.shown(&found).await?;
        }
        match only(found) {
            Err(DeskRefusal::NoSuchMember) => Err(self.gone(who).await?.into()),
            found => Ok(found?.id),
        }
    }

    /// What became of the member whose id it is, where the trail says that they were erased or merged; else there is no such
    /// member.
    async fn gone(&self, who: &str) -> StoreResult<DeskRefusal> {
        let Some(id) = MemberId::parse(who.trim()) else { return Ok(DeskRefusal::NoSuchMember) };
        let mut tx = self.store.tenant(&self.tenant.slug).read().await?;
        let last = audit::of_member(&mut tx, id, 1).await?.pop();
        let gone = last.filter(|row| GONE.contains(&row.event.as_str()));
        Ok(gone.map_or(DeskRefusal::NoSuchMember, |row| DeskRefusal::Gone(row.at)))
    }

    pub(super) async fn shown(&self, members: &[Member]) -> Result<(), ImportError> {
        let now = self.clock.now();
        let mut tx = self.store.tenant(&self.tenant.slug).write().await?;
        for member in members {
            self.note(&mut tx, member, &Event::MemberShown, now)?;
        }
        Ok(tx.commit().await?)
    }
}

/// What the trail says last of a member who is here no more.
const GONE: [&str; 3] = ["member-erased", "member-deleted", "member-merged-into"];

/// The member that the word means, for what is asked about one without a desk.
///
/// # Errors
/// [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`].
pub async fn member_of(store: &Store, tenant: &TenantSlug, who: &str) -> Result<MemberId, DeskStop> {
    let mut tx = store.tenant(tenant).read().await?;
    Ok(only(meant(&mut tx, who, Reach::Whole).await?)?.id)
}

/// A word that means several members means none of them: the desk must not undo the wrong one's activation.
fn only(mut found: Vec<Member>) -> Result<Member, DeskRefusal> {
    match found.len() {
        0 | 1 => found.pop().ok_or(DeskRefusal::NoSuchMember),
        _ => {
            found.truncate(LISTED);
            Err(DeskRefusal::Ambiguous(found))
        }
    }
}

/// Every member that the word means, one more than [`LISTED`] at most: who has it as user ID, number or id first.
async fn meant(tx: &mut Read, who: &str, reach: Reach) -> StoreResult<Vec<Member>> {
    let most = LISTED + 1;
    let mut found = Vec::new();
    let mut add = |members: Vec<Member>| {
        for member in members {
            if found.len() < most && !found.iter().any(|other: &Member| other.id == member.id) {
                found.push(member);
            }
        }
        found.len()
    };
    add(member::by_login(tx, &LoginId::typed(who)).await?.into_iter().collect());
    if let Some(number) = number(who) {
        add(member::by_number(tx, &number).await?.into_iter().collect());
    }
    if let Some(id) = MemberId::parse(who.trim()) {
        add(member::by_id(tx, id).await?.into_iter().collect());
    }
    let (word, limit) = (SearchWord::typed(who, reach), u32::try_from(most).unwrap_or(u32::MAX));
    if let Some(mail) = &word.mail {
        add(search::by_email(tx, mail, limit).await?);
        add(search::by_pending(tx, mail, limit).await?);
    }
    if !word.key.is_empty() {
        add(search::by_name(tx, &word, limit).await?);
        add(search::by_kana(tx, &word, limit).await?);
    }
    // Who has no keys yet is read one by one.
    let mut after = store::roster::before_all();
    loop {
        let page = search::unkeyed(tx, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        if add(page.into_iter().filter(|member| SearchKeys::of(member).match_word(&word)).collect()) >= most {
            break;
        }
    }
    // A name of before counts where it is nobody's now: a number or a user ID may be another's by then.
    if reach == Reach::Whole && found.is_empty() {
        found = meant_before(tx, who).await?;
    }
    Ok(found)
}

/// Every member who was known by that word before: by number, user ID, or as the member who was merged into them.
async fn meant_before(tx: &mut Read, who: &str) -> StoreResult<Vec<Member>> {
    let names = [
        Some((FormerKind::Login, LoginId::typed(who).as_str().to_owned())),
        number(who).map(|number| (FormerKind::Number, number.key())),
        MemberId::parse(who.trim()).map(|id| (FormerKind::Member, id.to_string())),
    ];
    let mut found: Vec<Member> = Vec::new();
    let limit = u32::try_from(LISTED + 1).unwrap_or(u32::MAX);
    for (kind, key) in names.into_iter().flatten() {
        for member in former::by_name(tx, kind, &key, limit).await? {
            if found.iter().all(|other| other.id != member.id) {
                found.push(member);
            }
        }
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
