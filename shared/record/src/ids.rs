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

/// The name of what New Relic's agents write of a trace, as it is spelled.
pub(super) const NEW_RELICS_BLOB: &str = "nrlinking";

/// The names of each kind.
pub(super) const NAMES: [(Kind, &[&str]); 8] = [
    (Kind::LogUid, &["loguid", "logid"]),
    (
        Kind::Correlation,
        &[
            "correlationid",
            "correlation",
            "corrid",
            "correlationuid",
            "correlationrequestid",
            "mscorrelationrequestid",
            "activityid",
            "fapiinteractionid",
            "correlationtoken",
            // Camel's.
            "breadcrumbid",
            "camelbreadcrumbid",
        ],
    ),
    (Kind::Transaction, &["transactionid", "globaltransactionid", "txid", "txnid", "trxid", "sagaid", "taskuuid"]),
    // Application Insights calls its trace an operation.
    (Kind::Trace, &["traceid", "trace", "traceuid", "traceparent", "operationid", "aioperationid"]),
    (
        Kind::Request,
        &[
            "requestid",
            "requestuid",
            "requestuuid",
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
            "rayid",
            "amzcfid",
            "edgerequestid",
            "msrequestid",
            "msclientrequestid",
            "clientrequestid",
            "githubrequestid",
            "kongrequestid",
            "flyrequestid",
            "vercelid",
            "azureref",
            "googrequestid",
            "guploaderuploadid",
            "auditid",
            "uniqueid",
            "traceidentifier",
            "invocationid",
            "executionid",
            // Of Step Functions.
            "executionarn",
            // Of Temporal, Argo, Airflow, Prefect, AWS Glue, Camunda.
            "workflowid",
            "workflowinstanceid",
            "wfid",
            "wfrunid",
            "runid",
            "workflowrunid",
            "dagrunid",
            "flowrunid",
            "jobrunid",
            "processinstanceid",
            "functioninvocationid",
            // OpenTelemetry's, also as it was called.
            "faasinvocationid",
            "faasexecution",
            // Cloud Foundry's.
            "vcaprequestid",
            "vertxrequestid",
        ],
    ),
    (
        Kind::Agent,
        &[
            // Datadog, OpenTelemetry's instrumentations, Zipkin, Jaeger, X-Ray, Google Cloud.
            "ddtraceid",
            "dttraceid",
            "datadogtraceid",
            "sentrytrace",
            "oteltraceid",
            "elasticapmtraceid",
            // New Relic's blob.
            NEW_RELICS_BLOB,
            "b3traceid",
            "b3",
            "ubertraceid",
            // SkyWalking's, and a thread's.
            "tid",
            "amzntraceid",
            "xraytraceid",
            "xray",
            // Of one call of a service of AWS.
            "extendedrequestid",
            "logginggoogleapiscomtrace",
            "cloudtracecontext",
            // An event of Lambda's platform has X-Ray's header here.
            "tracingvalue",
            // APM agents' transactions are steps of a trace.
            "apmtransactionid",
            // What identifies one unit of work of a single service.
            "sessionid",
            "taskid",
            "jobid",
            "awsbatchjobid",
            "jid",
            // Of more than one transaction, or of something else, in some services.
            "conversationid",
            "interactionid",
            "trackingid",
            "flowid",
            "guid",
            // Also of a customer.
            "cid",
        ],
    ),
    (
        Kind::Span,
        &[
            "spanid",
            "ddspanid",
            "dtspanid",
            "otelspanid",
            "b3spanid",
            "logginggoogleapiscomspanid",
            "elasticapmtransactionid",
            "elasticapmspanid",
        ],
    ),
    (Kind::User, &["uid"]),
];

/// The names of each kind that are compared as they are: Serilog's, and that of APM agents.
pub(super) const EXACT_NAMES: [(Kind, &str); 3] =
    [(Kind::Trace, "@tr"), (Kind::Span, "@sp"), (Kind::Agent, "transaction.id")];

/// Where a field may hold ids.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Holds {
    /// Nowhere.
    No,
    /// In its fields or elements.
    InObjects,
    /// Also in its text.
    InText,
}

impl Holds {
    /// Returns where a container holds ids.
    pub(super) fn of(container: &str) -> Self {
        if TEXTS.iter().any(|end| container.ends_with(end)) { Self::InText } else { Self::InObjects }
    }
}

/// The objects in which senders put such ids. Their fields are searched, [`MAX_DEPTH`] deep.
pub(super) const CONTAINERS: [&str; 77] = [
    "mdc",
    "mdcpropertymap",
    "contextdata",
    "threadcontext",
    "logcontext",
    "contextmap",
    // logback's pairs of a key and a value.
    "kvplist",
    "mdlc",
    "extra",
    "extras",
    "extradata",
    "custom",
    "customfields",
    "customattributes",
    "additionalproperties",
    "awslambda",
    "logginggoogleapiscomlabels",
    "record",
    "context",
    "contexts",
    "ctx",
    "fields",
    "metadata",
    "meta",
    "labels",
    "attributes",
    "annotations",
    "attrs",
    "properties",
    "span",
    "spans",
    "kubernetes",
    "trace",
    "tracecontext",
    "tracing",
    "transaction",
    "correlation",
    "scopes",
    "scope",
    "state",
    "headers",
    "rawheaders",
    "multivalueheaders",
    "reqheaders",
    "requestheaders",
    "resheaders",
    "responseheaders",
    "httpheaders",
    "tags",
    "ddtags",
    "namedtags",
    "lambda",
    "dd",
    "log",
    "lambdacontext",
    "otel",
    "eventproperties",
    "scopeproperties",
    "customdimensions",
    "jsonpayload",
    "baggage",
    "kafka",
    "messageattributes",
    "grpc",
    // What programs call the rest that they log.
    "info",
    "props",
    "bindings",
    "diagnostics",
    "additionalinfo",
    "logdata",
    "logmetadata",
    "loggercontext",
    "traceinfo",
    "invocation",
    "header",
    // GraphQL's.
    "extensions",
    // Syslog's.
    "structureddata",
];
/// Those among such objects that tell of a request, of its answer, or of business data: a service in them is another one.
pub(super) const OTHERS_CONTAINERS: [&str; 30] = [
    "aws",
    "req",
    "request",
    "res",
    "response",
    "http",
    "httprequest",
    "job",
    "task",
    "operation",
    "requestcontext",
    "responseelements",
    "data",
    "details",
    // Hasura's.
    "detail",
    "event",
    "eventdata",
    "payload",
    "params",
    // What Node.js and .NET log as an object.
    "message",
    "msg",
    // What programs call what came with a request.
    "requestinfo",
    "args",
    "body",
    "reqctx",
    "requestdata",
    // tslog's arguments, by their positions.
    "0",
    "1",
    "2",
    "3",
];
/// The containers whose texts are names and values, by the ends of their names: `correlation_id=7,tenant=a`.
pub(super) const TEXTS: [&str; 12] = [
    "baggage",
    TAGS,
    "scopes",
    "scope",
    HEADERS,
    "context",
    "contextmap",
    "mdc",
    "metadata",
    "properties",
    "attributes",
    "payload",
];
/// Those among them whose fields and elements are such texts, too.
pub(super) const LISTS_OF_TEXTS: [&str; 4] = ["baggage", TAGS, "scopes", "scope"];
/// The container in which Rails' tagged logs have a request id without a name.
pub(super) const TAGS: &str = "tags";
/// What the name of a container ends with whose lists are names and values in turn, or lines of both.
pub(super) const HEADERS: &str = "headers";

/// The usual name of a request's id.
pub(super) const REQUEST_ID: &str = "request_id";
/// The name of the id of one unit of work.
pub(super) const TASK_ID: &str = "task_id";
/// The name of W3C's header.
pub(super) const TRACEPARENT: &str = "traceparent";
/// Ids that in a text are often something else: a user's, a process's.
pub(super) const OF_ONE_SERVICE: [&str; 6] = ["sessionid", "taskid", "jobid", "guid", "uid", "rid"];

/// How deep objects are searched for an id.
pub(super) const MAX_DEPTH: usize = 4;
/// How many fields of a record's objects are looked at.
pub(super) const MAX_FIELDS: usize = 128;
/// The names that say which id it is only together with the object they are in: `id` of `req`.
pub(super) const IN_OBJECT: [&str; 2] = ["id", "value"];
/// The name of the id of an object of Kubernetes, and the ends of the names of what describes such objects.
pub(super) const OBJECTS_UID: &str = "uid";
pub(super) const WITH_OBJECTS_UID: [&str; 2] = ["metadata", "kubernetes"];
/// The object in which APM agents write their transaction, which is a step of a trace and no business transaction.
pub(super) const AGENTS_OBJECT: &str = "transaction";
/// What stands before the names of that object.
pub(super) const APM: &str = "apm";

#[cfg(test)]
mod tests {
    use super::{CONTAINERS, NAMES, OTHERS_CONTAINERS};

    #[test]
    fn all_names_are_documented() {
        let docs = include_str!("../../../docs/records.md");
        for name in NAMES.iter().flat_map(|(_, names)| names.iter()).chain(&CONTAINERS).chain(&OTHERS_CONTAINERS) {
            assert!(docs.contains(&format!("`{name}`")), "{name}");
        }
    }
}
