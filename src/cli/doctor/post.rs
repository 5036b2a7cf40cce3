//! What the mail server says, and what has to stand in the DNS for letters to be believed.

use std::collections::BTreeSet;

use tokio::time::timeout;

use super::{CheckResult, LONGEST, Topic};
use crate::{
    cli::{mail, serve},
    domain::saying::said,
    mail::postman::{SmtpFailure, SmtpReason, SmtpStep},
    settings::Settings,
};

/// Whether the mail server can be reached, greets, encrypts as it must and takes the password. No letter is sent.
pub async fn mail(settings: &Settings, topic: Topic) -> Vec<CheckResult> {
    let server = match serve::mail_server(settings) {
        Ok(Some(server)) => server,
        Ok(None) => return vec![topic.warning(&said!("doctor-mail-none"))],
        Err(fault) => return vec![topic.fault(&fault)],
    };
    let place = format!("{}:{}", server.host(), server.port());
    let limit = LONGEST / 2;
    let late = || Err(SmtpFailure::new(SmtpStep::Reach, SmtpReason::Late));
    let reached = timeout(limit, server.connect(limit)).await.unwrap_or_else(|_| late());
    vec![match reached {
        Ok(conversation) => {
            let _ = timeout(limit / 4, conversation.leave()).await;
            topic.fine(&said!("doctor-mail", place))
        }
        Err(trouble) => {
            let why = mail::sentence(&trouble, topic.1);
            topic.bad(&said!("doctor-mail-stopped", place, why))
        }
    }]
}

/// What to look up for each domain that letters come from. Nothing is asked of the network.
pub fn senders(settings: &Settings, topic: Topic) -> Vec<CheckResult> {
    let Ok(loaded) = serve::load_tenants(settings, &serve::DatabaseFacts::default()) else {
        return Vec::new();
    };
    let domain = |address: &str| address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
    let domains: BTreeSet<String> =
        loaded.tenants.iter().filter_map(|tenant| domain(tenant.mail.from_address.as_str())).collect();
    domains.iter().map(|domain| topic.look(&said!("doctor-mail-records", domain))).collect()
}
