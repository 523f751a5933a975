//! Monolog: <https://github.com/Seldaek/monolog>. Its `channel` is the logger.

use super::{Alias, exception, known_level, logger, time};

pub(super) const ALIASES: &[Alias] =
    &[time("datetime"), known_level("level_name"), logger("channel"), exception("context.exception")];
