//! `clock`: this machine's clock against what the database knows of the time, and the operator's word that it is right.

use std::io::Write;

use clap::Args;
use serde_json::json;

use super::{
    CommandFault, Exit, operator,
    serve::{open_migrated, open_to_read},
    tell,
};
use crate::{
    domain::{
        saying::{Saying, said},
        tenant::Language,
    },
    portal::clock::{UnlikelyTime, confirm, unlikely},
    settings::Settings,
    world::{Clock as _, SystemClock, SystemRandom},
};

/// `clock`.
#[derive(Debug, Args)]
pub struct ClockArgs {
    /// この機械の時計が正しい / this machine's clock is right, whatever the database knew
    #[arg(long)]
    pub confirm: bool,
    /// --confirm の理由 / why it is confirmed
    #[arg(long, requires = "confirm")]
    pub reason: Option<String>,
    /// 機械向け / for machines
    #[arg(long)]
    pub json: bool,
}

/// `clock [--confirm --reason WHY]`: how the clock stands to `out`; 1 where somebody should look.
pub async fn run(
    settings: &Settings,
    ClockArgs { confirm: confirms, reason, json }: &ClockArgs,
    language: Language,
    out: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let url = &settings.database.url;
    let doing = if *confirms {
        Some(operator::of_the_agency("clock --confirm", Some(operator::reason(reason.as_deref())?)))
    } else {
        None
    };
    let store = if *confirms { open_migrated(url).await? } else { open_to_read(url).await? };
    let found = unlikely(&SystemClock, &store).await;
    let confirmed = match &doing {
        Some(doing) => confirm(&SystemClock, &store, &SystemRandom, doing).await,
        None => Ok(()),
    };
    store.close().await;
    let found = found?;
    confirmed?;
    let answer = match &found {
        _ if *confirms => "confirmed",
        None => "likely",
        Some(found) if found.ahead().is_negative() => "behind",
        Some(_) => "ahead",
    };
    if *json {
        let known = found.map(|found| found.known.to_string());
        let told = json!({ "answer": answer, "now": SystemClock.now().to_string(), "known": known });
        writeln!(out, "{told:#}")?;
    } else {
        let now = SystemClock.now().to_string();
        let told = match &found {
            _ if *confirms => said!("clock-confirmed", now),
            None => said!("clock-likely", now),
            Some(found) => odd(found),
        };
        writeln!(out, "{}", tell(language, &told))?;
    }
    Ok(if found.is_none() || *confirms { Exit::Fine } else { Exit::Problems })
}

/// What is odd, what the service does meanwhile, and what to do.
pub fn odd(found: &UnlikelyTime) -> Saying {
    let (here, known) = (found.here.to_string(), found.known.to_string());
    if found.ahead().is_negative() {
        said!("clock-behind", here, known)
    } else {
        said!("clock-ahead", here, known)
    }
}
