//! The page in a real browser: the tests are in `functions/query/ui/browser`. They file records through the ingest
//! function, and see them on the page that the query function serves.

use std::path::Path;
use std::process::Output;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::routing::post;
use jiff::Timestamp;
use local::mongod::free_port;
use local::page;
use tests::app::TestApp;
use tests::http::PlainHttp;
use tests::kinesis::{Drained, EventSource, Stream};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

/// How many lines a payload holds.
const LINES: usize = 1_000;

/// Records to file, and who waits until they are filed.
type Put = (Bytes, oneshot::Sender<()>);

/// Files the lines of a request. Answers when they can be found.
async fn put(State(puts): State<mpsc::Sender<Put>>, lines: Bytes) -> StatusCode {
    let (filed, until_filed) = oneshot::channel();
    let is_filed = puts.send((lines, filed)).await.is_ok() && until_filed.await.is_ok();
    if is_filed { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR }
}

/// Serves `put` on loopback, and returns its address.
async fn serve(puts: mpsc::Sender<Put>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let address = format!("http://{}/", listener.local_addr().expect("it is bound"));
    let app = Router::new().route("/", post(put)).layer(DefaultBodyLimit::disable()).with_state(puts);
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

fn run_browser(base: &str, put: &str, signing_in: [(&str, String); 2]) -> Output {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the checkout");
    let logs = tempfile::tempdir().expect("a folder for the installers' output");
    let (page, browser) = page::for_tests(project, logs.path()).unwrap_or_else(|problem| panic!("{problem}"));
    let mut node = page.command("node");
    node.args(["browser/run.ts", base]).arg(browser).arg(put).envs(signing_in).output().expect("node runs")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_does_what_it_promises_in_a_browser() {
    let app = TestApp::start().await;
    let plain = PlainHttp::start(app.db.env()).await;
    // Another function, which names a provider that the browser's tests start.
    let port = free_port().expect("loopback has a free port");
    let sign_in = [
        ("LOGBRAID_API_AUTHORIZATION", "JWT".to_owned()),
        ("LOGBRAID_JWT_ISSUER", format!("http://127.0.0.1:{port}")),
        ("LOGBRAID_JWT_CLIENT_ID", "logbraid-page".to_owned()),
    ];
    let sign_in = sign_in.map(|(name, value)| (name.to_owned(), value));
    let with_jwt = PlainHttp::start(app.db.env().into_iter().chain(sign_in)).await;
    let signing_in = [("PAGE_JWT_URL", with_jwt.base().to_owned()), ("PAGE_OIDC_PORT", port.to_string())];
    let (sender, receiver) = mpsc::channel(1);
    let (base, put) = (plain.base().to_owned(), serve(sender).await);
    let browser = tokio::task::spawn_blocking(move || run_browser(&base, &put, signing_in));
    let output = tokio::select! {
        output = browser => output.expect("it does not panic"),
        () = file(&app, receiver) => unreachable!("the server keeps a sender"),
    };
    let said = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{}", plain.logs().lines().join("\n"));
}
