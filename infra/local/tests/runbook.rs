//! The runbook has a section for each alarm.
#![allow(clippy::unwrap_used, reason = "a helper of tests fails them")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const LINK: &str = "docs/runbook.md#";
const NAME: &str = "AlarmName: !Sub ${StackPrefix}-";

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)).unwrap()
}

/// Returns what follows a mark in the lines that have it, up to the end of the word.
fn after(text: &str, mark: &str) -> BTreeSet<String> {
    let words = text.lines().filter_map(|line| line.split_once(mark)).map(|(_, rest)| rest);
    words.map(|rest| rest.trim_end_matches('"').to_owned()).collect()
}

#[test]
fn each_alarm_has_a_section_and_a_row() {
    let (template, runbook) = (read("infra/monitoring.yaml"), read("docs/runbook.md"));
    let alarms = after(&template, NAME);
    assert!(!alarms.is_empty());
    assert_eq!(after(&template, LINK), alarms, "each alarm links to its section");
    let sections: BTreeSet<_> =
        runbook.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect();
    assert_eq!(sections, alarms, "the sections of the runbook");
    let rows: BTreeSet<_> = runbook.lines().filter_map(|line| line.strip_prefix("| [`")).collect();
    let rows: BTreeSet<_> =
        rows.iter().filter_map(|row| row.split_once('`')).map(|(name, _)| name.to_owned()).collect();
    assert_eq!(rows, alarms, "the rows of the table");
    let shown = template.matches("Alarm.Arn}").count();
    assert_eq!(shown, alarms.len(), "the dashboard shows each alarm");
}
