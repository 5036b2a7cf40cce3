//! Files: everything that a preview consists of, by its path below the preview's folder.

use std::collections::BTreeMap;

use askama::Template as _;
use jiff::{ToSpan as _, civil::Date};

use super::{
    page::{IndexPage, LettersPage, ListedPage, ScreenPage, ShownLetter, ShownLook, Voiced},
    plain::{Scheme, settled, still, title},
};
use crate::{
    cli::{CommandFault, voice, wording},
    domain::{
        member::MemberNumber,
        origin::PublicAddress,
        roster::CredentialNotice,
        route::Route,
        tenant::{CredentialLetter, Language, Tenant},
    },
    mail::{
        framed::FramedLetter,
        letter::{Composed, compose},
        printed::PrintedLetters,
        sample as letter_sample,
    },
    web::{assets, identity::UnionFile, page::help::GuidePage, sample},
    wording::Wording,
};

/// The page that lists all others.
pub const INDEX: &str = "index.html";
/// The style of the preview's own pages.
const STYLE: &str = "preview.css";

/// A union's pages and letters as files of one folder, and what they show.
#[derive(Debug)]
pub struct PreviewFiles {
    /// Each file by its path.
    pub content: BTreeMap<String, Vec<u8>>,
    /// How many pages in one of their states there are.
    pub screens: usize,
    /// How many letters there are.
    pub letters: usize,
}

/// A page in one of its states, in every language of the union.
struct DrawnScreen {
    name: String,
    titles: Vec<String>,
}

impl PreviewFiles {
    /// Draws it, explained in that language. Notices that are over on that day (civil date in Japan) are left out; those to
    /// come are shown.
    ///
    /// # Errors
    /// A template failed.
    pub fn draw(
        tenant: &Tenant,
        public: &PublicAddress,
        language: Language,
        today: Date,
    ) -> Result<Self, CommandFault> {
        let tenant = &with_notices_to_come(tenant, today);
        let wording = &*wording();
        let mut content = BTreeMap::new();
        content
            .insert(STYLE.to_owned(), include_bytes!("../../../../templates/preview/preview.css").to_vec());
        for scheme in Scheme::ALL {
            put_assets(&mut content, tenant, scheme);
        }
        let mut drawn: Vec<DrawnScreen> = Vec::new();
        for spoken in &tenant.languages {
            let met = sample::pages(tenant, wording, *spoken)?;
            let met = met.into_iter().filter(|(name, _)| sample::is_met(tenant, name));
            for (at, (name, html)) in met.enumerate() {
                for scheme in Scheme::ALL {
                    let path = look(scheme, &name, spoken.as_str());
                    content.insert(path, still(&html, scheme).into_bytes());
                }
                match drawn.get_mut(at) {
                    Some(screen) => screen.titles.push(title(&html).to_owned()),
                    None => drawn.push(DrawnScreen { name, titles: vec![title(&html).to_owned()] }),
                }
            }
        }
        let voiced = Voiced::new(voice(language), tenant);
        let shown = tenant.languages.iter().position(|spoken| *spoken == language).unwrap_or(0);
        let shown_language = tenant.languages.get(shown).copied().unwrap_or(tenant.default_language);
        let error = wording.words(tenant, shown_language).msg("common-error-prefix");
        let listed: Vec<ListedPage> = drawn.iter().map(|screen| listed(screen, shown, &error)).collect();
        for (at, screen) in listed.iter().enumerate() {
            let looks = voiced.languages.iter().flat_map(|spoken| {
                Scheme::ALL.map(|scheme| ShownLook {
                    language: spoken,
                    scheme,
                    path: format!("../{}", look(scheme, &screen.name, spoken.tag)),
                })
            });
            let page = ScreenPage {
                voiced: &voiced,
                screen,
                looks: looks.collect(),
                before: at.checked_sub(1).and_then(|before| listed.get(before)),
                next: listed.get(at + 1),
            };
            content.insert(screen.path(), page.html()?);
        }
        let mut subjects = Vec::new();
        for (spoken, named) in tenant.languages.iter().zip(&voiced.languages) {
            let letters: Vec<ShownLetter> = letters(tenant, wording, *spoken, public)
                .into_iter()
                .enumerate()
                .map(|(at, mail)| {
                    let framed = format!("letters/{at}.{}.html", named.tag);
                    let html = FramedLetter::new(&mail, tenant).render()?;
                    content.insert(framed.clone(), html.into_bytes());
                    Ok(ShownLetter { subject: mail.subject, text: mail.text, framed })
                })
                .collect::<Result<_, askama::Error>>()?;
            if *spoken == shown_language {
                subjects = letters.iter().map(|letter| letter.subject.clone()).collect();
            }
            let page = LettersPage { voiced: &voiced, spoken: named, letters };
            content.insert(named.letters(), page.html()?);
            let mut frame = sample::frame(tenant, wording, *spoken, Route::Help);
            frame.origin = public.origin(tenant);
            let guide = GuidePage::new(frame, today).document()?;
            content.insert(named.guide(), guide.into_bytes());
        }
        let is_printed = tenant.policy.initial_password.letter != CredentialLetter::Mail;
        if is_printed {
            content.insert("printed.html".to_owned(), printed(tenant, wording, public, today)?.into_bytes());
        }
        let (screens, letters) = (listed.len(), subjects.len());
        let index = IndexPage { voiced: &voiced, groups: groups(&listed), subjects, is_printed };
        content.insert(INDEX.to_owned(), index.html()?);
        Ok(Self { content, screens, letters })
    }
}

/// The path of a page in one language and one scheme.
fn look(scheme: Scheme, name: &str, language: &str) -> String {
    format!("{}/{name}.{language}.html", scheme.word())
}

/// `error`: what the title of a page with an error begins with.
fn listed(screen: &DrawnScreen, shown: usize, error: &str) -> ListedPage {
    let title = screen.titles.get(shown).cloned().unwrap_or_default();
    let page_title = title.trim_start_matches(error.trim_end()).trim_start().to_owned();
    ListedPage { name: screen.name.clone(), title, page_title }
}

/// Pages of one title that follow each other: a page and its states.
fn groups(listed: &[ListedPage]) -> Vec<(&str, Vec<&ListedPage>)> {
    let mut groups: Vec<(&str, Vec<&ListedPage>)> = Vec::new();
    for page in listed {
        match groups.last_mut() {
            Some((title, group)) if *title == page.page_title => group.push(page),
            _ => groups.push((&page.page_title, vec![page])),
        }
    }
    groups
}

/// The union with the notices that are shown now or will be.
fn with_notices_to_come(tenant: &Tenant, today: Date) -> Tenant {
    let mut tenant = tenant.clone();
    tenant.notices.retain(|notice| notice.until.is_none_or(|until| today <= until));
    for notice in &mut tenant.notices {
        (notice.from, notice.until) = (None, None);
    }
    tenant
}

/// Style sheets and pictures, below the folder of that scheme.
fn put_assets(content: &mut BTreeMap<String, Vec<u8>>, tenant: &Tenant, scheme: Scheme) {
    let mut put = |href: &str, bytes: Vec<u8>| {
        content.insert(format!("{}{href}", scheme.word()), bytes);
    };
    for file in assets::ALL {
        let Some(asset) = assets::find(file.href()) else { continue };
        match file.href().rsplit_once('.').map_or("", |(_, ending)| ending) {
            "css" => {
                put(file.href(), settled(&String::from_utf8_lossy(asset.bytes), scheme).into_bytes());
            }
            "js" => {}
            _ => put(file.href(), asset.bytes.to_vec()),
        }
    }
    for file in UnionFile::ALL {
        if let Some((href, (_, bytes))) = file.href(tenant).zip(file.content(tenant)) {
            put(&href, bytes.to_vec());
        }
    }
}

/// Every letter that the union's members can get.
fn letters(tenant: &Tenant, wording: &Wording, language: Language, public: &PublicAddress) -> Vec<Composed> {
    let words = wording.words(tenant, language);
    let letters = letter_sample::letters(tenant, &words, public);
    let met = letters.into_iter().filter(|letter| letter_sample::is_met(tenant, letter));
    met.map(|letter| compose(&letter, tenant, &words, letter_sample::WRITTEN_AT)).collect()
}

/// The letter on paper that brings a first user ID and password.
fn printed(
    tenant: &Tenant,
    wording: &Wording,
    public: &PublicAddress,
    today: Date,
) -> Result<String, CommandFault> {
    let words = wording.words(tenant, tenant.default_language);
    let last_day = today.saturating_add(i64::from(tenant.policy.initial_password.valid_days).days());
    let printed = PrintedLetters::new(tenant, wording, public, last_day);
    let Some(number) = MemberNumber::parse("21", "1001", "00") else { return Ok(String::new()) };
    let name = words.msg("sample-member");
    let notice = CredentialNotice {
        number: &number,
        name: &name,
        login: letter_sample::LOGIN.to_owned(),
        password: letter_sample::PASSWORD.into(),
    };
    let notices = [notice];
    let mut page = printed.head(&notices)?;
    for (at, notice) in notices.iter().enumerate() {
        page.push_str(&printed.letter(at, notice)?);
    }
    Ok(page + PrintedLetters::FOOT)
}
