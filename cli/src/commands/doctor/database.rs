//! Checks MongoDB, at the addresses that the functions have.

use futures_util::future::join_all;
use jiff::SignedDuration;
use record::Secret;
use runtime::{
    AskError, ConnectError, Environment, MongoAddress, ProcessEnvironment, QueryConfig, SecretError, StoreSettings,
    connect, telemetry::chain,
};
use store::{MissingRights, ServerFacts, Store, StoreError, Task};

use super::Settings;
use super::addresses::{Address, Seen, Verdict};
use super::finding::{Report, enumerated};
use super::settings::MONGODB_URI;
use crate::aws::SignedInEnvironment;
use crate::error::Error;

const CHECK: &str = "mongodb";
const CLOCK: &str = "mongodb clock";
/// How far the server's clock may be off. The times in the journal are its own.
const CLOCK_MAY_BE_OFF: SignedDuration = SignedDuration::from_secs(60);

/// What to do where the secret is gone or has no address.
const SECRET: &str = "if the secret is to be deleted, bring it back (aws secretsmanager restore-secret); put the connection string into \
                      it (aws secretsmanager put-secret-value); if it is gone, create one and deploy with its ARN as MongoSecretArn";
/// What comes of a connection string without a user.
const REFUSED: &str = "it refuses to file and to find records";
/// What to do about it.
const USER: &str = "put a user with the role readWrite and its password before the host, as USER:PASSWORD@HOST, into MongoUri or into \
                    the secret of MongoSecretArn";
const OWN_WITHOUT_USER: &str = "MongoDB wants a user, and this machine's MONGODB_URI names none";
/// The codes with which Secrets Manager says that there is no such secret, or that it is to be deleted.
const GONE: [&str; 2] = ["ResourceNotFoundException", "InvalidRequestException"];

/// The first version with clustered collections.
const CLUSTERS: (u32, u32) = (5, 3);

/// What the user of a function may not do.
struct Lacking {
    function: &'static str,
    task: Task,
    rights: MissingRights,
}

/// What came of a look at an address.
enum Looked {
    There(Box<Store>, ServerFacts, Vec<Lacking>),
    /// MongoDB refuses, or nothing answers.
    Failed(StoreError),
    /// MongoDB wants a user, and the connection string of the functions names none.
    NoUser,
    /// The address cannot be used.
    Unusable(ConnectError),
    /// The secret of the address is gone, or has none: why.
    NoAddress(String),
    /// Nobody could look.
    Skipped(String),
}

/// The addresses that functions have for MongoDB, and what is there.
pub(super) struct Places {
    addresses: Vec<Address>,
    looked: Vec<Looked>,
}

/// Looks at the address of each function. Those that have the same are looked at once. Without functions, it is the address that this
/// machine has. `in_network` says whether the functions are in a network of their own.
pub(super) async fn look(functions: &[(&'static str, &Settings)], in_network: bool) -> Places {
    let mut found: Vec<(Vec<&'static str>, StoreSettings)> = Vec::new();
    let mut tasks = Vec::new();
    for (name, environment) in functions {
        // The functions' bad settings are reported already.
        let Ok(settings) = StoreSettings::from_environment(*environment) else { continue };
        let is_same = |other: &StoreSettings| {
            other.address == settings.address && other.token_audience == settings.token_audience
        };
        tasks.extend(tasks_of(name, environment).map(|task| (*name, task)));
        match found.iter_mut().find(|(_, other)| is_same(other)) {
            Some((names, _)) => names.push(name),
            None => found.push((vec![name], settings)),
        }
    }
    if functions.is_empty() {
        found.extend(StoreSettings::from_environment(&ProcessEnvironment).ok().map(|own| (Vec::new(), own)));
    }
    let tasks_at = |functions: &[&'static str]| {
        let own = tasks.iter().filter(|(function, _)| functions.contains(function));
        own.copied().collect()
    };
    let looked = found.iter().map(|(functions, settings)| look_at(settings.clone(), tasks_at(functions)));
    let looked = join_all(looked).await;
    let seen = |looked: &Looked| match looked {
        Looked::There(..) => Seen::Answers,
        Looked::Failed(error) => Seen::of(error),
        Looked::NoUser => Seen::Refuses,
        Looked::Unusable(_) | Looked::NoAddress(_) | Looked::Skipped(_) => Seen::Unknown,
    };
    let address = |((functions, settings), looked): ((Vec<&'static str>, StoreSettings), &Looked)| {
        let is_looked_at = !functions.is_empty() && settings.token_audience.is_none();
        let is_read_at_start = is_looked_at && !in_network && matches!(settings.address, MongoAddress::SecretArn(_));
        Address { functions, seen: seen(looked), is_read_at_start }
    };
    Places { addresses: found.into_iter().zip(&looked).map(address).collect(), looked }
}

/// Returns what a function does with the store.
fn tasks_of(function: &str, environment: &Settings) -> impl Iterator<Item = Task> {
    let pins = QueryConfig::from_environment(environment).is_ok_and(|query| query.allows_pins);
    let tasks: &[Task] = match function {
        "ingest" => &[Task::File],
        "query" if pins => &[Task::Read, Task::Pin],
        "query" => &[Task::Read],
        _ => &[Task::Drop],
    };
    tasks.iter().copied()
}

async fn look_at(mut settings: StoreSettings, mut tasks: Vec<(&'static str, Task)>) -> Looked {
    if settings.token_audience.take().is_some() {
        let Some(uri) = ProcessEnvironment.get(MONGODB_URI).filter(|uri| !uri.is_empty()) else {
            let why = "the functions sign in by their role, which nobody else has; set MONGODB_URI to look as a user";
            return Looked::Skipped(why.to_owned());
        };
        settings.address = MongoAddress::Uri(Secret::new(uri));
        // It is another user than the functions'.
        tasks.clear();
    }
    let opened = match settings.address {
        MongoAddress::Uri(_) => connect(&settings, &ProcessEnvironment).await,
        MongoAddress::SecretArn(_) => match SignedInEnvironment::new().await {
            Ok(environment) => connect(&settings, &environment as &dyn Environment).await,
            // Without credentials it fails, and says so.
            Err(_) => connect(&settings, &ProcessEnvironment).await,
        },
    };
    let store = match opened {
        Ok(store) => store,
        Err(ConnectError::Address(error)) => {
            let why = chain(&error);
            let why = why.trim_end_matches('.');
            return if is_fault(&error) {
                Looked::NoAddress(format!("{why}: no function starts anew"))
            } else {
                Looked::Skipped(format!("{why}; it needs secretsmanager:GetSecretValue"))
            };
        }
        Err(error @ (ConnectError::Open(_) | ConnectError::Role(_))) => return Looked::Unusable(error),
    };
    let server = match store.server().await {
        Ok(server) => server,
        Err(error) => return Looked::Failed(error),
    };
    if store.lacks_a_user().await {
        // Only functions have tasks.
        return if tasks.is_empty() { Looked::Skipped(OWN_WITHOUT_USER.to_owned()) } else { Looked::NoUser };
    }
    let mut lacking = Vec::new();
    for (function, task) in tasks {
        let rights = store.missing_rights(task).await;
        lacking.extend(rights.map(|rights| Lacking { function, task, rights }));
    }
    Looked::There(Box::new(store), server, lacking)
}

/// Whether the functions cannot read the secret either. Missing permissions, and a network that this machine is not in, are no fault
/// of the deployment.
pub(super) fn is_fault(error: &SecretError) -> bool {
    match error {
        SecretError::Read { source: AskError::Refused { code, .. }, .. } => GONE.contains(&code.as_str()),
        SecretError::NoText { .. } | SecretError::Content { .. } => true,
        SecretError::Read { .. } | SecretError::Environment(_) => false,
    }
}

impl Places {
    /// Returns what is at the address that the query function has.
    pub(super) fn at_query(&self) -> Seen {
        self.addresses.iter().find(|address| address.is_of_query()).map_or(Seen::Unknown, |address| address.seen)
    }

    /// Reports what is at each address. `query_reaches_it` says whether the query function's own request succeeded. Returns the store
    /// at the first address that answers from here.
    pub(super) fn report(self, query_reaches_it: Option<bool>, report: &mut Report) -> Result<Option<Store>, Error> {
        let Self { addresses, looked } = self;
        if addresses.is_empty() {
            let why = "not checked: its address is not known; it is in the functions' settings, or set MONGODB_URI";
            return report.skipped(CHECK, why).map(|()| None);
        }
        let mut first = None;
        for (address, looked) in addresses.iter().zip(looked) {
            let whose = address.whose(&addresses);
            let of = if whose.is_empty() { String::new() } else { format!("the address{whose}: ") };
            match looked {
                Looked::There(store, server, lacking) => {
                    describe(&server, &whose, report)?;
                    lacking.iter().try_for_each(|lacking| lacking.report(store.database_name(), report))?;
                    first = first.or(Some(*store));
                }
                Looked::Failed(error) => match address.judge(&addresses, query_reaches_it, &chain(&error)) {
                    Verdict::Broken(what, todo) => report.problem(CHECK, what, todo)?,
                    Verdict::Doubtful(what, todo) => report.warning(CHECK, what, todo)?,
                    Verdict::Open(why) => report.skipped(CHECK, why)?,
                },
                Looked::NoUser => {
                    let what = format!("MongoDB wants a user, and the connection string{whose} names none: {REFUSED}");
                    report.problem(CHECK, what, USER)?;
                }
                Looked::Unusable(error) => {
                    let todo = "correct the connection string: MongoUri, or the secret of MongoSecretArn";
                    report.problem(CHECK, format!("{of}{}", chain(&error)), todo)?;
                }
                Looked::NoAddress(why) => report.problem(CHECK, format!("{of}{why}"), SECRET)?,
                Looked::Skipped(why) => {
                    report.skipped(CHECK, format!("not checked: {of}{why}"))?;
                }
            }
        }
        Ok(first)
    }
}

impl Lacking {
    fn report(&self, database: &str, report: &mut Report) -> Result<(), Error> {
        let Self { function, task, rights: MissingRights { user, user_database, actions } } = self;
        let actions = enumerated(actions);
        let what =
            |so| format!("MongoDB does not allow {actions} in {database} to {user}, the user of {function}: {so}");
        let give = |role| {
            format!(
                "give it the role {role}; in mongosh: db.getSiblingDB(\"{user_database}\").grantRolesToUser(\"{user}\", \
                 [{{role: \"{role}\", db: \"{database}\"}}])"
            )
        };
        match task {
            Task::File => report.problem(CHECK, what("records are not filed"), give("readWrite")),
            Task::Read => report.problem(CHECK, what("not all questions are answered"), give("read")),
            Task::Drop => report.problem(CHECK, what("days are not dropped"), give("readWrite")),
            Task::Pin => {
                let todo = "docs/storage.md#pins has the role that it needs; or deploy with Pins=off";
                report.warning(CHECK, what("transactions cannot be pinned"), todo)
            }
        }
    }
}

fn describe(server: &ServerFacts, whose: &str, report: &mut Report) -> Result<(), Error> {
    let kind = match &server.replica_set {
        _ if server.is_router => "a sharded cluster".to_owned(),
        Some(name) => format!("the replica set {name}"),
        None => "a server alone".to_owned(),
    };
    let at = if whose.is_empty() { String::new() } else { format!(" at the address{whose}") };
    report.fine(CHECK, format!("MongoDB {} answers{at}, {kind}", server.version))?;
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

/// Whether a version, such as `4.4.29`, is before another. One that cannot be read is not.
fn is_before(version: &str, other: (u32, u32)) -> bool {
    let mut parts = version.split('.').map(str::parse);
    matches!((parts.next(), parts.next()), (Some(Ok(major)), Some(Ok(minor))) if (major, minor) < other)
}

#[cfg(test)]
mod tests {
    use runtime::{AskError, SecretError};

    use super::{CLUSTERS, is_before, is_fault};

    #[test]
    fn a_secret_that_is_gone_is_a_fault() {
        fn check(code: &str, expect: bool) {
            let (code, message) = (code.to_owned(), String::new());
            let source = AskError::Refused { service: "Secrets Manager", status: 400, code, message };
            assert_eq!(is_fault(&SecretError::Read { arn: "arn:x".to_owned(), source }), expect);
        }
        check("ResourceNotFoundException", true);
        check("InvalidRequestException", true);
        check("AccessDeniedException", false);
        check("ExpiredTokenException", false);
        check("", false);
        assert!(is_fault(&SecretError::Content { arn: "arn:x".to_owned() }));
        assert!(is_fault(&SecretError::NoText { arn: "arn:x".to_owned() }));
    }

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
