//! Moving: a person has another 記号・番号・枝番 and stays who they are ([D34]).
//!
//! # Decision
//! Where nobody has the new number, the person's number changes. Where a roster made another member of it, who has not
//! begun to sign in, the two are merged: the person keeps everything of theirs and takes what the roster says from now on;
//! the other one is erased. Whoever has begun is never merged away. Whom the desk keeps out under either number, or whose tries are used up, is so afterwards.
//! # Because
//! A number is how the roster names a person, and no way in. What the person set up is worth more than what was printed
//! for the new number and never used.
//! # Instead of
//! Carrying credentials over to the new member: sessions, factors and the trail are bound to an id.
//!
//! [D34]: crate::rules::decisions#d34

use jiff::Timestamp;

use super::{Desk, DeskDone, DeskRefusal, DeskStop, raise};
use crate::{
    domain::{
        audit::Event,
        desk::DeskDeed,
        epoch::CredentialChange,
        member::{Bar, Member, MemberId, MemberNumber, NumberFlaw, NumberPart, OtherPerson, other_person},
        roster::LOGIN_RESTS_DAYS,
        typed,
    },
    portal::{
        erasure,
        issue::{ImportError, days_after},
    },
    store::{
        Write, desk, former, import, member, membership,
        password::{self, FirstKind},
    },
};

/// A person who has another number by now.
#[derive(Debug)]
pub struct Moved {
    /// The number from now on.
    pub number: MemberNumber,
    /// The member who was merged into the person, as before.
    pub merged: Option<Box<Member>>,
    /// Whether the member has a password of their own.
    pub has_password: bool,
    /// Until when the first password works, where it is not the number itself that it is made of; `None` where there is
    /// none, or it is dead.
    pub first_until: Option<Timestamp>,
    /// Whether the first password works and is made of the number and the birth date, so that it is another one from now on.
    pub is_derived: bool,
}

impl Desk<'_> {
    /// Gives the person another number. Sessions go on; whatever else was begun with the old number ends. `same_person`: the
    /// desk has made sure that the member of the new number is the same person, though the names differ.
    ///
    /// # Errors
    /// - [`DeskRefusal::NoSuchMember`], [`DeskRefusal::Ambiguous`], [`DeskRefusal::NotANumber`],
    ///   [`DeskRefusal::SameNumber`], [`DeskRefusal::MovedBefore`], [`DeskRefusal::NumberTaken`], [`DeskRefusal::OtherPerson`],
    ///   [`DeskRefusal::NumberEnded`], [`DeskRefusal::ImportRuns`], [`DeskRefusal::NumberBusy`].
    /// - [`ImportError::Busy`] when either member was changing something at this moment.
    pub async fn move_number(
        &self,
        who: &str,
        number: &str,
        same_person: bool,
    ) -> Result<DeskDone<Moved>, DeskStop> {
        let number = read_number(number).map_err(DeskRefusal::NotANumber)?;
        let id = self.one(who).await?;
        let mut tx = self.store.tenant(&self.tenant.slug).read().await?;
        let holder = member::by_number(&mut tx, &number).await?;
        drop(tx);
        if let Some(member) = holder.as_ref().filter(|holder| holder.id == id) {
            return Err(self.refused(member, DeskRefusal::SameNumber(number)).await);
        }
        let holder = holder.map(|holder| holder.id);
        let kind = holder.map_or(DeskDeed::Move, DeskDeed::Merge);
        let done = self.deed_on(id, holder, kind, async |tx, member, now| {
            // Of two who move the same number at once, too, the second one hears of the first.
            if is_number_of_before(who, member) {
                return Err(DeskRefusal::MovedBefore(Box::new(member.clone())).into());
            }
            self.renumber(tx, member, (holder, &number), same_person, now).await
        });
        let mut done = done.await?;
        done.told |= done.done.merged.as_ref().is_some_and(|merged| {
            done.member.email.is_none() && takes_address(&done.member, done.done.has_password, merged)
        });
        Ok(done)
    }

    async fn renumber(
        &self,
        tx: &mut Write,
        member: &Member,
        (holder, number): (Option<MemberId>, &MemberNumber),
        same_person: bool,
        now: Timestamp,
    ) -> Result<Moved, DeskStop> {
        if import::running(tx).await?.is_some() {
            return Err(DeskRefusal::ImportRuns { undo: false }.into());
        }
        let merged = member::by_number(tx, number).await?;
        if merged.as_ref().map(|merged| merged.id) != holder {
            return Err(ImportError::Busy.into());
        }
        if let Some(merged) = &merged {
            may_be_merged(tx, member, merged, same_person, now).await?;
        }
        let credentials = password::of_member(tx, member.id).await?;
        let has_password = credentials.own.is_some();
        let was_over = member.membership.bar(now) == Some(Bar::Ended);
        // Whom the desk keeps out under either number stays out.
        let locked_at = merged.as_ref().and_then(|merged| merged.membership.locked_at());
        let locked_at = locked_at.filter(|_| member.membership.locked_at().is_none());
        // Where a membership goes on that was over, nothing of before may go on with it.
        let change = match (was_over, locked_at) {
            (true, _) => CredentialChange::End,
            (false, Some(_)) => CredentialChange::Lock,
            (false, None) => CredentialChange::Correction,
        };
        if let Some(merged) = &merged {
            let policy = &self.tenant.policy.lockout;
            erasure::take_over_counters(self.vault, tx, (member, merged), policy, now).await?;
            member::raise_birth_date_misses(tx, member.id, merged.birth_date_misses).await?;
        }
        let mut raised = raise(tx, member, change).await?;
        if let Some(locked_at) = locked_at {
            membership::lock(&mut raised, locked_at).await?;
        }
        if let Some(merged) = &merged {
            former::take_over(&mut raised, merged, now).await?;
            erasure::erase(self.vault, &mut raised, merged, now).await?;
            let rests_until = days_after(now, LOGIN_RESTS_DAYS).ok_or(ImportError::Time)?;
            former::rest_login(&mut raised, merged.login.as_str(), member.id, rests_until).await?;
            let takes = takes_address(member, has_password, merged);
            let address = merged.email.as_ref().filter(|_| takes);
            if !desk::take_roster_data(&mut raised, merged, address, self.tenant.policy.email.unique).await? {
                return Err(ImportError::Busy.into());
            }
        }
        if !desk::set_number(&mut raised, number, now).await? {
            return Err(DeskRefusal::NumberBusy.into());
        }
        if let Some(merged) = &merged {
            self.note(tx, merged, &Event::MemberMergedInto { into: member.id }, now)?;
            if let (None, true, Some(address)) =
                (&member.email, takes_address(member, has_password, merged), &merged.email)
            {
                self.tell(tx, member, address, DeskDeed::Merge(merged.id), now).await?;
            }
        }
        let first = credentials.first.as_ref().filter(|first| !has_password && first.is_alive(now));
        Ok(Moved {
            number: number.clone(),
            merged: merged.map(Box::new),
            has_password,
            first_until: first.filter(|first| first.kind != FirstKind::Derived).map(|first| first.expires_at),
            is_derived: credentials.is_of_number(now),
        })
    }
}

/// Whether the address that the roster has of the merged member becomes the person's: it is the roster's to say until the
/// person has settled one (D3).
fn takes_address(member: &Member, has_password: bool, merged: &Member) -> bool {
    !has_password && member.email_reviewed_at.is_none() && merged.email.is_some()
}

/// Whether the member of the new number may go into the person, and is the same one.
async fn may_be_merged(
    tx: &mut Write,
    member: &Member,
    merged: &Member,
    same_person: bool,
    now: Timestamp,
) -> Result<(), DeskStop> {
    let begun = desk::begun(tx, merged.id).await?.ok_or(ImportError::Busy)?;
    let merged = Box::new(merged.clone());
    if begun.is_under_way {
        return Err(DeskRefusal::NumberTaken(merged).into());
    }
    match other_person(member, &merged) {
        Some(OtherPerson::NamedOtherwise) if same_person => {}
        Some(why) => return Err(DeskRefusal::OtherPerson(merged, why).into()),
        None => {}
    }
    if merged.membership.bar(now) == Some(Bar::Ended) {
        return Err(DeskRefusal::NumberEnded(merged).into());
    }
    Ok(())
}

/// Whether the word is a number that is not the member's any more: whoever types it does not know of the other one.
fn is_number_of_before(who: &str, member: &Member) -> bool {
    let is_another = |number: MemberNumber| number.key() != member.number.key();
    member.login.as_str() != who.trim() && read_number(who).is_ok_and(is_another)
}

/// A new number as it is typed: 記号-番号 or 記号-番号-枝番, in any width, by the rules of a roster (D33).
fn read_number(text: &str) -> Result<MemberNumber, Vec<(NumberPart, NumberFlaw)>> {
    let folded: String = typed::fold(text).chars().map(typed::dash).collect();
    let parts: Vec<&str> = folded.split('-').collect();
    match parts.as_slice() {
        [kigo, bango] => MemberNumber::read(kigo, bango, ""),
        [kigo @ .., bango, branch] if !kigo.is_empty() => MemberNumber::read(&kigo.join("-"), bango, branch),
        _ => Err(vec![(NumberPart::Bango, NumberFlaw::Missing)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_number_is_read_by_the_rules_of_a_roster() {
        for (text, key) in [
            ("15-77", "15-77-0"),
            ("１５－７７－０１", "15-77-1"),
            ("健-12-77-01", "健12-77-1"),
            ("-77", "-77-0"),
        ] {
            assert_eq!(read_number(text).unwrap().key(), key, "{text}");
        }
        for bad in ["", "15", "15-", "15-7a", "15-77-100", "15-12345678901", "hanako01"] {
            assert!(!read_number(bad).unwrap_err().is_empty(), "{bad}");
        }
    }
}
