//! Operator: who types a command, by the account of the operating system, for the trail ([D35]).
//!
//! [D35]: crate::rules::decisions#d35

use std::{fs, os::unix::fs::MetadataExt as _};

use super::CommandFault;
use crate::domain::audit::doing::{Actor, Doing, Reason};

/// The account under which this process runs; behind `sudo` the account that asked for it as well. An account without a
/// name in `/etc/passwd` is told by its number.
pub fn account() -> String {
    let Ok(uid) = fs::metadata("/proc/self").map(|process| process.uid()) else {
        return "unknown".to_owned();
    };
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = named(&passwd, uid).unwrap_or_else(|| format!("uid {uid}"));
    // Only the superuser's own sudo can have set it for the superuser.
    let asked = std::env::var("SUDO_USER").ok().filter(|asked| uid == 0 && is_name(asked));
    asked.map_or_else(|| name.clone(), |asked| format!("{name} (sudo {asked})"))
}

/// The name of an account in the lines of `/etc/passwd`: name:password:number:…
fn named(passwd: &str, uid: u32) -> Option<String> {
    let uid = uid.to_string();
    let line = passwd.lines().find(|line| line.split(':').nth(2) == Some(uid.as_str()))?;
    line.split(':').next().filter(|name| is_name(name)).map(str::to_owned)
}

fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_alphanumeric() || "._-@\\".contains(c))
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
        let passwd = "root:x:0:0:root:/root:/bin/sh\nhanako:x:1000:1000::/home/hanako:/bin/sh\n";
        assert_eq!(named(passwd, 1000).as_deref(), Some("hanako"));
        assert_eq!(named(passwd, 10), None);
        assert!(!account().is_empty());
    }
}
