//! A condition on any field of a record: `field.order=42`, `field.order:string=42`, `field.order:exists=true`.

use bson::{Bson, Decimal128};

use super::super::BadParameter;

/// How long the name of a field may be, in bytes.
const MAX_NAME_BYTES: usize = 200;
const A_NAME: &str = "the name of a field, with dots between the names of nested ones, such as field.customer.id=17";
const A_TYPE: &str = "string, number, bool or exists behind the last colon; a name with a colon needs one";
/// What records hold under these names is no plain value, and has its own way to be asked for.
const OTHERWISE: [(&str, &str); 2] = [("_id", "GET /logs/{id}"), ("time", "`from` and `to`")];

/// A condition on a field.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    /// A name, or the names on the way to a nested field with dots between them.
    pub(super) name: String,
    pub(super) test: Test,
}

/// What is asked of a field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// To be one of these, or a list with one of these.
    Is(Vec<Bson>),
    /// To be there.
    Exists,
    /// Not to be there.
    IsAbsent,
}

impl Field {
    /// Reads `field.{sent_name}={value}`.
    pub(super) fn parse(sent_name: &str, value: &str) -> Result<Self, BadParameter> {
        let parameter = format!("field.{sent_name}");
        let (name, kind) = sent_name.rsplit_once(':').map_or((sent_name, None), |(name, kind)| (name, Some(kind)));
        let refused = |problem: &str, allowed: &str| Err(BadParameter::value(&parameter, value, problem, allowed));
        if name.is_empty() || name.len() > MAX_NAME_BYTES {
            return refused(&format!("the name has to have 1 to {MAX_NAME_BYTES} bytes"), A_NAME);
        }
        if name.contains('\0') {
            return refused("no name in MongoDB has a NUL", A_NAME);
        }
        if let Some((name, way)) = OTHERWISE.iter().find(|(own, _)| *own == name) {
            return refused(&format!("{name} is asked for in another way"), way);
        }
        let test = match kind {
            None => Test::Is(any(value)),
            Some("string") => Test::Is(vec![value.into()]),
            Some("number") => match numbers(value) {
                numbers if numbers.is_empty() => {
                    return refused("that is not a number", "a number such as 42 or -1.5e3");
                }
                numbers => Test::Is(numbers),
            },
            Some("bool") => match boolean(value) {
                Some(boolean) => Test::Is(vec![boolean.into()]),
                None => return refused("that is neither true nor false", "true, false"),
            },
            Some("exists") => match boolean(value) {
                Some(true) => Test::Exists,
                Some(false) => Test::IsAbsent,
                None => return refused("that is neither true nor false", "true, false"),
            },
            Some(_) => return refused("there is no such type", A_TYPE),
        };
        Ok(Self { name: name.to_owned(), test })
    }
}

/// What a text may stand for: itself, the number that it writes, the truth value.
fn any(value: &str) -> Vec<Bson> {
    let mut values = vec![value.into()];
    values.extend(numbers(value));
    values.extend(boolean(value).map(Bson::from));
    values
}

/// The number that a text writes, in the types in which it may be stored: what is 0.1 as a float is not as a decimal.
fn numbers(value: &str) -> Vec<Bson> {
    if let Ok(number) = value.parse::<i64>() {
        return vec![number.into()];
    }
    // Words such as `inf` and `nan` are floats to Rust.
    let is_number = !value.bytes().any(|byte| byte.is_ascii_alphabetic() && !byte.eq_ignore_ascii_case(&b'e'));
    let Some(float) = value.parse::<f64>().ok().filter(|_| is_number) else { return Vec::new() };
    let float = float.is_finite().then(|| Bson::from(float));
    float.into_iter().chain(value.parse::<Decimal128>().ok().map(Bson::from)).collect()
}

fn boolean(value: &str) -> Option<bool> {
    value.parse().ok()
}

#[cfg(test)]
mod tests {
    use bson::{Bson, Decimal128};

    use super::{Field, Test};

    #[test]
    fn a_value_stands_for_what_it_may_have_been() {
        fn check(name: &str, value: &str, expect: &Test) {
            assert_eq!(Field::parse(name, value).unwrap().test, *expect, "{name}={value}");
        }
        fn decimal(text: &str) -> Bson {
            Bson::Decimal128(text.parse::<Decimal128>().unwrap())
        }
        let is = |values: &[Bson]| Test::Is(values.to_vec());
        check("order", "42", &is(&["42".into(), 42_i64.into()]));
        check("order", "42.5", &is(&["42.5".into(), 42.5.into(), decimal("42.5")]));
        check("order", "true", &is(&["true".into(), true.into()]));
        check("order", "$ne", &is(&["$ne".into()]));
        check("order", r#"{"$gt":""}"#, &is(&[r#"{"$gt":""}"#.into()]));
        check("order", "", &is(&["".into()]));
        check("order", "NaN", &is(&["NaN".into()]));
        check("order", "e", &is(&["e".into()]));
        check("order", "1e400", &is(&["1e400".into(), decimal("1e400")]));
        check("order", "\0", &is(&["\0".into()]));
        check("order:string", "42", &is(&["42".into()]));
        check("order:number", "-7", &is(&[(-7_i64).into()]));
        check(
            "order:number",
            "18446744073709551615",
            &is(&[18_446_744_073_709_551_615.0.into(), decimal("18446744073709551615")]),
        );
        check("order:bool", "false", &is(&[false.into()]));
        check("order:exists", "true", &Test::Exists);
        check("order:exists", "false", &Test::IsAbsent);
        check("urn:x:string", "1", &is(&["1".into()]));
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        fn check(name: &str, value: &str, expect: &str) {
            let bad = Field::parse(name, value).unwrap_err();
            assert_eq!(format!("{bad} | {}", bad.allowed), expect, "{name}={value}");
        }
        let a_name = "the name of a field, with dots between the names of nested ones, such as field.customer.id=17";
        check("", "1", &format!("field. is `1`: the name has to have 1 to 200 bytes. | {a_name}"));
        check(":string", "1", &format!("field.:string is `1`: the name has to have 1 to 200 bytes. | {a_name}"));
        check("a\0b", "1", &format!("field.a\0b is `1`: no name in MongoDB has a NUL. | {a_name}"));
        check("_id", "1", "field._id is `1`: _id is asked for in another way. | GET /logs/{id}");
        check("time", "1", "field.time is `1`: time is asked for in another way. | `from` and `to`");
        check("a:number", "x", "field.a:number is `x`: that is not a number. | a number such as 42 or -1.5e3");
        check("a:number", "inf", "field.a:number is `inf`: that is not a number. | a number such as 42 or -1.5e3");
        check("a:bool", "1", "field.a:bool is `1`: that is neither true nor false. | true, false");
        check("a:exists", "", "field.a:exists is ``: that is neither true nor false. | true, false");
        check(
            "a:int",
            "1",
            "field.a:int is `1`: there is no such type. | string, number, bool or exists behind the last colon; a name with a colon needs one",
        );
    }
}
