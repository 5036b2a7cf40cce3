//! `tenant guide`: the guide of a union on paper, made of its file.

use std::{io::Write, path::PathBuf};

use clap::Args;

use super::{COULD_NOT_RUN, Context, sound};
use crate::{
    cli::{CommandFault, Exit, STANDARD, serve, tell, wording},
    domain::{route::Route, saying::said, tenant::Language},
    settings::Settings,
    web::{
        page::{Frame, help::GuidePage},
        sample,
    },
    world::new_file::NewFile,
};

/// `tenant guide`.
#[derive(Debug, Args)]
pub struct GuideArgs {
    /// 組合 / the union
    pub id: String,
    /// 新しいファイル、- は標準出力(なければ標準出力) / a file that is not there yet; - for standard output, which is the default
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Writes the guide, in the language of `--lang`, else in the union's own.
pub(in crate::cli) fn run(
    settings: &Settings,
    args: &GuideArgs,
    asked: Option<Language>,
    context: Context<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let tenant = match sound(&settings.tenants.dir, &args.id, context, err)? {
        Ok(tenant) => tenant,
        Err(code) => return Ok(Exit::Code(code)),
    };
    let language = asked.unwrap_or(tenant.default_language);
    if !tenant.languages.contains(&language) {
        let spoken = tenant.languages.iter().map(|language| language.as_str()).collect::<Vec<_>>().join(", ");
        let told = said!("guide-not-spoken", union = tenant.slug.as_str(), spoken);
        writeln!(err, "{}", tell(context.language, &told))?;
        return Ok(Exit::Code(COULD_NOT_RUN));
    }
    let wording = wording();
    let number = sample::number();
    let mut frame = Frame::new(&tenant, wording.words(&tenant, language), Route::Help.to_string(), number);
    frame.origin = serve::public(settings).origin(&tenant);
    let html = GuidePage::new(frame, context.today).document()?;
    match args.output.as_deref().filter(|path| path.as_os_str() != STANDARD) {
        None => out.write_all(html.as_bytes())?,
        Some(path) => {
            let written = NewFile::begin(path).and_then(|new| {
                new.content().write_all(html.as_bytes())?;
                new.finish()
            });
            written.map_err(|fault| CommandFault::File(path.to_owned(), fault))?;
            let told = said!("guide-written", union = tenant.name.as_str(), path);
            writeln!(err, "{}", tell(context.language, &told))?;
        }
    }
    Ok(Exit::Fine)
}
