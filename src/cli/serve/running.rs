//! Running: the jobs of a node, each with a task of its own, so that none waits for another; one that panics begins again.

use std::{path::PathBuf, sync::Arc};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Going, MailMode};
use crate::{
    domain::tenant::{Tenant, TenantSlug},
    jobs::{self, endings, logouts},
    mail::postman::PostmanContext,
    metrics::label::Job,
    portal::Portal,
    web::Website,
    world::{RandomError, SystemRandom, random_bytes},
};

/// Which jobs a node runs, and until when.
pub(super) struct RunningJobs<'w> {
    website: &'w Website,
    /// Cancelled when the node begins to leave.
    leaving: &'w CancellationToken,
    /// Cancelled when the last request is answered.
    closing: &'w CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl<'w> RunningJobs<'w> {
    /// None yet.
    pub(super) fn new(
        website: &'w Website,
        leaving: &'w CancellationToken,
        closing: &'w CancellationToken,
    ) -> Self {
        Self { website, leaving, closing, tasks: Vec::new() }
    }

    /// Starts every job of a node that serves.
    pub(super) fn start_all(&mut self, ring: PathBuf, Going { post, services }: Going) {
        let (unions, find) = (self.unions(), self.find());
        let holder = holder(self.website.portal());
        self.until_closing(Job::MakeSsoKeys, {
            let unions = unions.clone();
            move |portal, closing| jobs::make_sso_keys(portal, unions.clone(), closing)
        });
        self.until_closing(Job::Sweep, {
            let unions = unions.clone();
            move |portal, closing| jobs::sweep(portal, unions.clone(), closing)
        });
        self.until_closing(Job::KeyMembers, {
            let unions = unions.clone();
            move |portal, closing| jobs::key_members(portal, unions.clone(), closing)
        });
        self.until_closing(Job::WatchClock, jobs::watch_clock);
        self.until_closing(Job::FollowClosings, endings::follow_closings);
        self.until_closing(Job::EndOver, {
            let (unions, holder) = (unions.clone(), holder.clone());
            move |portal, closing| endings::end_what_is_over(portal, unions.clone(), holder.clone(), closing)
        });
        self.until_closing(Job::EraseEnded, {
            let holder = holder.clone();
            move |portal, closing| endings::erase_ended(portal, unions.clone(), holder.clone(), closing)
        });
        match node_number() {
            Ok(node) => self.until_closing(Job::FollowKeys, move |portal, closing| {
                jobs::follow_keys(portal, ring.clone(), node, closing)
            }),
            Err(fault) => tracing::error!(%fault, "This node does not follow the key ring"),
        }
        self.until_closing(Job::Seal, move |portal, closing| jobs::seal(portal, holder.clone(), closing));
        if !matches!(post, MailMode::Stays) {
            self.until_closing(Job::ClearOutbox, jobs::clear_outbox);
        }
        // Both beside the last requests: what those write is sent and told by another node, or after the restart.
        if let MailMode::Leaves(context) = post {
            self.until_leaving(Job::Post, move |_, leaving| {
                jobs::post(PostmanContext::clone(&context), leaving)
            });
        }
        self.until_leaving(Job::TellServices, move |portal, leaving| {
            logouts::tell_services(portal, services.clone(), find.clone(), leaving)
        });
    }

    /// One more task to wait for at the end.
    pub(super) fn add(&mut self, task: JoinHandle<()>) {
        self.tasks.push(task);
    }

    /// Waits until every job has ended; they are told to by the two tokens.
    pub(super) async fn end(self) {
        for task in self.tasks {
            let _ = task.await;
        }
    }

    fn until_closing<Running>(
        &mut self,
        job: Job,
        work: impl Fn(Portal, CancellationToken) -> Running + Send + 'static,
    ) where
        Running: Future<Output = ()> + Send + 'static,
    {
        self.start(job, self.closing.clone(), work);
    }

    fn until_leaving<Running>(
        &mut self,
        job: Job,
        work: impl Fn(Portal, CancellationToken) -> Running + Send + 'static,
    ) where
        Running: Future<Output = ()> + Send + 'static,
    {
        self.start(job, self.leaving.clone(), work);
    }

    fn start<Running>(
        &mut self,
        job: Job,
        until: CancellationToken,
        work: impl Fn(Portal, CancellationToken) -> Running + Send + 'static,
    ) where
        Running: Future<Output = ()> + Send + 'static,
    {
        let (portal, token) = (self.website.portal().clone(), until.clone());
        let metrics = portal.metrics().clone();
        let work = move || work(portal.clone(), token.clone());
        self.tasks.push(tokio::spawn(jobs::keep_going(job, metrics, until, work)));
    }

    /// The unions that are served at each moment.
    fn unions(&self) -> impl Fn() -> Vec<Arc<Tenant>> + Clone + Send + use<> {
        let served = self.website.clone();
        move || served.tenants().iter().cloned().collect()
    }

    /// One of them.
    fn find(&self) -> impl Fn(&TenantSlug) -> Option<Arc<Tenant>> + Clone + Send + use<> {
        let served = self.website.clone();
        move |slug| served.tenants().by_slug(slug)
    }
}

/// By which this node holds leases. One that is no other node's; where there is no chance, the moment is all there is.
fn holder(portal: &Portal) -> Vec<u8> {
    random_bytes::<16>(portal.rng())
        .map_or_else(|_| portal.now().as_nanosecond().to_be_bytes().to_vec(), |holder| holder.to_vec())
}

/// The number of this node, for as long as it runs.
fn node_number() -> Result<uuid::Uuid, RandomError> {
    Ok(uuid::Builder::from_random_bytes(random_bytes(&SystemRandom)?).into_uuid())
}
