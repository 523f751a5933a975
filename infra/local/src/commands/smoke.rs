//! The smoke test: the main path on a private stack, from deployment to deletion.

mod archive_bucket;
mod deploy_page;
mod doctor;
mod documented;
mod everything;
mod given_up;
mod runbook;
mod schedule;

use std::env;
use std::process;
use std::time::Instant;

use serde_json::Value;
use tempfile::TempDir;

use crate::cache::Cache;
use crate::deploy::find_project;
use crate::error::Error;
use crate::lifecycle::{self, Build};
use crate::logbraid;
use crate::logs;
use crate::mongod;
use crate::progress::step;
use crate::running::Running;
use crate::sample;
use crate::stack::Stack;
use crate::state::{Folder, attempt};
use crate::transaction::{Record, Transaction};

/// The rendered message of `check availability for %d widgets`.
const RENDERED: &str = "check availability for 1000 widgets";

/// What the smoke test checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The main path, the faults that `logbraid doctor` names, and the stack with everything.
    All,
    /// Only the stack with everything.
    Everything,
}

/// Starts a stack in a folder of its own, checks it, and takes it down, whatever happens.
pub(crate) fn smoke(build: Build, scope: Scope) -> Result<(), Error> {
    let start = Instant::now();
    let temporary = attempt("write to", &env::temp_dir(), |folder| TempDir::with_prefix_in("logbraid-smoke-", folder))?;
    let stack = Stack {
        project: find_project()?,
        folder: Folder::open(temporary.path().to_owned())?,
        cache: Cache::from_env().map_err(Error::Tools)?,
        given_mongodb: super::given_mongodb(),
        // The user's own MongoDB may hold other data.
        database: format!("logbraid_smoke_{}", process::id()),
    };
    let take_down = TakeDown(&stack);
    let running = lifecycle::start(&stack, build)?;
    let checked = match scope {
        Scope::All => check(&running, build),
        Scope::Everything => check_only_everything(&running),
    };
    if checked.is_err() {
        // The logs go with the local AWS, and they say why.
        eprintln!("\n{}", logs::all(running.aws_port).unwrap_or_else(|error| error.to_string()));
    }
    if stack.given_mongodb.is_some() {
        mongod::drop_database(&running.mongodb_uri, &stack.database)
            .map_err(|source| Error::MongoUri(Box::new(source)))?;
    }
    drop(take_down);
    checked?;
    println!("Smoke test passed in {:.1} s.", start.elapsed().as_secs_f64());
    Ok(())
}

fn check(running: &Running, build: Build) -> Result<(), Error> {
    check_order(&running.sample_order()?)?;
    check_fresh_record(running)?;
    check_retention(running)?;
    if build == Build::Debug {
        check_command_line(running)?;
        doctor::check(running)?;
    }
    running.delete()?;
    if build == Build::Debug {
        everything::check(running)?;
        doctor::check_last(&lifecycle::start(running.stack, build)?)?;
    }
    Ok(())
}

fn check_only_everything(running: &Running) -> Result<(), Error> {
    let stack = running.stack;
    step("logbraid", || logbraid::install(&stack.project, &stack.folder))?;
    check_fresh_record(running)?;
    running.delete()?;
    everything::check(running)
}

/// Checks what `make run` tells a user to try.
fn check_command_line(running: &Running) -> Result<(), Error> {
    let stack = running.stack;
    step("logbraid", || logbraid::install(&stack.project, &stack.folder))?;
    let text = step("logbraid get", || running.shell(&format!("logbraid get {} --text", sample::UID)))?;
    expect("logbraid get shows the order", text.contains(RENDERED), || text.clone())
}

fn check_order(order: &Transaction) -> Result<(), Error> {
    let messages = || messages(order).join(" | ");
    expect("the order has 9 records", order.records.len() == sample::RECORDS, messages)?;
    let is_rendered = |record: &Record| record.message == RENDERED;
    let rendered = "a message is rendered: check availability for 1000 widgets";
    expect(rendered, order.records.iter().any(is_rendered), messages)?;
    let is_error = |record: &&Record| record.levelname.as_deref() == Some("ERROR");
    expect("the order has one ERROR", order.records.iter().filter(is_error).count() == 1, messages)
}

fn check_fresh_record(running: &Running) -> Result<(), Error> {
    let uid = format!("smoke-{}", process::id());
    let payload = format!(r#"{{"log_uid": "{uid}", "service": "smoke", "levelname": "INFO", "message": "hello"}}"#);
    step("fresh record: aws kinesis put-record", || running.put(&payload))?;
    let transaction = step("fresh record: query it", || running.wait_for(&uid, 1))?;
    let messages = messages(&transaction);
    expect("the fresh record comes back", messages == ["hello"], || messages.join(" | "))
}

/// Calls the retention function, as its schedule does.
fn check_retention(running: &Running) -> Result<(), Error> {
    let report = step("retention: aws lambda invoke", || running.invoke("retention"))?;
    let is_dry_run = serde_json::from_str(&report).is_ok_and(|report: Value| report["dry_run"] == true);
    expect("retention only says what it would drop", is_dry_run, || report.clone())
}

fn messages(transaction: &Transaction) -> Vec<&str> {
    transaction.records.iter().map(|record| record.message.as_str()).collect()
}

fn expect(expectation: &'static str, holds: bool, found: impl FnOnce() -> String) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::Smoke { expectation, found: found() }) }
}

/// Stops the stack when dropped, also after a failure or Ctrl-C.
struct TakeDown<'a>(&'a Stack);

impl Drop for TakeDown<'_> {
    fn drop(&mut self) {
        if let Err(error) = step("taking it down", || lifecycle::stop(self.0)) {
            eprintln!("{error}");
        }
    }
}
