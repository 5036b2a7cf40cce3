//! Why the database cannot be used, in words an operator can act on: what happened, and what to do.

use super::machine::io_words;
use crate::{
    domain::tenant::Language,
    store::{StoreError, contact::DatabaseProblem},
};

/// The sentence, without the address: every command names its database before it begins.
pub fn sentence(fault: &StoreError, language: Language) -> String {
    let (ja, en): (&str, &str) = match fault.trouble() {
        DatabaseProblem::Network(cause) => {
            let cause = io_words(cause, language);
            return match language {
                Language::Ja => format!(
                    "データベースにつながりません: {cause}。次: database.url のホストとポート、データベースが動いているかを確かめる"
                ),
                Language::En => format!(
                    "the database cannot be reached: {cause}. Next: check host and port in database.url, and that the \
                     database runs"
                ),
            };
        }
        DatabaseProblem::Silent => (
            "データベースから返事がありません。次: database.url のホストとポート、途中の経路(ファイアウォール)を確かめる",
            "the database does not answer. Next: check host and port in database.url, and what stands between (a firewall)",
        ),
        DatabaseProblem::Starting => (
            "データベースは起動中か終了中です。次: 少し待って、もう一度実行する",
            "the database is starting up or shutting down. Next: wait a moment and run it again",
        ),
        DatabaseProblem::Full => (
            "データベースの接続数がいっぱいです。次: max_connections を増やすか、ほかの接続を減らす",
            "the database takes no more connections. Next: raise max_connections, or close others",
        ),
        DatabaseProblem::Password => (
            "データベースが、ユーザーかパスワードを受けつけません。次: database.url のユーザーとパスワードを確かめる(記号は %2F のように書く)",
            "the database refuses user or password. Next: check both in database.url (other signs than letters and digits \
             are written as %2F)",
        ),
        DatabaseProblem::NoDatabase => (
            "その名前のデータベースがありません。次: database.url の最後の名前を確かめるか、CREATE DATABASE で作る",
            "there is no database of that name. Next: check the last word of database.url, or CREATE DATABASE",
        ),
        DatabaseProblem::Encryption => (
            "データベースとの暗号化(TLS)ができません。次: database.url の sslmode と sslrootcert、サーバーの証明書を確かめる",
            "no encryption (TLS) with the database. Next: check sslmode and sslrootcert in database.url, and the server's \
             certificate",
        ),
        DatabaseProblem::Forbidden => (
            "データベースのこのユーザーには、その権限がありません。次: migrate up は持ち主(owner)の database.url で実行する",
            "this user of the database may not do that. Next: run `migrate up` with the owner's database.url",
        ),
        DatabaseProblem::Address => (
            "database.url を読めません。例: postgres://ユーザー:パスワード@ホスト:5432/portal(記号は %2F のように書く)",
            "database.url cannot be read. Example: postgres://user:password@host:5432/portal (other signs than letters and \
             digits are written as %2F)",
        ),
        DatabaseProblem::NoDatabaseFile => (
            "そのファイルは SQLite のデータベースではありません。次: database.url のファイル名を確かめる",
            "that file is no SQLite database. Next: check the file's name in database.url",
        ),
        DatabaseProblem::CannotOpen => (
            "データベースのファイルを開けません。次: database.url のファイルとフォルダーの権限を確かめる",
            "the database's file cannot be opened. Next: check the permissions of the file and its folder in database.url",
        ),
        DatabaseProblem::ReadOnly => (
            "データベースに書けません。次: ファイルとフォルダーの権限、ファイルシステム、レプリカでないかを確かめる",
            "the database cannot be written. Next: check the permissions of file and folder, the file system, and that it is \
             no replica",
        ),
        DatabaseProblem::Locked => (
            "データベースを、ほかのプログラムが使っています。次: ほかの kenpo-portal の作業が終わるのを待って、もう一度実行する",
            "another program holds the database. Next: wait until other commands of kenpo-portal have ended, and run it again",
        ),
        DatabaseProblem::Damaged => (
            "データベースのファイルがこわれています。次: 控えから戻す",
            "the database's file is damaged. Next: restore it from its backup",
        ),
        DatabaseProblem::NoSpace => (
            "データベースのディスクに空きがありません。次: 空きを作って、もう一度実行する",
            "the database's disk is full. Next: make room and run it again",
        ),
        DatabaseProblem::Migration => (
            "データベースの migrate up の記録が、このプログラムのものとちがいます。次: 同じ版のプログラムで作ったデータベースかを確かめる",
            "what `migrate up` recorded in the database is not this program's. Next: check that the database belongs to a \
             released program",
        ),
        DatabaseProblem::Other => {
            return match language {
                Language::Ja => format!(
                    "データベースを使えません: {fault}。次: database.url と、データベースが動いているかを確かめる"
                ),
                Language::En => format!(
                    "the database cannot be used: {fault}. Next: check database.url, and that the database runs"
                ),
            };
        }
    };
    match language {
        Language::Ja => ja.to_owned(),
        Language::En => en.to_owned(),
    }
}
