//! The names under which senders write the id of a transaction, by kind, and the objects in which they write them.
//!
//! All names are spelled as [`spelling`](super::spelling) does.

/// What an id is the id of. The kinds are in the order in which they are chosen for `log_uid`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// logbraid's own name.
    LogUid,
    /// An id that a sender carries through all services.
    Correlation,
    /// A business transaction.
    Transaction,
    /// A trace.
    Trace,
    /// A request to one service.
    Request,
    /// A trace's id that an agent adds beside the service's own ids.
    Agent,
    /// One step of a trace.
    Span,
    /// A user or a process of one service, which takes part in any number of transactions.
    User,
}

/// The names of each kind.
pub(super) const NAMES: [(Kind, &[&str]); 8] = [
    (Kind::LogUid, &["loguid", "logid"]),
    (
        Kind::Correlation,
        &["correlationid", "correlation", "corrid", "correlationuid", "labelscorrelationid", "activityid"],
    ),
    (Kind::Transaction, &["transactionid", "txid", "txnid", "trxid"]),
    (Kind::Trace, &["traceid", "trace", "traceuid", "traceparent", "labelstraceid"]),
    (
        Kind::Request,
        &[
            "requestid",
            "requestuid",
            "reqid",
            "rid",
            "reqrequestid",
            "httprequestid",
            "httprequestheaderxrequestid",
            "awsrequestid",
            "lambdarequestid",
            "functionrequestid",
            "lambdacontextawsrequestid",
            "fastlyrequestid",
            "amznrequestid",
            "amzrequestid",
            "cfray",
        ],
    ),
    (
        Kind::Agent,
        &[
            // Datadog, OpenTelemetry's instrumentations, Zipkin, Jaeger, X-Ray, Google Cloud.
            "ddtraceid",
            "oteltraceid",
            "b3traceid",
            "ubertraceid",
            "amzntraceid",
            "xraytraceid",
            "xray",
            "logginggoogleapiscomtrace",
            "cloudtracecontext",
            // APM agents' transactions are steps of a trace.
            "apmtransactionid",
            // What identifies one unit of work of a single service.
            "sessionid",
            "taskid",
            "jobid",
            "guid",
        ],
    ),
    (Kind::Span, &["spanid"]),
    (Kind::User, &["uid"]),
];

/// The objects in which senders put such ids. Their fields are searched, [`MAX_DEPTH`] deep.
pub(super) const CONTAINERS: [&str; 34] = [
    "mdc",
    "contextmap",
    "extra",
    "record",
    "context",
    "ctx",
    "fields",
    "metadata",
    "meta",
    "data",
    "labels",
    "attributes",
    "properties",
    "requestcontext",
    "span",
    "spans",
    "kubernetes",
    "req",
    "request",
    "http",
    "trace",
    "tracecontext",
    "transaction",
    "correlation",
    "scopes",
    "scope",
    "state",
    "headers",
    "tags",
    "lambda",
    "dd",
    "log",
    "lambdacontext",
    "otel",
];

/// The name of the id of one unit of work.
pub(super) const TASK_ID: &str = "task_id";
/// The name of W3C's header.
pub(super) const TRACEPARENT: &str = "traceparent";
/// Ids that in a text are often something else: a user's, a process's.
pub(super) const OF_ONE_SERVICE: [&str; 6] = ["sessionid", "taskid", "jobid", "guid", "uid", "rid"];

/// How deep objects are searched for an id.
pub(super) const MAX_DEPTH: usize = 3;
/// How many fields of a record's objects are looked at.
pub(super) const MAX_FIELDS: usize = 128;
/// The names that say which id it is only together with the object they are in: `id` of `req`.
pub(super) const IN_OBJECT: [&str; 1] = ["id"];
/// The object in which APM agents write their transaction, which is a step of a trace and no business transaction.
pub(super) const AGENTS_OBJECT: &str = "transaction";
/// What stands before the names of that object.
pub(super) const APM: &str = "apm";
