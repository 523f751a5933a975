//! tracing-subscriber's JSON:
//! <https://docs.rs/tracing-subscriber/latest/tracing_subscriber/fmt/format/struct.Json.html>.

use super::{Alias, Reading, alias, integer, message, text};
use crate::attribute::Attribute;

pub(super) const ALIASES: &[Alias] = &[
    message("fields.message"),
    alias("target", Attribute::Name, Reading::Target),
    text("fields.log.file", Attribute::PathName),
    integer("fields.log.line", Attribute::LineNo),
];
