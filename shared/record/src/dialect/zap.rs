//! zap's keys of one letter, as its configuration for development writes them: <https://pkg.go.dev/go.uber.org/zap>. They are
//! compared as they are: `s` may be anything.

use super::{Alias, Reading, alias};
use crate::attribute::Attribute;

pub(super) const ALIASES: &[Alias] = &[alias("S", Attribute::ExcText, Reading::Stack)];
