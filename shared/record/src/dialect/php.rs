//! Monolog: <https://github.com/Seldaek/monolog>. Its `channel` is the logger.

use super::{Alias, Reading, alias, known_level, time};
use crate::attribute::Attribute;

pub(super) const ALIASES: &[Alias] =
    &[time("datetime"), known_level("level_name"), alias("channel", Attribute::Name, Reading::Channel)];
