//! Projections: which fields of a record MongoDB sends.

use mongodb::bson::{Document, doc};

/// Some fields of a record. The `_id` is always among them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Projection {
    /// The fields, with dots for nested ones. None of them is in another.
    paths: Vec<String>,
}

impl Projection {
    /// Returns the projection to these paths. No path may lie in another: MongoDB refuses that.
    #[must_use]
    pub fn of_paths(paths: &[&'static str]) -> Self {
        Self { paths: paths.iter().map(|path| (*path).to_owned()).collect() }
    }

    /// Returns the projection in MongoDB's language.
    pub(crate) fn document(&self) -> Document {
        let mut document = doc! { "_id": 1 };
        document.extend(self.paths.iter().map(|path| (path.clone(), 1.into())));
        document
    }
}
