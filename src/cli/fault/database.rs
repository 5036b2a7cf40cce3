//! Why the database cannot be used, in words an operator can act on: what happened, and what to do.

use super::machine::cause;
use crate::{
    domain::saying::{Saying, said},
    store::{StoreError, contact::DatabaseProblem},
};

/// The sentence, without the address: every command names its database before it begins.
pub fn saying(fault: &StoreError) -> Saying {
    match fault.trouble() {
        DatabaseProblem::Network(network) => said!("database-unreachable", cause = cause(network)),
        DatabaseProblem::Silent => said!("database-silent"),
        DatabaseProblem::Starting => said!("database-starting"),
        DatabaseProblem::Full => said!("database-full"),
        DatabaseProblem::Password => said!("database-password"),
        DatabaseProblem::NoDatabase => said!("database-missing"),
        DatabaseProblem::Encryption => said!("database-encryption"),
        DatabaseProblem::Forbidden => said!("database-forbidden"),
        DatabaseProblem::Address => said!("database-address"),
        DatabaseProblem::NoDatabaseFile => said!("database-no-database"),
        DatabaseProblem::CannotOpen => said!("database-cannot-open"),
        DatabaseProblem::ReadOnly => said!("database-read-only"),
        DatabaseProblem::Locked => said!("database-locked"),
        DatabaseProblem::Damaged => said!("database-damaged"),
        DatabaseProblem::Replaced => said!("database-replaced"),
        DatabaseProblem::NoSpace => said!("database-no-space"),
        DatabaseProblem::Disk => said!("database-disk"),
        DatabaseProblem::Unsure => said!("database-unsure"),
        DatabaseProblem::Migration => said!("database-migration"),
        DatabaseProblem::Other => said!("database-other", fault = fault.to_string()),
    }
}
