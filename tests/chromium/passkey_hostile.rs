//! Passkeys from other hands than the browser's: password managers that put objects and functions of their own into its
//! place. Whatever they hand over beside what counts may be missing, or throw; and whatever a sheet ends with, the page
//! goes on to a sentence (D32).

use serde_json::json;

use crate::browser::{Browser, Window, walk};
use crate::keyring::Keyring;
use crate::newcomer::{Member, go_to_set_up, log_out, sign_in};
use crate::portal::Portal;

const SET_UP: &str = "/signin/setup/passkey";
const ANOTHER: &str = "/account/methods/passkey";
const PROVE: &str = "/signin/passkey";
const ERROR: &str = "セキュリティーキー・エラー";
const NAME: &str = "このデバイスに名前を付けてください";

/// What a sheet may end with instead of a passkey: JavaScript for what `navigator.credentials.…()` gives.
const ENDS: [&str; 17] = [
    "Promise.reject()",
    "Promise.reject(null)",
    "Promise.reject('no')",
    "Promise.reject(0)",
    "Promise.reject(Symbol('no'))",
    "Promise.reject(Object.freeze({}))",
    "Promise.reject(Object.create(null))",
    "Promise.reject({ get name() { throw undefined; } })",
    "Promise.reject({ name: 'constructor' })",
    "Promise.reject({ name: { toString() { throw undefined; } } })",
    "{ then(_, refuse) { refuse(); } }",
    "(() => { throw undefined; })()",
    "7",
    "Promise.resolve()",
    "Promise.resolve(null)",
    "Promise.resolve(Object.freeze({}))",
    "Promise.resolve({ id: 'AAAA', get response() { throw undefined; } })",
];

/// What may stand in a credential's place, made of the browser's own (`c`) and of the parts of its answer that count (`p`).
const CREDENTIALS: [(&str, &str); 7] = [
    (
        "methods that throw",
        "({ id: c.id, rawId: c.rawId, type: c.type, authenticatorAttachment: 'platform',
            response: { ...p, getTransports: boom, getAuthenticatorData: boom, getPublicKey: boom, getPublicKeyAlgorithm: boom },
            getClientExtensionResults: boom, toJSON: boom })",
    ),
    (
        "getters that throw",
        "trapped({ id: c.id, rawId: c.rawId, response: trapped({ ...p }, 'getTransports', 'getAuthenticatorData') },
            'type', 'authenticatorAttachment', 'getClientExtensionResults', 'toJSON')",
    ),
    ("nothing beside what counts", "({ rawId: c.rawId, response: p })"),
    (
        "neither prototype nor change",
        "Object.freeze(Object.assign(Object.create(null),
            { id: c.id, rawId: c.rawId, response: Object.freeze(Object.assign(Object.create(null), p)) }))",
    ),
    (
        "hints of any kind",
        "({ id: c.id, rawId: c.rawId, type: null, authenticatorAttachment: {},
            response: { ...p, getTransports: () => [null, 7, 'carrier-pigeon'], getAuthenticatorData: () => 'x' },
            getClientExtensionResults: () => { const round = {}; round.round = round; return round; } })",
    ),
    (
        "views into a larger buffer",
        "({ id: c.id, rawId: view(c.rawId),
            response: Object.fromEntries(Object.entries(p).map(([name, part]) => [name, part && view(part)])) })",
    ),
    ("nothing but its own JSON", "trapped({ id: c.id, toJSON: () => c.toJSON() }, 'rawId', 'response')"),
];

const TOOLS: &str = "
    const boom = () => { throw undefined; };
    const trapped = (object, ...names) => Object.defineProperties(object,
        Object.fromEntries(names.map((name) => [name, { get: boom, enumerable: true }])));
    const view = (buffer) => {
        const large = new Uint8Array(buffer.byteLength + 14).fill(9);
        large.set(new Uint8Array(buffer), 7);
        return large.subarray(7, 7 + buffer.byteLength);
    };
    const parts = ({ clientDataJSON, attestationObject, authenticatorData, signature, userHandle }) =>
        ({ clientDataJSON, attestationObject, authenticatorData, signature, userHandle });";

/// The next sheet ends with this.
async fn end_with(browser: &Browser, what: &str) {
    let script = format!(
        "const end = () => ({what});
        navigator.credentials.create = end; navigator.credentials.get = end;
        PublicKeyCredential.signalUnknownCredential = (said) => {{
            sessionStorage.setItem('told', JSON.stringify(said));
            throw undefined;
        }};
        sessionStorage.removeItem('told');
        arguments[0]();"
    );
    browser.run(&script, vec![]).await;
}

/// What the next sheet gives stands in the place of the browser's own credential.
async fn replace_with(browser: &Browser, what: &str) {
    let script = format!(
        "{TOOLS}
        for (const name of ['create', 'get']) {{
            const own = navigator.credentials[name].bind(navigator.credentials);
            navigator.credentials[name] = async (asked) => {{
                const c = await own(asked);
                const p = parts(c.response);
                return {what};
            }};
        }}
        arguments[0]();"
    );
    browser.run(&script, vec![]).await;
}

/// Every end on one page: its own address, the error's heading, and a sentence.
async fn every_end(browser: &Browser, address: &str, path: &str, heading: &str) {
    for end in ENDS {
        browser.go(address).await;
        browser.arrive(path, heading).await;
        end_with(browser, end).await;
        browser.press("次へ").await;
        browser.arrive(path, ERROR).await;
        browser.text_at("[role=alert]").await;
        assert!(
            browser.address().await.ends_with("?failed=not-accepted"),
            "{end}: {}",
            browser.address().await
        );
        // What was perhaps made is given back, where it says what it is.
        let told = browser.run("arguments[0](sessionStorage.getItem('told'));", vec![]).await;
        let is_named = end.contains("AAAA") && path != PROVE;
        assert_eq!(told.as_str().is_some_and(|told| told.contains("\"AAAA\"")), is_named, "{end}: {told}");
    }
}

#[test]
fn after_the_password_whatever_stands_in_a_passkeys_place_the_page_goes_on() {
    walk("passkey_hostile/second", Window::phone(), async |browser| {
        let portal = Portal::open().await;
        let union = portal.at("jswkenpo");
        let member = Member::first_of(browser, &portal, "jswkenpo").await;
        go_to_set_up(browser, Some(&portal), &union, &member, "生体認証").await;
        let mut keyring = Keyring::built_in(browser).await;
        every_end(browser, &format!("{union}{SET_UP}"), SET_UP, "セキュリティの設定").await;

        // A passkey that was made and cannot be handed over leaves none behind on the device.
        browser.go(&format!("{union}{SET_UP}")).await;
        browser.arrive(SET_UP, "セキュリティの設定").await;
        replace_with(browser, "({ id: c.id, rawId: c.rawId, response: trapped({}, 'clientDataJSON') })")
            .await;
        browser.press("次へ").await;
        browser.arrive(SET_UP, ERROR).await;
        keyring.is_empty().await;

        for (at, (what, credential)) in CREDENTIALS.into_iter().enumerate() {
            let path = if at == 0 { SET_UP } else { ANOTHER };
            browser.go(&format!("{union}{path}")).await;
            browser.arrive(path, "セキュリティの設定").await;
            if at > 0 {
                keyring.unplug().await;
                keyring = Keyring::built_in(browser).await;
            }
            replace_with(browser, credential).await;
            browser.press("次へ").await;
            browser.arrive_under("/account/passkeys/", NAME).await;
            assert_eq!(keyring.passkeys().await.len(), 1, "{what}");
            let naming = browser.path().await;
            browser.press("OK").await;
            browser.leave(&naming).await;
        }
        every_end(browser, &format!("{union}{ANOTHER}"), ANOTHER, "セキュリティの設定").await;

        browser.go(&format!("{union}/")).await;
        let without_owner = [
            ("an empty user handle", "({ rawId: c.rawId, response: { ...p, userHandle: '' } })"),
            (
                "an empty buffer for it",
                "({ rawId: c.rawId, response: { ...p, userHandle: new ArrayBuffer(0) } })",
            ),
            ("a getter that throws", "({ rawId: c.rawId, response: trapped({ ...p }, 'userHandle') })"),
        ];
        for (what, credential) in CREDENTIALS.into_iter().chain(without_owner) {
            log_out(browser).await;
            sign_in(browser, &member.login).await;
            browser.arrive(PROVE, "生体認証の設定").await;
            replace_with(browser, credential).await;
            browser.press("次へ").await;
            browser.arrive("/", "サービス").await;
            assert!(browser.console_errors().await.is_empty(), "{what}");
        }
        log_out(browser).await;
        sign_in(browser, &member.login).await;
        browser.arrive(PROVE, "生体認証の設定").await;
        every_end(browser, &format!("{union}{PROVE}"), PROVE, "生体認証の設定").await;
    });
}

#[test]
fn by_itself_whatever_stands_in_a_passkeys_place_the_page_goes_on() {
    walk("passkey_hostile/alone", Window::phone(), async |browser| {
        let portal = Portal::open_with("tests/tenants").await;
        let union = portal.at("hinatakenpo");
        let keyring = Keyring::built_in(browser).await;
        let member = Member::first_of(browser, &portal, "hinatakenpo").await;
        go_to_set_up(browser, Some(&portal), &union, &member, "生体認証").await;
        browser.press("次へ").await;
        browser.arrive_under("/account/passkeys/", NAME).await;
        browser.press("OK").await;
        browser.arrive("/", "サービス").await;
        log_out(browser).await;
        for end in ENDS {
            // Nobody is there when the list under the user ID asks.
            keyring.attended(false).await;
            browser.go(&format!("{union}/signin")).await;
            browser.arrive("/signin", "ログイン").await;
            keyring.list_has_asked().await;
            end_with(browser, end).await;
            browser.press("顔・指紋・画面ロックでログイン").await;
            browser.text_at("[role=alert]").await;
            browser.arrive("/signin", "ログイン").await;
            assert!(browser.address().await.ends_with("?failed=not-accepted"), "{end}");
        }
        for (_, credential) in CREDENTIALS {
            keyring.attended(false).await;
            browser.go(&format!("{union}/signin")).await;
            browser.arrive("/signin", "ログイン").await;
            keyring.list_has_asked().await;
            replace_with(browser, credential).await;
            // The browser may answer the list only now; the page then goes on with that credential by itself.
            keyring.attended(true).await;
            browser.press_or_be_taken("顔・指紋・画面ロックでログイン", "/").await;
            browser.arrive("/", "サービス").await;
            log_out(browser).await;
        }
    });
}

/// What a page asks or tells the browser beside asking for a passkey throws, in every page; what was asked is noted.
const BESIDE_IT_ALL_THROWS: &str = "
    window.thrown = [];
    for (const name of ['isConditionalMediationAvailable', 'isUserVerifyingPlatformAuthenticatorAvailable',
        'signalAllAcceptedCredentials', 'signalCurrentUserDetails', 'signalUnknownCredential']) {
        if (window.PublicKeyCredential) PublicKeyCredential[name] = () => { thrown.push(name); throw undefined; };
    }";

/// The page that is there has asked or told that, without an error.
async fn has_thrown(browser: &Browser, names: &[&str]) {
    let thrown = browser.run("arguments[0](thrown);", vec![]).await;
    assert_eq!(thrown, json!(names));
    assert_eq!(browser.console_errors().await, [""; 0]);
}

#[test]
fn where_what_is_asked_beside_a_passkey_throws_every_page_works_all_the_same() {
    walk("passkey_hostile/throwing", Window::phone(), async |browser| {
        let portal = Portal::open_with("tests/tenants").await;
        let union = portal.at("hinatakenpo");
        let keyring = Keyring::built_in(browser).await;
        browser.in_every_page(&format!("{{{BESIDE_IT_ALL_THROWS}}}")).await;
        let member = Member::first_of(browser, &portal, "hinatakenpo").await;
        go_to_set_up(browser, Some(&portal), &union, &member, "生体認証").await;
        browser.press("次へ").await;
        browser.arrive_under("/account/passkeys/", NAME).await;
        browser.press("OK").await;
        browser.arrive("/", "サービス").await;
        browser.go(&format!("{union}/account/methods")).await;
        browser.arrive("/account/methods", "ログイン方法変更").await;
        has_thrown(browser, &["signalAllAcceptedCredentials", "signalCurrentUserDetails"]).await;
        assert_eq!(keyring.passkeys().await.len(), 1);
        log_out(browser).await;

        // Without an answer the list does not ask. The button does.
        browser.go(&format!("{union}/signin?failed=not-accepted")).await;
        browser.arrive("/signin", "ログイン").await;
        has_thrown(browser, &["isConditionalMediationAvailable"]).await;
        assert_eq!(browser.run("arguments[0](window.listHasAsked === true);", vec![]).await, false);
        browser.press("顔・指紋・画面ロックでログイン").await;
        browser.arrive("/", "サービス").await;
        log_out(browser).await;
        keyring.unplug().await;

        // A passkey the union does not know is told, although the browser does not let itself be told.
        let keyring = Keyring::built_in(browser).await;
        keyring.remembers_a_strange_one("hinatakenpo.localhost").await;
        browser.go(&format!("{union}/signin")).await;
        browser.arrive("/signin", "ログイン").await;
        browser.press("顔・指紋・画面ロックでログイン").await;
        browser.text_at("[data-passkey-unknown]").await;
        browser.arrive("/signin", "ログイン").await;
        has_thrown(browser, &["signalUnknownCredential", "isConditionalMediationAvailable"]).await;
        assert_eq!(keyring.passkeys().await.len(), 1);
    });
}
