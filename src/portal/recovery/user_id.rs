//! A forgotten user ID (D5; group H of the threats): one page for every answer, and a letter to the stored address.

use jiff::{Timestamp, civil::Date};

use crate::{
    domain::{
        audit::Event,
        birth_date::BirthDate,
        letter::Letter,
        lockout::{Bucket, CounterKind},
        member::{EmailAddress, Member},
        refusal::Refusal,
        tenant::Tenant,
        typed,
    },
    portal::{Deed, Field, Portal, Stop, known_browser::asking},
    store::{self, lockout::CounterKey},
    world::today_in_japan,
};

impl Portal {
    /// Mails the user IDs of whoever has this birth date and this verified address. What is refused is only what cannot
    /// be a date or an address at all, which says nothing about anybody.
    ///
    /// # Errors
    /// - At `Field::BirthDate`: `Empty`, `BirthDate`.
    /// - At `Field::Email`: `Empty`, `MalformedEmail`.
    /// - Whether there is such a member is told to nobody.
    pub async fn ask_user_ids(&self, tenant: &Tenant, birth_date: &str, email: &str) -> Deed<()> {
        let now = self.clock.now();
        let today = today_in_japan(now);
        let (born, address) = read(birth_date, email, today)?;

        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let same_day = store::member::by_birth_date(&mut tx, born, &asking(now)).await?;
        let fitting: Vec<&(Member, Bucket)> =
            same_day.iter().filter(|(member, _)| fits(member, &address, now)).collect();
        // A browser that has signed one of a family in is not a stranger's.
        let bucket = Bucket::of(fitting.iter().any(|(_, bucket)| *bucket == Bucket::Known));
        // What fits nobody is counted as nobody's: whoever tries dates uses up no letter of whom the address belongs to.
        let subject = if fitting.is_empty() {
            self.vault.guard_subject_unfit_address_day(&address, today)
        } else {
            self.vault.guard_subject_address_day(&address, today)
        };
        let counter = CounterKey::of(CounterKind::UserIdAsked(bucket), subject, &tenant.policy.lockout);
        let may = store::lockout::count(&mut tx, &counter, now).await?;
        let members: Vec<&Member> = fitting.iter().filter(|_| may).map(|(member, _)| member).collect();
        let logins = members.iter().map(|member| member.login.as_str().to_owned()).collect();
        let letter = Letter::UserIds { logins };
        self.send_or_not(&mut tx, tenant, members.first().copied(), &letter, now).await?;
        let answer = match members.first() {
            Some(_) => "mailed",
            None if fitting.is_empty() => "nobody",
            None => "too-many",
        };
        let member = members.first().map(|member| member.id);
        self.note(&mut tx, member, Event::UserIdAsked { answer }, now)?;
        tx.commit().await?;
        Ok(())
    }
}

/// Both fields, or what is wrong with each.
fn read(birth_date: &str, email: &str, today: Date) -> Deed<(BirthDate, EmailAddress)> {
    let born = BirthDate::parse(birth_date, today);
    let address = match typed::fold(email) {
        text if text.is_empty() => Err(Refusal::Empty),
        text => EmailAddress::read(&text),
    };
    match (born, address) {
        (Ok(born), Ok(address)) => Ok((born, address)),
        (born, address) => {
            let wrong = [(Field::BirthDate, born.err()), (Field::Email, address.err())];
            let wrong = wrong.into_iter().filter_map(|(field, refusal)| Some((field, refusal?)));
            Err(Stop::Refused(wrong.collect()))
        }
    }
}

/// Whether the letter may go to this member: to the stored address, whatever spelling was typed (H5).
fn fits(member: &Member, address: &EmailAddress, now: Timestamp) -> bool {
    let stored = member.email.as_ref().is_some_and(|stored| stored.key() == address.key());
    stored && member.membership.bar(now).is_none() && !member.reverted
}
