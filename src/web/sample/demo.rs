//! Samples of the demo's own page and of its service's.

use askama::Template as _;
use serde_json::json;

use super::TEN;
use crate::{
    domain::{
        route::Route,
        sso::acr::Acr,
        tenant::{Language, Method, Tenant},
    },
    web::page::demo::{DemoLetter, DemoMember, DemoPage, DemoServicePage, ServiceTold, Union},
    wording::Wording,
};

/// Draws each of them.
pub(super) fn all(
    tenant: &Tenant,
    wording: &Wording,
    language: Language,
    draw: &mut impl FnMut(&str, askama::Result<String>),
) {
    draw("demo", page(tenant, wording, language).render());
    let nobody = || DemoServicePage {
        words: wording.plain(language),
        union: tenant.name_in(language),
        portal: format!("http://{}.localhost:8080{}", tenant.slug, Route::Top),
        place: format!("/{}/", tenant.slug),
        name: None,
        told: Vec::new(),
        proof: Vec::new(),
        declined: false,
        failed: None,
    };
    draw("demo-service-nobody", nobody().render());
    draw("demo-service-declined", DemoServicePage { declined: true, ..nobody() }.render());
    draw("demo-service-failed", DemoServicePage { failed: Some("state"), ..nobody() }.render());
    let name = wording.words(tenant, language).msg("sample-member");
    let told = json!({
        "sub": "Tc0ZkcK4eyUnRbFDhxZZCBrMl0DhNm2Cq0sfB6QHJ1I", "name": name, "email": "hanako@example.jp",
        "email_verified": true, "birthdate": "1980-12-01", "kenpo_kigo": "21", "kenpo_bango": "1001",
        "kenpo_branch": "00", "kenpo_union_id": tenant.slug.as_str(), "kenpo_union_name": tenant.name,
    });
    let acr = Acr::of(Method::AppOtp);
    let proof = json!({ "acr": acr.as_str(), "amr": acr.amr(), "auth_time": TEN.as_second() });
    let page = DemoServicePage {
        name: Some(name),
        told: ServiceTold::all(&told),
        proof: ServiceTold::all(&proof),
        ..nobody()
    };
    draw("demo-service", page.render());
}

fn page<'a>(tenant: &Tenant, wording: &'a Wording, language: Language) -> DemoPage<'a> {
    let words = wording.words(tenant, language);
    let member = |name: &str, user_id: &str, activated: bool| DemoMember {
        name: words.msg(name),
        user_id: user_id.into(),
        first_password: "12345678919801201".into(),
        birth_date: "19801201".into(),
        code: activated.then(|| "066474".into()),
        activated,
    };
    DemoPage {
        key: "gezd gnbv gy3t qojq gezd gnbv gy3t qojq".into(),
        code: Some("066474".into()),
        words: wording.plain(language),
        other: if language == Language::Ja { "en" } else { "ja" },
        unions: vec![Union {
            name: tenant.name_in(language).text.to_owned(),
            slug: tenant.slug.to_string(),
            url: format!("http://{}.localhost:8080/", tenant.slug),
            service: format!("http://localhost:8081/{}/", tenant.slug),
            members: vec![
                member("sample-member", "hanako01", false),
                member("sample-other-member", "taro0001", true),
            ],
        }],
        letters: vec![DemoLetter {
            page: "/letters/0".into(),
            union: tenant.name.clone(),
            to: "hanako@example.jp".into(),
            subject: format!(
                "{}{}",
                tenant.subject_prefix_in(language).text,
                words.msg1("letter-first-login-done-subject", "clock", words.clock_at(TEN))
            ),
            time: words.moment(TEN),
            text: words.msg("first-login-done-title"),
        }],
    }
}
