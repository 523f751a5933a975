//! The faults that leave the stack broken.

use std::fs;

use super::faults::{Expected, Fault, Made, QUIET, SHORT, aws, function, mapping};
use crate::error::Error;
use crate::running::Running;
use crate::state::attempt;
use crate::text::quoted;

/// The faults that leave the stack broken.
pub(super) const LAST_FAULTS: &[Fault] = &[
    Fault::new(
        "code that does nothing",
        SHORT,
        replace_code,
        &[Expected("mapping", "fine", "is enabled"), Expected("canary", "problem", "not found within")],
    ),
    Fault::new(
        "function deleted",
        QUIET,
        |running| aws(running, &["lambda", "delete-function", "--function-name", &function("query")]),
        &[Expected("query", "problem", "there is no function logbraid-query")],
    ),
    Fault::new(
        "mapping deleted",
        QUIET,
        delete_mapping,
        &[Expected("mapping", "problem", "nothing takes records from the stream")],
    ),
    Fault::new(
        "stream deleted",
        QUIET,
        |running| aws(running, &["kinesis", "delete-stream", "--stream-name", running.stream()]),
        &[Expected("stream", "problem", "there is no stream")],
    ),
];

fn delete_mapping(running: &Running) -> Result<Made, Error> {
    let id = mapping(running)?;
    aws(running, &["lambda", "delete-event-source-mapping", "--uuid", &id])
}

/// Deploys a program in ingest's place that takes no records.
fn replace_code(running: &Running) -> Result<Made, Error> {
    let folder = running.stack.folder.tmp();
    let program = folder.join("bootstrap");
    attempt("write", &program, |path| fs::write(path, "#!/bin/sh\nexec sleep 600\n"))?;
    let here = quoted(&folder.display().to_string());
    running.shell(&format!("cd {here} && chmod +x bootstrap && python3 -m zipfile -c nothing.zip bootstrap"))?;
    let zip = format!("fileb://{}", folder.join("nothing.zip").display());
    let function = function("ingest");
    aws(running, &["lambda", "update-function-code", "--function-name", &function, "--zip-file", &zip])
}
