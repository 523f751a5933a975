//! GELF, journald, rsyslog and syslog-ng: <https://go2docs.graylog.org/current/getting_in_log_data/gelf.html>,
//! <https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html>,
//! <https://www.rsyslog.com/doc/configuration/properties.html>.

use super::{Alias, Reading, alias, frames, host, integer, known_level, level_number, logger, message, service, time};
use crate::attribute::Attribute;
use crate::level::Scale;

pub(super) const ALIASES: &[Alias] = &[
    message("short_message"),
    frames("full_message"),
    time("_SOURCE_REALTIME_TIMESTAMP"),
    time("__REALTIME_TIMESTAMP"),
    time("timereported"),
    time("timegenerated"),
    time("syslog.timestamp"),
    level_number("priority", Scale::Priority),
    known_level("severity_name"),
    level_number("severity", Scale::Syslog),
    known_level("severity"),
    known_level("severity_label"),
    known_level("syslog.severity_name"),
    known_level("syslog_severity"),
    // Datadog's attributes, as logger_json writes them.
    known_level("syslog.severity"),
    level_number("syslog.severity", Scale::Syslog),
    service("syslog.appname"),
    host("syslog.hostname"),
    // Spring Boot's GELF.
    logger("_log_logger"),
    service("SYSLOG_IDENTIFIER"),
    service("programname"),
    alias("_SYSTEMD_UNIT", Attribute::Service, Reading::Unit),
    service("_app"),
    service("_service"),
    alias("_facility", Attribute::Service, Reading::Facility),
    alias("_facility", Attribute::Name, Reading::Facility),
    host("_HOSTNAME"),
    host("logsource"),
    integer("_PID", Attribute::Process),
];
