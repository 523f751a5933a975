//! The names of the application's own members. No name is written twice.

use std::collections::HashSet;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::{Attributes, Renderer};
use crate::field::Names;
use crate::value::{Objects, Writer, lossy};

/// The most signs that are added to a name.
const MAX_ADDED: usize = 16;

/// The names that are taken.
pub(super) struct Taken<'a, 'py> {
    attributes: &'a Attributes<'py>,
    fields: Option<&'a Bound<'py, PyDict>>,
    /// Names that were made here.
    made: HashSet<String>,
}

impl<'a, 'py> Taken<'a, 'py> {
    pub(super) fn new(attributes: &'a Attributes<'py>, fields: Option<&'a Bound<'py, PyDict>>) -> Self {
        Self { attributes, fields, made: HashSet::new() }
    }

    /// Writes a member. A name that all records have gets a `_` after it, as does a text that another name has.
    pub(super) fn write(
        &mut self,
        renderer: &Renderer,
        name: &Bound<'py, PyAny>,
        value: &Bound<'py, PyAny>,
        writer: &mut Writer<'_>,
    ) {
        let known = name.cast_exact::<PyString>().ok();
        if let Some(text) = known
            && !renderer.names.may_be_reserved(text)
            && self.made.is_empty()
        {
            return renderer.member(name, value, writer);
        }
        let text = known.map_or_else(|| writer.text_of(name), lossy);
        let is_free = |taken: &Self, text: &str, is_given: bool| {
            let is_taken = taken.made.contains(text) || (is_given && taken.is_given(text));
            !Names::is_reserved(text) && !is_taken
        };
        // A name that is no text, such as 5, may become that of another.
        let (mut free, is_changed) = (text, known.is_none());
        if !is_free(self, &free, is_changed) {
            for _ in 0..MAX_ADDED {
                free.push('_');
                if is_free(self, &free, true) {
                    break;
                }
            }
        }
        writer.out.push(b',');
        writer.string(&free);
        writer.out.push(b':');
        writer.value(value, Objects::Text);
        self.made.insert(free);
    }

    /// Returns whether the application gives another member this name.
    fn is_given(&self, text: &str) -> bool {
        self.attributes.others.iter().any(|(name, _)| name.eq(text).unwrap_or(false))
            || self.fields.is_some_and(|fields| fields.contains(text).unwrap_or(false))
    }
}
