//! `GET /`, `/ui/…` and `/assets/…`: the page. Its HTML holds no data: the page asks the API for everything.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use runtime::{ApiAccess, SignIn};

use crate::Context;
use crate::http::compress::is_accepted;
use crate::http::error::QueryError;
use crate::http::reply::accept;
use crate::paths::{self, PAGE};
use crate::request::accept::wanted;

/// A file that the page loads. Its name changes with its content, so a browser keeps it for ever.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
}

// `SHELL` and `ASSETS`, from `build.rs`.
include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// What the page may do: run its own script and style. A text of a sender that reached the page as HTML could do nothing.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
                      trusted-types 'none'; connect-src 'self'";
/// How the shell names a file.
const ASSET_LINK: &str = "=\"assets/";
const HTML: &str = "text/html";
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Answers with the page's shell. It is the same for every view but for the way up to the page's files: the API may be
/// served below a path, such as the stage of an HTTP API, which the function does not see.
pub(crate) async fn shell(State(context): State<Arc<Context>>, uri: Uri) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
        (REFERRER_POLICY, "no-referrer"),
        (OPENER_POLICY, "same-origin"),
    ];
    let policy = [(CONTENT_SECURITY_POLICY, policy(&context.access))];
    (headers, policy, SHELL.replace(ASSET_LINK, &format!("=\"{}assets/", up(uri.path())))).into_response()
}

/// Returns the policy. The page may talk to its own origin, and to those of the provider that signs people in.
fn policy(access: &ApiAccess) -> String {
    match access {
        ApiAccess::Jwt(SignIn { origins, .. }) => format!("{POLICY} {}", origins.join(" ")),
        ApiAccess::Open | ApiAccess::AwsIam => POLICY.to_owned(),
    }
}

/// Answers with a file of the page.
pub(crate) async fn asset(uri: Uri, headers: HeaderMap) -> Result<Response, QueryError> {
    // As it is sent: no name has an escape, and Axum would answer in plain text if one were not UTF-8.
    let name = uri.path().strip_prefix(paths::ASSETS).unwrap_or_default();
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return Err(QueryError::UnknownPath { path: uri.path().to_owned() });
    };
    let kept = [(CONTENT_TYPE, asset.content_type), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok(if is_accepted(&headers) {
        (kept, [(CONTENT_ENCODING, "gzip")], asset.gzip).into_response()
    } else {
        (kept, asset.plain).into_response()
    })
}

/// Sends a browser to the page.
pub(crate) async fn root() -> Response {
    see_other(PAGE.trim_start_matches('/'))
}

/// Returns the answer that sends a browser to the page's view of the same path and query. Returns `None` for a client
/// that wants data: one that does not name HTML first, or that names a format.
pub(crate) fn view_instead(uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    let (first, _) = wanted(accept(headers)?).next()?;
    let query = uri.query().unwrap_or_default();
    let names_format = query.split('&').any(|pair| pair.starts_with("format="));
    if !first.eq_ignore_ascii_case(HTML) || names_format {
        return None;
    }
    let separator = if query.is_empty() { "" } else { "?" };
    let page = PAGE.trim_matches('/');
    Some(see_other(&format!("{}{page}{}{separator}{query}", up(uri.path()), uri.path())))
}

/// Returns the relative address from a path to the root of the API.
fn up(path: &str) -> String {
    "../".repeat(path.matches('/').count().saturating_sub(1))
}

fn see_other(address: &str) -> Response {
    match HeaderValue::try_from(address) {
        Ok(address) => (StatusCode::SEE_OTHER, [(LOCATION, address)]).into_response(),
        // An address of a request is ASCII.
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use runtime::{ApiAccess, SignIn};

    use super::{ASSETS, SHELL, policy, view_instead};
    use crate::routes::tests::ask;

    #[test]
    fn only_browsers_are_sent_to_the_page() {
        fn check(target: &str, accept: &str, expect: Option<&str>) {
            let headers: HeaderMap = [("accept".parse().unwrap(), accept.parse().unwrap())].into_iter().collect();
            let sent = view_instead(&target.parse().unwrap(), &headers);
            let location = sent.map(|response| response.headers()["location"].to_str().unwrap().to_owned());
            assert_eq!(location.as_deref(), expect, "{target} {accept}");
        }
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        check("/transactions/x", browser, Some("../ui/transactions/x"));
        check(
            "/transactions/a%20b/c?level=ERROR&from=-1h",
            browser,
            Some("../../ui/transactions/a%20b/c?level=ERROR&from=-1h"),
        );
        check("/transactions/x?format=json", browser, None);
        check("/transactions/x", "application/json", None);
        check("/transactions/x", "application/json, text/html", None);
        check("/transactions/x", "*/*", None);
        assert!(view_instead(&"/transactions/x".parse().unwrap(), &HeaderMap::new()).is_none());
    }

    #[test]
    fn the_page_reaches_the_provider_that_signs_people_in_and_nothing_else() {
        let origins = vec!["https://login.example.com".to_owned(), "https://auth.example.com".to_owned()];
        let sign_in = SignIn { origins, ..SignIn::default() };
        let reached = |access| policy(&access).split_once("connect-src ").map(|(_, reached)| reached.to_owned());
        assert_eq!(reached(ApiAccess::Open).as_deref(), Some("'self'"));
        assert_eq!(reached(ApiAccess::AwsIam).as_deref(), Some("'self'"));
        let expect = "'self' https://login.example.com https://auth.example.com";
        assert_eq!(reached(ApiAccess::Jwt(sign_in)).as_deref(), Some(expect));
    }

    #[tokio::test]
    async fn the_page_needs_no_mongodb() {
        for (target, link) in [
            ("/ui", "\"assets/app-"),
            ("/ui/", "\"../assets/app-"),
            ("/ui/logs?level=ERROR", "\"../assets/app-"),
            ("/ui/transactions/x", "\"../../assets/app-"),
            ("/ui/transactions/a/b", "\"../../../assets/app-"),
        ] {
            let (status, headers, body) = ask("GET", target).await;
            assert_eq!(
                (status, headers["content-type"].to_str().unwrap()),
                (200, "text/html; charset=utf-8"),
                "{target}"
            );
            assert!(
                headers["content-security-policy"].to_str().unwrap().contains("require-trusted-types-for 'script'")
            );
            assert_eq!(body.matches(link).count(), ASSETS.len(), "{target}");
        }
        let (status, headers, _) = ask("GET", "/").await;
        assert_eq!((status, headers["location"].to_str().unwrap()), (303, "ui/"));
    }

    #[tokio::test]
    async fn the_shell_names_the_files_that_there_are() {
        for asset in ASSETS {
            let path = format!("/assets/{}", asset.name);
            assert!(SHELL.contains(path.trim_start_matches('/')), "{path}");
            let (status, headers, body) = ask("GET", &path).await;
            assert_eq!(
                (status, headers["cache-control"].to_str().unwrap()),
                (200, "public, max-age=31536000, immutable")
            );
            assert_eq!(body.as_bytes(), asset.plain);
        }
        assert_eq!(ask("GET", "/assets/app.js").await.0, 404);
    }
}
