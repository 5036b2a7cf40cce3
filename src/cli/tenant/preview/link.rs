//! Link: by which the running service shows a draft at its own host, made and ended.

use std::io::Write;

use super::PreviewArgs;
use crate::{
    cli::{
        CommandFault, Exit,
        member::moment,
        operator, serve, tell,
        tenant::{Context, sound},
    },
    domain::{
        preview::PreviewDays,
        saying::{Saying, said},
        tenant::Status,
    },
    settings::Settings,
    web::preview,
};

/// `tenant preview ID --link`, `--end-link`: the address to `out`, words to `err`.
pub async fn run(
    settings: &Settings,
    args: &PreviewArgs,
    context: Context<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let mut say = |saying: &Saying| writeln!(err, "{}", tell(context.language, saying));
    let doing = operator::of_the_agency("tenant preview", Some(operator::reason(args.reason.as_deref())?));
    let Some(days) = PreviewDays::new(args.days) else {
        say(&said!("preview-link-days", most = PreviewDays::MOST))?;
        return Ok(Exit::Problems);
    };
    let tenant = match sound(&settings.tenants.dir, &args.id, context, err)? {
        Ok(tenant) => tenant,
        Err(code) => return Ok(Exit::Code(code)),
    };
    let mut say = |saying: &Saying| writeln!(err, "{}", tell(context.language, saying));
    let (id, public) = (tenant.slug.as_str(), serve::public(settings));
    if args.link && tenant.status != Status::Draft {
        say(&said!("preview-link-no-draft", id, address = public.origin(&tenant)))?;
        return Ok(Exit::Problems);
    }
    let store = serve::open_migrated(&settings.database.url).await?;
    let portal = serve::portal(store, &settings.keys.ring, settings, public).await?;
    let exit = if args.link {
        let (token, ends_at) = portal.make_preview_link(&tenant.slug, days, &doing).await?;
        writeln!(out, "{}", preview::address(portal.public(), &tenant, &token))?;
        say(&said!("preview-link-made", id, until = moment(ends_at)))?;
        Exit::Fine
    } else if portal.end_preview_link(&tenant.slug, &doing).await? {
        say(&said!("preview-link-ended", id))?;
        Exit::Fine
    } else {
        say(&said!("preview-link-none", id))?;
        Exit::Fine
    };
    portal.store().close().await;
    Ok(exit)
}
