//! What the machine said, as a part of a sentence: files, folders, listeners.

use std::io::{self, ErrorKind};

use crate::domain::saying::{SayingValue, said};

/// The fault as a part of a sentence; what has no words here is quoted.
pub fn cause(fault: &io::Error) -> SayingValue {
    SayingValue::Said(match fault.kind() {
        ErrorKind::NotFound => said!("machine-not-found"),
        ErrorKind::PermissionDenied => said!("machine-permission"),
        ErrorKind::AlreadyExists => said!("machine-exists"),
        ErrorKind::IsADirectory => said!("machine-folder"),
        ErrorKind::NotADirectory => said!("machine-no-folder"),
        ErrorKind::ReadOnlyFilesystem => said!("machine-read-only"),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => said!("machine-no-space"),
        ErrorKind::InvalidData => said!("machine-not-utf-8"),
        // What `settings` refuses to read.
        ErrorKind::InvalidInput => said!("machine-no-plain-file"),
        ErrorKind::InvalidFilename => said!("machine-file-name"),
        ErrorKind::ResourceBusy => said!("machine-busy"),
        ErrorKind::AddrInUse => said!("machine-address-in-use"),
        ErrorKind::AddrNotAvailable => said!("machine-no-own-address"),
        ErrorKind::ConnectionRefused => said!("machine-refused"),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::UnexpectedEof => {
            said!("machine-cut")
        }
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => said!("machine-no-route"),
        ErrorKind::BrokenPipe => said!("machine-reader-left"),
        ErrorKind::TimedOut => said!("machine-no-answer"),
        _ if is_name_lookup(fault) => said!("machine-no-host"),
        _ => return SayingValue::Text(fault.to_string()),
    })
}

/// Whether the name of a host was looked up in vain: the system's resolver has no kind of its own for it.
fn is_name_lookup(fault: &io::Error) -> bool {
    fault.to_string().contains("lookup address information")
}
