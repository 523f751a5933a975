//! Any Python value becomes JSON. Types stay types; what JSON does not have becomes text. Nothing is raised.

use std::collections::HashSet;

use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PyMapping, PySet, PyString, PyTuple,
};

/// How deep containers are followed.
const MAX_DEPTH: u32 = 16;
/// How many values of one attribute are written.
const MAX_VALUES: u32 = 20_000;
/// The longest text of one value, in characters. A record that is too large for Kinesis is cut later.
const MAX_TEXT_CHARS: usize = 4 * 1024 * 1024;
/// Stands for what is left out.
const ELLIPSIS: &[u8] = "\"…\"".as_bytes();

/// What becomes of objects of types that JSON does not have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Objects {
    /// Their `str()`.
    Text,
    /// Their type's name: the message has their text already, and making it twice may be expensive.
    TypeName,
}

/// Writes values into one record.
pub(crate) struct Writer<'a> {
    pub(crate) out: &'a mut Vec<u8>,
    objects: Objects,
    values: u32,
    /// What must be raised in the end: `KeyboardInterrupt` and its like.
    pub(crate) interrupt: Option<PyErr>,
    /// Whether something was left out.
    pub(crate) is_short: bool,
    /// The bytes of texts that were left out.
    pub(crate) left_out: usize,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, objects: Objects::Text, values: 0, interrupt: None, is_short: false, left_out: 0 }
    }

    /// Writes a value.
    pub(crate) fn value(&mut self, value: &Bound<'_, PyAny>, objects: Objects) {
        self.objects = objects;
        self.values = 0;
        self.any(value, 0);
    }

    fn any(&mut self, value: &Bound<'_, PyAny>, depth: u32) {
        self.values += 1;
        if self.values > MAX_VALUES {
            self.ellipsis();
        } else if let Ok(text) = value.cast_exact::<PyString>() {
            self.text(text);
        } else if value.is_none() {
            self.out.extend_from_slice(b"null");
        } else if let Ok(flag) = value.cast_exact::<PyBool>() {
            self.out.extend_from_slice(if flag.is_true() { b"true" } else { b"false" });
        } else if let Ok(number) = value.cast_exact::<PyInt>() {
            self.integer(number);
        } else if let Ok(number) = value.cast_exact::<PyFloat>() {
            self.float(number.value());
        } else {
            self.compound(value, depth);
        }
    }

    fn compound(&mut self, value: &Bound<'_, PyAny>, depth: u32) {
        let is_container = value.is_instance_of::<PyDict>()
            || value.is_instance_of::<PyList>()
            || value.is_instance_of::<PyTuple>()
            || value.is_instance_of::<PySet>()
            || value.is_instance_of::<PyFrozenSet>();
        if is_container && depth >= MAX_DEPTH {
            return self.ellipsis();
        }
        if let Ok(dict) = value.cast::<PyDict>() {
            self.dict(dict, depth);
        } else if let Ok(list) = value.cast::<PyList>() {
            // Its length can change while its items are written.
            self.items(list.iter(), depth);
        } else if let Ok(tuple) = value.cast::<PyTuple>() {
            self.items(tuple.iter(), depth);
        } else if let Ok(set) = value.cast::<PySet>() {
            let items: Vec<_> = set.iter().take(MAX_VALUES as usize).collect();
            self.items(items.into_iter(), depth);
        } else if let Ok(set) = value.cast::<PyFrozenSet>() {
            self.items(set.iter(), depth);
        } else if let Ok(bytes) = value.cast::<PyBytes>() {
            self.bytes(bytes.as_bytes());
        } else if let Ok(bytes) = value.cast::<PyByteArray>() {
            self.bytes(&bytes.to_vec());
        } else if let Ok(text) = value.cast::<PyString>() {
            self.text(text);
        } else if let Ok(number) = value.cast::<PyInt>() {
            self.integer(number);
        } else if let Ok(number) = value.cast::<PyFloat>() {
            self.float(number.value());
        } else {
            self.object(value, depth);
        }
    }

    fn ellipsis(&mut self) {
        self.is_short = true;
        self.out.extend_from_slice(ELLIPSIS);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let kept = bytes.get(..MAX_TEXT_CHARS).unwrap_or(bytes);
        self.left_out += bytes.len() - kept.len();
        self.string(&String::from_utf8_lossy(kept));
    }

    fn items<'py>(&mut self, items: impl Iterator<Item = Bound<'py, PyAny>>, depth: u32) {
        self.out.push(b'[');
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            self.any(&item, depth + 1);
            if self.values > MAX_VALUES {
                break;
            }
        }
        self.out.push(b']');
    }

    fn dict(&mut self, dict: &Bound<'_, PyDict>, depth: u32) {
        // A copy: the program may change it while its values are written, and iterating would then panic.
        let items: Vec<_> = dict.iter().take(MAX_VALUES as usize).collect();
        // A name that is no text, such as 1, may become that of another.
        let mut names = items.iter().any(|(name, _)| !name.is_instance_of::<PyString>()).then(HashSet::new);
        self.out.push(b'{');
        for (index, (name, value)) in items.into_iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            match &mut names {
                None => self.name(&name),
                Some(names) => self.other_name(&name, names),
            }
            self.out.push(b':');
            self.any(&value, depth + 1);
            if self.values > MAX_VALUES {
                break;
            }
        }
        self.out.push(b'}');
    }

    /// Writes the name of a member with a `_` for each member before that has the same.
    fn other_name(&mut self, name: &Bound<'_, PyAny>, names: &mut HashSet<String>) {
        let mut text = name.cast::<PyString>().map_or_else(|_| self.text_of(name), lossy);
        while !names.insert(text.clone()) {
            text.push('_');
        }
        self.string(&text);
    }

    /// Writes the name of a member.
    pub(crate) fn name(&mut self, name: &Bound<'_, PyAny>) {
        if let Ok(text) = name.cast::<PyString>() {
            return self.text(text);
        }
        let text = self.text_of(name);
        self.string(&text);
    }

    /// Writes an object of a type that JSON does not have.
    fn object(&mut self, value: &Bound<'_, PyAny>, depth: u32) {
        let py = value.py();
        if self.objects == Objects::TypeName && !is_plain(value) && !is_scalar(value) {
            let text = format!("<{}>", type_name(value));
            return self.string(&text);
        }
        // A number of another library, such as NumPy.
        if depth < MAX_DEPTH
            && value.hasattr(intern!(py, "dtype")).unwrap_or(false)
            && let Ok(plain) = value.call_method0(intern!(py, "tolist"))
            && !plain.is(value)
        {
            return self.any(&plain, depth + 1);
        }
        if depth < MAX_DEPTH
            && let Ok(mapping) = value.cast::<PyMapping>()
        {
            let dict = PyDict::new(py);
            if dict.update(mapping).is_ok() {
                return self.dict(&dict, depth);
            }
        }
        let iso = value.hasattr(intern!(py, "isoformat")).unwrap_or(false);
        if iso
            && let Ok(text) = value.call_method0(intern!(py, "isoformat"))
            && let Ok(text) = text.cast::<PyString>()
        {
            return self.text(text);
        }
        let text = self.text_of(value);
        self.string(&text);
    }

    /// Returns an object's `str()`, or what can be said of it.
    pub(crate) fn text_of(&mut self, value: &Bound<'_, PyAny>) -> String {
        match value.str() {
            Ok(text) => lossy(&text),
            Err(error) => {
                let why = self.caught(value.py(), error);
                format!("<{}: {why}>", type_name(value))
            }
        }
    }

    /// Returns an exception in words. Keeps it if the program must see it.
    pub(crate) fn caught(&mut self, py: Python<'_>, error: PyErr) -> String {
        let words = type_name(error.value(py).as_any());
        let text = error.value(py).str().map(|text| lossy(&text)).unwrap_or_default();
        if !error.is_instance_of::<PyException>(py) {
            self.interrupt = Some(error);
        }
        if text.is_empty() { words } else { format!("{words}: {text}") }
    }

    /// Writes a text.
    pub(crate) fn text(&mut self, text: &Bound<'_, PyString>) {
        match text.encode_utf8() {
            Ok(bytes) if bytes.as_bytes().len() <= MAX_TEXT_CHARS => self.utf8(bytes.as_bytes()),
            encoded => {
                let kept = lossy(text);
                self.left_out += encoded.map_or(0, |bytes| bytes.as_bytes().len().saturating_sub(kept.len()));
                self.string(&kept);
            }
        }
    }

    fn utf8(&mut self, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.string(text),
            Err(_) => self.string(&String::from_utf8_lossy(bytes)),
        }
    }

    /// Writes a text.
    pub(crate) fn string(&mut self, text: &str) {
        // Writing into memory does not fail.
        let _ = serde_json::to_writer(&mut *self.out, text);
    }

    fn integer(&mut self, number: &Bound<'_, PyInt>) {
        if let Ok(number) = number.extract::<i64>() {
            self.out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
            return;
        }
        // Python refuses to write very long numbers in decimal.
        let text = number.py().get_type::<PyInt>().call_method1("__str__", (number,)).map(|text| text.to_string());
        if let Ok(text) = text {
            return self.out.extend_from_slice(text.as_bytes());
        }
        let bits = number.call_method0("bit_length").map(|bits| bits.to_string()).unwrap_or_default();
        self.string(&format!("<int of {bits} bits>"));
    }

    /// Writes a number. JSON has no word for what is none.
    pub(crate) fn float(&mut self, number: f64) {
        if number.is_finite() {
            let _ = serde_json::to_writer(&mut *self.out, &number);
        } else {
            let text = if number.is_nan() {
                "NaN"
            } else if number > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            };
            self.string(text);
        }
    }
}

/// Returns a text with what UTF-8 cannot hold replaced, and without its end if it is very long.
pub(crate) fn lossy(text: &Bound<'_, PyString>) -> String {
    let py = text.py();
    let slice = text.as_any().get_item(pyo3::types::PySlice::new(py, 0, MAX_TEXT_CHARS.cast_signed(), 1));
    let text = slice.unwrap_or_else(|_| text.as_any().clone());
    let bytes = text.call_method1(intern!(py, "encode"), (intern!(py, "utf-8"), intern!(py, "backslashreplace")));
    bytes
        .and_then(|bytes| Ok(bytes.cast::<PyBytes>()?.as_bytes().to_vec()))
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}

/// Returns whether an object is one number of another library, such as `NumPy`.
fn is_scalar(value: &Bound<'_, PyAny>) -> bool {
    let py = value.py();
    value.hasattr(intern!(py, "dtype")).unwrap_or(false)
        && value
            .getattr(intern!(py, "shape"))
            .is_ok_and(|shape| shape.cast::<PyTuple>().is_ok_and(PyTupleMethods::is_empty))
}

/// Returns whether an object is of Python's own library: its text is cheap and has no effects.
fn is_plain(value: &Bound<'_, PyAny>) -> bool {
    const MODULES: [&str; 6] = ["datetime", "decimal", "fractions", "ipaddress", "pathlib", "uuid"];
    let module = value.get_type().module().map(|module| module.to_string()).unwrap_or_default();
    MODULES.contains(&module.as_str())
}

fn type_name(value: &Bound<'_, PyAny>) -> String {
    value.get_type().qualname().map_or_else(|_| "object".to_owned(), |name| lossy(&name))
}
