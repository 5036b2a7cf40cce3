//! What is wrong with the settings, in words: which setting, where it stands, and what would be right.

use super::machine::io_words;
use crate::{
    domain::tenant::Language,
    settings::{Origin, SettingsFault, SettingsProblem, ValueFlaw},
};

/// Every trouble on a line of its own.
pub fn sentence(fault: &SettingsFault, language: Language) -> String {
    match (fault, language) {
        (SettingsFault::NoFile(path), Language::Ja) => {
            format!("設定ファイル {} がありません。次: --config のファイル名を確かめる", path.display())
        }
        (SettingsFault::NoFile(path), Language::En) => {
            format!("the settings file {} is not there. Next: check the name behind --config", path.display())
        }
        (SettingsFault::File(path, cause), Language::Ja) => {
            format!("設定ファイル {} を読めません: {}。", path.display(), io_words(cause, language))
        }
        (SettingsFault::File(path, cause), Language::En) => {
            format!("the settings file {} cannot be read: {}.", path.display(), io_words(cause, language))
        }
        (SettingsFault::Toml { path, line, message }, Language::Ja) => {
            format!("{}:{line}: TOML として読めません({message})。次: この行を直す", path.display())
        }
        (SettingsFault::Toml { path, line, message }, Language::En) => {
            format!("{}:{line}: this is no TOML: {message}. Next: mend this line", path.display())
        }
        (SettingsFault::ValueFile { variable, path, source }, Language::Ja) => {
            format!(
                "{variable} の示すファイル {} を読めません: {}。",
                path.display(),
                io_words(source, language)
            )
        }
        (SettingsFault::ValueFile { variable, path, source }, Language::En) => {
            format!(
                "{variable} names the file {}, which cannot be read: {}.",
                path.display(),
                io_words(source, language)
            )
        }
        (SettingsFault::Troubles(troubles), _) => {
            troubles.iter().map(|trouble| trouble_words(trouble, language)).collect::<Vec<_>>().join("\n")
        }
    }
}

/// One trouble.
pub fn trouble_words(trouble: &SettingsProblem, language: Language) -> String {
    match (trouble, language) {
        (SettingsProblem::Wrong { key, origin, why }, Language::Ja) => {
            format!("設定 {key}({}): {}", origin_words(origin, language), japanese(why))
        }
        (SettingsProblem::Wrong { key, origin, why }, Language::En) => {
            format!("setting {key} ({}): {}", origin_words(origin, language), english(why))
        }
        (SettingsProblem::Nearly { name, meant, origin }, Language::Ja) => format!(
            "{name} という設定はありません({})。{} のことですか。次: 名前を直すか、なくす",
            origin_words(origin, language),
            name_like(meant, origin)
        ),
        (SettingsProblem::Nearly { name, meant, origin }, Language::En) => format!(
            "there is no setting {name} ({}). Is {} meant? Next: mend the name, or take it away",
            origin_words(origin, language),
            name_like(meant, origin)
        ),
        (SettingsProblem::Unknown { name, origin }, Language::Ja) => format!(
            "注意: {name} という設定を kenpo-portal {} は知りません({})。無視します。",
            env!("CARGO_PKG_VERSION"),
            origin_words(origin, language)
        ),
        (SettingsProblem::Unknown { name, origin }, Language::En) => format!(
            "warning: kenpo-portal {} knows no setting {name} ({}); it is ignored",
            env!("CARGO_PKG_VERSION"),
            origin_words(origin, language)
        ),
    }
}

/// The setting as it is written where the mistake stands.
fn name_like(key: &str, origin: &Origin) -> String {
    match origin {
        Origin::Variable(name) if name.to_uppercase().ends_with("_FILE") => {
            format!("PORTAL_{}_FILE", key.replace('.', "__").to_uppercase())
        }
        Origin::Variable(_) | Origin::NamedFile { .. } => {
            format!("PORTAL_{}", key.replace('.', "__").to_uppercase())
        }
        Origin::Default | Origin::File { .. } => key.to_owned(),
    }
}

/// Where a value comes from.
pub fn origin_words(origin: &Origin, language: Language) -> String {
    match (origin, language) {
        (Origin::Default, Language::Ja) => "既定の値".to_owned(),
        (Origin::Default, Language::En) => "the default".to_owned(),
        _ => origin.to_string(),
    }
}

fn japanese(why: &ValueFlaw) -> String {
    match why {
        ValueFlaw::Empty => "空です。値を書くか、設定をなくしてください。".to_owned(),
        ValueFlaw::NoText => "引用符で囲んだ文字ではありません。例: \"…\"".to_owned(),
        ValueFlaw::NoNumber { least, most } => format!("{least} から {most} までの整数を書いてください。"),
        ValueFlaw::NoList => "文字の配列ではありません。例: [\"a\", \"b\"](変数では a,b)".to_owned(),
        ValueFlaw::Range { shown, least, most } => {
            format!("「{shown}」は使えません。{least} から {most} までの整数を書いてください。")
        }
        ValueFlaw::NoAddress { shown, example } => {
            format!("「{shown}」は IP アドレスとポートではありません。例: {example}(すべてのアドレスなら 0.0.0.0:ポート)")
        }
        ValueFlaw::NoWord { shown, words } => {
            format!("「{shown}」は使えません。{} のどれかを書いてください。", words.join("、"))
        }
        ValueFlaw::NoLevel(shown) => {
            format!("「{shown}」は使えません。off、error、warn、info、debug、trace のどれかを書いてください。")
        }
        ValueFlaw::NoNetwork(shown) => {
            format!("「{shown}」は IP アドレスでもネットワークでもありません。例: 172.16.0.0/12、fd00::/8、10.0.0.1")
        }
        ValueFlaw::NoDomain(shown) => format!("「{shown}」はドメイン名ではありません。例: portal.example.jp"),
        ValueFlaw::NoDatabase => {
            "sqlite: か postgres:// で始めてください。例: sqlite:portal-data/portal.db、postgres://ユーザー:パスワード@ホスト:5432/portal"
                .to_owned()
        }
        ValueFlaw::NoDatabaseFile => "ファイルの名前が要ります。例: sqlite:portal-data/portal.db".to_owned(),
        ValueFlaw::DatabaseUnreadable => {
            "読めません。例: postgres://ユーザー:パスワード@ホスト:5432/portal(パスワードの記号は %2F のように書く)"
                .to_owned()
        }
        ValueFlaw::NoMailServer => "smtp:// か smtps:// で始めてください。例: smtp://smtp.example.jp:587".to_owned(),
        ValueFlaw::TooLittleMemory { lanes } => {
            format!("argon2.lanes = {lanes} には {} 以上が要ります(1 レーンに 8 KiB)。", 8 * lanes)
        }
    }
}

fn english(why: &ValueFlaw) -> String {
    match why {
        ValueFlaw::Empty => "it is empty. Write a value, or take the setting away.".to_owned(),
        ValueFlaw::NoText => "it is no text in quotation marks. Example: \"…\"".to_owned(),
        ValueFlaw::NoNumber { least, most } => format!("write a whole number from {least} to {most}."),
        ValueFlaw::NoList => "it is no list of texts. Example: [\"a\", \"b\"] (in a variable: a,b)".to_owned(),
        ValueFlaw::Range { shown, least, most } => {
            format!("{shown:?} is no whole number from {least} to {most}.")
        }
        ValueFlaw::NoAddress { shown, example } => {
            format!("{shown:?} is no IP address with a port. Example: {example} (every address: 0.0.0.0:PORT)")
        }
        ValueFlaw::NoWord { shown, words } => format!("{shown:?} is none of {}.", words.join(", ")),
        ValueFlaw::NoLevel(shown) => format!("{shown:?} is none of off, error, warn, info, debug, trace."),
        ValueFlaw::NoNetwork(shown) => {
            format!("{shown:?} is neither an IP address nor a network. Example: 172.16.0.0/12, fd00::/8, 10.0.0.1")
        }
        ValueFlaw::NoDomain(shown) => format!("{shown:?} is no domain name. Example: portal.example.jp"),
        ValueFlaw::NoDatabase => {
            "it begins with neither sqlite: nor postgres://. Example: sqlite:portal-data/portal.db, \
             postgres://user:password@host:5432/portal"
                .to_owned()
        }
        ValueFlaw::NoDatabaseFile => "it names no file. Example: sqlite:portal-data/portal.db".to_owned(),
        ValueFlaw::DatabaseUnreadable => {
            "it cannot be read. Example: postgres://user:password@host:5432/portal (signs in the password are written \
             as %2F)"
                .to_owned()
        }
        ValueFlaw::NoMailServer => {
            "it begins with neither smtp:// nor smtps://. Example: smtp://smtp.example.jp:587".to_owned()
        }
        ValueFlaw::TooLittleMemory { lanes } => {
            format!("argon2.lanes = {lanes} needs {} or more (8 KiB for each lane).", 8 * lanes)
        }
    }
}
