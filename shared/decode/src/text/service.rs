//! The service that a text names.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::brackets;

/// How much of a text is searched.
const MAX_BYTES: usize = 1_024;
/// The names under which Datadog's and OpenTelemetry's libraries write the service.
const NAMES: [&str; 2] = ["dd.service", "service.name"];
/// What stands before the application, the thread and the trace in Spring Boot's lines.
const SPRINGS: &str = " --- [";
/// How many brackets follow it, at most: the application, the thread, the trace.
const MAX_BRACKETS: usize = 3;
/// How wide Spring Boot makes the thread: it is padded, or cut at its beginning.
const THREAD_COLUMN: usize = 15;
/// What begins the id of a request that is none by its form, and the least digits of a short one in hexadecimal.
const REQUEST: &str = "req-";
const MIN_ID_DIGITS: usize = 8;
/// The thread in which a program begins.
const MAIN: &str = "main";

/// Returns the service that a text names: `dd.service=web`, `resource.service.name=web`, `--- [web] [main] c.Foo : m`.
pub(super) fn of(text: &str) -> Option<&str> {
    static FINDERS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| NAMES.map(Finder::new));
    static SPRING: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(SPRINGS));
    let near = &text[..text.floor_char_boundary(MAX_BYTES)];
    let named = FINDERS.iter().find_map(|finder| {
        let at = finder.find(near.as_bytes())?;
        value(near.get(..at)?, near.get(at + finder.needle().len()..)?)
    });
    named.or_else(|| application(near.get(SPRING.find(near.as_bytes())? + SPRINGS.len() - 1..)?))
}

/// Reads the value of a pair, `=web` or `": "web"`.
fn value<'t>(before: &str, after: &'t str) -> Option<&'t str> {
    let is_name = |last: char| last.is_ascii_alphanumeric() || last == '_';
    let after = after.strip_prefix('"').unwrap_or(after);
    let value = match after.strip_prefix('=') {
        Some(value) => value,
        None => after.strip_prefix(':')?.trim_start(),
    };
    let value = value.strip_prefix(['"', '\'']).unwrap_or(value);
    let is_end = |character: char| !character.is_ascii_alphanumeric() && !"-_./".contains(character);
    let service = &value[..value.find(is_end).unwrap_or(value.len())];
    (!service.is_empty() && !before.ends_with(is_name)).then_some(service)
}

/// Reads the application in `[web] [nio-8080-exec-1] [5b8e…-eee1…]`. Alone, or before an id, the first brackets are the
/// thread's: `[nio-8080-exec-1] [req-17]`.
fn application(text: &str) -> Option<&str> {
    let mut rest = text;
    let mut brackets = [""; MAX_BRACKETS];
    for place in &mut brackets {
        let Some((inside, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) else { break };
        (*place, rest) = (inside, after.trim_start());
    }
    let [first, others @ ..] = brackets;
    let thread = others.into_iter().find(|inside| may_be_name(inside))?;
    let is_application = !is_thread(first) || thread == MAIN || (is_column(thread) && !is_column(first));
    Some(first.trim()).filter(|name| may_be_name(name) && is_application)
}

/// Returns whether what is in brackets may be the name of an application or a thread, and is no id.
fn may_be_name(inside: &str) -> bool {
    let read = brackets::read(inside);
    let is_id = read.trace.is_some() || read.request.is_some() || is_short_id(inside.trim());
    !inside.trim().is_empty() && !inside.contains('=') && !is_id
}

/// Returns whether a word is a short id, and hardly a name: `req-17`, `7f3a9c01`.
fn is_short_id(word: &str) -> bool {
    let is_hex = word.len() >= MIN_ID_DIGITS && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    word.starts_with(REQUEST) || (is_hex && word.bytes().any(|byte| byte.is_ascii_digit()))
}

/// Returns whether brackets hold a thread: `main`, `nio-8080-exec-1`, or what is padded to the thread's column.
fn is_thread(inside: &str) -> bool {
    let number = inside.trim().rsplit_once('-').map_or("", |(_, number)| number);
    let is_numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    inside.starts_with(' ') || inside.trim() == MAIN || is_numbered
}

fn is_column(inside: &str) -> bool {
    inside.chars().count() == THREAD_COLUMN
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_text_names_its_service() {
        fn check(text: &str, expect: Option<&str>) {
            assert_eq!(super::of(text), expect, "{text}");
        }
        let trace = "5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174";
        check("INFO [a.py:1] [dd.service=web dd.env=prod dd.trace_id=1] - m", Some("web"));
        check("[trace_id=0 span_id=0 resource.service.name=shop-web trace_sampled=True] - m", Some("shop-web"));
        check("m {\"dd.service\": \"web\"}", Some("web"));
        check("[dd.service= dd.env=] m", None);
        check("add.service=web", None);
        check("the service.name is web", None);
        check(&format!("INFO 1 --- [web] [nio-1] [{trace}] c.Foo : m"), Some("web"));
        check("INFO 1 --- [web] [           main] c.Foo : m", Some("web"));
        check("INFO 1 --- [           main] c.Foo : [a] m", None);
        check(&format!("INFO 1 --- [main] [{trace}] c.Foo : m"), None);
        check("INFO 1 --- [main] [                       ] c.Foo : m", None);
        check("INFO 1 --- [", None);
        check("INFO 1 --- [nio-8080-exec-1] [req-17] c.Foo : m", None);
        check("INFO 1 --- [           main] [req-17] c.Foo : m", None);
        check("INFO 1 --- [  restartedMain] [req-17] c.Foo : m", None);
        check("INFO 1 --- [scheduler] [6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f] c.Foo : m", None);
        check("INFO 1 --- [scheduler] [traceId=7] c.Foo : m", None);
        check("INFO 1 --- [web-1] [           main] [req-17] c.Foo : m", Some("web-1"));
        check("INFO 1 --- [web-1] [nio-8080-exec-1] c.Foo : m", Some("web-1"));
        check("INFO 1 --- [web-1] [main] c.Foo : m", Some("web-1"));
        check("INFO 1 --- [scheduler] [req-17] c.Foo : m", None);
        check("INFO 1 --- [scheduler] [7f3a9c01] c.Foo : m", None);
        check("INFO 1 --- [scheduler] [] c.Foo : m", None);
        check("INFO 1 --- [web] [task-17] c.Foo : m", Some("web"));
        check(&format!("INFO 1 --- [web] [{trace}] [nio-1] c.Foo : m"), Some("web"));
    }
}
