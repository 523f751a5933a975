//! The settings of functions, read and checked as the functions read and check them.

use std::collections::HashMap;

use runtime::{
    ApiAccess, ConfigError, Environment, FailedBucket, IngestConfig, MongoAddress, QueryConfig, REDACT_KEY_SECRET_ARN,
    RetentionConfig, StoreSettings, TenantRule, telemetry::chain,
};

use super::finding::{BY_HAND, Calls, REVERT, Report};
use super::origins::{advice, parameter_of};
use crate::error::Error;
use crate::services::FunctionSettings;

const CHECK: &str = "settings";
const DEPLOY: &str = "deploy the stack with another value";
/// The variable that Lambda sets from the function's memory.
pub(super) const MEMORY_SIZE: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
/// The variable that names the on-failure bucket.
pub(super) const FAILED_BUCKET: &str = "LOGBRAID_FAILED_BUCKET";
/// The variables that name secrets. A function reads these when it starts.
pub(super) const SECRETS: [&str; 2] = [MONGODB_SECRET, REDACT_KEY_SECRET_ARN];
const MONGODB_SECRET: &str = "MONGODB_SECRET_ARN";
pub(super) const MONGODB_URI: &str = "MONGODB_URI";
const TOKEN_AUDIENCE: &str = "LOGBRAID_MONGODB_TOKEN_AUDIENCE";
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

    /// Returns the names of its variables that begin so and have a value, in order.
    pub(super) fn names(&self, beginning: &str) -> Vec<&str> {
        let own = self.0.iter().filter(|(name, value)| name.starts_with(beginning) && !value.is_empty());
        let mut names: Vec<&str> = own.map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
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
        TenantRule::from_environment(self, &ApiAccess::from_environment(self)?)?;
        FailedBucket::name_from_environment(self)?;
        QueryConfig::from_environment(self).map(|_| ())
    }

    /// Whether the function signs in to MongoDB by a token of its role.
    pub(super) fn needs_tokens(&self) -> bool {
        self.get(TOKEN_AUDIENCE).is_some_and(|audience| !audience.is_empty())
    }

    /// Returns the settings of the retention function, or why it would not start.
    pub(super) fn check_retention(&self) -> Result<RetentionConfig, ConfigError> {
        StoreSettings::from_environment(self)?;
        RetentionConfig::from_environment(self)
    }

    /// Whether the function reads a secret when it starts.
    pub(super) fn needs_secrets(&self) -> bool {
        SECRETS.iter().any(|name| self.get(name).is_some_and(|arn| !arn.is_empty()))
    }

    /// Returns how long an operation waits for MongoDB, if that is set.
    pub(super) fn mongodb_timeout_ms(&self) -> Option<u64> {
        self.get(TIMEOUT_MS)?.parse().ok()
    }
}

/// Checks that all functions use the same collections of the same database. `retention` is there if the stack has it.
pub(super) fn compare(
    ingest: &FunctionEnvironment,
    query: &FunctionEnvironment,
    retention: Option<(&str, &FunctionEnvironment)>,
    report: &mut Report,
) -> Result<(), Error> {
    let Ok(filed) = StoreSettings::from_environment(ingest) else { return Ok(()) };
    let (database, prefix) = (&filed.config.database, &filed.config.prefix);
    for (name, other) in [("query", query)].into_iter().chain(retention) {
        // A setting that cannot be used is reported with its function.
        let Ok(own) = StoreSettings::from_environment(other) else { return Ok(()) };
        for (what, filed, read) in
            [("database", database, &own.config.database), ("collection prefix", prefix, &own.config.prefix)]
        {
            if filed != read {
                let so = if name == "query" { "nothing is found" } else { "no day of this stack is dropped" };
                let what = format!("ingest files with the {what} `{filed}`, and {name} reads with `{read}`: {so}");
                return report.problem(CHECK, what, BY_HAND);
            }
        }
        if filed.address != own.address {
            let what = format!("ingest files into another MongoDB, or as another user, than {name} reads from");
            return report.warning(CHECK, what, format!("if that is not meant: {REVERT}"));
        }
    }
    let all = if retention.is_some() { "all functions" } else { "both functions" };
    report.fine(CHECK, format!("{all} use the database {database} with the prefix {prefix}"))
}

/// Returns how commands have to be called that take the settings of ingest from an environment. A connection string is not shown.
pub(super) fn calls(ingest: &FunctionEnvironment, own: &(impl Environment + ?Sized)) -> Calls {
    // Its bad settings are reported with the function.
    let Ok(StoreSettings { address, config, .. }) = StoreSettings::from_environment(ingest) else {
        return Calls::default();
    };
    let has_address = [MONGODB_URI, MONGODB_SECRET].iter().any(|name| own.get(name).is_some_and(|own| !own.is_empty()));
    let own_config = StoreSettings::from_environment(&WithAddress(own)).map(|settings| settings.config);
    let (own_database, own_prefix) = own_config.map(|own| (own.database, own.prefix)).unwrap_or_default();
    let secret = match address {
        MongoAddress::SecretArn(arn) if !has_address => Some((MONGODB_SECRET, arn)),
        _ => None,
    };
    let database = (config.database != own_database).then_some(("LOGBRAID_DB", config.database));
    let prefix = (config.prefix != own_prefix).then_some(("LOGBRAID_COLLECTION_PREFIX", config.prefix));
    let before = [secret, database, prefix].into_iter().flatten().map(|(name, value)| format!("{name}={value} "));
    let rules_ingest = IngestConfig::from_environment(ingest).ok().map(|config| config.rules);
    let rules_here = IngestConfig::from_environment(own).ok().map(|config| config.rules);
    Calls { before: before.collect(), decodes_otherwise: rules_ingest != rules_here }
}

/// An environment with an address of MongoDB, whether it has one or not.
struct WithAddress<'e, E: ?Sized>(&'e E);

impl<E: Environment + ?Sized> Environment for WithAddress<'_, E> {
    fn get(&self, name: &str) -> Option<String> {
        match name {
            MONGODB_URI => Some("mongodb://localhost".to_owned()),
            MONGODB_SECRET | TOKEN_AUDIENCE => None,
            _ => self.0.get(name),
        }
    }
}

/// Says so where the database that is looked at is not the stack's own, but that of this machine's environment.
pub(super) fn check_origin(
    is_unknown: bool,
    own: &(impl Environment + ?Sized),
    report: &mut Report,
) -> Result<(), Error> {
    match foreign_database(is_unknown, own) {
        Some(what) => report.skipped(CHECK, what),
        None => Ok(()),
    }
}

fn foreign_database(is_unknown: bool, own: &(impl Environment + ?Sized)) -> Option<&'static str> {
    let is_looked_at = is_unknown && StoreSettings::from_environment(own).is_ok();
    is_looked_at.then_some(
        "not checked: no function's settings can be read. What is said below of MongoDB, its days, the journal, the lag and the \
         quarantine is of the database in this machine's MONGODB_URI, which may be another one than the stack's",
    )
}

/// Reports a setting with which a function does not start.
pub(super) fn unusable(
    check: &'static str,
    error: &ConfigError,
    environment: &FunctionEnvironment,
    parameters: &HashMap<String, String>,
    report: &mut Report,
) -> Result<(), Error> {
    let names = match error {
        ConfigError::Missing { name, .. } | ConfigError::Invalid { name, .. } => vec![*name],
        ConfigError::Together { first, second, .. } | ConfigError::Both { first, second } => vec![*first, *second],
    };
    let values: Vec<_> = names.into_iter().map(|name| (parameter_of(name), environment.get(name))).collect();
    let todo = advice(parameters, &values, DEPLOY);
    report.problem(check, format!("the function does not start: {}", chain(error)), todo)
}

#[cfg(test)]
mod tests {
    use super::{FunctionEnvironment, calls, foreign_database};

    #[test]
    fn commands_get_the_settings_of_the_stack() {
        fn check(ingest: &[(&str, &str)], own: &[(&str, &str)], expect: (&str, bool)) {
            let variables = ingest.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let found = calls(&FunctionEnvironment(variables.collect()), own);
            assert_eq!((found.before.as_str(), found.decodes_otherwise), expect, "{ingest:?} {own:?}");
        }
        let uri = ("MONGODB_URI", "mongodb://localhost");
        let (prefix, database) = (("LOGBRAID_COLLECTION_PREFIX", "shop_"), ("LOGBRAID_DB", "shop"));
        check(&[uri], &[], ("", false));
        check(&[uri, ("LOGBRAID_DB", "logbraid")], &[uri], ("", false));
        check(&[uri, prefix, database], &[uri], ("LOGBRAID_DB=shop LOGBRAID_COLLECTION_PREFIX=shop_ ", false));
        check(&[uri, prefix, database], &[prefix, database], ("", false));
        check(&[uri], &[prefix], ("LOGBRAID_COLLECTION_PREFIX=kinesis_logs_ ", false));
        let secret = ("MONGODB_SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:1:secret:a");
        let named = "MONGODB_SECRET_ARN=arn:aws:secretsmanager:eu-west-1:1:secret:a ";
        check(&[secret], &[], (named, false));
        check(&[secret], &[uri], ("", false));
        let fields = ("LOGBRAID_UID_FIELDS", "order");
        check(&[uri, fields], &[], ("", true));
        check(&[uri, fields], &[fields], ("", false));
        check(&[], &[prefix], ("", false));
    }

    #[test]
    fn query_is_read_as_it_reads_itself() {
        fn check(more: &[(&str, &str)], expect: Option<&str>) {
            let uri = ("MONGODB_URI", "mongodb://localhost");
            let variables = more.iter().chain([&uri]).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let found = FunctionEnvironment(variables.collect()).check_query().map_err(|error| error.to_string());
            let is_so = match expect {
                Some(begin) => found.as_ref().is_err_and(|error| error.starts_with(begin)),
                None => found.is_ok(),
            };
            assert!(is_so, "{more:?}: {found:?}");
        }
        let jwt = [
            ("LOGBRAID_API_AUTHORIZATION", "JWT"),
            ("LOGBRAID_JWT_ISSUER", "https://login.example.com"),
            ("LOGBRAID_JWT_CLIENT_ID", "page"),
            ("LOGBRAID_TENANT_CLAIM", "tenant"),
        ];
        check(&[("LOGBRAID_API_AUTHORIZATION", "NONE")], None);
        check(&jwt, None);
        let claim = [("LOGBRAID_API_AUTHORIZATION", "NONE"), ("LOGBRAID_TENANT_CLAIM", "tenant")];
        check(&claim, Some("LOGBRAID_TENANT_CLAIM is `tenant` and LOGBRAID_API_AUTHORIZATION is `NONE`"));
        check(&[("LOGBRAID_TENANT_FIELD", "tenant")], Some("LOGBRAID_TENANT_CLAIM is not set"));
        check(&[("LOGBRAID_FAILED_BUCKET", "stack-failed")], None);
        check(&[("LOGBRAID_FAILED_BUCKET", "_")], Some("LOGBRAID_FAILED_BUCKET is `_`"));
        check(&[("LOGBRAID_SEARCH_TIME_MS", "x")], Some("LOGBRAID_SEARCH_TIME_MS is `x`"));
    }

    #[test]
    fn the_database_of_the_environment_is_called_so() {
        fn check(is_unknown: bool, own: &[(&str, &str)], expect: bool) {
            assert_eq!(foreign_database(is_unknown, own).is_some(), expect, "{is_unknown} {own:?}");
        }
        check(true, &[("MONGODB_URI", "mongodb://localhost")], true);
        check(true, &[], false);
        check(false, &[("MONGODB_URI", "mongodb://localhost")], false);
    }
}
