//! Services that write logs of their own: Cloudflare, Fly, Route 53, Okta, Rollbar, Honeycomb, Timber.

use super::{Alias, host, known_level, message, service, time};

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
    // LogDNA's.
    message("line"),
];
