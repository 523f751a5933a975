//! `logbraid doctor` on the deployed stack: healthy, and with faults that are made for real, one after another.

mod archive;
mod collections;
mod faults;
mod gateway;
mod last;
mod optional;
mod refused;
mod repairable;
mod stub;

use serde_json::Value;
use std::time::Duration;

use self::archive::ARCHIVE_FAULTS;
use self::faults::{Expected, Fault, SHORT};
use self::gateway::API_FAULTS;
use self::last::LAST_FAULTS;
use self::optional::{OTHER_FAULTS, RETENTION_FAULTS};
use self::refused::REFUSALS;
use self::repairable::FAULTS;
use super::expect;
use crate::error::Error;
use crate::interrupt::poll;
use crate::progress::step;
use crate::running::Running;
use crate::text::quoted;

/// How long a fault may take until it can be seen. Records have to be filed before they are in the quarantine.
const SEEN_LIMIT: Duration = Duration::from_secs(30);

/// Runs `logbraid doctor` on the stack as it is, and with each fault.
pub(super) fn check(running: &Running) -> Result<(), Error> {
    step("doctor: healthy", || {
        let lines = doctor(running, &[], "")?;
        let not_fine: Vec<&Value> = lines.iter().filter(|line| line["status"] != "fine").collect();
        let canary = lines.iter().any(|line| line["check"] == "canary");
        expect("logbraid doctor finds nothing on a healthy stack", not_fine.is_empty() && canary, || {
            format!("{lines:?}")
        })
    })?;
    let faults = FAULTS.iter().chain(API_FAULTS).chain(REFUSALS).chain(RETENTION_FAULTS).chain(ARCHIVE_FAULTS);
    faults.filter(|fault| fault.is_possible(running)).try_for_each(|fault| try_fault(running, fault))
}

/// Runs it on a stack with every optional part, to which requests need a token, and with faults of these parts. `of_tenant` is the
/// token of a tenant, which does not see the canary.
pub(super) fn check_everything(running: &Running, token: &str, of_tenant: &str) -> Result<(), Error> {
    let before = format!("env LOGBRAID_TOKEN={}", quoted(token));
    step("doctor: functions outside of their network", || {
        let lines = doctor(running, &["--no-canary"], &before)?;
        let outside = |line: &Value| line["check"] == "network" && line["status"] == "problem";
        expect("logbraid doctor sees that the local AWS leaves the network out", lines.iter().any(outside), || {
            format!("{lines:?}")
        })
    })?;
    step("everything: put the functions into the network", || optional::join_network(running))?;
    step("doctor: everything", || {
        let lines = doctor(running, &[], &before)?;
        // The local AWS refuses these two alarms, and reserves no calls. A command of the runbook did. The stack before this one was filed
        // into the same collections.
        let is_known = |line: &&Value| {
            let what = line["what"].as_str().unwrap_or_default();
            line["status"] == "fine"
                || line["check"] == "collections"
                // The functions were put into the network by hand.
                || what.contains("after its last deployment")
                || what.contains("the alias live of")
                || what.ends_with("logbraid-nothing-filed")
                || what.ends_with("logbraid-quarantined")
                || what.contains("calls at once are reserved for")
        };
        let others: Vec<&Value> = lines.iter().filter(|line| !is_known(line)).collect();
        let checks = ["alarms", "network", "parameters", "retention", "canary"];
        let all = checks.iter().all(|check| lines.iter().any(|line| line["check"] == **check));
        expect("logbraid doctor finds nothing on a stack with everything", others.is_empty() && all, || {
            format!("{lines:?}")
        })
    })?;
    step("doctor: the token of a tenant", || {
        let lines = doctor(running, SHORT, &format!("env LOGBRAID_TOKEN={}", quoted(of_tenant)))?;
        let unseen = Expected("canary", "skipped", "is filed, but LOGBRAID_TOKEN does not see it");
        let is_so = lines.iter().any(|line| unseen.is_in(line));
        expect("logbraid doctor finds its record in MongoDB", is_so, || format!("{lines:?}"))
    })?;
    OTHER_FAULTS.iter().try_for_each(|fault| try_fault(running, fault))
}

/// The same with faults that leave the stack broken.
pub(super) fn check_last(running: &Running) -> Result<(), Error> {
    LAST_FAULTS.iter().try_for_each(|fault| try_fault(running, fault))
}

fn try_fault(running: &Running, fault: &Fault) -> Result<(), Error> {
    step(&format!("doctor: {}", fault.name), || {
        let made = (fault.make)(running)?;
        let mut last = Vec::new();
        let seen = poll(SEEN_LIMIT, || {
            last = doctor(running, fault.arguments, &made.before)?;
            Ok(fault.findings.iter().all(|finding| last.iter().any(|line| finding.is_in(line))).then_some(()))
        });
        // Before the next fault is made.
        (made.repair)(running)?;
        expect("logbraid doctor names the fault", seen?.is_some(), || {
            format!("{}: expected {:?}, found {}", fault.name, fault.findings, Value::from(last))
        })
    })
}

/// Runs `logbraid doctor` in a shell after what comes before it. Returns its lines. Any exit status will do.
fn doctor(running: &Running, arguments: &[&str], before: &str) -> Result<Vec<Value>, Error> {
    let arguments: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
    let script = format!("{{ {before} logbraid doctor --json {} || test $? = 3; }}", arguments.join(" "));
    let text = running.shell(&script)?;
    let parse = |line| serde_json::from_str(line).map_err(|source| Error::Answer { what: "logbraid doctor", source });
    text.lines().map(parse).collect()
}
