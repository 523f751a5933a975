//! Parses the page size and the cursor, and writes the address of the next page.

use std::ops::RangeInclusive;

use bson::oid::ObjectId;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::{BadParameter, Parameters};

pub(crate) const LIMIT: &str = "limit";
pub(crate) const AFTER: &str = "after";

/// Characters to escape in the name or value of a parameter.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'+')
    .add(b'<')
    .add(b'=')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

const A_CURSOR: &str = "the `next` of an earlier answer";

/// Parses the cursor.
pub(crate) fn after(parameters: &Parameters<'_>) -> Result<Option<ObjectId>, BadParameter> {
    let Some(value) = parameters.get(AFTER) else { return Ok(None) };
    let after = value.parse().map(Some);
    after.map_err(|_| BadParameter::value(AFTER, value, "that is not a cursor", A_CURSOR))
}

/// Parses the page size.
pub(crate) fn limit(
    parameters: &Parameters<'_>,
    name: &str,
    default: usize,
    allowed: RangeInclusive<usize>,
) -> Result<usize, BadParameter> {
    let Some(value) = parameters.get(name) else { return Ok(default) };
    value.parse().ok().filter(|number| allowed.contains(number)).ok_or_else(|| {
        let range = format!("a whole number from {} to {}", allowed.start(), allowed.end());
        BadParameter::value(name, value, "that is not an allowed number", &range)
    })
}

/// Returns the path and query of the next page: the same parameters and the cursor.
pub(crate) fn address<'a>(path: &str, parameters: impl Iterator<Item = (&'a str, &'a str)>, after: &str) -> String {
    let mut address = target(path, parameters.filter(|(name, _)| *name != AFTER));
    push_parameter(&mut address, AFTER, after);
    address
}

/// Returns a path with these parameters.
pub(super) fn target<'a>(path: &str, parameters: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut target = path.to_owned();
    for (name, value) in parameters {
        push_parameter(&mut target, name, value);
    }
    target
}

fn push_parameter(target: &mut String, name: &str, value: &str) {
    // A path has no question mark that is not escaped.
    target.push(if target.contains('?') { '&' } else { '?' });
    target.extend(utf8_percent_encode(name, ESCAPED));
    target.push('=');
    target.extend(utf8_percent_encode(value, ESCAPED));
}

#[cfg(test)]
mod tests {
    use super::{Parameters, address, limit};

    #[test]
    fn a_limit_has_bounds() {
        fn check(query: &str, expect: Result<usize, &str>) {
            let parameters = Parameters::parse(Some(query), &["limit"]).unwrap();
            let limit = limit(&parameters, "limit", 100, 1..=10_000);
            assert_eq!(limit.map_err(|bad| format!("{bad} {}", bad.allowed)), expect.map_err(str::to_owned), "{query}");
        }
        check("", Ok(100));
        check("limit=1", Ok(1));
        check("limit=10000", Ok(10_000));
        for bad in ["0", "10001", "-1", "", "1.5", "many", "99999999999999999999"] {
            let expect = format!("limit is `{bad}`: that is not an allowed number. a whole number from 1 to 10000");
            check(&format!("limit={bad}"), Err(&expect));
        }
    }

    #[test]
    fn the_rest_is_asked_for_with_the_same_parameters() {
        fn check(query: &str, expect: &str) {
            let known = ["q", "to", "after", "field.NAME"];
            let parameters = Parameters::parse(Some(query), &known).unwrap();
            let address = address("/logs", parameters.iter(), "6b00");
            assert_eq!(address, expect);
            let (_, query) = address.split_once('?').unwrap();
            let again = Parameters::parse(Some(query), &known).unwrap();
            let but_after = |parameters: &Parameters<'_>| {
                let all = parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
                all.filter(|(name, _)| name != "after").collect::<Vec<_>>()
            };
            assert_eq!(but_after(&again), but_after(&parameters));
        }
        check("", "/logs?after=6b00");
        check("after=1&to=2026-11-20T08:00:00Z", "/logs?to=2026-11-20T08:00:00Z&after=6b00");
        check("q=50%25+%26+%C3%BC%00&field.a%3Db=1", "/logs?q=50%25%20%26%20%C3%BC%00&field.a%3Db=1&after=6b00");
    }
}
