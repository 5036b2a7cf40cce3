//! Why a backup cannot be used, and why nothing starts on a database that was put back.

use std::path::Path;

use super::database;
use crate::{
    domain::saying::{Saying, said},
    store::{
        backup::BackupFlaw,
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
        BackupFlaw::Store(fault) => said!("fault-file", path, why = database::saying(fault)),
    }
}

/// What has to be done before anything starts on the database; `backup` is the moment of the backup, in words.
pub(super) fn unfinished(backup: Option<String>) -> Saying {
    match backup {
        Some(at) => said!("fault-unfinished-backup", at),
        None => said!("fault-unfinished-dump"),
    }
}
