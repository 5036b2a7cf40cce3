//! Metrics: each is explained, and counting takes no lock.

use std::collections::BTreeMap;

use kenpo_portal::metrics::MetricName;

use crate::source::{files, sources};

/// The name as Prometheus knows it.
fn exposed(metric: MetricName) -> String {
    let total = if metric.kind().as_str() == "counter" { "_total" } else { "" };
    format!("{}{total}", metric.word())
}

#[test]
fn the_page_of_rules_explains_every_metric_and_no_other() {
    let (_, page) =
        files("src/rules", "md").into_iter().find(|(path, _)| path.ends_with("running.md")).unwrap();
    let mut explained: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in page.lines().filter_map(|line| line.strip_prefix("| `")) {
        let cells: Vec<_> = row.trim_end_matches('|').split('|').map(str::trim).collect();
        let [name, rest @ ..] = &cells[..] else { panic!("{row}") };
        let name = name.trim_end_matches('`').to_owned();
        assert_eq!(rest.len(), 3, "{name}: labels, what it says, when to look");
        assert!(rest[1].len() > 5 && rest[2].len() > 5, "{name}");
        let is_bound = rest[2].starts_with("never: it is the bound of");
        let has_threshold = rest[2].chars().any(|c| c.is_ascii_digit())
            || ["rise", "is any", "is absent", "differ", "changes", "stands still", "not the number"]
                .iter()
                .any(|w| rest[2].contains(w));
        assert!(is_bound || has_threshold, "{name}: from which value on? {}", rest[2]);
        assert!(explained.insert(name, cells.iter().map(ToString::to_string).collect()).is_none(), "{row}");
    }
    for metric in MetricName::ALL {
        let name = exposed(*metric);
        let cells =
            explained.remove(&name).unwrap_or_else(|| panic!("{name} is not in src/rules/running.md"));
        let labels: Vec<String> = metric.labels().iter().map(|label| format!("`{label}`")).collect();
        assert_eq!(cells[1], labels.join(", "), "{name}");
        assert!(!metric.help().ends_with('.'), "{name}: a line without its dot");
    }
    assert!(explained.is_empty(), "no such metric: {:?}", explained.keys());
}

/// Files that are gone through while a request is served. `/metrics` itself may wait.
const COUNTING: [&str; 2] = ["src/metrics/number.rs", "src/domain/outcome.rs"];

#[test]
fn whatever_a_request_counts_is_an_atomic_number() {
    let all = sources("src");
    for path in COUNTING {
        let source = all.iter().find(|source| source.path == path).unwrap();
        for word in ["Mutex", "RwLock", "lock", "format", "String", "Vec", "insert"] {
            let found = source.positions(word);
            // Reading what was counted makes a list.
            let found: Vec<_> = found
                .into_iter()
                .filter(|at| !source.code[..*at].contains("so_far(&self) -> (f64"))
                .collect();
            assert!(found.is_empty() || word == "Vec", "{}: {word}", source.place(found[0]));
        }
    }
    let source = all.iter().find(|source| source.path == "src/metrics.rs").unwrap();
    let from = source.code.find("pub fn answered").unwrap();
    let body = &source.code[from..from + source.code[from..].find("pub fn serves").unwrap()];
    for word in ["lock", "Mutex", "format!", "to_owned", "to_string", "clone", "collect"] {
        assert!(!body.contains(word), "counting a request: {word}");
    }
}

#[test]
fn a_label_is_a_word_of_this_program_or_the_id_of_a_file() {
    let all = sources("src");
    // Values of labels are made here only, of three kinds, none of which is a text at large.
    let label = all.iter().find(|source| source.path == "src/metrics/label.rs").unwrap();
    let from = label.code.find("enum LabelValue").unwrap();
    let body = &label.code[from..from + label.code[from..].find('}').unwrap()];
    let kinds: Vec<_> = body.lines().map(str::trim).filter(|line| line.ends_with("),")).collect();
    assert_eq!(kinds, ["Word(&'static str),", "Union(&'v TenantSlug),", "File(&'v LeftOut),"]);
    // Only the page writes values, and only with those.
    for source in all.iter().filter(|source| !source.path.starts_with("src/metrics")) {
        assert!(source.positions("prometheus_client").is_empty(), "{}", source.path);
    }
    let page = all.iter().find(|source| source.path == "src/metrics/page.rs").unwrap();
    assert_eq!(page.code.matches("encode_family").count(), 2, "two ways to write a value with labels");
    // A file that is left out is named where files are read.
    let named =
        all.iter().filter(|source| !source.positions("LeftOut {").is_empty()).map(|source| &source.path);
    let named: Vec<_> = named.collect();
    assert_eq!(named, ["src/cli/serve/told.rs", "src/metrics/label.rs"]);
}
