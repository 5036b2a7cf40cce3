//! What the machine says: folders and who may read them, room on the disks, addresses, and whether the service answers.

use std::{
    net::IpAddr,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use super::{CheckResult, Topic};
use crate::{
    cli::{
        CommandFault, Exit,
        backup::rests,
        serve::{self, internal, reload::answer::InForceAnswer},
    },
    domain::saying::{SayingValue, said},
    settings::Settings,
    web::reload::IN_FORCE,
};

/// How long the service may take to say what it serves.
const SOON: Duration = Duration::from_secs(3);

/// Made by systemd-timesyncd once the clock agrees with a server's; chrony and ntpd keep files of their own.
const TIME_IS_KEPT: [&str; 4] =
    ["/run/systemd/timesync/synchronized", "/run/chrony/chronyd.pid", "/run/chronyd.pid", "/run/ntpd.pid"];

/// Whether something on this machine keeps its clock right, as far as files tell.
pub fn is_time_kept() -> bool {
    TIME_IS_KEPT.iter().any(|path| Path::new(path).exists())
}

/// Folders and files: whether they can be used, and who else can read them.
pub fn folders(settings: &Settings, topic: Topic) -> Vec<CheckResult> {
    let mut results = Vec::new();
    let tenants = &settings.tenants.dir;
    if let Err(fault) = std::fs::read_dir(tenants) {
        results.push(topic.fault(&CommandFault::TenantsFolder { path: tenants.clone(), fault }));
    }
    if let Some(file) = serve::sqlite_file(&settings.database.url) {
        match std::fs::metadata(&file) {
            Ok(found) if found.permissions().mode() & 0o077 != 0 => {
                let mode = format!("{:o}", found.permissions().mode() & 0o7777);
                results.push(topic.warning(&said!("doctor-folder-open", path = &file, mode)));
            }
            Ok(found) if found.permissions().readonly() => {
                results.push(topic.bad(&said!("doctor-folder-read-only", path = &file)));
            }
            // That it is not there is told of the database.
            _ => {}
        }
        let folder = folder_of(&file);
        if let Ok(found) = std::fs::metadata(&folder)
            && found.permissions().mode() & 0o002 != 0
        {
            let mode = format!("{:o}", found.permissions().mode() & 0o7777);
            results.push(topic.bad(&said!("doctor-folder-writable", path = &folder, mode)));
        }
        for part in rests::dead(&folder) {
            results.push(topic.warning(&said!("doctor-folder-rest", path = &part.path)));
        }
        if let (Ok(file_of), Ok(folder_of)) = (std::fs::metadata(&file), std::fs::metadata(&folder))
            && file_of.uid() != folder_of.uid()
        {
            results.push(topic.warning(&said!("doctor-folder-owner", path = &file, folder = &folder)));
        }
    }
    if results.is_empty() {
        results.push(topic.fine(&said!("doctor-folders")));
    }
    results
}

fn folder_of(file: &Path) -> PathBuf {
    let parent = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    parent.map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// Mebibytes below which a disk is nearly full, and below which it is full.
const LITTLE: u64 = 2048;
const NOTHING: u64 = 256;

/// Room where the database and the key ring are.
pub fn space(settings: &Settings, topic: Topic) -> Vec<CheckResult> {
    let file = serve::sqlite_file(&settings.database.url);
    let place = folder_of(file.as_deref().unwrap_or(&settings.keys.ring));
    let Ok(found) = rustix::fs::statvfs(&place) else {
        return vec![topic.look(&said!("doctor-space-unknown", path = &place))];
    };
    let free = found.f_bavail.saturating_mul(found.f_frsize) >> 20;
    let path = SayingValue::from(&place);
    vec![if free < NOTHING {
        topic.bad(&said!("doctor-space-none", path, free))
    } else if free < LITTLE {
        topic.warning(&said!("doctor-space-little", path, free))
    } else {
        topic.fine(&said!("doctor-space", path, free))
    }]
}

/// Who can reach the listeners, and whose word on addresses is believed.
pub fn listeners(settings: &Settings, topic: Topic) -> Vec<CheckResult> {
    let mut results = Vec::new();
    if !settings.internal.listen.ip().is_loopback() {
        let address = settings.internal.listen.to_string();
        results.push(topic.look(&said!("doctor-internal-open", address)));
    }
    if settings.public.scheme == "http" {
        results.push(topic.warning(&said!("doctor-plain-http")));
    }
    let trusted = settings.proxy.networks();
    // One address of somebody else's: whoever believes it believes everybody.
    let strangers: [IpAddr; 2] = [[8, 8, 8, 8].into(), [0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x8888].into()];
    if strangers.iter().any(|stranger| trusted.contain(*stranger)) {
        results.push(topic.bad(&said!("doctor-proxy-everybody")));
    } else if settings.proxy.trusted.is_empty() && settings.public.scheme == "https" {
        results.push(topic.warning(&said!("doctor-proxy-none")));
    }
    if results.is_empty() {
        results.push(topic.fine(&said!("doctor-network")));
    }
    results
}

/// How many names are told.
const NAMED: usize = 20;

/// How many unions another node serves by another version than the service here, and the first of them.
async fn differing(settings: &Settings) -> (usize, String) {
    let Ok(answer) = internal::ask(settings, "GET", IN_FORCE, SOON).await else { return (0, String::new()) };
    let told: InForceAnswer = serde_json::from_str(&answer.body).unwrap_or_default();
    let named = told.differing.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    (told.differing.len(), named)
}

/// Whether a service answers at the internal address. That none runs is no fault.
pub async fn service(settings: &Settings, topic: Topic) -> Vec<CheckResult> {
    let mut said = Vec::new();
    let address = settings.internal.listen.to_string();
    vec![match serve::healthcheck(settings, &mut said).await {
        Ok(Exit::Fine) => match differing(settings).await {
            (count @ 1.., unions) => topic.warning(&said!("doctor-service-differs", address, unions, count)),
            (0, _) => topic.fine(&said!("doctor-service", address)),
        },
        Ok(_) => {
            let why = String::from_utf8_lossy(&said).trim().to_owned();
            topic.bad(&said!("doctor-service-not-ready", address, why))
        }
        Err(_) => topic.look(&said!("doctor-service-none", address)),
    }]
}
