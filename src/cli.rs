//! The command line: nouns, then verbs; data to stdout, words to stderr; exit 0 fine, 1 problems or differences found,
//! 2 could not run.

use std::{
    fs::File,
    io::{self, Write},
    os::fd::AsFd as _,
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use tracing_subscriber::fmt::MakeWriter;

use crate::{
    domain::{saying::said, tenant::Language},
    settings::Settings,
    tenants::AcceptedTerms,
    web::receipt as receipt_number,
    world::{Clock as _, SystemClock, today_in_japan},
};

pub mod audit;
pub mod colour;
pub mod demo;
mod fault;
pub mod finding;
pub mod keys;
pub mod mail;
pub mod member;
mod names;
mod operator;
pub mod receipt;
pub mod serve;
mod signals;
mod spoken;
pub mod tenant;
pub mod terms;
mod usage;
pub mod verify;

use audit::AuditCommand;
pub use fault::CommandFault;
use member::command::MemberCommand;
pub use spoken::{tell, voice};
use tenant::closing::{self, CloseArgs, ExportArgs, LeavingCommand, PurgeArgs};

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

/// kenpo-portal: 健康保険組合の加入者ページ / the member portal of health-insurance unions
#[derive(Debug, Parser)]
#[command(name = "kenpo-portal", version, about, disable_help_subcommand = true)]
struct CommandLine {
    /// 設定ファイル / settings file (portal.toml)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// ことば / language of this command: ja, en (LANG)
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
    /// 動いているか / ask the internal port whether the service is ready
    Healthcheck,
    /// 鍵束 / key ring
    #[command(subcommand)]
    Keys(KeysCommand),
    /// 組合のファイル / the unions' files
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// 加入者 / members: the roster, and the union's desk
    #[command(subcommand)]
    Member(MemberCommand),
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
    /// お問い合わせ番号の先 / what stands behind a receipt number
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
    /// データベースの不変条件 / check the store: what must be so after every fault; 1 where something is not
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
enum Migrate {
    /// いまの形 / show
    Status {
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 新しくする / bring up to date
    Up {
        /// 書かずに確かめる: 何が足りないか / write nothing, show what is missing
        #[arg(long)]
        dry_run: bool,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// 新しい鍵束 / make a key ring with mode 0600
    New {
        /// ファイル(なければ設定 keys.ring) / where (default: the setting keys.ring)
        file: Option<PathBuf>,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 前の版からの鍵束と認める / take the ring (keys.ring) for the one this database's passwords were made with
    Adopt {
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 新しい鍵に替える / bring a new key into use while the service runs; goes on where it stopped
    Rotate {
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// ようす / each key: since when, in use or not, what still needs it; 1 while a rotation has not ended
    Status {
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 使わなくなった鍵を消す / remove a key that nothing needs any more
    Remove {
        /// 鍵の番号(ひとつだけなら省略可) / which key (default: the only one that is not in use)
        id: Option<u32>,
        /// 必要とする加入者がいても消す / even though members then need a new password; says how many
        #[arg(long)]
        force: bool,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
enum TenantCommand {
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
    /// 組合を閉じる / close a union at the end of a day, or take that back
    Close(CloseArgs),
    /// 組合のデータを書き出す / write a union's data into a folder: members, credentials' existence, consents, trail
    Export(ExportArgs),
    /// 閉じた組合のデータを消す / erase the data of a union that has closed; run it with the database address of the tables' owner
    Purge(PurgeArgs),
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
    let matches = command_line(help_language()).get_matches();
    let line = CommandLine::from_arg_matches(&matches).unwrap_or_else(|fault| fault.exit());
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

/// Standard output. A command whose exit code is an answer goes on to that answer when nobody reads any more.
struct StandardOutput<W> {
    to: W,
    goes_on: bool,
}

impl<W> StandardOutput<W> {
    fn heard<T>(&self, ended: io::Result<T>, unheard: T) -> io::Result<T> {
        match ended {
            Err(fault) if self.goes_on && fault.kind() == io::ErrorKind::BrokenPipe => Ok(unheard),
            ended => ended,
        }
    }
}

impl<W: Write> Write for StandardOutput<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes);
        self.heard(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.to.flush();
        self.heard(flushed, ())
    }
}

/// Standard error, for words. That nobody reads them stops no work half-way.
struct QuietStderr(io::Stderr);

impl Write for QuietStderr {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.write_all(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.0.flush();
        Ok(())
    }
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
    let settings = Settings::read(line.config.as_deref())?;
    if !matches!(command, Command::Serve) {
        announce(&command, &settings, language, err);
    }
    match command {
        Command::Demo(args) => {
            log_plainly("warn");
            let listen = args.listen.parse().map_err(|_| CommandFault::NotAnAddress(args.listen.clone()))?;
            let options = demo::Options { listen, data: args.data, fresh: args.fresh };
            wait_for(demo::run(options, settings, language, err))
        }
        Command::Serve => {
            log_as_json(&settings.log);
            wait_for(serve::serve(settings))
        }
        Command::Completions { .. } => Ok(Exit::Fine),
        Command::Healthcheck => wait_for(serve::healthcheck(&settings, err)),
        Command::Migrate(Migrate::Status { json } | Migrate::Up { dry_run: true, json }) => {
            wait_for(keys::migrate_status(&settings, json, language, out, err))
        }
        Command::Migrate(Migrate::Up { dry_run: false, json }) => {
            spoken_or_json(json, language, out, err, |language, _, err| {
                wait_for(keys::migrate_up(&settings, language, err))
            })
        }
        Command::Keys(command) => keys_command(&settings, command, language, out, err),
        Command::Member(command) => {
            log_plainly("warn");
            wait_for(member::command::run(&settings, command, language, out, err))
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
        Command::VerifyStore { tenant, json } => {
            wait_for(verify::run(&settings, tenant.as_deref(), json, language, out, err))
        }
        Command::Receipt { number, log, json, members, reason } => {
            let (log, reason) = (log.as_deref(), reason.as_deref());
            let asked = receipt::ReceiptOptions { number: &number, log, json, members, reason };
            wait_for(receipt::find(&settings, asked, language, out, err))
        }
        Command::Tenant(command) => tenant_command(&settings, command, language, out, err),
    }
}

/// The commands about the key ring.
fn keys_command(
    settings: &Settings,
    command: KeysCommand,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    match command {
        KeysCommand::New { file, json } => {
            let file = file.unwrap_or_else(|| settings.keys.ring.clone());
            spoken_or_json(json, language, out, err, |language, _, err| {
                keys::new_ring(&file, settings, language, err)
            })
        }
        KeysCommand::Adopt { json } => spoken_or_json(json, language, out, err, |language, _, err| {
            wait_for(keys::adopt(settings, language, err))
        }),
        KeysCommand::Rotate { json } => spoken_or_json(json, language, out, err, |language, _, err| {
            wait_for(keys::rotation::rotate(settings, language, err))
        }),
        KeysCommand::Status { json } => wait_for(keys::rotation::status(settings, json, language, out, err)),
        KeysCommand::Remove { id, force, json } => {
            spoken_or_json(json, language, out, err, |language, _, err| {
                wait_for(keys::rotation::remove(settings, id, force, language, err))
            })
        }
    }
}

/// The commands about unions.
fn tenant_command(
    settings: &Settings,
    command: TenantCommand,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    match command {
        TenantCommand::Check { ids, db, strict, json } => {
            let (known, accepted) = if db { wait_for(known(settings))? } else { Default::default() };
            let context = tenant::Context {
                kept: db.then_some(&known.kept),
                members: &known.members,
                served: &known.served,
                erased: &known.erased,
                defaults: known.defaults.as_deref(),
                accepted: &accepted,
                ..tenant_context(settings, json, language)
            };
            Ok(Exit::Code(tenant::check(&settings.tenants.dir, &ids, strict, context, out, err)?))
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
        TenantCommand::List { json } => {
            let context = tenant_context(settings, json, language);
            Ok(Exit::Code(tenant::list(&settings.tenants.dir, context, out, err)?))
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
            | Self::Migrate(_)
            | Self::Keys(
                KeysCommand::Adopt { .. }
                | KeysCommand::Rotate { .. }
                | KeysCommand::Status { .. }
                | KeysCommand::Remove { .. },
            )
            | Self::Member(_)
            | Self::Terms(_)
            | Self::Mail(MailCommand::Status { .. })
            | Self::Audit(_)
            | Self::VerifyStore { .. }
            | Self::Receipt { .. }
            | Self::Tenant(
                TenantCommand::Check { db: true, .. }
                | TenantCommand::Close(_)
                | TenantCommand::Export(_)
                | TenantCommand::Purge(_),
            ) => true,
            // The demo has a database of its own, in its folder.
            Self::Demo(_)
            | Self::Healthcheck
            | Self::Completions { .. }
            | Self::Keys(KeysCommand::New { .. })
            | Self::Mail(MailCommand::Test { .. })
            | Self::Tenant(TenantCommand::Check { db: false, .. } | TenantCommand::List { .. }) => false,
        }
    }
}

fn tenant_context(settings: &Settings, json: bool, language: Language) -> tenant::Context<'_> {
    let today = today_in_japan(SystemClock.now());
    tenant::Context {
        json,
        language,
        today,
        base_domains: &settings.hosts.base_domains,
        colour: colour::Colour::of(&io::stdout()),
        kept: None,
        members: &[],
        served: &[],
        erased: &[],
        defaults: None,
        accepted: &[],
    }
}

/// What `tenant check --db` asks the database.
async fn known(settings: &Settings) -> Result<(serve::DatabaseFacts, Vec<AcceptedTerms>), CommandFault> {
    let store = serve::open_to_read(&settings.database.url).await?;
    let compared = serve::compare_keys(&store, settings).await;
    let (known, accepted) = (serve::known(&store).await, serve::accepted(&store).await);
    store.close().await;
    compared?;
    Ok((known?, accepted?))
}

fn wait_for<T>(work: impl Future<Output = Result<T, CommandFault>>) -> Result<T, CommandFault> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|fault| CommandFault::Broken(fault.to_string()))?.block_on(work)
}

/// The level, and the lines that a receipt number leads to, whatever the level (D35).
fn log_filter(level: &str) -> tracing_subscriber::EnvFilter {
    let filter = tracing_subscriber::EnvFilter::try_new(level)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    match format!("{}=info", receipt_number::TARGET).parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    }
}

/// JSON lines to stderr, for the service. `sqlx` says nothing below a warning: its texts hold arguments' places only,
/// but a log is no place for statements.
///
/// Each line is one write to a handle of its own. The standard library's stderr is behind a lock, for which every request
/// waited while another one's line was written.
///
/// A pipe takes up to 4096 bytes whole (`PIPE_BUF`, pipe(7)): no line of a request holds anything whose length a stranger
/// chooses.
fn log_as_json(level: &str) {
    match io::stderr().as_fd().try_clone_to_owned() {
        Ok(handle) => log_as_json_to(File::from(handle), level),
        Err(_) => log_as_json_to(io::stderr, level),
    }
}

fn log_as_json_to<W>(writer: W, level: &str)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        // Every line of a request says which: receipt number, union and route stand in its span.
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(writer)
        .with_env_filter(log_filter(level))
        .try_init();
}

/// Plain lines to stderr, for a person who tries it.
fn log_plainly(level: &str) {
    let _ = tracing_subscriber::fmt()
        .compact()
        .with_ansi(colour::Colour::of(&io::stderr()).is_on())
        .with_writer(io::stderr)
        .with_env_filter(log_filter(level))
        .try_init();
}
