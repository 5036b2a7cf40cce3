//! Drawing: first credentials for the members of a plan.

use std::collections::HashSet;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    domain::{
        first_credential::{self, LENGTH},
        login_id::LoginId,
        member::{EmailAddress, MemberId},
        roster::{CredentialNotice, FirstCredentialSource, Plan, mark},
        tenant::{CredentialLetter, FirstSecret, Tenant},
    },
    portal::issue::draw_password,
    store::{password::FirstKind, roster::NewMember},
    vault::Vault,
    world::{RandomError, RandomSource, random_bytes},
};

/// First credentials that go by mail.
#[derive(Debug)]
pub struct MailedCredential<'p> {
    /// The member it is for.
    pub member: MemberId,
    /// The address it is mailed to.
    pub address: &'p EmailAddress,
    /// The user ID, as it is shown.
    pub login: String,
    /// The first password.
    pub password: SecretString,
}

/// New members with their credentials, and what is mailed to or printed for those whose password was drawn.
#[derive(Debug)]
pub struct Drawn<'p> {
    /// The members to be stored.
    pub members: Vec<NewMember<'p>>,
    /// To be mailed: where the union has it so and the member has an address.
    pub mailed: Vec<MailedCredential<'p>>,
    /// To be printed: everybody else.
    pub notices: Vec<CredentialNotice<'p>>,
    /// The line of each notice in the roster file.
    pub lines: Vec<u32>,
}

/// A user ID nobody has, as printed. It begins with a letter and is nothing that a spreadsheet takes for a number.
fn login(rng: &dyn RandomSource, taken: &mut HashSet<u64>) -> Result<String, RandomError> {
    loop {
        let Some(drawn) = first_credential::draw(random_bytes::<LENGTH>(rng)?) else { continue };
        if drawn.starts_with(|c: char| c.is_ascii_alphabetic()) && taken.insert(mark(&drawn.to_lowercase())) {
            return Ok(drawn);
        }
    }
}

/// Draws and digests what the plan's new members need.
///
/// # Errors
/// [`RandomError`] when the operating system gives no random bytes.
pub fn credentials<'p>(
    plan: &'p Plan<'_>,
    tenant: &Tenant,
    vault: &Vault,
    rng: &dyn RandomSource,
    now: Timestamp,
) -> Result<Drawn<'p>, RandomError> {
    let mut taken = plan.logins.clone();
    let by_mail = tenant.policy.initial_password.letter == CredentialLetter::Mail;
    let mut drawn = Drawn {
        members: Vec::with_capacity(plan.added.len()),
        mailed: vec![],
        notices: vec![],
        lines: vec![],
    };
    for addition in &plan.added {
        let row = addition.row;
        let id = MemberId::new(now, random_bytes(rng)?);
        let (shown, login) = match &row.kind {
            FirstCredentialSource::Existing(login) | FirstCredentialSource::Printed(login, _) => {
                (login.as_str().to_owned(), login.clone())
            }
            FirstCredentialSource::Generated => {
                let shown = self::login(rng, &mut taken)?;
                let login = LoginId::typed(&shown);
                (shown, login)
            }
        };
        let (kind, digest) = match (&row.kind, tenant.policy.initial_password.existing) {
            (FirstCredentialSource::Printed(_, given), _) => {
                let normalised = first_credential::printed(given.expose_secret());
                (FirstKind::Printed, Some(vault.first_digest(id, &normalised)))
            }
            (FirstCredentialSource::Existing(_), FirstSecret::KigoBangoBirthDate) => {
                (FirstKind::Derived, None)
            }
            (FirstCredentialSource::Existing(_), FirstSecret::Random)
            | (FirstCredentialSource::Generated, _) => {
                let password = draw_password(rng)?;
                let digest = vault.first_digest(id, &first_credential::generated(password.expose_secret()));
                if let Some(address) = addition.email.filter(|_| by_mail) {
                    drawn.mailed.push(MailedCredential { member: id, address, login: shown, password });
                } else {
                    let (number, name) = (&row.number, row.name.as_str());
                    drawn.notices.push(CredentialNotice { number, name, login: shown, password });
                    drawn.lines.push(row.line);
                }
                (FirstKind::Generated, Some(digest))
            }
        };
        drawn.members.push(NewMember {
            id,
            number: &row.number,
            name: &row.name,
            name_kana: &row.name_kana,
            birth_date: row.birth_date,
            login,
            email: addition.email,
            unique_email: tenant.policy.email.unique,
            lost_on: row.lost_on,
            kind,
            digest,
        });
    }
    Ok(drawn)
}
