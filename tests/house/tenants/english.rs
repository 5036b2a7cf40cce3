//! English beside a union's texts, and the pictures by which it is known: what `tenant check` says of them.

use kenpo_portal::{
    domain::tenant::Language,
    tenants::{Finding, FindingCode},
    web::identity::{UnionFile, picture_href, tenant_css},
};

use super::{edited, folder, read, told, write};

/// What is told of Midori with that file, in both languages, and by code.
fn checked(dir: &std::path::Path, text: impl AsRef<[u8]>) -> (Vec<FindingCode>, String) {
    write(dir, "midorikenpo.toml", text);
    let loaded = read(dir);
    let own = |finding: &&Finding| finding.tenant.is_some();
    let codes = loaded.findings.iter().filter(own).map(|finding| finding.code).collect();
    (codes, told(dir, &loaded, Language::Ja) + "\n" + &told(dir, &loaded, Language::En))
}

#[test]
fn english_that_is_half_done_or_seen_by_nobody_is_told() {
    let dir = folder();
    let named = "name = \"みどり健康保険組合\"\nname_en = \"Midori Health Insurance Society\"";
    let text = edited("name = \"みどり健康保険組合\"", named);
    let (codes, said) = checked(dir.path(), &text);
    assert_eq!(codes, [FindingCode::EnglishPartly], "{said}");
    let missing = "short_name_en, contact.hours_en, terms.file_en, notices.0.text_en, services.0.label_en, \
         services.0.sso.operator_en";
    assert!(said.contains(&format!("To be added: {missing}")), "{said}");
    assert_eq!(said.matches(missing).count(), 2, "what is made of others is not missed: {said}");

    let (codes, said) = checked(dir.path(), format!("{text}\n[i18n]\nlocales = [\"ja\"]\n"));
    assert_eq!(codes, [FindingCode::EnglishUnseen], "{said}");
    assert!(said.contains("name_en is shown to nobody"), "{said}");
}

#[test]
fn an_english_name_serves_wherever_the_japanese_one_does() {
    let dir = folder();
    let named = "name = \"みどり健康保険組合\"\nname_en = \"Midori\"\n";
    checked(dir.path(), edited("name = \"みどり健康保険組合\"\nshort_name = \"みどり健保\"\n", named));
    let loaded = read(dir.path());
    let union = loaded.tenants.iter().next().unwrap();
    assert_eq!(union.short_name_in(Language::En).text, "Midori");
    assert_eq!(union.subject_prefix_in(Language::En).text, "[Midori] ");
    assert_eq!(union.from_name_in(Language::En).text, "Midori");
    assert_eq!(union.heading_in(Language::En).text, "Midori Members’ Site");
    assert_eq!(union.short_name_in(Language::Ja).text, "みどり健康保険組合");
}

#[test]
fn a_translation_counts_for_the_version_that_it_names() {
    let dir = folder();
    let terms = "version = \"2026-04-01\"\nfile_en = \"midorikenpo/terms.en.md\"\n";
    let translated = |more: &str| edited("version = \"2026-04-01\"\n", &format!("{terms}{more}"));
    let shown = |dir: &std::path::Path| {
        read(dir).tenants.iter().next().unwrap().terms_in(Language::En).language == Language::En
    };
    write(
        dir.path(),
        "midorikenpo/terms.en.md",
        "# Terms\n\n## What changed\n\n- Article 6\n\n## Article 1\n\nText\n",
    );
    for late in ["", "version_en = \"2025-04-01\"\n"] {
        let (codes, said) = checked(dir.path(), translated(late));
        assert!(codes.contains(&FindingCode::TranslationLate) && !shown(dir.path()), "{said}");
    }
    let (codes, said) = checked(dir.path(), translated("version_en = \"2026-04-01\"\n"));
    assert!(!codes.contains(&FindingCode::TranslationLate) && shown(dir.path()), "{said}");
    let loaded = read(dir.path());
    let union = loaded.tenants.iter().next().unwrap();
    assert_eq!(union.english.terms_changes.as_deref(), Some("<ul>\n<li>Article 6</li>\n</ul>\n"));
    write(dir.path(), "midorikenpo/terms.en.md", "\n");
    let (codes, said) = checked(dir.path(), translated("version_en = \"2026-04-01\"\n"));
    assert!(codes.contains(&FindingCode::OutOfRange), "{said}");
}

/// A PNG of that size, as far as it is read (PNG, 5.2, 5.3 and 11.2), with where it was taken.
fn png(width: u32, height: u32) -> Vec<u8> {
    let chunk = |kind: [u8; 4], data: &[u8]| {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&length[..], &kind, data, &[0; 4]].concat()
    };
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes()[..], &[8, 6, 0, 0, 0]].concat();
    let parts = [chunk(*b"IHDR", &head), chunk(*b"eXIf", b"35.6N 139E"), chunk(*b"IEND", b"")];
    [b"\x89PNG\r\n\x1a\n".to_vec(), parts.concat()].concat()
}

/// A JPEG of that size, as far as it is read (ITU-T T.81, B.2.2), with where it was taken.
fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let place = b"\xff\xe1\0\x0c35.6N 139E";
    let frame =
        [b"\xff\xc0\0\x08\x08", &height.to_be_bytes()[..], &width.to_be_bytes()[..], b"\x03"].concat();
    [b"\xff\xd8", &place[..], &frame[..], b"\xff\xda\0\x02scan\xff\xd9"].concat()
}

#[test]
fn pictures_are_of_the_kind_and_the_size_that_their_place_takes() {
    use FindingCode::{FileKind, FileMissing, FileTooLarge, PictureSize};
    let dir = folder();
    let large = [jpeg(900, 600), vec![0; 200 * 1024]].concat();
    let files: [(&str, Vec<u8>); 8] = [
        ("square.png", png(192, 192)),
        ("wide.png", png(400, 192)),
        ("small.png", png(179, 179)),
        ("photo.jpg", jpeg(900, 600)),
        ("narrow.jpg", jpeg(799, 600)),
        ("large.jpg", large),
        ("text.jpg", b"\xff\xd8\xff text".to_vec()),
        ("drawing.svg", super::LOGO.into()),
    ];
    for (name, content) in &files {
        write(dir.path(), &format!("midorikenpo/{name}"), content);
    }
    for (key, file, expected) in [
        ("touch_icon", "square.png", None),
        ("touch_icon", "wide.png", Some(PictureSize)),
        ("touch_icon", "small.png", Some(PictureSize)),
        ("touch_icon", "drawing.svg", Some(FileKind)),
        ("touch_icon", "photo.jpg", Some(FileKind)),
        ("touch_icon", "none.png", Some(FileMissing)),
        ("hero", "photo.jpg", None),
        ("hero", "narrow.jpg", Some(PictureSize)),
        ("hero", "square.png", Some(PictureSize)),
        ("hero", "large.jpg", Some(FileTooLarge)),
        ("hero", "text.jpg", Some(FileKind)),
        ("hero", "drawing.svg", Some(FileKind)),
    ] {
        let brand = "logo = \"midorikenpo/logo.svg\"\n";
        let text = edited(brand, &format!("{brand}{key} = \"midorikenpo/{file}\"\n"));
        let (codes, said) = checked(dir.path(), text);
        assert_eq!(codes, expected.into_iter().collect::<Vec<_>>(), "{key} {file}: {said}");
        let loaded = read(dir.path());
        let Some(union) = loaded.tenants.iter().next() else {
            assert!(expected.is_some(), "{key} {file}");
            continue;
        };
        let place = if key == "hero" { UnionFile::Hero } else { UnionFile::TouchIcon };
        let (_, bytes) = place.content(union).unwrap();
        let given = files.iter().find(|(name, _)| *name == file).unwrap();
        let hero = union.brand.hero.as_ref();
        assert!(!bytes.windows(5).any(|at| at == b"35.6N"), "{file}: where it was taken is left out");
        assert!(given.1.windows(5).any(|at| at == b"35.6N"), "{file}");
        match hero {
            Some(picture) => {
                let href = picture_href(picture);
                let beside = format!("url({})", href.rsplit('/').next().unwrap());
                assert!(tenant_css(union).contains(&beside), "{}", tenant_css(union));
            }
            None => assert!(bytes.len() < given.1.len()),
        }
    }
}
