//! Why a backup cannot be used, and why nothing starts on a database that was put back.

use std::path::Path;

use super::database;
use crate::{
    domain::saying::{Saying, SayingValue, said},
    store::{
        backup::BackupFlaw,
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
        BackupFlaw::Store(fault) => said!("fault-at", path, why = database::saying(fault)),
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
