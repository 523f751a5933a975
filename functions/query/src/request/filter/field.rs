//! Parses a condition on any field of a record: `field.order=42`, `field.order:string=42`, `field.order:exists=true`,
//! `field.status>=500`.

use store::{Condition, FieldName, FieldTest, Literal};

use super::super::{BadParameter, moment, shortened};
use super::operator::{AN_OPERATOR, Operator, Parts, SIGNS};

/// The longest name of a field, in bytes.
const MAX_NAME_BYTES: usize = 200;
const A_NAME: &str = "the name of a field, with dots for nested fields, such as field.customer.id=17";
const A_TYPE: &str = "string, number, bool or exists after the last colon; a name with a colon needs one of them";
/// The type that asks whether a record has a field.
const EXISTS: &str = "exists";
/// How many decimal digits every floating-point number holds.
const FLOAT_DIGITS: usize = 15;
const NOT_A_NUMBER: Refusal = ("that is not a number", "a number such as 42 or -1.5e3");
const NOT_A_BOOLEAN: Refusal = ("that is neither true nor false", "true, false");
/// Fields that are requested in another way, and that way.
const OTHERWISE: [(&str, &str); 2] = [("_id", "GET /logs/{id}"), ("time", "`from` and `to`")];

/// Reads a condition from what stands before and after the `=` of a query string, after `prefix`.
pub(super) fn parse(prefix: &str, before: &str, after: &str) -> Result<Condition, BadParameter> {
    let refused = |problem: &str, allowed: &str| Err(refusal(&format!("{prefix}{before}"), after, problem, allowed));
    let Parts { name, kind, operator, value } = match Parts::split(before, after) {
        Ok(parts) => parts,
        Err(problem) => return refused(&problem, AN_OPERATOR),
    };
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return refused(&format!("the name must have 1 to {MAX_NAME_BYTES} bytes"), A_NAME);
    }
    if let Some((name, way)) = OTHERWISE.iter().find(|(own, _)| *own == name) {
        return refused(&format!("{name} cannot be a field condition"), way);
    }
    let Some(name) = FieldName::parse(name) else { return refused("a field name cannot contain a NUL", A_NAME) };
    let test = match operator {
        Operator::Equal | Operator::Unequal => equal(kind, value),
        Operator::Compare(comparison) => bounds(kind, value).map(|with| FieldTest::Compare { comparison, with }),
    };
    let condition = match test {
        Ok(test) => Condition::Field { name, test },
        Err((problem, allowed)) => return refused(problem, allowed),
    };
    // `exists=false` and `!=` both turn it round.
    let is_absent = kind == Some(EXISTS) && value == "false";
    let is_turned = (operator == Operator::Unequal) != is_absent;
    Ok(if is_turned { Condition::Not(Box::new(condition)) } else { condition })
}

/// Returns the error of a condition. With another operator than `=`, the query string cuts it within that: then it is named whole.
fn refusal(before: &str, after: &str, problem: &str, allowed: &str) -> BadParameter {
    let bad = BadParameter::value(before, after, problem, allowed);
    if !before.contains(SIGNS) {
        return bad;
    }
    let is_cut = before.ends_with(SIGNS);
    let written = if is_cut || !after.is_empty() { format!("{before}={after}") } else { before.to_owned() };
    let what = if is_cut && after.is_empty() { "has no value" } else { "cannot be used" };
    BadParameter { detail: format!("{} {what}: {problem}.", shortened(&written)), ..bad }
}

/// What is wrong, and what is allowed.
type Refusal = (&'static str, &'static str);

/// Returns the test that a field equals a value.
fn equal(kind: Option<&str>, value: &str) -> Result<FieldTest, Refusal> {
    match kind {
        None => Ok(FieldTest::OneOf(Literal::meant_by(value))),
        Some("string") => Ok(FieldTest::OneOf(vec![text(value)])),
        Some("number") => match Literal::numbers(value) {
            numbers if numbers.is_empty() => Err(NOT_A_NUMBER),
            numbers => Ok(FieldTest::OneOf(numbers)),
        },
        Some("bool") => boolean(value).map(|own| FieldTest::OneOf(vec![Literal::Boolean(own)])).ok_or(NOT_A_BOOLEAN),
        Some(EXISTS) => boolean(value).map(|_| FieldTest::Exists).ok_or(NOT_A_BOOLEAN),
        Some(_) => Err(("there is no such type", A_TYPE)),
    }
}

/// Returns what a field is compared with: a number, or a time and the text that writes it, or a text.
fn bounds(kind: Option<&str>, value: &str) -> Result<Vec<Literal>, Refusal> {
    match kind {
        None if value.is_empty() => Err(("there is nothing to compare with", "a number, a time or a text")),
        None => Ok(number(value).map_or_else(|| time_or_text(value), |number| vec![number])),
        Some("string") => Ok(vec![text(value)]),
        Some("number") => number(value).map(|number| vec![number]).ok_or(NOT_A_NUMBER),
        Some("bool" | EXISTS) => Err(("it cannot be compared by size", "string, number after the last colon")),
        Some(_) => Err(("there is no such type", A_TYPE)),
    }
}

fn time_or_text(value: &str) -> Vec<Literal> {
    moment::absolute(value).map(Literal::Time).into_iter().chain([text(value)]).collect()
}

fn text(value: &str) -> Literal {
    Literal::Text(value.to_owned())
}

/// Returns the number that a text writes, in the type that holds all of its digits.
fn number(value: &str) -> Option<Literal> {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let mut numbers = Literal::numbers(value);
    if digits > FLOAT_DIGITS { numbers.pop() } else { numbers.into_iter().next() }
}

fn boolean(value: &str) -> Option<bool> {
    value.parse().ok()
}

#[cfg(test)]
mod tests {
    use bson::Decimal128;
    use record::EventTime;
    use store::{Comparison, Condition, FieldName, FieldTest, Literal};

    use super::BadParameter;

    fn parse(name: &str, value: &str) -> Result<Condition, BadParameter> {
        super::parse("field.", name, value)
    }

    #[test]
    fn a_value_stands_for_what_it_may_have_been() {
        fn check(name: &str, value: &str, expect: &[Literal]) {
            let own = name.rsplit_once(':').map_or(name, |(own, _)| own);
            let test = FieldTest::OneOf(expect.to_vec());
            let expect = Condition::Field { name: FieldName::parse(own).unwrap(), test };
            assert_eq!(parse(name, value), Ok(expect), "{name}={value}");
        }
        fn decimal(text: &str) -> Literal {
            Literal::Decimal(text.parse::<Decimal128>().unwrap())
        }
        let text = |text: &str| Literal::Text(text.to_owned());
        let (integer, float, boolean) = (Literal::Integer, Literal::Float, Literal::Boolean);
        check("order", "42", &[text("42"), integer(42)]);
        check("order", "42.5", &[text("42.5"), float(42.5), decimal("42.5")]);
        check("order", "true", &[text("true"), boolean(true)]);
        check("order", "$ne", &[text("$ne")]);
        check("order", r#"{"$gt":""}"#, &[text(r#"{"$gt":""}"#)]);
        check("order", "", &[text("")]);
        check("order", "NaN", &[text("NaN")]);
        check("order", "e", &[text("e")]);
        check("order", "1e400", &[text("1e400"), decimal("1e400")]);
        check("order", "\0", &[text("\0")]);
        check("order:string", "42", &[text("42")]);
        check("order:number", "-7", &[integer(-7)]);
        check(
            "order:number",
            "18446744073709551615",
            &[float(18_446_744_073_709_551_615.0), decimal("18446744073709551615")],
        );
        check("order:bool", "false", &[boolean(false)]);
        check("urn:x:string", "1", &[text("1")]);
    }

    #[test]
    fn a_field_may_have_to_exist_or_not() {
        let exists = || Condition::Field { name: FieldName::parse("order").unwrap(), test: FieldTest::Exists };
        assert_eq!(parse("order:exists", "true"), Ok(exists()));
        assert_eq!(parse("order:exists", "false"), Ok(Condition::Not(Box::new(exists()))));
    }

    #[test]
    fn a_field_is_compared_with_what_the_value_is() {
        fn check(name: &str, value: &str, comparison: Comparison, with: &[Literal]) {
            let name_alone = FieldName::parse(name.split([':', '<', '>']).next().unwrap()).unwrap();
            let test = FieldTest::Compare { comparison, with: with.to_vec() };
            assert_eq!(parse(name, value), Ok(Condition::Field { name: name_alone, test }), "{name} {value}");
        }
        let text = |text: &str| Literal::Text(text.to_owned());
        let time = |text: &str| Literal::Time(EventTime::from_rfc3339(text).unwrap());
        check("a>", "500", Comparison::GreaterOrEqual, &[Literal::Integer(500)]);
        check("a>500", "", Comparison::Greater, &[Literal::Integer(500)]);
        check("a<", "0.1", Comparison::LessOrEqual, &[Literal::Float(0.1)]);
        check("a<-1", "", Comparison::Less, &[Literal::Integer(-1)]);
        let digits = "18446744073709551615";
        check("a>", digits, Comparison::GreaterOrEqual, &[Literal::Decimal(digits.parse().unwrap())]);
        check("a>", "v2", Comparison::GreaterOrEqual, &[text("v2")]);
        check("a:string>", "500", Comparison::GreaterOrEqual, &[text("500")]);
        check("a:number>", "500", Comparison::GreaterOrEqual, &[Literal::Integer(500)]);
        let noon = "2026-11-20T12:00:00Z";
        check("a>", noon, Comparison::GreaterOrEqual, &[time(noon), text(noon)]);
        check("a<2026-11-20", "", Comparison::Less, &[time("2026-11-20T00:00:00Z"), text("2026-11-20")]);
    }

    #[test]
    fn unequal_is_not_equal() {
        fn check(name: &str, value: &str, equal: &str, same: &str) {
            let not = Condition::Not(Box::new(parse(equal, same).unwrap()));
            assert_eq!(parse(name, value), Ok(not), "{name}={value}");
        }
        check("a!", "42", "a", "42");
        check("a!", "", "a", "");
        check("a:string!", "42", "a:string", "42");
        check("a:exists!", "true", "a:exists", "true");
        assert_eq!(parse("a:exists!", "false"), parse("a:exists", "true"));
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        fn check(name: &str, value: &str, expect: &str) {
            let bad = parse(name, value).unwrap_err();
            assert_eq!(format!("{bad} | {}", bad.allowed), expect, "{name}={value}");
        }
        let a_name = "the name of a field, with dots for nested fields, such as field.customer.id=17";
        check("", "1", &format!("field. is `1`: the name must have 1 to 200 bytes. | {a_name}"));
        check(":string", "1", &format!("field.:string is `1`: the name must have 1 to 200 bytes. | {a_name}"));
        check("a\0b", "1", &format!("field.a\0b is `1`: a field name cannot contain a NUL. | {a_name}"));
        check("_id", "1", "field._id is `1`: _id cannot be a field condition. | GET /logs/{id}");
        check("time", "1", "field.time is `1`: time cannot be a field condition. | `from` and `to`");
        check("a:number", "x", "field.a:number is `x`: that is not a number. | a number such as 42 or -1.5e3");
        check("a:number", "inf", "field.a:number is `inf`: that is not a number. | a number such as 42 or -1.5e3");
        let operators = super::AN_OPERATOR;
        check("a", ">5", &format!("field.a is `>5`: `=>` is no operator. | {operators}"));
        check("a<>5", "", &format!("field.a<>5 cannot be used: `<>` is no operator. | {operators}"));
        check("a>", "", "field.a>= has no value: there is nothing to compare with. | a number, a time or a text");
        check("a>5 ", "6", &format!("field.a>5 =6 cannot be used: there is a second operator. | {operators}"));
        check(
            "a:number>",
            "x",
            "field.a:number>=x cannot be used: that is not a number. | a number such as 42 or -1.5e3",
        );
        check(
            "a:bool>",
            "true",
            "field.a:bool>=true cannot be used: it cannot be compared by size. | string, number after the last colon",
        );
        check("a:bool", "1", "field.a:bool is `1`: that is neither true nor false. | true, false");
        check("a:exists", "", "field.a:exists is ``: that is neither true nor false. | true, false");
        check(
            "a:int",
            "1",
            "field.a:int is `1`: there is no such type. | string, number, bool or exists after the last colon; a name with a colon needs one of them",
        );
    }
}
