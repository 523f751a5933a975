//! The checks of `logbraid doctor`: a line for each, and what to do below.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::escape::visible;
use super::style::{FAINT, WARNING, styled};
use super::wrap::{padded, wrapped};

const NAME_WIDTH: usize = 15;
/// The columns before what is so: mark, space, name, space.
const INDENT: usize = 2 + NAME_WIDTH + 1;

/// What a check says.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CheckStatus {
    /// All is as it should be.
    Fine,
    /// It needs a look.
    Warning,
    /// It is broken.
    Problem,
    /// It cannot be checked.
    Skipped,
}

impl CheckStatus {
    pub(crate) const ALL: [Self; 4] = [Self::Fine, Self::Warning, Self::Problem, Self::Skipped];

    fn mark(self) -> (&'static str, Style) {
        match self {
            Self::Fine => ("✓", Style::new().fg_color(Some(AnsiColor::Green.into()))),
            Self::Warning => ("!", WARNING),
            Self::Problem => ("✗", Style::new().bold().fg_color(Some(AnsiColor::Red.into()))),
            Self::Skipped => ("-", FAINT),
        }
    }
}

/// What is shown of a check.
pub(crate) struct CheckLine<'a> {
    pub(crate) check: &'a str,
    pub(crate) status: CheckStatus,
    pub(crate) what: &'a str,
    pub(crate) todo: Option<&'a str>,
}

/// Appends a check.
pub(crate) fn check_line(line: &CheckLine<'_>, width: Option<usize>, text: &mut String) {
    let (mark, style) = line.status.mark();
    let room = width.map(|width| width.saturating_sub(INDENT));
    let mut start = format!("{} {} ", styled(mark, style), padded(line.check, NAME_WIDTH));
    let todo = line.todo.map(|todo| format!("→ {todo}"));
    for part in [Some(line.what), todo.as_deref()].into_iter().flatten() {
        for row in wrapped(&visible(part), room) {
            let _ = writeln!(text, "{start}{row}");
            start = " ".repeat(INDENT);
        }
    }
}

/// Appends how many checks say what.
pub(crate) fn check_totals(counts: [u64; CheckStatus::ALL.len()], text: &mut String) {
    let [fine, warnings, problems, skipped] = counts;
    let noun = |count, noun| super::quantity::count(count, noun);
    let _ = writeln!(
        text,
        "{}, {}, {fine} fine, {skipped} not checked",
        noun(problems, "problem"),
        noun(warnings, "warning"),
    );
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use insta::assert_snapshot;

    use super::{CheckLine, CheckStatus, check_line, check_totals};

    #[test]
    fn checks_are_below_each_other() {
        let mut text = String::new();
        let mut add = |check, status, what, todo| {
            check_line(&CheckLine { check, status, what, todo }, Some(60), &mut text);
        };
        add("credentials", CheckStatus::Fine, "arn:aws:iam::1:root", None);
        add(
            "mapping",
            CheckStatus::Problem,
            "the event source mapping 5b1f is Disabled: \u{1b}[2J",
            Some("aws lambda update-event-source-mapping --uuid 5b1f --enabled"),
        );
        add("bucket", CheckStatus::Warning, "w", Some("do"));
        add("indexes", CheckStatus::Skipped, "not checked: without MongoDB", None);
        check_totals([1, 1, 1, 1], &mut text);
        check_totals([9, 0, 2, 0], &mut text);
        assert_snapshot!(strip_str(&text).to_string(), @r"
        ✓ credentials     arn:aws:iam::1:root
        ✗ mapping         the event source mapping 5b1f is Disabled:
                          \x1b[2J
                          → aws lambda update-event-source-mapping
                          --uuid 5b1f --enabled
        ! bucket          w
                          → do
        - indexes         not checked: without MongoDB
        1 problem, 1 warning, 1 fine, 1 not checked
        2 problems, 0 warnings, 9 fine, 0 not checked
        ");
    }
}
