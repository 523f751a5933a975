//! Collection names. All names of a stack begin with its prefix. The default prefix is the exception: only its day
//! collections have it.
//!
//! Earlier versions used any other prefix for the day collections only, too. [`layout`] recognises a stack that has such
//! collections.

use std::collections::{BTreeMap, BTreeSet};

use record::Day;

/// The default prefix. Its stack has the plain names.
pub const DEFAULT_PREFIX: &str = "kinesis_logs_";
/// The beginning of a view's name, after the prefix of the stack. No prefix may end with it.
const VIEW_PREFIX: &str = "transactions_";
/// The beginning of the name of a day's sketches, after the prefix of the stack. No prefix may end with it.
const SKETCHES_PREFIX: &str = "sketches_";
/// The journal.
const JOURNAL: &str = "filed";
/// The progress of shards.
const SHARDS: &str = "shards";
/// The quarantined payloads.
const QUARANTINE: &str = "quarantine";
/// The pins.
const PINS: &str = "pins";
/// The records of pinned transactions.
const PINNED: &str = "pinned";
/// The audit entries of what was erased.
const ERASURES: &str = "erasures";
/// The days that are held.
const HOLDS: &str = "holds";
/// No prefix of a stack ends like this.
pub const RESERVED_ENDINGS: [&str; 2] = [VIEW_PREFIX, SKETCHES_PREFIX];
/// The length of a day in a name: `YYYY-MM-DD`.
const DAY_CHARS: usize = 10;

/// How all collections but those of the days are named.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Layout {
    /// With the stack's prefix.
    Prefixed,
    /// Without a prefix.
    Plain,
}

/// Another stack has the names that a stack with the default prefix needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Taken {
    /// The other stack's prefix.
    pub(crate) by: String,
}

/// The names of a stack's collections.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Names {
    prefix: String,
    layout: Layout,
}

impl Names {
    pub(crate) fn new(prefix: &str, layout: Layout) -> Self {
        Self { prefix: prefix.to_owned(), layout }
    }

    /// The name of a day's view of transactions.
    pub(crate) fn view(&self, day: Day) -> String {
        self.name(&format!("{VIEW_PREFIX}{day}"))
    }

    /// The name of the collection of a day's sketches.
    pub(crate) fn sketches(&self, day: Day) -> String {
        self.name(&format!("{SKETCHES_PREFIX}{day}"))
    }

    /// The day whose sketches have this name.
    pub(crate) fn day_of_sketches(&self, name: &str) -> Option<Day> {
        day_of(&self.name(SKETCHES_PREFIX), name)
    }

    /// The name of the journal.
    pub(crate) fn journal(&self) -> String {
        self.name(JOURNAL)
    }

    /// The name of the collection of shards.
    pub(crate) fn shards(&self) -> String {
        self.name(SHARDS)
    }

    /// The name of the quarantine.
    pub(crate) fn quarantine(&self) -> String {
        self.name(QUARANTINE)
    }

    /// The name of the collection of pins.
    pub(crate) fn pins(&self) -> String {
        self.name(PINS)
    }

    /// The name of the collection of pinned records.
    pub(crate) fn pinned(&self) -> String {
        self.name(PINNED)
    }

    /// The name of the collection of audit entries of what was erased.
    pub(crate) fn erasures(&self) -> String {
        self.name(ERASURES)
    }

    /// The name of the collection of days that are held.
    pub(crate) fn holds(&self) -> String {
        self.name(HOLDS)
    }

    /// Whether the names have the stack's prefix.
    pub(crate) fn are_prefixed(&self) -> bool {
        self.layout == Layout::Prefixed
    }

    fn name(&self, name: &str) -> String {
        match self.layout {
            Layout::Prefixed => format!("{}{name}", self.prefix),
            Layout::Plain => name.to_owned(),
        }
    }
}

/// The name of a day's collection.
pub(crate) fn day_name(prefix: &str, day: Day) -> String {
    format!("{prefix}{day}")
}

/// The day whose collection has this name.
pub(crate) fn day_of(prefix: &str, name: &str) -> Option<Day> {
    name.strip_prefix(prefix)?.parse().ok()
}

/// Decides the names of a stack by the collections that a database has.
///
/// - The default prefix has the plain names, unless it has no day yet and another stack has them.
/// - Any other prefix has prefixed names, unless it is an older stack that has the plain names to itself.
pub(crate) fn layout(prefix: &str, collections: &[String]) -> Result<Layout, Taken> {
    let mut plain = with_plain_names(collections);
    let is_plain = plain.remove(prefix);
    let other = plain.pop_first();
    if prefix != DEFAULT_PREFIX {
        return Ok(if is_plain && other.is_none() { Layout::Plain } else { Layout::Prefixed });
    }
    let has_days = collections.iter().any(|name| day_of(prefix, name).is_some());
    match other {
        Some(by) if !has_days => Err(Taken { by }),
        _ => Ok(Layout::Plain),
    }
}

/// Returns the prefixes of the stacks with plain names. A day of such a stack has a plain view. The stack has no prefixed
/// collection of shards: a stack with prefixed names creates that one before any day.
fn with_plain_names(collections: &[String]) -> BTreeSet<String> {
    let mut prefixes_by_day: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in collections {
        if let Some((prefix, day)) = split(name) {
            prefixes_by_day.entry(day).or_default().push(prefix);
        }
    }
    let days_with_plain_view = prefixes_by_day.into_values().filter(|prefixes| prefixes.contains(&VIEW_PREFIX));
    let has_shards = |prefix: &str| collections.contains(&format!("{prefix}{SHARDS}"));
    days_with_plain_view
        .flatten()
        .filter(|prefix| !RESERVED_ENDINGS.iter().any(|ending| prefix.ends_with(ending)) && !has_shards(prefix))
        .map(str::to_owned)
        .collect()
}

/// Splits a name into a prefix and a day.
fn split(name: &str) -> Option<(&str, &str)> {
    let (prefix, day) = name.split_at_checked(name.len().checked_sub(DAY_CHARS)?)?;
    (!prefix.is_empty() && day.parse::<Day>().is_ok()).then_some((prefix, day))
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT_PREFIX, day_of, layout};

    #[test]
    fn the_collections_of_a_database_decide_the_names_of_a_stack() {
        fn check(prefix: &str, collections: &[&str], expect: &str) {
            let names: Vec<String> = collections.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(format!("{:?}", layout(prefix, &names)), expect, "{prefix} {collections:?}");
        }
        const DEFAULT_DAY: &str = "kinesis_logs_2026-11-20";
        const VIEW: &str = "transactions_2026-11-20";
        const TAKEN_BY_A: &str = r#"Err(Taken { by: "a_" })"#;
        const PLAIN: &str = "Ok(Plain)";
        const PREFIXED: &str = "Ok(Prefixed)";
        for collections in [&[][..], &["filed", "shards", "quarantine"], &[DEFAULT_DAY, VIEW, "shards"]] {
            check(DEFAULT_PREFIX, collections, PLAIN);
            check("a_", collections, PREFIXED);
        }
        // An older stack has the plain names.
        check("a_", &["a_2026-11-20", VIEW, "filed", "shards"], PLAIN);
        check("b_", &["a_2026-11-20", VIEW, "filed", "shards"], PREFIXED);
        check(DEFAULT_PREFIX, &["a_2026-11-20", VIEW, "filed", "shards"], TAKEN_BY_A);
        // It keeps them beside a newer stack.
        let newer = ["b_2026-11-20", "b_transactions_2026-11-20", "b_shards"];
        check("a_", &[&["a_2026-11-20", VIEW, "shards"][..], &newer].concat(), PLAIN);
        check("b_", &[&["a_2026-11-20", VIEW, "shards"][..], &newer].concat(), PREFIXED);
        check(DEFAULT_PREFIX, &[&["a_2026-11-20", VIEW, "shards"][..], &newer].concat(), TAKEN_BY_A);
        // Nobody has them to himself.
        check("a_", &["a_2026-11-20", "b_2026-11-20", VIEW], PREFIXED);
        check("a_", &["a_2026-11-20", DEFAULT_DAY, VIEW], PREFIXED);
        check(DEFAULT_PREFIX, &["a_2026-11-20", DEFAULT_DAY, VIEW], PLAIN);
        check(DEFAULT_PREFIX, &["a_2026-11-19", "transactions_2026-11-19", DEFAULT_DAY], PLAIN);
        // Sketches are no days.
        check(DEFAULT_PREFIX, &[DEFAULT_DAY, VIEW, "sketches_2026-11-20"], PLAIN);
        check("a_", &["a_2026-11-20", VIEW, "sketches_2026-11-20"], PLAIN);
        // It left them.
        check("a_", &["a_2026-11-20", VIEW, "a_shards"], PREFIXED);
        // These are no stacks.
        check("a_", &["a_2026-11-20", "backup_2026-11-19", "2026-11-20", VIEW], PLAIN);
        check(DEFAULT_PREFIX, &["backup_2026-11-20", "shards"], PLAIN);
    }

    #[test]
    fn a_day_has_exactly_the_prefix() {
        fn check(prefix: &str, name: &str, expect: Option<&str>) {
            assert_eq!(day_of(prefix, name).map(|day| day.to_string()).as_deref(), expect, "{prefix} {name}");
        }
        check("a_", "a_2026-11-20", Some("2026-11-20"));
        check("a_", "a_b_2026-11-20", None);
        check("a_b_", "a_2026-11-20", None);
        check("a_", "a_transactions_2026-11-20", None);
        check("a_", "a_20261120", None);
        check("a-2026-", "a-2026-2026-11-20", Some("2026-11-20"));
        check("a-", "a-2026-2026-11-20", None);
    }
}
