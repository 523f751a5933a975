//! Files in YAML: a tree of values that know their places, and mistakes that are shown with their line.

mod mistake;
mod node;
mod read;

pub use self::mistake::ConfigError;
pub(crate) use self::mistake::{Mistake, suggestion};
pub(crate) use self::node::{Key, Kind, Node};
pub(crate) use self::read::read;
