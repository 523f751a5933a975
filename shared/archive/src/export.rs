//! Exports a day: every document of its collection, in parts, and at last the manifest.

use std::pin::pin;

use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use record::{Day, LogRecord};
use sha2::{Digest as _, Sha256};
use store::{Store, id_bytes};

use crate::error::{ArchiveError, put};
use crate::id_filter::IdFilter;
use crate::key::{self, IDS, Layout, MANIFEST, UNFINISHED};
use crate::list::{Folder, Listed, are_as_written, folders_of};
use crate::manifest::{Manifest, Of, Part};
use crate::objects::Objects;
use crate::part::PartWriter;
use crate::range::{Range, gaps};

/// How often what changed meanwhile is exported again. After that the day is left to the next run.
const MAX_ROUNDS: usize = 4;
/// After so many parts it is noted what there is, so that an export that dies begins there again.
const PARTS_PER_NOTE: usize = 64;

/// What became of an export.
#[derive(Clone, Debug, PartialEq)]
pub enum Exported {
    /// All documents that the day has are in the export, which was looked at again.
    Done {
        /// The manifest.
        manifest: Box<Manifest>,
        /// Its key.
        key: String,
        /// Whether it is an export from before, of exactly these documents.
        is_old: bool,
    },
    /// The time is up. The next export of the day goes on here.
    OutOfTime {
        /// How many records are exported.
        records: u64,
    },
    /// Documents come and go, so that no export has all of them.
    Changing,
}

/// Exports a day, or finds the export of exactly what the day has. `has_time` says whether a further part may begin: it takes some
/// seconds. Writes only objects that no other export writes.
pub async fn export_day(
    store: &Store,
    objects: &impl Objects,
    layout: Layout<'_>,
    day: Day,
    has_time: &(dyn Fn() -> bool + Sync),
) -> Result<Exported, ArchiveError> {
    let prefix = layout.prefix;
    let folder = key::day_folder(layout.root, prefix, day);
    let listed = folders_of(objects, &folder).await?;
    let is_own = |manifest: &Manifest| manifest.database == store.database_name() && manifest.prefix == prefix;
    let total = store.count_all(day).await.map_err(ArchiveError::Store)?;
    for Folder { key, manifest, is_finished, .. } in listed.folders.iter().rev() {
        let is_candidate = *is_finished && is_own(manifest) && manifest.records == total;
        if is_candidate && are_as_written(&manifest.parts, &listed.objects) && has_all(store, day, manifest).await? {
            let (manifest, key) = (Box::new(manifest.clone()), key.clone());
            return Ok(Exported::Done { manifest, key, is_old: true });
        }
    }
    let begun = listed.folders.iter().rev().find(|folder| !folder.is_finished && is_own(&folder.manifest));
    let mut export = Export::begin(store, objects, layout, day, &folder, total);
    if let Some(Folder { manifest, .. }) = begun {
        export.go_on_from(manifest, &listed);
    }
    export.run(has_time).await
}

/// Whether the day has exactly the documents of an export.
async fn has_all(store: &Store, day: Day, manifest: &Manifest) -> Result<bool, ArchiveError> {
    for part in manifest.parts.iter().filter(|part| !part.range.foreign) {
        if !is_unchanged(store, day, part).await? {
            return Ok(false);
        }
    }
    // The numbers of all documents are equal, so there are none in between.
    Ok(true)
}

/// Whether the day has exactly the documents of a part in the part's range.
async fn is_unchanged(store: &Store, day: Day, part: &Part) -> Result<bool, ArchiveError> {
    let mut hash = Sha256::new();
    let ids = store.document_ids(day, part.range.day_part()).await.map_err(ArchiveError::Store)?;
    let mut ids = pin!(ids);
    while let Some(id) = ids.try_next().await.map_err(ArchiveError::Store)? {
        hash.update(id_bytes(&id));
    }
    Ok(hex::encode(hash.finalize()) == part.ids_sha256)
}

/// An export in the making.
struct Export<'a, O> {
    store: &'a Store,
    objects: &'a O,
    day: Day,
    /// The folder of this export, in which nobody else writes.
    folder: String,
    part_bytes: u64,
    begun: Manifest,
    /// The parts, sorted by their ranges; the foreign ones last.
    parts: Vec<Part>,
    /// The filters of earlier exports whose parts are among these.
    older_ids: Vec<String>,
    /// The ids in the parts of this export.
    ids: IdFilter,
    /// How many parts this export has written.
    written: usize,
}

impl<'a, O: Objects> Export<'a, O> {
    fn begin(store: &'a Store, objects: &'a O, layout: Layout<'_>, day: Day, folder: &str, records: u64) -> Self {
        let now = Timestamp::now();
        let id = key::export_id(now);
        let folder = format!("{folder}{id}/");
        let begun = Manifest::begin(&Of::Day(day), store.database_name(), layout.prefix, id, now);
        let ids = IdFilter::for_records(records);
        let (parts, older_ids, part_bytes) = (Vec::new(), Vec::new(), layout.part_bytes);
        Self { store, objects, day, folder, part_bytes, begun, parts, older_ids, ids, written: 0 }
    }

    /// Takes over the parts of an export that ran out of time.
    fn go_on_from(&mut self, manifest: &Manifest, listed: &Listed) {
        let of_ids = manifest.parts.iter().filter(|part| !part.range.foreign);
        self.parts = of_ids.filter(|part| are_as_written([*part], &listed.objects)).cloned().collect();
        self.parts.sort_by_key(|part| part.range.from);
        self.older_ids.clone_from(&manifest.ids);
    }

    async fn run(&mut self, has_time: &(dyn Fn() -> bool + Sync)) -> Result<Exported, ArchiveError> {
        for _ in 0..MAX_ROUNDS {
            self.drop_changed().await?;
            let ranges: Vec<Range> = self.parts.iter().map(|part| part.range).collect();
            for gap in gaps(&ranges) {
                if !self.export(gap, has_time).await? {
                    return self.note().await;
                }
            }
            let mut total = self.store.count_all(self.day).await.map_err(ArchiveError::Store)?;
            if total != self.records() {
                if !self.export(Range::FOREIGN, has_time).await? {
                    return self.note().await;
                }
                total = self.store.count_all(self.day).await.map_err(ArchiveError::Store)?;
            }
            if total == self.records() {
                return self.finish().await;
            }
        }
        Ok(Exported::Changing)
    }

    fn records(&self) -> u64 {
        self.parts.iter().map(|part| part.records).sum()
    }

    /// Takes out the parts of ranges in which the day has other documents by now.
    async fn drop_changed(&mut self) -> Result<(), ArchiveError> {
        let mut kept = Vec::new();
        for part in std::mem::take(&mut self.parts) {
            if !part.range.foreign && is_unchanged(self.store, self.day, &part).await? {
                kept.push(part);
            }
        }
        self.parts = kept;
        Ok(())
    }

    /// Exports the documents of a range. Returns `false` if the time is up before its end.
    async fn export(&mut self, range: Range, has_time: &(dyn Fn() -> bool + Sync)) -> Result<bool, ArchiveError> {
        if !has_time() {
            return Ok(false);
        }
        let documents = self.store.documents(self.day, range.day_part()).await.map_err(ArchiveError::Store)?;
        let mut documents = pin!(documents);
        let (mut rest, mut writer) = (range, PartWriter::new().map_err(ArchiveError::Compress)?);
        while let Some(document) = documents.try_next().await.map_err(ArchiveError::Store)? {
            let record = LogRecord::from_stored(document.clone()).ok();
            record.iter().flat_map(LogRecord::ids).for_each(|id| self.ids.insert(id));
            writer.add(&document, record.as_ref()).map_err(ArchiveError::Compress)?;
            if writer.has(self.part_bytes) {
                let (own, behind) = record.map_or((rest, rest), |record| rest.split_behind(record.id()));
                let full = std::mem::replace(&mut writer, PartWriter::new().map_err(ArchiveError::Compress)?);
                self.put_part(full, own).await?;
                rest = behind;
                if !has_time() {
                    return Ok(false);
                }
            }
        }
        if !writer.is_empty() {
            self.put_part(writer, rest).await?;
        }
        Ok(true)
    }

    async fn put_part(&mut self, writer: PartWriter, range: Range) -> Result<(), ArchiveError> {
        self.written += 1;
        let key = format!("{}{}", self.folder, key::part(self.written));
        let written = writer.finish(key, range).map_err(ArchiveError::Compress)?;
        put(self.objects, &written.part.key, written.body).await?;
        let at = self.parts.partition_point(|part| {
            (part.range.foreign, part.range.from) <= (written.part.range.foreign, written.part.range.from)
        });
        self.parts.insert(at, written.part);
        if self.written.is_multiple_of(PARTS_PER_NOTE) {
            self.note().await?;
        }
        Ok(())
    }

    /// Notes what there is for the export that goes on.
    async fn note(&mut self) -> Result<Exported, ArchiveError> {
        if self.parts.is_empty() {
            return Ok(Exported::OutOfTime { records: 0 });
        }
        let unfinished = self.manifest().await?;
        put(self.objects, &format!("{}{UNFINISHED}", self.folder), unfinished.json()).await?;
        Ok(Exported::OutOfTime { records: unfinished.records })
    }

    /// Writes the filter, and returns the manifest of what there is.
    async fn manifest(&self) -> Result<Manifest, ArchiveError> {
        let mut manifest = self.begun.clone().with_parts(&self.parts);
        manifest.ids.clone_from(&self.older_ids);
        if self.written > 0 {
            let key = format!("{}{IDS}", self.folder);
            put(self.objects, &key, self.ids.bytes().to_vec()).await?;
            manifest.ids.push(key);
        }
        Ok(manifest)
    }

    /// Writes the manifest, and looks whether everything is there.
    async fn finish(&mut self) -> Result<Exported, ArchiveError> {
        let mut manifest = self.manifest().await?;
        manifest.finished = Some(Timestamp::now());
        let key = format!("{}{MANIFEST}", self.folder);
        put(self.objects, &key, manifest.json()).await?;
        let folder = key::folder_of(&self.folder);
        let listed = folders_of(self.objects, folder).await?;
        for part in &manifest.parts {
            if !are_as_written([part], &listed.objects) {
                return Err(ArchiveError::NotAsWritten { address: self.objects.address(&part.key) });
            }
        }
        if !listed.folders.iter().any(|folder| folder.key == key && folder.manifest == manifest) {
            return Err(ArchiveError::NotAsWritten { address: self.objects.address(&key) });
        }
        Ok(Exported::Done { manifest: Box::new(manifest), key, is_old: false })
    }
}
