//! `tenant …`: the command line's own part, and which work each command is.

use std::io::Write;

use clap::Subcommand;

use super::{
    Context, check,
    closing::{self, CloseArgs, ExportArgs, LeavingCommand, PurgeArgs},
    context_of, diff,
    guide::{self, GuideArgs},
    keys::reference,
    list,
    new::{NewArgs, new},
    preview::{self, PreviewArgs},
    reload,
    schema::{SchemaOf, schema},
    show::show,
};
use crate::{
    cli::{CommandFault, Exit, serve, wait_for},
    domain::tenant::Language,
    settings::Settings,
    tenants::{AcceptedTerms, VersionBefore},
};

/// `tenant …`
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// 確かめる / check the files: every finding with file, line, reason, fix
    Check {
        /// 組合 / only these unions
        ids: Vec<String>,
        /// データベースとも照らす / hold them against the database too (database.url); nothing is written
        #[arg(long)]
        db: bool,
        /// 注意も不合格に / warnings count as errors
        #[arg(long)]
        strict: bool,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 一覧 / list the unions
    List {
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 値と出どころ / show a union's values, and where each comes from; 1 when it has an error
    Show {
        /// 組合 / the union
        id: String,
        /// この項目だけ / only these keys or tables: password, contact.phone
        #[arg(value_name = "KEY")]
        keys: Vec<String>,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 動いているサービスとくらべる / compare the folder with what the running service serves; 1 when they differ
    Diff {
        /// 組合 / only these unions
        ids: Vec<String>,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 動いているサービスに読みなおさせる / have the running service read the files again, and say what came of it
    Reload {
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 組合が確かめるための見本 / every page in every state and every letter, in the union's colours and words, for the union to look at: from its file alone, with made-up people; on this machine, or as files
    Preview(PreviewArgs),
    /// 印刷する手引き / the union's guide for its members, to be printed on A4: in its own order, with its methods and rules; in the language of --lang, else in the union's own
    Guide(GuideArgs),
    /// 新しい組合 / the files of a new union: a draft, in which TODO marks what is to be filled in
    New(NewArgs),
    /// 項目の一覧 / every key of a union's file: what it is for, what it may hold, what is in force without it
    Keys {
        /// この項目だけ / only these keys or tables: password, contact.phone
        #[arg(value_name = "KEY")]
        keys: Vec<String>,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// エディターのためのスキーマ / the JSON Schema of a union's file, for editors; its explanations are Japanese
    Schema {
        /// 共通の初期値 _defaults.toml のスキーマ / that of _defaults.toml
        #[arg(long)]
        defaults: bool,
    },
    /// 組合を閉じる / close a union at the end of a day, or take that back
    Close(CloseArgs),
    /// 組合のデータをフォルダーに書き出す / write a union's data into a folder: members, credentials' existence, consents, trail
    Export(ExportArgs),
    /// 閉じた組合のデータを消す(表の所有者のアドレスで実行) / erase the data of a union that has closed; run it with the database address of the tables' owner
    Purge(PurgeArgs),
}

/// Does what the command says, in that language; the second one is what `--lang` asks for, where it does.
pub(in crate::cli) fn run(
    settings: &Settings,
    command: TenantCommand,
    (language, asked): (Language, Option<Language>),
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    match command {
        TenantCommand::Check { ids, db, strict, json } => {
            let (known, accepted, before) = if db { wait_for(known(settings))? } else { Default::default() };
            let context = Context {
                kept: db.then_some(&known.kept),
                members: &known.members,
                served: &known.served,
                erased: &known.erased,
                issuers: &known.issuers,
                defaults: known.defaults.as_deref(),
                accepted: &accepted,
                before: &before,
                ..context_of(settings, json, language)
            };
            Ok(Exit::Code(check(&settings.tenants.dir, &ids, strict, context, out, err)?))
        }
        TenantCommand::Close(close) => {
            wait_for(closing::run(settings, &LeavingCommand::Close(close), language, out, err))
        }
        TenantCommand::Export(export) => {
            wait_for(closing::run(settings, &LeavingCommand::Export(export), language, out, err))
        }
        TenantCommand::Purge(purge) => {
            wait_for(closing::run(settings, &LeavingCommand::Purge(purge), language, out, err))
        }
        TenantCommand::New(args) => {
            let context = context_of(settings, args.json, language);
            Ok(Exit::Code(new(&settings.tenants.dir, &args, context, out, err)?))
        }
        TenantCommand::Keys { keys, json } => Ok(Exit::Code(reference(&keys, json, language, out, err)?)),
        TenantCommand::Schema { defaults } => {
            let of = if defaults { SchemaOf::Defaults } else { SchemaOf::Union };
            writeln!(out, "{:#}", schema(of))?;
            Ok(Exit::Fine)
        }
        TenantCommand::Preview(args) => {
            preview::run(settings, &args, context_of(settings, false, language), out, err)
        }
        TenantCommand::Guide(args) => {
            guide::run(settings, &args, asked, context_of(settings, false, language), out, err)
        }
        TenantCommand::Show { id, keys, json } => {
            let context = context_of(settings, json, language);
            Ok(Exit::Code(show(&settings.tenants.dir, &id, &keys, context, out, err)?))
        }
        TenantCommand::Diff { ids, json } => wait_for(diff::run(settings, &ids, json, language, out, err)),
        TenantCommand::Reload { json } => wait_for(reload::run(settings, json, language, out, err)),
        TenantCommand::List { json } => {
            let context = context_of(settings, json, language);
            Ok(Exit::Code(list(&settings.tenants.dir, context, out, err)?))
        }
    }
}

/// What `tenant check --db` asks the database.
async fn known(
    settings: &Settings,
) -> Result<(serve::DatabaseFacts, Vec<AcceptedTerms>, Vec<VersionBefore>), CommandFault> {
    let store = serve::open_to_read(&settings.database.url).await?;
    let compared = serve::compare_keys(&store, settings).await;
    let (known, accepted) = (serve::known(&store).await, serve::accepted(&store).await);
    let before = serve::before(&store).await;
    store.close().await;
    compared?;
    Ok((known?, accepted?, before?))
}
