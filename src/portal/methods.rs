//! The ways in of a member who is signed in: listing them, adding an app, names, taking one away (S-06, S-07, S-12,
//! D10). Passkeys are added in `passkey::signed_in`, mailed codes in `mail_code`.

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Deed, Fault, Field, Portal, Stop,
    app_key::{self, AppSetup, AppSetupOffer},
    passkey::AcceptedPasskeys,
    session::{FreshVisit, Visit},
};
use crate::{
    domain::{
        audit::Event,
        device_name,
        epoch::{CredentialChange, Doer},
        factor::{self, Factor},
        letter::Letter,
        lockout::{self, Bucket, CounterKind, TryVerdict},
        member::{Member, MemberId},
        profile::{Edit, edit},
        refusal::Refusal,
        tenant::{Method, Tenant},
    },
    store::{self, Read, epoch::EpochChange, held::HeldWays, lockout::CounterKey},
};

/// The ways in that a member has.
#[derive(Debug)]
pub struct Ways {
    /// When the password was set (S-06); `None` before a member has one of their own.
    pub password_set_at: Option<Timestamp>,
    /// The factors, devices first.
    pub held: Vec<HeldFactor>,
    /// What the authenticators call the passkeys, and what those call the member.
    passkeys: (Vec<Vec<u8>>, Option<Uuid>),
    /// Kinds that are switched off after too many wrong codes, in any browsers (D13).
    pub off: Vec<Method>,
}

/// A factor that a member has.
#[derive(Debug)]
pub struct HeldFactor {
    /// The factor it is about.
    pub factor: Factor,
    /// The name the member gave it; mailed codes have none.
    pub name: Option<String>,
    /// When it was set up.
    pub created_at: Timestamp,
    /// When it was shown last; `None`: not since it was set up, or not known.
    pub used_at: Option<Timestamp>,
    /// Whether its provider copies it to the member's other devices.
    pub is_synced: bool,
}

impl Ways {
    /// Whether a factor of that kind is set up.
    pub fn holds(&self, method: Method) -> bool {
        self.of(method).next().is_some()
    }

    /// The factors of that kind.
    pub fn of(&self, method: Method) -> impl Iterator<Item = &HeldFactor> {
        self.held.iter().filter(move |held| held.factor.method() == method)
    }

    /// Every factor among them.
    pub fn factors(&self) -> Vec<Factor> {
        self.held.iter().map(|held| held.factor).collect()
    }

    /// Whether this one may be taken away (N-14).
    pub fn may_remove(&self, factor: Factor) -> bool {
        factor::may_remove(factor, &self.factors(), &self.off)
    }

    /// What the member's browser may be told of their passkeys (Signal API, WA §5.1.10). `None` for a member no passkey was
    /// ever asked for.
    pub fn accepted(&self, tenant: &Tenant, member: &Member) -> Option<AcceptedPasskeys> {
        let (ids, user_handle) = &self.passkeys;
        Some(AcceptedPasskeys::of(tenant, member, (*user_handle)?, ids.iter().map(Vec::as_slice)))
    }

    /// The factor held, if the member has it.
    pub fn look_up(&self, factor: Factor) -> Option<&HeldFactor> {
        self.held.iter().find(|held| held.factor == factor)
    }
}

/// A factor to be taken away.
#[derive(Debug)]
pub struct Removal {
    /// The factor it is about.
    pub factor: Factor,
    /// Whether 「全てのデバイスからサインアウトする」 is ticked.
    pub everywhere: bool,
    /// Coarse device of the browser.
    pub browser: String,
}

/// A name for a factor.
#[derive(Debug)]
pub struct Naming<'a> {
    /// The factor it is about.
    pub factor: Factor,
    /// The name as it was typed.
    pub name: &'a str,
    /// The name it was shown with, if the form says so.
    pub shown: Option<&'a str>,
}

/// What came of naming a factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameChange {
    /// It has the name that was typed.
    Anew,
    /// Nothing was typed, or the name it was shown with: nothing was to be done.
    AsBefore,
}

async fn ways(
    tx: &mut Read,
    tenant: &Tenant,
    member: &Member,
    subject: &[u8],
    now: Timestamp,
) -> Result<Ways, Fault> {
    let counters = store::lockout::counters(tx, subject).await?;
    let is_off = |(method, kind): (Method, CounterKind)| {
        let ladder = kind.ladder(&tenant.policy.lockout);
        let counter = counters.iter().find(|(of, _)| of == kind.as_str())?.1;
        matches!(lockout::judge(counter, ladder, now), TryVerdict::Off(_)).then_some(method)
    };
    let mut off: Vec<Method> = Method::counters().filter_map(is_off).collect();
    off.dedup();
    let HeldWays { password_set_at, user_handle, devices } = store::held::of_member(tx, member.id).await?;
    let credential_ids = devices.iter().filter_map(|device| device.credential_id.clone()).collect();
    let devices = devices.into_iter().map(|device| HeldFactor {
        factor: Factor::Device(device.kind, device.id),
        name: Some(device.name),
        created_at: device.created_at,
        // A passkey counts as shown when it is made.
        used_at: device.used_at.filter(|at| *at > device.created_at),
        is_synced: device.backed_up,
    });
    let mail_code_at = member.mail_code_at.filter(|_| member.holds_mail_code());
    let mail_code = mail_code_at.map(|created_at| HeldFactor {
        factor: Factor::MailCode,
        name: None,
        created_at,
        used_at: None,
        is_synced: false,
    });
    Ok(Ways {
        off,
        password_set_at,
        held: devices.chain(mail_code).collect(),
        passkeys: (credential_ids, user_handle),
    })
}

impl Portal {
    /// What 「ログイン方法変更」 lists (S-06).
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn ways_of(&self, tenant: &Tenant, member: &Member) -> Deed<Ways> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        Ok(ways(&mut tx, tenant, member, &self.vault.guard_subject_member(member.id), self.clock.now())
            .await?)
    }

    /// The name offered for an app to be added: `wish`, with a number where that is taken (N-13).
    ///
    /// # Errors
    /// Nothing is refused: only `Stop::Broken`.
    pub async fn free_app_name(&self, tenant: &Tenant, member: MemberId, wish: &str) -> Deed<String> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let held = store::totp::of_member(&mut tx, member).await?;
        Ok(device_name::free(wish, held.iter().map(|app| app.name.as_str())))
    }

    /// The key of an app to be added: the same on reload, in another tab and after showing again who one is; another one
    /// once an app was added (D2).
    ///
    /// # Errors
    /// `Stop::StartAgain` when the session is over.
    pub async fn app_to_add(&self, tenant: &Tenant, fresh: &FreshVisit) -> Deed<AppSetup> {
        let visit = fresh.visit();
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let sealed =
            store::session::setup_secret(&mut tx, visit.session.id).await?.ok_or(Stop::StartAgain)?;
        let secret = self.vault.open(app_key::of_session(tenant, visit.session.id), &sealed)?;
        Ok(app_key::shown(tenant, &visit.member, &secret)?)
    }

    /// Adds an authenticator app: active only after its first right code, which counts as used (D10). `mark` is that of
    /// the key the page showed.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the session is over.
    /// - `Stop::NotNow` when the union offers no apps, or the key has become an app already.
    /// - At `Field::DeviceName`: `DeviceNameTooLong`, `DeviceNameTaken`.
    /// - At `Field::Code`: `Empty`, `MalformedCode`, `WrongCodeAtSetUp`, `FactorOff`, `TooManyDevices`.
    pub async fn add_app(
        &self,
        tenant: &Tenant,
        fresh: &FreshVisit,
        offer: AppSetupOffer,
        mark: &str,
    ) -> Deed<()> {
        let trusted = self.trusted_now()?;
        let now = trusted.at();
        let visit = fresh.visit();
        let place = app_key::of_session(tenant, visit.session.id);
        if !tenant.policy.offers(Method::AppOtp) {
            return Err(Stop::NotNow);
        }
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let sealed =
            store::session::setup_secret(&mut tx, visit.session.id).await?.ok_or(Stop::StartAgain)?;
        drop(tx);
        let secret = self.vault.open(place, &sealed)?;
        if app_key::shown(tenant, &visit.member, &secret)?.mark != mark {
            return Err(Stop::NotNow);
        }
        let device = self.verify_first_code(tenant, &secret, &offer, trusted)?;

        let (mut tx, member) = self.write_from(tenant, visit, app_key::PAGE).await?;
        // A kind that is switched off in the member's own browsers stays so, with however many apps (D13).
        let subject = self.vault.guard_subject_member(member.id);
        let counter = CounterKey::of(CounterKind::AppCode(Bucket::Known), subject, &tenant.policy.lockout);
        if store::lockout::is_off(&mut tx, &counter, now).await? {
            return Err(Stop::refuse(Field::Code, Refusal::FactorOff));
        }
        // In another tab it became an app a moment ago.
        if store::session::setup_secret(&mut tx, visit.session.id).await?.as_ref() != Some(&sealed) {
            return Err(Stop::NotNow);
        }
        let (change, by) = (CredentialChange::Add(Method::AppOtp), Doer::Session(visit.session.id));
        // With it goes the secret that has just become an app.
        let mut raised = self.raise(&mut tx, tenant, &member, change, by, offer.everywhere).await?;
        self.keep_app(&mut raised, tenant, &device, now).await?;
        let letter = Letter::OneMoreFactor {
            method: Method::AppOtp,
            device: Some(device.name),
            browser: offer.browser,
        };
        self.send(&mut raised, tenant, &member, &letter, now).await?;
        if offer.everywhere {
            self.note(&mut raised, Some(member.id), Event::SignedOutEverywhere, now)?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Gives a factor its name; an empty one, or its own, leaves it as it is (W-03, W-04, T-17). A name that was given in
    /// another window meanwhile is not written over unseen (I13).
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the session is over.
    /// - `Stop::NotNow` when the member has no such factor.
    /// - At `Field::DeviceName`: `DeviceNameTooLong`, `DeviceNameTaken`, `NameChangedMeanwhile`.
    pub async fn name_factor(&self, tenant: &Tenant, visit: &Visit, naming: Naming<'_>) -> Deed<NameChange> {
        let now = self.clock.now();
        let Naming { factor, name, shown } = naming;
        let name = device_name::typed(name);
        if name.chars().count() > device_name::LONGEST {
            let refusal = Refusal::DeviceNameTooLong { max: device_name::LONGEST };
            return Err(Stop::refuse(Field::DeviceName, refusal));
        }
        let (mut tx, member) = self.write_as(tenant, visit).await?;
        let held =
            ways(&mut tx, tenant, &member, &self.vault.guard_subject_member(member.id), self.clock.now())
                .await?;
        let former = held.look_up(factor).and_then(|held| held.name.clone()).ok_or(Stop::NotNow)?;
        let shown = shown.map_or_else(|| former.clone(), str::to_owned);
        if name.is_empty() || name == shown {
            return Ok(NameChange::AsBefore);
        }
        let name = match edit(&shown, name, &former) {
            // A double click.
            Edit::Leave => return Ok(NameChange::Anew),
            Edit::Conflict => {
                return Err(Stop::refuse(Field::DeviceName, Refusal::NameChangedMeanwhile { now: former }));
            }
            Edit::Change(name) => name,
        };
        let Factor::Device(kind, device) = factor else { return Err(Stop::NotNow) };
        match store::held::rename(&mut tx, member.id, (kind, device), &name).await? {
            Some(true) => {
                let event = Event::FactorNamed { method: factor.method(), device };
                self.note(&mut tx, Some(member.id), event, now)?;
                tx.commit().await?;
                Ok(NameChange::Anew)
            }
            Some(false) => Err(Stop::refuse(Field::DeviceName, Refusal::DeviceNameTaken)),
            None => Err(Stop::NotNow),
        }
    }

    /// Takes a factor away, unless it is the last one (N-14, I7). What was begun before ends with it
    /// (D24). The default way from now on, where it was the last of its kind and becomes another.
    ///
    /// # Errors
    /// - `Stop::StartAgain` when the session is over.
    /// - `Stop::NotNow` when the member has no such factor (any more).
    /// - At `Field::Page`: `LastFactor`.
    pub async fn remove_factor(
        &self,
        tenant: &Tenant,
        fresh: &FreshVisit,
        removal: Removal,
    ) -> Deed<Option<Method>> {
        let now = self.clock.now();
        let visit = fresh.visit();
        let Removal { factor, everywhere, browser } = removal;
        let (mut tx, member) = self.write_as(tenant, visit).await?;
        let ways =
            ways(&mut tx, tenant, &member, &self.vault.guard_subject_member(member.id), self.clock.now())
                .await?;
        let held = ways.factors();
        let name = ways.look_up(factor).ok_or(Stop::NotNow)?.name.as_deref();
        if !ways.may_remove(factor) {
            return Err(Stop::refuse(Field::Page, Refusal::LastFactor));
        }
        let by = Doer::Session(visit.session.id);
        let mut raised =
            self.raise(&mut tx, tenant, &member, CredentialChange::Remove, by, everywhere).await?;
        self.drop_factor(&mut raised, factor).await?;
        let (method, device) = (factor.method(), factor.device());
        self.note(&mut raised, Some(member.id), Event::FactorRemoved { method, device }, now)?;
        let usual = factor::default_without(factor, &held, member.method);
        if let Some(method) = usual {
            store::member::choose_method(&mut raised, method, now).await?;
            self.note(&mut raised, Some(member.id), Event::MethodChosen { method }, now)?;
        }
        let device = name.map_or_else(
            || {
                let language = member.language.unwrap_or(tenant.default_language);
                self.wording
                    .words(tenant, language)
                    .msg(&format!("letter-method-{}", factor.method().as_str()))
            },
            str::to_owned,
        );
        self.send(&mut tx, tenant, &member, &Letter::FactorRemoved { device, usual, browser }, now).await?;
        if everywhere {
            self.note(&mut tx, Some(member.id), Event::SignedOutEverywhere, now)?;
        }
        tx.commit().await?;
        Ok(usual)
    }

    /// Removes its row. Counts of wrong codes stay: taking away and setting up anew is no way around them (D13).
    async fn drop_factor(&self, tx: &mut EpochChange<'_>, factor: Factor) -> Deed<()> {
        let removed = match factor {
            Factor::Device(kind, id) => store::held::remove(tx, (kind, id)).await?,
            Factor::MailCode => store::member::drop_mail_code(tx).await?,
        };
        if removed { Ok(()) } else { Err(Stop::NotNow) }
    }
}
