//! The pages of the way in: first login, sign-in, a recovery once its mail was used, showing again who one is.

use std::{
    mem,
    time::{Duration, Instant},
};

use super::{App, BORN, Done, Pause, Person, key_on};
use crate::{
    authenticator::Authenticator,
    kills::{
        Run, UNION,
        browser::{Browser, mark},
        compare,
        post::Mail,
    },
};

impl Person {
    pub(super) fn enter(&mut self, run: &Run) -> Done {
        let is_on_the_way = self.browser.cookies.contains_key("__Host-attempt");
        self.browser.visit(if is_on_the_way { "/signin/birthdate" } else { "/" })?;
        if self.browser.is_in() && !self.is_in {
            // A request that would have ended this session was not answered, and may still be under way.
            self.leave(run)?;
            self.browser.visit("/")?;
        }
        self.walk(run, |browser| browser.path() == "/" && browser.is_in())?;
        self.arrived = true;
        Ok(())
    }

    /// Answers page after page until one is reached.
    pub(super) fn walk(&mut self, run: &Run, there: impl Fn(&Browser) -> bool) -> Done {
        for _ in 0..60 {
            self.browser.reload_if_lost()?;
            if there(&self.browser) {
                return Ok(());
            }
            self.answer(run)?;
        }
        let says = self.browser.says();
        run.journal.violated(self.number, &format!("goes round in circles: {says}"));
        Err(Pause::Retires)
    }

    pub(super) fn once(&mut self, run: &Run, what: &'static str) {
        if self.settled.contains(&what) {
            run.journal.violated(self.number, &format!("{what} was acknowledged and is asked for again"));
        }
    }

    pub(super) fn answer(&mut self, run: &Run) -> Done {
        let path = self.browser.path().to_owned();
        match path.as_str() {
            "/" if self.browser.is_in() => unreachable!("this is where everybody wants to go, or {path}"),
            "/" => {
                self.misses_a_session(run);
                self.browser.visit("/signin")?;
            }
            "/signin" => self.offer_password(run)?,
            "/reauth" => self.reauth(run)?,
            "/signin/birthdate" => {
                if self.browser.page().contains("受け付けを止めています") {
                    // Tries that were counted, and the service was killed before it answered.
                    self.calls_the_desk(run)?;
                    self.browser.visit(&path)?;
                }
                self.send(run, "birth-date-accepted", &[("birthdate", BORN)])?;
            }
            "/signin/terms" => {
                self.once(run, "terms");
                if self.send(run, "terms-accepted", &[("answer", "agree")])? {
                    self.settled.push("terms");
                }
            }
            "/signin/method" => {
                self.once(run, "method");
                if self.send(run, "method-chosen", &[("method", self.kind.method())])? {
                    self.settled.push("method");
                }
            }
            "/signin/email" => {
                self.once(run, "email");
                let email = self.email.sure.clone();
                self.send(run, "email-offered", &[("email", &email)])?;
            }
            "/signin/email/confirm" => {
                self.once(run, "email");
                if self.type_code(run, "email-confirmed")? {
                    self.settled.push("email");
                }
            }
            "/signin/password" => self.new_password(run)?,
            "/signin/done" => {
                self.send(run, "farewell", &[])?;
            }
            "/signin/setup/totp" => self.set_up_app(run)?,
            "/signin/totp" => self.prove_app(run)?,
            "/signin/setup/passkey" => {
                self.show_passkey(run, &path, "factor-added")?;
            }
            "/signin/passkey" => {
                self.show_passkey(run, &path, "factor-proven")?;
            }
            "/signin/mail-code" => {
                // What is shown again gets a new cookie.
                let was_in = mem::take(&mut self.is_in);
                self.type_code(run, "mailed-code-proven")?;
                self.is_in |= was_in;
            }
            "/recovery/password/way" => {
                let lost = if self.loses { "1" } else { "0" };
                self.send(run, "recovery-way", &[("lost", lost)])?;
            }
            // Where whoever has shown again who they are was led back to.
            account if account.starts_with("/account/") && self.browser.is_in() => {
                self.browser.visit("/")?;
            }
            _ => {
                let says = self.browser.says();
                run.journal.violated(self.number, &format!("does not know what to do at {says}"));
                self.browser.visit("/")?;
            }
        }
        Ok(())
    }

    pub(super) fn offer_password(&mut self, run: &Run) -> Done {
        self.misses_a_session(run);
        (self.recovering, self.loses) = (false, false);
        let settled = self.password.maybe.is_none() && self.login.maybe.is_none();
        if settled && self.arrived && self.passkeys.len() == 1 && self.seed.below(2) == 0 {
            self.browser.visit("/signin")?;
            if self.show_passkey(run, "/signin/passkey/alone", "lone-passkey-proven")? {
                return Ok(());
            }
        }
        let (logins, passwords) = (self.login.candidates(), self.password.candidates());
        let pairs: Vec<_> =
            logins.iter().flat_map(|login| passwords.iter().map(move |password| (login, password))).collect();
        for _ in 0..pairs.len() {
            let (login, password) = pairs[self.tried % pairs.len()];
            self.browser.visit("/signin")?;
            if self.send(run, "password-accepted", &[("username", login), ("password", password)])? {
                self.login.settle(login);
                self.password.settle(password);
                self.got_past_the_password();
                return Ok(());
            }
            self.tried += 1;
            self.waits_where_told(run)?;
        }
        run.journal.violated(
            self.number,
            &format!("no password works, of {:?} {:?}: {}", self.login, self.password, self.browser.says()),
        );
        Err(Pause::Retires)
    }

    fn got_past_the_password(&mut self) {
        self.codes += u32::from(self.has_mail_code);
        (self.tried, self.pauses) = (0, 0);
    }

    /// Too many wrong ones, for another one may be right and no answer said which: the first pause is waited for, at the
    /// next one the desk helps. Whoever was in a pause goes on with the password that was not tried last.
    fn waits_where_told(&mut self, run: &Run) -> Done {
        if !self.browser.page().contains("まで、お待ちください") {
            return Ok(());
        }
        self.pauses += 1;
        if self.pauses == 1 {
            return Err(Pause::Until(Instant::now() + Duration::from_secs(61)));
        }
        self.calls_the_desk(run)?;
        Err(Pause::Until(Instant::now()))
    }

    /// The union's staff forgive what is counted.
    fn calls_the_desk(&mut self, run: &Run) -> Done {
        let mut unlock =
            run.desk.command(&["member", "unlock", "--tenant", UNION, "--reason", "電話で本人を確認"]);
        let done = unlock.arg(format!("1-{}", self.number)).output().unwrap();
        run.journal.note(self.number, &format!("unlocked: {}", done.status));
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            run.journal.violated(self.number, &format!("the desk cannot unlock: {said}"));
            return Err(Pause::Until(Instant::now() + Duration::from_secs(30)));
        }
        run.journal.acknowledged(self.number, "unlocked");
        Ok(())
    }

    /// Nobody is signed in here any more.
    pub(super) fn misses_a_session(&mut self, run: &Run) {
        if mem::take(&mut self.is_in) {
            let (given, says) = (self.shown.take().unwrap_or_default(), self.browser.says());
            let held = self.browser.session().map_or_else(|| "none".to_owned(), |cookie| mark(&cookie));
            let rows = compare::sessions(run, self.number);
            let what = format!(
                "a session that was acknowledged is gone: {given} was given, {held} is held: {says}\n{rows}"
            );
            run.journal.violated(self.number, &what);
        }
    }

    pub(super) fn reauth(&mut self, run: &Run) -> Done {
        let passwords = self.password.candidates();
        for _ in 0..passwords.len() {
            let password = &passwords[self.tried % passwords.len()];
            self.is_in = false;
            if self.send(run, "password-accepted", &[("password", password)])? {
                self.password.settle(password);
                self.got_past_the_password();
                self.is_in = true;
                return Ok(());
            }
            self.tried += 1;
            self.waits_where_told(run)?;
        }
        run.journal.violated(self.number, &format!("no password works at /reauth, of {:?}", self.password));
        Err(Pause::Retires)
    }

    pub(super) fn new_password(&mut self, run: &Run) -> Done {
        let (what, recovers) =
            if self.recovering { ("password-recovered", true) } else { ("password-set", false) };
        if recovers && self.loses {
            // This page comes after the new app.
            self.app_is_set_up();
        }
        if !recovers {
            self.once(run, "password");
        }
        let new = self.fresh_word("Ku7!mori-");
        self.password.maybe = Some(new.clone());
        if self.send(run, what, &[("password", &new), ("password_confirm", &new)])? {
            self.password.settle(&new);
            if recovers {
                (self.recovering, self.loses) = (false, false);
            } else {
                self.settled.push("password");
            }
        } else if self.browser.complains() {
            self.password.maybe = None;
        }
        Ok(())
    }

    pub(super) fn type_code(&mut self, run: &Run, what: &'static str) -> Done<bool> {
        if !self.browser.page().contains("name=\"code\"") && self.browser.page().contains("name=\"resend\"") {
            // Its tries are used up: some were counted, and the service was killed before it answered.
            self.read_all(run);
            self.send(run, "code-mailed", &[("resend", "1")])?;
            return Ok(false);
        }
        let code = self.letter(run, Mail::code)?;
        let before = self.read;
        let taken = self.send(run, what, &[("code", &code)])?;
        // A letter was read once there is an answer.
        self.read = before.max(self.letters_up_to(run, &code));
        Ok(taken)
    }

    /// How many letters came up to the one with that code.
    pub(super) fn letters_up_to(&self, run: &Run, code: &str) -> usize {
        let mut at = 0;
        for to in self.email.candidates() {
            let mine: Vec<_> = run.post.all().into_iter().filter(|mail| mail.to == to).collect();
            if let Some(found) = mine.iter().rposition(|mail| mail.code().as_deref() == Some(code)) {
                at = at.max(found + 1);
            }
        }
        at
    }

    pub(super) fn set_up_app(&mut self, run: &Run) -> Done {
        if !self.apps.is_empty() && !self.loses {
            run.journal.violated(self.number, "has an app and is asked to set one up");
        }
        self.browser.visit("/signin/setup/totp?manual=1")?;
        if self.browser.path() != "/signin/setup/totp" {
            return Ok(());
        }
        // Whatever was sent before is not in force, or this page would not be here.
        let key = key_on(&self.browser);
        let step = self.pending_app.take().filter(|old| old.key == key).map_or(0, |old| old.step);
        let name = self.fresh_word("app");
        let mut app = App { key, name: name.clone(), step };
        let code = app.code();
        self.pending_app = Some(app);
        let code = code?;
        if self.send(run, "factor-added", &[("code", &code), ("device_name", &name)])? {
            self.app_is_set_up();
        }
        Ok(())
    }

    pub(super) fn app_is_set_up(&mut self) {
        let Some(app) = self.pending_app.take() else { return };
        if self.loses {
            self.apps.clear();
            self.passkeys.clear();
            self.names.clear();
        }
        self.names.push(app.name.clone());
        self.apps.push(app);
    }

    pub(super) fn prove_app(&mut self, run: &Run) -> Done {
        let places: Vec<usize> = (0..self.apps.len()).rev().collect();
        if let Some(mut app) = self.pending_app.clone() {
            let code = app.code();
            self.pending_app = Some(app);
            let code = code?;
            if self.prove_by(run, &code)? {
                self.app_is_set_up();
                return Ok(());
            }
            if self.browser.path() != "/signin/totp" {
                return Ok(());
            }
            // It never became an app.
            self.pending_app = None;
        }
        let mut wait = None;
        for at in places {
            let code = match self.apps[at].code() {
                Ok(code) => code,
                Err(Pause::Until(until)) => {
                    wait = Some(until);
                    continue;
                }
                Err(other) => return Err(other),
            };
            if self.prove_by(run, &code)? || self.browser.path() != "/signin/totp" {
                return Ok(());
            }
        }
        self.waited += 1;
        if self.waited > 6 {
            run.journal.violated(self.number, &format!("no code works: {}", self.browser.says()));
        }
        Err(Pause::Until(wait.unwrap_or_else(|| Instant::now() + Duration::from_secs(31))))
    }

    pub(super) fn prove_by(&mut self, run: &Run, code: &str) -> Done<bool> {
        let was_in = mem::take(&mut self.is_in);
        let taken = self.send(run, "factor-proven", &[("code", code)])?;
        self.is_in |= was_in;
        Ok(taken)
    }

    pub(super) fn show_passkey(&mut self, run: &Run, path: &str, what: &'static str) -> Done<bool> {
        let was_in = self.is_in;
        let Some(options) = self.browser.options(&format!("{path}/options"))? else {
            self.browser.visit(path)?;
            return Ok(false);
        };
        let origin = format!("https://{}", run.host);
        let makes = options["publicKey"]["rp"].is_object();
        let answer = if makes {
            let mut device = Authenticator::new(run.next_device());
            let answer = device.create(&options, &origin).unwrap();
            self.passkeys.push(device);
            Some(answer)
        } else {
            self.passkeys.iter_mut().rev().find_map(|device| device.get(&options, &origin).ok())
        };
        let Some(answer) = answer else {
            run.journal.violated(self.number, &format!("holds none of the passkeys asked for: {options}"));
            return Err(Pause::Retires);
        };
        let form = self.browser.form(&[("credential", &answer.to_string())]);
        // A new session takes the place of this one.
        self.is_in = self.is_in && makes;
        let taken = self.send_to(run, what, &form.0, &form.1)?;
        self.is_in |= was_in;
        Ok(taken)
    }
}
