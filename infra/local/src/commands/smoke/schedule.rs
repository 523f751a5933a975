//! The schedule that calls the retention function.

use std::fs;

use serde_json::{Value, json};

use crate::error::Error;
use crate::running::Running;
use crate::state::attempt;

/// Turns the schedule `ENABLED` or `DISABLED`.
pub(super) fn set_state(running: &Running, state: &str) -> Result<(), Error> {
    set(running, json!({ "State": state }))
}

/// Lets the schedule end at a time. `set_state` takes that away.
pub(super) fn end(running: &Running, at: &str) -> Result<(), Error> {
    set(running, json!({ "State": "ENABLED", "EndDate": at }))
}

/// Lets the schedule call within a day after its time. `be_on_time` takes that away.
pub(super) fn be_late(running: &Running) -> Result<(), Error> {
    let window = json!({ "Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1440 });
    set(running, json!({ "State": "ENABLED", "FlexibleTimeWindow": window }))
}

/// Lets the schedule call at its time, as the template does.
pub(super) fn be_on_time(running: &Running) -> Result<(), Error> {
    set(running, json!({ "State": "ENABLED", "FlexibleTimeWindow": { "Mode": "OFF" } }))
}

/// Changes the schedule. All of it has to be given again.
fn set(running: &Running, mut schedule: Value) -> Result<(), Error> {
    let listed = running.deployer().ask(&["scheduler", "list-schedules"])?;
    let name = listed["Schedules"][0]["Name"].as_str().unwrap_or_default();
    let found = running.deployer().ask(&["scheduler", "get-schedule", "--name", name])?;
    for part in ["Name", "ScheduleExpression", "FlexibleTimeWindow", "Target"] {
        if schedule[part].is_null() {
            schedule[part] = found[part].clone();
        }
    }
    let path = running.stack.folder.tmp().join("schedule.json");
    attempt("write", &path, |path| fs::write(path, schedule.to_string()))?;
    let file = format!("file://{}", path.display());
    running.deployer().aws(&["scheduler", "update-schedule", "--cli-input-json", &file]).map(drop)
}
