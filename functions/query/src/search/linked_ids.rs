//! Follows the ids that records carry together, from one id to all that belong to it.

use std::collections::HashSet;
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use record::{LogUid, canonical};
use store::{Condition, IdRange, Lookup, Order, Reader, StoreError, StoreErrorKind};
use tokio::time::timeout;

use crate::render::FollowedFields;

use super::transaction_lookup::{DAY_MAX_TIME, DAYS_AT_ONCE};

/// The most ids that are followed. A transaction has about as many as it has requests between services.
const MAX_IDS: usize = 100;
/// The most rounds. Each takes the records of the ids that the round before found.
const MAX_ROUNDS: usize = 5;

/// The ids whose records are looked up.
#[derive(Debug)]
pub(crate) struct Sought {
    /// The id that was asked for, and those that its records lead to, if ids are followed.
    pub(crate) uids: Vec<LogUid>,
    /// What became of following; `None` if ids are not followed.
    pub(crate) followed: Option<FollowedFields>,
}

impl Sought {
    /// Returns the id, or follows it: finds the ids that are carried by records that carry it, and so on. Looks at all
    /// records that the reader sees, so that a search for some of them has the same ids. It may take `limit`.
    pub(crate) async fn of(
        reader: Reader<'_>,
        uid: &LogUid,
        follows: bool,
        limit: Duration,
    ) -> Result<Self, StoreError> {
        let mut known = Known::new(uid);
        if !follows {
            return Ok(Self { uids: known.uids, followed: None });
        }
        let outcome = timeout(limit, known.follow(reader)).await;
        let cut = match outcome {
            Ok(Ok(cut)) => cut,
            Ok(Err(error)) if error.kind() != StoreErrorKind::OutOfTime => return Err(error),
            Ok(Err(_)) | Err(_) => Some(FollowCut::Time),
        };
        let followed = FollowedFields { ids: known.uids.len(), cut: cut.map(FollowCut::name) };
        Ok(Self { uids: known.uids, followed: Some(followed) })
    }
}

/// A limit that ends following.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum FollowCut {
    /// Of ids.
    Ids,
    /// Of rounds.
    Rounds,
    /// Of time.
    Time,
}

impl FollowCut {
    /// Returns the limit's name in an answer.
    fn name(self) -> &'static str {
        match self {
            Self::Ids => "ids",
            Self::Rounds => "rounds",
            Self::Time => "time_limit",
        }
    }
}

/// The ids that are known so far.
struct Known {
    uids: Vec<LogUid>,
    /// Their canonical spellings.
    spellings: HashSet<String>,
}

impl Known {
    fn new(uid: &LogUid) -> Self {
        Self { uids: vec![uid.clone()], spellings: uid.canonical_spellings().collect() }
    }

    async fn follow(&mut self, reader: Reader<'_>) -> Result<Option<FollowCut>, StoreError> {
        let days = reader.days().await?;
        let mut asked = 0;
        for _ in 0..MAX_ROUNDS {
            let lookup = Lookup {
                filter: Condition::AnyUid(self.uids[asked..].to_vec()),
                ids: IdRange::default(),
                order: Order::Oldest,
                limit: i64::try_from(2 * MAX_IDS).unwrap_or(i64::MAX),
                projection: None,
                max_time: DAY_MAX_TIME,
            };
            asked = self.uids.len();
            let with = if days.len() > DAYS_AT_ONCE { &reader.days_with(&days, &lookup).await? } else { &days };
            let looks: Vec<_> = with.iter().map(|day| reader.linked_ids(*day, &lookup)).collect();
            let mut found = stream::iter(looks).buffered(DAYS_AT_ONCE);
            while let Some(found) = found.try_next().await? {
                if !found.into_iter().all(|id| self.add(&id)) {
                    return Ok(Some(FollowCut::Ids));
                }
            }
            if self.uids.len() == asked {
                return Ok(None);
            }
        }
        Ok(Some(FollowCut::Rounds))
    }

    /// Adds an id that no spelling of is known. Returns whether there was room.
    fn add(&mut self, id: &str) -> bool {
        let is_new = !self.spellings.contains(&canonical(id));
        let Some(uid) = LogUid::parse(id).ok().filter(|_| is_new) else { return true };
        if self.uids.len() == MAX_IDS {
            return false;
        }
        self.spellings.extend(uid.canonical_spellings());
        self.uids.push(uid);
        true
    }
}

#[cfg(test)]
mod tests {
    use record::LogUid;

    use super::{Known, MAX_IDS};

    #[test]
    fn an_id_is_followed_once_whatever_its_spelling() {
        let mut known = Known::new(&LogUid::parse("62c20e32b9f645bbb4ac49537844648d").unwrap());
        for id in ["62C20E32-B9F6-45BB-B4AC-49537844648D", "r-1", "R-1", "ORD-Ab", "oRD-aB", "", "-"] {
            assert!(known.add(id), "{id}");
        }
        let uids: Vec<&str> = known.uids.iter().map(LogUid::as_str).collect();
        assert_eq!(uids, ["62c20e32b9f645bbb4ac49537844648d", "r-1", "ORD-Ab"]);
    }

    #[test]
    fn so_many_ids_are_followed_at_most() {
        let mut known = Known::new(&LogUid::parse("id 0").unwrap());
        let added = (0..2 * MAX_IDS).filter(|number| known.add(&format!("id {number}"))).count();
        assert_eq!((added, known.uids.len()), (MAX_IDS, MAX_IDS));
    }
}
