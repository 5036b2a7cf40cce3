//! Kinds of accounts, and the three doors at which a stranger asks about them.

use std::net::{Ipv4Addr, SocketAddr};

use jiff::{SignedDuration, Timestamp, civil::date};
use kenpo_portal::world::{Clock as _, SystemClock};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};

use crate::{
    ACCOUNTS, client,
    client::Connection,
    members::{self, HEADER, TEMPORARY},
    service::Service,
};

/// Whoever is on no roster.
pub const NOBODY: &str = "nobody";
/// The same, after five wrong passwords.
const NOBODY_PAUSED: &str = "nobody, paused";

/// Members by what is kept of them. Each name is also what their user IDs begin with, but for its spaces.
const MEMBERS: [&str; 13] = [
    "app",
    "passkey",
    "mail code",
    "never signed in",
    "first password over",
    "no credential",
    "no factor for too long",
    "hash damaged",
    "locked",
    "ended",
    "paused",
    "off",
    "no address",
];
/// Kinds who have a password of their own.
const OWN_PASSWORD: [&str; 8] =
    ["app", "passkey", "mail code", "no factor for too long", "locked", "ended", "paused", "off"];

/// Who asks for a user ID with what.
const ASKERS: [&str; 7] = [
    NOBODY,
    "both fit",
    "both fit, locked",
    "both fit, ended",
    "both fit, never signed in",
    "only the date fits",
    "only the address fits",
];

/// Where one can ask about somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// A wrong password.
    SignIn,
    /// A forgotten password.
    Recovery,
    /// A forgotten user ID.
    UserId,
}

impl Door {
    /// Every door.
    pub const ALL: [Self; 3] = [Self::SignIn, Self::Recovery, Self::UserId];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::SignIn => "signin",
            Self::Recovery => "recovery",
            Self::UserId => "user-id",
        }
    }

    /// The status of its answers, whoever is asked about.
    pub fn status(self) -> u16 {
        match self {
            Self::SignIn => 422,
            Self::Recovery => 303,
            Self::UserId => 200,
        }
    }

    /// Who can be asked about.
    pub fn kinds(self) -> Vec<&'static str> {
        match self {
            Self::UserId => ASKERS.to_vec(),
            Self::SignIn | Self::Recovery => [&[NOBODY, NOBODY_PAUSED][..], &MEMBERS].concat(),
        }
    }
}

fn login(kind: &str, account: usize) -> String {
    format!("{}-{account:03}", kind.replace([' ', ','], ""))
}

fn address(kind: &str, account: usize) -> String {
    format!("{}@example.jp", login(kind, account))
}

/// A birth date of its own for each account.
fn birth_date(kind: &str, account: usize) -> String {
    let of_kind = MEMBERS.iter().position(|name| *name == kind).unwrap_or(MEMBERS.len());
    let days = i64::try_from(of_kind * ACCOUNTS + account).unwrap();
    let born = date(1950, 1, 1).saturating_add(SignedDuration::from_hours(24 * days));
    born.to_string().replace('-', "")
}

fn roster() -> String {
    let accounts = MEMBERS.iter().flat_map(|kind| (0..ACCOUNTS).map(move |account| (*kind, account)));
    let rows = (1..).zip(accounts).map(|(number, (kind, account))| {
        let address = if kind == "no address" { String::new() } else { address(kind, account) };
        let (born, login) = (birth_date(kind, account), login(kind, account));
        format!("15,{number},,{born},見本 太郎,ミホン タロウ,{login},{TEMPORARY},{address}\n")
    });
    let first = members::login(0);
    let first = format!("16,1,,1979-08-22,見本 太郎,ミホン タロウ,{first},{TEMPORARY},first@example.jp\n");
    std::iter::once(HEADER.to_owned()).chain(rows).chain([first]).collect()
}

/// The database, past every rule of the store.
enum Behind {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Behind {
    async fn run(&mut self, statement: String) {
        match self {
            Self::Sqlite(connection) => drop(connection.execute(AssertSqlSafe(statement)).await.unwrap()),
            Self::Postgres(connection) => drop(connection.execute(AssertSqlSafe(statement)).await.unwrap()),
        }
    }

    /// What differs between the two.
    fn of<'w>(&self, sqlite: &'w str, postgres: &'w str) -> &'w str {
        if matches!(self, Self::Sqlite(_)) { sqlite } else { postgres }
    }

    fn time(&self, at: Timestamp) -> String {
        match self {
            Self::Sqlite(_) => at.as_microsecond().to_string(),
            Self::Postgres(_) => format!("TIMESTAMPTZ '{at}'"),
        }
    }
}

/// The service, its members, and who asks.
pub struct World {
    service: Service,
    behind: Behind,
    network: u32,
}

impl World {
    /// A union with members of every kind.
    pub async fn open(server: Option<&str>) -> Self {
        let service = Service::start(server, &roster(), &[("PORTAL_PROXY__TRUSTED", "127.0.0.1")]).await;
        let behind = if server.is_some() {
            Behind::Postgres(PgConnection::connect(&service.url).await.unwrap())
        } else {
            Behind::Sqlite(SqliteConnection::connect(&service.url).await.unwrap())
        };
        let mut world = Self { service, behind, network: 0 };
        members::first_logins(world.address(), 1).await;
        world.make_kinds().await;
        world.count_tries().await;
        world
    }

    /// Where the service listens.
    pub fn address(&self) -> SocketAddr {
        self.service.address
    }

    /// Ends it.
    pub async fn close(self) {
        drop(self.behind);
        self.service.stop().await;
    }

    /// Copies what the one member has, who has walked through first login, to all who should have it.
    async fn make_kinds(&mut self) {
        let id = self.behind.of("randomblob(16)", "gen_random_uuid()");
        let bytes = self.behind.of("randomblob(300)", "decode(repeat(md5(random()::text), 20), 'hex')");
        let short = self.behind.of("randomblob(32)", "decode(repeat(md5(random()::text), 2), 'hex')");
        let (no, yes) = (self.behind.of("0", "FALSE"), self.behind.of("1", "TRUE"));
        let long_ago = self.behind.time(SystemClock.now() - SignedDuration::from_hours(24 * 60));
        let of = |kind: &str| format!("login LIKE '{}-%'", kind.replace(' ', ""));
        let whose = |kind: &str| format!("member IN (SELECT id FROM member WHERE {})", of(kind));
        let first = format!("(SELECT id FROM member WHERE login = '{}')", members::login(0));
        let mut statements = Vec::new();
        for kind in OWN_PASSWORD {
            statements.push(format!("DELETE FROM first_credential WHERE {}", whose(kind)));
            statements.push(format!(
                "INSERT INTO password (tenant, member, hash, set_at)
                 SELECT m.tenant, m.id, p.hash, p.set_at FROM password AS p, member AS m
                  WHERE p.member = {first} AND m.{}",
                of(kind)
            ));
        }
        for kind in ["app", "locked", "ended", "paused", "off"] {
            statements.push(format!(
                "INSERT INTO totp (tenant, id, member, name, name_key, secret, last_step, created_at)
                 SELECT m.tenant, {id}, m.id, t.name, t.name_key, t.secret, t.last_step, t.created_at
                   FROM totp AS t, member AS m WHERE t.member = {first} AND m.{}",
                of(kind)
            ));
        }
        statements.extend([
            format!(
                "INSERT INTO passkey (tenant, id, member, credential_id, rp_id, name, name_key, credential, sign_count,
                                      backup_eligible, backed_up, created_at, used_at)
                 SELECT tenant, {id}, id, {short}, 'hinatakenpo.portal.example.jp', 'phone', 'phone', {bytes}, 0, {yes},
                        {no}, imported_at, imported_at FROM member WHERE {}",
                of("passkey")
            ),
            format!("UPDATE member SET mail_code_at = imported_at WHERE {}", of("mail code")),
            format!("UPDATE member SET locked_at = imported_at WHERE {}", of("locked")),
            format!("UPDATE member SET lost_on = '2026-01-31', ended_at = imported_at WHERE {}", of("ended")),
            format!(
                "UPDATE first_credential SET expires_at = {long_ago} WHERE {}",
                whose("first password over")
            ),
            format!("DELETE FROM first_credential WHERE {}", whose("no credential")),
            format!("DELETE FROM first_credential WHERE {}", whose("hash damaged")),
            format!(
                "INSERT INTO password (tenant, member, hash, set_at)
                 SELECT tenant, id, 'of no form', imported_at FROM member WHERE {}",
                of("hash damaged")
            ),
            format!("UPDATE password SET set_at = {long_ago} WHERE {}", whose("no factor for too long")),
        ]);
        for statement in statements {
            self.behind.run(statement).await;
        }
    }

    /// Wrong passwords until «off» is off, and until there is a pause for whom there should be one.
    async fn count_tries(&mut self) {
        let mut connection = Connection::open(self.address()).await;
        self.behind.run("DELETE FROM guard".to_owned()).await;
        for (kind, tries) in [("off", 1), ("paused", 5), (NOBODY_PAUSED, 5)] {
            for account in 0..ACCOUNTS {
                for _ in 0..tries {
                    let request = self.ask(Door::SignIn, kind, account);
                    assert_eq!(connection.exchange(&request).await.status, 422);
                }
            }
            if kind == "off" {
                self.behind.run("UPDATE guard SET total = 50".to_owned()).await;
            }
        }
        self.behind.run("CREATE TABLE guard_before AS SELECT * FROM guard".to_owned()).await;
    }

    /// Forgets what was asked and tried, but for what «paused» and «off» are made of: pauses begin anew.
    pub async fn put_back(&mut self) {
        let end = self.behind.time(SystemClock.now() + SignedDuration::from_mins(1));
        for statement in [
            "DELETE FROM guard".to_owned(),
            "DELETE FROM one_time".to_owned(),
            "DELETE FROM outbox".to_owned(),
            format!("UPDATE guard_before SET not_before = {end} WHERE fails >= 5"),
            "INSERT INTO guard SELECT * FROM guard_before".to_owned(),
        ] {
            self.behind.run(statement).await;
        }
    }

    /// The request of a stranger from a network where nobody has asked before.
    pub fn ask(&mut self, door: Door, kind: &str, account: usize) -> Vec<u8> {
        let request = match door {
            Door::SignIn => client::post(
                "/signin",
                "",
                &[("username", &login(kind, account)), ("password", "Wrong-pa55word!")],
            ),
            Door::Recovery => client::post("/recovery/password", "", &[("user_id", &login(kind, account))]),
            Door::UserId => {
                let (of_date, of_address) = match kind {
                    "both fit" => ("app", "app"),
                    "both fit, locked" => ("locked", "locked"),
                    "both fit, ended" => ("ended", "ended"),
                    "both fit, never signed in" => ("never signed in", "never signed in"),
                    "only the date fits" => ("paused", NOBODY),
                    "only the address fits" => (NOBODY, "off"),
                    _ => (NOBODY, NOBODY),
                };
                let (born, email) = (birth_date(of_date, account), address(of_address, account));
                client::post("/recovery/user-id", "", &[("birthdate", &born), ("email", &email)])
            }
        };
        self.network += 1;
        let from = Ipv4Addr::from(0x0a00_0000 | (self.network << 8) | 1);
        let end = request.windows(2).position(|bytes| bytes == b"\r\n").unwrap() + 2;
        [&request[..end], format!("X-Forwarded-For: {from}\r\n").as_bytes(), &request[end..]].concat()
    }
}
