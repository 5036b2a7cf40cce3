//! Single sign-on: services that open without a second login. What each union signs with in [`keys`].

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use http_body_util::BodyExt as _;
use kenpo_portal::web::client::Peer;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::town::Town;

mod keys;

/// The union of these stories, and its own service.
pub const UNION: &str = crate::town::JSW;

/// A union's file with a service that members are signed in to.
#[expect(clippy::needless_pass_by_value, reason = "it is handed over as a function that edits a file")]
pub fn with_service(text: String) -> String {
    text.replacen(
        "icon  = \"calendar\"\n",
        "icon  = \"calendar\"\n\n[services.sso]\nclient_id = \"yoyaku\"\noperator = \"株式会社よやく\"\n\
         relation = \"entrusted\"\npurpose = \"health-insurance\"\n\
         redirect_uris = [\"https://yoyaku.example.jp/callback\"]\n\
         scopes = [\"openid\", \"profile\", \"email\", \"kenpo_insured\", \"birthdate\", \"kenpo_union\"]\n",
        1,
    )
}

/// What was answered.
pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answered {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|fault| panic!("{fault}: {:?}", self.body))
    }
}

/// A request of a program, which has no cookies.
pub async fn ask(town: &Town, host: &str, method: Method, path: &str, headers: &[(&str, &str)]) -> Answered {
    send(town, host, method, path, headers, Body::empty()).await
}

/// The same with a body.
pub async fn send(
    town: &Town,
    host: &str,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Body,
) -> Answered {
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, host);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let peer = Peer(std::net::IpAddr::from([198, 51, 100, 7]));
    let request = request.extension(peer).body(body).unwrap();
    let response = town.router.clone().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answered { status: head.status, headers: head.headers, body }
}
