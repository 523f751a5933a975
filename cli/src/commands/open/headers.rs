//! Which headers pass the proxy. All others stay behind: the browser's cookies, its host and its idea of who it is; the
//! API's cookies and permissions for other pages; and what is about one connection only.

use axum::http::{HeaderMap, HeaderName};

/// What a browser's request tells the API.
const OF_REQUESTS: [&str; 6] =
    ["accept", "accept-encoding", "accept-language", "if-modified-since", "if-none-match", "last-event-id"];

/// What the API's answer tells the browser.
const OF_ANSWERS: [&str; 18] = [
    "allow",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-length",
    "content-security-policy",
    "content-type",
    "cross-origin-opener-policy",
    "etag",
    "last-modified",
    "link",
    "location",
    "permissions-policy",
    "referrer-policy",
    "retry-after",
    "vary",
    "x-content-type-options",
];

/// Returns the headers of a request that the API gets.
pub(super) fn of_request(headers: &HeaderMap) -> HeaderMap {
    select(headers, &OF_REQUESTS)
}

/// Returns the headers of an answer that the browser gets.
pub(super) fn of_answer(headers: &HeaderMap) -> HeaderMap {
    select(headers, &OF_ANSWERS)
}

fn select(headers: &HeaderMap, names: &[&'static str]) -> HeaderMap {
    let mut selected = HeaderMap::new();
    for name in names {
        for value in headers.get_all(*name) {
            selected.append(HeaderName::from_static(name), value.clone());
        }
    }
    selected
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::{of_answer, of_request};

    fn names(headers: &HeaderMap) -> Vec<&str> {
        headers.keys().map(HeaderName::as_str).collect()
    }

    fn headers(names: &[&'static str]) -> HeaderMap {
        names.iter().map(|name| (HeaderName::from_static(name), HeaderValue::from_static("x"))).collect()
    }

    #[test]
    fn the_api_learns_nothing_about_the_browser() {
        let kept = ["accept", "accept-encoding", "if-none-match", "last-event-id"];
        let dropped = [
            "authorization",
            "connection",
            "cookie",
            "forwarded",
            "host",
            "origin",
            "referer",
            "sec-fetch-site",
            "te",
            "transfer-encoding",
            "upgrade",
            "user-agent",
            "x-amz-date",
            "x-amz-security-token",
            "x-forwarded-for",
        ];
        assert_eq!(names(&of_request(&headers(&[kept.as_slice(), &dropped].concat()))), kept);
    }

    #[test]
    fn an_answer_says_to_the_browser_what_it_needs() {
        let kept = [
            "cache-control",
            "content-encoding",
            "content-length",
            "content-security-policy",
            "content-type",
            "etag",
            "link",
            "location",
            "retry-after",
            "vary",
            "x-content-type-options",
        ];
        let dropped = [
            "access-control-allow-origin",
            "alt-svc",
            "apigw-requestid",
            "connection",
            "keep-alive",
            "set-cookie",
            "strict-transport-security",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "www-authenticate",
        ];
        assert_eq!(names(&of_answer(&headers(&[kept.as_slice(), &dropped].concat()))), kept);
    }

    #[test]
    fn a_header_that_comes_twice_stays_so() {
        let mut headers = HeaderMap::new();
        headers.append("link", HeaderValue::from_static("</a>; rel=next"));
        headers.append("link", HeaderValue::from_static("</b>; rel=help"));
        assert_eq!(of_answer(&headers).get_all("link").iter().count(), 2);
    }
}
