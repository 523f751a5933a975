//! Conditions: tests of fields, all of which have to hold.

use super::field::{FieldName, Seen};
use super::names::{Names, position};
use super::test::Test;
use crate::yaml::{Key, Kind, Mistake, Node};

/// What has to hold of a record: every test of one of the alternatives.
#[derive(Debug)]
pub struct Condition {
    alternatives: Vec<Vec<(FieldName, Test)>>,
}

impl Condition {
    /// Reads a map of fields and tests, or a list of such maps, one of which has to hold.
    pub(super) fn read(node: &Node, names: Names<'_>) -> Result<Self, Mistake> {
        let alternatives = node.items().iter().map(|item| tests(item, names)).collect::<Result<_, _>>()?;
        Ok(Self { alternatives })
    }

    /// Returns whether it holds of a record.
    pub(super) fn holds(&self, seen: &mut Seen<'_>) -> bool {
        let mut all_hold = |tests: &Vec<(FieldName, Test)>| tests.iter().all(|(field, test)| test.holds(field, seen));
        self.alternatives.is_empty() || self.alternatives.iter().any(&mut all_hold)
    }
}

fn tests(node: &Node, names: Names<'_>) -> Result<Vec<(FieldName, Test)>, Mistake> {
    let entries = node.entries("a condition")?;
    let test = |(key, value): &(Key, Node)| {
        let field = FieldName::parse(&key.text);
        if field == FieldName::Input {
            for item in value.items().iter().filter(|item| is_plain_name(item)) {
                position(item, "input", names.inputs)?;
            }
        }
        Test::read(&field, value).map(|test| (field, test))
    };
    entries.iter().map(test).collect()
}

/// Returns whether a test of the input compares with one name.
fn is_plain_name(node: &Node) -> bool {
    matches!(&node.kind, Kind::Text(text) if !text.contains(['*', '/', '!', '{']))
}
