//! tracing-subscriber's JSON:
//! <https://docs.rs/tracing-subscriber/latest/tracing_subscriber/fmt/format/struct.Json.html>.

use super::{Alias, integer, message, text};
use crate::attribute::Attribute;

pub(super) const ALIASES: &[Alias] = &[
    message("fields.message"),
    text("fields.log.file", Attribute::PathName),
    integer("fields.log.line", Attribute::LineNo),
];
