//! Ids that are near each other, and so are looked for together.

use std::slice::ChunkBy;
use std::time::Duration;

use mongodb::bson::oid::ObjectId;

use record::time_of;

/// How far apart in time two ids are that are looked for in one scan. What lies between them is read too: little, even
/// where ten thousand records a second are filed.
const SAME_SCAN: Duration = Duration::from_millis(100);

/// Ids in order, taken apart where they are far from each other.
///
/// A clustered collection has no index on `_id`: MongoDB 6.0 reads all of it for an `$in`, but only what lies between
/// for a range.
pub fn clusters(ids: &[ObjectId]) -> ChunkBy<'_, ObjectId, fn(&ObjectId, &ObjectId) -> bool> {
    ids.chunk_by(is_near)
}

fn is_near(before: &ObjectId, after: &ObjectId) -> bool {
    time_of(*before).zip(time_of(*after)).is_some_and(|(before, after)| before.distance(after) <= SAME_SCAN)
}

#[cfg(test)]
mod tests {
    use mongodb::bson::oid::ObjectId;

    use super::clusters;
    use record::{EventTime, first_id};

    #[test]
    fn ids_are_taken_apart_where_they_are_far() {
        fn check(seconds: &[&str], expect: &[usize]) {
            let time = |second: &&str| EventTime::from_rfc3339(&format!("2026-11-20T08:35:{second}Z")).unwrap();
            let ids: Vec<ObjectId> = seconds.iter().map(time).map(first_id).collect();
            assert_eq!(clusters(&ids).map(<[_]>::len).collect::<Vec<_>>(), expect, "{seconds:?}");
        }
        check(&[], &[]);
        check(&["01"], &[1]);
        check(&["01", "01", "01.1", "01.2"], &[4]);
        check(&["01", "01.100001", "03", "03.000001"], &[1, 1, 2]);
    }
}
