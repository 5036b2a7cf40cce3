//! `terms export`: who accepted which terms, for the union's own files (N-07).

use std::io::Write;

use serde::Serialize;

use super::{
    CommandFault, Exit,
    serve::{DatabaseFacts, load_tenants, open_to_read},
};
use crate::{
    domain::tenant::{Language, TenantSlug},
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
    fn of(slug: &'a TenantSlug, kept: &'a Acceptance) -> Self {
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
    let store = open_to_read(&settings.database.url).await?;
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
    let mut export = TermsExport::new(store, slug, version);
    let mut count = 0_u64;
    loop {
        let page = export.next().await?;
        if page.is_empty() {
            break;
        }
        let mut text = Vec::new();
        for kept in &page {
            serde_json::to_writer(&mut text, &AcceptanceRow::of(slug, kept))?;
            text.push(b'\n');
            count += 1;
        }
        out.write_all(&text)?;
    }
    out.flush()?;
    match (version, language) {
        (Some(version), _) if count == 0 => {
            let known = export.versions().await?.join(", ");
            match language {
                Language::Ja => {
                    writeln!(err, "版「{version}」への同意はありません。同意のある版: {}", or(&known, "なし"))
                }
                Language::En => {
                    writeln!(
                        err,
                        "No acceptance of the version `{version}`. Accepted versions: {}.",
                        or(&known, "none")
                    )
                }
            }
        }
        (_, Language::Ja) => writeln!(err, "利用規約への同意 {count}件を書き出しました。"),
        (_, Language::En) => {
            writeln!(err, "Wrote {count} acceptance{} of the terms.", if count == 1 { "" } else { "s" })
        }
    }?;
    Ok(Exit::Fine)
}

fn or<'t>(text: &'t str, absent: &'t str) -> &'t str {
    if text.is_empty() { absent } else { text }
}
