//! A log record becomes a line of JSON.

mod attributes;
mod known;
mod taken;

use std::sync::{Arc, Mutex};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyType};
use send::{Identity, cut_from, limits};

pub(crate) use self::attributes::Attributes;
use self::known::Memos;
use self::taken::Taken;
use crate::field::{Field, Names};
use crate::value::{Objects, Writer};

/// What turns records into lines. Shared by all threads.
pub(crate) struct Renderer {
    pub(crate) names: Names,
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

/// A line, and whether it was cut.
pub(crate) struct Rendered {
    pub(crate) is_cut: bool,
    /// What must be raised in the end.
    pub(crate) interrupt: Option<PyErr>,
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
            memos: Mutex::new(Memos::new()),
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
        // Ingest knows by it what is sent twice: it is never the application's.
        writer.out.push(b',');
        self.identity.write(writer.out);
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
        self.given(attributes, fields, &mut writer);
        let interrupt = writer.interrupt.take();
        let (is_short, left_out) = (writer.is_short, writer.left_out);
        out.extend_from_slice(b"}\n");
        let is_large = out.len() > limits::MAX_LINE_BYTES;
        if is_large && let Some(mut line) = cut_from(out, limits::MAX_LINE_BYTES - 1, out.len() + left_out) {
            line.push(b'\n');
            *out = line;
        }
        Rendered { is_cut: is_large || is_short, interrupt }
    }

    /// Writes the message; and the template and its arguments, if there are arguments.
    fn message(&self, record: &Bound<'_, PyAny>, attributes: &Attributes<'_>, writer: &mut Writer<'_>) {
        let py = record.py();
        let Some(msg) = attributes.known[Field::Msg as usize].as_ref() else {
            return writer.out.extend_from_slice(b",\"message\":\"\"");
        };
        let args = attributes.get(Field::Args).filter(|args| args.is_truthy().unwrap_or(false));
        let is_usual = attributes.is_event || record.get_type().is(self.record_type.bind(py));
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
        if let Some(text) = attributes.get(Field::ExcText).filter(|text| has_text(text)) {
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

    /// Writes the application's own: the record's attributes, and the fields of its transaction that it does not have.
    fn given(&self, attributes: &Attributes<'_>, fields: Option<&Bound<'_, PyDict>>, writer: &mut Writer<'_>) {
        let mut taken = Taken::new(attributes, fields);
        if let Some(id) = attributes.get(Field::RecordId) {
            taken.write(self, intern!(id.py(), "record_id").as_any(), id, writer);
        }
        for (name, value) in &attributes.others {
            taken.write(self, name, value, writer);
        }
        for (name, value) in fields.into_iter().flat_map(|fields| fields.iter().collect::<Vec<_>>()) {
            let is_given =
                attributes.others.iter().any(|(other, _)| other.is(&name) || other.eq(&name).unwrap_or(false));
            // What the record says itself comes first.
            let is_own = [(Field::Service, "service"), (Field::Fqdn, "fqdn")]
                .iter()
                .any(|(field, own)| attributes.get(*field).is_some() && name.eq(*own).unwrap_or(false));
            if !is_given && !is_own {
                taken.write(self, &name, &value, writer);
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
}

fn member(writer: &mut Writer<'_>, label: &[u8], value: &Bound<'_, PyAny>) {
    writer.out.extend_from_slice(label);
    writer.value(value, Objects::Text);
}

/// Returns whether a text says something. loguru sets a line end, so that no formatter adds a traceback.
fn has_text(text: &Bound<'_, PyAny>) -> bool {
    match text.cast::<PyString>() {
        Ok(text) => !text.to_string_lossy().trim().is_empty(),
        Err(_) => text.is_truthy().unwrap_or(false),
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
