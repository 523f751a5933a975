//! Files again the payloads in the quarantine.

use std::collections::BTreeSet;
use std::pin::pin;

use bson::oid::ObjectId;
use futures_util::TryStreamExt;
use store::QuarantineFilter;

use super::batch::PendingBatch;
use super::session::Session;
use super::summary::RedriveSummary;
use crate::error::Error;
use crate::progress::Progress;
use crate::run_end::RunEnd;

/// Files the selected payloads again, batch by batch.
pub(super) async fn redrive(
    session: &Session,
    filter: &QuarantineFilter,
    summary: &mut RedriveSummary,
) -> Result<RunEnd, Error> {
    let total = session.store.count_quarantined(filter).await.map_err(Error::Quarantine)?;
    let mut progress = Progress::new("payloads", Some(total.min(session.limit)));
    let mut entries = pin!(session.store.quarantined(filter).await.map_err(Error::Quarantine)?);
    // The ids of entries that this run adds: parts of payloads. The stream may return them later.
    let mut added_by_this_run: BTreeSet<ObjectId> = BTreeSet::new();
    let mut is_last = false;
    while !is_last {
        let (mut batch, looked_at_before) = (PendingBatch::default(), summary.looked_at);
        while !batch.is_full() && !is_last {
            let next = if summary.looked_at < session.limit { entries.try_next().await } else { Ok(None) };
            let Some(entry) = next.map_err(Error::Quarantine)? else {
                is_last = true;
                continue;
            };
            if let Some(id) = entry.id() {
                let is_added = added_by_this_run.contains(&id);
                // Entries come in the order of their ids, so smaller ids are no longer needed.
                added_by_this_run = added_by_this_run.split_off(&id);
                if is_added {
                    continue;
                }
            }
            summary.looked_at += 1;
            batch.add(session, &entry, summary);
        }
        let batch = batch.without_conflicts(session, summary).await?;
        added_by_this_run.extend(batch.new_entries());
        batch.file(session, summary).await?;
        progress.advance(summary.looked_at - looked_at_before);
        if session.interrupt.is_requested() && !is_last {
            return Ok(RunEnd::Interrupted);
        }
    }
    Ok(RunEnd::Done)
}
