//! Counts by level.

use std::collections::BTreeMap;

use record::level;

use super::escape::visible;
use super::style::{level_style, styled};

/// The number of records by level.
pub(crate) type Levels = BTreeMap<String, u64>;

/// Renders the counts, worst level first.
pub(super) fn level_counts(levels: &Levels) -> String {
    let mut levels: Vec<_> = levels.iter().map(|(name, count)| (level::number(name), name, count)).collect();
    levels.sort_by_key(|(number, ..)| std::cmp::Reverse(*number));
    let shown = levels
        .into_iter()
        .map(|(number, name, count)| styled(&format!("{} {count}", visible(name)), level_style(number)));
    shown.collect::<Vec<_>>().join(" ")
}
