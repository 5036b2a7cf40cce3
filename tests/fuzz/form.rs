//! Forms: the body of a POST, from bytes to typed fields.

use axum::{
    body::Body,
    extract::{FromRequest as _, Request},
    http::header,
};
use kenpo_portal::web::{
    code::CodeForm,
    encoding::Encoding,
    posted::{LARGEST, Posted},
    problem::Problem,
};
use serde::de::DeserializeOwned;

use crate::engine::{Target, fuzz};

const WORDS: &[&str] = &[
    "code=",
    "resend=1",
    "call_off=",
    "whose=",
    "&",
    "=",
    "+",
    "%",
    "%00",
    "%u0041",
    "%E5%81%A5",
    "%ff",
    ";",
    "[]",
    "code",
    "answer",
];

const KIND: &str = "application/x-www-form-urlencoded";

fn read<F: DeserializeOwned>(kind: &'static str, body: &[u8]) -> Result<F, Problem> {
    let request =
        Request::post("/").header(header::CONTENT_TYPE, kind).body(Body::from(body.to_vec())).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(Posted::<F>::from_request(request, &())).map(|form| form.0)
}

#[test]
fn form() {
    let seeds: [&[u8]; 4] = [
        b"code=066474&resend=1&whose=",
        "code=０６６&x=健保".as_bytes(),
        b"username=testuser&password=Ku7%21mori&back=%2Fhelp%3Fa%3Db",
        b"answer=%7B%22id%22%3A%22x%22%7D&name=a+b&name=c",
    ];
    let target = Target {
        name: "form",
        seeds: seeds.map(<[u8]>::to_vec).into(),
        words: WORDS,
        longest: LARGEST + 10,
        own: None,
        inputs: 2000,
    };
    fuzz(&target, |body| {
        let pairs = read::<Vec<(String, String)>>(KIND, body);
        // The URL standard's reading of the same bytes.
        let standard: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
        match &pairs {
            Ok(pairs) => {
                assert_eq!(pairs, &standard);
                assert!(body.len() <= LARGEST);
                assert!(!pairs.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')));
                let written =
                    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
                if written.len() <= LARGEST {
                    assert_eq!(
                        read::<Vec<(String, String)>>(KIND, written.as_bytes()).ok().as_ref(),
                        Some(pairs)
                    );
                }
            }
            Err(problem) => assert!(matches!(problem, Problem::BadForm | Problem::TooLarge), "{problem:?}"),
        }
        let form = read::<CodeForm>(KIND, body);
        let times = |name: &str| standard.iter().filter(|(key, _)| key == name).count();
        match &form {
            Ok(form) => {
                // No field twice: which of the two was meant nobody knows.
                assert!(["code", "resend", "call_off", "whose"].iter().all(|name| times(name) <= 1));
                let code = standard.iter().find(|(key, _)| key == "code").map_or("", |(_, value)| value);
                assert_eq!(
                    (form.code.as_str(), form.is_resend(), form.is_call_off()),
                    (code, times("resend") == 1, times("call_off") == 1)
                );
            }
            Err(_) => assert!(
                pairs.is_err() || ["code", "resend", "call_off", "whose"].iter().any(|name| times(name) > 1)
            ),
        }
        // Nothing but a form is read as one.
        assert!(read::<CodeForm>("text/plain", body).is_err() && read::<CodeForm>("", body).is_err());
        let asked = axum::http::HeaderValue::from_bytes(body).ok();
        let encoding =
            asked.map(|value| Encoding::wished(&[(header::ACCEPT_ENCODING, value)].into_iter().collect()));
        (
            pairs.map(|pairs| pairs.len().min(6)).map_err(|problem| format!("{problem:?}")),
            form.is_ok(),
            encoding.and_then(Encoding::name),
        )
    });
}
