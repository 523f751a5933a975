//! Reads rules from the configuration.

use super::change::Change;
use super::condition::Condition;
use super::names::{Names, position};
use super::{End, Rule, Rules};
use crate::yaml::{Kind, Mistake, Node, suggestion};

/// What a rule may have.
const KEYS: [&str; 8] = ["name", "if", "unless", "sample", "set", "remove", "drop", "to"];
/// The most rules. More are a program.
const MAX_RULES: usize = 1_000;

impl Rules {
    /// Reads the rules.
    pub(crate) fn read(node: &Node, names: Names<'_>) -> Result<Self, Mistake> {
        let items = match &node.kind {
            Kind::List(items) => items.as_slice(),
            Kind::Null => &[],
            other => return Err(node.mistake(format!("rules are a list, not {other}: begin each with `- `"))),
        };
        if items.len() > MAX_RULES {
            return Err(node.mistake(format!("there are {} rules; {MAX_RULES} are allowed", items.len())));
        }
        let mut rules: Vec<Rule> = Vec::new();
        for item in items {
            if rules.last().is_some_and(Rule::ends_all) {
                let message = "no record comes to this rule: the rule above it has no conditions and takes them all";
                return Err(item.mistake(message));
            }
            rules.push(rule(item, names)?);
        }
        Ok(Self::new(rules, names.outputs.len()))
    }
}

/// Reads the condition under `if` of a processor.
pub(crate) fn condition(node: &Node, names: Names<'_>) -> Result<Option<Condition>, Mistake> {
    node.get("if").map(|when| Condition::read(when, names)).transpose()
}

fn rule(node: &Node, names: Names<'_>) -> Result<Rule, Mistake> {
    for (key, _) in node.entries("a rule")? {
        if !KEYS.contains(&key.text.as_str()) {
            return Err(key.mistake(format!("`{key}` is no part of a rule; {}", suggestion(&key.text, KEYS))));
        }
    }
    let rule = Rule {
        when: condition(node, names)?,
        unless: node.get("unless").map(|unless| Condition::read(unless, names)).transpose()?,
        sample: node.get("sample").map(share).transpose()?,
        changes: changes(node)?,
        end: end(node, names)?,
    };
    if rule.sample.is_none() && rule.changes.is_empty() && rule.end.is_none() {
        return Err(node.mistake("this rule does nothing: it needs `to`, `drop`, `sample`, `set` or `remove`"));
    }
    Ok(rule)
}

fn share(node: &Node) -> Result<f64, Mistake> {
    let share = match node.kind {
        Kind::Float(share) => Some(share),
        Kind::Integer(1) => Some(1.0),
        _ => None,
    };
    share.filter(|share| *share > 0.0 && *share <= 1.0).ok_or_else(|| {
        node.mistake(format!(
            "`sample` is the share that is kept, above 0 and up to 1, such as 0.01; not {}",
            node.kind
        ))
    })
}

fn changes(rule: &Node) -> Result<Vec<Change>, Mistake> {
    let mut changes = Vec::new();
    for (key, value) in rule.get("set").map_or(Ok(&[][..]), |set| set.entries("`set`"))? {
        changes.push(Change::set(key, value)?);
    }
    for name in rule.get("remove").map_or(&[][..], Node::items) {
        changes.push(Change::remove(name)?);
    }
    Ok(changes)
}

fn end(rule: &Node, names: Names<'_>) -> Result<Option<End>, Mistake> {
    let drops = match rule.get("drop") {
        None => false,
        Some(Node { kind: Kind::Boolean(drops), .. }) => *drops,
        Some(other) => return Err(other.mistake(format!("`drop` is true or false, not {}", other.kind))),
    };
    match (drops, rule.get("to")) {
        (true, Some(to)) => Err(to.mistake("a rule has `drop` or `to`, not both")),
        (true, None) => Ok(Some(End::Drop)),
        (false, None) => Ok(None),
        (false, Some(to)) => {
            let mut outputs = Vec::new();
            for item in to.items() {
                let output = position(item, "output", names.outputs)?;
                if !outputs.contains(&output) {
                    outputs.push(output);
                }
            }
            if outputs.is_empty() {
                return Err(to.mistake("`to` names no output; `drop: true` drops records"));
            }
            Ok(Some(End::To(outputs)))
        }
    }
}
