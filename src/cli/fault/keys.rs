//! A key ring that is not this database's, in words. Each names the file, and none offers to make a new ring: that would
//! lose what the old one sealed.

use std::path::Path;

use crate::{domain::tenant::Language, portal::keys::KeyRingError, vault::KeyId};

/// The ring is not there, and the database was used with it.
pub fn lost(path: &Path, key: KeyId, language: Language) -> String {
    let path = path.display();
    match language {
        Language::Ja => format!(
            "鍵束 {path} がありません。このデータベースは鍵 {key} で使われています。新しい鍵束では開けません。次: 保管してある写しを {path} に戻すか、設定 keys.ring(PORTAL_KEYS__RING)を直す"
        ),
        Language::En => format!(
            "the key ring {path} is not there, and this database was used with key {key}; a new ring would not open it. \
             Next: restore the copy to {path}, or mend the setting keys.ring (PORTAL_KEYS__RING)"
        ),
    }
}

/// The ring is there and is another one.
pub fn sentence(path: &Path, fault: &KeyRingError, language: Language) -> String {
    let path = path.display();
    match (fault, language) {
        (KeyRingError::Missing { id }, Language::Ja) => format!(
            "鍵束 {path} には、このデータベースで使われている鍵 {id} がありません。このまま使うと、正しいパスワードもまちがいになります。次: keys.ring(PORTAL_KEYS__RING)か database.url を確かめ、正しい鍵束の写しを使う"
        ),
        (KeyRingError::Missing { id }, Language::En) => format!(
            "the key ring {path} lacks key {id}, which this database is used with: every right password would count as \
             wrong. Next: check keys.ring (PORTAL_KEYS__RING) and database.url, and use the copy of the right ring"
        ),
        (KeyRingError::Differs { id }, Language::Ja) => format!(
            "鍵束 {path} の鍵 {id} は、このデータベースで使われている鍵 {id} とは別のものです。このまま使うと、正しいパスワードもまちがいになります。次: keys.ring(PORTAL_KEYS__RING)か database.url を確かめ、正しい鍵束の写しを使う"
        ),
        (KeyRingError::Differs { id }, Language::En) => format!(
            "key {id} in the key ring {path} is another one than this database is used with: every right password would \
             count as wrong. Next: check keys.ring (PORTAL_KEYS__RING) and database.url, and use the copy of the right \
             ring"
        ),
        (KeyRingError::Unproven, Language::Ja) => format!(
            "このデータベースには前の版のパスワードがありますが、鍵束 {path} のものだと確かめる手がかりがありません。前の版で使っていた鍵束なら、次: kenpo-portal keys adopt"
        ),
        (KeyRingError::Unproven, Language::En) => format!(
            "this database holds passwords of an earlier version, and nothing in it proves that they were made with the key \
             ring {path}. If it is the ring the earlier version ran with, next: kenpo-portal keys adopt"
        ),
        (KeyRingError::Broken(fault), _) => fault.to_string(),
    }
}
