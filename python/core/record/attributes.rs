//! The attributes of a record.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::field::{COUNT, Field, Names};

/// The attributes of the application that a record usually has at most.
const USUAL_OTHERS: usize = 8;

/// A record's attributes.
pub(crate) struct Attributes<'py> {
    /// Whether the message is that of structlog's event, and not the record's own.
    pub(super) is_event: bool,
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
        let mut attributes = Self { is_event: false, known, others };
        if attributes.known[Field::Msg as usize].is_none() || attributes.known[Field::Created as usize].is_none() {
            attributes.find_by_text();
        }
        attributes.take_event(py);
        Ok(attributes)
    }

    /// Makes the fields of structlog's event those of the record. `ProcessorFormatter.wrap_for_formatter` puts the event into
    /// the record as its message, for a formatter that the handler does not use, and marks the record.
    fn take_event(&mut self, py: Python<'py>) {
        let Some(event) = self.known[Field::Msg as usize].as_ref().and_then(|msg| msg.cast::<PyDict>().ok()) else {
            return;
        };
        let is_marked = self.others.iter().any(|(name, _)| name.eq(intern!(py, "_logger")).unwrap_or(false));
        let Some(message) = event.get_item(intern!(py, "event")).ok().flatten().filter(|_| is_marked) else { return };
        let event = event.clone();
        self.others.retain(|(name, _)| !is_private(name));
        for (name, value) in event.iter().filter(|(name, _)| !is_private(name)) {
            match name.cast::<PyString>().ok().and_then(|name| Field::of(name)) {
                _ if name.eq(intern!(py, "event")).unwrap_or(false) => {}
                Some(
                    field @ (Field::ExcInfo
                    | Field::ExcText
                    | Field::StackInfo
                    | Field::LogUid
                    | Field::Service
                    | Field::Fqdn),
                ) => self.known[field as usize] = Some(value),
                _ => self.others.push((name, value)),
            }
        }
        self.known[Field::Msg as usize] = Some(message);
        self.is_event = true;
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

/// Returns whether a name is one that structlog keeps for itself.
fn is_private(name: &Bound<'_, PyAny>) -> bool {
    name.cast::<PyString>().is_ok_and(|name| name.to_string_lossy().starts_with('_'))
}

impl Field {
    fn of(name: &Bound<'_, PyString>) -> Option<Self> {
        Names::find_text(&crate::value::lossy(name))
    }
}
