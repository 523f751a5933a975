//! What a run says that it did.

use serde::Serialize;

/// What a run did.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Report {
    /// Whether nothing was dropped: `dropped` are the days that would be.
    pub dry_run: bool,
    /// The first day that is kept.
    pub first_kept: String,
    /// The days that were dropped, in order.
    pub dropped: Vec<String>,
    /// How many days are left for later runs.
    pub left: usize,
    /// The object of the archive that a dry run wrote and read back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probed: Option<String>,
    /// The days past retention that are held.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<HeldDay>,
    /// The days that were exported, or were already, before they were dropped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub archived: Vec<ArchivedDay>,
    /// The day whose export goes on in the next run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exporting: Option<Exporting>,
    /// The days that are not dropped, since records came or went while they were exported. The next run tries again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changing: Vec<String>,
    /// The days that were filed without sketches and have them now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sketched: Vec<String>,
}

/// A day that is held.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct HeldDay {
    /// The day.
    pub day: String,
    /// When the hold ends.
    pub until: String,
    /// Why it is held.
    pub reason: String,
}

/// A day in the archive.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ArchivedDay {
    /// The day.
    pub day: String,
    /// How many records.
    pub records: u64,
    /// The address of the manifest.
    pub manifest: String,
}

/// A day whose export is not done.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Exporting {
    /// The day.
    pub day: String,
    /// How many records are exported so far.
    pub records: u64,
}
