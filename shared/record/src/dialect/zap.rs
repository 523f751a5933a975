//! zap's keys of one letter, as its configuration for development writes them, and hclog's module:
//! <https://pkg.go.dev/go.uber.org/zap>, <https://pkg.go.dev/github.com/hashicorp/go-hclog>. They are compared as they are: `s`
//! may be anything.

use super::{Alias, Reading, alias, logger};
use crate::attribute::Attribute;

pub(super) const ALIASES: &[Alias] = &[
    alias("S", Attribute::ExcText, Reading::Stack),
    alias("N", Attribute::Name, Reading::ZapsLogger),
    logger("@module"),
];
