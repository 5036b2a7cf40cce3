//! `member …`: the command line's own part, and which deed each command is.

use std::{
    io::{self, IsTerminal as _, Write},
    path::PathBuf,
};

use clap::{Args, Subcommand};

use super::{DeskOptions, ImportOptions, RevertOptions, UndoOptions, notices::NoticesArgs};
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
        /// 名簿、- は標準入力 / the CSV file; - for standard input
        #[arg(required_unless_present = "undo")]
        file: Option<PathBuf>,
        /// 最後の取り込みを取り消す(--reason が要る) / take the last import back; asks for --reason
        #[arg(long, conflicts_with_all = ["file", "notices"])]
        undo: bool,
        /// このファイルが名簿の全部: いない人を一覧にし、--on の日で資格終了にする(--reason が要る) / the file is the whole roster: who is missing is listed, and ended with the day of --on; asks for --reason
        #[arg(long, conflicts_with = "undo")]
        complete: bool,
        /// いない人の最後の日(その日まで使える): YYYY-MM-DD / the last day of who is missing, the day itself included: YYYY-MM-DD
        #[arg(long = "on", value_name = "DATE", requires = "complete")]
        day: Option<String>,
        /// 書かずに確かめる: だれの何が変わるか(--preview も同じ) / write nothing, say who would change and how (or --preview)
        #[arg(long, alias = "preview")]
        dry_run: bool,
        /// たずねずに実行する / do not ask on the terminal
        #[arg(long)]
        yes: bool,
        /// 多くの人が変わる、または資格終了になるときも実行する / go on even where many members change or are ended
        #[arg(long)]
        yes_many: bool,
        #[command(flatten)]
        notices: NoticesArgs,
        /// 理由 / why: it stands in the trail
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 取り込みの記録 / the imports: when, who, which file, how many
    Imports {
        /// 組合 / the union
        #[arg(long, value_name = "ID")]
        tenant: String,
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
    /// ロックを解く / let a member in again: ends a lock of the desk, clears the counters of wrong tries
    Unlock {
        #[command(flatten)]
        on: DeedArgs,
    },
    /// 止める / keep a person out until unlock: signed out everywhere, password and factors stay
    Lock {
        #[command(flatten)]
        on: DeedArgs,
    },
    /// 資格の終わり / the last day of a membership: once it is over nobody signs in with it
    End {
        #[command(flatten)]
        on: DeedArgs,
        /// 最後の日(その日まで使える): YYYY-MM-DD / the last day, the day itself included: YYYY-MM-DD
        #[arg(long = "on", value_name = "DATE", required_unless_present = "undo", conflicts_with = "undo")]
        day: Option<String>,
        /// 取り消す / take it back: a member as before
        #[arg(long)]
        undo: bool,
    },
    /// 記号・番号が変わった方 / another number for the same person; merges a member whom a roster made of it
    Move {
        #[command(flatten)]
        on: DeedArgs,
        /// 新しい 記号-番号[-枝番] / the new number: KIGO-BANGO[-BRANCH]
        number: String,
        /// 氏名がちがっても同じ方だと確かめた / the names differ, and you know that it is the same person
        #[arg(long)]
        same_person: bool,
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
        #[command(flatten)]
        notices: NoticesArgs,
        /// メールアドレスを残す(ご本人のものと確かめたときだけ) / keep the mail address, once you know it is the member's
        #[arg(long)]
        keep_address: bool,
    },
    /// 認証方法をはずす / take every factor away: the member sets one up at the next sign-in
    ResetFactor {
        #[command(flatten)]
        on: DeedArgs,
    },
    /// メールアドレスを変える / replace the mail address; both addresses are told
    SetEmail {
        #[command(flatten)]
        on: DeedArgs,
        /// 新しいメールアドレス / the new address
        address: String,
    },
    /// ログイン中の端末 / where the member is signed in
    Sessions {
        #[command(flatten)]
        on: DeedArgs,
        /// すべてログアウトさせる / sign the member out everywhere
        #[arg(long)]
        end: bool,
    },
    /// 仮パスワードを出し直す / issue new first passwords in place of lost ones: of one member, or of everybody in a file
    Reissue {
        /// 組合 / the union
        #[arg(long, value_name = "ID")]
        tenant: String,
        /// どなたか / who
        #[arg(required_unless_present = "file", conflicts_with = "file")]
        member: Option<String>,
        /// 名簿の全員(初回ログインがまだの方)、- は標準入力 / everybody in this roster (- for standard input) who has no password of their own yet
        #[arg(long, value_name = "ROSTER")]
        file: Option<PathBuf>,
        #[command(flatten)]
        notices: NoticesArgs,
        /// 理由(必ず) / why, always asked for: it stands in the trail
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        /// 書かずに確かめる / say what would be done, change nothing
        #[arg(long)]
        dry_run: bool,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 消す(一度もログインしていない方) / erase a member who never signed in
    Delete {
        #[command(flatten)]
        on: DeedArgs,
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
    /// 理由(必ず) / why, always asked for: it stands in the trail
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
    /// The command's words, its union, the reason that was given, and whether a deed is only to say what it would do.
    fn told(&self) -> (&'static str, &str, Option<&str>, bool) {
        let of_deed = |words, on: &'_ DeedArgs| (words, on.dry_run);
        let ((words, dry_run), on) = match self {
            Self::Import { tenant, reason, undo, complete, .. } => {
                let words = match (undo, complete) {
                    (true, _) => "member import --undo",
                    (_, true) => "member import --complete",
                    _ => "member import",
                };
                return (words, tenant, reason.as_deref(), false);
            }
            Self::Imports { tenant, .. } => return ("member imports", tenant, None, false),
            Self::Reissue { tenant, reason, dry_run, .. } => {
                return ("member reissue", tenant, reason.as_deref(), *dry_run);
            }
            Self::Find { on } => (("member find", false), on),
            Self::Show { on } => (("member show", false), on),
            Self::Unlock { on } => (of_deed("member unlock", on), &on.on),
            Self::Lock { on } => (of_deed("member lock", on), &on.on),
            Self::End { on, .. } => (of_deed("member end", on), &on.on),
            Self::Move { on, .. } => (of_deed("member move", on), &on.on),
            Self::DeskCode { on } => (of_deed("member desk-code", on), &on.on),
            Self::Revert { on, .. } => (of_deed("member revert", on), &on.on),
            Self::ResetFactor { on } => (of_deed("member reset-factor", on), &on.on),
            Self::SetEmail { on, .. } => (of_deed("member set-email", on), &on.on),
            Self::Sessions { on, end: true } => (of_deed("member sessions --end", on), &on.on),
            Self::Sessions { on, end: false } => (("member sessions", false), &on.on),
            Self::Delete { on } => (of_deed("member delete", on), &on.on),
        };
        (words, &on.tenant, on.reason.as_deref(), dry_run)
    }

    /// Who does it, and why: an import speaks for itself; an undo, a whole roster, which ends memberships, and whatever is done about one
    /// member ask for a reason
    /// (D35).
    fn doing(&self) -> Result<Doing, CommandFault> {
        let (words, _, reason, dry_run) = self.told();
        let reason = match (self, reason) {
            (Self::Import { undo: false, complete: false, .. } | Self::Imports { .. }, None) => None,
            (_, reason) => Some(operator::reason(reason)?),
        };
        let words = if dry_run { format!("{words} --dry-run") } else { words.to_owned() };
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
    let known = serve::known(&store).await?.without_passkeys();
    let (loaded, _) = serve::load_or_recall(&store, settings, &known).await?;
    let (_, id, _, dry_run) = command.told();
    let tenant = TenantSlug::parse(id)
        .and_then(|slug| loaded.tenants.by_slug(&slug))
        .ok_or_else(|| CommandFault::UnknownUnion(id.to_owned()))?;
    let portal = serve::portal(store, &settings.keys.ring, settings, serve::public(settings)).await?;
    let (clock, rng) = (&SystemClock, &SystemRandom);
    let (store, vault, tenant) = (portal.store(), portal.vault(), &*tenant);
    let wording = &**portal.wording();
    let desk = Desk { store, clock, rng, vault, tenant, wording, doing, dry_run };
    let code = match &command {
        MemberCommand::Imports { json, .. } => {
            let public = portal.public();
            let import = Import { store, clock, rng, vault, tenant, wording, public, doing };
            super::imports(&import, *json, language, out, err).await?
        }
        MemberCommand::Import { file: None, dry_run, yes, yes_many, json, .. } => {
            let public = portal.public();
            let import = Import { store, clock, rng, vault, tenant, wording, public, doing };
            let options = UndoOptions {
                dry_run: *dry_run,
                many: *yes_many,
                json: *json,
                ask: asked_on_terminal(*yes),
                language,
            };
            super::undo(&import, options, out, err).await?
        }
        MemberCommand::Import {
            file: Some(file),
            complete,
            day,
            dry_run,
            yes,
            yes_many,
            notices,
            json,
            ..
        } => {
            let public = portal.public();
            let import = Import { store, clock, rng, vault, tenant, wording, public, doing };
            let options = ImportOptions {
                file,
                complete: *complete,
                day: day.as_deref(),
                dry_run: *dry_run,
                many: *yes_many,
                notices: notices.options(public, *json)?,
                json: *json,
                bar: true,
                posted: serve::mail_server(settings)?.is_some(),
                ask: asked_on_terminal(*yes),
                language,
            };
            super::import(&import, options, out, err).await?
        }
        MemberCommand::Find { on } => super::find(&desk, on.options(language), out, err).await?,
        MemberCommand::Show { on } => super::show(&desk, on.options(language), out, err).await?,
        MemberCommand::Unlock { on } => super::unlock(&desk, on.on.options(language), out, err).await?,
        MemberCommand::Lock { on } => super::lock(&desk, on.on.options(language), out, err).await?,
        MemberCommand::End { on, day, .. } => {
            super::end(&desk, on.on.options(language), day.as_deref(), out, err).await?
        }
        MemberCommand::Move { on, number, same_person } => {
            super::move_number(&desk, on.on.options(language), number, *same_person, out, err).await?
        }
        MemberCommand::DeskCode { on } => super::desk_code(&desk, on.on.options(language), out, err).await?,
        MemberCommand::Revert { on, notices, keep_address } => {
            let notices = notices.options(portal.public(), on.on.json)?;
            let revert = RevertOptions { notices, keep_address: *keep_address };
            super::revert(&desk, on.on.options(language), revert, out, err).await?
        }
        MemberCommand::ResetFactor { on } => {
            super::reset_factor(&desk, on.on.options(language), out, err).await?
        }
        MemberCommand::SetEmail { on, address } => {
            super::set_email(&desk, on.on.options(language), address, out, err).await?
        }
        MemberCommand::Sessions { on, end } => {
            super::sessions(&desk, on.on.options(language), *end, out, err).await?
        }
        MemberCommand::Reissue { member, file, notices, json, .. } => {
            let member = member.as_deref().unwrap_or_default();
            let options = DeskOptions { member, language, json: *json };
            let notices = notices.options(portal.public(), *json)?;
            match file {
                Some(file) => super::reissue_file(&desk, options, file, notices, out, err).await?,
                None => super::reissue(&desk, options, notices, out, err).await?,
            }
        }
        MemberCommand::Delete { on } => super::delete(&desk, on.on.options(language), out, err).await?,
    };
    Ok(Exit::Code(code))
}

impl MemberCommand {
    /// Whether it writes first passwords to standard output.
    pub(in crate::cli) fn hands_notices_to_output(&self) -> bool {
        match self {
            Self::Import { notices, .. } | Self::Revert { notices, .. } | Self::Reissue { notices, .. } => {
                notices.is_output()
            }
            _ => false,
        }
    }
}

/// How to ask before something is written: not where it was answered, or nobody is there who could.
fn asked_on_terminal(answered: bool) -> Option<fn(&str) -> bool> {
    let nobody = answered || !io::stdin().is_terminal() || !io::stderr().is_terminal();
    (!nobody).then_some(super::ask_on_terminal)
}
