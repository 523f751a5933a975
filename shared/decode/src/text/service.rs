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

/// Reads the application in `[web] [nio-8080-exec-1] [5b8e…-eee1…]`. Alone, the first brackets are the thread's.
fn application(text: &str) -> Option<&str> {
    let mut rest = text;
    let mut names = [None; 2];
    for place in (0..MAX_BRACKETS).map(|place| place.min(1)) {
        let Some((inside, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) else { break };
        let name = Some(inside.trim()).filter(|name| !name.is_empty() && brackets::read(name).trace.is_none());
        names[place] = names[place].or(name);
        rest = after.trim_start();
    }
    let [application, thread] = names;
    application.filter(|_| thread.is_some())
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
    }
}
