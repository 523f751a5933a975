//! The log of MongoDB's server: <https://www.mongodb.com/docs/manual/reference/log-messages/>.

use super::{Alias, Reading, alias, time};
use crate::attribute::Attribute;

pub(super) const ALIASES: &[Alias] = &[time("t.$date"), alias("s", Attribute::LevelName, Reading::Letter)];
