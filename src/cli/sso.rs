//! `sso …`: by what a union signs for its services, and by what they show that they are themselves; what they called members
//! before in `subjects`, what is missing in `check`, how their companies connect them in `vendor`, and which are to be told
//! that a session has ended in `logouts`.

mod logouts;

use std::{io::Write, path::PathBuf, sync::Arc};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

pub use logouts::SsoLogoutsCommand;
use vendor::SsoVendorArgs;

use super::{CommandFault, Exit, operator, serve, tell, tenant::write_table, voice};
use crate::{
    domain::{
        audit::doing::{Doing, Reason},
        saying::said,
        sso::key::SigningState,
        tenant::{Language, Tenant, TenantSlug},
    },
    portal::{
        Portal,
        sso::keys::{ListedKey, SECRETS},
    },
    settings::Settings,
    store::sso::{SecretRow, SsoKeyRow},
    vault::signing::SigningKey,
    world::plain_file,
};

mod check;
mod subjects;
mod vendor;

/// `sso …`
#[derive(Debug, Subcommand)]
pub enum SsoCommand {
    /// 署名の鍵 / the keys by which a union signs for its services
    #[command(subcommand)]
    Keys(SsoKeysCommand),
    /// サービスの秘密 / the secrets by which services show that they are themselves
    #[command(subcommand)]
    Secret(SsoSecretCommand),
    /// サービスの会社へ渡す資料 / the page for a service's company, to be printed on A4: addresses, scopes, what there is not, settings of three libraries; in the language of --lang, else in the union's own
    Vendor(SsoVendorArgs),
    /// ほかのシステムの識別子 / what members were called by services before
    #[command(subcommand)]
    Subjects(SsoSubjectsCommand),
    /// 足りないもの / what is missing before each service works
    Check {
        /// 組合 / the union
        #[arg(long, value_name = "ID")]
        tenant: String,
        /// ログアウトを伝える先につながるか試す / try whether the services can be told that a session has ended
        #[arg(long)]
        probe: bool,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// サービスへのログアウトの知らせ / services that are to be told that a session has ended
    #[command(subcommand)]
    Logouts(SsoLogoutsCommand),
}

/// `sso keys …`
#[derive(Debug, Subcommand)]
pub enum SsoKeysCommand {
    /// 一覧 / each key: what it is for, what it does, since when
    Show {
        /// 組合 / the union
        #[arg(long, value_name = "ID")]
        tenant: String,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 新しい ES256 の鍵 / bring a new key of ES256: published now, it signs in a day
    Rotate {
        /// Which union, and why.
        #[command(flatten)]
        of: SsoDeedArgs,
        /// すぐに替え、前の鍵を取り下げる(鍵がもれたとき) / it signs at once, and the keys before are withdrawn: when a key has leaked
        #[arg(long)]
        now: bool,
    },
    /// RS256 の鍵をファイルから / bring an RSA key of 2048 bits or more for RS256 (PEM, PKCS#8)
    Import {
        /// Which union, and why.
        #[command(flatten)]
        of: SsoDeedArgs,
        /// ファイル / the file
        file: PathBuf,
        /// すぐに替え、前の鍵を取り下げる(鍵がもれたとき) / it signs at once, and the keys before are withdrawn: when a key has leaked
        #[arg(long)]
        now: bool,
    },
}

/// `sso secret …`
#[derive(Debug, Subcommand)]
pub enum SsoSecretCommand {
    /// 作って1度だけ見せる / make one and show it, this once; two are good at a time
    New {
        /// Which union, and why.
        #[command(flatten)]
        of: SsoDeedArgs,
        /// サービスの名前 / the service's name in the union's file
        #[arg(long, value_name = "CLIENT")]
        client: String,
    },
    /// 一覧(中身は見せません) / which there are; never what they are
    List {
        /// 組合 / the union
        #[arg(long, value_name = "ID")]
        tenant: String,
        /// 機械向け / for machines
        #[arg(long)]
        json: bool,
    },
    /// 使えなくする / drop one: nobody is the service by it any more
    Drop {
        /// Which union, and why.
        #[command(flatten)]
        of: SsoDeedArgs,
        /// サービスの名前 / the service's name in the union's file
        #[arg(long, value_name = "CLIENT")]
        client: String,
        /// 番号(sso secret list) / its number, as sso secret list tells it
        #[arg(long, value_name = "N")]
        number: u32,
    },
}

/// `sso subjects …`
#[derive(Debug, Subcommand)]
pub enum SsoSubjectsCommand {
    /// CSVから取り込む / bring them from a CSV file: all of them, or nothing
    Import {
        /// Which union, and why.
        #[command(flatten)]
        of: SsoDeedArgs,
        /// セクター(組合のファイルの sector。なければサービスの id) / the services' sector in the union's file, else a service's id
        #[arg(long, value_name = "SECTOR")]
        sector: String,
        /// 確かめるだけ / only say what would be done
        #[arg(long)]
        dry_run: bool,
        /// ファイル(- は標準入力) / the file; - is the standard input
        file: PathBuf,
    },
}

/// What the commands that change something are told alike.
#[derive(Debug, Args)]
pub struct SsoDeedArgs {
    /// 組合 / the union
    #[arg(long, value_name = "ID")]
    pub tenant: String,
    /// 理由(必ず) / why, always asked for: it stands in the trail
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// 機械向け / for machines
    #[arg(long)]
    pub json: bool,
}

impl SsoDeedArgs {
    fn why(&self) -> Result<Option<Reason>, CommandFault> {
        Ok(Some(operator::reason(self.reason.as_deref())?))
    }
}

/// Bytes of the largest file that is read as a key.
const LARGEST_KEY: u64 = 64 * 1024;

/// Does what the command says.
pub(super) async fn run(
    settings: &Settings,
    command: SsoCommand,
    (language, asked): (Language, Option<Language>),
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    // What is wrong with what was typed is told before anything is opened.
    let doing = match &command {
        SsoCommand::Keys(SsoKeysCommand::Rotate { of, .. }) => {
            Some(operator::of_the_agency("sso keys rotate", of.why()?))
        }
        SsoCommand::Keys(SsoKeysCommand::Import { of, .. }) => {
            Some(operator::of_the_agency("sso keys import", of.why()?))
        }
        SsoCommand::Secret(SsoSecretCommand::New { of, .. }) => {
            Some(operator::of_the_agency("sso secret new", of.why()?))
        }
        SsoCommand::Secret(SsoSecretCommand::Drop { of, .. }) => {
            Some(operator::of_the_agency("sso secret drop", of.why()?))
        }
        SsoCommand::Subjects(SsoSubjectsCommand::Import { of, .. }) => {
            Some(operator::of_the_agency("sso subjects import", of.why()?))
        }
        SsoCommand::Logouts(SsoLogoutsCommand::Again { of, .. }) => {
            Some(operator::of_the_agency("sso logouts again", of.why()?))
        }
        SsoCommand::Keys(SsoKeysCommand::Show { .. })
        | SsoCommand::Secret(SsoSecretCommand::List { .. })
        | SsoCommand::Logouts(SsoLogoutsCommand::List { .. })
        | SsoCommand::Check { .. }
        | SsoCommand::Vendor(_) => None,
    };
    let outbound = match &command {
        SsoCommand::Check { probe: true, .. } => Some(serve::services(settings)?),
        _ => None,
    };
    let (portal, tenant) = open(settings, command.tenant()).await?;
    let mut at = SsoDesk { portal: &portal, tenant: &tenant, language, out, err };
    let doing = &doing.unwrap_or_else(|| operator::of_the_agency("sso", None));
    let done = match &command {
        SsoCommand::Keys(SsoKeysCommand::Show { json, .. }) => at.keys(*json).await,
        SsoCommand::Keys(SsoKeysCommand::Rotate { of, now }) => at.bring(None, *now, of.json, doing).await,
        SsoCommand::Keys(SsoKeysCommand::Import { of, file, now }) => {
            at.bring(Some(file), *now, of.json, doing).await
        }
        SsoCommand::Secret(SsoSecretCommand::New { of, client }) => {
            at.new_secret(client, of.json, doing).await
        }
        SsoCommand::Secret(SsoSecretCommand::List { json, .. }) => at.secrets(*json).await,
        SsoCommand::Secret(SsoSecretCommand::Drop { of, client, number }) => {
            at.drop_secret((client, *number), of.json, doing).await
        }
        SsoCommand::Vendor(args) => {
            vendor::write(&portal, &tenant, args, (language, asked), (&mut *at.out, &mut *at.err)).await
        }
        SsoCommand::Subjects(SsoSubjectsCommand::Import { of, sector, dry_run, file }) => {
            at.import_subjects((sector, file), (*dry_run, of.json), doing).await
        }
        SsoCommand::Check { json, .. } => at.check(outbound.as_ref(), *json).await,
        SsoCommand::Logouts(command) => at.logouts(command, doing).await,
    };
    portal.store().close().await;
    done
}

impl SsoCommand {
    fn tenant(&self) -> &str {
        match self {
            Self::Logouts(command) => command.tenant(),
            Self::Keys(SsoKeysCommand::Show { tenant, .. })
            | Self::Secret(SsoSecretCommand::List { tenant, .. })
            | Self::Check { tenant, .. } => tenant,
            Self::Keys(SsoKeysCommand::Rotate { of, .. } | SsoKeysCommand::Import { of, .. })
            | Self::Secret(SsoSecretCommand::New { of, .. } | SsoSecretCommand::Drop { of, .. })
            | Self::Subjects(SsoSubjectsCommand::Import { of, .. }) => &of.tenant,
            Self::Vendor(args) => &args.tenant,
        }
    }
}

/// The portal of the settings, and the union of that id.
async fn open(settings: &Settings, id: &str) -> Result<(Portal, Arc<Tenant>), CommandFault> {
    let store = serve::open_migrated(&settings.database.url).await?;
    let known = serve::known(&store).await?.without_passkeys();
    // What `sso check` says of the issuer, it says of the file as it is.
    let known = serve::DatabaseFacts { issuers: Vec::new(), ..known };
    let (loaded, _) = serve::load_or_recall(&store, settings, &known).await?;
    let tenant = TenantSlug::parse(id)
        .and_then(|slug| loaded.tenants.by_slug(&slug))
        .ok_or_else(|| CommandFault::UnknownUnion(id.to_owned()))?;
    let portal = serve::portal(store, &settings.keys.ring, settings, serve::public(settings)).await?;
    Ok((portal, tenant))
}

/// One command at work.
struct SsoDesk<'a> {
    portal: &'a Portal,
    tenant: &'a Tenant,
    language: Language,
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
}

impl SsoDesk<'_> {
    fn json(&mut self, value: &Value) -> Result<Exit, CommandFault> {
        writeln!(self.out, "{value:#}")?;
        Ok(Exit::Fine)
    }

    async fn keys(&mut self, json: bool) -> Result<Exit, CommandFault> {
        let keys = self.portal.sso_keys(&self.tenant.slug).await?;
        if json {
            return self.json(&json!(keys.iter().map(key_as_json).collect::<Vec<_>>()));
        }
        let words = voice(self.language);
        let head = ["kid", "alg", "sso-state", "sso-made", "sso-signs-from"];
        let mut table =
            vec![head.map(|name| if name.starts_with("sso") { words.msg(name) } else { name.to_owned() })];
        table.extend(keys.iter().map(|ListedKey { key, state }| {
            [
                key.kid.clone(),
                key.times.algorithm.as_str().to_owned(),
                words.msg(state_key(*state)),
                super::member::moment(key.created_at),
                super::member::moment(key.times.signs_from),
            ]
        }));
        write_table(&table, self.out)?;
        if keys.is_empty() {
            writeln!(self.err, "{}", tell(self.language, &said!("sso-no-key")))?;
        }
        Ok(Exit::Fine)
    }

    async fn bring(
        &mut self,
        file: Option<&PathBuf>,
        at_once: bool,
        json: bool,
        doing: &Doing,
    ) -> Result<Exit, CommandFault> {
        let rsa = match file {
            Some(file) => {
                let text = plain_file::read_text(file, LARGEST_KEY);
                let text = text.map_err(|fault| CommandFault::File(file.clone(), fault))?;
                let key = SigningKey::of_pem(&text);
                Some(key.map_err(|_| CommandFault::NotAnRsaKey(file.clone()))?)
            }
            None => None,
        };
        let Some(key) = self.portal.bring_sso_key(self.tenant, rsa, at_once, doing).await? else {
            writeln!(self.err, "{}", tell(self.language, &said!("sso-key-meanwhile")))?;
            return Ok(Exit::Problems);
        };
        if json {
            return self.json(&row_as_json(&key));
        }
        let (kid, from) = (key.kid.as_str(), super::member::moment(key.times.signs_from));
        let told = if key.times.signs_from > key.created_at {
            said!("sso-key-later", kid, from)
        } else if at_once {
            said!("sso-key-emergency", kid)
        } else {
            said!("sso-key-first", kid)
        };
        writeln!(self.err, "{}", tell(self.language, &told))?;
        Ok(Exit::Fine)
    }

    async fn new_secret(&mut self, client: &str, json: bool, doing: &Doing) -> Result<Exit, CommandFault> {
        if self.tenant.client(client).is_none() {
            return no_such_client(self.tenant, client, self.language, self.err);
        }
        let Some(secret) = self.portal.make_sso_secret(self.tenant, client, doing).await? else {
            let told = said!("sso-secrets-enough", client, most = SECRETS);
            writeln!(self.err, "{}", tell(self.language, &told))?;
            return Ok(Exit::Problems);
        };
        if json {
            return self.json(&json!({ "client_id": client, "client_secret": secret.expose() }));
        }
        writeln!(self.out, "{}", secret.expose())?;
        writeln!(self.err, "{}", tell(self.language, &said!("sso-secret-made", client)))?;
        Ok(Exit::Fine)
    }

    async fn secrets(&mut self, json: bool) -> Result<Exit, CommandFault> {
        let secrets = self.portal.sso_secrets(self.tenant).await?;
        if json {
            let rows: Vec<Value> = secrets.iter().map(secret_as_json).collect();
            return self.json(&json!(rows));
        }
        let words = voice(self.language);
        let mut table = vec![["client_id".to_owned(), words.msg("sso-number"), words.msg("sso-made")]];
        let moment = super::member::moment;
        table.extend(
            secrets.iter().map(|row| [row.client.clone(), row.place.to_string(), moment(row.created_at)]),
        );
        write_table(&table, self.out)?;
        for (_, client) in self
            .tenant
            .clients()
            .filter(|(_, client)| !secrets.iter().any(|secret| secret.client == client.id))
        {
            let client = client.id.as_str();
            writeln!(self.err, "{}", tell(self.language, &said!("sso-no-secret", client)))?;
        }
        Ok(Exit::Fine)
    }

    async fn drop_secret(
        &mut self,
        (client, number): (&str, u32),
        json: bool,
        doing: &Doing,
    ) -> Result<Exit, CommandFault> {
        let dropped = self.portal.drop_sso_secret(self.tenant, client, number, doing).await?;
        let exit = if dropped { Exit::Fine } else { Exit::Problems };
        if json {
            self.json(&json!({ "client_id": client, "number": number, "dropped": dropped }))?;
            return Ok(exit);
        }
        let told = said!("sso-secret-dropped", client, number, there = u8::from(dropped));
        writeln!(self.err, "{}", tell(self.language, &told))?;
        Ok(exit)
    }
}

/// Says that no service of the union has that name, and which there are.
fn no_such_client(
    tenant: &Tenant,
    client: &str,
    language: Language,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let known: Vec<&str> = tenant.clients().map(|(_, client)| client.id.as_str()).collect();
    let told = said!("sso-no-client", client, count = known.len(), known = known.join(", "));
    writeln!(err, "{}", tell(language, &told))?;
    Ok(Exit::Problems)
}

fn state_key(state: SigningState) -> &'static str {
    match state {
        SigningState::Next => "sso-state-next",
        SigningState::Signs => "sso-state-signs",
        SigningState::Retired => "sso-state-retired",
        SigningState::Gone => "sso-state-gone",
    }
}

fn row_as_json(key: &SsoKeyRow) -> Value {
    json!({
        "kid": key.kid,
        "alg": key.times.algorithm.as_str(),
        "created_at": key.created_at.to_string(),
        "signs_from": key.times.signs_from.to_string(),
    })
}

fn key_as_json(listed: &ListedKey) -> Value {
    let mut row = row_as_json(&listed.key);
    if let Some(row) = row.as_object_mut() {
        row.insert("state".to_owned(), json!(listed.state.word()));
    }
    row
}

fn secret_as_json(secret: &SecretRow) -> Value {
    json!({
        "client_id": secret.client, "number": secret.place, "created_at": secret.created_at.to_string(),
    })
}
