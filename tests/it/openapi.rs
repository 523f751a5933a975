//! The API conforms to its description: schemathesis sends valid and invalid requests, and checks the answers.

use std::process::{Command, Output};

use local::cache::{Cache, Pins, Requirements};
use tests::app::TestApp;
use tests::fixtures::{self, Python};
use tests::http::PlainHttp;
use tests::kinesis::Stream;

const SCHEMATHESIS: Pins =
    Pins { folder: "schemathesis-4.32.5", packages: &["schemathesis==4.32.5"], requirements: Requirements::Follow };
/// The maximum of examples for each operation. More find nothing more; `docs/query.md` says how to send as many as you
/// like.
const EXAMPLES: &str = "20";
/// The check that is left out: that every request the description allows is accepted. A description cannot say that
/// `to` must be after `from`, what a valid regular expression is, or that a position in the journal still exists.
const EXCLUDED: &str = "positive_data_acceptance";

fn run(base: &str) -> Output {
    let venv = Cache::from_env().and_then(|cache| cache.venv(&SCHEMATHESIS)).expect("schemathesis can be installed");
    let folder = tempfile::tempdir().expect("a folder for what it writes");
    Command::new(venv.join("bin/schemathesis"))
        .args(["run", &format!("{base}/openapi.json"), "--no-color", "--continue-on-failure"])
        .args(["--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, "--exclude-checks", EXCLUDED])
        // The same requests in every run.
        .arg("--generation-deterministic")
        .current_dir(folder.path())
        .output()
        .expect("schemathesis runs")
}

#[tokio::test]
async fn the_api_is_as_its_description_says() {
    let app = TestApp::start().await;
    let stream = Stream::new("app_logging", 1);
    fixtures::put(&stream, &fixtures::order(Python::V311));
    app.deliver(&stream).await;
    let plain = PlainHttp::start(app.db.env()).await;
    let base = plain.base().to_owned();
    let output = tokio::task::spawn_blocking(move || run(&base)).await.expect("it does not panic");
    let said = String::from_utf8_lossy(&output.stdout);
    // Random ids match no record, which is only a warning.
    assert!(output.status.success() && said.contains(" passed"), "{said}");
}
