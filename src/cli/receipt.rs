//! `receipt`: what stands behind a 「お問い合わせ番号」 that a member read out (D35): rows of the trail, and lines of the log.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Read as _, Write},
    path::Path,
};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    CommandFault, Exit,
    names::Names,
    operator::{self, Noted},
    serve::{open_migrated, open_to_read},
    tell,
};
use crate::{
    domain::{
        audit::{Event, doing::Reason},
        member::MemberId,
        receipt::Receipt,
        saying::said,
        tenant::{Language, TenantSlug},
    },
    settings::Settings,
    store::Store,
    world::plain_file,
};

/// What the command line asks for.
#[derive(Debug, Clone, Copy)]
pub struct ReceiptOptions<'a> {
    /// The number, as it was heard.
    pub number: &'a str,
    /// The service's log; `-` for standard input.
    pub log: Option<&'a Path>,
    /// Whether the answer is JSON.
    pub json: bool,
    /// Whether the trail's rows name members by number and user ID, instead of by their ids. The log's lines have ids.
    pub members: bool,
    /// The reason that was given for it.
    pub reason: Option<&'a str>,
}

/// One thing that is known of the request. Names are an interface.
struct ReceiptRow {
    /// Where it is from: `trail` or `log`.
    from: &'static str,
    at: String,
    tenant: String,
    /// The event of the trail, or the message of the log.
    what: String,
    /// How the request ended, by the log: method, route, status, outcome; or the fault.
    request: String,
    member: String,
    detail: String,
}

impl ReceiptRow {
    fn as_json(&self) -> Value {
        json!({
            "from": self.from, "at": self.at, "tenant": self.tenant, "what": self.what, "request": self.request,
            "member": self.member, "detail": self.detail,
        })
    }

    fn as_text(&self) -> String {
        let cells = [
            self.at.as_str(),
            self.from,
            self.tenant.as_str(),
            self.what.as_str(),
            self.request.as_str(),
            self.member.as_str(),
            if self.detail == "{}" { "" } else { self.detail.as_str() },
        ];
        cells.into_iter().filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("  ")
    }
}

/// `receipt NUMBER [--log FILE|-] [--json] [--members --reason TEXT]`. Problems where nothing is known of it.
pub async fn find(
    settings: &Settings,
    asked: ReceiptOptions<'_>,
    language: Language,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let receipt =
        Receipt::parse(asked.number).ok_or_else(|| CommandFault::NotAReceipt(asked.number.to_owned()))?;
    let reason = asked.members.then(|| operator::reason(asked.reason)).transpose()?;
    let mut known = match (of_trail(settings, &receipt, reason).await, asked.log) {
        (Ok(known), _) => known,
        // With a log there is something to say without the database.
        (Err(fault), Some(_)) => {
            writeln!(err, "kenpo-portal: {}", fault.sentence(language))?;
            Vec::new()
        }
        (Err(fault), None) => return Err(fault),
    };
    match asked.log {
        Some(path) if path == Path::new("-") => read_log(io::stdin().lock(), &receipt, &mut known),
        Some(path) => {
            plain_file::open(path).and_then(|file| read_log(BufReader::new(file), &receipt, &mut known))
        }
        None => Ok(()),
    }
    .map_err(|fault| CommandFault::File(asked.log.unwrap_or(Path::new("-")).to_owned(), fault))?;
    if asked.json {
        let all: Vec<Value> = known.iter().map(ReceiptRow::as_json).collect();
        serde_json::to_writer_pretty(&mut *out, &json!({ "receipt": receipt.as_str(), "known": all }))?;
        writeln!(out)?;
    } else {
        for one in &known {
            writeln!(out, "{}", one.as_text())?;
        }
    }
    if !known.is_empty() {
        return Ok(Exit::Fine);
    }
    let receipt = receipt.as_str();
    let told = match asked.log {
        None => said!("receipt-not-in-trail", receipt),
        Some(_) => said!("receipt-nowhere", receipt),
    };
    writeln!(err, "{}", tell(language, &told))?;
    Ok(Exit::Problems)
}

/// The rows of the trails; with a reason, the members by number and user ID.
async fn of_trail(
    settings: &Settings,
    receipt: &Receipt,
    reason: Option<Reason>,
) -> Result<Vec<ReceiptRow>, CommandFault> {
    let url = &settings.database.url;
    let store = if reason.is_some() { open_migrated(url).await? } else { open_to_read(url).await? };
    let found = rows(&store, receipt, reason).await;
    store.close().await;
    found
}

async fn rows(
    store: &Store,
    receipt: &Receipt,
    reason: Option<Reason>,
) -> Result<Vec<ReceiptRow>, CommandFault> {
    let doing = reason.map(|reason| operator::at_the_desk("receipt", Some(reason)));
    let mut names: BTreeMap<(String, Uuid), String> = BTreeMap::new();
    let mut all = Vec::new();
    for row in store.everywhere().of_receipt(receipt).await? {
        let member = match (row.member, TenantSlug::parse(&row.tenant), &doing) {
            (None, ..) => String::new(),
            (Some(id), Some(union), Some(doing)) => {
                let place = (row.tenant.clone(), id);
                if let Some(known) = names.get(&place) {
                    known.clone()
                } else {
                    let (about, event) = (Some(MemberId::kept(id)), Event::TrailExported);
                    let noted = operator::noted(store, &union, about, &event, doing.clone()).await?;
                    let name = named(store, &union, id, &noted).await?;
                    names.insert(place, name.clone());
                    name
                }
            }
            (Some(id), ..) => id.to_string(),
        };
        all.push(ReceiptRow {
            from: "trail",
            at: row.at.to_string(),
            tenant: row.tenant,
            what: row.event,
            request: String::new(),
            member,
            detail: row.detail,
        });
    }
    Ok(all)
}

/// Number and user ID where the member is still there, else the id.
async fn named(store: &Store, union: &TenantSlug, id: Uuid, noted: &Noted) -> Result<String, CommandFault> {
    let mut tx = store.tenant(union).read().await?;
    let name = Names::new(noted).of(&mut tx, Some(id)).await?;
    Ok(name.shown().unwrap_or_else(|| id.to_string()))
}

/// The longest line that is looked at.
const LONGEST: u64 = 1 << 20;

/// The lines about the request, whatever a collector wrote before them.
fn read_log(mut log: impl BufRead, receipt: &Receipt, known: &mut Vec<ReceiptRow>) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if log.by_ref().take(LONGEST).read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&line);
        if text.contains(receipt.as_str())
            && let Some(one) = of_line(&text, receipt)
        {
            known.push(one);
        }
    }
}

fn of_line(text: &str, receipt: &Receipt) -> Option<ReceiptRow> {
    let value: Value = serde_json::from_str(text.get(text.find('{')?..)?.trim()).ok()?;
    let field = |name: &str| {
        let found = value.get(name).or_else(|| value.get("span").and_then(|span| span.get(name)));
        match found {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    };
    if field("receipt") != receipt.as_str() {
        return None;
    }
    let told = |name: &str| Some(field(name)).filter(|text| !text.is_empty() && text != "-");
    let request =
        ["method", "route", "status", "outcome", "fault", "said"].iter().filter_map(|name| told(name));
    Some(ReceiptRow {
        from: "log",
        at: field("timestamp"),
        tenant: told("tenant").unwrap_or_default(),
        what: field("message"),
        request: request.collect::<Vec<_>>().join(" "),
        member: told("member").unwrap_or_default(),
        detail: String::new(),
    })
}
