//! journald and syslog-ng, whose names are compared as they are: `priority` may be anything's.
//! <https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html>,
//! <https://syslog-ng.github.io/admin-guide/110_Template_and_rewrite/000_Customize_message_format/004_Macros_of_syslog-ng>

use super::{Alias, Reading, alias, level_number, service};
use crate::attribute::Attribute;
use crate::level::Scale;

pub(super) const ALIASES: &[Alias] = &[
    // A message that is not UTF-8, or has control characters, comes as its bytes.
    alias("MESSAGE", Attribute::Message, Reading::Bytes),
    level_number("PRIORITY", Scale::Syslog),
    service("PROGRAM"),
];
