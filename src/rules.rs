//! Rules: what was decided, what cannot happen, what holds under faults, what the printed manuals promise and what a
//! union's file may say. These pages rule; the code follows and cites them.
//!
//! A code in a comment, such as `(D24)`, `(B5)` or `(F-06)`, is a heading of one of these pages, and nothing else is. To
//! find one: `git grep -n '^## D24$' src/rules`; the code and tests that follow it: `git grep -nw D24 src tests`. A rule
//! is changed here first, then in the code. What is planned and not built says *Not yet*: `git grep -n 'Not yet' src/rules`
//! is the list.
//!
//! | code | page |
//! |---|---|
//! | D1, D2 … | [`decisions`] |
//! | A1, B1 … N7, TD1 …, DD1 … | [`threats`] |
//! | R1 …, INV1 … | [`reliability`] |
//! | what to watch, by the names of metrics; machines, settings, commands, backups | [`running`] |
//! | single sign-on: keys, codes, what services are told | [`sso`] |
//! | F-01, S-06, X-05, N-12 …, `003:278` | [`manuals`] |
//! | `password.require` …, T001 … | [`tenant_file`] |
//!
//! `tests/house/rules.rs` holds that every code that is cited anywhere is a heading here, that each is one only once,
//! and that a sentence with *must* names a test that exists, or says *Not yet*.

pub mod decisions {
    #![doc = include_str!("rules/decisions.md")]
    #![doc = include_str!("rules/decisions/ways_in.md")]
    #![doc = include_str!("rules/decisions/credentials.md")]
    #![doc = include_str!("rules/decisions/sessions.md")]
    #![doc = include_str!("rules/decisions/guessing.md")]
    #![doc = include_str!("rules/decisions/screens.md")]
    #![doc = include_str!("rules/decisions/hosts.md")]
    #![doc = include_str!("rules/decisions/roster.md")]
    #![doc = include_str!("rules/decisions/desk.md")]
    #![doc = include_str!("rules/decisions/keys.md")]
    #![doc = include_str!("rules/decisions/service.md")]
}

pub mod threats {
    #![doc = include_str!("rules/threats.md")]
    #![doc = include_str!("rules/threats/numbers.md")]
    #![doc = include_str!("rules/threats/web.md")]
    #![doc = include_str!("rules/threats/password.md")]
    #![doc = include_str!("rules/threats/passkey.md")]
    #![doc = include_str!("rules/threats/code.md")]
    #![doc = include_str!("rules/threats/first_login.md")]
    #![doc = include_str!("rules/threats/forgotten.md")]
    #![doc = include_str!("rules/threats/account.md")]
    #![doc = include_str!("rules/threats/data.md")]
    #![doc = include_str!("rules/threats/design.md")]
    #![doc = include_str!("rules/threats/mistakes.md")]
}

pub mod reliability {
    #![doc = include_str!("rules/reliability.md")]
}

pub mod running {
    #![doc = include_str!("rules/running.md")]
    #![doc = include_str!("rules/running/nodes.md")]
    #![doc = include_str!("rules/running/settings.md")]
    #![doc = include_str!("rules/running/commands.md")]
    #![doc = include_str!("rules/running/unions.md")]
    #![doc = include_str!("rules/running/notices.md")]
    #![doc = include_str!("rules/running/mail.md")]
    #![doc = include_str!("rules/running/keys.md")]
    #![doc = include_str!("rules/running/trail.md")]
    #![doc = include_str!("rules/running/backup.md")]
}

pub mod sso {
    #![doc = include_str!("rules/sso.md")]
}

pub mod manuals {
    #![doc = include_str!("rules/manuals.md")]
    #![doc = include_str!("rules/manuals/differences.md")]
    #![doc = include_str!("rules/manuals/screens.md")]
    #![doc = include_str!("rules/manuals/limits_and_messages.md")]
    #![doc = include_str!("rules/manuals/contradictions_and_silences.md")]
}

pub mod tenant_file {
    #![doc = include_str!("rules/tenant_file.md")]
    #![doc = include_str!("rules/tenant_file/keys.md")]
    #![doc = include_str!("rules/tenant_file/findings.md")]
}
