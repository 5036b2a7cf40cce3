//! `audit export`, `audit members`: a trail for reading, and whom somebody looked at or changed (M6).

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
};

use clap::{Args, ValueEnum};
use jiff::{Timestamp, civil::Date};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    cli::{
        CommandFault, Exit,
        member::second,
        names::{MemberName, Names},
        operator::{self, Noted},
        tell,
    },
    domain::{
        audit::{Event, chain::TrailRow, doing::Doing},
        member::MemberId,
        saying::said,
        spreadsheet::without_formula,
        tenant::{Language, TenantSlug},
    },
    portal::desk::{self, DeskRefusal, DeskStop},
    store::{
        self, Store,
        audit::TrailFilter,
        kept::{KeptId, KeptTrailRow},
    },
    world::japan,
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
    /// した人 / who did it: an account (as `root`, or whoever is behind it), or a member by user ID, number or id
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
    /// In which language what is not data is said.
    pub language: Language,
}

/// What the rows say of one member, in sum.
struct MemberRows {
    first: Timestamp,
    last: Timestamp,
    times: u64,
    events: BTreeSet<String>,
}

/// The midnight at which a day begins in Japan.
pub(super) fn midnight(day: Date) -> Result<Timestamp, CommandFault> {
    let midnight = day.to_zoned(japan()).map_err(|fault| CommandFault::Broken(fault.to_string().into()))?;
    Ok(midnight.timestamp())
}

impl TrailExport<'_> {
    /// Which rows are asked for. Where nobody of that name has done anything, `err` is told.
    async fn filter(&self, which: &WhichRows, err: &mut dyn Write) -> Result<TrailFilter, CommandFault> {
        if let (Some(since), Some(until)) = (which.since, which.until)
            && since > until
        {
            return Err(CommandFault::DaysReversed(since, until));
        }
        let until = which
            .until
            .map(|day| day.tomorrow().map_err(|fault| CommandFault::Broken(fault.to_string().into())));
        let member = match &which.member {
            Some(who) => {
                let found = self.member_id(who).await?;
                Some(found.ok_or_else(|| CommandFault::NoSuchMember(who.clone()))?)
            }
            None => None,
        };
        let actors = match &which.doer {
            Some(who) => Some(self.actors(who, err).await?),
            None => None,
        };
        Ok(TrailFilter {
            since: which.since.map(midnight).transpose()?,
            until: until.transpose()?.map(midnight).transpose()?,
            member,
            actors,
        })
    }

    /// Every actor of that name: accounts before a member of that user ID.
    async fn actors(&self, who: &str, err: &mut dyn Write) -> Result<Vec<String>, CommandFault> {
        let mut tx = self.store.tenant(self.tenant).read().await?;
        let all = store::audit::actors(&mut tx).await?;
        drop(tx);
        let called: Vec<String> =
            all.iter().filter(|actor| operator::is_called(actor, who)).cloned().collect();
        if !called.is_empty() {
            return Ok(called);
        }
        if let Some(id) = self.member_id(who).await? {
            return Ok(vec![id.to_string()]);
        }
        let accounts: Vec<&str> =
            all.iter().map(String::as_str).filter(|actor| Uuid::parse_str(actor).is_err()).collect();
        let known = if accounts.is_empty() { "-".to_owned() } else { accounts.join(", ") };
        writeln!(err, "{}", tell(self.language, &said!("audit-no-such-doer", who, known)))?;
        Ok(Vec::new())
    }

    /// Says in the trail that members' numbers are read out of it, about the one member where only one is asked for.
    async fn noted(&self, filter: &TrailFilter, doing: &Doing) -> Result<Noted, CommandFault> {
        operator::noted(self.store, self.tenant, filter.member, &Event::TrailExported, doing.clone()).await
    }

    /// The rows behind `after`, at most [`PAGE`].
    async fn page(
        &self,
        filter: &TrailFilter,
        after: Option<&KeptId>,
    ) -> Result<(store::Read, Vec<KeptTrailRow>), CommandFault> {
        let mut tx = self.store.tenant(self.tenant).read().await?;
        let page = store::audit::page(&mut tx, filter, after, PAGE).await?;
        Ok((tx, page))
    }

    /// Names a row that is in the trail and not in what is written.
    fn unreadable(&self, id: &KeptId, err: &mut dyn Write) -> Result<Exit, CommandFault> {
        let told = said!("trail-row-unreadable", id = id.to_string());
        writeln!(err, "{}: {}", self.tenant, tell(self.language, &told))?;
        Ok(Exit::Problems)
    }

    /// Where no row was found for anything but a doer who is nobody's name.
    fn tell_empty(&self, filter: &TrailFilter, rows: u64, err: &mut dyn Write) -> Result<(), CommandFault> {
        if rows == 0 && filter.actors.as_ref().is_none_or(|actors| !actors.is_empty()) {
            writeln!(err, "{}", tell(self.language, &said!("audit-no-rows")))?;
        }
        Ok(())
    }

    async fn member_id(&self, who: &str) -> Result<Option<MemberId>, CommandFault> {
        if let Some(id) = MemberId::parse(who) {
            return Ok(Some(id));
        }
        match desk::member_of(self.store, self.tenant, who).await {
            Ok(id) => Ok(Some(id)),
            Err(DeskStop::Refused(DeskRefusal::NoSuchMember)) => Ok(None),
            Err(DeskStop::Refused(_)) => Err(CommandFault::NoSuchMember(who.to_owned())),
            Err(DeskStop::Broken(fault)) => Err(fault.into()),
        }
    }

    /// Writes the rows, oldest first; with `doing`, who reads them, the members' numbers and user IDs as well.
    pub async fn write(
        &self,
        which: &WhichRows,
        format: TrailFormat,
        doing: Option<&Doing>,
        (out, err): (&mut dyn Write, &mut dyn Write),
    ) -> Result<Exit, CommandFault> {
        let filter = self.filter(which, err).await?;
        let noted = match doing {
            Some(doing) => Some(self.noted(&filter, doing).await?),
            None => None,
        };
        let mut names = noted.as_ref().map(Names::new);
        let mut after: Option<KeptId> = None;
        let (mut rows, mut exit) = (0_u64, Exit::Fine);
        if format == TrailFormat::Csv {
            out.write_all("\u{FEFF}".as_bytes())?;
            out.write_all(&csv_line(&COLUMNS.map(str::to_owned))?)?;
        }
        loop {
            let (mut tx, page) = self.page(&filter, after.as_ref()).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            for KeptTrailRow { id, row } in page {
                let Some(row) = row else {
                    exit = self.unreadable(&id, err)?;
                    continue;
                };
                rows += 1;
                let (about, by) = match &mut names {
                    Some(names) => {
                        let actor = row.actor.as_deref().and_then(|id| Uuid::parse_str(id).ok());
                        (names.of(&mut tx, row.member).await?, names.of(&mut tx, actor).await?)
                    }
                    None => Default::default(),
                };
                let line = ExportLine { tenant: self.tenant.as_str(), row: &row, about: &about, by: &by };
                match format {
                    TrailFormat::Jsonl => writeln!(out, "{}", line.as_json(names.is_some()))?,
                    TrailFormat::Csv => out.write_all(&csv_line(&line.cells())?)?,
                    TrailFormat::Text => writeln!(out, "{}", line.as_text())?,
                }
            }
        }
        self.tell_empty(&filter, rows, err)?;
        Ok(exit)
    }

    /// Writes each member that the rows are about once: when first, when last, how often, which events.
    pub async fn members(
        &self,
        which: &WhichRows,
        json: bool,
        doing: &Doing,
        (out, err): (&mut dyn Write, &mut dyn Write),
    ) -> Result<Exit, CommandFault> {
        let filter = self.filter(which, err).await?;
        let noted = self.noted(&filter, doing).await?;
        let mut seen: BTreeMap<Uuid, MemberRows> = BTreeMap::new();
        let mut after: Option<KeptId> = None;
        let (mut rows, mut exit) = (0_u64, Exit::Fine);
        loop {
            let (_, page) = self.page(&filter, after.as_ref()).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            for KeptTrailRow { id, row } in page {
                let Some(row) = row else {
                    exit = self.unreadable(&id, err)?;
                    continue;
                };
                rows += 1;
                let (Some(member), at) = (row.member, row.at) else { continue };
                let new = || MemberRows { first: at, last: at, times: 0, events: BTreeSet::new() };
                let seen = seen.entry(member).or_insert_with(new);
                (seen.first, seen.last) = (seen.first.min(at), seen.last.max(at));
                seen.times += 1;
                seen.events.insert(row.event);
            }
        }
        let mut names = Names::new(&noted);
        let mut tx = self.store.tenant(self.tenant).read().await?;
        for (id, MemberRows { first, last, times, events }) in seen {
            let name = names.of(&mut tx, Some(id)).await?;
            if json {
                let line = json!({
                    "tenant": self.tenant.as_str(), "member": id.to_string(), "number": name.number,
                    "user_id": name.login, "first": first.to_string(), "last": last.to_string(),
                    "times": times, "events": events,
                });
                writeln!(out, "{line}")?;
            } else {
                let (first, last) = (second(first), second(last));
                let events: Vec<&str> = events.iter().map(String::as_str).collect();
                let who = name.shown().unwrap_or_else(|| id.to_string());
                writeln!(out, "{who}  {first} – {last}  {times}  {}", events.join(" "))?;
            }
        }
        self.tell_empty(&filter, rows, err)?;
        Ok(exit)
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
            second(row.at),
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
        let mut line = format!("{}  {}  {by}", second(row.at), row.event);
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

/// A line of a table in which no cell is a formula (K7).
fn csv_line(cells: &[String]) -> Result<Vec<u8>, CommandFault> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let safe = cells.iter().map(|cell| without_formula(cell));
    writer.write_record(safe).map_err(|fault| CommandFault::Broken(fault.to_string().into()))?;
    writer.into_inner().map_err(|fault| CommandFault::Broken(fault.to_string().into()))
}
