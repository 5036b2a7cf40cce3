//! What the machine said, in words: files, folders, listeners.

use std::io::{self, ErrorKind};

use crate::domain::tenant::Language;

/// The fault in the reader's language; what has no words here is quoted.
pub fn io_words(fault: &io::Error, language: Language) -> String {
    let (ja, en) = match fault.kind() {
        ErrorKind::NotFound => ("ありません", "it is not there"),
        ErrorKind::PermissionDenied => {
            ("この利用者に権限がありません", "the user who runs this has no permission")
        }
        ErrorKind::AlreadyExists => ("もうあります", "it exists already"),
        ErrorKind::IsADirectory => ("フォルダーです", "it is a folder"),
        ErrorKind::NotADirectory => {
            ("途中の名前がフォルダーではありません", "a part of the path is no folder")
        }
        ErrorKind::ReadOnlyFilesystem => ("書けないファイルシステムです", "the file system is read-only"),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ("空きがありません", "no space is left"),
        ErrorKind::InvalidData => ("UTF-8 の文字ではありません", "it is not text in UTF-8"),
        ErrorKind::AddrInUse => ("ほかのプログラムが使っています", "another program has it"),
        ErrorKind::AddrNotAvailable => {
            ("この機械のアドレスではありません", "it is no address of this machine")
        }
        ErrorKind::ConnectionRefused => {
            ("接続を断られました", "the connection was refused: nobody listens there")
        }
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::UnexpectedEof => {
            ("接続が切れました", "the connection was cut")
        }
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            ("そこへの経路がありません", "there is no way to it on the network")
        }
        ErrorKind::TimedOut => ("返事がありません", "it does not answer"),
        _ if is_name_lookup(fault) => ("その名前のホストが見つかりません", "no host of that name is found"),
        _ => return fault.to_string(),
    };
    match language {
        Language::Ja => ja.to_owned(),
        Language::En => en.to_owned(),
    }
}

/// Whether the name of a host was looked up in vain: the system's resolver has no kind of its own for it.
fn is_name_lookup(fault: &io::Error) -> bool {
    fault.to_string().contains("lookup address information")
}
