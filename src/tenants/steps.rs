//! Steps: reads `steps = ["birthdate", "terms", ["user-id", "method"], "password"]`. By hand, so
//! that each slip has its own sentence.

use std::ops::Range;

use toml::de::DeValue;

use super::finding::FindingCode;
use super::toml_file::TomlValue;
use super::words;
use crate::domain::saying::{Saying, said};
use crate::domain::tenant::ListedStep;

/// Something wrong with the list.
pub(super) struct StepFlaw {
    pub code: FindingCode,
    pub key: String,
    pub span: Range<usize>,
    pub message: Saying,
    pub help: Saying,
}

/// Steps that every first login has.
const NEEDED: [ListedStep; 4] =
    [ListedStep::BirthDate, ListedStep::Method, ListedStep::Password, ListedStep::Terms];

/// The word of a step in the file.
pub(super) fn word(step: ListedStep) -> &'static str {
    ListedStep::WORDS.iter().find(|(known, _)| *known == step).map_or("", |(_, word)| word)
}

/// The steps as far as they can be read, one group per page.
pub(super) fn read(entries: &[TomlValue<'_>]) -> Vec<Vec<ListedStep>> {
    entries
        .iter()
        .map(|entry| match entry.get_ref() {
            DeValue::Array(group) => group.iter().filter_map(step).collect(),
            _ => step(entry).into_iter().collect(),
        })
        .filter(|group: &Vec<_>| !group.is_empty())
        .collect()
}

/// Everything wrong with the list, in the order of the file.
pub(super) fn flaws(entries: &[TomlValue<'_>], span: &Range<usize>, path: &str) -> Vec<StepFlaw> {
    let mut flaws = Vec::new();
    let mut seen = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let key = format!("{path}.{at}");
        match entry.get_ref() {
            DeValue::Array(group) => {
                let before = flaws.len();
                for (at, entry) in group.iter().enumerate() {
                    one(entry, format!("{key}.{at}"), &mut seen, &mut flaws);
                }
                let steps = group.iter().filter_map(step).collect::<Vec<_>>();
                let shared = steps.len() == words::SHARED_STEPS.len()
                    && words::SHARED_STEPS.iter().all(|step| steps.contains(step));
                if flaws.len() == before && !shared {
                    flaws.push(StepFlaw {
                        code: FindingCode::StepGroup,
                        key,
                        span: entry.span(),
                        message: said!("finding-step-group"),
                        help: said!("finding-step-group-help"),
                    });
                }
            }
            _ => one(entry, key, &mut seen, &mut flaws),
        }
    }
    let read = read(entries);
    let absent: Vec<_> = NEEDED
        .into_iter()
        .filter(|step| !read.iter().flatten().any(|there| there == step))
        .map(word)
        .collect();
    // A misspelt word is probably the one that is absent: it is told already.
    let unread =
        flaws.iter().any(|flaw| matches!(flaw.code, FindingCode::UnknownWord | FindingCode::StepShape));
    if !absent.is_empty() && !unread {
        let absent = absent.join(", ");
        flaws.push(StepFlaw {
            code: FindingCode::StepMissing,
            key: path.to_owned(),
            span: span.clone(),
            message: said!("finding-step-missing", absent),
            help: said!("finding-step-missing-help"),
        });
    }
    let first = read.first().and_then(|group| group.first()).copied();
    let listed = read.iter().flatten().any(|step| *step == ListedStep::BirthDate);
    if listed && first != Some(ListedStep::BirthDate) {
        flaws.push(StepFlaw {
            code: FindingCode::StepOrder,
            key: path.to_owned(),
            span: span.clone(),
            message: said!("finding-step-order"),
            help: said!("finding-step-order-help"),
        });
    }
    flaws
}

fn step(value: &TomlValue<'_>) -> Option<ListedStep> {
    value.get_ref().as_str().and_then(|text| words::find(&ListedStep::WORDS, text))
}

/// One entry: a text, a known word, and not there already.
fn one(entry: &TomlValue<'_>, key: String, seen: &mut Vec<ListedStep>, flaws: &mut Vec<StepFlaw>) {
    let all = words::list(&ListedStep::WORDS).join(", ");
    let span = entry.span();
    let Some(text) = entry.get_ref().as_str() else {
        flaws.push(StepFlaw {
            code: FindingCode::StepShape,
            key,
            span,
            message: said!("finding-step-shape"),
            help: said!("finding-step-shape-help"),
        });
        return;
    };
    match words::find(&ListedStep::WORDS, text) {
        Some(step) if seen.contains(&step) => flaws.push(StepFlaw {
            code: FindingCode::StepRepeated,
            key,
            span,
            message: said!("finding-step-repeated", text),
            help: said!("finding-repeated-help"),
        }),
        Some(step) => seen.push(step),
        None => {
            let short = super::phrases::shorten(text);
            let near = words::nearest(text, words::list(&ListedStep::WORDS));
            let hint = super::phrases::did_you_mean(near);
            flaws.push(StepFlaw {
                code: FindingCode::UnknownWord,
                key,
                span,
                message: said!("finding-unknown-step", short),
                help: said!("finding-unknown-step-help", hint, steps = all),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use toml::de::DeTable;

    fn judged(list: &str) -> Vec<String> {
        let text = format!("steps = {list}");
        let table = DeTable::parse(&text).unwrap().into_inner();
        let entries = table.get("steps").unwrap().get_ref().as_array().unwrap();
        flaws(entries, &(0..0), "first_login.steps")
            .iter()
            .map(|flaw| flaw.code.as_str().to_owned())
            .collect()
    }

    #[test]
    fn the_order_of_most_unions_is_right() {
        assert!(judged(r#"["birthdate", "terms", ["user-id", "method"], "password", "email"]"#).is_empty());
        assert!(judged(r#"["birthdate", "terms", "email", "method", "password"]"#).is_empty());
    }

    #[test]
    fn the_birth_date_comes_first() {
        assert_eq!(judged(r#"["terms", "birthdate", "method", "password"]"#), ["T033"]);
    }

    #[test]
    fn only_the_user_id_and_the_method_share_a_page() {
        assert_eq!(judged(r#"["birthdate", ["terms", "method"], "password"]"#), ["T034"]);
        assert_eq!(judged(r#"["birthdate", "terms", ["method"], "password"]"#), ["T034"]);
    }

    #[test]
    fn no_step_is_forgotten_or_asked_twice() {
        assert_eq!(judged(r#"["birthdate", "method", "password", "password"]"#), ["T031", "T032"]);
    }

    #[test]
    fn what_is_no_step_is_told_once_not_twice() {
        assert_eq!(judged(r#"["birthdate", "term", "method", "password"]"#), ["T006"]);
        assert_eq!(judged(r#"["birthdate", 3, "method", "password"]"#), ["T030"]);
    }
}
