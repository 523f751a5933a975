//! The paths of the API.

/// The list of transactions.
pub(crate) const TRANSACTIONS: &str = "/transactions";
/// What the path of one transaction begins with. The rest of the path is its uid.
pub(crate) const TRANSACTION_PREFIX: &str = "/transactions/";
/// What the path of a transaction's outline ends with.
pub(crate) const OUTLINE_SUFFIX: &str = "/outline";
/// What the path of a transaction's pin ends with.
pub(crate) const PIN_SUFFIX: &str = "/pin";
/// The transactions that are kept when their days are dropped.
pub(crate) const PINS: &str = "/pins";
/// The list of records. A record's own path adds a slash and its id.
pub(crate) const LOGS: &str = "/logs";
/// The live tail.
pub(crate) const TAIL: &str = "/logs/tail";
/// Counts by time and level.
pub(crate) const HISTOGRAM: &str = "/histogram";
/// The services that wrote records.
pub(crate) const SERVICES: &str = "/services";
/// The commonest values of a field.
pub(crate) const VALUES: &str = "/values";
/// The days that have records.
pub(crate) const DAYS: &str = "/days";
/// The payloads that could not become log records.
pub(crate) const QUARANTINE: &str = "/quarantine";
/// The description of the API.
pub(crate) const OPENAPI: &str = "/openapi.json";
/// The health check.
pub(crate) const HEALTH: &str = "/healthz";

/// The page. Its views are below it.
pub(crate) const PAGE: &str = "/ui/";
/// What the paths of the page's files begin with.
pub(crate) const ASSETS: &str = "/assets/";
/// What the page has to know before it asks anything else.
pub(crate) const PAGE_CONFIG: &str = "/ui/config.json";

/// Every path of the API, written for people.
pub(crate) const ALL: [&str; 16] = [
    TRANSACTIONS,
    "/transactions/{log_uid}",
    "/transactions/{log_uid}/outline",
    "/transactions/{log_uid}/pin",
    PINS,
    LOGS,
    "/logs/{id}",
    TAIL,
    HISTOGRAM,
    SERVICES,
    VALUES,
    DAYS,
    QUARANTINE,
    OPENAPI,
    HEALTH,
    PAGE_CONFIG,
];
