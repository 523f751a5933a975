//! The routes of the query API in the template, and what they ask for.

/// What a route asks for: a signature, a token.
pub(super) const IAM: &str = "AWS_IAM";
/// See `IAM`.
pub(super) const JWT: &str = "JWT";
/// What lets everybody in: a route, a function URL, the API of the stack.
pub(super) const NONE: &str = "NONE";
/// The route of all paths that have none of their own.
pub(super) const DEFAULT_ROUTE: &str = "$default";
/// The routes that everybody may ask with JWT: the page, which signs people in.
const PAGE_ROUTES: [&str; 4] = ["GET /", "GET /ui", "GET /ui/{proxy+}", "GET /assets/{proxy+}"];
/// The route that everybody may ask with `CorsOrigins`: a browser's preflight request has no credentials.
const PREFLIGHT_ROUTE: &str = "OPTIONS /{proxy+}";

/// Returns the routes of the template, and what they ask for.
pub(super) fn of_template(authorization: &str, has_cors: bool) -> Vec<(&'static str, &str)> {
    let page = PAGE_ROUTES.into_iter().filter(|_| authorization == JWT);
    let public = page.chain(has_cors.then_some(PREFLIGHT_ROUTE)).map(|key| (key, NONE));
    std::iter::once((DEFAULT_ROUTE, authorization)).chain(public).collect()
}

/// Whether a route is one of the template, with any parameters.
pub(super) fn is_of_stack(key: &str) -> bool {
    of_template(JWT, true).into_iter().any(|(own, _)| own == key)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::of_template;

    #[test]
    fn the_template_has_these_routes() {
        let template = include_str!("../../../../template.yaml");
        let keys: BTreeSet<&str> = template.lines().filter_map(|line| line.trim().strip_prefix("RouteKey: ")).collect();
        assert_eq!(keys, of_template("JWT", true).into_iter().map(|(key, _)| key).collect());
    }
}
