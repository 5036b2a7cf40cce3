//! Operator: who types a command, by the account of the operating system, for the trail ([D35]).
//!
//! [D35]: crate::rules::decisions#d35

use std::fs;

use super::CommandFault;
use crate::{
    domain::{
        audit::{
            Event,
            doing::{Actor, Doing, Reason},
        },
        member::{EventId, MemberId},
        tenant::TenantSlug,
    },
    store::{self, Store},
    world::{Clock as _, SystemClock, SystemRandom, account, random_bytes},
};

/// The account under which this process runs, and the one that logged in behind it where that is another: the kernel keeps
/// it through `sudo` and `su`, and nothing but the superuser can set it. Where no login is known (a container, a service),
/// the account that the superuser's `sudo` names. An account without a name in `/etc/passwd` is told by its number.
pub fn account() -> String {
    let Some(uid) = account::number() else {
        return "unknown".to_owned();
    };
    let login = fs::read_to_string("/proc/self/loginuid").ok().and_then(|text| text.trim().parse().ok());
    let asked = std::env::var("SUDO_USER").ok().filter(|asked| uid == 0 && account::is_name(asked));
    told(account::called(uid), login.filter(|login| *login != NO_LOGIN).map(account::called), asked)
}

/// What the kernel says where nobody logged in: -1 (`proc_pid_loginuid(5)`).
const NO_LOGIN: u32 = u32::MAX;

/// The account, and in parentheses who is behind it. `SUDO_USER` can be typed by anybody, and counts only without a login.
fn told(account: String, login: Option<String>, asked: Option<String>) -> String {
    match (login, asked) {
        (Some(login), _) if login == account => account,
        (Some(login), _) => format!("{account} (login {login})"),
        (None, Some(asked)) => format!("{account} (sudo {asked})"),
        (None, None) => account,
    }
}

/// Whether an actor of the trail goes by that name: the account that ran the command, or who is behind it.
pub fn is_called(actor: &str, who: &str) -> bool {
    let behind = actor.strip_suffix(')').and_then(|actor| actor.split_once(" ("));
    let (account, behind) =
        behind.map_or((actor, None), |(account, behind)| (account, behind.split_once(' ')));
    actor == who || account == who || behind.is_some_and(|(_, name)| name == who)
}

/// Proof that the trail says who reads members' data. Whatever writes the number or user ID of a member asks for one.
#[derive(Debug)]
pub struct Noted(());

/// Says in the trail that members' data is read, and by whom: committed before the first of it is written, so that a
/// reader who leaves in the middle has left a row too ([M6]).
///
/// # Errors
/// The database failed; then nothing may be shown.
///
/// [M6]: crate::rules::threats#m6
pub async fn noted(
    store: &Store,
    tenant: &TenantSlug,
    member: Option<MemberId>,
    event: &Event,
    doing: Doing,
) -> Result<Noted, CommandFault> {
    let now = SystemClock.now();
    let id = EventId::new(now, random_bytes(&SystemRandom)?);
    let mut tx = store.tenant(tenant).write().await?;
    store::audit::note(&mut tx, id, member, event, doing, now);
    tx.commit().await?;
    Ok(Noted(()))
}

/// A reason that has to be there.
///
/// # Errors
/// [`CommandFault::ReasonNeeded`], [`CommandFault::ReasonUnfit`].
pub fn reason(typed: Option<&str>) -> Result<Reason, CommandFault> {
    let typed = typed.ok_or(CommandFault::ReasonNeeded)?;
    Reason::parse(typed).ok_or(CommandFault::ReasonUnfit)
}

/// What the union's desk does by a command.
pub fn at_the_desk(command: &str, reason: Option<Reason>) -> Doing {
    Doing::by_command(Actor::Desk(account()), command, reason)
}

/// What whoever runs the portal does by a command.
pub fn of_the_agency(command: &str, reason: Option<Reason>) -> Doing {
    Doing::by_command(Actor::Agency(account()), command, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_a_name_or_a_number() {
        assert!(!account().is_empty());
    }

    #[test]
    fn whoever_is_behind_an_account_is_named_and_found() {
        let told = |account: &str, login: Option<&str>, asked: Option<&str>| {
            told(account.into(), login.map(Into::into), asked.map(Into::into))
        };
        assert_eq!(told("root", None, None), "root");
        assert_eq!(told("root", None, Some("yamada")), "root (sudo yamada)");
        assert_eq!(told("yamada", Some("yamada"), None), "yamada");
        // The name that is typed into `SUDO_USER` counts for nothing beside the login.
        assert_eq!(told("root", Some("yamada"), Some("tanaka")), "root (login yamada)");
        assert_eq!(told("portal", Some("uid 1000"), None), "portal (login uid 1000)");
        for actor in ["root (sudo yamada)", "root (login yamada)", "yamada", "yamada (login root)"] {
            assert!(is_called(actor, "yamada") && is_called(actor, actor), "{actor}");
            assert_eq!(is_called(actor, "root"), actor.contains("root"), "{actor}");
            assert!(
                !is_called(actor, "yama") && !is_called(actor, "sudo") && !is_called(actor, ""),
                "{actor}"
            );
        }
        assert!(is_called("portal (login uid 1000)", "uid 1000"));
    }
}
