//! Place: a page behind the login to come back to, after signing in or after showing again who one is. It travels as a
//! word in addresses, forms and rows; only words of the list below lead anywhere (A13).

use crate::domain::member::DeviceId;

/// What the paths of such pages begin with.
const FOLDER: &str = "/account/";

/// The pages, below that. `{id}` stands for a device's id.
const PAGES: [&str; 15] = [
    "profile",
    "email",
    "email/confirm",
    "password",
    "methods",
    "methods/totp",
    "methods/passkey",
    "methods/mail-code",
    "methods/mail-code/delete",
    "apps/{id}/delete",
    "passkeys/{id}/delete",
    "apps/{id}/name",
    "passkeys/{id}/name",
    "devices",
    "activity",
];

/// A page to come back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnPage(String);

impl ReturnPage {
    /// The page of a word, if it is one.
    pub fn parse(word: &str) -> Option<Self> {
        let fits = |page: &&str| {
            let same = word.split('/').zip(page.split('/')).all(|(asked, known)| match known {
                "{id}" => DeviceId::parse(asked).is_some(),
                _ => asked == known,
            });
            same && word.split('/').count() == page.split('/').count()
        };
        PAGES.iter().any(fits).then(|| Self(word.to_owned()))
    }

    /// The page of a word; of any other, 「ログイン方法変更」.
    pub fn or_methods(word: &str) -> Self {
        Self::parse(word).unwrap_or_else(|| Self("methods".to_owned()))
    }

    /// The page of a path.
    pub fn of_path(path: &str) -> Option<Self> {
        path.strip_prefix(FOLDER).and_then(Self::parse)
    }

    /// Its word.
    pub fn word(&self) -> &str {
        &self.0
    }

    /// Its path.
    pub fn path(&self) -> String {
        format!("{FOLDER}{}", self.0)
    }

    /// Where 「戻る」 leads from a page that cannot be shown yet: to one that can.
    pub fn way_out(&self) -> &'static str {
        match self.0.as_str() {
            "profile" | "email" | "email/confirm" => "/account/profile",
            "devices" | "activity" => "/account/devices",
            _ => "/account/methods",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_behind_the_login_are_places() {
        let id = "0192f000-0000-7000-8000-000000000000";
        for word in ["methods", "methods/passkey", "profile", &format!("apps/{id}/delete")] {
            assert_eq!(ReturnPage::parse(word).unwrap().path(), format!("/account/{word}"));
            assert_eq!(ReturnPage::of_path(&format!("/account/{word}")), ReturnPage::parse(word));
        }
        for word in [
            "",
            "/",
            "https://evil.example/",
            "//evil.example",
            "methods/",
            "methods/passkey/x",
            "apps/../delete",
            "apps/x/delete",
            "../logout",
            "profile?x=1",
            "apps/{id}/delete",
        ] {
            assert_eq!(ReturnPage::parse(word), None, "{word}");
        }
        assert_eq!(ReturnPage::of_path("/logout"), None);
    }
}
