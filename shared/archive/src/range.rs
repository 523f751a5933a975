//! Which ids a part is about.

use bson::oid::ObjectId;
use serde::{Deserialize, Serialize};
use store::{DayPart, IdRange};

/// The documents of a day that a part holds: those with an id in a range, or those that logbraid did not file.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Range {
    /// The first id; absent for an open start.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex_id")]
    pub(crate) from: Option<ObjectId>,
    /// The first id behind; absent for an open end.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex_id")]
    pub(crate) end: Option<ObjectId>,
    /// Whether it holds the documents whose `_id` is no `ObjectId`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) foreign: bool,
}

impl Range {
    /// All documents that logbraid did not file.
    pub(crate) const FOREIGN: Self = Self { from: None, end: None, foreign: true };
    /// All ids.
    pub(crate) const ALL: Self = Self { from: None, end: None, foreign: false };

    /// Returns what the store reads for it.
    pub(crate) fn day_part(self) -> DayPart {
        if self.foreign { DayPart::Foreign } else { DayPart::Ids(IdRange { first: self.from, end: self.end }) }
    }

    /// Splits it behind an id.
    pub(crate) fn split_behind(self, id: ObjectId) -> (Self, Self) {
        let end = IdRange::spanning(&[id]).end;
        (Self { end, ..self }, Self { from: end, ..self })
    }
}

/// Returns the ranges of ids that none of these is about. They are sorted, and do not overlap.
pub(crate) fn gaps(ranges: &[Range]) -> Vec<Range> {
    let (mut gaps, mut from, mut is_open) = (Vec::new(), None, true);
    for range in ranges.iter().filter(|range| !range.foreign) {
        if range.from > from {
            gaps.push(Range { from, end: range.from, foreign: false });
        }
        from = range.end;
        is_open = range.end.is_some();
    }
    if is_open {
        gaps.push(Range { from, end: None, foreign: false });
    }
    gaps
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

mod hex_id {
    use bson::oid::ObjectId;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[allow(clippy::ref_option, reason = "serde passes a reference")]
    pub(super) fn serialize<S: Serializer>(id: &Option<ObjectId>, serializer: S) -> Result<S::Ok, S::Error> {
        match id {
            Some(id) => serializer.serialize_str(&id.to_hex()),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ObjectId>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| ObjectId::parse_str(text).map_err(D::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use bson::oid::ObjectId;

    use super::{Range, gaps};

    fn id(number: u8) -> ObjectId {
        ObjectId::from_bytes([number; 12])
    }

    fn range(from: u8, end: u8) -> Range {
        let bound = |number| (number > 0).then(|| id(number));
        Range { from: bound(from), end: bound(end), foreign: false }
    }

    /// 0 stands for an open end.
    #[test]
    fn what_no_part_is_about_is_a_gap() {
        fn check(ranges: &[(u8, u8)], expect: &[(u8, u8)]) {
            let of = |ranges: &[(u8, u8)]| ranges.iter().map(|(from, end)| range(*from, *end)).collect::<Vec<_>>();
            assert_eq!(gaps(&of(ranges)), of(expect), "{ranges:?}");
        }
        check(&[], &[(0, 0)]);
        check(&[(0, 0)], &[]);
        check(&[(0, 3)], &[(3, 0)]);
        check(&[(0, 3), (3, 5)], &[(5, 0)]);
        check(&[(0, 3), (5, 0)], &[(3, 5)]);
        check(&[(2, 3), (5, 7)], &[(0, 2), (3, 5), (7, 0)]);
        assert_eq!(gaps(&[Range::ALL, Range::FOREIGN]), []);
    }

    #[test]
    fn a_range_is_split_behind_an_id() {
        let (before, behind) = range(1, 9).split_behind(id(3));
        assert!(before.from == Some(id(1)) && behind.end == Some(id(9)) && before.end == behind.from);
        assert!(before.end > Some(id(3)) && before.end < Some(id(4)));
    }

    #[test]
    fn a_range_comes_back() {
        for range in [range(0, 0), range(1, 2), range(0, 7), Range::FOREIGN] {
            let json = serde_json::to_string(&range).unwrap();
            assert_eq!(serde_json::from_str::<Range>(&json).unwrap(), range, "{json}");
        }
    }
}
