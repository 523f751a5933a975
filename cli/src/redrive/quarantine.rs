//! Brings back the payloads in the quarantine.

use std::collections::BTreeSet;
use std::pin::pin;

use bson::oid::ObjectId;
use futures_util::TryStreamExt;
use store::QuarantineFilter;

use super::batch::RedriveBatch;
use super::session::{Ended, Session};
use super::tally::Tally;
use crate::error::Error;
use crate::progress::Progress;

/// Files the selected payloads again, batch by batch.
pub(super) async fn redrive(
    session: &Session,
    selection: &QuarantineFilter,
    tally: &mut Tally,
) -> Result<Ended, Error> {
    let total = session.store.count_quarantined(selection).await.map_err(Error::Quarantine)?;
    let mut progress = Progress::new("payloads", Some(total.min(session.limit)));
    let mut payloads = pin!(session.store.quarantined(selection).await.map_err(Error::Quarantine)?);
    // The parts that this run set aside on their own: they may come up after what they are a part of.
    let mut parts: BTreeSet<ObjectId> = BTreeSet::new();
    let mut is_last = false;
    while !is_last {
        let (mut batch, seen_before) = (RedriveBatch::default(), tally.seen);
        while !batch.is_full() && !is_last {
            let next = if tally.seen < session.limit { payloads.try_next().await } else { Ok(None) };
            let Some(payload) = next.map_err(Error::Quarantine)? else {
                is_last = true;
                continue;
            };
            if let Some(id) = payload.id() {
                let is_part = parts.contains(&id);
                // Payloads come in the order of their ids: what is before this one does not come any more.
                parts = parts.split_off(&id);
                if is_part {
                    continue;
                }
            }
            tally.seen += 1;
            batch.add(session, &payload, tally).await?;
        }
        parts.extend(batch.parts());
        batch.settle(session, tally).await?;
        progress.advance(tally.seen - seen_before);
        if session.interrupt.is_requested() && !is_last {
            return Ok(Ended::Interrupted);
        }
    }
    Ok(Ended::AllDone)
}
