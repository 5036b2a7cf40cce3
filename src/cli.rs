//! The command line: nouns, then verbs; data to stdout, words to stderr; exit 0 fine, 1 problems or differences found,
//! 2 could not run.

use std::{
    io::{self, Write},
    path::PathBuf,
    pin::Pin,
    process::ExitCode,
};

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::{
    domain::{saying::said, tenant::Language},
    settings::Settings,
};

pub mod audit;
pub mod backup;
pub mod clock;
pub mod colour;
pub mod config;
pub mod demo;
pub mod doctor;
mod fault;
pub mod finding;
pub mod keys;
mod log;
pub mod mail;
pub mod member;
pub mod migrate;
mod names;
mod operator;
mod output;
pub mod receipt;
pub mod restore;
pub mod serve;
mod signals;
mod spoken;
pub mod sso;
mod supervisor;
pub mod tenant;
pub mod terms;
mod usage;
pub mod verify;

use audit::AuditCommand;
pub use fault::CommandFault;
use keys::command::KeysCommand;
use member::command::MemberCommand;
use output::{QuietStderr, StandardOutput};
pub use spoken::{tell, voice, wording};
use sso::SsoCommand;
use tenant::command::TenantCommand;

/// The name by which standard input and output are meant where a file is asked for.
const STANDARD: &str = "-";

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Exit code 0.
    Fine,
    /// Problems or differences were found.
    Problems,
    /// As another room counts: 0, 1 or 2.
    Code(u8),
}

impl Exit {
    fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Problems => 1,
            Self::Code(code) => code,
        }
    }
}

/// 健康保険組合の加入者ページ / the member portal of health-insurance unions
#[derive(Debug, Parser)]
#[command(name = "kenpo-portal", version, disable_help_subcommand = true)]
struct CommandLine {
    /// 設定ファイル / settings file (portal.toml)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// ことば: ja か en(なければ LANG) / language of this command: ja or en (default: LANG)
    #[arg(long, global = true, value_name = "LANG")]
    lang: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// ためす / try it: sample unions and members on this machine
    Demo(DemoArgs),
    /// 動かす / run the service
    Serve,
    /// データベースの形 / the database's schema
    #[command(subcommand)]
    Migrate(Migrate),
    /// 設定 / the settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// 動かす前の点検: 0 よい、1 直したほうがよい、2 動かない。何も変えない / whether this machine and its settings are fit to serve: 0 all well, 1 something should be otherwise, 2 something does not work; it changes nothing
    Doctor {
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 動いているか / ask the internal port whether the service is ready
    Healthcheck,
    /// この機械の時計と、データベースが知っている時刻: 1 見たほうがよい / this machine's clock against what the database knows of the time; 1 where somebody should look
    Clock(clock::ClockArgs),
    /// 鍵束 / key ring
    #[command(subcommand)]
    Keys(KeysCommand),
    /// 組合のファイル / the unions' files
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// 加入者 / members: the roster, and the union's desk
    #[command(subcommand)]
    Member(MemberCommand),
    /// シングルサインオン / single sign-on to the unions' services
    #[command(subcommand)]
    Sso(SsoCommand),
    /// 利用規約 / the terms of use
    #[command(subcommand)]
    Terms(TermsCommand),
    /// メール / letters on their way
    #[command(subcommand)]
    Mail(MailCommand),
    /// シェルの補完 / what a shell completes: bash, zsh, fish, elvish, powershell; to standard output
    Completions {
        /// シェル / the shell
        shell: clap_complete::Shell,
    },
    /// お問い合わせ番号から調べる / what stands behind a receipt number
    Receipt {
        /// 番号 / the number, as it was heard
        number: String,
        /// 記録のファイル、- は標準入力 / the service's log; - for standard input
        #[arg(long, value_name = "FILE")]
        log: Option<PathBuf>,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
        /// 記号-番号とユーザIDも / with the members' numbers and user IDs; asks for --reason
        #[arg(long)]
        members: bool,
        /// 理由 / why: it stands in the trail
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// 記録 / the audit trail
    #[command(subcommand)]
    Audit(AuditCommand),
    /// バックアップをとる / back up the SQLite database while the service runs, into a new file
    Backup(backup::BackupArgs),
    /// バックアップから戻す / put a backup into an empty place, and end what must not live on
    Restore(restore::RestoreArgs),
    /// データベースが正しいか確かめる / check the store: what must be so after every fault; 1 where something is not
    VerifyStore {
        /// 組合(なければすべて) / the union (default: all)
        #[arg(long, value_name = "ID")]
        tenant: Option<String>,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args, Default)]
struct DemoArgs {
    /// 待ち受け / listen address; loopback only
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: String,
    /// データの置き場 / data folder
    #[arg(long, value_name = "DIR", default_value = ".demo")]
    data: PathBuf,
    /// はじめから / begin anew
    #[arg(long)]
    fresh: bool,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// いまの設定と、どこで決まったか(パスワードは ***) / the settings in force, and where each comes from; passwords as ***
    Show {
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
enum Migrate {
    /// いまの形。0: そろっている、1: migrate up が要る(データベースがまだないときも)、2: データベースにきけない / show; 0 nothing to do, 1 `migrate up` has something to do (also where there is no database yet), 2 the database cannot be asked
    Status {
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 新しくする / bring up to date
    Up {
        /// 書かずに確かめる: 何をするか、古い版のサーバーを止めずにすむか。0: することはない、1: ある / write nothing: what would be run, and which older nodes may go on beside it; 0 nothing to do, 1 something
        #[arg(long)]
        dry_run: bool,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
enum TermsCommand {
    /// 同意の記録を書き出す / write who accepted which version, and when, as JSON lines
    Export {
        /// 組合 / the union
        #[arg(long, value_name = "ID")]
        tenant: String,
        /// この版だけ / only this version (terms.version)
        #[arg(long = "version", value_name = "VERSION")]
        only: Option<String>,
        /// 機械向け(いつも JSON の行) / for machines: it always writes JSON lines
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
enum MailCommand {
    /// ようす / letters of each union: waiting, sent, given up; 1 when letters were given up or wait too long
    Status {
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 試しに送る / send one letter in a union's name at once, and say where it sticks
    Test {
        /// 組合 / the union
        #[arg(long, value_name = "ID")]
        tenant: String,
        /// 宛先 / to whom
        #[arg(long, value_name = "ADDR")]
        to: String,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
}

/// Reads the command line and runs one command.
pub fn run() -> ExitCode {
    // The help in one language takes all sentences; most commands are right, and begin without them.
    let line = CommandLine::try_parse().or_else(|_| {
        let matches = command_line(help_language()).get_matches();
        CommandLine::from_arg_matches(&matches)
    });
    let line = line.unwrap_or_else(|fault| fault.exit());
    let goes_on = line.command.as_ref().is_some_and(Command::goes_on_unread);
    let (mut out, mut err) = (StandardOutput { to: io::stdout().lock(), goes_on }, QuietStderr(io::stderr()));
    let exports = line.command.as_ref().is_some_and(Command::is_export);
    let (spoken, ended) = match language(line.lang.as_deref()) {
        Ok(language) => (language, command(line, language, &mut out, &mut err)),
        Err(fault) => (locale_language(), Err(fault)),
    };
    let ended = ended.and_then(|exit| Ok(out.flush().map(|()| exit)?));
    // Whoever takes the first lines of a list has what they wanted; an export without its end is none.
    let ended = match ended {
        Err(CommandFault::ReaderLeft) if exports => Err(CommandFault::ExportCut),
        ended => ended,
    };
    match ended {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(CommandFault::ReaderLeft) => ExitCode::SUCCESS,
        Err(fault) => {
            let name = colour::Colour::of(&io::stderr()).bad("kenpo-portal:");
            for line in fault.sentence(spoken).lines() {
                let _ = writeln!(err, "{name} {line}");
            }
            ExitCode::from(2)
        }
    }
}

/// The command line with its help in that language.
pub fn command_line(language: Language) -> clap::Command {
    usage::in_one_language(CommandLine::command(), language)
}

/// Runs a command that has nothing but words to tell; for machines its exit code and its words, in English, are data.
fn spoken_or_json(
    json: bool,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
    work: impl FnOnce(Language, &mut dyn Write, &mut dyn Write) -> Result<Exit, CommandFault>,
) -> Result<Exit, CommandFault> {
    if !json {
        return work(language, out, err);
    }
    let (mut told, mut words) = (Vec::new(), Vec::new());
    let exit = work(Language::En, &mut told, &mut words)?;
    told.append(&mut words);
    let said: Vec<&str> = str::from_utf8(&told).unwrap_or_default().lines().collect();
    writeln!(out, "{:#}", serde_json::json!({ "exit": exit.code(), "said": said }))?;
    Ok(exit)
}

/// The language of the help, before anything is parsed: what follows `--lang`, else the locale's.
fn help_language() -> Language {
    let arguments: Vec<String> =
        std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let next_to = arguments.iter().zip(arguments.iter().skip(1)).find(|(name, _)| *name == "--lang");
    let joined = arguments.iter().find_map(|argument| argument.strip_prefix("--lang="));
    let asked = next_to.map(|(_, value)| value.as_str()).or(joined);
    language(asked).unwrap_or_else(|_| locale_language())
}

/// The language of `--lang`, as `ja` or as a locale (`ja_JP.UTF-8`); without it the locale's (D22).
fn language(asked: Option<&str>) -> Result<Language, CommandFault> {
    let Some(asked) = asked else { return Ok(locale_language()) };
    let tag = asked.split(['_', '-', '.', '@']).next().unwrap_or_default();
    Language::parse(&tag.to_lowercase()).ok_or_else(|| CommandFault::Language(asked.to_owned()))
}

/// Japanese for a Japanese locale, else English (D22).
fn locale_language() -> Language {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    match locale {
        Some(tag) if tag.starts_with("ja") => Language::Ja,
        _ => Language::En,
    }
}

fn command(
    line: CommandLine,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let command = match line.command {
        Some(command) => command,
        None if cfg!(debug_assertions) => Command::Demo(DemoArgs {
            listen: "127.0.0.1:8080".to_owned(),
            data: PathBuf::from(".demo"),
            fresh: false,
        }),
        None => {
            write!(out, "{}", command_line(language).render_help())?;
            return Ok(Exit::Fine);
        }
    };
    // What a shell completes is the same whatever is set.
    if let Command::Completions { shell } = &command {
        let mut script = Vec::new();
        clap_complete::generate(*shell, &mut command_line(language), env!("CARGO_PKG_NAME"), &mut script);
        out.write_all(&script)?;
        return Ok(Exit::Fine);
    }
    // What is wrong with the settings is one of the things it looks for.
    if let Command::Doctor { json } = command {
        let read = Settings::read(line.config.as_deref());
        return wait_for(doctor::run(read, json, language, out));
    }
    let settings = Settings::read(line.config.as_deref())?;
    if !matches!(command, Command::Serve) {
        announce(&command, &settings, language, err);
    }
    match command {
        Command::Demo(args) => {
            log::plainly("warn");
            let listen = args.listen.parse().map_err(|_| CommandFault::NotAnAddress(args.listen.clone()))?;
            let options = demo::Options { listen, data: args.data, fresh: args.fresh };
            wait_for(demo::run(options, settings, language, err))
        }
        Command::Serve => {
            log::as_json(&settings.log);
            wait_for(serve::serve(settings))
        }
        Command::Completions { .. } | Command::Doctor { .. } => Ok(Exit::Fine),
        Command::Config(ConfigCommand::Show { json }) => config::show(&settings, json, language, out),
        Command::Healthcheck => wait_for(serve::healthcheck(&settings, err)),
        Command::Clock(args) => wait_for(clock::run(&settings, &args, language, out)),
        Command::Migrate(Migrate::Status { json }) => {
            wait_for(migrate::status(&settings, json, language, out, err))
        }
        Command::Migrate(Migrate::Up { dry_run: true, json }) => {
            wait_for(migrate::dry_run(&settings, json, language, out, err))
        }
        Command::Migrate(Migrate::Up { dry_run: false, json }) => {
            spoken_or_json(json, language, out, err, |language, _, err| {
                wait_for(migrate::up(&settings, language, err))
            })
        }
        Command::Keys(command) => keys::command::run(&settings, command, language, out, err),
        Command::Member(command) => {
            log::plainly("warn");
            wait_for(member::command::run(&settings, command, language, out, err))
        }
        Command::Sso(command) => {
            log::plainly("warn");
            let asked = line.lang.is_some().then_some(language);
            wait_for(sso::run(&settings, command, (language, asked), out, err))
        }
        // Its lines are for machines in any case.
        Command::Terms(TermsCommand::Export { tenant, only, json: _ }) => {
            wait_for(terms::export(&settings, &tenant, only.as_deref(), language, out, err))
        }
        Command::Mail(MailCommand::Status { json }) => {
            wait_for(mail::status(&settings, json, language, out, err))
        }
        Command::Mail(MailCommand::Test { tenant, to, json }) => {
            spoken_or_json(json, language, out, err, |language, out, err| {
                wait_for(mail::test(&settings, &tenant, &to, language, out, err))
            })
        }
        Command::Audit(command) => wait_for(audit::run(&settings, command, language, out, err)),
        Command::Backup(args) => wait_for(backup::run(&settings, &args, language, out, err)),
        Command::Restore(args) => wait_for(restore::run(&settings, &args, language, out, err)),
        Command::VerifyStore { tenant, json } => {
            wait_for(verify::run(&settings, tenant.as_deref(), json, language, out, err))
        }
        Command::Receipt { number, log, json, members, reason } => {
            let (log, reason) = (log.as_deref(), reason.as_deref());
            let asked = receipt::ReceiptOptions { number: &number, log, json, members, reason };
            wait_for(receipt::find(&settings, asked, language, out, err))
        }
        Command::Tenant(command) => {
            let asked = line.lang.is_some().then_some(language);
            tenant::command::run(&settings, command, (language, asked), out, err)
        }
    }
}

/// Says what the command does not understand, and which database it acts on (D38). The service says both in its log.
fn announce(command: &Command, settings: &Settings, language: Language, err: &mut dyn Write) {
    for trouble in &settings.unknown {
        let _ = writeln!(err, "kenpo-portal: {}", tell(language, &fault::settings::trouble(trouble)));
    }
    if command.acts_on_database() {
        let database = serve::shown_database(settings);
        let origin = fault::settings::origin(settings.origin("database.url"));
        let told = tell(language, &said!("command-database", database, origin));
        let _ = writeln!(err, "kenpo-portal: {told}");
    }
}

impl Command {
    /// Whether its output is kept: whoever reads half of it has to know.
    fn is_export(&self) -> bool {
        matches!(
            self,
            Self::Terms(_) | Self::Audit(AuditCommand::Export { .. } | AuditCommand::Members { .. })
        )
    }

    /// Whether it goes on to its exit code when nobody reads what it says: not where it only hands data on, which ends with
    /// its reader, or where what is not read is lost.
    fn goes_on_unread(&self) -> bool {
        match self {
            Self::Completions { .. } => false,
            Self::Member(command) => !command.hands_notices_to_output(),
            command => !command.is_export(),
        }
    }

    /// Whether it opens the database of the settings.
    fn acts_on_database(&self) -> bool {
        match self {
            Self::Serve
            | Self::Clock(_)
            | Self::Migrate(_)
            | Self::Keys(
                KeysCommand::Adopt { .. }
                | KeysCommand::Rotate { .. }
                | KeysCommand::Status { .. }
                | KeysCommand::Remove { .. },
            )
            | Self::Member(_)
            | Self::Sso(_)
            | Self::Terms(_)
            | Self::Mail(MailCommand::Status { .. })
            | Self::Audit(_)
            | Self::Backup(_)
            | Self::Restore(_)
            | Self::VerifyStore { .. }
            | Self::Receipt { .. }
            | Self::Tenant(
                TenantCommand::Check { db: true, .. }
                | TenantCommand::Diff { .. }
                | TenantCommand::Close(_)
                | TenantCommand::Export(_)
                | TenantCommand::Purge(_),
            ) => true,
            // The demo has a database of its own, in its folder.
            Self::Demo(_)
            | Self::Healthcheck
            | Self::Config(_)
            | Self::Doctor { .. }
            | Self::Completions { .. }
            | Self::Keys(KeysCommand::New { .. })
            | Self::Mail(MailCommand::Test { .. })
            | Self::Tenant(
                TenantCommand::Check { db: false, .. }
                | TenantCommand::Keys { .. }
                | TenantCommand::List { .. }
                | TenantCommand::New(_)
                | TenantCommand::Guide(_)
                | TenantCommand::Preview(_)
                | TenantCommand::Reload { .. }
                | TenantCommand::Schema { .. }
                | TenantCommand::Show { .. },
            ) => false,
        }
    }
}

/// Does a command's work. It is boxed: tokio compiles what it is given once for each of its schedulers, and all commands
/// together are a tenth of the program.
fn wait_for<T>(work: impl Future<Output = Result<T, CommandFault>>) -> Result<T, CommandFault> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let work: Pin<Box<dyn Future<Output = _> + '_>> = Box::pin(work);
    runtime.map_err(|fault| CommandFault::Broken(fault.to_string().into()))?.block_on(work)
}
