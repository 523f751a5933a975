//! The settings of functions, read and checked as the functions read and check them.

use std::collections::HashMap;

use runtime::{ApiAccess, ConfigError, Environment, IngestConfig, QueryConfig, StoreSettings, telemetry::chain};

use super::finding::Report;
use crate::error::Error;
use crate::services::FunctionSettings;

const CHECK: &str = "settings";
const DEPLOY: &str = "deploy the stack with another value; nobody should change a function's settings by hand";
/// The variable that Lambda sets from the function's memory.
const MEMORY_SIZE: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
const FAILED_BUCKET: &str = "LOGBRAID_FAILED_BUCKET";
const TIMEOUT_MS: &str = "LOGBRAID_MONGODB_TIMEOUT_MS";

/// A function's environment.
#[derive(Clone, Debug)]
pub(super) struct FunctionEnvironment(HashMap<String, String>);

impl Environment for FunctionEnvironment {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

impl FunctionEnvironment {
    /// Takes the environment that a function has.
    pub(super) fn of(function: &FunctionSettings) -> Self {
        let mut variables = function.variables();
        variables.insert(MEMORY_SIZE.to_owned(), function.memory_size.to_string());
        Self(variables)
    }

    /// Returns the name of the on-failure bucket.
    pub(super) fn failed_bucket(&self) -> Option<String> {
        self.get(FAILED_BUCKET).filter(|bucket| !bucket.is_empty())
    }

    /// Returns why the ingest function would not start.
    pub(super) fn check_ingest(&self) -> Result<(), ConfigError> {
        StoreSettings::from_environment(self)?;
        IngestConfig::from_environment(self).map(|_| ())
    }

    /// Returns why the query function would not start.
    pub(super) fn check_query(&self) -> Result<(), ConfigError> {
        StoreSettings::from_environment(self)?;
        ApiAccess::from_environment(self)?;
        QueryConfig::from_environment(self).map(|_| ())
    }

    /// Returns how long an operation waits for MongoDB, if that is set.
    pub(super) fn mongodb_timeout_ms(&self) -> Option<u64> {
        self.get(TIMEOUT_MS)?.parse().ok()
    }
}

/// Checks that both functions use the same collections of the same database.
pub(super) fn compare(
    ingest: &FunctionEnvironment,
    query: &FunctionEnvironment,
    report: &mut Report,
) -> Result<(), Error> {
    let settings = (StoreSettings::from_environment(ingest), StoreSettings::from_environment(query));
    // A setting that cannot be used is reported with its function.
    let (Ok(ingest), Ok(query)) = settings else { return Ok(()) };
    for (what, filed, read) in [
        ("database", &ingest.config.database, &query.config.database),
        ("collection prefix", &ingest.config.prefix, &query.config.prefix),
    ] {
        if filed != read {
            let what =
                format!("ingest files with the {what} `{filed}`, and query reads with `{read}`: nothing is found");
            return report.problem(CHECK, what, DEPLOY);
        }
    }
    if ingest.address != query.address {
        let what = "ingest files into another MongoDB, or as another user, than query reads from";
        return report.warning(CHECK, what, "if that is not meant, deploy the stack again");
    }
    let (database, prefix) = (&ingest.config.database, &ingest.config.prefix);
    report.fine(CHECK, format!("both functions use the database {database} with the prefix {prefix}"))
}

/// Reports a setting with which a function does not start.
pub(super) fn unusable(check: &'static str, error: &ConfigError, report: &mut Report) -> Result<(), Error> {
    report.problem(check, format!("the function does not start: {}", chain(error)), DEPLOY)
}
