//! First credential: the one spelling of each kind of first password (D3).

use super::typed;

/// A printed password: as given, but for the keyboard's own variants and spaces around it.
pub fn printed(typed: &str) -> String {
    typed::password(typed).trim().to_owned()
}

/// A generated password: groups, capitals and width do not matter.
pub fn generated(typed: &str) -> String {
    typed::digits(typed).to_uppercase()
}

/// A derived password: 記号+番号+YYYYMMDD without anything between.
pub fn derived(typed: &str) -> String {
    typed::digits(typed).to_lowercase()
}
