//! Two unions under their real names, which lie below one parent domain: for a browser they are one site, and still
//! nothing of one is of any use at the other (D18, D19).

use serde_json::json;

use crate::browser::{Window, walk};
use crate::keyring::Keyring;
use crate::newcomer::{Member, go_to_set_up, log_out, sign_in};
use crate::portal::Service;

const PARENT: &str = "portal.kosmo-web.jp";

#[test]
fn a_passkey_of_one_union_is_nothing_at_its_neighbour() {
    walk("neighbours/passkey", Window::phone().with_hosts_below(PARENT), async |browser| {
        let service = Service::open(&["jswkenpo", "mgckenpo"]).await;
        let here = service.at("www.jswkenpo.portal.kosmo-web.jp");
        let there = service.at("mgckenpo.portal.kosmo-web.jp");
        let keyring = Keyring::built_in(browser).await;
        // Members of the old system: their first passwords follow from 記号, 番号 and birth date.
        let hanako = member("testuser", "12345678919801201", "19801201");
        let mihon = member("mihon1979", "30045001219790822", "19790822");
        let both = [(&here, &hanako), (&there, &mihon)];

        for (union, member) in both {
            go_to_set_up(browser, None, union, member, "生体認証").await;
            browser.press("次へ").await;
            browser.arrive_under("/account/passkeys/", "このデバイスに名前を付けてください").await;
            browser.press("OK").await;
            browser.arrive("/", "サービス").await;
        }
        let held = keyring.passkeys().await;
        let mut parties: Vec<_> = held.iter().filter_map(|one| one["rpId"].as_str()).collect();
        parties.sort_unstable();
        assert_eq!(parties, [format!("jswkenpo.{PARENT}"), format!("mgckenpo.{PARENT}")], "never the parent");

        // The neighbour's page asks for the other union's passkey: the browser does not even look.
        let asked = browser
            .run(
                "const done = arguments[1];
                 navigator.credentials
                   .get({ publicKey: { challenge: new Uint8Array(32), rpId: arguments[0], userVerification: 'required' } })
                   .then(() => done('given'), (error) => done(error.name));",
                vec![json!(format!("jswkenpo.{PARENT}"))],
            )
            .await;
        assert_eq!(asked, "SecurityError");

        // The neighbour's page sends a form over: same site, other origin, refused.
        let sent = browser
            .run(
                "const done = arguments[1];
                 fetch(arguments[0] + '/logout', { method: 'POST', mode: 'no-cors', credentials: 'include' })
                   .then((answer) => done(answer.type), (error) => done(error.name));",
                vec![json!(here)],
            )
            .await;
        assert!(sent == "opaque" || sent == "TypeError", "{sent}");
        browser.go(&here).await;
        browser.arrive("/", "サービス").await;

        // And each lets its own member in.
        for (union, member) in both {
            browser.go(union).await;
            log_out(browser).await;
            sign_in(browser, &member.login).await;
            browser.arrive("/signin/passkey", "生体認証の設定").await;
            browser.press("次へ").await;
            browser.arrive("/", "サービス").await;
        }
    });
}

fn member(login: &str, password: &str, born: &str) -> Member {
    Member { login: login.to_owned(), password: password.to_owned(), born: born.to_owned() }
}
