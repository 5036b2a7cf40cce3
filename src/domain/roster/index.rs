//! Index: rows of a file by a text of theirs.
//!
//! # Decision
//! A table of the rows' places, four bytes each.
//! # Because
//! A file has up to 300,000 rows, and they are looked up by number, user ID, address and former number: maps from a copy
//! of each text took as much memory as the rows themselves.
//! # Instead of
//! `HashMap<String, usize>`; or `HashMap<&str, usize>`, which cannot grow with the rows it borrows from.

use std::{
    borrow::Cow,
    hash::{BuildHasher as _, RandomState},
};

use hashbrown::HashTable;

use super::row::RosterRow;
use crate::domain::member::EmailAddress;

/// The text by which a row is found; rows without one are not found.
pub type TextOf = fn(&RosterRow) -> Option<Cow<'_, str>>;

/// The places of rows, by a text of theirs.
#[derive(Debug, Default)]
pub struct RowIndex {
    places: HashTable<u32>,
    hasher: RandomState,
}

impl RowIndex {
    /// All rows by that text; of rows with one text the first.
    pub fn of(rows: &[RosterRow], text: TextOf) -> Self {
        let mut index = Self { places: HashTable::with_capacity(rows.len()), ..Self::default() };
        for (at, row) in rows.iter().enumerate() {
            if text(row).is_some_and(|found| index.find(&found, rows, text).is_none()) {
                index.add(at, rows, text);
            }
        }
        index
    }

    /// The place of the row that has the text.
    pub fn find(&self, wanted: &str, rows: &[RosterRow], text: TextOf) -> Option<usize> {
        let has = |at: &u32| text_at(*at, rows, text).is_some_and(|found| found == wanted);
        self.places.find(self.hasher.hash_one(wanted), has).map(|at| *at as usize)
    }

    /// Adds a row, if it has such a text. No other row that has it may be there.
    pub fn add(&mut self, at: usize, rows: &[RosterRow], text: TextOf) {
        let (Ok(place), Some(own)) = (u32::try_from(at), rows.get(at).and_then(text)) else { return };
        let hasher = &self.hasher;
        let again = |at: &u32| text_at(*at, rows, text).map_or(0, |found| hasher.hash_one(&*found));
        self.places.insert_unique(hasher.hash_one(&*own), place, again);
    }
}

fn text_at(at: u32, rows: &[RosterRow], text: TextOf) -> Option<Cow<'_, str>> {
    rows.get(at as usize).and_then(text)
}

/// The row's number, in its one spelling.
#[expect(clippy::unnecessary_wraps, reason = "one of the texts by which rows are found")]
pub fn number_of(row: &RosterRow) -> Option<Cow<'_, str>> {
    Some(Cow::Borrowed(&row.key))
}

/// The user ID that the row asks for.
pub fn login_of(row: &RosterRow) -> Option<Cow<'_, str>> {
    row.kind.login().map(|login| Cow::Borrowed(login.as_str()))
}

/// The row's address, in its one spelling.
pub fn email_of(row: &RosterRow) -> Option<Cow<'_, str>> {
    row.email.as_ref().map(key_of)
}

/// An address's one spelling, in most files the address itself.
pub fn key_of(email: &EmailAddress) -> Cow<'_, str> {
    let text = email.as_str();
    let is_key = text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_key { Cow::Borrowed(text) } else { Cow::Owned(email.key()) }
}
