//! The names of the spool's files.

/// The ending of the file that a living owner locks.
pub(super) const LOCK: &str = "lock";
/// The ending of lines.
pub(super) const LINES: &str = "ndjson";
/// The ending of a file that is not written whole.
pub(super) const PART: &str = "part";
/// The number of hex digits of an owner.
const OWNER_DIGITS: usize = 16;

/// What a file's name says.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Name<'a> {
    Lock { owner: &'a str },
    Lines { owner: &'a str },
    Part { owner: &'a str },
    Chunk { owner: &'a str, records: u32, extension: &'a str },
}

impl<'a> Name<'a> {
    /// Reads a name. `None` if no spool gives such names.
    pub(super) fn parse(name: &'a str) -> Option<Self> {
        let (stem, extension) = name.rsplit_once('.')?;
        let (owner, rest) = stem.split_at_checked(OWNER_DIGITS)?;
        if !owner.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        match (rest, extension) {
            ("", LOCK) => Some(Self::Lock { owner }),
            (_, LINES) => rest.starts_with('-').then_some(Self::Lines { owner }),
            (_, PART) => rest.starts_with('-').then_some(Self::Part { owner }),
            (_, "zst" | "zz" | "gz" | "json") => {
                let (_, records) = rest.rsplit_once('-')?;
                Some(Self::Chunk { owner, records: records.parse().ok()?, extension })
            }
            _ => None,
        }
    }
}
