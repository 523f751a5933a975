//! A log record becomes a line of JSON.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyString, PyType};
use send::{Identity, cut, limits};

use crate::field::{COUNT, Field, Names};
use crate::memo::Memo;
use crate::value::{Objects, Writer};

/// What turns records into lines. Shared by all threads.
pub(crate) struct Renderer {
    names: Names,
    /// `logging.LogRecord`: its `getMessage` is known.
    record_type: Py<PyType>,
    /// `logbraid._traceback.format_exc_info`.
    format_exception: Py<PyAny>,
    identity: Arc<Identity>,
    /// `,"service":…` and `,"fqdn":…`.
    service: Vec<u8>,
    fqdn: Vec<u8>,
    memos: Mutex<Memos>,
}

struct Memos {
    /// Places in the program that log.
    sites: Memo<8>,
    /// Threads.
    threads: Memo<4>,
    /// Texts that are the same object each time: templates, names of the application's own attributes.
    texts: Memo<1>,
    /// The addresses of texts that came once.
    seen: Vec<usize>,
}

/// A record's attributes.
pub(crate) struct Attributes<'py> {
    known: [Option<Bound<'py, PyAny>>; COUNT],
    others: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
}

/// A line, and whether it was cut.
pub(crate) struct Rendered {
    pub(crate) is_cut: bool,
    /// What must be raised in the end.
    pub(crate) interrupt: Option<PyErr>,
}

impl<'py> Attributes<'py> {
    /// Reads a record's attributes.
    pub(crate) fn read(names: &Renderer, record: &Bound<'py, PyAny>) -> PyResult<Self> {
        let py = record.py();
        let dict = record.getattr(intern!(py, "__dict__"))?;
        let mut known = [const { None }; COUNT];
        let (mut others, mut cursor) = (Vec::with_capacity(USUAL_OTHERS), 0);
        for (name, value) in dict.cast::<PyDict>()?.iter() {
            match names.names.find(&name, &mut cursor) {
                Some(field) => known[field as usize] = Some(value),
                None => others.push((name, value)),
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

impl Renderer {
    pub(crate) fn new(
        py: Python<'_>,
        identity: Arc<Identity>,
        service: Option<&str>,
        fqdn: &str,
        format_exception: Py<PyAny>,
    ) -> PyResult<Self> {
        let record_type = py.import("logging")?.getattr("LogRecord")?.cast_into::<PyType>()?.unbind();
        let member = |name: &str, value: &str| format!(",\"{name}\":{}", quoted(value)).into_bytes();
        Ok(Self {
            names: Names::new(py),
            record_type,
            format_exception,
            identity,
            service: service.map(|service| member("service", service)).unwrap_or_default(),
            fqdn: member("fqdn", fqdn),
            memos: Mutex::new(Memos {
                sites: Memo::new(),
                threads: Memo::new(),
                texts: Memo::new(),
                seen: vec![0; SEEN_SLOTS],
            }),
        })
    }

    /// Writes a record's line. `fields` are those of its transaction.
    pub(crate) fn render(
        &self,
        record: &Bound<'_, PyAny>,
        attributes: &Attributes<'_>,
        uid: Option<&Bound<'_, PyAny>>,
        fields: Option<&Bound<'_, PyDict>>,
        out: &mut Vec<u8>,
    ) -> Rendered {
        let py = record.py();
        out.push(b'{');
        self.site(attributes, out);
        if let Some(created) = attributes.get(Field::Created) {
            member(&mut Writer::new(out), b",\"created\":", created);
        }
        self.thread(attributes, out);
        let mut writer = Writer::new(out);
        if let Some(id) = attributes.get(Field::RecordId) {
            member(&mut writer, b",\"record_id\":", id);
        } else {
            writer.out.push(b',');
            self.identity.write(writer.out);
        }
        if let Some(uid) = uid {
            member(&mut writer, b",\"log_uid\":", uid);
        }
        let of_transaction = |name| fields.is_some_and(|fields| fields.contains(name).unwrap_or(false));
        match attributes.get(Field::Service) {
            Some(service) => member(&mut writer, b",\"service\":", service),
            None if of_transaction("service") => {}
            None => writer.out.extend_from_slice(&self.service),
        }
        match attributes.get(Field::Fqdn) {
            Some(fqdn) => member(&mut writer, b",\"fqdn\":", fqdn),
            None if of_transaction("fqdn") => {}
            None => writer.out.extend_from_slice(&self.fqdn),
        }
        self.message(record, attributes, &mut writer);
        self.exception(py, attributes, &mut writer);
        if let Some(stack) = attributes.get(Field::StackInfo) {
            member(&mut writer, b",\"stack_info\":", stack);
        }
        if let Some(task) = attributes.get(Field::TaskName) {
            member(&mut writer, b",\"taskName\":", task);
        }
        for (name, value) in &attributes.others {
            self.member(name, value, &mut writer);
        }
        for (name, value) in fields.into_iter().flat_map(|fields| fields.iter().collect::<Vec<_>>()) {
            let is_given =
                attributes.others.iter().any(|(other, _)| other.is(&name) || other.eq(&name).unwrap_or(false));
            // What the record says itself comes first.
            let is_own = [(Field::Service, "service"), (Field::Fqdn, "fqdn"), (Field::RecordId, "record_id")]
                .iter()
                .any(|(field, own)| attributes.get(*field).is_some() && name.eq(*own).unwrap_or(false));
            if !is_given && !is_own && !name.eq("log_uid").unwrap_or(false) {
                self.member(&name, &value, &mut writer);
            }
        }
        let interrupt = writer.interrupt.take();
        out.extend_from_slice(b"}\n");
        let is_cut = out.len() > limits::MAX_LINE_BYTES;
        if is_cut && let Some(mut line) = cut(out, limits::MAX_LINE_BYTES - 1) {
            line.push(b'\n');
            *out = line;
        }
        Rendered { is_cut, interrupt }
    }

    /// Writes where the record comes from: logger, level, file, line, function.
    fn site(&self, attributes: &Attributes<'_>, out: &mut Vec<u8>) {
        const FIELDS: [(Field, &[u8]); 8] = [
            (Field::Name, b"\"name\":"),
            (Field::LevelName, b",\"levelname\":"),
            (Field::LevelNo, b",\"levelno\":"),
            (Field::PathName, b",\"pathname\":"),
            (Field::FileName, b",\"filename\":"),
            (Field::Module, b",\"module\":"),
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

    fn thread(&self, attributes: &Attributes<'_>, out: &mut Vec<u8>) {
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

    /// Writes the message; and the template and its arguments, if there are arguments.
    fn message(&self, record: &Bound<'_, PyAny>, attributes: &Attributes<'_>, writer: &mut Writer<'_>) {
        let py = record.py();
        let Some(msg) = attributes.known[Field::Msg as usize].as_ref() else {
            return writer.out.extend_from_slice(b",\"message\":\"\"");
        };
        let args = attributes.get(Field::Args).filter(|args| args.is_truthy().unwrap_or(false));
        let is_usual = record.get_type().is(self.record_type.bind(py));
        writer.out.extend_from_slice(b",\"message\":");
        if is_usual && args.is_none() {
            if let Ok(text) = msg.cast_exact::<PyString>() {
                return self.known_text(text, writer);
            }
            let text = writer.text_of(msg);
            return writer.string(&text);
        }
        let message = match (is_usual, args, msg.cast_exact::<PyString>()) {
            (true, Some(args), Ok(template)) => template.as_any().rem(args),
            (true, Some(args), Err(_)) => msg.str().and_then(|template| template.as_any().rem(args)),
            _ => record.call_method0(intern!(py, "getMessage")),
        };
        let failure = match message.and_then(|message| message.str()) {
            Ok(message) => {
                writer.text(&message);
                None
            }
            Err(error) => {
                let text = writer.text_of(msg);
                writer.string(&text);
                Some(writer.caught(py, error))
            }
        };
        let Some(args) = args else { return };
        if let Ok(template) = msg.cast_exact::<PyString>() {
            writer.out.extend_from_slice(b",\"msg\":");
            self.known_text(template, writer);
        }
        writer.out.extend_from_slice(b",\"args\":");
        writer.value(args, Objects::TypeName);
        if let Some(failure) = failure {
            writer.out.extend_from_slice(b",\"format_error\":");
            writer.string(&failure);
        }
    }

    fn exception(&self, py: Python<'_>, attributes: &Attributes<'_>, writer: &mut Writer<'_>) {
        if let Some(text) = attributes.get(Field::ExcText).filter(|text| text.is_truthy().unwrap_or(false)) {
            return member(writer, b",\"exc_text\":", text);
        }
        let Some(info) = attributes.get(Field::ExcInfo).filter(|info| info.is_truthy().unwrap_or(false)) else {
            return;
        };
        match self.format_exception.bind(py).call1((info,)) {
            Ok(text) if text.is_none() => {}
            Ok(text) => member(writer, b",\"exc_text\":", &text),
            Err(error) => {
                let why = writer.caught(py, error);
                writer.out.extend_from_slice(b",\"exc_text\":");
                writer.string(&format!("<the traceback cannot be written: {why}>"));
            }
        }
    }

    /// Writes an attribute of the application.
    fn member(&self, name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>, writer: &mut Writer<'_>) {
        writer.out.push(b',');
        match name.cast_exact::<PyString>() {
            Ok(text) => self.known_text(text, writer),
            Err(_) => writer.name(name),
        }
        writer.out.push(b':');
        writer.value(value, Objects::Text);
    }

    /// Writes a text that is likely to come again as the same object, such as a constant of the program.
    fn known_text(&self, text: &Bound<'_, PyString>, writer: &mut Writer<'_>) {
        let key = [text.as_ptr() as usize];
        if self.memos().texts.write(&key, writer.out) {
            return;
        }
        let start = writer.out.len();
        writer.text(text);
        let mut memos = self.memos();
        let slot = (key[0] >> 4) % SEEN_SLOTS;
        // A text that was made for this record alone does not come again.
        let has_come_before = memos.seen.get_mut(slot).is_some_and(|seen| std::mem::replace(seen, key[0]) == key[0]);
        drop(memos);
        if has_come_before && writer.out.len() - start <= MAX_KNOWN_BYTES {
            let objects = vec![text.clone().into_any().unbind()];
            let written = writer.out.get(start..).unwrap_or_default();
            let full = self.memos().texts.keep(key, written, objects);
            drop(full);
        }
    }

    fn memos(&self) -> std::sync::MutexGuard<'_, Memos> {
        self.memos.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The attributes of the application that a record usually has at most.
const USUAL_OTHERS: usize = 8;
/// The number of texts that are remembered to have come once.
const SEEN_SLOTS: usize = 512;
/// The longest text that is kept.
const MAX_KNOWN_BYTES: usize = 1_024;

/// Returns what identifies texts by their objects and integers by their value. `None` if there is something else.
fn key<const N: usize>(values: [Option<&Bound<'_, PyAny>>; N]) -> Option<[usize; N]> {
    let mut key = [0; N];
    for (part, value) in key.iter_mut().zip(values) {
        let Some(value) = value else { continue };
        *part = if value.is_exact_instance_of::<PyString>() {
            value.as_ptr() as usize
        } else {
            // An odd number is no address of an object.
            let number = value.cast_exact::<PyInt>().ok()?.extract::<u32>().ok()?;
            (number as usize) << 1 | 1
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

fn member(writer: &mut Writer<'_>, label: &[u8], value: &Bound<'_, PyAny>) {
    writer.out.extend_from_slice(label);
    writer.value(value, Objects::Text);
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
