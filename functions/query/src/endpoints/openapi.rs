//! `GET /openapi.json`: the API as `OpenAPI` 3.1. It is written by hand; tests compare it with the answers.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Uri};
use axum::response::{IntoResponse, Response};

use crate::http::error::QueryError;
use crate::request::Parameters;

const DOCUMENT: &str = include_str!("openapi.json");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Answers with the document.
pub(crate) async fn get(uri: Uri) -> Result<Response, QueryError> {
    Parameters::parse(uri.query(), &[]).map_err(QueryError::Parameter)?;
    Ok(([(CONTENT_TYPE, JSON)], DOCUMENT).into_response())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::DOCUMENT;
    use crate::paths;
    use crate::routes::tests::ask;

    fn document() -> Value {
        serde_json::from_str(DOCUMENT).unwrap()
    }

    /// Returns the names of an operation's parameters in the query string.
    fn parameters(document: &Value, operation: &Value) -> BTreeSet<String> {
        let given = operation["parameters"].as_array().into_iter().flatten();
        let resolved = given.map(|parameter| match parameter["$ref"].as_str() {
            Some(reference) => document.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
            None => parameter,
        });
        let in_query = resolved.filter(|parameter| parameter["in"] == "query");
        in_query.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn all_paths_are_described() {
        let document = document();
        let described: BTreeSet<&str> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(described, paths::ALL.iter().copied().collect());
        assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    }

    /// The answer to an unknown parameter names the known ones.
    #[tokio::test]
    async fn all_parameters_are_described() {
        let document = document();
        for path in paths::ALL {
            let target = path.replace("{log_uid}", "x").replace("{id}", "6b00065b28841133e527503d");
            let (status, _, body) = ask("GET", &format!("{target}?%5B%5D=")).await;
            assert_eq!(status, 400, "{path}: {body}");
            let problem: Value = serde_json::from_str(&body).unwrap();
            let allowed = problem["allowed"].as_str().unwrap();
            let known = allowed.split(", ").filter(|name| *name != "no parameters").map(str::to_owned).collect();
            assert_eq!(parameters(&document, &document["paths"][path]["get"]), known, "{path}");
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn check(document: &Value, value: &Value) {
            match value {
                Value::Object(fields) => {
                    if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                        assert!(document.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
                    }
                    fields.values().for_each(|value| check(document, value));
                }
                Value::Array(values) => values.iter().for_each(|value| check(document, value)),
                _ => {}
            }
        }
        check(&document(), &document());
    }
}
