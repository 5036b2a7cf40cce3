//! Why a backup cannot be used, and why nothing starts on a database that was put back.

use std::{io, path::Path};

use super::{
    database,
    machine::{cause_at, next},
};
use crate::{
    domain::saying::{Saying, SayingValue, said},
    store::{
        backup::BackupFlaw,
        contact::DatabaseProblem,
        objects::{ObjectFlaw, StrangeObject},
        schema::{SchemaMismatch, Version},
    },
};

/// Why that file cannot be restored, or is no whole backup.
pub(super) fn flaw(path: &Path, flaw: &BackupFlaw) -> Saying {
    match flaw {
        BackupFlaw::NotABackup => said!("fault-not-a-backup", path),
        BackupFlaw::Damaged(found) => said!("fault-backup-damaged", path, found),
        BackupFlaw::Schema(SchemaMismatch::Newer { needed: Some(needed), .. }) => {
            let own = Version::own().to_string();
            said!("fault-backup-newer", path, needed = needed.to_string(), own)
        }
        BackupFlaw::Schema(_) => said!("fault-backup-unknown", path, own = Version::own().to_string()),
        BackupFlaw::Strange(strange) => {
            let (objects, more) = strange_objects(strange);
            said!("fault-backup-strange", path, objects, more)
        }
        // What has no room is the copy that is being written.
        BackupFlaw::Store(fault) if matches!(fault.trouble(), DatabaseProblem::NoSpace) => {
            let full = io::Error::from(io::ErrorKind::StorageFull);
            said!("fault-file", path, why = cause_at(path, &full), next = next(path, &full))
        }
        BackupFlaw::Store(fault) => said!("fault-at", path, why = database::saying(fault)),
    }
}

/// That a backup is another file than was made; `beside` says so, or it was typed.
pub(super) fn sum_differs(path: &Path, (found, expected): (&str, &str), beside: Option<&Path>) -> Saying {
    match beside {
        Some(beside) => said!("fault-sum-differs", path, found, expected, beside),
        None => said!("fault-sum-differs-typed", path, found, expected),
    }
}

/// How many objects a sentence names.
const NAMED: usize = 5;

/// The first of these objects, and how many more there are.
pub fn strange_objects(strange: &[StrangeObject]) -> (SayingValue, usize) {
    let told = strange.iter().take(NAMED).map(|StrangeObject { flaw, object }| match flaw {
        ObjectFlaw::Foreign => said!("object-foreign", object),
        ObjectFlaw::Altered => said!("object-altered", object),
        ObjectFlaw::Missing => said!("object-missing", object),
    });
    (SayingValue::several(told, "list-and"), strange.len().saturating_sub(NAMED))
}

/// What has to be done before anything starts on the database; `backup` is the moment of the backup, in words.
pub(super) fn unfinished(backup: Option<String>) -> Saying {
    match backup {
        Some(at) => said!("fault-unfinished-backup", at),
        None => said!("fault-unfinished-dump"),
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, Executor as _, SqliteConnection};

    use super::*;
    use crate::{cli::CommandFault, domain::tenant::Language, store::StoreError};

    #[tokio::test]
    async fn a_copy_without_room_names_the_disk_of_the_copy() {
        let mut full = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        full.execute("CREATE TABLE t (x BLOB); PRAGMA max_page_count = 2").await.unwrap();
        let fault = full.execute("INSERT INTO t VALUES (zeroblob(1000000))").await.unwrap_err();
        let flaw = BackupFlaw::Store(StoreError::from(fault));
        let told = CommandFault::Backup { path: "/backup/a.db".into(), flaw }.sentence(Language::En);
        assert!(told.starts_with("/backup/a.db: no space is left") && !told.contains("database"), "{told}");
    }
}
