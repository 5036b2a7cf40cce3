//! A forgotten user ID (D5; group H of the threats): one page for every answer, and a letter to the stored address.

use jiff::civil::Date;

use crate::{
    domain::{
        audit::Event,
        birth_date::BirthDate,
        letter::Letter,
        lockout::{CounterKind, Ladder},
        member::{EmailAddress, Member},
        refusal::Refusal,
        tenant::Tenant,
        typed,
    },
    portal::{Deed, Field, Portal, Stop},
    store,
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

        let subject = self.vault.guard_subject_address_day(&address, today);
        let mut tx = self.store.tenant(&tenant.slug).write().await?;
        let same_day = store::member::by_birth_date(&mut tx, born).await?;
        let (kind, ladder) = (CounterKind::UserIdAsked, Ladder::USER_IDS);
        let may = store::lockout::count(&mut tx, &subject, kind, ladder, now).await?;
        let members: Vec<&Member> = same_day.iter().filter(|member| may && fits(member, &address)).collect();
        let logins = members.iter().map(|member| member.login.as_str().to_owned()).collect();
        let letter = Letter::UserIds { logins };
        self.send_or_not(&mut tx, tenant, members.first().copied(), &letter, now).await?;
        let answer = match members.first() {
            Some(_) => "mailed",
            None if may => "nobody",
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
fn fits(member: &Member, address: &EmailAddress) -> bool {
    let stored = member.email.as_ref().is_some_and(|stored| stored.key() == address.key());
    stored && member.locked_at.is_none() && !member.reverted
}
