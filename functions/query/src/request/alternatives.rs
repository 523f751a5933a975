//! A parameter that takes several names, with commas between them.

use super::{BadParameter, Parameters};

/// How many names a parameter may have.
const MAX_ALTERNATIVES: usize = 20;

/// Reads the names of a parameter; none where it is not given.
pub(super) fn alternatives(parameters: &Parameters<'_>, name: &str) -> Result<Vec<String>, BadParameter> {
    let Some(value) = parameters.get(name) else { return Ok(Vec::new()) };
    let refused = |problem: &str| {
        Err(BadParameter::value(name, value, problem, &format!("1 to {MAX_ALTERNATIVES} names between commas")))
    };
    let alternatives: Vec<String> = value.split(',').map(str::to_owned).collect();
    match () {
        () if alternatives.iter().any(String::is_empty) => refused("a name between the commas is empty"),
        () if alternatives.len() > MAX_ALTERNATIVES => refused("there are too many names"),
        () => Ok(alternatives),
    }
}
