//! Drawing: first credentials for the members of a plan.

use std::collections::HashSet;

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    domain::{
        first_credential::{self, LENGTH},
        login_id::LoginId,
        member::{EmailAddress, MemberId},
        roster::{Addition, CredentialNotice, FirstCredentialSource, Plan, mark},
        tenant::{CredentialLetter, Tenant},
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
    pub members: Vec<DrawnMember<'p>>,
    /// To be mailed: where the union has it so and the member has an address.
    pub mailed: Vec<MailedCredential<'p>>,
    /// To be printed: everybody else.
    pub notices: Vec<CredentialNotice<'p>>,
    /// The line of each notice in the roster file.
    pub lines: Vec<u32>,
}

/// A new member with the id and what was drawn. What the file says is taken from the plan when the member is written
/// ([`DrawnMember::as_new`]): 300,000 at once would take as much memory as the file.
#[derive(Debug)]
pub struct DrawnMember<'p> {
    id: MemberId,
    addition: &'p Addition<'p>,
    drawn: Option<Box<DrawnSecret>>,
}

/// A user ID and a password that were drawn.
#[derive(Debug)]
struct DrawnSecret {
    login: LoginId,
    digest: Vec<u8>,
}

impl DrawnMember<'_> {
    /// The member as the store takes it.
    pub fn as_new(&self, tenant: &Tenant, vault: &Vault) -> NewMember<'_> {
        let row = self.addition.row;
        let (kind, digest) = match (&row.kind, &self.drawn) {
            (FirstCredentialSource::Printed(_, given), _) => {
                let normalised = first_credential::printed(given.expose_secret());
                (FirstKind::Printed, Some(vault.first_digest(self.id, &normalised)))
            }
            (_, Some(drawn)) => (FirstKind::Generated, Some(drawn.digest.clone())),
            (_, None) => (FirstKind::Derived, None),
        };
        let own = row.kind.login().or(self.drawn.as_ref().map(|drawn| &drawn.login));
        NewMember {
            id: self.id,
            number: &row.number,
            name: &row.name,
            name_kana: &row.name_kana,
            birth_date: row.birth_date,
            login: own.cloned().unwrap_or_else(|| LoginId::typed("")),
            email: self.addition.email,
            unique_email: tenant.policy.email.unique,
            lost_on: row.lost_on,
            kind,
            digest,
        }
    }
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
    for (addition, id) in plan.added.iter().zip(ids(plan.added.len(), rng, now)?) {
        let row = addition.row;
        if !row.kind.is_drawn(&tenant.policy.initial_password) {
            drawn.members.push(DrawnMember { id, addition, drawn: None });
            continue;
        }
        let (shown, login) = if let Some(login) = row.kind.login() {
            (login.as_str().to_owned(), login.clone())
        } else {
            let shown = self::login(rng, &mut taken)?;
            let login = LoginId::typed(&shown);
            (shown, login)
        };
        let password = draw_password(rng)?;
        let digest = vault.first_digest(id, &first_credential::generated(password.expose_secret()));
        drawn.members.push(DrawnMember {
            id,
            addition,
            drawn: Some(Box::new(DrawnSecret { login, digest })),
        });
        if let Some(address) = addition.email.filter(|_| by_mail) {
            drawn.mailed.push(MailedCredential { member: id, address, login: shown, password });
        } else {
            let (number, name) = (&row.number, row.name.as_str());
            drawn.notices.push(CredentialNotice { number, name, login: shown, password });
            drawn.lines.push(row.line);
        }
    }
    Ok(drawn)
}

/// Ids of new members, in their order: the database finds the place of the next row beside that of the last one.
fn ids(count: usize, rng: &dyn RandomSource, now: Timestamp) -> Result<Vec<MemberId>, RandomError> {
    let drawn = (0..count).map(|_| Ok(MemberId::new(now, random_bytes(rng)?)));
    let mut ids = drawn.collect::<Result<Vec<_>, RandomError>>()?;
    ids.sort_unstable_by_key(|id| id.uuid());
    Ok(ids)
}
