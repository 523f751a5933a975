//! Which records go where: conditions, changes, samples. Pure.
//!
//! The rules are asked from the top down. A rule whose conditions hold changes the record, takes a sample, or ends the way
//! through the rules: the record is dropped, or goes to outputs. A record that no rule ends goes to every output.

mod change;
mod condition;
mod field;
mod filed;
mod glob;
mod names;
mod read;
mod sample;
mod template;
mod test;
#[cfg(test)]
mod tests;

pub(crate) use names::Names;
pub(crate) use read::condition;

use change::Change;
pub use condition::Condition;
use field::Seen;

use crate::event::Event;
use crate::yaml::{ConfigError, Node};

/// The rules of a configuration.
#[derive(Debug)]
pub struct Rules {
    list: Vec<Rule>,
    /// All outputs: where a record goes that no rule ends.
    all: Vec<usize>,
    /// How a record would be filed, which says what its level or its logger is.
    filing: record::Rules,
}

/// A rule.
#[derive(Debug)]
struct Rule {
    /// What has to hold; none for every record.
    when: Option<Condition>,
    /// What must not hold.
    unless: Option<Condition>,
    /// The share of transactions that go on.
    sample: Option<f64>,
    changes: Vec<Change>,
    end: Option<End>,
}

/// How a rule ends the way through the rules.
#[derive(Debug)]
enum End {
    Drop,
    To(Vec<usize>),
}

/// Where a record goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Route<'r> {
    /// Nowhere.
    Drop,
    /// To the outputs with these positions in the configuration.
    To(&'r [usize]),
}

/// Which records are meant.
#[derive(Debug)]
pub struct Filter {
    condition: Option<Condition>,
    filing: record::Rules,
}

impl Filter {
    /// Returns the filter of a condition; without one it takes every record.
    #[must_use]
    pub fn new(condition: Option<Condition>) -> Self {
        Self { condition, filing: filing() }
    }

    /// Reads a condition as it stands under `if`. Nothing takes every record.
    pub fn parse(yaml: &str, inputs: &[String]) -> Result<Self, ConfigError> {
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let names = Names { inputs: &inputs, outputs: &[] };
        let condition = Node::parse(yaml).and_then(|node| Condition::read(&node, names));
        condition.map(|condition| Self::new(Some(condition))).map_err(|mistake| mistake.in_file("the condition", yaml))
    }

    /// Returns whether a record is meant. It stays as it is.
    pub fn holds(&self, event: &mut Event) -> bool {
        self.condition.as_ref().is_none_or(|condition| condition.holds(&mut Seen::new(event, &self.filing)))
    }
}

impl Rules {
    /// Returns the rules of a configuration that has none: every record goes to each of so many outputs.
    #[must_use]
    pub fn none(outputs: usize) -> Self {
        Self::new(Vec::new(), outputs)
    }

    fn new(list: Vec<Rule>, outputs: usize) -> Self {
        Self { list, all: (0..outputs).collect(), filing: filing() }
    }

    /// Changes a record as the rules say, and returns where it goes.
    pub fn apply(&self, event: &mut Event) -> Route<'_> {
        let mut seen = Seen::new(event, &self.filing);
        for rule in &self.list {
            if !rule.holds_for(&mut seen) {
                continue;
            }
            if rule.sample.is_some_and(|share| !sample::is_kept(share, &mut seen)) {
                return Route::Drop;
            }
            rule.changes.iter().for_each(|change| change.apply(&mut seen));
            match &rule.end {
                Some(End::Drop) => return Route::Drop,
                Some(End::To(outputs)) => return Route::To(outputs),
                None => {}
            }
        }
        Route::To(&self.all)
    }

    /// Returns the outputs of all records if the rules look at none and change none. Their bytes need not be read then.
    #[must_use]
    pub fn pass_through(&self) -> Option<&[usize]> {
        match self.list.first() {
            None => Some(&self.all),
            Some(Rule { when: None, unless: None, sample: None, changes, end: Some(end) }) if changes.is_empty() => {
                Some(match end {
                    End::Drop => &[],
                    End::To(outputs) => outputs,
                })
            }
            Some(_) => None,
        }
    }
}

/// Returns how a record would be filed. What is masked then does not matter to a rule.
fn filing() -> record::Rules {
    record::Rules { redactor: None, ..record::Rules::default() }
}

impl Rule {
    fn holds_for(&self, seen: &mut Seen<'_>) -> bool {
        self.when.as_ref().is_none_or(|when| when.holds(seen))
            && self.unless.as_ref().is_none_or(|unless| !unless.holds(seen))
    }

    /// Returns whether no record comes to the rules after this one.
    fn ends_all(&self) -> bool {
        self.when.is_none() && self.unless.is_none() && self.end.is_some()
    }
}
