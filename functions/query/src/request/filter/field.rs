//! Parses a condition on any field of a record: `field.order=42`, `field.order:string=42`, `field.order:exists=true`.

use bson::Decimal128;
use store::{Condition, FieldName, FieldTest, Literal};

use super::super::BadParameter;

/// The longest name of a field, in bytes.
const MAX_NAME_BYTES: usize = 200;
const A_NAME: &str = "the name of a field, with dots for nested fields, such as field.customer.id=17";
const A_TYPE: &str = "string, number, bool or exists after the last colon; a name with a colon needs one of them";
/// Fields that are requested in another way, and that way.
const OTHERWISE: [(&str, &str); 2] = [("_id", "GET /logs/{id}"), ("time", "`from` and `to`")];

/// Reads `field.{sent_name}={value}`.
pub(super) fn parse(sent_name: &str, value: &str) -> Result<Condition, BadParameter> {
    let parameter = format!("field.{sent_name}");
    let (name, kind) = sent_name.rsplit_once(':').map_or((sent_name, None), |(name, kind)| (name, Some(kind)));
    let refused = |problem: &str, allowed: &str| Err(BadParameter::value(&parameter, value, problem, allowed));
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return refused(&format!("the name must have 1 to {MAX_NAME_BYTES} bytes"), A_NAME);
    }
    if let Some((name, way)) = OTHERWISE.iter().find(|(own, _)| *own == name) {
        return refused(&format!("{name} cannot be a field condition"), way);
    }
    let Some(name) = FieldName::parse(name) else { return refused("a field name cannot contain a NUL", A_NAME) };
    let test = match kind {
        None => FieldTest::OneOf(any(value)),
        Some("string") => FieldTest::OneOf(vec![text(value)]),
        Some("number") => match numbers(value) {
            numbers if numbers.is_empty() => {
                return refused("that is not a number", "a number such as 42 or -1.5e3");
            }
            numbers => FieldTest::OneOf(numbers),
        },
        Some("bool") => match boolean(value) {
            Some(boolean) => FieldTest::OneOf(vec![Literal::Boolean(boolean)]),
            None => return refused("that is neither true nor false", "true, false"),
        },
        Some("exists") => match boolean(value) {
            Some(true) => FieldTest::Exists,
            Some(false) => {
                let exists = Condition::Field { name, test: FieldTest::Exists };
                return Ok(Condition::Not(Box::new(exists)));
            }
            None => return refused("that is neither true nor false", "true, false"),
        },
        Some(_) => return refused("there is no such type", A_TYPE),
    };
    Ok(Condition::Field { name, test })
}

/// Returns the values that a text can mean: the text itself, a number, a truth value.
fn any(value: &str) -> Vec<Literal> {
    let mut values = vec![text(value)];
    values.extend(numbers(value));
    values.extend(boolean(value).map(Literal::Boolean));
    values
}

fn text(value: &str) -> Literal {
    Literal::Text(value.to_owned())
}

/// Returns the number that a text writes, in each type that a record may store: 0.1 as a float is not 0.1 as a decimal.
fn numbers(value: &str) -> Vec<Literal> {
    if let Ok(number) = value.parse::<i64>() {
        return vec![Literal::Integer(number)];
    }
    // Rust also parses words such as `inf` and `nan`.
    let is_number = !value.bytes().any(|byte| byte.is_ascii_alphabetic() && !byte.eq_ignore_ascii_case(&b'e'));
    let Some(float) = value.parse::<f64>().ok().filter(|_| is_number) else { return Vec::new() };
    let float = float.is_finite().then_some(Literal::Float(float));
    float.into_iter().chain(value.parse::<Decimal128>().ok().map(Literal::Decimal)).collect()
}

fn boolean(value: &str) -> Option<bool> {
    value.parse().ok()
}

#[cfg(test)]
mod tests {
    use bson::Decimal128;
    use store::{Condition, FieldName, FieldTest, Literal};

    use super::parse;

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
        check("a:bool", "1", "field.a:bool is `1`: that is neither true nor false. | true, false");
        check("a:exists", "", "field.a:exists is ``: that is neither true nor false. | true, false");
        check(
            "a:int",
            "1",
            "field.a:int is `1`: there is no such type. | string, number, bool or exists after the last colon; a name with a colon needs one of them",
        );
    }
}
