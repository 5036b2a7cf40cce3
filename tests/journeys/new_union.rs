//! A union that `tenant new` has made lets its first members in: with the recommended values, and with the rules of each
//! other union.

use std::{fs, path::Path};

use jiff::civil::date;
use kenpo_portal::{
    cli::{
        colour::Colour,
        tenant::{
            Context,
            new::{NewArgs, new},
        },
    },
    domain::tenant::{Language, PasskeyRole, Verification},
};

use crate::{
    town::{Authenticator, Newcomer, Town, hours, unions},
    walk::{first_login, return_by_passkey, return_with},
};

/// Makes a union in the folder and fills in what says TODO.
fn make(dir: &Path, id: &str, like: Option<&str>) {
    let args = NewArgs {
        id: id.to_owned(),
        name: Some("さくら健康保険組合".to_owned()),
        like: like.map(str::to_owned),
        json: false,
    };
    let context = Context {
        json: false,
        language: Language::Ja,
        today: date(2026, 11, 21),
        colour: Colour::default(),
        base_domains: &[],
        kept: None,
        members: &[],
        served: &[],
        erased: &[],
        issuers: &[],
        defaults: None,
        accepted: &[],
        before: &[],
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = new(dir, &args, context, &mut out, &mut err).unwrap();
    assert_eq!(exit, 0, "{}", String::from_utf8_lossy(&err));
    let edit = |name: &str, edits: &[(&str, &str)]| {
        let mut text = fs::read_to_string(dir.join(name)).unwrap();
        for (from, to) in edits {
            assert_eq!(text.matches(from).count(), 1, "{from}: {text}");
            text = text.replace(from, to);
        }
        fs::write(dir.join(name), text).unwrap();
    };
    edit(
        &format!("{id}.toml"),
        &[
            ("\"TODO: 差出人のメールアドレス\"", "\"no-reply@example.jp\""),
            ("\"TODO: 電話番号\"", "\"03-1234-5678\""),
            ("\"TODO: 受付時間\"", "\"平日 9:00〜17:00\""),
            ("status = \"draft\"", "status = \"open\""),
        ],
    );
    edit(&format!("{id}/terms.md"), &[("TODO: ", "")]);
    edit(&format!("{id}/logo.svg"), &[("TODO: ", "")]);
}

#[tokio::test]
async fn its_first_members_come_in_and_return_by_every_way_it_offers() {
    let likes: Vec<String> = unions().iter().map(|tenant| tenant.slug.to_string()).collect();
    assert!(likes.len() >= 5, "{likes:?}");
    let ids: Vec<String> = (0..likes.len()).map(|at| format!("sakura{at}")).collect();
    let town = Town::in_folder(|dir| {
        make(dir, "sakurakenpo", None);
        for (id, like) in ids.iter().zip(&likes) {
            make(dir, id, Some(like));
        }
    })
    .await;
    let policy = &town.tenant("sakurakenpo").policy;
    assert_eq!((policy.passkey, policy.email.verification), (PasskeyRole::Alone, Verification::Link));
    for (id, like) in ids.iter().zip(&likes) {
        let (ours, theirs) = (&town.tenant(id).policy, &town.tenant(like).policy);
        assert_eq!(ours.first_login.steps, theirs.first_login.steps, "{like}");
        assert_eq!(ours.methods, theirs.methods, "{like}");
    }
    let mut device = Authenticator::new(1);
    for slug in ids.iter().map(String::as_str).chain(["sakurakenpo"]) {
        let taro = town.taro(slug).await;
        let row = "16,200,,1980-12-01,健保 花子,ケンポ ハナコ,n4p8rs2v6x,Wq7t-Jn4u-Kz9d,hanako@example.jp";
        town.import(slug, row).await;
        let hanako = Newcomer {
            login: "n4p8rs2v6x".into(),
            password: "Wq7t-Jn4u-Kz9d".into(),
            born: "19801201",
            email: "hanako@example.jp".into(),
        };
        let mut phone = town.phone();
        first_login(&mut town.browser(slug), &taro, &mut phone).await;
        first_login(&mut town.browser(slug), &hanako, &mut device).await;
        town.clock.advance(hours(1));
        let mut again = town.browser(slug);
        return_with(&mut again, &taro, &phone).await.is_at("/", "サービス");
        assert!(again.page().contains("さくら健康保険組合"), "{slug}");
        return_by_passkey(&mut town.browser(slug), &hanako, &mut device).await.is_at("/", "サービス");
    }
    town.close().await;
}
