//! Where objects are: `<root><collection>/<export>/<object>`.

use bson::oid::ObjectId;
use jiff::Timestamp;
use record::{Day, LogUid, canonical};
use sha2::{Digest as _, Sha256};

/// Where the archive of a stack is in a bucket, and how it is cut.
#[derive(Clone, Copy, Debug)]
pub struct Layout<'a> {
    /// What all keys begin with: nothing, or something that ends with a slash.
    pub root: &'a str,
    /// The prefix of the stack's collections.
    pub prefix: &'a str,
    /// After so many bytes of lines, uncompressed, a part ends.
    pub part_bytes: u64,
}

impl Layout<'_> {
    /// Returns the folder that the folders of transactions are in.
    #[must_use]
    pub fn transactions_folder(&self) -> String {
        let Self { root, prefix, .. } = self;
        format!("{root}{prefix}{TRANSACTIONS}/")
    }

    /// Returns the folder of a transaction: a uid may hold anything, so a hash stands for it. All spellings have the same.
    pub(crate) fn transaction_folder(&self, uid: &LogUid) -> String {
        let mut hash = hex::encode(Sha256::digest(canonical(uid.as_str())));
        hash.truncate(HASH_LETTERS);
        format!("{}{hash}/", self.transactions_folder())
    }
}

/// The last object of an export.
pub(crate) const MANIFEST: &str = "manifest.json";
/// What an export that ran out of time leaves for the next one.
pub(crate) const UNFINISHED: &str = "unfinished.json";
/// How the names of parts end.
const PART: &str = ".ndjson.zst";
/// The filter of the ids in the parts of an export.
pub(crate) const IDS: &str = "ids.bloom";
/// The object that a dry run writes, beside the folders of days.
pub(crate) const PROBE: &str = "dry-run.txt";
/// The folder of transactions, behind the prefix of the stack's collections.
const TRANSACTIONS: &str = "transactions";
/// How many letters name a transaction's folder.
const HASH_LETTERS: usize = 40;

/// Returns the folder of a day.
pub(crate) fn day_folder(root: &str, prefix: &str, day: Day) -> String {
    format!("{root}{prefix}{day}/")
}

/// Returns the folder that an object or a folder is in.
pub(crate) fn folder_of(key: &str) -> &str {
    let trimmed = key.strip_suffix('/').unwrap_or(key);
    trimmed.rfind('/').and_then(|at| trimmed.get(..=at)).unwrap_or_default()
}

/// Returns the day of a folder.
pub(crate) fn day_of(root: &str, prefix: &str, folder: &str) -> Option<Day> {
    folder.strip_prefix(root)?.strip_prefix(prefix)?.strip_suffix('/')?.parse().ok()
}

/// Returns the id of a new export: the time, so that ids sort, and something that no other export has.
pub(crate) fn export_id(now: Timestamp) -> String {
    let own = ObjectId::new().to_hex();
    format!("{}-{}", now.strftime("%Y%m%dT%H%M%SZ"), own.get(8..).unwrap_or_default())
}

/// Returns the name of a part. Names sort as the numbers do.
pub(crate) fn part(number: usize) -> String {
    format!("part-{number:06}{PART}")
}

/// Whether an object is a part, as its name says.
pub(crate) fn is_part(key: &str) -> bool {
    key.ends_with(PART)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use record::LogUid;

    use super::{Layout, day_folder, day_of, export_id, folder_of, part};

    #[test]
    fn a_folder_is_of_a_day_only_if_it_is_named_like_one() {
        fn check(folder: &str, expect: Option<&str>) {
            let day = day_of("archive/shop/", "logs_", folder).map(|day| day.to_string());
            assert_eq!(day.as_deref(), expect, "{folder}");
        }
        let folder = day_folder("archive/shop/", "logs_", "2026-11-20".parse().unwrap());
        assert_eq!(folder, "archive/shop/logs_2026-11-20/");
        for key in ["20261126T031500Z-1/", "dry-run.txt"] {
            assert_eq!(folder_of(&format!("{folder}{key}")), folder);
        }
        check(&folder, Some("2026-11-20"));
        check("archive/shop/logs_2026-11-20", None);
        check("archive/shop/logs_2026-11-20/x/", None);
        check("archive/shop/logs_2026-13-20/", None);
        check("archive/shop/logs_eu_2026-11-20/", None);
        check("archive/logs_2026-11-20/", None);
        check("archive/shop/logs_transactions/", None);
    }

    #[test]
    fn exports_and_parts_sort_as_they_are_made() {
        let at = |text: &str| export_id(text.parse::<Timestamp>().unwrap());
        let (first, second) = (at("2026-11-20T08:00:00Z"), at("2026-11-20T08:00:01Z"));
        assert!(first.starts_with("20261120T080000Z-") && first < second && first.len() == 33, "{first}");
        assert_ne!(at("2026-11-20T08:00:00Z"), first);
        assert!(part(9) < part(10) && part(10) == "part-000010.ndjson.zst");
    }

    #[test]
    fn all_spellings_of_a_uid_have_one_folder() {
        let layout = Layout { root: "a/", prefix: "p_", part_bytes: 1 };
        let folder = |uid: &str| layout.transaction_folder(&LogUid::parse(uid).unwrap());
        assert_eq!(folder("6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f"), folder("6F1A4E0E6F0C4C589D0C0A1B2C3D4E5F"));
        assert_ne!(folder("order/1"), folder("order/2"));
        assert_eq!(folder("../x").len(), "a/p_transactions//".len() + 40);
    }
}
