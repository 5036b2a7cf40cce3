//! `tenant preview`: every page in every state that a union's members can meet, and every letter, in the union's own words
//! and colours: what a union looks at before it signs off. Made of its file alone. And the link by which the running service
//! shows a draft at its own host.
//!
//! # Decision
//! Pages are drawn once for light and once for dark, each with style sheets of its own, in which the question what the
//! browser prefers is answered. Scripts are taken out, forms and links lead nowhere.
//! # Because
//! The folder is sent to people who open it from a disk, without a server, on a machine that is set to one of the two.
//! # Instead of
//! a frame that claims another colour scheme, which not every browser tells the page in it.

use std::{io::Write, net::SocketAddr, path::PathBuf};

use clap::Args;

use super::{Context, sound};
use crate::{
    cli::{CommandFault, Exit, serve, tell, wait_for},
    domain::{preview::PreviewDays, saying::said},
    settings::Settings,
};

mod files;
mod folder;
mod link;
mod page;
mod plain;
mod server;

use files::PreviewFiles;

/// `tenant preview`.
#[derive(Debug, Args)]
pub struct PreviewArgs {
    /// 組合 / the union
    pub id: String,
    /// 新しいフォルダーに書く(サーバーなしで開ける) / write it into a folder that is new or empty, to be opened from the disk
    #[arg(long = "static", value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// 待ち受け / listen address; loopback only
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8090", conflicts_with = "folder")]
    pub listen: String,
    /// 下書きの組合を、動いているサービスで見るためのリンクを作る / make a link by which the running service shows the draft at its own host, and end the one before
    #[arg(long, conflicts_with_all = ["folder", "end_link"])]
    pub link: bool,
    /// リンクの日数(1〜30) / for how many days the link is good, 1 to 30
    #[arg(long, value_name = "N", default_value_t = PreviewDays::USUAL, requires = "link")]
    pub days: u32,
    /// そのリンクを使えなくする / end that link
    #[arg(long, conflicts_with = "folder")]
    pub end_link: bool,
    /// リンクの理由 / why the link is made or ended: it stands in the trail
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// Writes the preview, or serves it until told to stop.
pub(in crate::cli) fn run(
    settings: &Settings,
    args: &PreviewArgs,
    context: Context<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    if args.link || args.end_link {
        return wait_for(link::run(settings, args, context, out, err));
    }
    let Some(folder) = &args.folder else {
        let address: SocketAddr =
            args.listen.parse().map_err(|_| CommandFault::NotAnAddress(args.listen.clone()))?;
        return wait_for(server::serve(settings, &args.id, address, context, out, err));
    };
    let files = match made(settings, &args.id, context, err)? {
        Ok(files) => files,
        Err(code) => return Ok(Exit::Code(code)),
    };
    let failed = |(path, fault)| CommandFault::File(path, fault);
    if !folder::prepare(folder).map_err(failed)? {
        writeln!(err, "{}", tell(context.language, &said!("preview-not-empty", folder)))?;
        return Ok(Exit::Problems);
    }
    folder::write(folder, &files).map_err(failed)?;
    writeln!(out, "{}", folder.join(files::INDEX).display())?;
    let (screens, letters, count) = (files.screens, files.letters, files.content.len());
    writeln!(err, "{}", tell(context.language, &said!("preview-written", screens, letters, count, folder)))?;
    Ok(Exit::Fine)
}

/// The preview of that union as its file stands now; else the exit code, after telling why there is none.
fn made(
    settings: &Settings,
    id: &str,
    context: Context<'_>,
    err: &mut dyn Write,
) -> Result<Result<PreviewFiles, u8>, CommandFault> {
    let tenant = match sound(&settings.tenants.dir, id, context, err)? {
        Ok(tenant) => tenant,
        Err(code) => return Ok(Err(code)),
    };
    let public = serve::public(settings);
    Ok(Ok(PreviewFiles::draw(&tenant, &public, context.language, context.today)?))
}
