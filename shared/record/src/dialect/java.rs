//! logback (JSON layout, logstash encoder) and log4j2 (JSON and JSON template layout):
//! <https://github.com/logfellow/logstash-logback-encoder>,
//! <https://logging.apache.org/log4j/2.x/manual/json-template-layout.html>.

use super::{Alias, exception, host, known_level, level_number, logger, time};
use crate::level::Scale;

pub(super) const ALIASES: &[Alias] = &[
    time("instant"),
    time("timeMillis"),
    known_level("level.levelStr"),
    known_level("level.name"),
    level_number("level_value", Scale::Size),
    logger("loggerName"),
    exception("thrown"),
    exception("stack_trace"),
    exception("throwable"),
    host("HOSTNAME"),
];
