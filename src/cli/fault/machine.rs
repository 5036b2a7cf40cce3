//! What the machine said, as a part of a sentence: files, folders, listeners; and what to do about a file.

use std::{
    io::{self, ErrorKind},
    path::Path,
};

use crate::{
    domain::saying::{Saying, SayingValue, said},
    world::account,
};

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
        ErrorKind::FileTooLarge => said!("machine-too-large"),
        _ if is_name_lookup(fault) => said!("machine-no-host"),
        _ if fault.raw_os_error() == Some(EIO) => said!("machine-disk"),
        _ if fault.raw_os_error() == Some(EMFILE) => said!("machine-no-handle"),
        _ => return SayingValue::Text(fault.to_string()),
    })
}

/// The folder of the unions' files could not be read: which, why, and what to do.
pub fn tenants_folder(path: &Path, fault: &io::Error) -> Saying {
    if fault.kind() == ErrorKind::PermissionDenied {
        let (closed, mode) = account::kept_out(path);
        return said!("fault-tenants-folder-closed", path, user = account::own(), closed = &closed, mode);
    }
    said!("fault-tenants-folder", path, why = cause(fault))
}

/// Whether the name of a host was looked up in vain: the system's resolver has no kind of its own for it.
fn is_name_lookup(fault: &io::Error) -> bool {
    fault.to_string().contains("lookup address information")
}

/// `errno(3)`: the disk could not read or write.
const EIO: i32 = 5;
/// `errno(3)`: this process has as many files open as it may.
const EMFILE: i32 = 24;

/// The same about the file at that path: a folder that is not there is told as that, not as a file that is missing.
pub fn cause_at(path: &Path, fault: &io::Error) -> SayingValue {
    match missing_folder(path, fault) {
        Some(folder) => SayingValue::Said(said!("machine-folder-missing", folder)),
        None => cause(fault),
    }
}

/// What to do about a file or folder that could not be read or written.
pub fn next(path: &Path, fault: &io::Error) -> Saying {
    if let Some(folder) = missing_folder(path, fault) {
        return said!("machine-next-folder", folder);
    }
    match fault.kind() {
        ErrorKind::NotFound => said!("machine-next-name"),
        ErrorKind::PermissionDenied => said!("machine-next-permission"),
        ErrorKind::AlreadyExists => said!("machine-next-exists"),
        ErrorKind::IsADirectory => said!("machine-next-file"),
        ErrorKind::NotADirectory | ErrorKind::InvalidFilename => said!("machine-next-path"),
        ErrorKind::ReadOnlyFilesystem => said!("machine-next-read-only"),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            said!("machine-next-space")
        }
        ErrorKind::InvalidData => said!("machine-next-text"),
        ErrorKind::InvalidInput => said!("machine-next-plain"),
        ErrorKind::ResourceBusy => said!("machine-next-busy"),
        _ => said!("machine-next-other"),
    }
}

/// The folder in which the file would lie, where that is what is not there.
fn missing_folder<'p>(path: &'p Path, fault: &io::Error) -> Option<&'p Path> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty())?;
    (fault.kind() == ErrorKind::NotFound && !folder.exists()).then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::fault::CommandFault, domain::tenant::Language};

    #[test]
    fn every_fault_of_a_file_says_where_what_and_what_to_do() {
        let kinds = [
            ErrorKind::NotFound,
            ErrorKind::PermissionDenied,
            ErrorKind::AlreadyExists,
            ErrorKind::IsADirectory,
            ErrorKind::NotADirectory,
            ErrorKind::ReadOnlyFilesystem,
            ErrorKind::StorageFull,
            ErrorKind::QuotaExceeded,
            ErrorKind::FileTooLarge,
            ErrorKind::InvalidData,
            ErrorKind::InvalidInput,
            ErrorKind::InvalidFilename,
            ErrorKind::ResourceBusy,
            ErrorKind::UnexpectedEof,
        ];
        let codes = [EIO, EMFILE].map(io::Error::from_raw_os_error);
        for fault in kinds.map(io::Error::from).into_iter().chain(codes) {
            let kind = fault.kind();
            let told = CommandFault::File("/tmp".into(), fault);
            for (language, next) in [(Language::En, ". Next: "), (Language::Ja, "。次に: ")] {
                let sentence = told.sentence(language);
                assert!(sentence.starts_with("/tmp") && sentence.contains(next), "{kind:?}: {sentence}");
                assert!(!sentence.contains("os error"), "{kind:?}: {sentence}");
            }
        }
    }

    #[test]
    fn a_folder_that_is_missing_is_named_as_what_is_missing() {
        let told =
            |path: &str| CommandFault::File(path.into(), ErrorKind::NotFound.into()).sentence(Language::En);
        assert!(told("/no/such/folder/a.db").contains("its folder /no/such/folder is not there"));
        assert!(told("/no/such/folder/a.db").contains("mkdir -p /no/such/folder"));
        for path in ["/no-such-file", "no-such-file"] {
            assert!(told(path).contains("it is not there. Next: check its name and place"), "{}", told(path));
        }
    }
}
