//! Maps of names to settings: inputs, processors, outputs.

use super::Named;
use crate::yaml::{Key, Kind, Mistake, Node, read, suggestion};
use serde::de::DeserializeOwned;

/// The longest name. Names are in metrics and in the names of files.
const MAX_NAME_BYTES: usize = 64;
/// The most entries of a section.
const MAX_ENTRIES: usize = 256;

/// Reads a section whose entries are told apart by their `type`.
pub(super) fn read_section<T>(
    node: &Node,
    what: &str,
    read: impl Fn(&str, &Node) -> Result<T, Mistake>,
) -> Result<Vec<T>, Mistake> {
    let entries = node.entries(&format!("the section of {what}s"))?;
    if entries.len() > MAX_ENTRIES {
        return Err(node.mistake(format!("there are {} {what}s; {MAX_ENTRIES} are allowed", entries.len())));
    }
    let one = |(key, value): &(Key, Node)| {
        let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if key.text.is_empty() || key.text.len() > MAX_NAME_BYTES || !key.text.chars().all(is_safe) {
            let allowed = format!("1 to {MAX_NAME_BYTES} letters, digits, `_`, `-` or `.`");
            return Err(key.mistake(format!("`{key}` cannot be the name of the {what}: expected {allowed}")));
        }
        read(&key.text, value).map_err(|mistake| mistake.at(key.place))
    };
    entries.iter().map(one).collect()
}

/// Reads a section of settings with names.
pub(super) fn read_named<T>(
    node: &Node,
    what: &str,
    read: impl Fn(&Node) -> Result<T, Mistake>,
) -> Result<Vec<Named<T>>, Mistake> {
    read_section(node, what, |name, node| read(node).map(|settings| Named { name: name.to_owned(), settings }))
}

/// Returns what the `type` of an entry says.
pub(super) fn kind<'n>(node: &'n Node, what: &str, known: &[&str]) -> Result<&'n str, Mistake> {
    node.entries(&format!("an {what}"))?;
    let Some(kind) = node.get("type") else {
        return Err(node.mistake(format!("the {what} has no `type`; {}", suggestion("", known.iter().copied()))));
    };
    let text = kind.text("the type")?;
    if known.contains(&text) {
        return Ok(text);
    }
    Err(kind.mistake(format!("`{text}` is no type of {what}; {}", suggestion(text, known.iter().copied()))))
}

/// Reads the settings beside those that all entries have.
pub(super) fn settings<T: DeserializeOwned>(node: &Node, common: &[&str]) -> Result<T, Mistake> {
    let own = node.without(common);
    debug_assert!(matches!(own.kind, Kind::Map(_)));
    read(&own)
}
