//! Every letter in both languages, as it is read: snapshots, and what no letter may do.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template as _;
use kenpo_portal::{
    domain::{letter::Letter, origin::PublicAddress, tenant::Language},
    mail::{
        framed::FramedLetter,
        letter::{Composed, compose},
        sample::{CODE, WRITTEN_AT, letters},
    },
    wording::Wording,
};

use crate::sample_tenant::midori;

/// Every letter with its words in that language.
fn written(language: Language) -> Vec<(Letter, Composed)> {
    let (tenant, wording) = (midori(), Wording::new());
    let words = wording.words(&tenant, language);
    let public = PublicAddress { scheme: "https".to_owned(), port: None };
    let written = |letter: Letter| (letter.clone(), compose(&letter, &tenant, &words, WRITTEN_AT));
    letters(&tenant, &words, &public).into_iter().map(written).collect()
}

fn all() -> Vec<(Letter, Composed)> {
    [Language::Ja, Language::En].into_iter().flat_map(written).collect()
}

fn shown(language: Language) -> String {
    let one = |(letter, mail): (Letter, Composed)| {
        format!("==== {}\n{}\n----\n{}\n", letter.word(), mail.subject, mail.text)
    };
    written(language).into_iter().map(one).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_letter_in_japanese() {
    insta::assert_snapshot!(shown(Language::Ja));
}

#[test]
fn every_letter_in_english() {
    insta::assert_snapshot!(shown(Language::En));
}

#[test]
fn no_letter_is_missing_among_the_samples() {
    // Several letters may have one subject: as many kinds of them are among the samples.
    let mut of_subject: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let text = include_str!("../../templates/text/ja/letter.ftl");
    for (name, subject) in text.lines().filter_map(|line| line.split_once("-subject =")) {
        let fixed = subject.split(['{', '(']).next().unwrap().trim();
        assert!(fixed.chars().count() > 4, "{name}: {subject}");
        of_subject.entry(fixed).or_default().insert(name);
    }
    assert!(of_subject.len() > 20, "only {} subjects", of_subject.len());
    let written = written(Language::Ja);
    for (fixed, names) in of_subject {
        let is_it = |mail: &Composed| {
            let own = mail.subject.strip_prefix("【みどり健保】").unwrap();
            own.strip_prefix(fixed).is_some_and(|rest| rest.starts_with('('))
        };
        let found = written.iter().filter(|(_, mail)| is_it(mail));
        let kinds: BTreeSet<_> = found.map(|(letter, _)| letter.word()).collect();
        assert!(kinds.len() >= names.len(), "{fixed}: of {names:?}, mail/sample.rs has {kinds:?}");
    }
}

#[test]
fn a_subject_names_union_and_time_and_nothing_to_be_read_over_a_shoulder() {
    for (letter, mail) in all() {
        let subject = &mail.subject;
        let union =
            if mail.language == Some(Language::En) { "[Midori Kenpo] " } else { "【みどり健保】" };
        assert!(subject.starts_with(union) && subject.ends_with("9:05)"), "{subject}");
        let digits: String = subject.chars().map(|c| if c.is_ascii_digit() { c } else { ' ' }).collect();
        assert!(digits.split_whitespace().all(|group| group.len() < 6), "{subject}");
        for secret in ["kmt4nqe72xwh", "hanako", "http", "{", "\n"] {
            assert!(!subject.contains(secret), "{}: {subject}", letter.word());
        }
    }
}

#[test]
fn a_text_ends_with_whom_to_call_and_has_no_gap_and_no_line_too_long_for_the_wire() {
    for (letter, mail) in all() {
        let (word, text) = (letter.word(), &mail.text);
        let contact = if mail.language == Some(Language::En) {
            "Midori Health Insurance Society 適用課\n03-0000-0000 (平日 9:00〜17:00(12:00〜13:00を除く))"
        } else {
            "みどり健康保険組合 適用課\n03-0000-0000(平日 9:00〜17:00(12:00〜13:00を除く))"
        };
        assert!(text.ends_with(contact), "{word}");
        assert!(!text.contains(['{', '}']), "{word}: a value is missing");
        assert!(text.lines().all(|line| line.len() <= 400), "{word}");
        assert!(!text.contains("健保 花子"), "{word}: no name");
    }
}

#[test]
fn a_code_stands_on_a_line_of_its_own_and_is_called_nobody_s_business() {
    for (letter, mail) in all() {
        let (word, text) = (letter.word(), &mail.text);
        let carries = text.contains(CODE);
        assert_eq!(carries, text.lines().any(|line| line == CODE), "{word}");
        let warned = text
            .contains("このコードをほかの人に教えないでください。職員が電話で聞くこともありません。")
            || text.contains("Do not tell this code to anyone. Our staff never ask for it on the phone.");
        assert_eq!(carries, warned, "{word}");
    }
}

#[test]
fn a_link_stands_on_a_line_of_its_own_and_a_mere_code_brings_none() {
    for (letter, mail) in all() {
        let (word, text) = (letter.word(), &mail.text);
        let links = text.lines().filter(|line| line.contains("http")).collect::<Vec<_>>();
        let linked = matches!(
            letter,
            Letter::FirstCredentials { .. }
                | Letter::ConfirmEmailByLink { .. }
                | Letter::Recovery { .. }
                | Letter::LostFactorAsked { .. }
        );
        assert_eq!(links.len(), usize::from(linked), "{word}");
        assert!(links.iter().all(|line| line.starts_with("https://") && !line.contains(' ')), "{word}");
    }
}

#[test]
fn beside_the_text_stands_the_same_framed_with_a_large_code_or_a_button_and_never_both() {
    let tenant = midori();
    for (letter, mail) in all() {
        let word = letter.word();
        let page = FramedLetter::new(&mail, &tenant).render().unwrap();
        let name = tenant.name_in(mail.language.unwrap()).text;
        assert!(page.contains(&format!("color:#ffffff;font-weight:bold\">{name}</div>")), "{word}");
        assert_eq!(
            page.contains(&format!("text-align:center\">{CODE}</p>")),
            mail.text.contains(CODE),
            "{word}"
        );
        let buttons = page.matches("display:inline-block").count();
        assert_eq!(
            buttons,
            usize::from(mail.text.contains("https://") && !mail.text.contains(CODE)),
            "{word}"
        );
        // The phone may be pressed, once. Japanese in an English letter stands between marks, which say nothing.
        let phone = format!("<a href=\"tel:0300000000\">{}</a>", tenant.contact.phone);
        assert_eq!(page.matches(&phone).count(), 1, "{word}");
        let said = page.replace(&phone, &tenant.contact.phone);
        let said = said.replace("<span lang=\"ja\">", "").replace("</span>", "");
        for line in mail.text.lines().filter(|line| !line.contains(['"', '\''])) {
            assert!(said.contains(&line.replace('&', "&#38;")), "{word}: {line}");
        }
        for never in ["src=", "<img", "<style", "<link rel", "<script", "url("] {
            assert!(!page.contains(never), "{word}: {never}");
        }
        let lang = if mail.text.contains('は') { "ja" } else { "en" };
        assert!(page.contains(&format!("<html lang=\"{lang}\">")), "{word}");
    }
}

/// A letter that an older program wrote waits in the outbox with less.
#[test]
fn a_letter_of_an_older_program_is_read_and_framed() {
    let kept = serde_json::json!({ "subject": "件名", "text": "本文\n\nhttps://midori.localhost/" });
    let mail: Composed = serde_json::from_value(kept).unwrap();
    let page = FramedLetter::new(&mail, &midori()).render().unwrap();
    assert!(page.contains("<a href=\"https://midori.localhost/\">"), "{page}");
}
