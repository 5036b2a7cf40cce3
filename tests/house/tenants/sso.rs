//! Single sign-on in a union's file: what is refused.

use kenpo_portal::{
    domain::sso::{ClientLogout, Pkce, RequiredAcr, Scope, SigningAlgorithm},
    tenants::{FindingCode, LoadOptions, load},
};

use super::{MIDORI, folder, read, rules, write};

#[test]
fn what_services_may_not_be() {
    use FindingCode::*;
    const URIS: &str = "redirect_uris = [\"https://mieru.example.jp/callback\"]";
    const URL: &str = "url = \"https://mieru.example.jp/\"";
    const SCOPES: &str = "scopes = [\"openid\", \"profile\", \"kenpo_insured\"]";
    let shown = rules(&[
        (Missing, "client_id = \"mieru\"\n", ""),
        (Missing, "relation = \"entrusted\"\n", ""),
        (UnknownWord, "relation = \"entrusted\"", "relation = \"friend\""),
        (
            Repeated,
            "[[services]]",
            concat!(
                "[[services]]\nid = \"a\"\nlabel = \"a\"\nurl = \"https://a.example.jp/\"\n",
                "[services.sso]\nclient_id = \"mieru\"\noperator = \"a\"\nrelation = \"joint\"\n",
                "purpose = \"other\"\nredirect_uris = [\"https://a.example.jp/\"]\n[[services]]",
            ),
        ),
        (SsoIssuer, "[hosts]", "[sso]\nissuer = \"https://other.example.jp\"\n[hosts]"),
        (SsoIssuer, "[hosts]", "[sso]\nissuer = \"https://www.midorikenpo.portal.example.jp/\"\n[hosts]"),
        (SsoIssuer, "[hosts]", "[sso]\nissuer = \"http://www.midorikenpo.portal.example.jp\"\n[hosts]"),
        (SsoInsurer, "[hosts]", "[sso]\ninsurer_number = \"06132014\"\n[hosts]"),
        (SsoInsurer, "[hosts]", "[sso]\ninsurer_number = \"みどり健保の番号\"\n[hosts]"),
        (SsoKeys, SCOPES, "scopes = [\"openid\"]\nauth = \"private-key\""),
        (SsoKeys, SCOPES, "scopes = [\"openid\"]\njwks = \"midorikenpo/terms.md\""),
        (SsoKeys, SCOPES, "scopes = [\"openid\"]\nauth = \"private-key\"\njwks = \"midorikenpo/terms.md\""),
        (
            FileMissing,
            SCOPES,
            "scopes = [\"openid\"]\nauth = \"private-key\"\njwks = \"midorikenpo/none.json\"",
        ),
        (SsoTest, "[hosts]", "[sso]\ntest = true\n[hosts]"),
        (SsoUri, URIS, "redirect_uris = [\"http://mieru.example.jp/callback\"]"),
        (SsoUri, URIS, "redirect_uris = [\"https://*.example.jp/callback\"]"),
        (SsoUri, URIS, "redirect_uris = [\"https://mieru.example.jp/callback#x\"]"),
        (SsoUri, URIS, "redirect_uris = [\"https://192.0.2.1/callback\"]"),
        (SsoUri, URIS, "redirect_uris = [\"http://localhost:3000/callback\"]"),
        (SsoUri, URIS, "redirect_uris = [\"https://mieru.example.jp@evil.example/callback\"]"),
        (SsoClient, URIS, "redirect_uris = []"),
        (SsoClient, SCOPES, "scopes = [\"profile\"]"),
        (SsoClient, "client_id = \"mieru\"", "client_id = \"見える\""),
        (SsoInsured, "relation = \"entrusted\"", "relation = \"third-party\""),
        (SsoInsured, "purpose = \"health-insurance\"", "purpose = \"other\""),
        (SsoStrength, SCOPES, "scopes = [\"openid\"]\nrequire_acr = \"passkey\""),
        (
            SsoUri,
            SCOPES,
            concat!("scopes = [\"openid\"]\n", "post_logout_redirect_uris = [\"https://a.example.jp/#x\"]"),
        ),
        (
            SsoUri,
            SCOPES,
            concat!("scopes = [\"openid\"]\n", "backchannel_logout_uri = \"http://a.example.jp/out\""),
        ),
        (SsoLogout, SCOPES, concat!("scopes = [\"openid\"]\n", "logout_on_idle = true")),
        (SsoLogout, SCOPES, concat!("scopes = [\"openid\"]\n", "internal = true")),
        (SsoTestOnly, SCOPES, "scopes = [\"openid\"]\npkce = \"optional\""),
        (SsoTestOnly, URL, "url = \"http://localhost:3000/login\""),
        (Malformed, URL, "url = \"http://mieru.example.jp/login\""),
    ]);
    insta::assert_snapshot!(shown);
}

#[test]
fn what_a_file_does_not_say_is_the_strict_value() {
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", MIDORI);
    let loaded = read(dir.path());
    let tenant = loaded.tenants.iter().next().unwrap();
    let (service, client) = tenant.client("mieru").unwrap();
    assert_eq!((client.pkce, client.signing), (Pkce::Required, SigningAlgorithm::Es256));
    assert_eq!((client.sector.as_str(), service.id.as_str()), ("medical-expenses", "medical-expenses"));
    assert_eq!(client.scopes, [Scope::OpenId, Scope::Profile, Scope::Insured]);
    assert_eq!((client.require_acr, client.fresh_minutes), (RequiredAcr::Any, 0));
    assert_eq!(client.logout, ClientLogout::default());
    assert!(tenant.client("Mieru").is_none() && tenant.client("").is_none() && !tenant.sso.test);
}

#[test]
fn the_name_by_which_services_know_a_union_stays() {
    let host = "https://www.midorikenpo.portal.example.jp";
    let text = MIDORI.replacen("[hosts]", &format!("[sso]\nissuer = \"{host}\"\n[hosts]"), 1);
    let dir = folder();
    write(dir.path(), "midorikenpo.toml", &text);
    let old = "https://midorikenpo.portal.example.jp";
    for (tenant, issuer, is_refused) in
        [("midorikenpo", host, false), ("midorikenpo", old, true), ("hinatakenpo", old, false)]
    {
        let issuers = [(tenant.to_owned(), issuer.to_owned())];
        let today = jiff::civil::date(2026, 4, 1);
        let loaded =
            load(dir.path(), &LoadOptions { issuers: &issuers, today, ..LoadOptions::default() }).unwrap();
        let is_told = loaded.findings.iter().any(|finding| finding.code == FindingCode::SsoIssuerFrozen);
        assert_eq!((is_told, loaded.tenants.is_empty()), (is_refused, is_refused), "{tenant} {issuer}");
    }
    // Without a line it is whatever it was.
    write(dir.path(), "midorikenpo.toml", MIDORI);
    let issuers = [("midorikenpo".to_owned(), old.to_owned())];
    let today = jiff::civil::date(2026, 4, 1);
    let loaded =
        load(dir.path(), &LoadOptions { issuers: &issuers, today, ..LoadOptions::default() }).unwrap();
    assert!(!loaded.tenants.is_empty());
}

#[test]
fn a_union_for_trying_out_has_tiles_that_lead_to_a_vendors_own_machine() {
    let dir = folder();
    for here in ["http://localhost:3000/login", "https://kenshin.localhost/", "http://127.0.0.1:8000/?a=b"] {
        let text = MIDORI.replace("https://mieru.example.jp/\"\nicon", &format!("{here}\"\nicon"));
        let is_told = |text: &str| {
            write(dir.path(), "midorikenpo.toml", text);
            let loaded = read(dir.path());
            (
                loaded.findings.iter().any(|finding| finding.code == FindingCode::SsoTestOnly),
                loaded.tenants.is_empty(),
            )
        };
        assert_eq!(is_told(&text), (true, true), "{here}");
        let test = text.replacen("[hosts]", "[sso]\ntest = true\n[hosts]", 1);
        assert_eq!(is_told(&test), (false, false), "{here}");
        let union = read(dir.path());
        assert_eq!(union.tenants.iter().next().unwrap().client("mieru").unwrap().0.url, here);
    }
}
