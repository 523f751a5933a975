//! The page in a real browser. The browser's tests are in `functions/query/ui/browser`. They file records through the ingest
//! function, see them on the page that the query function serves, and run the queries for mongosh that they copy there.

use std::ffi::OsString;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::post;
use bson::{Bson, Document};
use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use local::page;
use mongodb::Database;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::app::TestApp;
use crate::http::PlainHttp;
use crate::kinesis::{Drained, EventSource, Stream};
use crate::runtime_api::Function;

/// How many lines a payload holds.
const LINES: usize = 1_000;
/// The settings of the retention function. It keeps what the tests file, but for what they file long ago.
const RETENTION: [(&str, &str); 2] = [("LOGBRAID_RETENTION_DAYS", "10"), ("LOGBRAID_MAX_SKEW_DAYS", "1")];
const RETENTION_LIMIT: Duration = Duration::from_mins(1);

/// Records to file, and who waits until they are filed.
type Put = (Bytes, oneshot::Sender<()>);

/// Runs the browser's tests against an application, with these variables in their environment. Panics if one fails.
pub async fn run_browser_tests(app: &TestApp, variables: Vec<(&'static str, OsString)>) {
    let pins = ("LOGBRAID_PINS".to_owned(), "on".to_owned());
    let plain = PlainHttp::start(app.db.env().into_iter().chain([pins])).await;
    let (sender, receiver) = mpsc::channel(1);
    let days = RETENTION.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let retention = Function::new("retention", app.db.env().into_iter().chain(days));
    let (base, helper) = (plain.base().to_owned(), serve(sender, app.db.database().clone(), retention).await);
    let browser = tokio::task::spawn_blocking(move || run_browser(&base, &helper, variables));
    let output = tokio::select! {
        output = browser => output.expect("it does not panic"),
        () = file(app, receiver) => unreachable!("the server keeps a sender"),
    };
    let said = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{}", plain.logs().lines().join("\n"));
}

/// Files the lines of a request. Answers when they can be found.
async fn put(State(puts): State<mpsc::Sender<Put>>, lines: Bytes) -> StatusCode {
    let (filed, until_filed) = oneshot::channel();
    let is_filed = puts.send((lines, filed)).await.is_ok() && until_filed.await.is_ok();
    if is_filed { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR }
}

/// What mongosh is told to find. Values are Extended JSON.
#[derive(Deserialize)]
struct Find {
    collection: String,
    filter: Map<String, Value>,
    #[serde(default)]
    sort: Map<String, Value>,
}

/// Answers with the documents that a query finds, as Extended JSON.
async fn find(State(database): State<Database>, query: Bytes) -> String {
    let Find { collection, filter, sort } = serde_json::from_slice(&query).expect("a query");
    let document = |json: Map<String, Value>| Document::try_from(json).expect("Extended JSON");
    let found = database.collection::<Document>(&collection).find(document(filter)).sort(document(sort)).await;
    let documents: Vec<Document> = found.expect("MongoDB answers").try_collect().await.expect("MongoDB answers");
    let json = |document: Document| Bson::Document(document).into_relaxed_extjson();
    Value::Array(documents.into_iter().map(json).collect()).to_string()
}

/// Drops the days that are past retention.
async fn retain(State(retention): State<Arc<Function>>) -> (StatusCode, String) {
    match retention.invoke(&json!({}), RETENTION_LIMIT).await {
        Ok(report) => (StatusCode::OK, report.to_string()),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

/// Serves `put`, `find` and `retain` on loopback, and returns the address.
async fn serve(puts: mpsc::Sender<Put>, database: Database, retention: Function) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let address = format!("http://{}/", listener.local_addr().expect("it is bound"));
    let app = Router::new().route("/", post(put)).layer(DefaultBodyLimit::disable()).with_state(puts);
    let app = app.route("/find", post(find).with_state(database));
    let app = app.route("/retention", post(retain).with_state(Arc::new(retention)));
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Files what is put, until nobody can put any more.
async fn file(app: &TestApp, mut puts: mpsc::Receiver<Put>) {
    let stream = Stream::new("app_logging", 1);
    let mut mapping = EventSource::reporting().connect(&stream);
    while let Some((lines, filed)) = puts.recv().await {
        let lines: Vec<&[u8]> = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        // The records are of today, and the page says how long ago they arrived.
        stream.clock().set(Timestamp::now().as_millisecond());
        for payload in lines.chunks(LINES) {
            stream.put("page", payload.join(&b'\n'));
        }
        assert_eq!(mapping.drain(&app.ingest).await, Drained::End, "{}", app.ingest.logs().lines().join("\n"));
        // A test that failed no longer waits.
        let _ = filed.send(());
    }
}

fn run_browser(base: &str, helper: &str, variables: Vec<(&'static str, OsString)>) -> Output {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the checkout");
    let logs = tempfile::tempdir().expect("a folder for the installers' output");
    let (page, browser) = page::for_tests(project, logs.path()).unwrap_or_else(|problem| panic!("{problem}"));
    let mut node = page.command("node");
    node.args(["browser/run.ts", base]).arg(browser).arg(helper).envs(variables).output().expect("node runs")
}
