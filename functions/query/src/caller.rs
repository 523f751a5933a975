//! Who asks: which records a request may see.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use lambda_http::request::RequestContext;
use store::Scope;

use crate::Context;
use crate::http::error::QueryError;
use crate::request::scope;

/// Who sent a request. Only this says to [`Context::reader`] what may be read.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) scope: Scope,
}

impl FromRequestParts<Arc<Context>> for Caller {
    type Rejection = QueryError;

    async fn from_request_parts(parts: &mut Parts, context: &Arc<Context>) -> Result<Self, QueryError> {
        let scope = scope(&context.access, context.tenants.as_ref(), claims(parts)).map_err(QueryError::NoTenant)?;
        Ok(Self { scope })
    }
}

/// Returns the claims of a token that API Gateway has checked. They are in the event, where no client can write: headers
/// say nothing.
fn claims(parts: &Parts) -> Option<&HashMap<String, String>> {
    match parts.extensions.get::<RequestContext>()? {
        RequestContext::ApiGatewayV2(context) => Some(&context.authorizer.as_ref()?.jwt.as_ref()?.claims),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    /// Whoever makes a scope decides what is seen. So nobody else does.
    #[test]
    fn no_other_file_makes_a_scope() {
        fn walk(folder: &std::path::Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, found);
                } else if std::fs::read_to_string(&path)
                    .is_ok_and(|text| text.replace("CodeWithScope", "").contains("Scope"))
                {
                    found.push(path.file_name().unwrap().to_string_lossy().into_owned());
                }
            }
        }
        let mut found = Vec::new();
        walk(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        found.sort();
        assert_eq!(found, ["caller.rs", "tenant.rs"]);
    }
}
