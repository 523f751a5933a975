//! The explanation of a payload: the facts of each record with their origins, and its fields with their uses.

use std::fmt::Write as _;

use decode::{ExplainedItem, ExplainedRejection};
use record::{ExplainedField, Explanation, LogRecord};
use textwrap::core::display_width;

use super::escape::visible;
use super::quantity::count;
use super::style::{FAINT, WARNING, styled};
use super::wrap::{padded, wrapped};

const INDENT: &str = "  ";
/// The widest column of names.
const MAX_NAME_WIDTH: usize = 32;
/// The widest column of values.
const MAX_VALUE_WIDTH: usize = 48;
/// The columns between two columns.
const GAP: usize = 2;

/// A line of a table: name, value, remark.
type Row = (String, String, String);

/// Appends an item of a payload.
pub(crate) fn explained(number: usize, item: &ExplainedItem, width: Option<usize>, text: &mut String) {
    match &item.outcome {
        Ok((record, explanation)) => explained_record(number, item.format, record, explanation, width, text),
        Err(rejection) => explained_rejection(number, item.format, rejection, width, text),
    }
}

/// Appends a record: its facts, its further ids, its fields.
fn explained_record(
    number: usize,
    format: &str,
    record: &LogRecord,
    explanation: &Explanation,
    width: Option<usize>,
    text: &mut String,
) {
    let masked = match record.redacted() {
        0 => String::new(),
        masked => format!(", {} masked", count(masked.into(), "value")),
    };
    let _ = writeln!(text, "record {number}: {}, filed on {}{masked}", visible(format), record.day());
    let facts = explanation.facts.iter();
    table(
        &facts.map(|fact| row(fact.name, &fact.value, &format!("from {}", fact.origin))).collect::<Vec<_>>(),
        width,
        text,
    );
    let further: Vec<&str> = record.ids().filter(|id| Some(*id) != record.document().get_str("log_uid").ok()).collect();
    if !further.is_empty() {
        let _ = writeln!(text, "{INDENT}also found by {}", visible(&further.join(", ")));
    }
    let _ = writeln!(text, "{INDENT}{}", styled("its fields, and what they are used as", FAINT));
    let fields = explanation.fields.iter();
    table(
        &fields.map(|field| row(&field.path, &field.value, &uses(field).join(", "))).collect::<Vec<_>>(),
        width,
        text,
    );
}

/// Returns what a field was used for, in words.
pub(crate) fn uses(field: &ExplainedField) -> Vec<String> {
    field.uses.iter().map(ToString::to_string).collect()
}

/// Appends a part that cannot become a record.
fn explained_rejection(
    number: usize,
    format: &str,
    rejection: &ExplainedRejection,
    width: Option<usize>,
    text: &mut String,
) {
    let reason = styled(rejection.code, WARNING);
    let _ = writeln!(text, "part {number}: {}, goes to the quarantine: {reason}", visible(format));
    for line in wrapped(&format!("{INDENT}{}", visible(&rejection.detail)), width) {
        let _ = writeln!(text, "{line}");
    }
    let begins = String::from_utf8_lossy(&rejection.begins);
    let _ = writeln!(text, "{INDENT}{}", styled(&visible(&begins), FAINT));
}

fn row(name: &str, value: &str, remark: &str) -> Row {
    (visible(name).into_owned(), visible(value).into_owned(), visible(remark).into_owned())
}

fn table(rows: &[Row], width: Option<usize>, text: &mut String) {
    let widest = |column: fn(&Row) -> &str, limit: usize| {
        rows.iter().map(|row| display_width(column(row)).min(limit)).max().unwrap_or_default()
    };
    let names = widest(|row| &row.0, MAX_NAME_WIDTH);
    let limit = width.map_or(MAX_VALUE_WIDTH, |width| width.saturating_sub(names) / 2);
    let values = widest(|row| &row.1, limit);
    for (name, value, remark) in rows {
        let line =
            format!("{INDENT}{}{}{remark}", padded(name, names + GAP), padded(&cut(value, values), values + GAP));
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

/// Cuts a value to a column's width.
fn cut(value: &str, width: usize) -> String {
    if display_width(value) <= width {
        return value.to_owned();
    }
    let mut shown = String::new();
    for character in value.chars() {
        if display_width(&shown) + display_width(character.encode_utf8(&mut [0; 4])) >= width {
            break;
        }
        shown.push(character);
    }
    shown + "…"
}
