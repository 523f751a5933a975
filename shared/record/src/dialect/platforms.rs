//! Services that write logs of their own: Cloudflare, Fly, Route 53, Okta, Rollbar, Honeycomb, Timber.

use super::{Alias, exception, host, known_level, message, service, time};

pub(super) const ALIASES: &[Alias] = &[
    // <https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/>
    time("EdgeStartTimestamp"),
    time("EventTimestampMs"),
    service("ScriptName"),
    // Route 53's resolver.
    time("query_timestamp"),
    // Okta's system log.
    time("published"),
    message("displayMessage"),
    service("fly.app.name"),
    known_level("data.level"),
    message("data.body.message.body"),
    time("data.timestamp"),
    host("data.server.host"),
    service("data.service.name"),
    host("context.system.hostname"),
    // OpenTelemetry's exporter for Go.
    message("body.value"),
    // Jaeger's spans.
    service("process.serviceName"),
    // AWS: SES, API Gateway.
    time("mail.timestamp"),
    time("requestContext.timeEpoch"),
    // Salesforce's event logs.
    time("TIMESTAMP_DERIVED"),
    // Windows' events.
    time("Event.System.TimeCreated.SystemTime"),
    host("Event.System.Computer"),
    message("Event.EventData.Data"),
    // GitLab's.
    exception("exception.backtrace"),
    // LogDNA's.
    message("line"),
];
