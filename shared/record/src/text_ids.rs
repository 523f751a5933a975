//! Ids of transactions in a text: `request_id=7f3a`, `"traceId": "5b8e…"`, `(Request ID: 7f3a)`, `Task pay[…]`.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::ids;
use super::names::Name;
use super::uid;
use super::uid_forms::{self, UUID_BYTES, is_uuid};
use super::value::Value;
use super::vocabulary::Vocabulary;

/// How much of a text is searched.
const MAX_BYTES: usize = 8_192;
/// How many places of a text are looked at.
const MAX_PLACES: usize = 64;
const MAX_NAME_BYTES: usize = 64;
const MAX_ID_BYTES: usize = 128;
/// An id of so many hexadecimal digits is one by its looks.
const MIN_LONG_ID_BYTES: usize = 32;
/// An id without a pair's sign before it, or under a short name, has at least so many characters.
const MIN_BARE_ID_BYTES: usize = 4;
/// The names of ids in two words, with one name for each.
const IN_WORDS: [(&str, &str); 4] = [
    ("request", "request_id"),
    ("correlation", "correlation_id"),
    ("trace", "trace_id"),
    ("transaction", "transaction_id"),
];
/// Short names in brackets: `[cid:7f3a]`.
const IN_BRACKETS: [(&str, &str); 2] = [("cid", "correlation_id"), ("rid", "request_id")];
/// What X-Ray's header begins with, and the header's name.
const ROOT: (&str, &str) = ("Root", "X-Amzn-Trace-Id");
/// What the request ids of `OpenStack` begin with.
const OPENSTACKS: &str = "req-";
/// What oslo.log writes where no service passed an id on.
const NO_GLOBAL: &str = "None ";
/// What Celery writes before the name of a task.
const CELERYS: &str = "Task";

/// What rq writes before the id of a job in brackets, the name of its logger, and among how many parts its call is looked for.
const RQS: &str = "Job ";
const RQS_LOGGER: &str = "rq.worker";
const MAX_RQS_PARTS: usize = 4;

/// An id in a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TextId<'t> {
    /// The name under which it is written, or the usual one for what stands there.
    pub name: &'t str,
    /// The id.
    pub id: &'t str,
    pub(super) rank: usize,
}

/// Returns the ids in a text, best first.
pub(super) fn all<'t>(text: &'t str, vocabulary: &Vocabulary) -> Vec<TextId<'t>> {
    let text = &text[..text.floor_char_boundary(MAX_BYTES)];
    let places = memchr::memchr3_iter(b'=', b':', b'[', text.as_bytes()).take(MAX_PLACES);
    let pairs = places.flat_map(|at| {
        let (Some(before), Some(after)) = (text.get(..at), text.get(at + 1..)) else { return [None, None] };
        match text.as_bytes()[at] {
            b'[' => openstacks(after).unwrap_or_else(|| [in_brackets(before, after), None]),
            b'=' if is_unfilled(before, after) => [None, None],
            _ => [in_pair(before, after), None],
        }
    });
    let pairs = pairs.flatten();
    let mut found: Vec<TextId<'_>> = pairs
        .chain(in_words(text))
        .chain(new_relics(text))
        .chain(of_rq(text))
        .filter_map(|(name, id)| Some(TextId { name, id, rank: rank(name, id, vocabulary)? }))
        .collect();
    found.sort_by_key(|id| id.rank);
    found
}

/// Returns how good an id with this name is; the lowest is best. `None` if it is no transaction's.
fn rank(name: &str, id: &str, vocabulary: &Vocabulary) -> Option<usize> {
    let name = Name::of(name);
    let exact = vocabulary.meaning(name).filter(|meaning| meaning.uid_rank.is_some());
    let meaning = exact.or_else(|| vocabulary.spelled(name))?;
    uid::of_text(id).filter(|_| meaning.form.admits(Value::Text(id))).and(meaning.uid_rank)
}

/// Reads `name=id` and `name: id`.
fn in_pair<'t>(before: &'t str, after: &'t str) -> Option<(&'t str, &'t str)> {
    let name = name_before(before)?;
    let id = || value_after(after).or_else(|| value_in_quotes(after));
    if name == ROOT.0 {
        return id().filter(|id| id.starts_with("1-")).map(|id| (ROOT.1, id));
    }
    if let Some((_, usual)) = IN_BRACKETS.iter().find(|(short, _)| name.eq_ignore_ascii_case(short)) {
        let is_in_brackets = before.get(..before.len() - name.len()).is_some_and(|before| before.ends_with('['));
        return id().filter(|id| is_in_brackets && id.len() >= MIN_BARE_ID_BYTES).map(|id| (*usual, id));
    }
    if name.eq_ignore_ascii_case("id") {
        return Some((word_before(before, name)?, id()?));
    }
    if ends_as_id(name) {
        let is_of_one_service = ids::OF_ONE_SERVICE.iter().any(|known| is_spelled(name, known));
        return id().filter(|_| !is_of_one_service).map(|id| (name, id));
    }
    // `trace: 7` may be anything.
    id().filter(|id| is_long(id) || uid_forms::of_form(id).is_some()).map(|id| (name, id))
}

/// Reads the ids of requests that oslo.log writes in brackets: `req-7f3a… admin]`, `None req-7f3a… admin]`, and the one that
/// services pass on before that of the service itself, `req-6f1a… req-7f3a… admin]`.
fn openstacks<'t>(after: &'t str) -> Option<[Option<(&'static str, &'t str)>; 2]> {
    let own = after.strip_prefix(NO_GLOBAL).unwrap_or(after);
    let id = |text: &'t str| if text.starts_with(OPENSTACKS) { value_after(text) } else { None };
    let first = id(own)?;
    let second = own.get(first.len()..).and_then(|rest| id(rest.strip_prefix(' ')?));
    Some([Some(first), second].map(|id| id.map(|id| (ids::REQUEST_ID, id))))
}

/// Reads what follows a bracket: `Task pay[<uuid>]`, and a UUID that begins the text.
fn in_brackets<'t>(before: &'t str, after: &'t str) -> Option<(&'t str, &'t str)> {
    if let Some(id) = after.strip_prefix(RQS).and_then(|after| after.split_once(']')).map(|(id, _)| id) {
        return is_uuid(id).then_some((ids::TASK_ID, id));
    }
    let (id, rest) = after.split_once(']').filter(|(id, _)| is_uuid(id))?;
    let is_celerys = || {
        let words = before.trim_end_matches(is_name);
        let task = &before[words.len()..];
        let is_logged_by_task = task.contains('.') && rest.starts_with(':');
        !task.is_empty() && (is_logged_by_task || words.trim_end().ends_with(CELERYS))
    };
    if before.is_empty() { Some((ids::REQUEST_ID, id)) } else { is_celerys().then_some((ids::TASK_ID, id)) }
}

/// Reads the job at the end of rq's lines: `default: shop.pay(17) (<uuid>)`, `default: Job OK (<uuid>)`. A description may stand for
/// the call, so the logger's name tells it, too.
fn of_rq(text: &str) -> Option<(&'static str, &str)> {
    let line = text.lines().next()?.trim_end().strip_suffix(')')?;
    let (before, id) = line.split_at_checked(line.len().checked_sub(UUID_BYTES)?).filter(|(_, id)| is_uuid(id))?;
    let before = before.strip_suffix(" (")?;
    let is_call = |call: &str| {
        let name = call.split('(').next().unwrap_or_default();
        name.len() < call.len() && name.contains('.') && name.chars().all(is_name)
    };
    let is_job = before.ends_with("Job OK")
        || (before.contains(" job in ") && before.contains(" on worker "))
        || before.contains(RQS_LOGGER)
        || (before.ends_with(')') && before.split(": ").skip(1).take(MAX_RQS_PARTS).any(is_call));
    is_job.then_some((ids::TASK_ID, id))
}

/// Reads `request id 7f3a` and `Request ID "7f3a"`.
fn in_words(text: &str) -> impl Iterator<Item = (&str, &str)> {
    static WORDS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| [" id ", " ID "].map(Finder::new));
    let places = WORDS.iter().flat_map(|word| word.find_iter(text.as_bytes()).take(MAX_PLACES));
    places.filter_map(|at| {
        let (before, after) = text.split_at_checked(at + " id".len())?;
        let name = word_before(before, "id")?;
        value_after(after).filter(|id| id.len() >= MIN_BARE_ID_BYTES).map(|id| (name, id))
    })
}

/// Reads what New Relic's agents write at the end of a line. A stack may follow.
fn new_relics(text: &str) -> Option<(&str, &str)> {
    let line = text.split('\n').next().unwrap_or(text).trim_end();
    if !line.ends_with('|') {
        return None;
    }
    let blob = line.get(line.rfind(uid_forms::NEW_RELICS)?..)?;
    Some((ids::NEW_RELICS_BLOB, blob))
}

/// Returns the usual name of the id that the word before the word `id` tells.
fn word_before(text: &str, id: &str) -> Option<&'static str> {
    let text = text.trim_end_matches(MARKS);
    let word = name_before(text.get(..text.len() - id.len())?)?;
    IN_WORDS.iter().find(|(known, _)| word.eq_ignore_ascii_case(known)).map(|(_, name)| *name)
}

/// Returns whether nothing stands where the value of `name=` should be: only a blank, or empty quotes. What follows is another
/// pair, or the message. After `name =` a blank is usual.
fn is_unfilled(before: &str, after: &str) -> bool {
    let is_tight = !before.ends_with(' ');
    let value = after.trim_start_matches('\\');
    let is_empty = |quote: char| {
        let inside = value.strip_prefix(quote).map(|inside| inside.trim_start_matches('\\'));
        inside.is_some_and(|inside| inside.starts_with(quote))
    };
    (is_tight && after.starts_with(' ')) || is_empty('"') || is_empty('\'')
}

/// Returns whether a value is itself a pair: `orderId=17` after `requestId: `. Base64 has the sign at its end alone.
fn is_pair(value: &str) -> bool {
    let Some((name, rest)) = value.split_once('=') else { return false };
    let is_word = name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.chars().all(is_name);
    is_word && !rest.trim_start_matches('=').is_empty() && uid_forms::of_form(value).is_none()
}

/// What may stand around a name and a value.
const MARKS: [char; 4] = ['"', '\'', '\\', ' '];

fn name_before(text: &str) -> Option<&str> {
    let text = text.trim_end_matches(MARKS);
    let length = text.bytes().rev().take(MAX_NAME_BYTES).take_while(|byte| is_name(char::from(*byte))).count();
    text.get(text.len() - length..).filter(|name| !name.is_empty())
}

/// Returns the value that follows. A word without digits may be anything.
fn value_after(text: &str) -> Option<&str> {
    // Ruby writes `=>`.
    let text = text.trim_start_matches('>').trim_start_matches(MARKS);
    if let Some((id, _)) = text.strip_prefix('{').and_then(|text| text.split_at_checked(UUID_BYTES)) {
        return is_uuid(id).then_some(id);
    }
    let is_id = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(*byte, b'_' | b'-' | b'.' | b':' | b'/' | b'=' | b'+' | b'@')
    };
    let length = text.bytes().take(MAX_ID_BYTES + 1).take_while(is_id).count();
    let id = text.get(..length).filter(|id| id.len() <= MAX_ID_BYTES)?.trim_end_matches(['.', ':']);
    (id.bytes().any(|byte| byte.is_ascii_digit()) && !is_pair(id)).then_some(id)
}

/// Returns the word that is all that is in the quotes that follow. In an object it needs no digit to be an id.
fn value_in_quotes(text: &str) -> Option<&str> {
    // Node.js writes the values of a header in a list.
    let text = text.trim_start_matches(['>', ' ', '[', '\\']);
    let quote = text.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
    let inside = text.get(1..)?;
    let is_id = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(*byte, b'_' | b'-' | b'.' | b':' | b'/');
    let id = inside.get(..inside.bytes().take(MAX_ID_BYTES).take_while(is_id).count())?;
    let is_closed = inside[id.len()..].trim_start_matches('\\').starts_with(quote);
    (is_closed && id.len() >= MIN_BARE_ID_BYTES).then_some(id)
}

fn is_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.')
}

/// Returns whether a name ends as that of an id does.
fn ends_as_id(name: &str) -> bool {
    let ends_with = |end: &str| {
        let start = name.len().checked_sub(end.len());
        start.is_some_and(|start| name.as_bytes()[start..].eq_ignore_ascii_case(end.as_bytes()))
    };
    ends_with("id") || ends_with(ids::TRACEPARENT)
}

fn is_spelled(name: &str, known: &str) -> bool {
    super::spelling::spelling(name).is_some_and(|spelling| spelling == known)
}

fn is_long(id: &str) -> bool {
    id.len() >= MIN_LONG_ID_BYTES && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::Rules;

    #[test]
    fn a_text_has_ids() {
        #[track_caller]
        fn check(text: &str, expect: &[(&str, &str)]) {
            let found = all(text, &Rules::default().vocabulary);
            assert_eq!(found.iter().map(|id| (id.name, id.id)).collect::<Vec<_>>(), expect, "{text}");
        }
        let (trace, uuid) = ("5b8efff798038103d269b633813fc60c", "f2db72ca-718a-424d-81d3-7859031af002");
        check("request_id=7f3a-1 paid", &[("request_id", "7f3a-1")]);
        check(&format!("a \"traceId\": \"{trace}\", rid=1"), &[("traceId", trace)]);
        check(&format!("requestId=7 trace={trace}"), &[("trace", trace), ("requestId", "7")]);
        check("(Request ID: 7f3a-1)", &[("request_id", "7f3a-1")]);
        check("Request id \"7f3a-1\" was refused", &[("request_id", "7f3a-1")]);
        check("\"request_id\"=>\"7f3a-1\"", &[("request_id", "7f3a-1")]);
        check("with correlation ID 7f3a-1.", &[("correlation_id", "7f3a-1")]);
        check("[cid:7f3a] paid", &[("correlation_id", "7f3a")]);
        check(&format!("requestId={{{uuid}}}"), &[("requestId", uuid)]);
        check("traceId={\"w3c\": 1}", &[]);
        check("{ correlationId: 'corr-ab', order: 17 }", &[("correlationId", "corr-ab")]);
        check("{ 'X-Correlation-Id': [ 'corr-ab' ] }", &[("X-Correlation-Id", "corr-ab")]);
        check("{\\\"correlationId\\\": \\\"corr-ab\\\"}", &[("correlationId", "corr-ab")]);
        check(
            "requestId: 'not found', traceId: 'x', request id \"none\", trace id \"header\", correlationId: corr-ab",
            &[],
        );
        check("cid:7f3a paid", &[]);
        check("[cid:1] paid", &[]);
        check(&format!("[req-{uuid} admin] GET"), &[("request_id", &format!("req-{uuid}"))]);
        check(&format!("[None req-{uuid} admin] GET"), &[("request_id", &format!("req-{uuid}"))]);
        check(
            &format!("[req-{trace} req-{uuid} admin] GET"),
            &[("request_id", &format!("req-{trace}")), ("request_id", &format!("req-{uuid}"))],
        );
        check("[None of 7f3a]", &[]);
        check(&format!("Task shop.pay[{uuid}] received"), &[("task_id", uuid)]);
        check(&format!("[INFO] shop.pay[{uuid}]: paid"), &[("task_id", uuid)]);
        check(&format!("Tasks[{uuid}]"), &[]);
        check(&format!("[{uuid}] Started GET"), &[("request_id", uuid)]);
        check(&format!("order [{uuid}]"), &[]);
        check(
            "\"Root=1-58337327-72bd00b0343d75b906739c42\"",
            &[("X-Amzn-Trace-Id", "1-58337327-72bd00b0343d75b906739c42")],
        );
        check("requestId= orderId=17 failed", &[]);
        check("request_id=  status=500", &[]);
        check("[request_id= status=500] trace_id=7f3a-1 m", &[("trace_id", "7f3a-1")]);
        check("request_id: status=500", &[]);
        check("request_id=status=500", &[]);
        check("request_id=\"\" status=500, trace_id='' 17, correlation_id=\\\"\\\" 17", &[]);
        check("request_id = 7f3a-1", &[("request_id", "7f3a-1")]);
        check("request_id=\"7f3a-1\"", &[("request_id", "7f3a-1")]);
        check("request_id=YWJjZDE3Cg==", &[("request_id", "YWJjZDE3Cg==")]);
        check("request id orderId=17", &[]);
        check("user id: 42, order_id=17, id=7, pid: 2246, session_id=5, uid=9, trace: 7", &[]);
        check("request_id=missing, request id is unknown, trace_id=0", &[]);
        check("Größe: 7, [é", &[]);
        check(&format!("request_id={}", "7".repeat(129)), &[]);
        let blob = format!("NR-LINKING|MTE2MDAzMTl8|web-1|{trace}|a9d04843a4764d49|shop|");
        check(&format!("order placed {blob}"), &[("nrlinking", &blob)]);
        check(&format!("order placed {blob}\nTraceback"), &[("nrlinking", &blob)]);
        check("order placed NR-LINKING|MTE2MDAzMTl8|web-1|||shop|", &[]);
        check(&format!("{blob} was seen"), &[]);
        check(&format!("b3: {trace}-a9d04843a4764d49-1"), &[("b3", &format!("{trace}-a9d04843a4764d49-1"))]);
    }
}
