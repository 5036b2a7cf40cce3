//! Links: the end of a mailed address, as mail programs hand it on.

use axum::{
    extract::FromRequestParts as _,
    http::{Request, Uri},
};
use kenpo_portal::{vault::Token, web::link::LinkToken};

use crate::engine::{Target, fuzz};

const TOKEN: &str = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU";
const WORDS: &[&str] = &["%E3%80%82", "%3E", "=%0D%0A", "%20", "%00", "%ff", "/", "..", "%2F", "&gt;", TOKEN];

fn token(path: &str) -> Option<Token> {
    let uri: Uri = path.parse().ok()?;
    let mut parts = Request::builder().uri(uri).body(()).ok()?.into_parts().0;
    let read = LinkToken::from_request_parts(&mut parts, &());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let Ok(LinkToken(token)) = runtime.block_on(read);
    token
}

#[test]
fn link() {
    let seeds =
        ["", ".", "%3E", "%E3%80%82", ">.", "/?x=1#y"].map(|end| format!("/{TOKEN}{end}").into_bytes());
    let target = Target {
        name: "link",
        seeds: seeds.into(),
        words: WORDS,
        longest: 8 * 1024,
        own: None,
        inputs: 1500,
    };
    fuzz(&target, |input| {
        let path = String::from_utf8_lossy(input);
        let found = token(&path);
        if let Some(found) = &found {
            // No character of it that did not stand there, in that order.
            let uri: Uri = path.parse().unwrap();
            let text = percent_encoding::percent_decode_str(uri.path()).decode_utf8_lossy().into_owned();
            let mut rest = text.chars();
            assert!(found.expose().chars().all(|c| rest.any(|other| other == c)), "{}", found.expose());
            // Whatever comes behind it is no part of it.
            for behind in [".", "%E3%80%82", "%3E", "/x", "?a=b"] {
                let longer = token(&format!("/{}{behind}", found.expose()));
                assert_eq!(longer.as_ref().map(Token::expose), Some(found.expose()), "{behind}");
            }
        }
        (found.is_some(), path.parse::<Uri>().is_ok())
    });
}
