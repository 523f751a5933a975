//! The command line beside the page in a real browser: commands that are copied from the page, and `logbraid open`.

use tests::app::TestApp;
use tests::page;

#[tokio::test(flavor = "multi_thread")]
async fn the_page_and_the_command_line_work_together_in_a_browser() {
    let app = TestApp::start().await;
    page::run_browser_tests(&app, vec![("PAGE_LOGBRAID", env!("CARGO_BIN_EXE_logbraid").into())]).await;
}
