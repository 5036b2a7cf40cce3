//! Shown: every setting with the value in force, as it may be shown: secrets are `***`.

use url::Url;

use super::{Origin, Settings};

/// The value of a setting, without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingValue {
    /// A text.
    Text(String),
    /// A whole number.
    Number(u32),
    /// A list of texts.
    List(Vec<String>),
    /// It is not set, and has no default.
    Nothing,
}

/// A setting, the value in force, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownSetting<'s> {
    /// The name.
    pub key: &'static str,
    /// In force now; `***` where it is a secret.
    pub value: SettingValue,
    /// Where it comes from.
    pub origin: &'s Origin,
}

/// What stands in place of a secret.
pub const HIDDEN: &str = "***";

impl Settings {
    /// Every setting, in the order of the list.
    pub fn shown(&self) -> Vec<ShownSetting<'_>> {
        let text = |text: &dyn ToString| SettingValue::Text(text.to_string());
        let maybe = |text: &Option<String>| text.clone().map_or(SettingValue::Nothing, SettingValue::Text);
        let values = [
            ("listen", text(&self.listen)),
            ("log", text(&self.log)),
            ("public.scheme", text(&self.public.scheme)),
            ("public.port", SettingValue::Number(self.public.port.into())),
            ("internal.listen", text(&self.internal.listen)),
            ("database.url", text(&without_secrets(&self.database.url))),
            ("tenants.dir", text(&self.tenants.dir.display())),
            ("hosts.base_domains", SettingValue::List(self.hosts.base_domains.clone())),
            ("keys.ring", text(&self.keys.ring.display())),
            ("mail.smtp_url", maybe(&self.mail.smtp_url.as_deref().map(without_secrets))),
            ("mail.hello", maybe(&self.mail.hello)),
            (
                "sso.authorities",
                self.sso.authorities.as_ref().map_or(SettingValue::Nothing, |path| text(&path.display())),
            ),
            ("proxy.trusted", SettingValue::List(self.proxy.trusted.clone())),
            ("argon2.memory_kib", SettingValue::Number(self.argon2.memory_kib)),
            ("argon2.iterations", SettingValue::Number(self.argon2.iterations)),
            ("argon2.lanes", SettingValue::Number(self.argon2.lanes)),
        ];
        values.into_iter().map(|(key, value)| ShownSetting { key, value, origin: self.origin(key) }).collect()
    }
}

/// An address whose password is hidden, and the value of every parameter that may hold one. One that cannot be taken apart
/// is hidden whole.
fn without_secrets(address: &str) -> String {
    if address.starts_with("sqlite:") {
        return address.to_owned();
    }
    let Ok(mut url) = Url::parse(address) else { return HIDDEN.to_owned() };
    if is_split_in_its_password(&url) {
        return HIDDEN.to_owned();
    }
    if url.password().is_some() && url.set_password(Some(HIDDEN)).is_err() {
        return HIDDEN.to_owned();
    }
    // These alone say nothing secret, and an operator looks for them.
    let open = ["tls", "ca", "sslmode", "sslrootcert", "host", "port", "dbname", "application_name"];
    let shown: Vec<String> = url
        .query_pairs()
        .map(|(name, value)| {
            let is_open = open.contains(&name.as_ref());
            format!("{name}={}", if is_open { value.as_ref() } else { HIDDEN })
        })
        .collect();
    url.set_query(None);
    if shown.is_empty() { url.to_string() } else { format!("{url}?{}", shown.join("&")) }
}

/// Whether a part behind the host looks like the end of a password: one with a bare `/`, `?` or `#` in it is taken apart there,
/// and what follows is no password any more to whoever reads the address.
pub(crate) fn is_split_in_its_password(url: &Url) -> bool {
    url.fragment().is_some()
        || url.path().contains('@')
        || url.query().is_some_and(|query| query.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::{super::KEYS, *};

    #[test]
    fn every_setting_is_shown_in_the_order_of_the_list() {
        let settings = Settings::default();
        let keys: Vec<_> = settings.shown().iter().map(|setting| setting.key).collect();
        assert_eq!(keys, KEYS);
    }

    #[test]
    fn no_password_is_shown_wherever_it_stands() {
        for (address, shown) in [
            ("postgres://portal:geheim@db:5432/portal", "postgres://portal:***@db:5432/portal"),
            (
                "postgres://portal@db/portal?password=geheim&sslmode=require",
                "postgres://portal@db/portal?password=***&sslmode=require",
            ),
            (
                "postgres://portal@db/portal?options=-c%20x%3Dgeheim",
                "postgres://portal@db/portal?options=***",
            ),
            ("smtps://user:geheim@smtp.example.jp?ca=/ca.pem", "smtps://user:***@smtp.example.jp?ca=/ca.pem"),
            ("smtp://u:ge%2Fheim@h", "smtp://u:***@h"),
            ("sqlite:portal-data/portal.db", "sqlite:portal-data/portal.db"),
            ("smtp://user:geheim@[::", "***"),
            ("smtp://user:12#geheim@127.0.0.1:25", "***"),
            ("smtp://user:12/geheim@127.0.0.1:25", "***"),
            ("smtp://user:12?geheim@127.0.0.1:25", "***"),
            ("postgres://portal:12/geheim@db/portal", "***"),
        ] {
            assert_eq!(without_secrets(address), shown);
        }
    }
}
