//! Every page in both languages, as it is and with errors, at a made-up union and at each of `tenants/`: it renders,
//! says everything it should say, and has the bones a screen reader needs.

use std::{env, fs, iter, path::Path, sync::Arc};

use kenpo_portal::{
    domain::{
        refusal::{BirthDateFlaw, Refusal},
        tenant::{Language, Tenant},
    },
    tenants::{LoadOptions, load},
    web::{assets, identity, page::NO_FIELD, sample},
    wording::{Wording, is_japanese},
};
use scraper::{ElementRef, Html, Selector};

use crate::{
    sample_tenant::{LOGO, midori, today},
    source::sources,
};

mod account;
mod guide;
mod help;
mod mail;
mod met;

/// Every page by name.
fn pages(tenant: &Tenant, wording: &Wording, language: Language) -> Vec<(String, String)> {
    sample::pages(tenant, wording, language).unwrap()
}

#[test]
fn every_page_renders_in_both_languages_with_the_bones_it_needs() {
    look_at_all(&midori());
}

#[test]
fn japanese_on_an_english_page_is_marked_for_screen_readers() {
    let wording = Wording::new();
    let unions = every_union().into_iter().chain([Arc::new(midori())]);
    let unmarked: Vec<String> = unions
        .flat_map(|tenant| {
            let drawn = pages(&tenant, &wording, Language::En).into_iter();
            drawn.map(move |(name, html)| (format!("{name} at {}", tenant.slug), html))
        })
        .flat_map(|(name, html)| {
            let texts = unmarked_japanese(&Html::parse_document(&html)).into_iter();
            texts.map(move |text| format!("{name}: {text}"))
        })
        .collect();
    assert!(unmarked.is_empty(), "{}", unmarked.join("\n"));
}

#[test]
fn every_page_renders_at_every_union_of_the_folder() {
    for tenant in every_union() {
        look_at_all(&tenant);
    }
}

/// The unions of the folder.
fn every_union() -> Vec<Arc<Tenant>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tenants");
    let loaded =
        load(&folder, &LoadOptions { base_domains: &[], today: today(), ..LoadOptions::default() }).unwrap();
    assert_eq!(loaded.tenants.len(), loaded.seen.len(), "a union was left out: kenpo-portal tenant check");
    assert!(!loaded.tenants.is_empty());
    loaded.tenants.iter().cloned().collect()
}

fn look_at_all(tenant: &Tenant) {
    let wording = Wording::new();
    for language in [Language::Ja, Language::En] {
        for (name, html) in pages(tenant, &wording, language) {
            look_at(tenant, &name, language, &html);
        }
    }
}

/// Japanese between tags that a screen reader would read in another language. A page's title can carry no mark, and a
/// drawing is read by its label alone.
fn unmarked_japanese(page: &Html) -> Vec<String> {
    let elements =
        page.select(&Selector::parse("body, body :not([role=img] *)").unwrap()).collect::<Vec<_>>();
    let is_foreign = |element: &&ElementRef<'_>| {
        let mut nearest = iter::once(**element).chain(element.ancestors().filter_map(ElementRef::wrap));
        nearest.find_map(|one| one.attr("lang")) != Some("ja")
    };
    let own_texts = |element: &ElementRef<'_>| {
        let texts = element.children().filter_map(|node| node.value().as_text().map(|text| text.to_string()));
        texts.filter(|text| text.contains(is_japanese)).collect::<Vec<_>>()
    };
    elements.iter().filter(is_foreign).flat_map(own_texts).collect()
}

fn look_at(tenant: &Tenant, page_name: &str, language: Language, html: &str) {
    let name = &format!("{page_name}.{} at {}", language.as_str(), tenant.slug);
    let page = Html::parse_document(html);
    assert!(page.errors.is_empty(), "{name}: {:?}", page.errors);
    let all = |css: &str| page.select(&Selector::parse(css).unwrap()).collect::<Vec<_>>();
    let text = all("html").iter().flat_map(ElementRef::text).collect::<String>();
    let signs = all(".signs, .symbols").iter().flat_map(ElementRef::text).collect::<String>();
    let braces = |text: &str| text.matches(['{', '}']).count();
    assert_eq!(braces(&text), braces(&signs), "{name}: a message is missing");
    assert_eq!(all("h1").len(), 1, "{name}: one h1");
    let levels: Vec<u8> = all("main :is(h1, h2, h3, h4, h5, h6)")
        .iter()
        .map(|h| h.value().name().as_bytes()[1] - b'0')
        .collect();
    assert!(
        levels.windows(2).all(|two| two[1] <= two[0] + 1),
        "{name}: a level of headings is skipped: {levels:?}"
    );
    assert_eq!(all("main").len(), 1, "{name}: one main");
    let dressed = !all(&format!("link[href='{}']", assets::SESSION_CSS.href())).is_empty();
    assert!(all("details.menu").is_empty() || dressed, "{name}: a menu without its style sheet");
    assert_eq!(all("html[lang]").len(), 1, "{name}: a language");
    assert!(all("[style], style, [onclick], script:not([src])").is_empty(), "{name}: nothing inline");
    let wrong = !all("[aria-invalid], .summary").is_empty();
    let title = all("title").iter().flat_map(ElementRef::text).collect::<String>();
    let failed = wrong || name.starts_with("problem-") || name.starts_with("unknown-host");
    assert_eq!(title.starts_with("エラー:") || title.starts_with("Error:"), failed, "{name}: {title}");
    for field in all("input:not([type=hidden], [aria-hidden]), select") {
        let id = field.attr("id").unwrap_or_else(|| panic!("{name}: a field without id"));
        assert_eq!(all(&format!("label[for='{id}']")).len(), 1, "{name}: a label for {id}");
    }
    for described in all("[aria-describedby]") {
        for id in described.attr("aria-describedby").unwrap().split(' ') {
            assert_eq!(all(&format!("#{id}")).len(), 1, "{name}: {id} describes");
        }
    }
    let link = Selector::parse("a").unwrap();
    let told: Vec<String> = all(".wrong p").iter().map(|p| p.text().collect()).collect();
    for link in all(".summary a") {
        let (href, said) = (link.attr("href").unwrap(), link.text().collect::<String>());
        assert_eq!(all(href).len(), 1, "{name}: the summary leads to its field");
        if let Some(id) = href.strip_prefix('#') {
            assert_ne!(id, NO_FIELD, "{name}: what belongs to no field is no link");
            let legend = all(&format!("#{id}-legend"));
            let label = if legend.is_empty() { all(&format!("label[for='{id}']")) } else { legend };
            let label = label[0].text().collect::<String>();
            assert!(said.contains(label.trim()) || label.starts_with(&said), "{name}: {said} is not {label}");
            assert_eq!(all(&format!("#{id}-error")).len(), 1, "{name}: the field {id} says why");
        }
        assert!(!told.contains(&said), "{name}: said twice: {said}");
    }
    for line in all(".summary li").iter().filter(|line| line.select(&link).next().is_none()) {
        let said = line.text().collect::<String>();
        assert_eq!(text.matches(&said).count(), 1, "{name}: said twice: {said}");
    }
    if !name.starts_with("demo") && !name.starts_with("unknown-host") {
        let phone = tenant.contact.phone.replace('-', "");
        // Once a page: at its foot, or where the page is about calling.
        assert_eq!(all(&format!("a[href='tel:{phone}']")).len(), 1, "{name}: the union's phone");
        // On failure pages, and on no other (D16, D35).
        let is_failure = name.starts_with("problem-") || !all(".summary, .pause").is_empty();
        assert_eq!(text.contains("K7M294QA"), is_failure, "{name}: the receipt number");
        assert!(text.contains(tenant.name_in(language).text), "{name}: the union's name");
    }
    let sheets = all("link[rel=stylesheet]").into_iter().filter_map(|link| link.attr("href"));
    let scripts = all("script").into_iter().filter_map(|script| script.attr("src"));
    let assets = sheets.chain(scripts).filter_map(assets::find).map(|asset| asset.bytes.len());
    let wire = html.len() + assets.sum::<usize>();
    let is_behind_the_login = !all("[data-seconds]").is_empty();
    let most = if page_name.starts_with("help-of-") || page_name == "help-whole" {
        // All of the guide is for paper, and is no page anybody has to pass.
        128
    } else if page_name.starts_with("help") {
        60
    } else if is_behind_the_login {
        // Nobody's first page: sheets and scripts came with the sign-in.
        48
    } else {
        40
    };
    assert!(wire <= most * 1024, "{name}: {wire} bytes before compression");
}

#[test]
fn a_union_s_own_sentence_wins_in_japanese() {
    let (mut tenant, wording) = (midori(), Wording::new());
    tenant.texts_ja = vec![("portal-top-lead".into(), "ようこそ。".into())];
    assert_eq!(wording.words(&tenant, Language::Ja).msg("portal-top-lead"), "ようこそ。");
    assert!(wording.words(&tenant, Language::En).msg("portal-top-lead").starts_with("Use the services"));
    tenant.texts_ja = vec![("portal-top-lead".into(), "おかえりなさい。".into())];
    assert_eq!(wording.words(&tenant, Language::Ja).msg("portal-top-lead"), "おかえりなさい。");
}

#[test]
fn what_changed_in_the_terms_stands_above_them_and_only_for_those_who_agreed_before() {
    let (tenant, wording) = (midori(), Wording::new());
    for (language, heading, agreed) in
        [(Language::Ja, "変わったところ", "2025年3月3日"), (Language::En, "What changed", "3 March 2025")]
    {
        let pages = pages(&tenant, &wording, language);
        let page = |name: &str| {
            let (_, html) = pages.iter().find(|(page, _)| page == name).unwrap();
            Html::parse_document(html)
        };
        let words = |page: &Html, css: &str| -> Vec<String> {
            let css = Selector::parse(css).unwrap();
            page.select(&css).map(|element| element.text().collect::<String>().trim().to_owned()).collect()
        };
        let changed = page("terms-changed");
        assert_eq!(words(&changed, ".changes h2"), [heading]);
        // The union's own text is Japanese, whatever language the page around it has; another one says so.
        let marked = if language == Language::Ja { ":not([lang])" } else { "[lang=ja]" };
        assert!(words(&changed, &format!(".changes div{marked}"))[0].contains("第6条"));
        assert_eq!(words(&changed, &format!(".terms{marked}")).len(), 1);
        assert_eq!(words(&changed, ".changes ~ .terms").len(), 1, "the block comes first");
        assert_eq!(words(&changed, ".parameters dd")[1..], ["第3版", agreed]);
        let untold = page("terms-changed-untold");
        assert_eq!(words(&untold, ".parameters dd"), words(&changed, ".parameters dd"));
        assert!(words(&untold, ".changes").is_empty());
        let first = page("terms");
        assert!(words(&first, ".changes, .parameters").is_empty());
    }
}

#[test]
fn a_passkey_that_was_not_made_is_told_in_the_manual_s_words() {
    let (tenant, wording) = (midori(), Wording::new());
    let pages = pages(&tenant, &wording, Language::Ja);
    let text = |name: &str| {
        let (_, html) = pages.iter().find(|(page, _)| page == name).unwrap();
        Html::parse_document(html).root_element().text().collect::<String>()
    };
    for flaw in ["cancelled", "too-late", "not-accepted"] {
        let text = text(&format!("set-up-passkey-{flaw}"));
        for quoted in
            ["セキュリティーキー・エラー", "セキュリティーキーの登録結果が無効です。", "再試行してください"]
        {
            assert!(text.contains(quoted), "{flaw}: {quoted}");
        }
    }
    let here = text("set-up-passkey-more-already-here");
    assert!(here.contains("この端末は登録ずみです") && !here.contains("無効"), "good news");
    assert!(!text("prove-passkey-cancelled").contains("登録結果"), "nothing was to be registered");
}

#[test]
fn whoever_is_asked_for_a_factor_may_begin_anew() {
    let pages = sample::pages(&midori(), &Wording::new(), Language::Ja).unwrap();
    let back = Selector::parse("main .links a[href='/signin']").unwrap();
    for asked in ["prove-totp", "prove-passkey-alone", "mail-code"] {
        let (_, html) = pages.iter().find(|(name, _)| *name == asked).unwrap();
        assert_eq!(Html::parse_document(html).select(&back).count(), 1, "{asked}");
    }
}

#[test]
fn the_script_of_passkeys_is_loaded_where_it_has_a_form() {
    let (tenant, wording) = (midori(), Wording::new());
    for (name, html) in pages(&tenant, &wording, Language::Ja) {
        let page = Html::parse_document(&html);
        let all = |css: &str| page.select(&Selector::parse(css).unwrap()).collect::<Vec<_>>();
        let loaded = !all(&format!("script[src='{}']", assets::PASSKEY_JS.href())).is_empty();
        let forms = all("form[data-passkey]");
        assert!(loaded || forms.is_empty(), "{name}: the script");
        for form in forms {
            let fields = Selector::parse("input[type=hidden][name=credential]").unwrap();
            assert_eq!(form.select(&fields).count(), 1, "{name}: a field for the answer");
            let button = Selector::parse("button[data-busy]").unwrap();
            assert_eq!(form.select(&button).count(), 1, "{name}: a button");
            let (action, options) = (form.attr("action").unwrap(), form.attr("data-options").unwrap());
            assert_eq!(options, format!("{action}/options"), "{name}");
        }
    }
}

#[test]
fn every_refusal_of_a_birth_date_names_the_way_to_write_it() {
    let wording = Wording::new();
    let said = wording.plain(Language::Ja).refusal(&Refusal::BirthDate(BirthDateFlaw::SixDigits));
    assert!(said.contains("19790822"));
}

#[test]
fn every_page_there_is_is_drawn() {
    let here: String = sources("src/web")
        .iter()
        .filter(|source| source.path.starts_with("src/web/sample"))
        .map(|source| source.code.as_str())
        .collect();
    let mut pages = 0;
    // What is a part of a page is drawn with it.
    let wholes = |source: &crate::source::Source| !source.path.ends_with("help/screen.rs");
    for source in sources("src/web/page").into_iter().filter(wholes) {
        for at in source.positions("template(") {
            let (_, behind) = source.code[at..].split_once("struct ").unwrap();
            let name: String = behind.chars().take_while(|c| c.is_alphanumeric()).collect();
            pages += 1;
            assert!(here.contains(&name), "{}: {name} is drawn by no sample", source.place(at));
        }
    }
    assert!(pages > 30, "{pages}");
}

/// Writes the pages as files to look at, if wanted.
#[test]
fn pages_are_written_where_they_are_wanted() {
    let Some(folder) = env::var_os("PORTAL_SCREENS_DIR") else { return };
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("assets/t")).unwrap();
    let (tenant, wording) = (midori(), Wording::new());
    let put = |href: &str, bytes: &[u8]| fs::write(folder.join(href.trim_start_matches('/')), bytes).unwrap();
    for file in assets::ALL {
        put(file.href(), assets::find(file.href()).unwrap().bytes);
    }
    put(&identity::tenant_css_href(&tenant), identity::tenant_css(&tenant).as_bytes());
    put(&identity::picture_href(tenant.brand.logo.as_ref().unwrap()), LOGO);
    for language in [Language::Ja, Language::En] {
        for (name, html) in pages(&tenant, &wording, language) {
            fs::write(
                folder.join(format!("{name}.{}.html", language.as_str())),
                html.replace("\"/assets/", "\"assets/"),
            )
            .unwrap();
        }
    }
}
