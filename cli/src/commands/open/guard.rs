//! Judges requests: only the browser that `logbraid open` opened gets in. Pure.

use axum::http::header::{COOKIE, HOST, HeaderName, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method, Uri};

use super::secret::Secret;

/// The parameter that carries the token.
const TOKEN: &str = "logbraid_token";
/// What the name of the cookie begins with. Cookies know no ports, so the port is a part of the name.
const COOKIE_PREFIX: &str = "logbraid_";
/// Which program made a request for which page (<https://www.w3.org/TR/fetch-metadata/>).
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// The page's own requests, and addresses that a person typed or a program opened. `same-site` is not among them: it is
/// what a program on another port of this machine sends.
const ALLOWED_SITES: [&str; 2] = ["same-origin", "none"];
/// The port that a browser leaves out of an address.
const HTTP_PORT: u16 = 80;

/// Judges the requests to one port.
pub(super) struct Guard {
    /// The hosts that name this port of this machine. The first is the one in the address that is opened.
    hosts: [String; 2],
    cookie_name: String,
    /// What the cookie says.
    session: Secret,
    /// What the address says that the browser opens.
    token: Secret,
}

/// What to do with a request that is not refused.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Admission {
    /// Pass it on.
    Pass,
    /// The browser is known, but the address still has a token: send the browser to the address without it.
    Known(String),
    /// The browser has the token. If nobody used it before, give it the cookie, and send it to the address without the
    /// token.
    WithToken(String),
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Refusal {
    /// It is for another host: somebody pointed a name of theirs at this machine.
    ForeignHost,
    /// It would change something.
    WrongMethod,
    /// A page from elsewhere makes it.
    CrossSite,
    /// It comes from another program or person.
    NoSession,
    /// It has the token, which somebody used before.
    TokenUsed,
}

impl Guard {
    /// Makes up token and cookie.
    pub(super) fn new(port: u16) -> Result<Self, getrandom::Error> {
        let host = |name: &str| if port == HTTP_PORT { name.to_owned() } else { format!("{name}:{port}") };
        Ok(Self {
            hosts: [host("127.0.0.1"), host("localhost")],
            cookie_name: format!("{COOKIE_PREFIX}{port}"),
            session: Secret::random()?,
            token: Secret::random()?,
        })
    }

    /// Returns the address of a path for the browser to open. The path has no query.
    pub(super) fn address(&self, path: &str) -> String {
        format!("http://{}{path}?{TOKEN}={}", self.hosts[0], self.token.as_str())
    }

    /// Returns the header that gives the cookie. The cookie ends with the browser, no script reads it, and the browser
    /// sends it with no request that another site starts.
    pub(super) fn set_cookie(&self) -> String {
        format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie_name, self.session.as_str())
    }

    /// Judges a request by its head.
    pub(super) fn judge(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<Admission, Refusal> {
        let host = self.host(uri, headers).ok_or(Refusal::ForeignHost)?;
        if !matches!(*method, Method::GET | Method::HEAD) {
            return Err(Refusal::WrongMethod);
        }
        if self.is_cross_site(headers) {
            return Err(Refusal::CrossSite);
        }
        let is_known = self.has_cookie(headers);
        let Some(token) = token(uri) else {
            return if is_known { Ok(Admission::Pass) } else { Err(Refusal::NoSession) };
        };
        // The whole address: of a path such as `//host/` alone, a browser would make another host.
        let location = format!("http://{host}{}", without_token(uri));
        match () {
            () if is_known => Ok(Admission::Known(location)),
            // Whatever only looks at the head of an address must not use the token up.
            () if self.token.is(token) && *method == Method::GET => Ok(Admission::WithToken(location)),
            () => Err(Refusal::NoSession),
        }
    }

    /// Returns the host that a request is for, if it is this one.
    fn host(&self, uri: &Uri, headers: &HeaderMap) -> Option<&str> {
        let own = |host: &str| self.hosts.iter().find(|own| own.eq_ignore_ascii_case(host));
        let mut sent = headers.get_all(HOST).into_iter();
        let (Some(host), None) = (sent.next(), sent.next()) else { return None };
        // A request target can be a whole address.
        if uri.authority().is_some_and(|authority| own(authority.as_str()).is_none()) {
            return None;
        }
        own(host.to_str().ok()?).map(String::as_str)
    }

    fn is_cross_site(&self, headers: &HeaderMap) -> bool {
        let is_own = |origin: &str| {
            let host = origin.strip_prefix("http://");
            host.is_some_and(|host| self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host)))
        };
        !all(headers, &FETCH_SITE, |site| ALLOWED_SITES.contains(&site)) || !all(headers, &ORIGIN, is_own)
    }

    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        let cookies = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.any(|(name, value)| name == self.cookie_name && self.session.is(value))
    }
}

/// Returns whether all values of a header fulfil a condition. A header that is not there does.
fn all(headers: &HeaderMap, name: &HeaderName, mut holds: impl FnMut(&str) -> bool) -> bool {
    headers.get_all(name).into_iter().map(HeaderValue::to_str).all(|value| value.is_ok_and(&mut holds))
}

fn token(uri: &Uri) -> Option<&str> {
    uri.query()?.split('&').find_map(value_of_token)
}

fn value_of_token(parameter: &str) -> Option<&str> {
    parameter.strip_prefix(TOKEN)?.strip_prefix('=')
}

fn without_token(uri: &Uri) -> String {
    let parameters = uri.query().unwrap_or_default().split('&');
    let rest: Vec<&str> = parameters.filter(|parameter| value_of_token(parameter).is_none()).collect();
    if rest.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), rest.join("&")) }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, Method};

    use super::{Admission, Guard, Refusal};

    const OWN: (&str, &str) = ("host", "127.0.0.1:8123");

    /// Judges a request. In it, `TOKEN` and `SESSION` stand for the guard's own.
    fn judge(request: &str, headers: &[(&str, &str)]) -> Result<Admission, Refusal> {
        let guard = Guard::new(8123).unwrap();
        let filled =
            |text: &str| text.replace("TOKEN", guard.token.as_str()).replace("SESSION", guard.session.as_str());
        let (method, target) = request.split_once(' ').unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.parse::<HeaderName>().unwrap(), filled(value).parse().unwrap());
        }
        guard.judge(&method.parse::<Method>().unwrap(), &filled(target).parse().unwrap(), &map)
    }

    #[test]
    fn only_this_host_is_meant() {
        fn check(target: &str, hosts: &[&str], expect: &Result<Admission, Refusal>) {
            let mut headers: Vec<(&str, &str)> = hosts.iter().map(|host| ("host", *host)).collect();
            headers.push(("cookie", "logbraid_8123=SESSION"));
            assert_eq!(&judge(&format!("GET {target}"), &headers), expect, "{target} at {hosts:?}");
        }
        for host in ["127.0.0.1:8123", "localhost:8123", "LocalHost:8123"] {
            check("/days", &[host], &Ok(Admission::Pass));
            check(&format!("http://{host}/days"), &[host], &Ok(Admission::Pass));
        }
        let foreign = [
            "",
            "127.0.0.1",
            "localhost",
            "127.0.0.1:80",
            "localhost:8124",
            "evil.example:8123",
            "0.0.0.0:8123",
            "[::1]:8123",
            "127.0.0.1:8123.evil.example",
            "user@127.0.0.1:8123",
            "127.1:8123",
            "localhost.:8123",
        ];
        for host in foreign {
            check("/days", &[host], &Err(Refusal::ForeignHost));
        }
        check("/days", &[], &Err(Refusal::ForeignHost));
        check("/days", &["127.0.0.1:8123", "evil.example"], &Err(Refusal::ForeignHost));
        check("http://evil.example/days", &["127.0.0.1:8123"], &Err(Refusal::ForeignHost));
    }

    #[test]
    fn requests_only_read() {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW", "get"] {
            let headers = [OWN, ("cookie", "logbraid_8123=SESSION")];
            assert_eq!(judge(&format!("{method} /days"), &headers), Err(Refusal::WrongMethod), "{method}");
        }
        let headers = [OWN, ("cookie", "logbraid_8123=SESSION")];
        assert_eq!(judge("HEAD /days", &headers), Ok(Admission::Pass));
    }

    #[test]
    fn pages_from_elsewhere_are_refused() {
        fn check(header: (&str, &str), expect: &Result<Admission, Refusal>) {
            assert_eq!(&judge("GET /days", &[OWN, ("cookie", "logbraid_8123=SESSION"), header]), expect, "{header:?}");
        }
        check(("sec-fetch-site", "same-origin"), &Ok(Admission::Pass));
        check(("sec-fetch-site", "none"), &Ok(Admission::Pass));
        check(("origin", "http://127.0.0.1:8123"), &Ok(Admission::Pass));
        check(("origin", "http://localhost:8123"), &Ok(Admission::Pass));
        for site in ["cross-site", "same-site", "None", "", "none, cross-site", "ü"] {
            check(("sec-fetch-site", site), &Err(Refusal::CrossSite));
        }
        for origin in ["null", "", "http://127.0.0.1:8124", "https://127.0.0.1:8123", "http://evil.example", "file://"]
        {
            check(("origin", origin), &Err(Refusal::CrossSite));
        }
        let twice =
            [OWN, ("cookie", "logbraid_8123=SESSION"), ("sec-fetch-site", "none"), ("sec-fetch-site", "cross-site")];
        assert_eq!(judge("GET /days", &twice), Err(Refusal::CrossSite));
        let with_token = [OWN, ("sec-fetch-site", "cross-site")];
        assert_eq!(judge("GET /ui/?logbraid_token=TOKEN", &with_token), Err(Refusal::CrossSite));
    }

    #[test]
    fn a_browser_is_known_by_its_cookie() {
        fn check(cookies: &[&str], expect: &Result<Admission, Refusal>) {
            let mut headers = vec![OWN];
            headers.extend(cookies.iter().map(|cookie| ("cookie", *cookie)));
            assert_eq!(&judge("GET /days", &headers), expect, "{cookies:?}");
        }
        check(&["logbraid_8123=SESSION"], &Ok(Admission::Pass));
        check(&["a=b; logbraid_8123=x; logbraid_8123=SESSION;c"], &Ok(Admission::Pass));
        check(&["a=b", "logbraid_8123=SESSION"], &Ok(Admission::Pass));
        for cookie in [
            "",
            "SESSION",
            "logbraid_8123",
            "logbraid_8123=",
            "logbraid_8123=SESSIONx",
            "logbraid_8124=SESSION",
            "logbraid_8123=TOKEN",
            "Logbraid_8123=SESSION",
            "x=logbraid_8123=SESSION",
            "logbraid_8123=\"SESSION\"",
        ] {
            check(&[cookie], &Err(Refusal::NoSession));
        }
        check(&[], &Err(Refusal::NoSession));
    }

    #[test]
    fn a_token_leads_to_the_address_without_it() {
        fn check(request: &str, cookie: &str, expect: &Result<Admission, Refusal>) {
            assert_eq!(&judge(request, &[OWN, ("cookie", cookie)]), expect, "{request}");
        }
        let to = |target: &str| format!("http://127.0.0.1:8123{target}");
        check("GET /ui/?logbraid_token=TOKEN", "", &Ok(Admission::WithToken(to("/ui/"))));
        check("GET /ui/a%2Fb?x=1&logbraid_token=TOKEN&y", "", &Ok(Admission::WithToken(to("/ui/a%2Fb?x=1&y"))));
        check("GET //evil.example/?logbraid_token=TOKEN", "", &Ok(Admission::WithToken(to("//evil.example/"))));
        check("GET /ui/?logbraid_token=old", "logbraid_8123=SESSION", &Ok(Admission::Known(to("/ui/"))));
        check("HEAD /ui/?logbraid_token=TOKEN", "logbraid_8123=SESSION", &Ok(Admission::Known(to("/ui/"))));
        check("HEAD /ui/?logbraid_token=TOKEN", "", &Err(Refusal::NoSession));
        for query in
            ["logbraid_token=", "logbraid_token", "logbraid_token=TOKENx", "logbraid_token=SESSION", "token=TOKEN"]
        {
            check(&format!("GET /ui/?{query}"), "", &Err(Refusal::NoSession));
        }
        check("GET /ui/?logbraid_token=x&logbraid_token=TOKEN", "", &Err(Refusal::NoSession));
    }

    #[test]
    fn port_80_is_left_out_of_addresses() {
        let guard = Guard::new(80).unwrap();
        assert!(guard.address("/ui/").starts_with("http://127.0.0.1/ui/?logbraid_token="));
        assert_eq!(guard.hosts, ["127.0.0.1", "localhost"]);
    }
}
