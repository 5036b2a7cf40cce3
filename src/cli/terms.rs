//! `terms export`: who accepted which terms, for the union's own files (N-07).

use std::io::Write;

use serde::Serialize;

use super::{
    CommandFault, Exit,
    operator::{self, Noted},
    serve::{DatabaseFacts, load_tenants, open_migrated},
    tell,
};
use crate::{
    domain::{
        audit::Event,
        saying::said,
        tenant::{Language, TenantSlug},
    },
    portal::terms::TermsExport,
    settings::Settings,
    store::{Store, terms::Acceptance},
};

/// One line of the export. Names and order are an interface.
#[derive(Serialize)]
struct AcceptanceRow<'a> {
    tenant: &'a str,
    member: String,
    kigo: &'a str,
    bango: &'a str,
    branch: &'a str,
    user_id: &'a str,
    version: &'a str,
    hash: &'a str,
    /// RFC 3339, in UTC.
    accepted_at: String,
    host: &'a str,
}

impl<'a> AcceptanceRow<'a> {
    fn of(_: &Noted, slug: &'a TenantSlug, kept: &'a Acceptance) -> Self {
        Self {
            tenant: slug.as_str(),
            member: kept.member.to_string(),
            kigo: kept.number.kigo(),
            bango: kept.number.bango(),
            branch: kept.number.branch(),
            user_id: kept.login.as_str(),
            version: &kept.version,
            hash: &kept.hash,
            accepted_at: kept.at.to_string(),
            host: &kept.host,
        }
    }
}

/// `terms export --tenant ID [--version V]`: the union's acceptances as JSON lines, by member and version; how many to
/// `err`. The union's file need not be sound: what was accepted does not depend on it.
pub async fn export(
    settings: &Settings,
    tenant: &str,
    version: Option<&str>,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let loaded = load_tenants(settings, &DatabaseFacts::default())?;
    let unknown = || CommandFault::UnknownUnion(tenant.to_owned());
    let slug = TenantSlug::parse(tenant)
        .filter(|_| loaded.seen.iter().any(|id| id == tenant))
        .ok_or_else(unknown)?;
    let store = open_migrated(&settings.database.url).await?;
    let written = write_all(&store, &slug, version, language, out, err).await;
    store.close().await;
    written
}

/// The work itself, over a store that is open.
pub async fn write_all(
    store: &Store,
    slug: &TenantSlug,
    version: Option<&str>,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let doing = operator::at_the_desk("terms export", None);
    let noted = operator::noted(store, slug, None, &Event::TermsExported, doing).await?;
    let mut export = TermsExport::new(store, slug, version);
    let mut count = 0_u64;
    loop {
        let page = export.next().await?;
        if page.is_empty() {
            break;
        }
        let mut text = Vec::new();
        for kept in &page {
            serde_json::to_writer(&mut text, &AcceptanceRow::of(&noted, slug, kept))?;
            text.push(b'\n');
            count += 1;
        }
        out.write_all(&text)?;
    }
    out.flush()?;
    let told = match version {
        Some(version) if count == 0 => {
            let known = export.versions().await?;
            if known.is_empty() {
                said!("terms-no-acceptance", version)
            } else {
                said!("terms-none-accepted", version, known = known.join(", "))
            }
        }
        _ => said!("terms-exported", count),
    };
    writeln!(err, "{}", tell(language, &told))?;
    Ok(Exit::Fine)
}
