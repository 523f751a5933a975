//! What a value must be to be an id, where a name is also used for other things.

use super::best_of;
use super::ids;
use super::uid_forms;
use super::value::Value;

/// What a value must be to be an id, where a name is also used for other things.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    /// Anything.
    Any,
    /// A text in one word, with a digit. `trace` may be a stack, or a flag.
    Word,
    /// No small number. `uid` may be a user of the system.
    NoSmallNumber,
    /// Digits in hexadecimal. `operation_id` may be the name of an operation.
    Hexadecimal,
    /// A header with an id and more. `b3` may be only a decision.
    Header,
    /// A text with a digit and a letter. `cid` may be a customer's number, `task_id` the name of a task.
    Mixed,
    /// A trace of `SkyWalking`'s. `tid` may be a thread.
    SkyWalkings,
}

/// The names whose values must have a form.
pub(super) const FORMS: [(&str, Form); 13] = [
    // .NET's. In other programs it numbers a step.
    ("activityid", Form::Hexadecimal),
    ("operationid", Form::Hexadecimal),
    ("aioperationid", Form::Hexadecimal),
    ("trace", Form::Word),
    ("correlation", Form::Word),
    ("xray", Form::Word),
    ("uniqueid", Form::NoSmallNumber),
    ("uid", Form::NoSmallNumber),
    ("b3", Form::Header),
    (ids::NEW_RELICS_BLOB, Form::Header),
    ("cid", Form::Mixed),
    ("taskid", Form::Mixed),
    ("tid", Form::SkyWalkings),
];
/// Fewer hexadecimal digits may be a word.
const MIN_HEXADECIMAL_BYTES: usize = 16;
/// No user of a system has so large a number.
const LEAST_LARGE_NUMBER: u64 = 1 << 32;

impl Form {
    /// Returns whether a value has the form.
    pub(super) fn admits(self, value: Value<'_>) -> bool {
        match (self, value) {
            (Self::Any, _) => true,
            (Self::Word, Value::Text(text)) => {
                !text.trim().contains([' ', '\t']) && text.bytes().any(|byte| byte.is_ascii_digit())
            }
            (Self::Header, Value::Text(text)) => uid_forms::of_form(text).is_some(),
            (Self::Hexadecimal, Value::Text(text)) => {
                let id = text.trim();
                id.len() >= MIN_HEXADECIMAL_BYTES && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
            }
            (Self::Mixed, Value::Text(text)) => {
                let has = |is: fn(&u8) -> bool| text.as_bytes().iter().any(is);
                has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) && !text.trim().contains([' ', '\t'])
            }
            (Self::SkyWalkings, Value::Text(text)) => uid_forms::is_skywalkings(text),
            (Self::Word | Self::Hexadecimal | Self::Header | Self::Mixed | Self::SkyWalkings, _) => false,
            (Self::NoSmallNumber, value) => best_of::text_of(value)
                .is_some_and(|text| text.parse::<u64>().map_or(true, |number| number >= LEAST_LARGE_NUMBER)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Form;
    use crate::Value;

    #[test]
    fn a_value_has_a_form() {
        #[track_caller]
        fn check(form: Form, value: Value<'_>, expect: bool) {
            assert_eq!(form.admits(value), expect, "{form:?} {value:?}");
        }
        let trace = "5b8efff798038103d269b633813fc60c";
        check(Form::Any, Value::Integer(1), true);
        check(Form::Word, Value::Text("t-1"), true);
        check(Form::Word, Value::Text(" t-1 "), true);
        for other in [Value::Text("on"), Value::Text("at pay (pay.js:1)"), Value::Integer(1), Value::Boolean(true)] {
            check(Form::Word, other, false);
        }
        check(Form::NoSmallNumber, Value::Text("alice"), true);
        check(Form::NoSmallNumber, Value::Integer(1 << 32), true);
        check(Form::NoSmallNumber, Value::Text("1000"), false);
        check(Form::NoSmallNumber, Value::Null, false);
        check(Form::Hexadecimal, Value::Text(trace), true);
        check(Form::Hexadecimal, Value::Text("getV2Pets"), false);
        check(Form::Header, Value::Text(&format!("{trace}-a9d04843a4764d49-1")), true);
        check(Form::Header, Value::Text("1"), false);
        check(Form::Mixed, Value::Text("m-1"), true);
        for other in [Value::Text("load"), Value::Text("17"), Value::Text("load 2"), Value::Integer(17)] {
            check(Form::Mixed, other, false);
        }
        check(Form::SkyWalkings, Value::Text("TID:5b8efff798038103d269b633813fc60c.61.16059423400000001"), true);
        for other in [Value::Text("TID: N/A"), Value::Text("0x70000d"), Value::Integer(17)] {
            check(Form::SkyWalkings, other, false);
        }
    }
}
