//! The schedule that calls the retention function.

use std::fs;

use serde_json::json;

use crate::error::Error;
use crate::running::Running;
use crate::state::attempt;

/// Turns the schedule `ENABLED` or `DISABLED`. All of it has to be given again.
pub(super) fn set_state(running: &Running, state: &str) -> Result<(), Error> {
    let listed = running.deployer().ask(&["scheduler", "list-schedules"])?;
    let name = listed["Schedules"][0]["Name"].as_str().unwrap_or_default();
    let found = running.deployer().ask(&["scheduler", "get-schedule", "--name", name])?;
    let mut schedule = json!({ "State": state });
    for part in ["Name", "ScheduleExpression", "FlexibleTimeWindow", "Target"] {
        schedule[part] = found[part].clone();
    }
    let path = running.stack.folder.tmp().join("schedule.json");
    attempt("write", &path, |path| fs::write(path, schedule.to_string()))?;
    let file = format!("file://{}", path.display());
    running.deployer().aws(&["scheduler", "update-schedule", "--cli-input-json", &file]).map(drop)
}
