//! The attributes of a record.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::field::{COUNT, Field, Names};

/// The attributes of the application that a record usually has at most.
const USUAL_OTHERS: usize = 8;

/// A record's attributes.
pub(crate) struct Attributes<'py> {
    pub(super) known: [Option<Bound<'py, PyAny>>; COUNT],
    pub(super) others: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
}

impl<'py> Attributes<'py> {
    /// Reads a record's attributes.
    pub(crate) fn read(names: &Names, record: &Bound<'py, PyAny>) -> PyResult<Self> {
        let py = record.py();
        let dict = record.getattr(intern!(py, "__dict__"))?;
        let mut known = [const { None }; COUNT];
        let (mut others, mut cursor) = (Vec::with_capacity(USUAL_OTHERS), 0);
        for (name, value) in dict.cast::<PyDict>()?.iter() {
            match names.find(&name, &mut cursor) {
                Some(field) => known[field as usize] = Some(value),
                None => match names.find_own(&name) {
                    Some(field) => known[field as usize] = Some(value),
                    None => others.push((name, value)),
                },
            }
        }
        let mut attributes = Self { known, others };
        if attributes.known[Field::Msg as usize].is_none() || attributes.known[Field::Created as usize].is_none() {
            attributes.find_by_text();
        }
        Ok(attributes)
    }

    /// Finds attributes whose names are not interned, as those of records that came from elsewhere.
    fn find_by_text(&mut self) {
        let others = std::mem::take(&mut self.others);
        for (name, value) in others {
            let field = name.cast::<PyString>().ok().and_then(|name| Field::of(name));
            match field {
                Some(field) => self.known[field as usize] = Some(value),
                None => self.others.push((name, value)),
            }
        }
    }

    /// Returns an attribute that is there and not `None`.
    pub(crate) fn get(&self, field: Field) -> Option<&Bound<'py, PyAny>> {
        self.known[field as usize].as_ref().filter(|value| !value.is_none())
    }

    /// Returns the number of the level.
    pub(crate) fn level(&self) -> i64 {
        self.get(Field::LevelNo).and_then(|level| level.extract().ok()).unwrap_or(0)
    }

    /// Returns the record's own uid.
    pub(crate) fn uid(&self) -> Option<&Bound<'py, PyAny>> {
        self.get(Field::LogUid)
    }
}

impl Field {
    fn of(name: &Bound<'_, PyString>) -> Option<Self> {
        Names::find_text(&crate::value::lossy(name))
    }
}
