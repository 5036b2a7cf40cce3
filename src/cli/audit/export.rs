//! `audit export`, `audit members`: a trail for reading, and whom somebody looked at or changed (M6).

use std::{collections::BTreeMap, io::Write};

use clap::{Args, ValueEnum};
use jiff::{Timestamp, civil::Date};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    cli::{CommandFault, Exit, member::card_number},
    domain::{
        audit::{Event, chain::TrailRow, doing::Doing},
        member::{EventId, MemberId},
        tenant::TenantSlug,
    },
    portal::desk::{self, DeskRefusal, DeskStop},
    store::{self, Store, StoreResult, audit::TrailFilter},
    world::{Clock as _, SystemClock, SystemRandom, japan, random_bytes},
};

/// Rows that are read at once.
const PAGE: u32 = 1000;

/// Which rows of a trail a command reads.
#[derive(Debug, Args)]
pub(in crate::cli) struct WhichRows {
    /// 組合 / the union
    #[arg(long, value_name = "ID")]
    pub tenant: String,
    /// この日から / from this day in Japan
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub since: Option<Date>,
    /// この日まで / to this day, the day included
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub until: Option<Date>,
    /// した人 / who did it: an account, or a member by user ID, number or id
    #[arg(long, value_name = "WHO")]
    pub doer: Option<String>,
    /// された加入者 / about whom: user ID, number or id
    #[arg(long, value_name = "MEMBER")]
    pub member: Option<String>,
}

/// How a trail is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum TrailFormat {
    /// One JSON object a line.
    Jsonl,
    /// A table for spreadsheets (UTF-8 with a mark at the beginning).
    Csv,
    /// Lines for reading.
    Text,
}

/// Writing a union's trail out.
pub(super) struct TrailExport<'a> {
    pub store: &'a Store,
    pub tenant: &'a TenantSlug,
    /// Who reads the members' numbers; `None` where ids are enough.
    pub doing: Option<&'a Doing>,
}

/// The midnight at which a day begins in Japan.
pub(super) fn midnight(day: Date) -> Result<Timestamp, CommandFault> {
    let midnight = day.to_zoned(japan()).map_err(|fault| CommandFault::Broken(fault.to_string()))?;
    Ok(midnight.timestamp())
}

impl TrailExport<'_> {
    async fn filter(&self, which: &WhichRows) -> Result<TrailFilter, CommandFault> {
        let until =
            which.until.map(|day| day.tomorrow().map_err(|fault| CommandFault::Broken(fault.to_string())));
        let member = match &which.member {
            Some(who) => {
                let found = self.member_id(who).await?;
                Some(found.ok_or_else(|| CommandFault::NoSuchMember(who.clone()))?)
            }
            None => None,
        };
        let actor = match &which.doer {
            // An account of that name goes before a member of that user ID.
            Some(who) if !self.has_acted(who).await? => {
                Some(self.member_id(who).await?.map_or_else(|| who.clone(), |id| id.to_string()))
            }
            named => named.clone(),
        };
        Ok(TrailFilter {
            since: which.since.map(midnight).transpose()?,
            until: until.transpose()?.map(midnight).transpose()?,
            member,
            actor,
        })
    }

    async fn has_acted(&self, actor: &str) -> StoreResult<bool> {
        let mut tx = self.store.tenant(self.tenant).read().await?;
        let filter = TrailFilter { actor: Some(actor.to_owned()), ..TrailFilter::default() };
        Ok(!store::audit::page(&mut tx, &filter, Uuid::nil(), 1).await?.is_empty())
    }

    async fn member_id(&self, who: &str) -> Result<Option<MemberId>, CommandFault> {
        if let Some(id) = MemberId::parse(who) {
            return Ok(Some(id));
        }
        match desk::member_of(self.store, self.tenant, who).await {
            Ok(id) => Ok(Some(id)),
            Err(DeskStop::Refused(DeskRefusal::NoSuchMember)) => Ok(None),
            Err(DeskStop::Refused(_)) => Err(CommandFault::NoSuchMember(who.to_owned())),
            Err(DeskStop::Broken(fault)) => Err(CommandFault::Broken(fault.to_string())),
        }
    }

    /// Writes the rows, oldest first.
    pub async fn write(
        &self,
        which: &WhichRows,
        format: TrailFormat,
        out: &mut dyn Write,
    ) -> Result<Exit, CommandFault> {
        let filter = self.filter(which).await?;
        let mut names = Names::default();
        let mut after = Uuid::nil();
        let mut rows = 0_u64;
        if format == TrailFormat::Csv {
            out.write_all("\u{FEFF}".as_bytes())?;
            out.write_all(&csv_line(&COLUMNS.map(str::to_owned))?)?;
        }
        loop {
            let mut tx = self.store.tenant(self.tenant).read().await?;
            let page = store::audit::page(&mut tx, &filter, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            for row in page {
                rows += 1;
                let (about, by) = match self.doing {
                    Some(_) => (
                        names.of(&mut tx, row.member).await?,
                        names
                            .of(&mut tx, row.actor.as_deref().and_then(|id| Uuid::parse_str(id).ok()))
                            .await?,
                    ),
                    None => Default::default(),
                };
                let line = ExportLine { tenant: self.tenant.as_str(), row: &row, about: &about, by: &by };
                match format {
                    TrailFormat::Jsonl => writeln!(out, "{}", line.as_json(self.doing.is_some()))?,
                    TrailFormat::Csv => out.write_all(&csv_line(&line.cells())?)?,
                    TrailFormat::Text => writeln!(out, "{}", line.as_text())?,
                }
            }
        }
        self.note(rows).await?;
        Ok(Exit::Fine)
    }

    /// Writes each member that the rows are about once: when first, when last, how often, which events.
    pub async fn members(
        &self,
        which: &WhichRows,
        json: bool,
        out: &mut dyn Write,
    ) -> Result<Exit, CommandFault> {
        let filter = self.filter(which).await?;
        let mut seen: BTreeMap<Uuid, Vec<TrailRow>> = BTreeMap::new();
        let mut after = Uuid::nil();
        let mut rows = 0_u64;
        let mut tx = self.store.tenant(self.tenant).read().await?;
        loop {
            let page = store::audit::page(&mut tx, &filter, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            rows += page.len() as u64;
            for row in page {
                if let Some(member) = row.member {
                    seen.entry(member).or_default().push(row);
                }
            }
        }
        let mut names = Names::default();
        for (id, all) in seen {
            let name = names.of(&mut tx, Some(id)).await?;
            let (Some(first), Some(last)) = (all.first(), all.last()) else { continue };
            let mut events: Vec<&str> = all.iter().map(|row| row.event.as_str()).collect();
            events.sort_unstable();
            events.dedup();
            if json {
                let line = json!({
                    "tenant": self.tenant.as_str(), "member": id.to_string(), "number": name.number,
                    "user_id": name.login, "first": first.at.to_string(), "last": last.at.to_string(),
                    "times": all.len(), "events": events,
                });
                writeln!(out, "{line}")?;
            } else {
                let (first, last) = (moment(first.at), moment(last.at));
                let who = name.shown().unwrap_or_else(|| id.to_string());
                writeln!(out, "{who}  {first} – {last}  {}  {}", all.len(), events.join(" "))?;
            }
        }
        drop(tx);
        self.note(rows).await?;
        Ok(Exit::Fine)
    }

    /// Says in the trail that members' numbers were read out of it.
    async fn note(&self, rows: u64) -> Result<(), CommandFault> {
        let Some(doing) = self.doing else { return Ok(()) };
        let now = SystemClock.now();
        let id = EventId::new(now, random_bytes(&SystemRandom)?);
        let mut tx = self.store.tenant(self.tenant).write().await?;
        store::audit::note(&mut tx, id, None, &Event::TrailExported { rows }, doing.clone(), now);
        Ok(tx.commit().await?)
    }
}

/// Number and user ID of a member.
#[derive(Debug, Clone, Default)]
struct MemberName {
    number: String,
    login: String,
}

impl MemberName {
    fn shown(&self) -> Option<String> {
        (!self.number.is_empty()).then(|| format!("{} {}", self.number, self.login))
    }
}

/// The members that were looked up.
#[derive(Debug, Default)]
struct Names(BTreeMap<Uuid, MemberName>);

impl Names {
    /// Nothing where the member is not there (any more).
    async fn of(&mut self, tx: &mut store::Read, id: Option<Uuid>) -> Result<MemberName, CommandFault> {
        let Some(id) = id else { return Ok(MemberName::default()) };
        if let Some(known) = self.0.get(&id) {
            return Ok(known.clone());
        }
        let found = store::member::by_id(tx, MemberId::kept(id)).await?;
        let name = found.map_or_else(MemberName::default, |member| MemberName {
            number: card_number(&member.number),
            login: member.login.as_str().to_owned(),
        });
        self.0.insert(id, name.clone());
        Ok(name)
    }
}

/// The columns of the table. Names and order are an interface.
const COLUMNS: [&str; 16] = [
    "time",
    "event",
    "actor_kind",
    "actor",
    "actor_user_id",
    "member",
    "number",
    "user_id",
    "reason",
    "purpose",
    "gate",
    "net",
    "receipt",
    "detail",
    "tenant",
    "id",
];

/// One row, as it is written out.
struct ExportLine<'a> {
    tenant: &'a str,
    row: &'a TrailRow,
    about: &'a MemberName,
    by: &'a MemberName,
}

impl ExportLine<'_> {
    fn as_json(&self, with_names: bool) -> Value {
        let row = self.row;
        let detail: Value = serde_json::from_str(&row.detail).unwrap_or_default();
        let mut line = json!({
            "id": row.id.to_string(), "at": row.at.to_string(), "tenant": self.tenant, "event": row.event,
            "member": row.member.map(|member| member.to_string()), "detail": detail,
            "actor_kind": row.actor_kind, "actor": row.actor, "reason": row.reason, "purpose": row.purpose,
            "gate": row.gate, "net": row.net, "receipt": row.receipt,
        });
        if let Some(fields) = line.as_object_mut().filter(|_| with_names) {
            fields.insert("number".to_owned(), json!(self.about.number));
            fields.insert("user_id".to_owned(), json!(self.about.login));
            fields.insert("actor_user_id".to_owned(), json!(self.by.login));
        }
        line
    }

    fn cells(&self) -> [String; COLUMNS.len()] {
        let row = self.row;
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        [
            moment(row.at),
            row.event.clone(),
            text(&row.actor_kind),
            text(&row.actor),
            self.by.login.clone(),
            row.member.map(|member| member.to_string()).unwrap_or_default(),
            self.about.number.clone(),
            self.about.login.clone(),
            text(&row.reason),
            text(&row.purpose),
            text(&row.gate),
            text(&row.net),
            text(&row.receipt),
            row.detail.clone(),
            self.tenant.to_owned(),
            row.id.to_string(),
        ]
    }

    /// Time, event, who did it, about whom, and the rest as `name=value`.
    fn as_text(&self) -> String {
        let row = self.row;
        let kind = row.actor_kind.as_deref().unwrap_or("?");
        let by = match (self.by.shown(), &row.actor) {
            (Some(name), _) => format!("{kind}:{name}"),
            (None, Some(actor)) => format!("{kind}:{actor}"),
            (None, None) => kind.to_owned(),
        };
        let about = self.about.shown().or_else(|| row.member.map(|member| member.to_string()));
        let mut line = format!("{}  {}  {by}", moment(row.at), row.event);
        if let Some(about) = about {
            line.extend(["  → ", &about]);
        }
        let rest = [
            ("reason", row.reason.as_deref()),
            ("purpose", row.purpose.as_deref()),
            ("gate", row.gate.as_deref()),
            ("net", row.net.as_deref()),
            ("receipt", row.receipt.as_deref()),
            ("detail", Some(row.detail.as_str()).filter(|detail| *detail != "{}")),
        ];
        for (name, value) in rest {
            if let Some(value) = value {
                line.extend(["  ", name, "=", value]);
            }
        }
        line
    }
}

/// A moment in Japan, to the second.
fn moment(at: Timestamp) -> String {
    at.to_zoned(japan()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// A cell that no spreadsheet calculates (K7).
fn no_formula(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

/// A line of a table in which no cell is a formula (K7).
fn csv_line(cells: &[String]) -> Result<Vec<u8>, CommandFault> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let safe = cells.iter().map(|cell| no_formula(cell));
    writer.write_record(safe).map_err(|fault| CommandFault::Broken(fault.to_string()))?;
    writer.into_inner().map_err(|fault| CommandFault::Broken(fault.to_string()))
}
