use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt as _;

use super::{MAX_BODY_PERMITS, Shared, routes};
use crate::entry::{Encoding, Format, Identity};
use crate::inputs::Context;
use crate::spool::{Read, Settings, Spool};

type Headers = &'static [(&'static str, &'static str)];

struct Server {
    spool: Spool,
    shared: Arc<Shared>,
    _folder: tempfile::TempDir,
}

fn server(max_bytes: u64) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let spool = Spool::open(Settings { folder: folder.path().to_owned(), max_bytes }).unwrap();
    let (_, ending) = watch::channel(false);
    let context =
        Context { name: Arc::from("http"), spooler: spool.spooler().unwrap(), counts: Arc::default(), ending };
    let shared = Arc::new(Shared { context, permits: Semaphore::new(MAX_BODY_PERMITS) });
    Server { spool, shared, _folder: folder }
}

impl Server {
    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> (StatusCode, Vec<u8>) {
        let response = self.respond(method, path, headers, body).await;
        let status = response.status();
        (status, to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec())
    }

    async fn respond(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::from(body.to_vec())).unwrap();
        let peer: std::net::SocketAddr = "10.0.0.7:5000".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        routes(Arc::clone(&self.shared)).oneshot(request).await.unwrap()
    }

    fn stored(&self) -> Vec<(Format, Encoding, Identity, String, Vec<u8>)> {
        let (mut stored, mut reader) = (Vec::new(), self.spool.reader(None));
        let mut keep = |entry: crate::entry::Stored<'_>| {
            assert_eq!(entry.peer, "10.0.0.7");
            let options = entry.options.to_owned();
            stored.push((entry.format, entry.encoding, entry.identity, options, entry.payload.to_vec()));
        };
        while reader.next(Instant::now(), &mut keep).unwrap() == Read::Entry {}
        stored
    }
}

#[tokio::test]
async fn each_path_takes_its_format() {
    const JSON: Headers = &[("content-type", "application/json; charset=utf-8")];
    const GZIP: Headers = &[("content-encoding", "gzip"), ("content-type", "application/stream+json")];
    let cases: [(&str, Headers, Format, Encoding, u16, &str); 8] = [
        ("/insert/jsonline?_msg_field=message", &[], Format::JsonLines, Encoding::Plain, 200, ""),
        ("/insert/jsonline", GZIP, Format::JsonLines, Encoding::Gzip, 200, ""),
        ("/", JSON, Format::JsonLines, Encoding::Plain, 200, ""),
        ("/insert/loki/api/v1/push", JSON, Format::Loki, Encoding::Plain, 204, ""),
        ("/loki/api/v1/push", &[], Format::LokiProtobuf, Encoding::Snappy, 204, ""),
        ("/v1/logs", JSON, Format::OtlpJson, Encoding::Plain, 200, "{}"),
        ("/v1/logs", &[("content-type", "application/x-protobuf")], Format::OtlpProtobuf, Encoding::Plain, 200, ""),
        (
            "/insert/elasticsearch/_bulk",
            &[],
            Format::Bulk,
            Encoding::Plain,
            200,
            r#"{"took":0,"errors":false,"items":[{"create":{"status":201}}]}"#,
        ),
    ];
    for (path, headers, format, encoding, status, answer) in cases {
        let server = server(1 << 30);
        let (found, body) = server.send("POST", path, headers, b"{}\n{}\n").await;
        let expect = if encoding == Encoding::Gzip { body.clone() } else { answer.as_bytes().to_vec() };
        assert_eq!((found.as_u16(), body), (status, expect), "{path}");
        let stored = server.stored();
        assert_eq!(stored.len(), 1, "{path}");
        let (found_format, found_encoding, identity, options, payload) = &stored[0];
        assert_eq!((*found_format, *found_encoding), (format, encoding), "{path}");
        assert_eq!(payload, b"{}\n{}\n");
        assert_eq!(options, path.split_once('?').map_or("", |(_, query)| query));
        assert_eq!(matches!(identity, Identity::Seed(_)), path == "/v1/logs", "{path}");
    }
}

#[tokio::test]
async fn a_compressed_bulk_body_is_counted() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"{\"index\":{}}\n{}\n{\"index\":{}}\n{}\n").unwrap();
    let body = gzip.finish().unwrap();
    let (status, answer) = server(1 << 30).send("POST", "/_bulk", &[("content-encoding", "gzip")], &body).await;
    let items = r#"[{"create":{"status":201}},{"create":{"status":201}}]"#;
    let expect = format!(r#"{{"took":0,"errors":false,"items":{items}}}"#);
    assert_eq!((status.as_u16(), answer), (200, expect.into_bytes()));
}

#[tokio::test]
async fn what_elasticsearch_would_store_is_stored_or_refused() {
    let body = b"{\"index\":{}}\n{\"a\":1}\n";
    // How a client says where its documents go.
    for (method, path, index) in [
        ("POST", "/insert/elasticsearch/app/_bulk", "app"),
        ("PUT", "/insert/elasticsearch/_bulk", ""),
        ("POST", "/app/_bulk", "app"),
        ("PUT", "/_bulk", ""),
    ] {
        let server = server(1 << 30);
        assert_eq!(server.send(method, path, &[], body).await.0.as_u16(), 200, "{method} {path}");
        let stored = server.stored();
        let [(Format::Bulk, _, Identity::Content(_), options, payload)] = &stored[..] else { panic!("{stored:?}") };
        assert_eq!((options.as_str(), &payload[..]), (index, &body[..]), "{method} {path}");
    }
    for (method, path, status) in [
        ("GET", "/insert/elasticsearch/", 200),
        ("GET", "/insert/elasticsearch/app/_mapping", 200),
        ("HEAD", "/insert/elasticsearch/app", 200),
        ("PUT", "/insert/elasticsearch/app", 200),
        ("PUT", "/insert/elasticsearch/_ilm/policy/p", 200),
        ("POST", "/insert/elasticsearch/_index_template/logs", 200),
        ("POST", "/insert/elasticsearch/app/_doc", 404),
        ("PUT", "/insert/elasticsearch/app/_create/1", 404),
        ("POST", "/insert/elasticsearch/app/_update/1", 404),
        ("POST", "/insert/elasticsearch/app/x/_bulk", 404),
        ("POST", "/insert/elasticsearch/_bulk/", 404),
        ("POST", "/insert/elasticsearch/", 404),
        ("DELETE", "/insert/elasticsearch/app", 404),
    ] {
        let server = server(1 << 30);
        assert_eq!(server.send(method, path, &[], body).await.0.as_u16(), status, "{method} {path}");
        assert!(server.stored().is_empty(), "{method} {path}");
    }
}

#[tokio::test]
async fn clients_of_elasticsearch_take_the_answers_for_true() {
    const JSON: Headers = &[("accept", "application/vnd.elasticsearch+json; compatible-with=8")];
    let server = server(100_000);
    for (method, path, headers, body, expect) in [
        ("POST", "/_bulk", JSON, 2, (200, true)),
        ("PUT", "/app/_bulk", JSON, 2, (200, true)),
        ("POST", "/insert/elasticsearch/_bulk", JSON, 2, (200, true)),
        ("POST", "/insert/elasticsearch/_bulk", JSON, 200_000, (413, true)),
        ("GET", "/_bulk", JSON, 0, (405, true)),
        ("GET", "/insert/elasticsearch/", JSON, 0, (200, true)),
        ("POST", "/insert/elasticsearch/app/_doc", JSON, 2, (404, true)),
        ("GET", "/", JSON, 0, (200, true)),
        ("HEAD", "/", JSON, 0, (200, true)),
        ("GET", "/", &[], 0, (200, false)),
        ("POST", "/insert/jsonline", JSON, 2, (200, false)),
    ] {
        let response = server.respond(method, path, headers, &vec![b'x'; body]).await;
        let is_elasticsearch = response.headers().get("x-elastic-product").is_some_and(|name| name == "Elasticsearch");
        assert_eq!((response.status().as_u16(), is_elasticsearch), expect, "{method} {path}");
    }
}

#[tokio::test]
async fn other_answers_are_short_ascii() {
    let server = server(100_000);
    let fill = vec![b'x'; 90_000];
    assert_eq!(server.send("POST", "/insert/jsonline", &[], &fill).await.0.as_u16(), 200);
    let cases: [(&str, &str, Headers, u16, &str); 8] = [
        ("GET", "/health", &[], 200, "OK"),
        ("GET", "/", &[], 200, "OK"),
        ("POST", "/insert/jsonline", &[], 503, "the spool is full"),
        ("POST", "/v1/logs", &[], 503, "the spool is full"),
        ("POST", "/insert/jsonline", &[("content-encoding", "br")], 415, "unknown content encoding"),
        ("POST", "/insert/jsonline", &[("content-length", "99999999999")], 413, "too large"),
        ("POST", "/insert/jsonline/", &[], 404, "no such path"),
        ("GET", "/insert/jsonline", &[], 405, ""),
    ];
    for (method, path, headers, status, text) in cases {
        let (found, body) = server.send(method, path, headers, &fill).await;
        assert_eq!((found.as_u16(), String::from_utf8(body).unwrap().as_str()), (status, text), "{method} {path}");
    }
}
