//! The address of the query API.

use std::net::IpAddr;

use reqwest::Url;

use super::error::ApiError;

/// The base address of a query API, without a slash at its end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Address {
    url: Url,
    base: String,
}

/// The service and region that a signature is for.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct SigningScope<'a> {
    pub(crate) service: &'static str,
    pub(crate) region: &'a str,
}

impl Address {
    /// Parses the address that a person gave.
    pub(crate) fn parse(text: Option<&str>) -> Result<Self, ApiError> {
        let text = text.map(str::trim).filter(|text| !text.is_empty()).ok_or(ApiError::NoUrl)?;
        let bad = || ApiError::Url { url: text.to_owned() };
        let url = Url::parse(text).map_err(|_| bad())?;
        let is_http = matches!(url.scheme(), "http" | "https") && url.has_host();
        if !is_http || url.query().is_some() || url.fragment().is_some() {
            return Err(bad());
        }
        let base = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { url, base })
    }

    /// Appends a path and query.
    pub(crate) fn join(&self, target: &str) -> String {
        format!("{}{target}", self.base)
    }

    /// Returns the path, query and fragment of a whole address, if it is one of this API. The opposite of [`Self::join`].
    pub(crate) fn target_of(&self, address: &str) -> Option<String> {
        // Parsed, so that the same address in another spelling is recognised.
        let whole =
            if address.starts_with("//") { format!("{}:{address}", self.url.scheme()) } else { address.to_owned() };
        let whole = Url::parse(&whole).ok()?;
        let target = whole.as_str().strip_prefix(&self.base)?;
        target.starts_with('/').then(|| target.to_owned())
    }

    /// Returns whether the connection is encrypted.
    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Returns whether the server is on this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// Returns host and port, for messages.
    pub(crate) fn host_and_port(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port_or_known_default().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Returns the scope that AWS's own host names contain: `ID.execute-api.REGION.amazonaws.com` for an HTTP API,
    /// `ID.lambda-url.REGION.on.aws` for a function.
    pub(crate) fn signing_scope(&self) -> Option<SigningScope<'_>> {
        let host = self.url.host_str()?;
        let name = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn"));
        let (name, kind, service) = match name {
            Some(name) => (name, "execute-api", "execute-api"),
            None => (host.strip_suffix(".on.aws")?, "lambda-url", "lambda"),
        };
        let mut labels = name.rsplit('.');
        let region = labels.next()?;
        (labels.next()? == kind).then_some(SigningScope { service, region })
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, SigningScope};

    #[test]
    fn targets_are_appended() {
        fn check(url: &str, expect: &str) {
            assert_eq!(Address::parse(Some(url)).unwrap().join("/days?x=1"), expect);
        }
        check("http://127.0.0.1:8080", "http://127.0.0.1:8080/days?x=1");
        check(" https://logs.example.org/ ", "https://logs.example.org/days?x=1");
        check("http://localhost:4566/_aws/execute-api/abc/", "http://localhost:4566/_aws/execute-api/abc/days?x=1");
    }

    #[test]
    fn addresses_of_the_api_are_recognised() {
        fn check(url: &str, address: &str, expect: Option<&str>) {
            assert_eq!(Address::parse(Some(url)).unwrap().target_of(address).as_deref(), expect, "{address} on {url}");
        }
        let api = "https://abc.execute-api.eu-west-1.amazonaws.com";
        check(api, &format!("{api}/ui/transactions/a%2Fb?from=-1h#r7"), Some("/ui/transactions/a%2Fb?from=-1h#r7"));
        check(api, "HTTPS://ABC.execute-api.eu-west-1.amazonaws.com:443/ui/", Some("/ui/"));
        check(api, "//abc.execute-api.eu-west-1.amazonaws.com/ui/", Some("/ui/"));
        check(api, "/ui/", None);
        check(api, "ui/", None);
        check(api, "https://example.org/ui/", None);
        check(api, "http://abc.execute-api.eu-west-1.amazonaws.com/ui/", None);
        check(api, "https://abc.execute-api.eu-west-1.amazonaws.com.example.org/ui/", None);
        check(
            "http://localhost:4566/_aws/execute-api/abc",
            "http://localhost:4566/_aws/execute-api/abc/ui/",
            Some("/ui/"),
        );
        check("http://localhost:4566/_aws/execute-api/abc", "http://localhost:4566/_aws/execute-api/abcd/ui/", None);
        check("http://localhost:4566/_aws/execute-api/abc", "http://localhost:4566/ui/", None);
    }

    #[test]
    fn other_texts_are_refused() {
        fn check(url: Option<&str>, expect: &str) {
            let said = Address::parse(url).unwrap_err().to_string();
            assert!(said.starts_with(expect), "{url:?}: {said}");
        }
        check(None, "no address of the query API");
        check(Some(""), "no address of the query API");
        for url in ["localhost:8080", "/transactions", "ftp://x/", "http://x/?a=b", "http://x/#a", "http://"] {
            check(Some(url), &format!("the address `{url}` cannot be used"));
        }
    }

    #[test]
    fn host_names_of_aws_contain_the_signing_scope() {
        fn check(url: &str, expect: Option<(&'static str, &str)>) {
            let address = Address::parse(Some(url)).unwrap();
            assert_eq!(
                address.signing_scope(),
                expect.map(|(service, region)| SigningScope { service, region }),
                "{url}"
            );
        }
        check("https://abc123.execute-api.eu-west-1.amazonaws.com", Some(("execute-api", "eu-west-1")));
        check("https://abc123.execute-api.cn-north-1.amazonaws.com.cn/prod", Some(("execute-api", "cn-north-1")));
        check("https://xyz.lambda-url.us-east-1.on.aws/", Some(("lambda", "us-east-1")));
        check("https://s3.eu-west-1.amazonaws.com", None);
        check("https://abc.execute-api.eu-west-1.amazonaws.com.example.org", None);
        check("https://logs.example.org", None);
        check("http://127.0.0.1:8080", None);
    }
}
