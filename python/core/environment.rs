//! The variables of the process that matter, as they are when a handler is made.
//!
//! They are copied: a thread that reads the environment while Python changes it would crash the process.

use std::collections::BTreeMap;
use std::env;

use send::credentials::{Environment, region_of_profile};

const PREFIX: &str = "AWS_";
const OTHERS: [&str; 8] =
    ["HOME", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy", "SSL_CERT_FILE"];

/// A copy of variables.
#[derive(Clone, Debug)]
pub(crate) struct Copied(BTreeMap<String, String>);

impl Copied {
    /// Copies the variables. The caller holds the interpreter, through which Python changes them.
    pub(crate) fn now() -> Self {
        let is_wanted = |name: &str| name.starts_with(PREFIX) || OTHERS.contains(&name);
        let pairs =
            env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self(pairs.filter(|(name, value)| is_wanted(name) && !value.is_empty()).collect())
    }

    /// Returns the region.
    pub(crate) fn region(&self) -> Option<String> {
        self.get("AWS_REGION").or_else(|| self.get("AWS_DEFAULT_REGION")).or_else(|| region_of_profile(self))
    }
}

impl Environment for Copied {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}
