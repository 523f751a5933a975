//! The page in a browser: what the first view of a transaction transfers, and how long it takes until it is drawn.

use std::path::Path;

use local::page;

use super::api::Api;
use super::rows::{Drawn, PageRow};
use super::{LARGE_DATABASE, file};
use crate::error::Error;
use crate::records::Records;
use crate::server::Server;

/// How often each transaction is drawn, each time in a browser with an empty cache.
const TIMES: usize = 5;

/// Files a transaction with this number of records, and draws it.
pub(super) fn draw(server: &Server, records: usize) -> Result<PageRow, Error> {
    server.drop(LARGE_DATABASE)?;
    let uids = file(server, LARGE_DATABASE, Records::of_today().in_one_transaction().take(records))?;
    let api = Api::start(server, LARGE_DATABASE)?;
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or_else(|| Path::new(""));
    let logs = tempfile::tempdir().map_err(|source| Error::Browser(source.to_string()))?;
    let (page, browser) = page::for_tests(project, logs.path()).map_err(Error::Browser)?;
    let uid = uids.first().map(String::as_str).unwrap_or_default();
    let mut measure = page.command("node");
    measure.args(["browser/measure.ts", api.base()]).arg(browser).args([uid; TIMES]);
    let output = measure.output().map_err(|source| Error::Browser(source.to_string()))?;
    server.drop(LARGE_DATABASE)?;
    if !output.status.success() {
        return Err(Error::Browser(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let drawn: Result<Vec<Drawn>, _> = lines.map(serde_json::from_slice).collect();
    let drawn = drawn.map_err(|source| Error::Json { what: "a measurement of the page", source })?;
    Ok(PageRow::new(records, &drawn))
}
