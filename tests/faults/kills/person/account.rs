//! What members do once they are signed in: every settings deed, and logging out.

use std::time::{Duration, Instant};

use super::{App, Done, Pause, Person, key_on};
use crate::kills::{Run, post::Mail};

impl Person {
    /// Opens a page behind the login, showing again who this is where that is asked.
    pub(super) fn open(&mut self, run: &Run, path: &str) -> Done {
        for _ in 0..8 {
            self.browser.visit(path)?;
            if self.browser.path() == path.split('?').next().unwrap() {
                return Ok(());
            }
            self.walk(run, |browser| {
                browser.is_in() && !browser.path().starts_with("/signin") && browser.path() != "/reauth"
            })?;
        }
        run.journal.violated(self.number, &format!("{path} does not open: {}", self.browser.says()));
        Err(Pause::Retires)
    }

    pub(super) fn log_out(&mut self, run: &Run) -> Done {
        self.leave(run)?;
        self.enter(run)
    }

    /// Out of a session. Asked for again where no answer came.
    pub(super) fn leave(&mut self, run: &Run) -> Done {
        let cookie = self.browser.session();
        self.browser.visit("/logout")?;
        if self.browser.path() == "/logout" {
            self.is_in = false;
            if self.send(run, "session-ended", &[])? {
                self.dead.extend(cookie);
            }
        }
        Ok(())
    }

    /// What an unanswered request has left unsure is found out at the sign-in page.
    pub(super) fn find_out(&mut self, run: &Run) -> Done<bool> {
        let unsure = self.password.maybe.is_some() || self.login.maybe.is_some();
        if unsure {
            self.close_browser();
            self.enter(run)?;
        }
        Ok(unsure)
    }

    pub(super) fn change_password(&mut self, run: &Run) -> Done {
        if self.find_out(run)? {
            return Ok(());
        }
        self.open(run, "/account/password")?;
        let new = self.fresh_word("Ku7!mori-");
        self.password.maybe = Some(new.clone());
        if self.send(run, "password-changed", &[("password", &new), ("password_confirm", &new)])? {
            self.password.settle(&new);
        } else if self.browser.complains() || self.browser.path() == "/reauth" {
            self.password.maybe = None;
        }
        Ok(())
    }

    pub(super) fn change_user_id(&mut self, run: &Run) -> Done {
        if self.find_out(run)? {
            return Ok(());
        }
        self.open(run, "/account/profile")?;
        let new = self.fresh_word("ren");
        self.login.maybe = Some(new.clone());
        if self.send(run, "login-changed", &[("user_id", &new), ("language", "ja")])? {
            self.login.settle(&new);
        } else if self.browser.complains() || self.browser.path() == "/reauth" {
            self.login.maybe = None;
        }
        Ok(())
    }

    pub(super) fn change_language(&mut self, run: &Run) -> Done {
        self.open(run, "/account/profile")?;
        self.send(run, "profile-saved", &[("language", "ja")])?;
        Ok(())
    }

    pub(super) fn change_address(&mut self, run: &Run) -> Done {
        if let Some(new) = self.email.maybe.clone() {
            // Asked for before; does it still wait for its code?
            self.browser.visit("/account/email/confirm")?;
            if self.browser.path() == "/account/email/confirm" {
                return self.confirm_address(run, &new);
            }
            self.open(run, "/account/profile")?;
            if self.browser.page().contains(&new) {
                self.email.settle(&new);
                self.read_all(run);
                return Ok(());
            }
            self.email.maybe = None;
        }
        self.open(run, "/account/email")?;
        self.made += 1;
        let new = format!("new{}.{}@example.jp", self.number, self.made);
        if self.send(run, "email-pending", &[("email", &new)])? {
            return self.confirm_address(run, &new);
        }
        Ok(())
    }

    pub(super) fn confirm_address(&mut self, run: &Run, new: &str) -> Done {
        // No letter to this address was ever read.
        let Some(code) = run.post.newest(new, 0, Mail::code) else {
            self.email.maybe = Some(new.to_owned());
            self.waited += 1;
            if self.waited > 30 {
                run.journal.violated(self.number, "no code comes to the new address");
            }
            return Err(Pause::Until(Instant::now() + Duration::from_secs(5)));
        };
        self.email.maybe = Some(new.to_owned());
        if self.send(run, "email-confirmed", &[("code", &code)])? {
            self.email.settle(new);
            self.read_all(run);
        }
        Ok(())
    }

    pub(super) fn add_app(&mut self, run: &Run) -> Done {
        if self.pending_app.is_some() {
            self.list(run)?;
            return Ok(());
        }
        self.open(run, "/account/methods/totp?manual=1")?;
        let name = self.fresh_word("app");
        let mut app = App { key: key_on(&self.browser), name: name.clone(), step: 0 };
        let code = app.code()?;
        self.pending_app = Some(app);
        if self.send(run, "factor-added", &[("code", &code), ("device_name", &name)])? {
            self.app_is_set_up();
        } else {
            self.pending_app = None;
        }
        Ok(())
    }

    pub(super) fn add_passkey(&mut self, run: &Run) -> Done {
        self.open(run, "/account/methods/passkey")?;
        if self.browser.complains() || !self.browser.page().contains("name=\"credential\"") {
            return Ok(());
        }
        if self.show_passkey(run, "/account/methods/passkey", "factor-added")?
            && self.browser.path().ends_with("/name")
        {
            let name = self.fresh_word("key");
            if self.send(run, "factor-named", &[("device_name", &name)])? {
                self.names.push(name);
            }
        }
        Ok(())
    }

    pub(super) fn add_mail_code(&mut self, run: &Run) -> Done {
        self.browser.visit("/account/methods")?;
        self.open(run, "/account/methods")?;
        if !self.browser.addresses().iter().any(|address| address == "/account/methods/mail-code") {
            self.has_mail_code = true;
            return Ok(());
        }
        self.open(run, "/account/methods/mail-code")?;
        if !self.browser.page().contains("name=\"code\"") {
            self.read_all(run);
            self.send(run, "code-mailed", &[("resend", "1")])?;
        }
        if self.browser.page().contains("name=\"code\"") && self.type_code(run, "factor-added")? {
            self.has_mail_code = true;
        }
        Ok(())
    }

    /// The list of devices says what is in force.
    pub(super) fn list(&mut self, run: &Run) -> Done {
        self.open(run, "/account/methods")?;
        if let Some(app) = &self.pending_app {
            if self.browser.page().contains(&format!("<b>{}</b>", app.name)) {
                self.app_is_set_up();
            } else {
                self.pending_app = None;
            }
        }
        Ok(())
    }

    /// The page that does this to that device, if the list shows it.
    pub(super) fn page_of(&mut self, run: &Run, name: &str, deed: &str) -> Done<Option<String>> {
        self.list(run)?;
        Ok(self.browser.link_about(name, deed))
    }

    pub(super) fn rename(&mut self, run: &Run) -> Done {
        let Some(old) = self.names.last().cloned() else { return Ok(()) };
        let Some(path) = self.page_of(run, &old, "/name")? else {
            self.forget(run, &old);
            return Ok(());
        };
        self.open(run, &path)?;
        let new = self.fresh_word("nam");
        match self.send(run, "factor-named", &[("device_name", &new)]) {
            Ok(true) => {
                self.names.pop();
                self.names.push(new.clone());
                self.apps.iter_mut().filter(|app| app.name == old).for_each(|app| app.name.clone_from(&new));
            }
            Ok(false) => {}
            Err(pause) => {
                // One of the two is its name; the list says which, and nothing else is asked of it.
                self.names.pop();
                return Err(pause);
            }
        }
        Ok(())
    }

    /// A name that the list does not show although an answer said it.
    pub(super) fn forget(&mut self, run: &Run, name: &str) {
        run.journal.violated(self.number, &format!("no {name} in the list: {}", self.browser.says()));
        self.names.retain(|known| known != name);
    }

    pub(super) fn remove(&mut self, run: &Run) -> Done {
        let Some(name) = self.names.last().cloned() else { return Ok(()) };
        let Some(path) = self.page_of(run, &name, "/delete")? else {
            // The last one is not taken away.
            if !self.browser.page().contains(&format!("<b>{name}</b>")) {
                self.forget(run, &name);
            }
            return Ok(());
        };
        self.open(run, &path)?;
        let removed = self.send(run, "factor-removed", &[]);
        if !matches!(removed, Ok(false)) {
            // Also where no answer came: it is asked for no more.
            self.names.pop();
        }
        if matches!(removed, Ok(true)) {
            self.apps.retain(|app| app.name != name);
        }
        removed.map(drop)
    }
}
