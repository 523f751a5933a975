//! The attributes of Python's log records that are not the application's own.

use pyo3::prelude::*;
use pyo3::types::PyString;

/// An attribute, in the order in which `LogRecord` sets them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(usize)]
pub(crate) enum Field {
    Name,
    Msg,
    Args,
    LevelName,
    LevelNo,
    PathName,
    FileName,
    Module,
    ExcInfo,
    ExcText,
    StackInfo,
    LineNo,
    FuncName,
    Created,
    Msecs,
    RelativeCreated,
    Thread,
    ThreadName,
    ProcessName,
    Process,
    TaskName,
    /// What a formatter sets.
    Message,
    AscTime,
    /// What the application may set, and the handler sets otherwise.
    LogUid,
    Service,
    Fqdn,
    RecordId,
    /// What `logbraid.stamp` sets: the fields of the transaction in which the record was made.
    Stamped,
}

pub(crate) const COUNT: usize = 28;

const ALL: [(Field, &str); COUNT] = [
    (Field::Name, "name"),
    (Field::Msg, "msg"),
    (Field::Args, "args"),
    (Field::LevelName, "levelname"),
    (Field::LevelNo, "levelno"),
    (Field::PathName, "pathname"),
    (Field::FileName, "filename"),
    (Field::Module, "module"),
    (Field::ExcInfo, "exc_info"),
    (Field::ExcText, "exc_text"),
    (Field::StackInfo, "stack_info"),
    (Field::LineNo, "lineno"),
    (Field::FuncName, "funcName"),
    (Field::Created, "created"),
    (Field::Msecs, "msecs"),
    (Field::RelativeCreated, "relativeCreated"),
    (Field::Thread, "thread"),
    (Field::ThreadName, "threadName"),
    (Field::ProcessName, "processName"),
    (Field::Process, "process"),
    (Field::TaskName, "taskName"),
    (Field::Message, "message"),
    (Field::AscTime, "asctime"),
    (Field::LogUid, "log_uid"),
    (Field::Service, "service"),
    (Field::Fqdn, "fqdn"),
    (Field::RecordId, "record_id"),
    (Field::Stamped, "_logbraid"),
];

/// What the handler writes beside the attributes.
const GIVEN: [&str; 2] = ["format_error", "truncated_from"];
/// The interned names of the attributes.
pub(crate) struct Names {
    names: Vec<(Field, Py<PyString>)>,
    /// The hashes of the names, then those of what the handler writes beside.
    hashes: Vec<isize>,
}

impl Names {
    pub(crate) fn new(py: Python<'_>) -> Self {
        let names = ALL.iter().map(|(field, name)| (*field, PyString::intern(py, name).unbind())).collect();
        let all = ALL.iter().map(|(_, name)| *name).chain(GIVEN);
        let hashes = all.map(|name| PyString::intern(py, name).hash().unwrap_or_default()).collect();
        Self { names, hashes }
    }

    /// Returns the field of an interned name. `cursor` is where the next name of a usual record is.
    pub(crate) fn find(&self, name: &Bound<'_, PyAny>, cursor: &mut usize) -> Option<Field> {
        if let Some((field, expected)) = self.names.get(*cursor)
            && expected.is(name)
        {
            *cursor += 1;
            return Some(*field);
        }
        let place = self.names.iter().position(|(_, other)| other.is(name))?;
        *cursor = place + 1;
        self.names.get(place).map(|(field, _)| *field)
    }

    /// Returns the field of a name that is not interned, if the application may give it: as of an `extra` that was read
    /// from JSON. Logging refuses all others.
    pub(crate) fn find_own(&self, name: &Bound<'_, PyAny>) -> Option<Field> {
        const FIRST: usize = Field::TaskName as usize;
        let place = FIRST + place(name, self.hashes.get(FIRST..COUNT)?)?;
        let (field, known) = self.names.get(place)?;
        name.eq(known).unwrap_or(false).then_some(*field)
    }

    /// Returns whether a name may be one that is reserved. Quick: it looks at the hash only, which each text keeps.
    pub(crate) fn may_be_reserved(&self, name: &Bound<'_, PyAny>) -> bool {
        place(name, &self.hashes).is_some()
    }

    /// Returns whether all records have a field of this name, or the handler gives it.
    pub(crate) fn is_reserved(name: &str) -> bool {
        ALL.iter().any(|(field, other)| *other == name && !matches!(field, Field::Service | Field::Fqdn))
            || GIVEN.contains(&name)
    }

    /// Returns the field of a name that is not interned.
    pub(crate) fn find_text(name: &str) -> Option<Field> {
        ALL.iter().find(|(_, other)| *other == name).map(|(field, _)| *field)
    }
}

fn place(name: &Bound<'_, PyAny>, hashes: &[isize]) -> Option<usize> {
    let hash = name.hash().ok()?;
    hashes.iter().position(|other| *other == hash)
}
