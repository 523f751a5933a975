//! What the environment says of the way to Kinesis.

use crate::credentials::Environment;

/// Returns an address instead of AWS's.
#[must_use]
pub fn endpoint_url(env: &dyn Environment) -> Option<String> {
    env.get("AWS_ENDPOINT_URL_KINESIS").or_else(|| env.get("AWS_ENDPOINT_URL"))
}

/// Returns the proxy to an address; without one, to AWS.
#[must_use]
pub fn proxy(env: &dyn Environment, url: Option<&str>) -> Option<String> {
    let is_plain = url.is_some_and(|url| url.starts_with("http://"));
    let names = if is_plain { ["http_proxy", "HTTP_PROXY"] } else { ["https_proxy", "HTTPS_PROXY"] };
    let host = url.and_then(|url| url.split("://").nth(1)).unwrap_or("amazonaws.com");
    let host = host.split(['/', ':']).next().unwrap_or_default();
    let spared = env.get("no_proxy").or_else(|| env.get("NO_PROXY")).unwrap_or_default();
    let is_spared = spared
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .any(|part| part == "*" || host == part || host.ends_with(&format!(".{}", part.trim_start_matches('.'))));
    names.iter().find_map(|name| env.get(name)).filter(|_| !is_spared)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{endpoint_url, proxy};
    use crate::credentials::Environment;

    struct Given(BTreeMap<&'static str, &'static str>);

    impl Environment for Given {
        fn get(&self, name: &str) -> Option<String> {
            self.0.get(name).map(|value| (*value).to_owned())
        }
    }

    #[test]
    fn a_proxy_is_for_the_addresses_that_are_not_spared() {
        fn check(env: &[(&'static str, &'static str)], url: Option<&str>, expect: Option<&str>) {
            assert_eq!(proxy(&Given(env.iter().copied().collect()), url).as_deref(), expect, "{env:?} {url:?}");
        }
        let both = [("https_proxy", "http://s:1"), ("HTTP_PROXY", "http://p:1")];
        check(&both, None, Some("http://s:1"));
        check(&both, Some("http://127.0.0.1:4566"), Some("http://p:1"));
        check(&[both[0], ("no_proxy", "x, amazonaws.com")], None, None);
        check(&[both[1], ("NO_PROXY", ".local")], Some("http://a.local:80/"), None);
        check(&[both[1], ("NO_PROXY", "local")], Some("http://alocal/"), Some("http://p:1"));
        check(&[both[1], ("NO_PROXY", "*")], Some("http://a/"), None);
        check(&[], None, None);
    }

    #[test]
    fn the_service_s_own_address_comes_first() {
        let both = [("AWS_ENDPOINT_URL", "http://a"), ("AWS_ENDPOINT_URL_KINESIS", "http://k")];
        assert_eq!(endpoint_url(&Given(both.into())).as_deref(), Some("http://k"));
        assert_eq!(endpoint_url(&Given([both[0]].into())).as_deref(), Some("http://a"));
    }
}
