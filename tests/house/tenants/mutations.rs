//! Whatever a file holds, it is read or told; nothing panics.

use proptest::prelude::*;

use super::{MIDORI, english, folder, japanese, read, write};

/// A file as a tired hand, a bad disk or a foreign editor leaves it.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let bytes = MIDORI.len();
    let lines = MIDORI.lines().count();
    prop_oneof![
        (0..lines).prop_map(|at| by_line(|lines| {
            lines.remove(at);
        })),
        (0..lines, 0..lines).prop_map(|(from, to)| by_line(|lines| lines.insert(to, lines[from].clone()))),
        (0..lines, 0..lines).prop_map(|(one, other)| by_line(|lines| lines.swap(one, other))),
        (0..bytes).prop_map(|end| MIDORI.as_bytes()[..end].to_vec()),
        (0..bytes, any::<u8>()).prop_map(|(at, byte)| {
            let mut text = MIDORI.as_bytes().to_vec();
            text[at] = byte;
            text
        }),
        (0..bytes, "[\\[\\]{}\"'=.,#\n\\\\a健 ]{1,6}").prop_map(|(at, noise)| {
            let mut text = MIDORI.as_bytes().to_vec();
            text.splice(at..at, noise.bytes());
            text
        }),
        proptest::collection::vec(any::<u8>(), 0..200),
    ]
}

fn by_line(change: impl FnOnce(&mut Vec<String>)) -> Vec<u8> {
    let mut lines: Vec<String> = MIDORI.lines().map(str::to_owned).collect();
    change(&mut lines);
    lines.join("\n").into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_file_holds_it_is_read_or_told_with_its_place(text in mutated()) {
        let dir = folder();
        write(dir.path(), "midorikenpo.toml", &text);
        let loaded = read(dir.path());
        let errors = loaded.findings.iter().any(kenpo_portal::tenants::Finding::is_error);
        prop_assert_eq!(loaded.tenants.is_empty(), errors);
        for finding in &loaded.findings {
            prop_assert!(finding.file.starts_with(dir.path()));
            prop_assert!(finding.line >= 1 && finding.column >= 1);
            prop_assert!((finding.end_line, finding.end_column) >= (finding.line, finding.column));
            for saying in [&finding.message, &finding.help] {
                for words in [japanese(saying), english(saying)] {
                    prop_assert!(!words.is_empty() && !words.starts_with("{finding-"), "{}", words);
                }
            }
        }
    }
}
