//! Every union of the folder, found at run time: a file added after the build is walked too.

use kenpo_portal::domain::{
    birth_date::BirthDate,
    login_id::LoginId,
    member::MemberNumber,
    password::{Password, PasswordContext, flaws},
    refusal::PasswordFlaw,
    tenant::Method,
};

use crate::{
    town::{Authenticator, Town, hours},
    walk::{first_login, return_by_passkey, return_with},
};

#[tokio::test]
async fn first_login_and_return_in_the_unions_own_order() {
    let town = Town::open().await;
    let slugs: Vec<String> = town.app.tenants().iter().map(|t| t.slug.to_string()).collect();
    assert!(slugs.len() >= 5, "{slugs:?}");
    for slug in &slugs {
        let taro = town.taro(slug).await;
        let (mut browser, mut phone) = (town.browser(slug), town.phone());
        let headings = first_login(&mut browser, &taro, &mut phone).await;
        let asked = town.tenant(slug).policy.first_login.steps.len();
        assert!(headings.len() > asked, "{slug}: {headings:?}");
        assert!(browser.page().contains(&town.tenant(slug).name), "{slug}");
        town.clock.advance(hours(1));
        let mut again = town.browser(slug);
        return_with(&mut again, &taro, &phone).await.is_at("/", "サービス");
        for service in &town.tenant(slug).services {
            assert!(again.page().contains(&service.label), "{slug}: {}", service.label);
        }
        for other in slugs.iter().filter(|other| *other != slug) {
            let mut stranger = town.browser(other);
            stranger.cookies.clone_from(&again.cookies);
            stranger.visit("/").await;
            assert!(!stranger.has(".tiles"), "{slug}'s cookie at {other}");
        }
    }
    town.close().await;
}

#[tokio::test]
async fn the_same_by_passkey_wherever_it_is_offered() {
    let town = Town::open().await;
    let mut device = Authenticator::new(1);
    let mut walked = 0;
    for tenant in town.app.tenants().iter() {
        let slug = tenant.slug.as_str();
        if !tenant.policy.offers(Method::Passkey) {
            continue;
        }
        let taro = town.taro(slug).await;
        let headings = first_login(&mut town.browser(slug), &taro, &mut device).await;
        assert!(headings.iter().any(|heading| heading == "セキュリティの設定"), "{slug}: {headings:?}");
        // One device, and at each union a passkey of its own.
        walked += 1;
        assert_eq!(device.ids().len(), walked, "{slug}");
        town.clock.advance(hours(1));
        let mut again = town.browser(slug);
        return_by_passkey(&mut again, &taro, &mut device).await.is_at("/", "サービス");
        assert!(again.page().contains(&tenant.name), "{slug}");
    }
    assert!(walked >= 5, "{walked}");
    town.close().await;
}

#[tokio::test]
async fn the_examples_of_each_file_have_the_right_form_and_are_refused_as_passwords() {
    let town = Town::open().await;
    for tenant in town.app.tenants().iter() {
        let login = LoginId::typed("k7m2xq9w4d");
        let number = MemberNumber::parse("15", "102", "").unwrap();
        let about = PasswordContext {
            login: &login,
            birth_date: BirthDate::kept("1962-05-03".parse().unwrap()),
            number: &number,
            mailbox: None,
            union_words: &[],
        };
        for example in &tenant.policy.password.examples_ok {
            let password = Password::typed(&example.clone().into()).unwrap();
            let found = flaws(&tenant.policy.password, &password, &about);
            assert!(found.contains(&PasswordFlaw::IsExample), "{}: {example}", tenant.slug);
        }
    }
    town.close().await;
}
