//! `sso vendor`: the page for the company of a service, made of the union's file and of what the program tells services.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use askama::Template as _;
use clap::Args;

use super::no_such_client;
use crate::{
    cli::{CommandFault, Exit, STANDARD, tell},
    domain::{
        saying::said,
        sso::discovery,
        tenant::{Language, Tenant},
    },
    outbound,
    portal::Portal,
    web::sso::vendor::VendorPage,
    world::{new_file::NewFile, today_in_japan},
};

/// `sso vendor`.
#[derive(Debug, Args)]
pub struct SsoVendorArgs {
    /// 組合 / the union
    #[arg(long, value_name = "ID")]
    pub tenant: String,
    /// このサービスだけを載せる / only this service stands in it: what goes to one company says nothing of the others
    #[arg(long, value_name = "CLIENT")]
    pub client: Option<String>,
    /// 新しいファイル、- は標準出力(なければ標準出力) / a file that is not there yet; - for standard output, which is the default
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Writes the page in the language that was asked for, else in the union's own; speaks in `to_operator` otherwise.
pub(super) async fn write(
    portal: &Portal,
    tenant: &Tenant,
    args: &SsoVendorArgs,
    (to_operator, asked): (Language, Option<Language>),
    (out, err): (&mut dyn Write, &mut dyn Write),
) -> Result<Exit, CommandFault> {
    if let Some(client) = args.client.as_deref().filter(|client| tenant.client(client).is_none()) {
        return no_such_client(tenant, client, to_operator, err);
    }
    let issuer = portal.issuer(tenant).await.map_err(|_| CommandFault::Broken("issuer".into()))?;
    let page = VendorPage {
        words: portal.wording().plain(asked.unwrap_or(tenant.default_language)),
        tenant,
        document: discovery::document(&issuer, &portal.public().origin(tenant)),
        services: tenant
            .clients()
            .filter(|(_, client)| args.client.as_ref().is_none_or(|only| *only == client.id))
            .collect(),
        day: today_in_japan(portal.now()),
        answer_within: outbound::TOTAL,
    };
    let html = page.render()?;
    match args.output.as_deref().filter(|path| path.as_os_str() != STANDARD) {
        None => out.write_all(html.as_bytes())?,
        Some(path) => {
            new_file(path, &html)?;
            let told = said!("sso-vendor-written", union = tenant.name.as_str(), path);
            writeln!(err, "{}", tell(to_operator, &told))?;
        }
    }
    Ok(Exit::Fine)
}

fn new_file(path: &Path, html: &str) -> Result<(), CommandFault> {
    let written = NewFile::begin(path).and_then(|new| {
        new.content().write_all(html.as_bytes())?;
        new.finish()
    });
    written.map_err(|fault| CommandFault::File(path.to_owned(), fault))
}
