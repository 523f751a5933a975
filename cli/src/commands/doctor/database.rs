//! Checks MongoDB, at the address that the functions have.

use jiff::SignedDuration;
use record::Secret;
use runtime::{ConnectError, Environment, MongoAddress, ProcessEnvironment, StoreSettings, connect, telemetry::chain};
use store::{ServerFacts, Store, StoreError, StoreErrorKind};

use super::Settings;
use super::finding::Report;
use crate::aws::SignedInEnvironment;
use crate::error::Error;

const CHECK: &str = "mongodb";
const MONGODB_URI: &str = "MONGODB_URI";
const CLOCK: &str = "mongodb clock";
/// How far the server's clock may be off. The times in the journal are its own.
const CLOCK_MAY_BE_OFF: SignedDuration = SignedDuration::from_secs(60);

/// The first version with clustered collections.
const CLUSTERS: (u32, u32) = (5, 3);

/// Returns the store if MongoDB answers from here. `functions_reach_it` says whether the functions' own request succeeded.
pub(super) async fn check(
    functions: Option<&Settings>,
    functions_reach_it: Option<bool>,
    report: &mut Report,
) -> Result<Option<Store>, Error> {
    let settings = match functions {
        Some(environment) => StoreSettings::from_environment(environment),
        None => StoreSettings::from_environment(&ProcessEnvironment),
    };
    // The functions' bad settings are reported already.
    let Ok(mut settings) = settings else {
        let why = "not checked: its address is not known; it is in the functions' settings, or set MONGODB_URI";
        return report.skipped(CHECK, why).map(|()| None);
    };
    if settings.token_audience.take().is_some() {
        let Some(uri) = ProcessEnvironment.get(MONGODB_URI).filter(|uri| !uri.is_empty()) else {
            let why = "not checked: the functions sign in by their role, which nobody else has; set MONGODB_URI to look as a user";
            return report.skipped(CHECK, why).map(|()| None);
        };
        settings.address = MongoAddress::Uri(Secret::new(uri));
    }
    let store = match open(&settings).await {
        Ok(store) => store,
        Err(Failed::Secret(error)) => {
            let why = format!("not checked: {}; it needs secretsmanager:GetSecretValue", chain(&error));
            return report.skipped(CHECK, why).map(|()| None);
        }
        Err(Failed::Open(error)) => {
            let todo = "correct the connection string: MongoUri, or the secret of MongoSecretArn";
            return report.problem(CHECK, chain(&error), todo).map(|()| None);
        }
    };
    match store.server().await {
        Ok(server) => {
            describe(&server, report)?;
            Ok(Some(store))
        }
        Err(error) => away(&error, functions_reach_it, report).map(|()| None),
    }
}

enum Failed {
    Secret(ConnectError),
    Open(ConnectError),
}

async fn open(settings: &StoreSettings) -> Result<Store, Failed> {
    let opened = match settings.address {
        MongoAddress::Uri(_) => connect(settings, &ProcessEnvironment).await,
        MongoAddress::SecretArn(_) => match SignedInEnvironment::new().await {
            Ok(environment) => connect(settings, &environment as &dyn Environment).await,
            // Without credentials it fails, and says so.
            Err(_) => connect(settings, &ProcessEnvironment).await,
        },
    };
    opened.map_err(|error| match error {
        ConnectError::Address(_) => Failed::Secret(error),
        ConnectError::Open(_) | ConnectError::Role(_) => Failed::Open(error),
    })
}

fn describe(server: &ServerFacts, report: &mut Report) -> Result<(), Error> {
    let kind = match &server.replica_set {
        _ if server.is_router => "a sharded cluster".to_owned(),
        Some(name) => format!("the replica set {name}"),
        None => "a server alone".to_owned(),
    };
    report.fine(CHECK, format!("MongoDB {} answers, {kind}", server.version))?;
    if server.replica_set.is_none() && !server.is_router {
        let what = "MongoDB is a server alone: what it acknowledges is lost with its disk";
        report.warning(CHECK, what, "use a replica set for logs that matter")?;
    }
    if is_before(&server.version, CLUSTERS) {
        let what = format!("MongoDB {} has no clustered collections: days take more disk", server.version);
        report.warning(CHECK, what, "5.3 or newer is better: docs/storage.md")?;
    }
    let Some(now) = server.now else { return Ok(()) };
    let ahead = SignedDuration::from_micros(now.micros() - record::EventTime::now().micros());
    if ahead.abs() <= CLOCK_MAY_BE_OFF {
        return Ok(());
    }
    let (by, side) = (ahead.abs().as_secs(), if ahead.is_negative() { "behind" } else { "ahead of" });
    let todo = "set both by a time server; the times in the journal are the server's";
    report.warning(CLOCK, format!("the server's clock is {by} s {side} this machine's"), todo)
}

fn away(error: &StoreError, functions_reach_it: Option<bool>, report: &mut Report) -> Result<(), Error> {
    if error.kind() == StoreErrorKind::NotAuthenticated {
        let todo = "correct the user and the password in MongoUri, or in the secret of MongoSecretArn";
        return report.problem(CHECK, format!("MongoDB refuses the user or the password: {}", chain(error)), todo);
    }
    if functions_reach_it == Some(true) {
        return report.skipped(CHECK, "not checked: the functions reach MongoDB, but this machine does not");
    }
    let todo = "is it running, and does its access list or its security group let the functions in? Ingest delivers again until it \
                is back";
    report.problem(CHECK, chain(error), todo)
}

/// Whether a version, such as `4.4.29`, is before another. One that cannot be read is not.
fn is_before(version: &str, other: (u32, u32)) -> bool {
    let mut parts = version.split('.').map(str::parse);
    matches!((parts.next(), parts.next()), (Some(Ok(major)), Some(Ok(minor))) if (major, minor) < other)
}

#[cfg(test)]
mod tests {
    use super::{CLUSTERS, is_before};

    #[test]
    fn an_old_server_is_known_by_its_version() {
        fn check(version: &str, expect: bool) {
            assert_eq!(is_before(version, CLUSTERS), expect, "{version}");
        }
        check("4.4.29", true);
        check("5.0.0", true);
        check("5.2.1", true);
        check("5.3.0", false);
        check("6.0.5", false);
        check("10.0.0", false);
        check("5", false);
        check("", false);
    }
}
