//! Variables of the environment in texts: `${env.NAME}`.

use super::Variables;
use crate::yaml::{Kind, Mistake, Node};

const BEGIN: &str = "${env.";

/// Replaces `${env.NAME}` in every text. A variable that is not set is a mistake, except with a default:
/// `${env.NAME:-value}`.
pub(super) fn substitute(node: &mut Node, variables: Variables<'_>) -> Result<(), Mistake> {
    match &mut node.kind {
        Kind::Text(text) if text.contains(BEGIN) => {
            let substituted = replaced(text, variables);
            *text = substituted.map_err(|message| Mistake { place: node.place, message })?;
        }
        Kind::List(items) => items.iter_mut().try_for_each(|item| substitute(item, variables))?,
        Kind::Map(entries) => entries.iter_mut().try_for_each(|(_, value)| substitute(value, variables))?,
        _ => {}
    }
    Ok(())
}

fn replaced(text: &str, variables: Variables<'_>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (name, after) = after.split_once('}').ok_or_else(|| format!("`{text}` has `{BEGIN}` without `}}`"))?;
        let (name, default) = name.split_once(":-").map_or((name, None), |(name, default)| (name, Some(default)));
        let value = variables(name).or(default.map(str::to_owned));
        let value = value
            .ok_or_else(|| format!("the variable `{name}` is not set; `${{env.{name}:-value}}` gives it a default"))?;
        out.push_str(before);
        out.push_str(&value);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}
