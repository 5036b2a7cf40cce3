//! A forgotten password, by link or by code, and with a factor that is lost.

use super::{Deed, Done, Person};
use crate::kills::{Run, post::Mail};

impl Person {
    pub(super) fn recover(&mut self, run: &Run, deed: Deed) -> Done {
        if self.find_out(run)? {
            return Ok(());
        }
        if !self.recovering {
            self.begin_recovery(run, deed)?;
            if !self.recovering {
                return Ok(());
            }
        } else if !self.browser.path().starts_with("/signin/") {
            self.browser.visit("/signin/birthdate")?;
        }
        self.walk(run, |browser| browser.path() == "/" && browser.is_in())?;
        (self.recovering, self.loses) = (false, false);
        Ok(())
    }

    /// Up to the mailed link or code.
    pub(super) fn begin_recovery(&mut self, run: &Run, deed: Deed) -> Done {
        if self.link.is_none() {
            if self.asked >= 3 {
                // Three mails an hour: the old password still works.
                self.close_browser();
                return Ok(());
            }
            self.close_browser();
            self.read_all(run);
            self.browser.visit("/recovery/password")?;
            self.asked += 1;
            let login = self.login.sure.clone();
            if !self.send(run, "recovery-asked", &[("user_id", &login)])? {
                return Ok(());
            }
            self.link = Some(String::new());
        }
        let link = self.letter(run, Mail::link)?;
        let taken = if deed == Deed::RecoverByCode {
            self.browser.visit("/recovery/password/code")?;
            if self.browser.path() != "/recovery/password/code" {
                self.link = None;
                return Ok(());
            }
            self.type_code(run, "recovery-begun")?
        } else {
            self.browser.visit(&link)?;
            if self.browser.status != 200 {
                // It was used up, or ran out, and the answer is lost.
                self.link = None;
                return Ok(());
            }
            let (path, form) = self.browser.form(&[]);
            let taken = self.send_to(run, "recovery-begun", &path, &form)?;
            if taken {
                // Used up: whoever has it too gets nothing by it.
                let mut other = run.browser(self.number);
                if let Ok(Some(_)) = other.post(&path, &form) {
                    run.journal.violated(self.number, "a link was good twice");
                }
            }
            taken
        };
        self.link = None;
        self.recovering = taken;
        self.loses = taken && deed == Deed::LoseFactor;
        Ok(())
    }
}
