//! The API conforms to its description: schemathesis sends valid and invalid requests, and checks the answers.

use std::process::{Command, Output};

use local::cache::{Cache, Pins, Requirements};
use serde_json::json;
use tests::app::TestApp;
use tests::fixtures::{self, ORDER_UID, Python};
use tests::gateway::{self, CLAIMS};
use tests::http::PlainHttp;
use tests::kinesis::Stream;
use tests::runtime_api::Function;

use crate::tenants::stage::tenants_env;

const SCHEMATHESIS: Pins =
    Pins { folder: "schemathesis-4.32.5", packages: &["schemathesis==4.32.5"], requirements: Requirements::Follow };
/// The maximum of examples for each operation. More find nothing more; `docs/query.md` says how to send as many as you
/// like.
const EXAMPLES: &str = "20";
/// The check that is left out: that every request the description allows is accepted. A description cannot say that
/// `to` must be after `from`, what a valid regular expression is, or that a position in the journal still exists.
const EXCLUDED: &str = "positive_data_acceptance";

fn run(base: &str, more: &[String]) -> Output {
    let venv = Cache::from_env().and_then(|cache| cache.venv(&SCHEMATHESIS)).expect("schemathesis can be installed");
    let folder = tempfile::tempdir().expect("a folder for what it writes");
    Command::new(venv.join("bin/schemathesis"))
        .args(["run", &format!("{base}/openapi.json"), "--no-color", "--continue-on-failure"])
        .args(["--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, "--exclude-checks", EXCLUDED])
        // The same requests in every run.
        .arg("--generation-deterministic")
        .args(more)
        .current_dir(folder.path())
        .output()
        .expect("schemathesis runs")
}

async fn delivered() -> TestApp {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    // A record of a tenant, and one of another.
    for tenant in ["acme", "umbra"] {
        let record = json!({ "created": 1_795_176_000, "log_uid": ORDER_UID, "tenant": tenant, "message": "hello" });
        stream.put("host", record.to_string().as_str());
    }
    stream.put("host", r#"{"broken": "#);
    app.deliver(&stream).await;
    app
}

/// Checks that schemathesis finds nothing.
async fn check(base: String, more: &[&str]) {
    let more: Vec<String> = more.iter().map(|&own| own.to_owned()).collect();
    let output = tokio::task::spawn_blocking(move || run(&base, &more)).await.expect("it does not panic");
    let said = String::from_utf8_lossy(&output.stdout);
    // Random ids match no record, which is only a warning.
    assert!(output.status.success() && said.contains(" passed"), "{said}");
}

#[tokio::test]
async fn the_api_is_as_its_description_says() {
    let app = delivered().await;
    let pins = ("LOGBRAID_PINS".to_owned(), "on".to_owned());
    let plain = PlainHttp::start(app.db.env().into_iter().chain([pins])).await;
    check(plain.base().to_owned(), &[]).await;
}

/// Behind API Gateway, with events in place of HTTP, and a token that names a tenant.
#[tokio::test]
async fn the_api_is_to_a_tenant_as_its_description_says() {
    let app = delivered().await;
    let function = Function::new("query", app.db.env().into_iter().chain(tenants_env()));
    let claims = json!({ "sub": "alice", "custom:tenant": "acme" });
    check(gateway::serve(function).await, &["--header", &format!("{CLAIMS}: {claims}")]).await;
}
