//! Functions that sign in to MongoDB by a token of their role, without a password. No MongoDB that is free to use knows this way
//! to sign in, so what stands between takes the tokens, and everything else goes to a real one.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use bson::spec::BinarySubtype;
use bson::{Binary, Document, doc};
use tests::fixtures::Payload;
use tests::http::Get as _;
use tests::kinesis::{Drained, EventSource, Stream};
use tests::mongo::OwnServer;
use tests::runtime_api::Function;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};

const OP_MSG: i32 = 2013;
const HEADER_BYTES: usize = 16;
/// The flags and the kind of section before the document of a message.
const DOCUMENT_AT: usize = HEADER_BYTES + 5;
/// MongoDB's code for a connection whose token has ended.
const SIGN_IN_AGAIN: i32 = 391;

/// STS, which issues numbered tokens.
#[derive(Clone, Default)]
struct Sts {
    asked: Arc<Mutex<Vec<String>>>,
    refuses: Arc<AtomicUsize>,
}

impl Sts {
    async fn start(&self) -> String {
        let own = self.clone();
        let answer = post(async move |body: String| {
            let mut asked = own.asked.lock().expect("no panic");
            asked.push(body);
            if own.refuses.load(Ordering::Relaxed) > 0 {
                let xml = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no policy allows it</Message></Error></ErrorResponse>";
                return (StatusCode::FORBIDDEN, xml.to_owned());
            }
            let token = format!("<WebIdentityToken>token-{}</WebIdentityToken>", asked.len());
            (StatusCode::OK, format!("<R><GetWebIdentityTokenResult>{token}</GetWebIdentityTokenResult></R>"))
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/", answer)).await });
        format!("http://{address}")
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

/// What takes the tokens in front of MongoDB.
#[derive(Clone, Default)]
struct Gate {
    /// The tokens that were shown, in order.
    tokens: Arc<Mutex<Vec<String>>>,
    /// How many of the tokens have ended.
    ended: Arc<AtomicUsize>,
}

impl Gate {
    async fn start(&self, mongodb: u16) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let own = self.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let own = own.clone();
                tokio::spawn(async move { own.pass(client, mongodb).await });
            }
        });
        port
    }

    /// Passes a connection on, until one side leaves.
    async fn pass(&self, client: TcpStream, mongodb: u16) -> Option<()> {
        let server = TcpStream::connect(("127.0.0.1", mongodb)).await.ok()?;
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let mut token = None;
        loop {
            let message = read(&mut from_client).await?;
            match document(&message) {
                Some(asked) if asked.contains_key("saslStart") => {
                    token = self.check(&asked);
                    let payload = Binary { subtype: BinarySubtype::Generic, bytes: Vec::new() };
                    let answer = match token {
                        Some(_) => doc! { "conversationId": 1, "done": true, "payload": payload, "ok": 1.0 },
                        None => {
                            doc! { "ok": 0.0, "code": 18, "codeName": "AuthenticationFailed", "errmsg": "no token" }
                        }
                    };
                    reply(&mut to_client, &message, &answer).await?;
                    continue;
                }
                // The driver greets before it signs in.
                Some(asked) if asked.contains_key("hello") || asked.contains_key("isMaster") => {}
                Some(_) if token.is_none_or(|number| number < self.ended.load(Ordering::Relaxed)) => {
                    let error = doc! { "ok": 0.0, "code": SIGN_IN_AGAIN, "codeName": "ReauthenticationRequired",
                    "errmsg": "sign in again" };
                    reply(&mut to_client, &message, &error).await?;
                    continue;
                }
                _ => {}
            }
            to_server.write_all(&message).await.ok()?;
            let answer = read(&mut from_server).await?;
            to_client.write_all(&answer).await.ok()?;
        }
    }

    /// Takes a token. Returns its number.
    fn check(&self, asked: &Document) -> Option<usize> {
        assert_eq!(asked.get_str("mechanism").ok(), Some("MONGODB-OIDC"), "{asked}");
        assert_eq!(asked.get_str("$db").ok(), Some("$external"), "{asked}");
        let shown = Document::from_reader(asked.get_binary_generic("payload").ok()?.as_slice()).ok()?;
        let jwt = shown.get_str("jwt").ok()?.to_owned();
        let number = jwt.strip_prefix("token-")?.parse::<usize>().ok()? - 1;
        self.tokens.lock().expect("no panic").push(jwt);
        (number >= self.ended.load(Ordering::Relaxed)).then_some(number)
    }
}

async fn read(from: &mut (impl tokio::io::AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut message = vec![0; 4];
    from.read_exact(&mut message).await.ok()?;
    let length = i32::from_le_bytes(message[..4].try_into().ok()?);
    message.resize(usize::try_from(length).ok()?, 0);
    from.read_exact(&mut message[4..]).await.ok()?;
    Some(message)
}

fn document(message: &[u8]) -> Option<Document> {
    let op = i32::from_le_bytes(message.get(12..HEADER_BYTES)?.try_into().ok()?);
    (op == OP_MSG).then(|| Document::from_reader(message.get(DOCUMENT_AT..)?).ok())?
}

async fn reply(to: &mut OwnedWriteHalf, message: &[u8], answer: &Document) -> Option<()> {
    let answer = bson::serialize_to_vec(answer).ok()?;
    let length = i32::try_from(DOCUMENT_AT + answer.len()).ok()?;
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend(7_i32.to_le_bytes());
    // What is answered.
    bytes.extend(&message[4..8]);
    bytes.extend(OP_MSG.to_le_bytes());
    bytes.extend([0; 5]);
    bytes.extend(answer);
    to.write_all(&bytes).await.ok()
}

fn function(name: &str, gate: u16, sts: &str) -> Function {
    let env = [
        ("MONGODB_URI", format!("mongodb://127.0.0.1:{gate}/?directConnection=true")),
        ("LOGBRAID_MONGODB_TOKEN_AUDIENCE", "https://mongodb.example.com".to_owned()),
        ("AWS_ENDPOINT_URL", sts.to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_REGION", "eu-west-1".to_owned()),
        ("LOGBRAID_DB", "logbraid".to_owned()),
        ("LOGBRAID_MONGODB_TIMEOUT_MS", "2000".to_owned()),
        ("RUST_LOG", "info".to_owned()),
    ];
    Function::new(name, env.map(|(name, value)| (name.to_owned(), value)))
}

#[tokio::test]
async fn functions_sign_in_by_their_role() {
    let server = OwnServer::start_with(|_| {});
    let (sts, gate) = (Sts::default(), Gate::default());
    let sts_address = sts.start().await;
    let port = gate.start(server.port()).await;
    let (ingest, query) = (function("ingest", port, &sts_address), function("query", port, &sts_address));
    let stream = Stream::new("app_logging", 1);
    let mut mapping = EventSource::reporting().connect(&stream);
    let mut deliver = async |number: usize| {
        let payload = Payload::record(&format!("2026-11-20T08:00:{number:02}Z"), "uid", "service", "hello");
        stream.put("key", payload.data);
        assert_eq!(mapping.drain(&ingest).await, Drained::End);
    };
    let found = async || {
        let answer = query.get("/transactions/uid").await;
        (answer.status, answer.body["records"].as_array().map_or(0, Vec::len))
    };

    deliver(0).await;
    assert_eq!(found().await, (200, 1));
    let asked = sts.asked();
    assert_eq!(asked.len(), 2, "a token serves all connections of a function");
    let expect = "Action=GetWebIdentityToken&Version=2011-06-15&Audience.member.1=https%3A%2F%2Fmongodb%2Eexample%2Ecom\
                  &DurationSeconds=900&SigningAlgorithm=RS256";
    assert!(asked.iter().all(|body| body == expect), "{asked:?}");

    // MongoDB no longer takes these tokens: the functions get new ones, and nobody notices.
    gate.ended.store(asked.len(), Ordering::Relaxed);
    deliver(1).await;
    assert_eq!(found().await, (200, 2));
    assert_eq!(sts.asked().len(), 4);
    let last = gate.tokens.lock().expect("no panic").last().cloned();
    assert!(matches!(last.as_deref(), Some("token-3" | "token-4")), "{last:?}");
    assert_eq!((ingest.cold_starts(), query.cold_starts()), (1, 1));

    // A role that may not have tokens.
    sts.refuses.store(1, Ordering::Relaxed);
    gate.ended.store(4, Ordering::Relaxed);
    assert_eq!(found().await.0, 503);
    let says_why = |line: &&String| line.contains("STS refused with status 403: AccessDenied: no policy allows it");
    assert!(query.logs().lines().iter().any(|line| says_why(&line)), "{:?}", query.logs().lines());
    sts.refuses.store(0, Ordering::Relaxed);
    tests::wait::until("query answers again", async || found().await == (200, 2)).await;
}
