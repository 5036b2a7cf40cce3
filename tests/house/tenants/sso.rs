//! Single sign-on in a union's file: what is refused.

use kenpo_portal::{
    domain::sso::{Pkce, Scope, SigningAlgorithm},
    tenants::FindingCode,
};

use super::{MIDORI, folder, read, rules, write};

#[test]
fn what_services_may_not_be() {
    use FindingCode::*;
    const URIS: &str = "redirect_uris = [\"https://mieru.example.jp/callback\"]";
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
        (SsoTestOnly, SCOPES, "scopes = [\"openid\"]\npkce = \"optional\""),
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
    assert!(tenant.client("Mieru").is_none() && tenant.client("").is_none() && !tenant.sso.test);
}
