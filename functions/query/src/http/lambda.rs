//! Serves the router as a Lambda function behind an HTTP API.

use axum::Router;
use lambda_http::request::{LambdaRequest, RequestContext};
use lambda_http::tower::ServiceBuilder;
use lambda_http::{Adapter, LambdaEvent, Request, RequestExt, lambda_runtime};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// The stage whose name is not in the path.
const DEFAULT_STAGE: &str = "$default";
/// How much of a path is looked at: more than the longest uid can make of it.
const MAX_PATH_BYTES: usize = 4 * 1024;
/// How much of a query string is looked at: more than is taken.
const MAX_QUERY_BYTES: usize = crate::request::MAX_QUERY_BYTES + 1;
/// What a path or a query string cannot hold as it is. A `%` is seen to apart.
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

/// Answers Lambda's invocations, for ever.
pub(crate) async fn run(app: Router) -> Result<(), lambda_http::Error> {
    let app = ServiceBuilder::new().map_request(with_sent_path).service(app);
    let adapter = ServiceBuilder::new().map_request(with_safe_target).service(Adapter::from(app));
    lambda_runtime::run(adapter).await
}

/// Makes path and query string ones that `lambda_http` takes: it panics at a character that should have been escaped,
/// and takes a `?` in a path for its end.
///
/// An HTTP API hands over a path whose escapes are decoded, a Lambda function URL one whose escapes are not. So escapes
/// are kept, and what cannot be in a path is escaped: what the path says is the same either way. (An HTTP API also loses
/// what follows an escaped `?`, and refuses an escaped `%`; nothing here can bring these back.)
fn with_safe_target(mut event: LambdaEvent<LambdaRequest>) -> LambdaEvent<LambdaRequest> {
    if let LambdaRequest::ApiGatewayV2(request) = &mut event.payload {
        request.raw_path = request.raw_path.as_deref().map(|path| escaped(cut(path, MAX_PATH_BYTES)));
        request.raw_query_string =
            request.raw_query_string.as_deref().map(|query| escaped(cut(query, MAX_QUERY_BYTES)));
    }
    event
}

/// Gives the request the path that its sender wrote. `lambda_http`'s own has the stage in front and lacks the segments
/// `..` and `.`, which may well be somebody's uid.
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

/// The path without its stage, and the query string, as plain HTTP would have them.
fn target(raw_path: &str, stage: Option<&str>, query: Option<&str>) -> String {
    let stage = stage.filter(|stage| *stage != DEFAULT_STAGE);
    let inner = stage.and_then(|stage| raw_path.strip_prefix('/')?.strip_prefix(stage));
    // A path that merely begins like the stage's name is no path in it; the local AWS leaves the stage out.
    let path = inner.filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or(raw_path);
    let path = if path.is_empty() { "/" } else { path };
    query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
}

/// What is longer than this is refused anyway, and too long for a URI in the end.
fn cut(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}

/// `text` with what is not allowed in a path or query escaped; escapes that are there stay.
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

    /// The target that the router sees for what an HTTP API hands over.
    fn seen(raw_path: &str, query: &str, stage: &str) -> String {
        let event = serde_json::json!({
            "version": "2.0", "rawPath": raw_path, "rawQueryString": query, "headers": { "host": "h" },
            "requestContext": { "stage": stage, "http": { "method": "GET", "path": raw_path } }, "isBase64Encoded": false,
        });
        let payload: LambdaRequest = serde_json::from_str(&event.to_string()).unwrap();
        let event = with_safe_target(LambdaEvent::new(payload, Context::default()));
        with_sent_path(Request::from(event.payload)).uri().to_string()
    }

    /// What an HTTP API sends was captured from a real one: <https://github.com/hotsock/voker>, `ingress-paths.json`.
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
