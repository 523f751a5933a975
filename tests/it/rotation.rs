//! A password or an address of MongoDB that is changed in its secret while the functions are warm.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::routing::post;
use axum::{Json, Router};
use mongodb::Client;
use mongodb::bson::{Document, doc};
use serde_json::json;
use tests::fixtures::Payload;
use tests::http::Get as _;
use tests::kinesis::{Drained, EventSource, Invocation, Stream};
use tests::mongo::OwnServer;
use tests::runtime_api::Function;

const DATABASE: &str = "logbraid";
const USER: &str = "logbraid";
const RUN: Duration = Duration::from_mins(1);

/// Secrets Manager with one secret.
#[derive(Clone, Default)]
struct SecretsManager {
    secret: Arc<Mutex<String>>,
    reads: Arc<AtomicUsize>,
}

impl SecretsManager {
    /// Starts it. Returns its address.
    async fn start(&self) -> String {
        let own = self.clone();
        let answer = post(async move || {
            own.reads.fetch_add(1, Ordering::Relaxed);
            Json(json!({ "SecretString": *own.secret.lock().expect("no panic") }))
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/", answer)).await });
        format!("http://{address}")
    }

    fn set(&self, secret: String) {
        *self.secret.lock().expect("no panic") = secret;
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }
}

/// Returns a connection string. Each operation of the functions has to authenticate again, as after some idle minutes.
fn uri(server: &OwnServer, password: &str) -> String {
    let port = server.port();
    format!("mongodb://{USER}:{password}@127.0.0.1:{port}/?authSource=admin&directConnection=true&maxIdleTimeMS=1")
}

async fn run(uri: &str, command: Document) {
    let client = Client::with_uri_str(uri).await.expect("a connection string");
    client.database("admin").run_command(command).await.expect("done");
}

fn function(name: &str, secrets_manager: &str) -> Function {
    let env = [
        ("MONGODB_SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:000000000000:secret:mongodb"),
        ("AWS_ENDPOINT_URL", secrets_manager),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "eu-west-1"),
        ("LOGBRAID_DB", DATABASE),
        // What the retention function needs.
        ("LOGBRAID_RETENTION_DAYS", "40"),
        ("RUST_LOG", "info"),
    ];
    Function::new(name, env.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

#[tokio::test]
async fn warm_functions_follow_a_password() {
    let server = OwnServer::start_with(|options| options.args = vec!["--auth".to_owned()]);
    // While there is no user, MongoDB lets this machine create one.
    let user = doc! { "createUser": USER, "pwd": "first", "roles": ["root"] };
    run(&format!("mongodb://127.0.0.1:{}/?directConnection=true", server.port()), user).await;
    let secrets_manager = SecretsManager::default();
    secrets_manager.set(uri(&server, "first"));
    let address = secrets_manager.start().await;
    let (ingest, query) = (function("ingest", &address), function("query", &address));
    let retention = function("retention", &address);
    let stream = Stream::new("app_logging", 1);
    let put = |number: usize| {
        let payload = Payload::record(&format!("2026-11-20T08:00:{number:02}Z"), "uid", "service", "hello");
        stream.clock().advance(Duration::from_secs(10));
        stream.put("key", payload.data);
    };
    let mut mapping = EventSource::reporting().connect(&stream);
    // Returns how many invocations it took.
    let mut deliver = async |number| {
        put(number);
        let before = mapping.journal().len();
        assert_eq!(mapping.drain(&ingest).await, Drained::End);
        mapping.journal().len() - before
    };
    let found = async || {
        let answer = query.get("/transactions/uid").await;
        (answer.status, answer.body["records"].as_array().map_or(0, Vec::len))
    };

    // How far ingest says that it filed.
    let filed = async |password: &str| {
        let client = Client::with_uri_str(&uri(&server, password)).await.expect("a connection string");
        let shards = client.database(DATABASE).collection::<Document>("shards");
        let shard = shards.find_one(doc! {}).await.expect("it can be read").expect("there is one");
        *shard.get_datetime("arrived").expect("a time")
    };

    deliver(0).await;
    let filed_first = filed("first").await;
    assert_eq!(found().await, (200, 1));
    retention.invoke(&json!({ "dry_run": true }), RUN).await.expect("a report");
    assert_eq!(secrets_manager.reads(), 3, "each function reads it once");

    // The secret changes after the password: meanwhile nothing can be read or stored, and nothing is lost.
    run(&uri(&server, "first"), doc! { "updateUser": USER, "pwd": "second" }).await;
    assert_eq!(found().await, (503, 0));
    // However many ask meanwhile, the secret is read at most every two seconds.
    let (reads, began) = (secrets_manager.reads(), Instant::now());
    for _ in 0..20 {
        assert_eq!(found().await, (503, 0));
    }
    let again = secrets_manager.reads() - reads;
    assert!(again <= usize::try_from(began.elapsed().as_secs() / 2 + 1).expect("few"), "{again} reads");
    secrets_manager.set(uri(&server, "second"));
    assert_eq!(deliver(1).await, 1, "the invocation that reads the new secret stores the batch");
    // So does the request that reads it: the answer is right already.
    tests::wait::until("query reads the secret again", async || {
        let reads = secrets_manager.reads();
        let answer = found().await;
        let has_read = secrets_manager.reads() > reads;
        assert_eq!(answer, if has_read { (200, 2) } else { (503, 0) });
        has_read
    })
    .await;
    deliver(2).await;
    assert!(filed("second").await > filed_first, "ingest goes on to say how far it filed");
    assert_eq!(found().await, (200, 3));
    let dry = json!({ "dry_run": true });
    let report = retention.invoke(&dry, RUN).await.expect("it reads the secret again");
    assert_eq!(report["dry_run"], json!(true));
    assert_eq!(retention.cold_starts(), 1);
    assert_eq!((ingest.cold_starts(), query.cold_starts()), (1, 1), "the functions stay warm");

    let reads = secrets_manager.reads();
    deliver(3).await;
    assert_eq!(found().await, (200, 4));
    assert_eq!(secrets_manager.reads(), reads, "a good password is not read again");
    // Once: a secret that is as it was opens no store.
    let told = |function: &Function| {
        function
            .logs()
            .lines()
            .iter()
            .filter(|line| line.contains("its secret has another address or password"))
            .count()
    };
    assert_eq!((told(&ingest), told(&query)), (1, 1));
}

/// A secret that names the wrong address for a while: nobody listens there, so nobody refuses the password.
#[tokio::test]
async fn warm_functions_follow_an_address() {
    let server = OwnServer::start();
    let secrets_manager = SecretsManager::default();
    secrets_manager.set("mongodb://127.0.0.1:1/?directConnection=true".to_owned());
    let address = secrets_manager.start().await;
    let [ingest, query, retention] = ["ingest", "query", "retention"].map(|name| function(name, &address));
    let ask = async || query.get("/transactions/uid").await.status;
    assert_eq!((ask().await, query.get("/healthz").await.status), (503, 503));
    retention.invoke(&json!({ "dry_run": true }), RUN).await.expect_err("there is no MongoDB");
    let stream = Stream::new("app_logging", 1);
    stream.put("key", Payload::record("2026-11-20T08:00:00Z", "uid", "service", "hello").data);
    // One with the wrong address, one that reads the secret again, and some for a slow machine.
    let mut mapping = EventSource::reporting().connect(&stream).with_invocations_limit(6);
    let correct = async |_: &Invocation| secrets_manager.set(server.uri());
    assert_eq!(mapping.drain_with(&ingest, correct).await, Drained::End);
    assert!(mapping.journal().len() > 1, "the first invocation had the wrong address");
    tests::wait::until("query finds the record", async || ask().await == 200).await;
    retention.invoke(&json!({ "dry_run": true }), RUN).await.expect("it reads the secret again");
    for function in [&ingest, &query, &retention] {
        assert_eq!(function.cold_starts(), 1);
    }
}
