//! Who gets in.

use tests::wait;

use super::{OPENED, Open, healthy};
use crate::support::Stub;

#[tokio::test]
async fn the_token_is_exchanged_for_a_cookie_once() {
    let stub = Stub::new(healthy);
    let open = Open::before(&stub.url(), &[]).await;
    let with_token = format!("GET {}", open.target);

    // What only looks at the head of the address does not use the token up.
    let answer = open.ask(&format!("HEAD {}", open.target), &[OPENED]).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (403, None));

    let answer = open.ask(&with_token, &[OPENED]).await;
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), Some(format!("http://{}/ui/", open.host()).as_str()));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    let (cookie, flags) = answer.header("set-cookie").and_then(|cookie| cookie.split_once("; ")).expect("a cookie");
    assert_eq!(flags, "Path=/; HttpOnly; SameSite=Strict");
    assert!(cookie.starts_with(&format!("logbraid_{}=", open.address.port())), "{cookie}");
    let (_, token) = open.target.split_once("logbraid_token=").unwrap();
    assert!(token.len() >= 32 && !cookie.contains(token), "{cookie}");

    let again = open.ask(&with_token, &[OPENED]).await;
    assert_eq!((again.problem(), again.header("set-cookie")), ((403, "/problems/no-session".to_owned()), None));
    let again = open.ask(&with_token, &[OPENED]).await;
    assert_eq!(again.status, 403);
    wait::until("the note is read", async || !open.running.stderr().is_empty()).await;
    let notes = open.running.stderr();
    assert!(notes.len() == 1 && notes[0].starts_with("logbraid: the address was opened a second time"), "{notes:?}");

    // The browser itself can go back there.
    let answer = open.ask(&with_token, &[OPENED, ("cookie", cookie)]).await;
    assert_eq!((answer.status, answer.header("set-cookie")), (303, None));
    assert_eq!(open.get("/days", cookie).await.body, "{}");
    assert_eq!(stub.requests().len(), 2, "the one before the start, and the last one");
}

#[tokio::test]
async fn who_is_not_the_opened_browser_is_refused() {
    let stub = Stub::new(healthy);
    let open = Open::before(&stub.url(), &["x"]).await;
    let cookie = open.cookie().await;
    let own = open.host();
    let refused = async |request: &str, headers: &[(&str, &str)], status: u16, name: &str| {
        let answer = open.raw(request, headers).await;
        assert_eq!(answer.problem(), (status, format!("/problems/{name}")), "{request} {headers:?}");
        answer
    };
    let (host, with_cookie) = (("host", own.as_str()), ("cookie", cookie.as_str()));
    refused("GET /days", &[("host", "evil.example"), with_cookie], 403, "foreign-host").await;
    refused("GET /days", &[("host", "127.0.0.1:1"), with_cookie], 403, "foreign-host").await;
    refused("GET http://evil.example/days", &[host, with_cookie], 403, "foreign-host").await;
    refused("GET /days", &[host], 403, "no-session").await;
    refused("GET /ui/?logbraid_token=0123456789abcdef0123456789abcdef", &[host], 403, "no-session").await;
    refused("GET /days", &[host, ("cookie", &format!("{cookie}0"))], 403, "no-session").await;
    refused("GET /days", &[host, with_cookie, ("sec-fetch-site", "cross-site")], 403, "cross-site").await;
    refused("GET /days", &[host, with_cookie, ("sec-fetch-site", "same-site")], 403, "cross-site").await;
    refused("GET /days", &[host, with_cookie, ("origin", "http://evil.example")], 403, "cross-site").await;
    let answer = refused("POST /days", &[host, with_cookie, ("content-length", "0")], 405, "method-not-allowed").await;
    assert_eq!(answer.header("allow"), Some("GET, HEAD"));
    refused("OPTIONS /days", &[host, with_cookie], 405, "method-not-allowed").await;
    assert_eq!(stub.requests().len(), 1, "only the one before the start");

    let localhost = format!("localhost:{}", open.address.port());
    assert_eq!(open.raw("GET /days", &[("host", &localhost), with_cookie]).await.status, 200);
}
