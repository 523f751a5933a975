//! What a check found.

use serde::Serialize;

use crate::error::Error;
use crate::render::{CheckLine, CheckStatus, check_line, check_totals};
use crate::services::ServiceFailure;
use crate::stdout::{Format, Output};
use runtime::telemetry::{chain, one_line};
use store::StoreError;

/// What to do where a part of the stack was deleted or changed by hand. `CloudFormation` changes what differs between two templates, so the
/// same one again changes nothing.
pub(super) const REVERT: &str = "revert it, docs/cli.md#what-was-changed-by-hand: the same deployment again does not";
/// What to do where what runs differs from the parameters of the stack.
pub(super) const BY_HAND: &str = "it was changed by hand: docs/cli.md#what-was-changed-by-hand; or deployed without a new \
                                  Release: deploy with one";
/// What to do while a part of the stack is made or changed.
pub(super) const RUN_AGAIN: &str = "run the command again in a minute";

const REINDEX: &str = "logbraid reindex";
const REDRIVE: &str = "logbraid redrive";

/// Returns `a`, `a and b`, `a, b and c`.
pub(super) fn enumerated(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A result of a check. Its names in JSON are stable.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(super) struct Finding {
    check: &'static str,
    status: CheckStatus,
    /// What is so, in a sentence without its full stop.
    what: String,
    /// What to do about it.
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    todo: Option<String>,
}

/// How this command has to be called to work on the stack: its commands for MongoDB take their settings from the environment.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Calls {
    /// What comes before a command, `NAME=value NAME=value `; empty if the environment has the settings of the stack.
    pub(super) before: String,
    /// Whether `redrive` would decode otherwise than ingest.
    pub(super) decodes_otherwise: bool,
}

impl Calls {
    /// Completes the commands in an advice.
    fn complete(&self, todo: &str) -> String {
        let mut complete = todo.to_owned();
        for command in [REINDEX, REDRIVE] {
            complete = complete.replace(command, &format!("{}{command}", self.before));
        }
        if self.decodes_otherwise && todo.contains(REDRIVE) {
            complete.push_str("; the environment here has other settings of decoding than ingest: docs/redrive.md");
        }
        complete
    }
}

/// Shows findings as they come, and counts them.
pub(super) struct Report {
    output: Output,
    calls: Calls,
    counts: [u64; CheckStatus::ALL.len()],
}

impl Report {
    pub(super) fn new(output: Output) -> Self {
        Self { output, calls: Calls::default(), counts: [0; CheckStatus::ALL.len()] }
    }

    /// Sets how the commands that are advised from now on have to be called.
    pub(super) fn advise(&mut self, calls: Calls) {
        self.calls = calls;
    }

    /// Something is as it should be.
    pub(super) fn fine(&mut self, check: &'static str, what: impl Into<String>) -> Result<(), Error> {
        self.add(&Finding { check, status: CheckStatus::Fine, what: what.into(), todo: None })
    }

    /// Something needs a look, but records are filed and found.
    pub(super) fn warning(
        &mut self,
        check: &'static str,
        what: impl Into<String>,
        todo: impl Into<String>,
    ) -> Result<(), Error> {
        self.add(&Finding { check, status: CheckStatus::Warning, what: what.into(), todo: Some(todo.into()) })
    }

    /// Something is broken.
    pub(super) fn problem(
        &mut self,
        check: &'static str,
        what: impl Into<String>,
        todo: impl Into<String>,
    ) -> Result<(), Error> {
        self.add(&Finding { check, status: CheckStatus::Problem, what: what.into(), todo: Some(todo.into()) })
    }

    /// Something is broken, or only needs a look.
    pub(super) fn fault(
        &mut self,
        check: &'static str,
        is_broken: bool,
        what: impl Into<String>,
        todo: impl Into<String>,
    ) -> Result<(), Error> {
        if is_broken { self.problem(check, what, todo) } else { self.warning(check, what, todo) }
    }

    /// The check cannot be done.
    pub(super) fn skipped(&mut self, check: &'static str, why: impl Into<String>) -> Result<(), Error> {
        self.add(&Finding { check, status: CheckStatus::Skipped, what: why.into(), todo: None })
    }

    /// A service did not answer a check. Missing permissions are no fault of the deployment.
    pub(super) fn failed(
        &mut self,
        check: &'static str,
        failure: &ServiceFailure,
        permission: &str,
    ) -> Result<(), Error> {
        if failure.is_denied() || failure.is_of_credentials() {
            return self.skipped(check, format!("not checked: it needs {permission}"));
        }
        self.problem(check, chain(failure), "run the command again; if it stays, look at AWS's health dashboard")
    }

    /// MongoDB did not answer a check. What a function may not do and has to is reported with MongoDB.
    pub(super) fn store_failed(&mut self, check: &'static str, error: &StoreError) -> Result<(), Error> {
        if error.is_not_allowed() {
            return self.skipped(check, format!("not checked: MongoDB does not allow it to the user: {error}"));
        }
        self.problem(check, chain(error), "run the command again")
    }

    /// Whether something is broken.
    pub(super) fn has_problems(&self) -> bool {
        self.counts[CheckStatus::Problem as usize] > 0
    }

    /// Shows the totals.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        if let Format::Text { .. } = self.output.format() {
            check_totals(self.counts, self.output.text());
        }
        self.output.flush()
    }

    fn add(&mut self, finding: &Finding) -> Result<(), Error> {
        // What AWS says of itself may have several lines.
        let finding = &Finding {
            what: one_line(&finding.what).into_owned(),
            todo: finding.todo.as_deref().map(|todo| self.calls.complete(todo)),
            ..finding.clone()
        };
        self.counts[finding.status as usize] += 1;
        match self.output.format() {
            Format::Json => self.output.serialize(finding)?,
            Format::Text { width } => {
                let Finding { check, status, what, todo } = finding;
                let line = CheckLine { check, status: *status, what, todo: todo.as_deref() };
                check_line(&line, width, self.output.text());
            }
        }
        self.output.flush()
    }
}

/// Whether what is said has a part; without one, whether nothing is said.
#[cfg(test)]
pub(super) fn says(said: Option<&str>, part: Option<&str>) -> bool {
    said.zip(part).map_or(said.is_none() && part.is_none(), |(said, part)| said.contains(part))
}

#[cfg(test)]
mod tests {
    use super::{Calls, enumerated};

    #[test]
    fn commands_are_called_as_the_stack_needs_it() {
        fn check(before: &str, decodes_otherwise: bool, todo: &str, expect: &str) {
            let calls = Calls { before: before.to_owned(), decodes_otherwise };
            assert_eq!(calls.complete(todo), expect);
        }
        let both = "drop(); then logbraid reindex 2026-11-20; then logbraid redrive";
        check("", false, both, both);
        check("A=b ", false, both, "drop(); then A=b logbraid reindex 2026-11-20; then A=b logbraid redrive");
        check("A=b ", true, "logbraid reindex 2026-11-20", "A=b logbraid reindex 2026-11-20");
        check("A=b ", true, "`logbraid quarantine` shows it", "`logbraid quarantine` shows it");
        let expect =
            "`logbraid redrive`; the environment here has other settings of decoding than ingest: docs/redrive.md";
        check("", true, "`logbraid redrive`", expect);
    }

    #[test]
    fn names_are_enumerated() {
        fn check(names: &[&str], expect: &str) {
            assert_eq!(enumerated(names), expect);
        }
        check(&[], "");
        check(&["a"], "a");
        check(&["a", "b"], "a and b");
        check(&["a", "b", "c"], "a, b and c");
    }
}
