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

/// Shows findings as they come, and counts them.
pub(super) struct Report {
    output: Output,
    counts: [u64; CheckStatus::ALL.len()],
}

impl Report {
    pub(super) fn new(output: Output) -> Self {
        Self { output, counts: [0; CheckStatus::ALL.len()] }
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
        let finding = &Finding { what: one_line(&finding.what).into_owned(), ..finding.clone() };
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

#[cfg(test)]
mod tests {
    use super::enumerated;

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
