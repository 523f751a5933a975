//! Clusters of ids: ids that are close in time are looked up with one range.

use std::slice::ChunkBy;
use std::time::Duration;

use mongodb::bson::oid::ObjectId;

use record::time_of;

/// The largest gap in time within a cluster. The scan reads the records in the gap too. At ten thousand records a second
/// these are a thousand at most.
const MAX_GAP: Duration = Duration::from_millis(100);

/// Splits sorted ids into clusters.
///
/// A clustered collection has no index on `_id`. For an `$in`, MongoDB 6.0 reads the whole collection. For a range it
/// reads only the range.
pub fn clusters(ids: &[ObjectId]) -> ChunkBy<'_, ObjectId, fn(&ObjectId, &ObjectId) -> bool> {
    ids.chunk_by(is_near)
}

fn is_near(before: &ObjectId, after: &ObjectId) -> bool {
    time_of(*before).zip(time_of(*after)).is_some_and(|(before, after)| before.distance(after) <= MAX_GAP)
}

#[cfg(test)]
mod tests {
    use mongodb::bson::oid::ObjectId;

    use super::clusters;
    use record::{EventTime, first_id};

    #[test]
    fn ids_are_split_where_they_are_far_apart() {
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
