//! Subjects that another system gave: a union that comes from elsewhere keeps the links of its members at services.

use std::collections::HashMap;

use crate::{
    domain::{
        audit::{Event, SsoEvent, doing::Doing},
        sso::{
            key::{self, SigningState},
            needs::{SsoNeed, needs},
            subjects::{NamedMember, SubjectFile, SubjectPlan, plan},
        },
        tenant::Tenant,
    },
    portal::{Fault, Portal},
    store::{self, member},
};

/// Members whose subjects one transaction keeps: the database's one writer is free for others in between.
const AT_ONCE: usize = 500;

impl Portal {
    /// Keeps the subjects of a list for the services of a sector, all of them or, where one is wrong, none. `dry_run`: only
    /// says what would be done. A command that was killed half-way goes on where it stopped.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn import_subjects(
        &self,
        tenant: &Tenant,
        sector: &str,
        file: SubjectFile,
        dry_run: bool,
        doing: &Doing,
    ) -> Result<SubjectPlan, Fault> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let mut found = Vec::with_capacity(file.rows.len());
        for row in &file.rows {
            let member = match &row.member {
                NamedMember::Number(number) => member::by_number(&mut tx, number).await?,
                NamedMember::Login(login) => member::by_login(&mut tx, login).await?,
                NamedMember::Id(id) => member::by_id(&mut tx, *id).await?,
            };
            found.push(member.map(|member| member.id));
        }
        let known = store::sso::codes::subjects(&mut tx).await?;
        drop(tx);
        let own = known.iter().filter(|known| known.sector == sector);
        let of_sector: HashMap<_, _> = own.map(|known| (known.member, known.sub.clone())).collect();
        let owners: HashMap<&str, _> =
            known.iter().map(|known| (known.sub.as_str(), (known.sector.as_str(), known.member))).collect();
        let plan = plan(file, &found, &of_sector, |sub| owners.get(sub).copied(), sector);
        if dry_run || !plan.bad.is_empty() || plan.new.is_empty() {
            return Ok(plan);
        }
        let now = self.clock.now();
        for (at, part) in plan.new.chunks(AT_ONCE).enumerate() {
            let mut tx = self.store.tenant(&tenant.slug).write().await?;
            for (member, sub) in part {
                store::sso::codes::keep_subject(&mut tx, sector, *member, sub, now).await?;
            }
            if at == 0 {
                let event = Event::Sso(SsoEvent::SubjectsImported {
                    sector: sector.to_owned(),
                    count: plan.new.len(),
                });
                self.note_of_command(&mut tx, &event, doing, now)?;
            }
            tx.commit().await?;
        }
        Ok(plan)
    }

    /// What is missing before each service works, and how many requests wait for their member.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn sso_needs(&self, tenant: &Tenant) -> Result<(Vec<SsoNeed>, u64), Fault> {
        let mut tx = self.store.tenant(&tenant.slug).read().await?;
        let now = self.clock.now();
        let times: Vec<_> = store::sso::keys(&mut tx).await?.into_iter().map(|key| key.times).collect();
        let signs = times.iter().filter(|key| key::state(key, &times, now) == SigningState::Signs);
        let signing: Vec<_> = signs.map(|key| key.algorithm).collect();
        let secrets = store::sso::secrets(&mut tx).await?.into_iter().map(|row| row.client);
        let secrets: Vec<String> = secrets.collect();
        let frozen = store::sso::codes::issuer(&mut tx).await?;
        let waiting = store::sso::requests::count(&mut tx, now).await?;
        Ok((needs(tenant, &signing, &secrets, frozen.as_deref()), waiting))
    }
}
