//! Splits a condition on a field, `NAME[:TYPE] OPERATOR VALUE`. A query string cuts it at its first `=`, wherever that is.

use store::Comparison;

/// The characters of operators.
pub(super) const SIGNS: [char; 5] = ['<', '>', '=', '!', '~'];
const OPERATORS: [(&str, Operator); 6] = [
    ("=", Operator::Equal),
    ("!=", Operator::Unequal),
    (">", Operator::Compare(Comparison::Greater)),
    (">=", Operator::Compare(Comparison::GreaterOrEqual)),
    ("<", Operator::Compare(Comparison::Less)),
    ("<=", Operator::Compare(Comparison::LessOrEqual)),
];
/// What is allowed where something looks like an operator.
pub(super) const AN_OPERATOR: &str =
    "=, !=, >, >=, <, <=; a type where a name or a text has such signs: field.order:string==>5";
/// The names of types.
pub(super) const TYPES: [&str; 4] = ["string", "number", "bool", "exists"];

/// How a field compares with a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Operator {
    Equal,
    Unequal,
    Compare(Comparison),
}

/// A condition in its parts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Parts<'a> {
    pub(super) name: &'a str,
    /// The type after the last colon, if there is one.
    pub(super) kind: Option<&'a str>,
    pub(super) operator: Operator,
    pub(super) value: &'a str,
}

impl<'a> Parts<'a> {
    /// Splits what stands before and after the `=` of a query string. Fails with what is wrong.
    pub(super) fn split(before: &'a str, after: &'a str) -> Result<Self, String> {
        let (name, kind, rest) = typed(before).unwrap_or_else(|| untyped(before));
        let is_typed = kind.is_some_and(|kind| TYPES.contains(&kind));
        let signs = leading_signs(rest);
        let inner = &rest[signs.len()..];
        // `field.a>5` has no `=`, and all of it came as the name. So did all of `field.a%3E%3D5`.
        let (sent, value) = match (signs, inner) {
            ("<=" | ">=" | "!=", "") => (signs.to_owned(), after),
            ("=", "") if after.is_empty() => (signs.to_owned(), after),
            (_, "") => (format!("{signs}="), after),
            _ if after.is_empty() => (signs.to_owned(), inner),
            _ => return Err("there is a second operator".to_owned()),
        };
        let second = if is_typed { "" } else { leading_signs(value) };
        let sent = format!("{sent}{second}");
        let known = OPERATORS.iter().find(|(written, _)| *written == sent).map(|(_, operator)| *operator);
        let operator = known.ok_or_else(|| format!("`{sent}` is no operator"))?;
        if matches!(operator, Operator::Compare(_)) && !is_typed && value.contains(SIGNS) {
            return Err("there is a second operator".to_owned());
        }
        Ok(match operator {
            Operator::Equal => Self { name, kind, operator, value },
            _ => Self { name: name.trim_end(), kind, operator, value: value.trim_start() },
        })
    }
}

/// Splits at the first known type that an operator follows, or nothing. Signs before it belong to the name.
fn typed(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let is_type = |at: usize| {
        let kind = TYPES.into_iter().find(|kind| text[at + 1..].starts_with(kind))?;
        let rest = &text[at + 1 + kind.len()..];
        (rest.is_empty() || rest.trim_start().starts_with(SIGNS)).then_some((
            &text[..at],
            Some(kind),
            rest.trim_start(),
        ))
    };
    text.match_indices(':').find_map(|(at, _)| is_type(at))
}

/// Splits at the first sign. What follows a colon before it is a type that does not exist.
fn untyped(text: &str) -> (&str, Option<&str>, &str) {
    let (name, rest) = text.split_at(text.find(SIGNS).unwrap_or(text.len()));
    let (name, kind) = name.rsplit_once(':').map_or((name, None), |(name, kind)| (name, Some(kind)));
    (name, kind, rest)
}

fn leading_signs(text: &str) -> &str {
    &text[..text.find(|c| !SIGNS.contains(&c)).unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::Parts;
    use crate::request::parameters::FIELD;
    use crate::request::{Parameters, paging};

    /// Returns the parts of a query string, `name :type operator value`.
    fn split(query: &str) -> Result<String, String> {
        let parameters = Parameters::parse(Some(query), &[FIELD]).unwrap();
        let (before, after) = parameters.fields().next().unwrap();
        let Parts { name, kind, operator, value } = Parts::split(before, after)?;
        let kind = kind.map(|kind| format!(":{kind}")).unwrap_or_default();
        let (written, _) = super::OPERATORS.iter().find(|(_, own)| *own == operator).unwrap();
        let parts = format!("{name}{kind} {written} {value}");
        // The address of the next page asks for the same.
        let address = paging::address("/logs", parameters.iter(), "1");
        if address != format!("/logs?{query}&after=1") {
            let (_, rest) = address.split_once('?').unwrap();
            assert_eq!(split(rest.strip_suffix("&after=1").unwrap()).as_deref(), Ok(parts.as_str()), "{address}");
        }
        Ok(parts)
    }

    #[test]
    fn a_condition_has_a_name_an_operator_and_a_value() {
        fn check(query: &str, expect: &str) {
            assert_eq!(split(query).as_deref(), Ok(expect), "{query}");
        }
        check("field.status=500", "status = 500");
        check("field.status", "status = ");
        check("field.status>=500", "status >= 500");
        check("field.status<=500", "status <= 500");
        check("field.status!=500", "status != 500");
        check("field.status>500", "status > 500");
        check("field.status<-1.5e3", "status < -1.5e3");
        check("field.status!=", "status != ");
        // As programs write it.
        check("field.status%3E=500", "status >= 500");
        check("field.status%3E%3D500", "status >= 500");
        check("field.status%3E%3D=500", "status >= 500");
        check("field.status%3E500=", "status > 500");
        check("field.status%21%3Da", "status != a");
        check("field.status%3Da", "status = a");
        check("field.status+%3E%3D+500", "status >= 500");
        check("field.status+%3E+500", "status > 500");
        // What is no operator.
        check("field.a=b=c", "a = b=c");
        check("field.a=b>c", "a = b>c");
        check("field.a!=b=c", "a != b=c");
        check("field.a=+x", "a =  x");
        check("field.at>=2026-11-20T08:00:00Z", "at >= 2026-11-20T08:00:00Z");
        check("field.at>2026-11-20T08:00:00Z", "at > 2026-11-20T08:00:00Z");
    }

    #[test]
    fn a_type_lets_a_name_and_a_text_have_any_signs() {
        fn check(query: &str, expect: &str) {
            assert_eq!(split(query).as_deref(), Ok(expect), "{query}");
        }
        check("field.a:string==>x", "a:string = =>x");
        check("field.a:string=>x", "a:string = >x");
        check("field.a:string>=x", "a:string >= x");
        check("field.a:number!=5", "a:number != 5");
        check("field.a:number%3E5", "a:number > 5");
        check("field.a%3Db:string=1", "a=b:string = 1");
        check("field.a%3E:exists=true", "a>:exists = true");
        check("field.urn:x:string=1", "urn:x:string = 1");
        check("field.urn:string:number=1", "urn:string:number = 1");
        check("field.urn:x=1", "urn:x = 1");
        check("field.a:string>x:number", "a:string > x:number");
    }

    #[test]
    fn what_looks_like_an_operator_and_is_none_is_refused() {
        fn check(query: &str, expect: &str) {
            assert_eq!(split(query).unwrap_err(), expect, "{query}");
        }
        check("field.a=>5", "`=>` is no operator");
        check("field.a=<5", "`=<` is no operator");
        check("field.a==5", "`==` is no operator");
        check("field.a=~5", "`=~` is no operator");
        check("field.a=!5", "`=!` is no operator");
        check("field.a~=5", "`~=` is no operator");
        check("field.a~5", "`~` is no operator");
        check("field.a<>5", "`<>` is no operator");
        check("field.a!5", "`!` is no operator");
        check("field.a>==5", "`>==` is no operator");
        check("field.a!==5", "`!==` is no operator");
        check("field.a%3D=5", "`==` is no operator");
        check("field.a>5<7", "there is a second operator");
        check("field.a>=5<7", "there is a second operator");
        check("field.a>b=c", "there is a second operator");
        check("field.a%3Db=1", "there is a second operator");
    }
}
