//! Monolog: <https://github.com/Seldaek/monolog>. Its `channel` is the logger.

use super::{Alias, Reading, alias, host, known_level, level_number, time};
use crate::attribute::Attribute;
use crate::level::Scale;

pub(super) const ALIASES: &[Alias] = &[
    time("datetime"),
    known_level("level_name"),
    alias("channel", Attribute::Name, Reading::Channel),
    // Its formatter for Logstash.
    level_number("monolog_level", Scale::Size),
    host("extra.hostname"),
];
