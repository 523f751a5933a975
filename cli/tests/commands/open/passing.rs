//! What passes from the browser to the API and back.

use std::io::{BufRead as _, Read as _, Write as _};
use std::sync::mpsc;
use std::thread;

use serde_json::Value;
use tests::fixtures::{self, ORDER_UID, Python};
use tests::http::Get as _;

use super::{Answer, Open, api, healthy};
use crate::support::{Stub, delivered, logbraid};

#[tokio::test]
async fn the_browser_sees_what_the_api_answers() {
    let (_app, plain) = delivered(&fixtures::order(Python::V311)).await;
    let open = Open::before(plain.base(), &["job/42 ü"]).await;
    assert!(open.target.starts_with("/ui/transactions/job%2F42%20%C3%BC?logbraid_token="), "{}", open.target);
    let cookie = open.cookie().await;
    let target = format!("/transactions/{ORDER_UID}");
    let answer = open.get(&target, &cookie).await;
    let direct = plain.get(&target).await;
    assert_eq!(serde_json::from_str::<Value>(&answer.body).unwrap()["records"], direct.body["records"]);
    assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
    assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));

    let tag = answer.header("etag").expect("a tag");
    let headers = [("cookie", cookie.as_str()), ("if-none-match", tag)];
    let answer = open.ask(&format!("GET {target}"), &headers).await;
    assert_eq!((answer.status, answer.body.as_str()), (304, ""));

    let headers = [("cookie", cookie.as_str()), ("accept", "text/plain")];
    let answer = open.ask("GET /logs?limit=2&level=INFO", &headers).await;
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(answer.header("link").is_some_and(|link| link.starts_with("</logs?")), "{answer:?}");
    assert_eq!(answer.body.lines().count(), 2);

    let answer = open.ask("HEAD /days", &[("cookie", &cookie)]).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    let answer = open.get("/transactions/nobody", &cookie).await;
    assert_eq!(answer.problem(), (404, "/problems/unknown-transaction".to_owned()));
}

#[tokio::test]
async fn the_api_gets_signed_requests_without_the_browser_s_secrets() {
    let stub = Stub::new(healthy);
    let mut command = logbraid(&stub.url(), &["open", "--sign", "always"]);
    command.envs([("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_REGION", "eu-west-1")]);
    let open = Open::start(command).await;
    let cookie = open.cookie().await;
    let headers = [
        ("cookie", cookie.as_str()),
        ("accept", "application/x-ndjson"),
        ("accept-encoding", "gzip, br"),
        ("authorization", "Bearer of-the-page"),
        ("if-none-match", "W/\"1\""),
        ("referer", "http://127.0.0.1/secret"),
        ("user-agent", "Browser/1"),
        ("x-amz-security-token", "of-the-page"),
    ];
    assert_eq!(open.ask("GET /transactions/a%2Fb?q=a%20b", &headers).await.status, 200);
    let request = stub.last_request();
    assert!(request.starts_with("GET /transactions/a%2Fb?q=a%20b HTTP/1.1\n"), "{request}");
    let has = |line: &str| request.lines().any(|own| own.starts_with(line));
    assert!(has("authorization: AWS4-HMAC-SHA256 Credential=AKID/"), "{request}");
    assert!(request.contains("/eu-west-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date"), "{request}");
    assert!(has(&format!("host: {}", stub.server())), "{request}");
    assert!(has("accept: application/x-ndjson") && has("accept-encoding: gzip, br"), "{request}");
    assert!(has("if-none-match: W/\"1\"") && has("user-agent: logbraid/"), "{request}");
    for gone in ["cookie", "of-the-page", "referer", "Browser", "logbraid_", &open.host()] {
        assert!(!request.contains(gone), "{gone} in {request}");
    }
    assert_eq!(request.matches("authorization: ").count(), 1);
}

#[tokio::test]
async fn events_are_passed_on_one_by_one() {
    let (send, events) = mpsc::channel::<&str>();
    let url = api(move |head, stream| {
        assert!(head.contains("last-event-id: 41\r\n"), "{head}");
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n").unwrap();
        // Ends with the sender. An event is one write, since each piece that is read may become a chunk of its own.
        for event in &events {
            stream.write_all(format!("data: {event}\n\n").as_bytes()).unwrap();
        }
    });
    let open = Open::before(&url, &[]).await;
    let cookie = open.cookie().await;
    let host = open.host();
    let headers =
        [("host", host.as_str()), ("cookie", &cookie), ("accept", "text/event-stream"), ("last-event-id", "41")];
    let reader = open.send("GET /logs/tail", &headers);
    let read = thread::spawn(move || {
        let mut reader = reader;
        let head = Answer::head(&mut reader);
        assert_eq!((head.status, head.header("content-type")), (200, Some("text/event-stream")));
        for event in ["first", "second"] {
            // The next event exists only when this one has come.
            send.send(event).unwrap();
            let found = reader.by_ref().lines().map_while(Result::ok).find(|line| line.starts_with("data: "));
            assert_eq!(found.as_deref(), Some(format!("data: {event}").as_str()));
        }
    });
    tokio::task::spawn_blocking(|| read.join().expect("both events")).await.unwrap();
}

#[tokio::test]
async fn an_answer_passes_as_it_is_but_for_what_is_about_the_connection() {
    let url = api(|_, stream| {
        let own = stream.local_addr().unwrap();
        write!(
            stream,
            "HTTP/1.1 303 See Other\r\nlocation: http://{own}/ui/x?a=b\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\
             content-security-policy: default-src 'self'\r\nretry-after: 5\r\nset-cookie: a=b\r\nx-own: 1\r\n\
             access-control-allow-origin: *\r\nconnection: close, x-own\r\n\r\nabc"
        )
        .unwrap();
    });
    let open = Open::before(&url, &[]).await;
    let cookie = open.cookie().await;
    let answer = open.get("/x", &cookie).await;
    assert_eq!((answer.status, answer.body.as_str()), (303, "abc"));
    assert_eq!(answer.header("location"), Some("/ui/x?a=b"));
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert_eq!(answer.header("content-security-policy"), Some("default-src 'self'"));
    assert_eq!(answer.header("retry-after"), Some("5"));
    for gone in ["set-cookie", "x-own", "access-control-allow-origin"] {
        assert_eq!(answer.header(gone), None, "{gone}");
    }
}

/// An answer that breaks off in the middle ends the connection: the browser must not take it for a whole one.
#[tokio::test]
async fn an_answer_that_breaks_off_is_not_completed() {
    let url = api(|_, stream| {
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")
            .unwrap();
    });
    let open = Open::before(&url, &[]).await;
    let cookie = open.cookie().await;
    let answer = open.get("/x", &cookie).await;
    assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
    assert!(answer.body.contains("abc") && !answer.body.ends_with("0\r\n\r\n"), "{answer:?}");
}

#[tokio::test]
async fn what_goes_wrong_is_a_problem_with_advice() {
    let (_app, plain) = delivered(&[]).await;
    let server = plain.base().trim_start_matches("http://").to_owned();
    let open = Open::before(plain.base(), &[]).await;
    let cookie = open.cookie().await;
    drop(plain);
    let answer = open.get("/days", &cookie).await;
    assert_eq!(answer.problem(), (502, "/problems/api-away".to_owned()));
    assert_eq!(answer.header("retry-after"), Some("5"));
    let detail = answer.detail();
    let expect =
        [format!("cannot connect to {server}; is the address right"), format!("no complete answer from {server}")];
    assert!(expect.iter().any(|expect| detail.contains(expect)), "{detail}");

    let stub = Stub::new(|number, _| match number {
        0 => healthy(0, ""),
        _ => ("403 Forbidden", "application/json", r#"{"message":"Forbidden"}"#.to_owned()),
    });
    let mut command = logbraid(&stub.url(), &["open", "--sign", "always"]);
    command.envs([("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_REGION", "eu-west-1")]);
    let open = Open::start(command).await;
    let cookie = open.cookie().await;
    let answer = open.get("/days", &cookie).await;
    assert_eq!(answer.problem(), (403, "/problems/credentials".to_owned()));
    assert!(answer.detail().contains("`aws sso login`"), "{}", answer.detail());
}
