//! The parts of a line that are the same in many records: written once, then copied.

use std::sync::{MutexGuard, PoisonError};

use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString};

use super::attributes::Attributes;
use super::{Renderer, member};
use crate::field::Field;
use crate::memo::Memo;
use crate::value::Writer;

/// The number of texts that are remembered to have come once.
const SEEN_SLOTS: usize = 512;
/// The longest text that is kept.
const MAX_KNOWN_BYTES: usize = 1_024;

/// What was written before.
pub(super) struct Memos {
    /// Places in the program that log.
    sites: Memo<6>,
    /// Threads.
    threads: Memo<4>,
    /// Texts that are the same object each time: templates, names of the application's own attributes.
    texts: Memo<1>,
    /// The addresses and hashes of texts that came once.
    seen: Vec<(usize, isize)>,
}

impl Memos {
    pub(super) fn new() -> Self {
        Self { sites: Memo::new(), threads: Memo::new(), texts: Memo::new(), seen: vec![(0, 0); SEEN_SLOTS] }
    }
}

impl Renderer {
    /// Writes where the record comes from: logger, level, file, line, function.
    pub(super) fn site(&self, attributes: &Attributes<'_>, out: &mut Vec<u8>) {
        self.usual_site(attributes, out);
        // `LogRecord` makes these anew for each record.
        let mut writer = Writer::new(out);
        for (field, label) in [(Field::FileName, &b",\"filename\":"[..]), (Field::Module, b",\"module\":")] {
            if let Some(value) = attributes.get(field) {
                member(&mut writer, label, value);
            }
        }
    }

    /// Writes what is the same object for each record of a place in the program.
    fn usual_site(&self, attributes: &Attributes<'_>, out: &mut Vec<u8>) {
        const FIELDS: [(Field, &[u8]); 6] = [
            (Field::Name, b"\"name\":"),
            (Field::LevelName, b",\"levelname\":"),
            (Field::LevelNo, b",\"levelno\":"),
            (Field::PathName, b",\"pathname\":"),
            (Field::LineNo, b",\"lineno\":"),
            (Field::FuncName, b",\"funcName\":"),
        ];
        let values = FIELDS.map(|(field, _)| attributes.get(field));
        let key = key(values);
        if key.is_some_and(|key| self.memos().sites.write(&key, out)) {
            return;
        }
        let start = out.len();
        write_members(&FIELDS.map(|(_, label)| label), values, out, start);
        if out.len() == start {
            out.extend_from_slice(b"\"name\":\"root\"");
        }
        if let Some(key) = key {
            let objects = values.into_iter().flatten().map(|value| value.clone().unbind()).collect();
            let full = self.memos().sites.keep(key, out.get(start..).unwrap_or_default(), objects);
            drop(full);
        }
    }

    /// Writes the thread and the process.
    pub(super) fn thread(&self, attributes: &Attributes<'_>, out: &mut Vec<u8>) {
        const FIELDS: [(Field, &[u8]); 4] = [
            (Field::Thread, b",\"thread\":"),
            (Field::ThreadName, b",\"threadName\":"),
            (Field::Process, b",\"process\":"),
            (Field::ProcessName, b",\"processName\":"),
        ];
        let values = FIELDS.map(|(field, _)| attributes.get(field));
        let key = key(values);
        if key.is_some_and(|key| self.memos().threads.write(&key, out)) {
            return;
        }
        let start = out.len();
        write_members(&FIELDS.map(|(_, label)| label), values, out, 0);
        if let Some(key) = key {
            let objects = values.into_iter().flatten().map(|value| value.clone().unbind()).collect();
            let full = self.memos().threads.keep(key, out.get(start..).unwrap_or_default(), objects);
            drop(full);
        }
    }

    /// Writes a text that is likely to come again as the same object, such as a constant of the program.
    pub(super) fn known_text(&self, text: &Bound<'_, PyString>, writer: &mut Writer<'_>) {
        let key = [text.as_ptr() as usize];
        if self.memos().texts.write(&key, writer.out) {
            return;
        }
        let start = writer.out.len();
        writer.text(text);
        // Another text may get the address of one that is gone.
        let this = (key[0], text.hash().unwrap_or_default());
        let mut memos = self.memos();
        let slot = (key[0] >> 4) % SEEN_SLOTS;
        // A text that was made for this record alone does not come again.
        let has_come_before = memos.seen.get_mut(slot).is_some_and(|seen| std::mem::replace(seen, this) == this);
        drop(memos);
        if has_come_before && writer.out.len() - start <= MAX_KNOWN_BYTES {
            let objects = vec![text.clone().into_any().unbind()];
            let written = writer.out.get(start..).unwrap_or_default();
            let full = self.memos().texts.keep(key, written, objects);
            drop(full);
        }
    }

    fn memos(&self) -> MutexGuard<'_, Memos> {
        self.memos.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns what identifies texts by their objects and integers by their value. `None` if there is something else.
fn key<const N: usize>(values: [Option<&Bound<'_, PyAny>>; N]) -> Option<[usize; N]> {
    let mut key = [0; N];
    for (part, value) in key.iter_mut().zip(values) {
        let Some(value) = value else { continue };
        *part = if value.is_exact_instance_of::<PyString>() {
            value.as_ptr() as usize
        } else {
            // An odd number is no address of an object.
            let number = value.cast_exact::<PyInt>().ok()?.extract::<usize>().ok()?;
            number.checked_mul(2)? | 1
        };
    }
    Some(key)
}

fn write_members<const N: usize>(
    labels: &[&[u8]; N],
    values: [Option<&Bound<'_, PyAny>>; N],
    out: &mut Vec<u8>,
    start: usize,
) {
    let mut writer = Writer::new(out);
    for (label, value) in labels.iter().zip(values) {
        let Some(value) = value else { continue };
        // The first member of the object has no comma before it.
        let is_first = writer.out.len() == start && label.starts_with(b",");
        member(&mut writer, label.get(usize::from(is_first)..).unwrap_or_default(), value);
    }
}
