//! `logbraid explain`: what becomes of a payload.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use decode::{ExplainedItem, ExplainedRejection, MAX_EXPLAINED};
use record::{EventTime, Explanation, LogRecord};
use runtime::{ProcessEnvironment, rules};
use serde_json::{Value as Json, json};

use crate::args::ExplainArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::render::{explained, uses};
use crate::stderr;
use crate::stdout::{Format, Output};

/// The largest payload in bytes: what a Kinesis record holds at most.
const MAX_PAYLOAD_BYTES: u64 = 10 << 20;
/// The path that stands for standard input.
const STDIN: &str = "-";

/// Explains the payload. The exit status says whether all of it becomes log records.
pub(crate) fn run(args: &ExplainArgs) -> Result<Exit, Error> {
    let rules = rules(&ProcessEnvironment).map_err(Error::Config)?;
    let payload = read(&args.file).map_err(|source| Error::ReadFile { path: args.file.clone(), source })?;
    let items = decode::explain(&payload, EventTime::now(), &rules);
    let mut output = Output::new(&args.output);
    for (number, item) in (1..).zip(&items) {
        match output.format() {
            Format::Json => output.serialize(&as_json(number, item))?,
            Format::Text { width } => explained(number, item, width, output.text()),
        }
    }
    output.flush()?;
    if items.len() == MAX_EXPLAINED {
        stderr::print(format_args!("explained the first {MAX_EXPLAINED} records; there may be more"));
    }
    Ok(match items.as_slice() {
        [] => Exit::Nothing,
        items if items.iter().all(|item| item.outcome.is_ok()) => Exit::Done,
        _ => Exit::Remaining,
    })
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut payload = Vec::new();
    let input: Box<dyn Read> =
        if path.as_os_str() == STDIN { Box::new(io::stdin().lock()) } else { Box::new(File::open(path)?) };
    input.take(MAX_PAYLOAD_BYTES + 1).read_to_end(&mut payload)?;
    if payload.len() as u64 > MAX_PAYLOAD_BYTES {
        let message = format!("it has more than {MAX_PAYLOAD_BYTES} bytes, which no Kinesis record can hold");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(payload)
}

fn as_json(number: usize, item: &ExplainedItem) -> Json {
    match &item.outcome {
        Ok((record, explanation)) => record_json(number, item.format, record, explanation),
        Err(ExplainedRejection { code, detail, .. }) => {
            json!({"number": number, "format": item.format, "quarantined": {"reason": code, "detail": detail}})
        }
    }
}

fn record_json(number: usize, format: &str, record: &LogRecord, explanation: &Explanation) -> Json {
    let facts = explanation.facts.iter();
    let facts: Json =
        facts.map(|fact| (fact.name.to_owned(), json!({"value": fact.value, "from": fact.origin}))).collect();
    let fields = explanation.fields.iter();
    let fields: Vec<Json> =
        fields.map(|field| json!({"path": field.path, "value": field.value, "used_as": uses(field)})).collect();
    let (day, ids): (_, Vec<&str>) = (record.day().to_string(), record.ids().collect());
    json!({"number": number, "format": format, "day": day, "facts": facts, "ids": ids, "fields": fields})
}
