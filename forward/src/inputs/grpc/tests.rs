use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use bytes::{Bytes, BytesMut};
use flate2::Compression;
use flate2::write::GzEncoder;
use h2::client;
use http::{HeaderMap, Request};
use tokio::net::TcpStream;
use tokio::spawn;

use super::{EXPORT, run};
use crate::entry::{Encoding, Format, Identity};
use crate::inputs::listen;
use crate::inputs::testing::{TestInput, soon};

/// What a client gets: the status, the headers that say it, and the message.
#[derive(Debug)]
struct Answer {
    status: String,
    headers: HeaderMap,
    message: Bytes,
}

impl Answer {
    fn text(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn call(address: SocketAddr, path: &str, encoding: Option<&str>, body: &[u8]) -> Answer {
    let stream = TcpStream::connect(address).await.unwrap();
    let (client, connection) = client::handshake(stream).await.unwrap();
    let driver = spawn(connection);
    let mut client = client.ready().await.unwrap();
    let mut request = Request::post(format!("http://{address}{path}")).header("content-type", "application/grpc");
    if let Some(encoding) = encoding {
        request = request.header("grpc-encoding", encoding);
    }
    let (response, mut stream) = client.send_request(request.body(()).unwrap(), false).unwrap();
    // The answer may come before the end of a message that is not wanted.
    let _ = stream.send_data(Bytes::copy_from_slice(body), true);
    let response = soon(response).await.unwrap();
    let (head, mut body) = response.into_parts();
    assert_eq!(head.headers["content-type"], "application/grpc");
    let mut message = BytesMut::new();
    while let Some(data) = soon(body.data()).await {
        message.extend_from_slice(&data.unwrap());
    }
    let headers = soon(body.trailers()).await.unwrap().unwrap_or(head.headers);
    drop(client);
    driver.abort();
    let status = headers["grpc-status"].to_str().unwrap().to_owned();
    Answer { status, headers, message: message.freeze() }
}

fn framed(flag: u8, message: &[u8]) -> Vec<u8> {
    [&[flag][..], &u32::try_from(message.len()).unwrap().to_be_bytes(), message].concat()
}

#[tokio::test]
async fn logs_are_stored_before_they_are_answered() {
    let mut place = TestInput::new();
    let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let address = listener.local_addr().unwrap();
    let input = spawn(run(place.context.clone(), listener));
    let message = include_bytes!("../../../../tests/fixtures/otlp/everything.pb");
    let gzip = {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(message).unwrap();
        encoder.finish().unwrap()
    };
    for (flag, encoding, bytes, expect) in [
        (0, None, &message[..], Encoding::Plain),
        (1, Some("gzip"), &gzip, Encoding::Gzip),
        // A client that compresses need not compress each message.
        (0, Some("gzip"), message, Encoding::Plain),
    ] {
        let answer = call(address, EXPORT, encoding, &framed(flag, bytes)).await;
        assert_eq!((answer.status.as_str(), &answer.message[..]), ("0", &[0; 5][..]));
        let entries = place.entries(1).await;
        assert_eq!((entries[0].format, entries[0].encoding), (Format::OtlpProtobuf, expect));
        assert_eq!((&entries[0].payload[..], entries[0].peer.as_str()), (bytes, "127.0.0.1"));
        assert!(matches!(entries[0].identity, Identity::Seed(_)));
    }
    // A large message needs more than one window.
    let large = vec![b'x'; 9_000_000];
    assert_eq!(call(address, EXPORT, None, &framed(0, &large)).await.status, "0");
    assert_eq!(place.entries(1).await[0].payload.len(), large.len());
    place.end();
    soon(input).await.unwrap();
}

#[tokio::test]
async fn what_is_not_stored_is_answered_with_its_reason() {
    let mut place = TestInput::of_size(10_000);
    let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let address = listener.local_addr().unwrap();
    let input = spawn(run(place.context.clone(), listener));
    let check = async |path: &str, encoding, body: &[u8], status: &str, message: &str| {
        let answer = call(address, path, encoding, body).await;
        assert_eq!((answer.status.as_str(), answer.text("grpc-message")), (status, message));
        answer
    };
    assert_eq!(call(address, EXPORT, None, &framed(0, &[0; 6_000])).await.status, "0");
    assert_eq!(place.entries(1).await.len(), 1);
    check(EXPORT, None, &framed(0, &vec![0; 20_000]), "3", "the message is larger than the spool").await;
    let full = check(EXPORT, None, &framed(0, &[0; 6_000]), "8", "the spool of the forwarder is full").await;
    assert_eq!(
        full.text("grpc-status-details-bin"),
        "CAgaMAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIECgIIBQ"
    );
    let traces = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    check(traces, None, &framed(0, b""), "12", "only logs are taken: LogsService/Export").await;
    let unknown = check(EXPORT, Some("br"), &framed(1, b""), "12", "grpc-encoding may be gzip, deflate or zstd").await;
    assert_eq!(unknown.text("grpc-accept-encoding"), "identity,gzip,deflate,zstd");
    let broken = "the request is not one whole message";
    check(EXPORT, None, b"", "3", broken).await;
    check(EXPORT, None, &framed(0, b"abc")[..7], "3", broken).await;
    check(EXPORT, None, &[framed(0, b"abc"), framed(0, b"abc")].concat(), "3", broken).await;
    check(EXPORT, None, &framed(2, b"abc"), "3", broken).await;
    check(EXPORT, None, b"\x00\xff\xff\xff\xff", "3", "the message has more than 32 MiB").await;
    place.assert_no_more();
    place.end();
    soon(input).await.unwrap();
}
