//! Account: who runs this process, and what keeps that account from a file.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// The number of the account under which this process runs. `None` where the system does not say.
pub fn number() -> Option<u32> {
    fs::metadata("/proc/self").map(|process| process.uid()).ok()
}

/// The name of the account under which this process runs. One without a name in `/etc/passwd` is told by its number.
pub fn own() -> String {
    number().map_or_else(|| "unknown".to_owned(), called)
}

/// The name of an account, or its number.
pub fn called(number: u32) -> String {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    named(&passwd, number).unwrap_or_else(|| format!("uid {number}"))
}

/// The name of an account in the lines of `/etc/passwd`: name:password:number:…
fn named(passwd: &str, number: u32) -> Option<String> {
    let number = number.to_string();
    let line = passwd.lines().find(|line| line.split(':').nth(2) == Some(number.as_str()))?;
    line.split(':').next().filter(|name| is_name(name)).map(str::to_owned)
}

/// Whether a text can be the name of an account.
pub fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.chars().all(|c| c.is_alphanumeric() || "._-@\\".contains(c))
}

/// Where this process may not read a path: the file or folder that keeps it out, and the mode by which `chmod` opens it.
pub fn kept_out(path: &Path) -> (PathBuf, &'static str) {
    let mut seen = path.ancestors().filter_map(|path| Some((path, fs::metadata(path).ok()?)));
    match seen.next() {
        Some((path, about)) => (path.to_owned(), if about.is_dir() { "a+rx" } else { "a+r" }),
        None => (path.to_owned(), "a+rX"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_told_by_its_name_in_passwd() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nhanako:x:1000:1000::/home/hanako:/bin/sh\n";
        assert_eq!(named(passwd, 1000).as_deref(), Some("hanako"));
        assert_eq!(named(passwd, 10), None);
    }

    #[test]
    fn a_file_is_opened_to_all_by_reading_and_a_folder_by_entering_too() {
        let (path, mode) = kept_out(Path::new("/etc/passwd"));
        assert_eq!((path.as_path(), mode), (Path::new("/etc/passwd"), "a+r"));
        let (path, mode) = kept_out(Path::new("/etc/no/such/file"));
        assert_eq!((path.as_path(), mode), (Path::new("/etc"), "a+rx"));
    }
}
