//! English: the texts of a union's file that members read, in the reader's language (D22). Where the file gives no English,
//! an English page shows the Japanese text and says that it is Japanese.

use super::{Brand, Contact, Language, MailIdentity, PageNotice, Service, Tenant, Terms};
use crate::domain::sso::SsoClient;

/// The union's texts in English, as far as its file gives them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnglishTexts {
    /// The full name.
    pub name: Option<String>,
    /// At most 30 characters; stands in mail subjects.
    pub short_name: Option<String>,
    /// The heading of the sign-in screens; made of the name where only that is given.
    pub heading: Option<String>,
    /// The sender's name; the full name where only that is given.
    pub from_name: Option<String>,
    /// What subjects begin with; made of the short name where only that is given.
    pub subject_prefix: Option<String>,
    /// The department to ask for.
    pub department: Option<String>,
    /// When the phone is answered.
    pub hours: Option<String>,
    /// What the logo says.
    pub logo_alt: Option<String>,
    /// The translation of the terms in force: rendered like [`Terms::html`].
    pub terms_html: Option<String>,
    /// The translation of what changed in them.
    pub terms_changes: Option<String>,
    /// Sentences of `[texts.en]` that replace ours: message name, text.
    pub texts: Vec<(String, String)>,
}

/// A text of the union in one of its languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantText<'a> {
    /// What the union's file says, never empty.
    pub text: &'a str,
    /// The language it is in: not always the one that was asked for.
    pub language: Language,
}

impl TenantText<'_> {
    /// The `lang` attribute that it needs on a page of that language; empty where it needs none.
    pub fn mark_in(&self, page: Language) -> &'static str {
        match self.language {
            language if language == page => "",
            Language::Ja => " lang=\"ja\"",
            Language::En => " lang=\"en\"",
        }
    }
}

/// What there is in that language, else the Japanese text.
fn told<'a>(language: Language, japanese: &'a str, english: Option<&'a String>) -> TenantText<'a> {
    match english {
        Some(text) if language == Language::En => TenantText { text, language },
        _ => TenantText { text: japanese, language: Language::Ja },
    }
}

/// The same of a text that a file may leave out. A text that stands in English only is shown to nobody else.
fn told_if<'a>(
    language: Language,
    japanese: Option<&'a String>,
    english: Option<&'a String>,
) -> Option<TenantText<'a>> {
    Some(told(language, japanese?, english))
}

impl Tenant {
    /// The full name.
    pub fn name_in(&self, language: Language) -> TenantText<'_> {
        told(language, &self.name, self.english.name.as_ref())
    }

    /// What a member calls the union: in English where its file says it.
    pub fn short_name_in(&self, language: Language) -> TenantText<'_> {
        told(language, &self.short_name, self.english.short_name.as_ref())
    }

    /// The heading of the sign-in screens.
    pub fn heading_in(&self, language: Language) -> TenantText<'_> {
        told(language, &self.heading, self.english.heading.as_ref())
    }

    /// The department to ask for.
    pub fn department_in(&self, language: Language) -> Option<TenantText<'_>> {
        let Contact { department, .. } = &self.contact;
        told_if(language, department.as_ref(), self.english.department.as_ref())
    }

    /// When the phone is answered.
    pub fn hours_in(&self, language: Language) -> TenantText<'_> {
        let Contact { hours, .. } = &self.contact;
        told(language, hours, self.english.hours.as_ref())
    }

    /// What the logo says.
    pub fn logo_alt_in(&self, language: Language) -> TenantText<'_> {
        let Brand { logo_alt, .. } = &self.brand;
        told(language, logo_alt, self.english.logo_alt.as_ref())
    }

    /// The name letters come from.
    pub fn from_name_in(&self, language: Language) -> TenantText<'_> {
        let MailIdentity { from_name, .. } = &self.mail;
        told(language, from_name, self.english.from_name.as_ref())
    }

    /// What subjects begin with.
    pub fn subject_prefix_in(&self, language: Language) -> TenantText<'_> {
        let MailIdentity { subject_prefix, .. } = &self.mail;
        told(language, subject_prefix, self.english.subject_prefix.as_ref())
    }

    /// The terms in force, as HTML.
    pub fn terms_in(&self, language: Language) -> TenantText<'_> {
        let Terms { html, .. } = &self.terms;
        told(language, html, self.english.terms_html.as_ref())
    }

    /// What changed in the terms, as HTML, in the language in which the terms are shown.
    pub fn terms_changes_in(&self, language: Language) -> Option<TenantText<'_>> {
        let Terms { changes, .. } = &self.terms;
        told_if(language, changes.as_ref(), self.english.terms_changes.as_ref())
    }

    /// The union's own sentences in that language.
    pub fn texts_in(&self, language: Language) -> &[(String, String)] {
        match language {
            Language::Ja => &self.texts_ja,
            Language::En => &self.english.texts,
        }
    }
}

impl PageNotice {
    /// What it is about, in a line.
    pub fn title_in(&self, language: Language) -> Option<TenantText<'_>> {
        told_if(language, self.title.as_ref(), self.title_en.as_ref())
    }

    /// What it says below its title.
    pub fn text_in(&self, language: Language) -> TenantText<'_> {
        told(language, &self.text, self.text_en.as_ref())
    }
}

impl Service {
    /// The name shown.
    pub fn label_in(&self, language: Language) -> TenantText<'_> {
        told(language, &self.label, self.label_en.as_ref())
    }

    /// What it is for, in a line.
    pub fn note_in(&self, language: Language) -> Option<TenantText<'_>> {
        told_if(language, self.note.as_ref(), self.note_en.as_ref())
    }

    /// A short mark.
    pub fn badge_in(&self, language: Language) -> Option<TenantText<'_>> {
        told_if(language, self.badge.as_ref(), self.badge_en.as_ref())
    }
}

impl SsoClient {
    /// Who runs the service.
    pub fn operator_in(&self, language: Language) -> TenantText<'_> {
        told(language, &self.operator, self.operator_en.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_english_is_shown_in_japanese_and_says_so() {
        let (ja, en) = ("みどり".to_owned(), "Midori".to_owned());
        let japanese = TenantText { text: "みどり", language: Language::Ja };
        let english = TenantText { text: "Midori", language: Language::En };
        assert_eq!(told(Language::En, &ja, Some(&en)), english);
        assert_eq!(told(Language::En, &ja, None), japanese);
        assert_eq!(told(Language::Ja, &ja, Some(&en)), japanese);
        assert_eq!(told_if(Language::En, Some(&ja), None), Some(japanese));
        assert_eq!(told_if(Language::En, None, Some(&en)), None);
    }
}
