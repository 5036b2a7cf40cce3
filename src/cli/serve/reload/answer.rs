//! Answer: what a running service tells a command on its machine about the unions' files, as JSON between the two.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{LiveUnions, ReloadFault, ReloadOutcome};
use crate::{
    cli::{
        CommandFault,
        finding::{self, FindingRow},
    },
    domain::tenant::{Language, Status},
    store::StoreError,
};

/// A text in both languages.
#[derive(Debug, Serialize, Deserialize)]
pub struct InBoth {
    ja: String,
    en: String,
}

impl InBoth {
    fn of(text: impl Fn(Language) -> String) -> Self {
        Self { ja: text(Language::Ja), en: text(Language::En) }
    }

    /// The text in that language.
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Ja => &self.ja,
            Language::En => &self.en,
        }
    }
}

/// What became of one union.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChangeRow {
    /// Its id.
    pub union: String,
    /// The word of [`super::UnionChange`].
    pub change: String,
}

/// A finding: for programs, and in words.
#[derive(Debug, Serialize, Deserialize)]
pub struct ToldFinding {
    /// As `tenant check --json` tells it.
    pub row: Value,
    /// As `tenant check` tells it.
    pub shown: InBoth,
}

/// What came of reading the files again.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReloadAnswer {
    /// How `tenant reload` ends: 0 fine, 1 a file is bad, 2 nothing was changed.
    pub exit: u8,
    /// How many unions there are.
    pub unions: usize,
    /// How long it took, in microseconds.
    pub micros: i64,
    /// What became of unions that are not served as they were.
    pub changes: Vec<ChangeRow>,
    /// What there is to say of the files.
    pub findings: Vec<ToldFinding>,
    /// The unions in force that are drafts: members do not see them.
    #[serde(default)]
    pub drafts: Vec<String>,
    /// Why nothing was changed.
    pub fault: Option<InBoth>,
    /// Why what is in force is not kept in the database yet.
    #[serde(default)]
    pub unkept: Option<InBoth>,
    /// The folder that the service reads.
    #[serde(default)]
    pub folder: Option<PathBuf>,
    /// The unions of which another node serves another version.
    #[serde(default)]
    pub differing: Vec<String>,
}

/// The version of a union that is served.
#[derive(Debug, Serialize, Deserialize)]
pub struct VersionRow {
    /// Its id.
    pub union: String,
    /// SHA-256 of everything it was made of, hex.
    pub hash: String,
    /// The text of its file.
    pub file: String,
    /// Which of the texts of shared values it was read over.
    pub defaults: usize,
    /// SHA-256 of each file that it names, hex, by the key that names it.
    pub beside: BTreeMap<String, String>,
}

/// Which versions are served.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct InForceAnswer {
    /// The texts of shared values in force: one, and older ones of unions that stay with an earlier version.
    pub defaults: Vec<String>,
    /// The unions.
    pub versions: Vec<VersionRow>,
    /// The folder that the service reads.
    #[serde(default)]
    pub folder: Option<PathBuf>,
    /// The unions of which another node serves another version.
    #[serde(default)]
    pub differing: Vec<String>,
}

/// The answer to `tenant reload`.
pub fn of_reload(
    outcome: &Result<ReloadOutcome, ReloadFault>,
    unkept: Option<StoreError>,
    unions: &LiveUnions,
) -> String {
    let unkept = unkept.map(|fault| {
        let fault = CommandFault::from(fault);
        InBoth::of(|language| fault.sentence(language))
    });
    let (folder, differing) = (folder(unions), differing(unions));
    let answer = match outcome {
        Ok(outcome) => ReloadAnswer {
            exit: (unkept.is_some() || outcome.findings.iter().any(crate::tenants::Finding::is_error)).into(),
            unions: outcome.unions,
            micros: i64::try_from(outcome.took.as_micros()).unwrap_or(i64::MAX),
            changes: outcome
                .changes
                .iter()
                .map(|(union, change)| ChangeRow { union: union.clone(), change: change.word().to_owned() })
                .collect(),
            findings: outcome
                .findings
                .iter()
                .map(|found| ToldFinding {
                    row: serde_json::to_value(FindingRow::of(found)).unwrap_or_default(),
                    shown: InBoth::of(|language| finding::shown(found, language)),
                })
                .collect(),
            drafts: drafts(unions),
            fault: None,
            unkept,
            folder,
            differing,
        },
        Err(fault) => ReloadAnswer {
            exit: 2,
            unions: unions.in_force().len(),
            micros: 0,
            changes: Vec::new(),
            findings: Vec::new(),
            drafts: drafts(unions),
            fault: Some(InBoth::of(|language| fault.sentence(language))),
            unkept,
            folder,
            differing,
        },
    };
    serde_json::to_string(&answer).unwrap_or_default()
}

/// Whole, wherever the command that asks was started.
fn folder(unions: &LiveUnions) -> Option<PathBuf> {
    std::path::absolute(unions.folder()).ok()
}

fn differing(unions: &LiveUnions) -> Vec<String> {
    unions.differing().iter().map(ToString::to_string).collect()
}

fn drafts(unions: &LiveUnions) -> Vec<String> {
    let drafts = unions.in_force().values().filter(|version| version.tenant.status == Status::Draft);
    drafts.map(|version| version.tenant.slug.to_string()).collect()
}

/// The answer to `tenant diff`.
pub fn in_force(unions: &LiveUnions) -> String {
    let (folder, differing) = (folder(unions), differing(unions));
    let mut answer = InForceAnswer { folder, differing, ..InForceAnswer::default() };
    for (slug, version) in unions.in_force() {
        let known = answer.defaults.iter().position(|text| **text == *version.defaults);
        let defaults = known.unwrap_or_else(|| {
            answer.defaults.push(version.defaults.to_string());
            answer.defaults.len() - 1
        });
        answer.versions.push(VersionRow {
            union: slug.to_string(),
            hash: version.hash.clone(),
            file: version.file.to_string(),
            defaults,
            beside: version.beside.iter().cloned().collect(),
        });
    }
    serde_json::to_string(&answer).unwrap_or_default()
}
