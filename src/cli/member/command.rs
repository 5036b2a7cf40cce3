//! `member …`: the command line's own part, and which deed each command is.

use std::{
    io::{self, IsTerminal as _, Write},
    path::PathBuf,
};

use clap::{Args, Subcommand};

use super::{DeskOptions, ImportOptions, RevertOptions};
use crate::{
    cli::{CommandFault, Exit, operator, serve},
    domain::{
        audit::doing::Doing,
        tenant::{Language, TenantSlug},
    },
    portal::{desk::Desk, roster::Import},
    settings::Settings,
    world::{SystemClock, SystemRandom},
};

/// `member …`
#[derive(Debug, Subcommand)]
pub enum MemberCommand {
    /// 名簿を取り込む / import a roster: all of it or nothing
    Import {
        /// 組合 / the union
        #[arg(long, value_name = "ID")]
        tenant: String,
        /// 名簿 / the CSV file
        file: PathBuf,
        /// 書かずに確かめる: だれの何が変わるか / write nothing, say who would change and how
        #[arg(long, visible_alias = "preview")]
        dry_run: bool,
        /// 聞かずに取りこむ / do not ask on the terminal
        #[arg(long)]
        yes: bool,
        /// 多くの人が変わっても取りこむ / import even where much of the roster changes
        #[arg(long)]
        yes_many: bool,
        /// 作った仮ID・仮パスワードの書き先 / where drawn credentials are written, once
        #[arg(long, value_name = "FILE")]
        notices: Option<PathBuf>,
        /// 理由 / why: it stands in the trail
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// さがす / find members by number, name, kana, mail address, user ID or id
    Find {
        #[command(flatten)]
        on: MemberArgs,
    },
    /// ようす / how far a member is, and what happened last
    Show {
        #[command(flatten)]
        on: MemberArgs,
    },
    /// ロックを解く / clear the counters of wrong tries
    Unlock {
        #[command(flatten)]
        on: DeedArgs,
    },
    /// 認証方法をなくした方に / a code for a member who has lost the factor: once, 24 hours
    DeskCode {
        #[command(flatten)]
        on: DeedArgs,
    },
    /// はじめからやり直す / undo an activation and issue a new first password
    Revert {
        #[command(flatten)]
        on: DeedArgs,
        /// 新しい仮パスワードの書き先 / where the new password is written, once
        #[arg(long, value_name = "FILE")]
        notices: Option<PathBuf>,
        /// メールアドレスを残す(ご本人のものと確かめたときだけ) / keep the mail address, once you know it is the member's
        #[arg(long)]
        keep_address: bool,
    },
}

/// What every command about one member is told.
#[derive(Debug, Args)]
pub struct MemberArgs {
    /// 組合 / the union
    #[arg(long, value_name = "ID")]
    tenant: String,
    /// どなたか: 記号-番号[-枝番]、氏名、カナ、メールアドレス、ユーザID、ID / who: number, name, kana, mail address, user ID or id
    member: String,
    /// 理由 / why: it stands in the trail
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// 機械向け / for machines
    #[arg(long)]
    json: bool,
}

/// What every deed about one member is told.
#[derive(Debug, Args)]
pub struct DeedArgs {
    #[command(flatten)]
    on: MemberArgs,
    /// 書かずに確かめる / say what would be done, change nothing
    #[arg(long)]
    dry_run: bool,
}

impl MemberCommand {
    /// The command's words, and what it is told about one member; `None` of an import.
    fn words(&self) -> (&'static str, Option<&MemberArgs>) {
        match self {
            Self::Import { .. } => ("member import", None),
            Self::Find { on } => ("member find", Some(on)),
            Self::Show { on } => ("member show", Some(on)),
            Self::Unlock { on } => ("member unlock", Some(&on.on)),
            Self::DeskCode { on } => ("member desk-code", Some(&on.on)),
            Self::Revert { on, .. } => ("member revert", Some(&on.on)),
        }
    }

    fn tenant(&self) -> &str {
        match self {
            Self::Import { tenant, .. } => tenant,
            Self::Find { on } | Self::Show { on } => &on.tenant,
            Self::Unlock { on } | Self::DeskCode { on } | Self::Revert { on, .. } => &on.on.tenant,
        }
    }

    /// Whether a deed is only to say what it would do.
    fn dry_run(&self) -> bool {
        match self {
            Self::Import { .. } | Self::Find { .. } | Self::Show { .. } => false,
            Self::Unlock { on } | Self::DeskCode { on } | Self::Revert { on, .. } => on.dry_run,
        }
    }

    /// Who does it, and why: an import speaks for itself, whatever is done about one member asks for a reason (D35).
    fn doing(&self) -> Result<Doing, CommandFault> {
        let (words, on) = self.words();
        let reason = match (self, on) {
            (Self::Import { reason: None, .. }, _) => None,
            (Self::Import { reason, .. }, _) => Some(operator::reason(reason.as_deref())?),
            (_, on) => Some(operator::reason(on.and_then(|on| on.reason.as_deref()))?),
        };
        let words = if self.dry_run() { format!("{words} --dry-run") } else { words.to_owned() };
        Ok(operator::at_the_desk(&words, reason))
    }
}

impl MemberArgs {
    fn options(&self, language: Language) -> DeskOptions<'_> {
        DeskOptions { member: &self.member, language, json: self.json }
    }
}

/// Runs one of them.
pub async fn run(
    settings: &Settings,
    command: MemberCommand,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let doing = &command.doing()?;
    let store = serve::open_migrated(&settings.database.url).await?;
    let loaded = serve::load_tenants(settings, &serve::known(&store).await?.without_passkeys())?;
    let id = command.tenant();
    let tenant = TenantSlug::parse(id)
        .and_then(|slug| loaded.tenants.by_slug(&slug))
        .ok_or_else(|| CommandFault::UnknownUnion(id.to_owned()))?;
    let portal = serve::portal(store, &settings.keys.ring, settings, serve::public(settings)).await?;
    let (clock, rng) = (&SystemClock, &SystemRandom);
    let (store, vault, tenant) = (portal.store(), portal.vault(), &*tenant);
    let (wording, dry_run) = (&**portal.wording(), command.dry_run());
    let desk = Desk { store, clock, rng, vault, tenant, wording, doing, dry_run };
    let code = match &command {
        MemberCommand::Import { file, dry_run, yes, yes_many, notices, json, .. } => {
            let public = portal.public();
            let import = Import { store, clock, rng, vault, tenant, wording, public, doing };
            let (dry_run, many, json, notices) = (*dry_run, *yes_many, *json, notices.as_deref());
            let posted = serve::mail_server(settings)?.is_some();
            let answered = *yes || !io::stdin().is_terminal() || !io::stderr().is_terminal();
            let ask: Option<fn(&str) -> bool> = (!answered).then_some(super::ask_on_terminal);
            let options =
                ImportOptions { file, dry_run, many, notices, json, bar: true, posted, ask, language };
            super::import(&import, options, out, err).await?
        }
        MemberCommand::Find { on } => super::find(&desk, on.options(language), out, err).await?,
        MemberCommand::Show { on } => super::show(&desk, on.options(language), out, err).await?,
        MemberCommand::Unlock { on } => super::unlock(&desk, on.on.options(language), out, err).await?,
        MemberCommand::DeskCode { on } => super::desk_code(&desk, on.on.options(language), out, err).await?,
        MemberCommand::Revert { on, notices, keep_address } => {
            let revert = RevertOptions { notices: notices.as_deref(), keep_address: *keep_address };
            super::revert(&desk, on.on.options(language), revert, out, err).await?
        }
    };
    Ok(Exit::Code(code))
}
