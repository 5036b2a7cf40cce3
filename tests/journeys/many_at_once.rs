//! Many at the door at once: whoever finds no place is told so at once and by a page, and whoever is in notices nothing (R4).

use axum::http::{Method, StatusCode, header};
use http_body_util::BodyExt as _;
use kenpo_portal::vault::HashAsker;
use tower::ServiceExt as _;

use crate::{
    recovery::with_hanako,
    town::{JSW, Town},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_sign_ins_keep_no_page_of_a_session_waiting() {
    let (town, hanako, _, mut inside) = with_hanako(Town::open().await).await;
    // Nobody is hashed for as long as these are held: whoever waits for a hash waits.
    let asker = HashAsker::Member(None);
    let permits = [town.vault().permit(asker).await.unwrap(), town.vault().permit(asker).await.unwrap()];
    let mut others = Vec::new();
    for who in 0..500 {
        let login = if who % 50 == 0 { hanako.login.clone() } else { format!("nobody-{who}") };
        let form = format!("username={login}&password=wrong-{who}");
        let request = town.browser(JSW).request(&Method::POST, "/signin", Some(&form));
        let router = town.router.clone();
        others.push(tokio::spawn(async move {
            let (head, body) = router.oneshot(request).await.unwrap().into_parts();
            let page = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
            (head, page)
        }));
    }
    // Pages of a session take no place in the queue: they are answered while nobody of the others is hashed.
    for page in ["/", "/account/profile", "/account/methods", "/help"] {
        inside.visit(page).await;
        assert_eq!(inside.status, StatusCode::OK, "{page}");
    }
    // On a quick machine there is room for all of them: the first one waits in vain, then the others have their turn.
    let mut others = others.into_iter();
    let mut answers = vec![others.next().unwrap().await.unwrap()];
    drop(permits);
    for one in others {
        answers.push(one.await.unwrap());
    }
    let (mut told, mut busy) = (0, 0);
    for (head, page) in answers {
        match head.status {
            StatusCode::UNPROCESSABLE_ENTITY => told += 1,
            StatusCode::SERVICE_UNAVAILABLE => {
                busy += 1;
                assert_eq!(head.headers[header::RETRY_AFTER], "5");
                assert!(page.contains("tel:"), "whom to call: {page}");
                assert!(page.contains("1分ほど"), "when: {page}");
            }
            other => panic!("{other}: {page}"),
        }
    }
    assert_eq!(
        (told + busy, busy > 0),
        (500, true),
        "{told} were verified or paused, {busy} told to come back"
    );
    // A success is as good as ever.
    assert!(town.vault().has_room(asker).is_ok());
    town.close().await;
}
