//! Over: the jobs of a node about unions and members whose last day is over, and about sessions that have ended.

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::tenant::TenantSlug,
    jobs::{self, endings, logouts},
    metrics::label::Job,
    outbound::Outbound,
    web::Website,
};

/// The job that tells services of sessions that have ended. Beside the last requests: what they end is told by another node,
/// or after the restart.
pub(super) fn tell(website: &Website, services: Outbound, leaving: &CancellationToken) -> JoinHandle<()> {
    let job = {
        let (website, leaving) = (website.clone(), leaving.clone());
        move || {
            let served = website.clone();
            let find = move |slug: &TenantSlug| served.tenants().by_slug(slug);
            logouts::tell_services(website.portal().clone(), services.clone(), find, leaving.clone())
        }
    };
    tokio::spawn(jobs::keep_going(
        Job::TellServices,
        website.portal().metrics().clone(),
        leaving.clone(),
        job,
    ))
}

/// The jobs that end and erase what is over. Each has its own, so that none waits for the other.
pub(super) fn end(website: &Website, holder: &[u8], closing: &CancellationToken) -> [JoinHandle<()>; 2] {
    let of_a_job = || (website.clone(), holder.to_vec(), closing.clone());
    let over = {
        let (website, holder, closing) = of_a_job();
        move || {
            let (portal, served) = (website.portal().clone(), website.clone());
            let unions = move || served.tenants().iter().cloned().collect();
            endings::end_what_is_over(portal, unions, holder.clone(), closing.clone())
        }
    };
    let erase = {
        let (website, holder, closing) = of_a_job();
        move || {
            let (portal, served) = (website.portal().clone(), website.clone());
            let unions = move || served.tenants().iter().cloned().collect();
            endings::erase_ended(portal, unions, holder.clone(), closing.clone())
        }
    };
    let metrics = || website.portal().metrics().clone();
    [
        tokio::spawn(jobs::keep_going(Job::EndOver, metrics(), closing.clone(), over)),
        tokio::spawn(jobs::keep_going(Job::EraseEnded, metrics(), closing.clone(), erase)),
    ]
}
