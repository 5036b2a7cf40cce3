//! `doctor`: whether this machine and its settings are fit to serve, before anybody finds out otherwise. It changes nothing;
//! each check has a limit of its own, and one that fails keeps none of the others from running.

use std::{future::Future, io::Write, time::Duration};

use serde_json::{Value, json};
use tokio::time::timeout;

use super::{CommandFault, Exit, colour::Colour, fault, tell};
use crate::{
    domain::{
        saying::{Saying, said},
        tenant::Language,
    },
    settings::{Settings, SettingsFault},
};

mod database;
mod machine;
mod post;

/// How long one check may take.
const LONGEST: Duration = Duration::from_secs(8);

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum CheckLevel {
    /// All is as it should be.
    Fine,
    /// It cannot be seen from here: somebody has to look.
    Look,
    /// It works, and should be otherwise.
    Warning,
    /// It does not work.
    Bad,
}

impl CheckLevel {
    /// The word for machines.
    fn word(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Look => "look",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }

    fn saying(self) -> Saying {
        match self {
            Self::Fine => said!("doctor-fine"),
            Self::Look => said!("doctor-look"),
            Self::Warning => said!("doctor-warning"),
            Self::Bad => said!("doctor-bad"),
        }
    }
}

/// What one check found.
#[derive(Debug, Clone)]
struct CheckResult {
    /// The word of what was checked.
    topic: &'static str,
    level: CheckLevel,
    /// What is so, and what to do where it should be otherwise.
    said: String,
}

/// Makes results about one topic.
#[derive(Debug, Clone, Copy)]
struct Topic(&'static str, Language);

impl Topic {
    fn found(self, level: CheckLevel, saying: &Saying) -> CheckResult {
        CheckResult { topic: self.0, level, said: tell(self.1, saying) }
    }

    fn fine(self, saying: &Saying) -> CheckResult {
        self.found(CheckLevel::Fine, saying)
    }

    fn look(self, saying: &Saying) -> CheckResult {
        self.found(CheckLevel::Look, saying)
    }

    fn warning(self, saying: &Saying) -> CheckResult {
        self.found(CheckLevel::Warning, saying)
    }

    fn bad(self, saying: &Saying) -> CheckResult {
        self.found(CheckLevel::Bad, saying)
    }

    /// A fault as commands tell it, which ends with what to do.
    fn fault(self, fault: &CommandFault) -> CheckResult {
        CheckResult { topic: self.0, level: CheckLevel::Bad, said: fault.sentence(self.1).replace('\n', " ") }
    }
}

/// `doctor [--json]`: 0 where all is well, 1 where something should be otherwise, 2 where something does not work.
/// `read` are the settings, or why they cannot be used.
pub async fn run(
    read: Result<Settings, SettingsFault>,
    json: bool,
    language: Language,
    out: &mut dyn Write,
) -> Result<Exit, CommandFault> {
    let results = match read {
        Ok(settings) => examine(&settings, language).await,
        Err(fault) => vec![Topic("settings", language).fault(&fault.into())],
    };
    if json {
        let rows: Vec<Value> = results
            .iter()
            .map(|found| json!({ "topic": found.topic, "level": found.level.word(), "said": found.said }))
            .collect();
        writeln!(out, "{:#}", json!(rows))?;
    } else {
        let colour = Colour::of(&std::io::stdout());
        for found in &results {
            let word = tell(language, &found.level.saying());
            let word = match found.level {
                CheckLevel::Fine => word,
                CheckLevel::Look => colour.quiet(&word),
                CheckLevel::Warning => colour.doubtful(&word),
                CheckLevel::Bad => colour.bad(&word),
            };
            writeln!(out, "{word} {}: {}", found.topic, found.said)?;
        }
    }
    Ok(match results.iter().map(|found| found.level).max() {
        None | Some(CheckLevel::Fine | CheckLevel::Look) => Exit::Fine,
        Some(CheckLevel::Warning) => Exit::Problems,
        Some(CheckLevel::Bad) => Exit::Code(2),
    })
}

async fn examine(settings: &Settings, language: Language) -> Vec<CheckResult> {
    let topic = |word| Topic(word, language);
    let mut results = known(settings, topic("settings"));
    results.extend(in_time(topic("database"), database::schema(settings, topic("database"))).await);
    results.extend(in_time(topic("keys"), database::keys(settings, topic("keys"))).await);
    results.extend(in_time(topic("clock"), database::clock(settings, topic("clock"))).await);
    results.extend(machine::folders(settings, topic("folders")));
    results.extend(machine::space(settings, topic("space")));
    let unions = database::unions(settings, topic("unions"), topic("trail"));
    results.extend(in_time(topic("unions"), unions).await);
    results.extend(in_time(topic("mail"), post::mail(settings, topic("mail"))).await);
    results.extend(post::senders(settings, topic("mail")));
    results.extend(machine::listeners(settings, topic("network")));
    results.extend(in_time(topic("service"), machine::service(settings, topic("service"))).await);
    results
}

/// What a check finds, or that it took too long.
async fn in_time(topic: Topic, check: impl Future<Output = Vec<CheckResult>>) -> Vec<CheckResult> {
    let late = || vec![topic.bad(&said!("doctor-late", seconds = LONGEST.as_secs()))];
    timeout(LONGEST, check).await.unwrap_or_else(|_| late())
}

/// The settings can be read; what nobody knows is told.
fn known(settings: &Settings, topic: Topic) -> Vec<CheckResult> {
    if settings.unknown.is_empty() {
        return vec![topic.fine(&said!("doctor-settings", count = settings.origins.len()))];
    }
    settings.unknown.iter().map(|trouble| topic.warning(&fault::settings::trouble(trouble))).collect()
}
