//! Search: one spelling for looking a member up, whoever wrote the name and however the desk types it.
//!
//! # Decision
//! A member has keys: name, kana, mail address, and the address that waits for its confirmation. The desk's word becomes a
//! key of the same spelling; a name is found by how its key begins.
//! # Because
//! Rosters hold 髙橋 and ﾀｶﾊｼ, insurance cards have no small kana, and whoever sits at the desk types 高橋 or たかはし: a
//! comparison of beginnings goes by an index, on both databases alike.
//! # Instead of
//! A full-text index, which each database has in its own way.

use super::{
    member::{EmailAddress, Member},
    typed,
};

/// By what a member is looked up, as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchKeys {
    /// The name as the union writes it, folded as a typed word is.
    pub name: String,
    /// Of the name in kana; may be empty.
    pub kana: String,
    /// Of the verified address.
    pub email: Option<String>,
    /// Of the address that waits for its confirmation.
    pub pending: Option<String>,
}

impl SearchKeys {
    /// The keys of a member.
    pub fn of(member: &Member) -> Self {
        Self {
            name: typed::search_key(&member.name),
            kana: typed::search_key(&member.name_kana),
            email: member.email.as_ref().map(EmailAddress::key),
            pending: member.email_pending.as_ref().map(EmailAddress::key),
        }
    }

    /// Whether the word means the member with these keys.
    pub fn match_word(&self, word: &SearchWord) -> bool {
        let is_name = |key: &String| match word.reach {
            Reach::Whole => *key == word.key,
            Reach::Beginning => key.starts_with(&word.key),
        };
        let is_mail = |key: &Option<String>| key.is_some() && *key == word.mail;
        (!word.key.is_empty() && (is_name(&self.name) || is_name(&self.kana)))
            || is_mail(&self.email)
            || is_mail(&self.pending)
    }
}

/// How much of a name a word has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All of it: what a deed is done to.
    Whole,
    /// Its beginning: what a list is looked for by.
    Beginning,
}

/// What the desk types, as names and addresses are compared with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchWord {
    /// As a name; empty where it is none.
    pub key: String,
    /// As a mail address, where it may be one.
    pub mail: Option<String>,
    /// How much of a name it has to be.
    pub reach: Reach,
}

impl SearchWord {
    /// Reads what was typed.
    pub fn typed(text: &str, reach: Reach) -> Self {
        let folded = typed::fold(text);
        let mail = folded.contains('@').then(|| folded.to_lowercase());
        Self { key: typed::search_key(text), mail, reach }
    }

    /// The keys of names that it means lie from this one on …
    pub fn from(&self) -> &str {
        &self.key
    }

    /// … and before this one.
    pub fn before(&self) -> String {
        match self.reach {
            // No key holds the first character there is: it is a control character.
            Reach::Whole => format!("{}\u{1}", self.key),
            Reach::Beginning => format!("{}{}", self.key, char::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(name: &str, kana: &str, email: Option<&str>) -> SearchKeys {
        SearchKeys {
            name: typed::search_key(name),
            kana: typed::search_key(kana),
            email: email.map(str::to_lowercase),
            pending: None,
        }
    }

    fn finds(word: &str, reach: Reach, keys: &SearchKeys) -> bool {
        let word = SearchWord::typed(word, reach);
        let found = keys.match_word(&word);
        // What the index finds is the same.
        let within = |key: &str| word.from() <= key && key < word.before().as_str();
        let by_index = !word.key.is_empty() && (within(&keys.name) || within(&keys.kana));
        assert_eq!(found, by_index || (word.mail.is_some() && word.mail == keys.email), "{word:?} {keys:?}");
        found
    }

    #[test]
    fn a_name_is_found_whatever_it_is_typed_with() {
        let member = keys("髙橋　京子", "ﾀｶﾊｼ ｷｮｳｺ", Some("Kyoko@example.jp"));
        for whole in [
            "高橋京子",
            "髙橋 京子",
            "タカハシキョウコ",
            "たかはし きょうこ",
            "ﾀｶﾊｼｷﾖｳｺ",
            "kyoko@EXAMPLE.jp",
            "ｋｙｏｋｏ＠ｅｘａｍｐｌｅ．ｊｐ",
        ] {
            assert!(finds(whole, Reach::Whole, &member), "{whole}");
        }
        for beginning in ["高橋", "髙", "タカ", "たかはし"] {
            assert!(finds(beginning, Reach::Beginning, &member), "{beginning}");
            assert!(!finds(beginning, Reach::Whole, &member), "{beginning}");
        }
        for other in ["橋", "鈴木", "", " ", "　", "kyoko", "kyoko@", "@"] {
            assert!(!finds(other, Reach::Beginning, &member), "{other}");
        }
    }

    #[test]
    fn a_member_without_kana_is_found_by_name_alone() {
        let member = keys("見本 太郎", "", None);
        assert!(finds("見本", Reach::Beginning, &member) && !finds("ミ", Reach::Beginning, &member));
    }
}
