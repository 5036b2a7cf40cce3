//! Single sign-on: what `[sso]` and `[services.sso]` must mean together.

use super::finding::FindingCode;
use super::forms::is_here;
use super::layers::TenantFiles;
use super::phrases::shorten;
use crate::domain::saying::said;
use crate::domain::sso::{
    ClientAuth, Pkce, Purpose, Relation, RequiredAcr, Scope, SsoClient,
    client::{is_insurer_number, is_this_machine, uri_flaw},
};
use crate::domain::tenant::Tenant;

/// Every rule over a union's single sign-on.
pub(super) fn check(files: &mut TenantFiles<'_, '_>, tenant: &Tenant) {
    issuer(files, tenant);
    if tenant.sso.test {
        files.tell(
            FindingCode::SsoTest,
            &["sso.test"],
            said!("finding-sso-test"),
            said!("finding-sso-test-help"),
        );
    }
    if tenant.sso.insurer_number.as_ref().is_some_and(|number| !is_insurer_number(number)) {
        files.tell(
            FindingCode::SsoInsurer,
            &["sso.insurer_number"],
            said!("finding-sso-insurer"),
            said!("finding-sso-insurer-help"),
        );
    }
    for (at, service) in tenant.services.iter().enumerate() {
        if is_here(&service.url) && !tenant.sso.test {
            files.tell(
                FindingCode::SsoTestOnly,
                &[&format!("services.{at}.url"), "sso.test"],
                said!("finding-sso-tile-here", url = shorten(&service.url)),
                said!("finding-sso-tile-here-help", example = "https://www.example.jp/"),
            );
        }
        let Some(client) = &service.sso else { continue };
        let row = format!("services.{at}.sso");
        let before = tenant.services.iter().take(at).filter_map(|service| service.sso.as_ref());
        if before.clone().any(|other| other.id == client.id) {
            files.tell(
                FindingCode::Repeated,
                &[&format!("{row}.client_id")],
                said!("finding-sso-client-twice", id = shorten(&client.id)),
                said!("finding-sso-client-twice-help"),
            );
        }
        one(files, tenant, client, &row);
    }
}

/// The issuer in the file, against the one by which services know the union.
pub(super) fn frozen(files: &mut TenantFiles<'_, '_>, tenant: &Tenant, frozen: Option<&str>) {
    let (Some(new), Some(old)) = (&tenant.sso.issuer, frozen) else { return };
    if new != old {
        files.tell(
            FindingCode::SsoIssuerFrozen,
            &["sso.issuer"],
            said!("finding-sso-issuer-frozen", old, new = shorten(new)),
            said!("finding-sso-issuer-frozen-help", old),
        );
    }
}

fn issuer(files: &mut TenantFiles<'_, '_>, tenant: &Tenant) {
    let Some(issuer) = &tenant.sso.issuer else { return };
    let host = issuer.split_once("://").map_or("", |(_, rest)| rest);
    let name = host.split(':').next().unwrap_or_default();
    let hosts = &tenant.hosts;
    let is_own = hosts.primary == name || hosts.aliases.iter().any(|alias| alias == name);
    if uri_flaw(issuer, tenant.sso.test).is_some() || host.contains(['/', '?']) || !is_own {
        files.tell(
            FindingCode::SsoIssuer,
            &["sso.issuer", "hosts.primary", "hosts.aliases"],
            said!("finding-sso-issuer", issuer = shorten(issuer)),
            said!("finding-sso-issuer-help", example = format!("https://{}", hosts.primary)),
        );
    }
}

/// One client, at the path of its table.
fn one(files: &mut TenantFiles<'_, '_>, tenant: &Tenant, client: &SsoClient, row: &str) {
    let at = |key: &str| format!("{row}.{key}");
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    if !client.id.is_empty() && !client.id.chars().all(is_name) {
        files.tell(
            FindingCode::SsoClient,
            &[&at("client_id")],
            said!("finding-sso-client-id", id = shorten(&client.id)),
            said!("finding-sso-client-id-help"),
        );
    }
    if client.redirect_uris.is_empty() {
        files.tell(
            FindingCode::SsoClient,
            &[&at("redirect_uris")],
            said!("finding-sso-no-uri"),
            said!("finding-sso-no-uri-help"),
        );
    }
    let places = |key: &str, uris: &[String]| -> Vec<(String, String)> {
        let place = |(number, uri): (usize, &String)| (format!("{row}.{key}.{number}"), uri.clone());
        uris.iter().enumerate().map(place).collect()
    };
    let back = places("redirect_uris", &client.redirect_uris);
    for (place, uri) in back.iter().chain(&places("post_logout_redirect_uris", &client.logout.return_uris)) {
        if let Some(flaw) = uri_flaw(uri, tenant.sso.test) {
            files.tell(
                FindingCode::SsoUri,
                &[place, "sso.test"],
                said!("finding-sso-uri", uri = shorten(uri), flaw = flaw.word(), scheme = "https://"),
                said!("finding-sso-uri-help", example = "https://www.example.jp/callback"),
            );
        }
    }
    logout(files, tenant, client, row);
    if !client.scopes.contains(&Scope::OpenId) {
        files.tell(
            FindingCode::SsoClient,
            &[&at("scopes")],
            said!("finding-sso-no-openid"),
            said!("finding-sso-no-openid-help"),
        );
    }
    let may_have_numbers =
        client.purpose == Purpose::HealthInsurance && client.relation != Relation::ThirdParty;
    if client.scopes.contains(&Scope::Insured) && !may_have_numbers {
        files.tell(
            FindingCode::SsoInsured,
            &[&at("scopes"), &at("purpose"), &at("relation")],
            said!("finding-sso-insured"),
            said!("finding-sso-insured-help"),
        );
    }
    let has_file = files.value(&at("jwks")).is_some();
    if has_file != (client.auth == ClientAuth::PrivateKey) {
        files.tell(
            FindingCode::SsoKeys,
            &[&at("auth"), &at("jwks")],
            said!("finding-sso-keys-file", has = u8::from(has_file)),
            said!("finding-sso-keys-file-help", has = u8::from(has_file)),
        );
    }
    if client.require_acr != RequiredAcr::Any && client.require_acr.ways(&tenant.policy).is_empty() {
        files.tell(
            FindingCode::SsoStrength,
            &[&at("require_acr"), "login.methods"],
            said!("finding-sso-strength"),
            said!("finding-sso-strength-help"),
        );
    }
    if client.pkce == Pkce::Optional && !tenant.sso.test {
        files.tell(
            FindingCode::SsoTestOnly,
            &[&at("pkce"), "sso.test"],
            said!("finding-sso-pkce"),
            said!("finding-sso-pkce-help"),
        );
    }
}

/// Where a service is told that a session has ended.
fn logout(files: &mut TenantFiles<'_, '_>, tenant: &Tenant, client: &SsoClient, row: &str) {
    let at = |key: &str| format!("{row}.{key}");
    let Some(uri) = &client.logout.told_at else {
        for key in ["logout_on_idle", "internal"] {
            if files.flag(&at(key)) == Some(true) {
                files.tell(
                    FindingCode::SsoLogout,
                    &[&at(key), &at("backchannel_logout_uri")],
                    said!("finding-sso-logout-nowhere", key),
                    said!("finding-sso-logout-nowhere-help"),
                );
            }
        }
        return;
    };
    if let Some(flaw) = uri_flaw(uri, tenant.sso.test) {
        files.tell(
            FindingCode::SsoUri,
            &[&at("backchannel_logout_uri"), "sso.test"],
            said!("finding-sso-told-at", uri = shorten(uri), flaw = flaw.word(), scheme = "https://"),
            said!("finding-sso-told-at-help", example = "https://www.example.jp/backchannel-logout"),
        );
        return;
    }
    let host = uri.split("://").nth(1).unwrap_or_default();
    let host = host.split(['/', '?', ':']).next().unwrap_or_default();
    if is_this_machine(host) && !client.logout.internal {
        files.tell(
            FindingCode::SsoLogout,
            &[&at("backchannel_logout_uri"), &at("internal")],
            said!("finding-sso-logout-here", uri = shorten(uri)),
            said!("finding-sso-logout-here-help"),
        );
    }
}
