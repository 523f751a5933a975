//! Exports one transaction: its records of all days.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use record::{LogRecord, LogUid};
use store::{Condition, IdRange, Lookup, NO_LIMIT, Order, Scope, Store};

use crate::error::{ArchiveError, put};
use crate::id_filter::IdFilter;
use crate::key::{self, IDS, Layout, MANIFEST};
use crate::list::Archived;
use crate::manifest::{Manifest, Of, Part};
use crate::objects::Objects;
use crate::part::PartWriter;
use crate::range::Range;

/// How long a day may take the server.
const MAX_TIME: Duration = Duration::from_mins(1);

/// Exports the records that carry an id, in whatever spelling, of all days and of the pins. `None` if there are none.
pub async fn export_transaction(
    store: &Store,
    objects: &impl Objects,
    layout: Layout<'_>,
    uid: &LogUid,
) -> Result<Option<Archived>, ArchiveError> {
    let lookup = Lookup {
        filter: Condition::uid(uid.clone()),
        ids: IdRange::default(),
        order: Order::Oldest,
        limit: NO_LIMIT,
        projection: None,
        max_time: MAX_TIME,
    };
    let (now, prefix) = (Timestamp::now(), layout.prefix);
    let id = key::export_id(now);
    let folder = format!("{}{id}/", layout.transaction_folder(uid));
    let days = store.days().await.map_err(ArchiveError::Store)?;
    let reader = store.reader(&Scope::Everything);
    let days = reader.days_with(&days, &lookup).await.map_err(ArchiveError::Store)?;
    let mut writer = PartWriter::new().map_err(ArchiveError::Compress)?;
    let (mut parts, mut ids): (Vec<Part>, BTreeSet<String>) = (Vec::new(), BTreeSet::new());
    for day in days {
        let records = reader.records(day, &lookup).await.map_err(ArchiveError::Store)?;
        let mut records = pin!(records);
        while let Some(record) = records.try_next().await.map_err(ArchiveError::Store)? {
            ids.extend(LogRecord::ids(&record).map(str::to_owned));
            writer.add(record.document(), Some(&record)).map_err(ArchiveError::Compress)?;
            if writer.has(layout.part_bytes) {
                let full = std::mem::replace(&mut writer, PartWriter::new().map_err(ArchiveError::Compress)?);
                put_part(objects, &folder, full, &mut parts).await?;
            }
        }
    }
    if !writer.is_empty() {
        put_part(objects, &folder, writer, &mut parts).await?;
    }
    if parts.is_empty() {
        return Ok(None);
    }
    let mut filter = IdFilter::for_records(ids.len() as u64);
    for id in &ids {
        filter.insert(id);
    }
    let ids_key = format!("{folder}{IDS}");
    put(objects, &ids_key, filter.bytes().to_vec()).await?;
    let begun = Manifest::begin(&Of::Transaction(uid), store.database_name(), prefix, id, now);
    let mut manifest = begun.with_parts(&parts);
    manifest.ids = vec![ids_key];
    manifest.finished = Some(Timestamp::now());
    let key = format!("{folder}{MANIFEST}");
    put(objects, &key, manifest.json()).await?;
    Ok(Some(Archived { key, manifest }))
}

async fn put_part(
    objects: &impl Objects,
    folder: &str,
    writer: PartWriter,
    parts: &mut Vec<Part>,
) -> Result<(), ArchiveError> {
    let key = format!("{folder}{}", key::part(parts.len() + 1));
    let written = writer.finish(key, Range::ALL).map_err(ArchiveError::Compress)?;
    put(objects, &written.part.key, written.body).await?;
    parts.push(written.part);
    Ok(())
}
