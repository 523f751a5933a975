//! Serves the router as a Lambda function behind an HTTP API.

use axum::Router;
use lambda_http::request::{LambdaRequest, RequestContext};
use lambda_http::tower::ServiceBuilder;
use lambda_http::{Adapter, LambdaEvent, Request, RequestExt, lambda_runtime};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// The stage that AWS leaves out of the path.
const DEFAULT_STAGE: &str = "$default";
/// How much of a path is read: more than the longest uid needs.
const MAX_PATH_BYTES: usize = 4 * 1024;
/// How much of a query string is read: more than is accepted.
const MAX_QUERY_BYTES: usize = crate::request::MAX_QUERY_BYTES + 1;
/// Characters to escape in a path or query string. `%` is handled separately.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Answers Lambda's invocations until the process ends.
pub(crate) async fn run(app: Router) -> Result<(), lambda_http::Error> {
    let app = ServiceBuilder::new().map_request(with_sent_path).service(app);
    let adapter = ServiceBuilder::new().map_request(with_safe_target).service(Adapter::from(app));
    lambda_runtime::run(adapter).await
}

/// Escapes the path and the query string for `lambda_http`, which panics at a character that is not escaped, and ends
/// the path at a `?`.
///
/// An HTTP API passes a decoded path, a Lambda function URL one that is not decoded. This keeps escapes and escapes all
/// other characters that a path cannot have, so both mean the same. (An HTTP API also drops what follows an escaped `?`
/// and refuses an escaped `%`. The function cannot restore these.)
fn with_safe_target(mut event: LambdaEvent<LambdaRequest>) -> LambdaEvent<LambdaRequest> {
    if let LambdaRequest::ApiGatewayV2(request) = &mut event.payload {
        request.raw_path = request.raw_path.as_deref().map(|path| escaped(cut(path, MAX_PATH_BYTES)));
        request.raw_query_string =
            request.raw_query_string.as_deref().map(|query| escaped(cut(query, MAX_QUERY_BYTES)));
    }
    event
}

/// Gives the request the path that the client sent. The path of `lambda_http` begins with the stage, and lacks the
/// segments `..` and `.`, which can be a uid.
fn with_sent_path(mut request: Request) -> Request {
    let stage = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV2(context)) => context.stage.as_deref(),
        _ => None,
    };
    if let Ok(uri) = target(request.raw_http_path(), stage, request.uri().query()).parse() {
        *request.uri_mut() = uri;
    }
    request
}

/// Returns the path without its stage, and the query string, as plain HTTP has them.
fn target(raw_path: &str, stage: Option<&str>, query: Option<&str>) -> String {
    let stage = stage.filter(|stage| *stage != DEFAULT_STAGE);
    let inner = stage.and_then(|stage| raw_path.strip_prefix('/')?.strip_prefix(stage));
    // The stage's name must end at a slash. The local AWS leaves the stage out.
    let path = inner.filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or(raw_path);
    let path = if path.is_empty() { "/" } else { path };
    query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
}

/// Cuts a text that is refused anyway, since a very long one is not a valid URI.
fn cut(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}

/// Escapes what a path or query cannot have, and keeps existing escapes.
fn escaped(text: &str) -> String {
    let mut parts = text.split('%');
    let mut escaped: String = utf8_percent_encode(parts.next().unwrap_or_default(), UNSAFE).collect();
    for part in parts {
        let is_escape =
            part.as_bytes().first_chunk().is_some_and(|digits: &[u8; 2]| digits.iter().all(u8::is_ascii_hexdigit));
        escaped.push_str(if is_escape { "%" } else { "%25" });
        escaped.extend(utf8_percent_encode(part, UNSAFE));
    }
    escaped
}

#[cfg(test)]
mod tests {
    use lambda_http::request::LambdaRequest;
    use lambda_http::{Context, LambdaEvent, Request};

    use super::{escaped, target, with_safe_target, with_sent_path};

    /// Returns the target that the router sees for a request of an HTTP API.
    fn seen(raw_path: &str, query: &str, stage: &str) -> String {
        let event = serde_json::json!({
            "version": "2.0", "rawPath": raw_path, "rawQueryString": query, "headers": { "host": "h" },
            "requestContext": { "stage": stage, "http": { "method": "GET", "path": raw_path } }, "isBase64Encoded": false,
        });
        let payload: LambdaRequest = serde_json::from_str(&event.to_string()).unwrap();
        let event = with_safe_target(LambdaEvent::new(payload, Context::default()));
        with_sent_path(Request::from(event.payload)).uri().to_string()
    }

    /// The requests were captured from a real HTTP API: <https://github.com/hotsock/voker>, `ingress-paths.json`.
    #[test]
    fn a_path_says_the_same_decoded_or_not() {
        fn check(raw_path: &str, expect: &str) {
            assert_eq!(seen(raw_path, "a=b", "$default"), format!("{expect}?a=b"), "{raw_path}");
        }
        check("/transactions/order 17", "/transactions/order%2017");
        check("/transactions/order%2017", "/transactions/order%2017");
        check("/transactions/a/b", "/transactions/a/b");
        check("/transactions/a%2Fb", "/transactions/a%2Fb");
        check("/transactions/a#b?c", "/transactions/a%23b%3Fc");
        check("/transactions/Größe", "/transactions/Gr%C3%B6%C3%9Fe");
        check("/transactions/100%", "/transactions/100%25");
        check("/transactions/100%zz", "/transactions/100%25zz");
        check("/transactions/..", "/transactions/..");
        check("/transactions/a/../b/%2e", "/transactions/a/../b/%2e");
        check("/transactions/$where", "/transactions/$where");
        check("/transactions/a\u{0}b", "/transactions/a%00b");
        check("", "/");
    }

    #[test]
    fn the_stage_is_no_part_of_the_path() {
        fn check(raw_path: &str, stage: &str, expect: &str) {
            assert_eq!(seen(raw_path, "", stage), expect, "{raw_path} in {stage}");
        }
        check("/transactions/x", "$default", "/transactions/x");
        check("/dev/transactions/x", "dev", "/transactions/x");
        check("/transactions/x", "dev", "/transactions/x");
        check("/development/x", "dev", "/development/x");
        check("/dev", "dev", "/");
        assert_eq!(target("/transactions/x", None, None), "/transactions/x");
    }

    #[test]
    fn a_query_string_can_always_be_part_of_a_request() {
        fn check(query: &str, expect: &str) {
            assert_eq!(escaped(query), expect);
            assert_eq!(seen("/x", query, "$default"), format!("/x?{expect}"));
        }
        check("from=2026-11-20T08:00:00%2B01:00&to=x+y", "from=2026-11-20T08:00:00%2B01:00&to=x+y");
        check("q=<b> \"50%\" {a|b}\\^`\u{7f}\u{0}", "q=%3Cb%3E%20%2250%25%22%20%7Ba%7Cb%7D%5C%5E%60%7F%00");
    }

    #[test]
    fn a_target_of_any_length_is_a_request() {
        let long = "ü".repeat(1_000_000);
        let seen = seen(&format!("/transactions/{long}"), &format!("q={long}"), "$default");
        let (path, query) = seen.split_once('?').unwrap();
        assert!(path.len() > "/transactions/".len() + 3 * 512 && query.len() > crate::request::MAX_QUERY_BYTES);
    }
}
