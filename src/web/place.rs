//! Place: a page behind the login to come back to, after signing in or after showing again who one is. It travels as a
//! word in addresses, forms and rows; which routes have one says [`Route::back_word`], and nothing else leads anywhere
//! (A13 of the threats).

use crate::domain::route::Route;

/// A page to come back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReturnPage(Route);

impl ReturnPage {
    /// 「ログイン方法変更」, where no other page is named.
    pub const METHODS: Self = Self(Route::Methods);

    /// The page of a route, if it may be come back to.
    pub fn of(route: Route) -> Option<Self> {
        route.back_word().map(|_| Self(route))
    }

    /// The page of a word, if it is one.
    pub fn parse(word: &str) -> Option<Self> {
        Route::of_back_word(word).map(Self)
    }

    /// The page of a word; of any other, 「ログイン方法変更」.
    pub fn or_methods(word: &str) -> Self {
        Self::parse(word).unwrap_or(Self::METHODS)
    }

    /// The page of a path.
    pub fn of_path(path: &str) -> Option<Self> {
        Route::of_path(path).and_then(Self::of)
    }

    /// The word that stands for the page in addresses.
    pub fn word(self) -> String {
        self.0.back_word().unwrap_or_default()
    }

    /// The route of the page.
    pub fn route(self) -> Route {
        self.0
    }

    /// Where 「戻る」 leads from a page that cannot be shown yet: to one that can.
    pub fn way_out(self) -> Route {
        match self.0 {
            Route::Profile | Route::ChangeEmail | Route::ConfirmNewEmail => Route::Profile,
            Route::Devices | Route::Activity => Route::Devices,
            Route::SsoGo(_) => Route::Top,
            _ => Route::Methods,
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
            assert_eq!(ReturnPage::parse(word).unwrap().route().to_string(), format!("/account/{word}"));
            assert_eq!(ReturnPage::of_path(&format!("/account/{word}")), ReturnPage::parse(word));
            assert_eq!(ReturnPage::parse(word).unwrap().word(), word);
        }
        for word in [
            "",
            "/",
            "https://evil.example/",
            "//evil.example",
            "methods/",
            "methods/passkey/x",
            "methods/passkey/options",
            "apps/../delete",
            "apps/x/delete",
            "../logout",
            "profile?x=1",
            "apps/{id}/delete",
        ] {
            assert_eq!(ReturnPage::parse(word), None, "{word}");
        }
        assert_eq!(ReturnPage::of_path("/logout"), None);
        assert_eq!(ReturnPage::of(Route::LogOut), None);
    }
}
