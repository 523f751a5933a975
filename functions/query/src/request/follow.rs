//! Parses `follow`: whether records are taken that carry other ids of the same records.

use super::{BadParameter, Parameters, spelling};

/// The name of the parameter.
pub(super) const FOLLOW: &str = "follow";
const VALUES: [(&str, bool); 4] = [("1", true), ("true", true), ("0", false), ("false", false)];

/// Reads the parameter. Without it, ids are not followed.
pub(super) fn parse(parameters: &Parameters<'_>) -> Result<bool, BadParameter> {
    let Some(value) = parameters.get(FOLLOW) else { return Ok(false) };
    let known = VALUES.into_iter().find(|(name, _)| *name == value).map(|(_, follows)| follows);
    known.ok_or_else(|| {
        let names = VALUES.map(|(name, _)| name);
        let bad = BadParameter::value(FOLLOW, value, "that is neither yes nor no", &names.join(", "));
        BadParameter { suggestion: spelling::closest(value, &names), ..bad }
    })
}
