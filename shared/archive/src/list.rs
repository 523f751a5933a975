//! What there is in the archive.

use std::collections::{BTreeMap, BTreeSet};

use record::{Day, LogUid};

use crate::error::{ArchiveError, get};
use crate::id_filter::IdFilter;
use crate::key::{self, Layout, MANIFEST, UNFINISHED};
use crate::manifest::{Manifest, ManifestError, Part};
use crate::objects::Objects;

/// An export that is whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Archived {
    /// The key of its manifest.
    pub key: String,
    /// The manifest.
    pub manifest: Manifest,
}

/// A manifest that cannot be read.
#[derive(Debug)]
pub struct Damaged {
    /// Its address.
    pub address: String,
    /// Why.
    pub source: ManifestError,
}

/// The exports of a day, or of transactions.
#[derive(Debug, Default)]
pub struct ArchivedDay {
    /// The whole ones, the oldest first.
    pub exports: Vec<Archived>,
    /// Those whose manifest is damaged.
    pub damaged: Vec<Damaged>,
    /// How many were not ended.
    pub unfinished: usize,
    /// The folders with parts that no manifest names: their addresses.
    pub unnamed: Vec<String>,
}

/// The folder of an export, with the manifest of what there is.
pub(crate) struct Folder {
    pub(crate) key: String,
    pub(crate) manifest: Manifest,
    pub(crate) is_finished: bool,
}

/// All that is in the folder of a day or of a transaction.
pub(crate) struct Listed {
    /// The size of each object.
    pub(crate) objects: BTreeMap<String, u64>,
    /// The exports, the oldest first.
    pub(crate) folders: Vec<Folder>,
    pub(crate) damaged: Vec<Damaged>,
    /// How many folders have no manifest.
    pub(crate) unfinished: usize,
}

/// Lists a folder, and reads the manifests therein.
pub(crate) async fn folders_of(objects: &impl Objects, folder: &str) -> Result<Listed, ArchiveError> {
    let list = objects.list(folder).await;
    let list = list.map_err(|source| ArchiveError::List { address: objects.address(folder), source })?;
    let sizes: BTreeMap<String, u64> = list.into_iter().map(|object| (object.key, object.bytes)).collect();
    let exports: BTreeSet<&str> =
        sizes.keys().filter_map(|key| key.strip_prefix(folder)?.split_once('/')).map(|(id, _)| id).collect();
    let (mut folders, mut damaged, mut unfinished) = (Vec::new(), Vec::new(), 0);
    for export in exports {
        let of = |name: &str| Some(format!("{folder}{export}/{name}")).filter(|key| sizes.contains_key(key));
        let (key, is_finished) = match (of(MANIFEST), of(UNFINISHED)) {
            (Some(key), _) => (key, true),
            (None, Some(key)) => (key, false),
            (None, None) => {
                unfinished += 1;
                continue;
            }
        };
        unfinished += usize::from(!is_finished);
        let Some(json) = get(objects, &key).await? else { continue };
        match Manifest::read(&json) {
            Ok(manifest) => folders.push(Folder { key, manifest, is_finished }),
            Err(source) => damaged.push(Damaged { address: objects.address(&key), source }),
        }
    }
    Ok(Listed { objects: sizes, folders, damaged, unfinished })
}

/// Whether the objects of parts are there, each with its size.
pub(crate) fn are_as_written<'a>(parts: impl IntoIterator<Item = &'a Part>, objects: &BTreeMap<String, u64>) -> bool {
    parts.into_iter().all(|part| objects.get(&part.key) == Some(&part.object_bytes))
}

/// Lists the days that the archive of a stack has, in order.
pub async fn days(objects: &impl Objects, layout: Layout<'_>) -> Result<Vec<Day>, ArchiveError> {
    let Layout { root, prefix, .. } = layout;
    let all = format!("{root}{prefix}");
    let folders = objects.folders(&all).await;
    let folders = folders.map_err(|source| ArchiveError::List { address: objects.address(&all), source })?;
    let mut days: Vec<Day> = folders.iter().filter_map(|folder| key::day_of(root, prefix, folder)).collect();
    days.sort_unstable();
    Ok(days)
}

/// Returns the exports of a day.
pub async fn exports_of(objects: &impl Objects, layout: Layout<'_>, day: Day) -> Result<ArchivedDay, ArchiveError> {
    let folder = key::day_folder(layout.root, layout.prefix, day);
    read(objects, &folder, |manifest| manifest.day() == Some(day)).await
}

/// Returns the exports of a transaction alone.
pub async fn transaction_exports(
    objects: &impl Objects,
    layout: Layout<'_>,
    uid: &LogUid,
) -> Result<ArchivedDay, ArchiveError> {
    let (folder, spellings) = (layout.transaction_folder(uid), uid.spellings());
    read(objects, &folder, |manifest| manifest.log_uid.as_ref().is_some_and(|uid| spellings.contains(uid))).await
}

/// Returns the exports of all transactions.
pub async fn all_transaction_exports(objects: &impl Objects, layout: Layout<'_>) -> Result<ArchivedDay, ArchiveError> {
    let all = layout.transactions_folder();
    let folders = objects.folders(&all).await;
    let folders = folders.map_err(|source| ArchiveError::List { address: objects.address(&all), source })?;
    let mut found = ArchivedDay::default();
    for folder in folders {
        let own = |uid: &String| LogUid::parse(uid).ok().map(|uid| layout.transaction_folder(&uid));
        let is_of = |manifest: &Manifest| manifest.log_uid.as_ref().and_then(own).is_some_and(|own| own == folder);
        let ArchivedDay { exports, damaged, unfinished, unnamed } = read(objects, &folder, is_of).await?;
        found.exports.extend(exports);
        found.damaged.extend(damaged);
        found.unfinished += unfinished;
        found.unnamed.extend(unnamed);
    }
    Ok(found)
}

async fn read(
    objects: &impl Objects,
    folder: &str,
    is_of: impl Fn(&Manifest) -> bool,
) -> Result<ArchivedDay, ArchiveError> {
    let Listed { objects: sizes, folders, mut damaged, unfinished } = folders_of(objects, folder).await?;
    let mut exports = Vec::new();
    for Folder { key, manifest, .. } in folders.into_iter().filter(|folder| folder.is_finished) {
        if is_of(&manifest) {
            exports.push(Archived { key, manifest });
        } else {
            damaged.push(Damaged { address: objects.address(&key), source: ManifestError::Elsewhere });
        }
    }
    let named: BTreeSet<&str> =
        exports.iter().flat_map(|export| &export.manifest.parts).map(|part| part.key.as_str()).collect();
    let parts = sizes.keys().filter(|key| key::is_part(key) && !named.contains(key.as_str()));
    let unnamed: BTreeSet<String> = parts.map(|part| objects.address(key::folder_of(part))).collect();
    let is_damaged = |folder: &String| damaged.iter().any(|damaged| key::folder_of(&damaged.address) == folder);
    let unnamed = unnamed.into_iter().filter(|folder| !is_damaged(folder)).collect();
    Ok(ArchivedDay { exports, damaged, unfinished, unnamed })
}

/// Whether an export may have records that carry an id. It has none if this says no. A filter that is lost says nothing.
pub async fn may_have(objects: &impl Objects, export: &Archived, uid: &LogUid) -> Result<bool, ArchiveError> {
    let spellings = uid.spellings();
    for key in &export.manifest.ids {
        let filter = get(objects, key).await?.and_then(IdFilter::from_bytes);
        if filter.is_none_or(|filter| spellings.iter().any(|spelling| filter.may_have(spelling))) {
            return Ok(true);
        }
    }
    Ok(export.manifest.ids.is_empty() && export.manifest.records > 0)
}
