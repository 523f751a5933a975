//! zap, zerolog, logrus and slog: <https://pkg.go.dev/go.uber.org/zap>, <https://github.com/rs/zerolog>,
//! <https://github.com/sirupsen/logrus>, <https://pkg.go.dev/log/slog>.

use super::{Alias, exception, known_level, message, text, time};
use crate::attribute::Attribute;

pub(super) const ALIASES: &[Alias] = &[
    time("ts"),
    time("T"),
    known_level("L"),
    known_level("lvl"),
    message("M"),
    exception("errorVerbose"),
    exception("stacktrace"),
    text("func", Attribute::FuncName),
];
