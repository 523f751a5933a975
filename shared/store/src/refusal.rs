//! What the server's error codes mean for a write that it refused. docs/faults.md has the same table.

/// How long a refusal lasts, and what it is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// The server starts, stops or is no longer the primary. A later try may succeed.
    NotNow,
    /// The server is busy, or cannot reach another one. A later try may succeed.
    Busy,
    /// The server takes no such write until somebody changes its settings, disk or rights.
    Blocked,
    /// The server does not take this document. It takes others.
    Document,
}

use Refusal::{Blocked, Busy, Document, NotNow};

/// The code for a key that a unique index has already, most often an `_id`.
pub(crate) const DUPLICATE: i32 = 11_000;

/// The codes with their names, in order. The names are those of
/// <https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml>; a code without a name there is called
/// by its location. `NotNow` are the codes of the drivers' specification:
/// <https://github.com/mongodb/specifications/blob/master/source/server-discovery-and-monitoring>.
const REFUSALS: [(i32, &str, Refusal); 56] = [
    (2, "BadValue", Document),
    (6, "HostUnreachable", Busy),
    (7, "HostNotFound", Busy),
    (13, "Unauthorized", Blocked),
    (15, "Overflow", Document),
    (18, "AuthenticationFailed", Blocked),
    (20, "IllegalOperation", Blocked),
    (22, "InvalidBSON", Document),
    (24, "LockTimeout", Busy),
    (26, "NamespaceNotFound", Blocked),
    (46, "LockBusy", Busy),
    (50, "MaxTimeMSExpired", Busy),
    (52, "DollarPrefixedFieldName", Document),
    (64, "WriteConcernTimeout", Busy),
    (70, "ShardNotFound", Blocked),
    (73, "InvalidNamespace", Blocked),
    (79, "UnknownReplWriteConcern", Blocked),
    (89, "NetworkTimeout", Busy),
    (91, "ShutdownInProgress", NotNow),
    (100, "UnsatisfiableWriteConcern", Blocked),
    (112, "WriteConflict", Busy),
    (115, "CommandNotSupported", Blocked),
    (121, "DocumentValidationFailure", Document),
    (133, "FailedToSatisfyReadPreference", Busy),
    (146, "ExceededMemoryLimit", Busy),
    (150, "StaleEpoch", Busy),
    (166, "CommandNotSupportedOnView", Blocked),
    (171, "CannotIndexParallelArrays", Document),
    (189, "PrimarySteppedDown", NotNow),
    (202, "NetworkInterfaceExceededTimeLimit", Busy),
    (249, "StaleDbVersion", Busy),
    (262, "ExceededTimeLimit", Busy),
    (365, "TemporarilyUnavailable", Busy),
    (371, "UserWritesBlocked", Blocked),
    (391, "ReauthenticationRequired", Blocked),
    (402, "ResourceExhausted", Busy),
    (433, "AdmissionQueueOverflow", Busy),
    (8_000, "AtlasError", Blocked),
    (9_001, "SocketException", Busy),
    (10_058, "LegacyNotPrimary", NotNow),
    (10_107, "NotWritablePrimary", NotNow),
    (10_334, "BSONObjectTooLarge", Document),
    (DUPLICATE, "DuplicateKey", Document),
    (11_600, "InterruptedAtShutdown", NotNow),
    (11_601, "Interrupted", Busy),
    (11_602, "InterruptedDueToReplStateChange", NotNow),
    (13_388, "StaleConfig", Busy),
    (13_435, "NotPrimaryNoSecondaryOk", NotNow),
    (13_436, "NotPrimaryOrSecondary", NotNow),
    (14_031, "OutOfDiskSpace", Blocked),
    (16_755, "Location16755", Document),
    (16_766, "Location16766", Document),
    (17_262, "Location17262", Document),
    (17_280, "KeyTooLong", Document),
    (17_419, "Location17419", Document),
    (17_420, "Location17420", Document),
];

/// Returns the meaning of a code; `None` if the table does not have it.
pub(crate) fn meaning(code: i32) -> Option<Refusal> {
    entry(code).map(|(_, _, refusal)| *refusal)
}

/// Returns whether a refusal passes without anybody's help.
pub(crate) fn is_passing(code: i32) -> bool {
    matches!(meaning(code), Some(NotNow | Busy))
}

/// Returns whether a code that the server gives for one document of a batch means that it will never take it. A code that
/// the table does not have does: the document goes to the quarantine, where it is not lost and stops no shard. A server in
/// trouble refuses the quarantine as well, and then the document counts as not stored.
pub(crate) fn is_of_document(code: i32) -> bool {
    meaning(code).is_none_or(|refusal| refusal == Document)
}

/// Returns the server's name of a code.
pub(crate) fn name(code: i32) -> String {
    entry(code).map_or_else(|| format!("Location{code}"), |(_, name, _)| (*name).to_owned())
}

fn entry(code: i32) -> Option<&'static (i32, &'static str, Refusal)> {
    REFUSALS.iter().find(|(own, _, _)| *own == code)
}

#[cfg(test)]
mod tests {
    use super::{REFUSALS, Refusal, is_of_document, is_passing, name};

    #[test]
    fn the_page_has_the_table() {
        let page = include_str!("../../../docs/faults.md");
        let (_, section) = page.split_once("## What the server refuses").expect("the page has the section");
        let rows = section.lines().filter(|line| line.starts_with("| ") && line.as_bytes()[2].is_ascii_digit());
        let says = |refusal| match refusal {
            Refusal::NotNow | Refusal::Busy => "passes",
            Refusal::Blocked => "until somebody acts",
            Refusal::Document => "for good",
        };
        let expect = REFUSALS.iter().map(|(code, name, refusal)| format!("| {code} | `{name}` | {} |", says(*refusal)));
        let expect: Vec<String> = expect.collect();
        assert_eq!(rows.collect::<Vec<_>>(), expect, "docs/faults.md should say:\n{}", expect.join("\n"));
    }

    #[test]
    fn codes_are_in_order_and_there_once() {
        assert!(REFUSALS.is_sorted_by(|(a, ..), (b, ..)| a < b));
    }

    #[test]
    fn a_code_that_is_not_in_the_table_is_of_the_document() {
        fn check(code: i32, passing: bool, of_document: bool, expect: &str) {
            assert_eq!((is_passing(code), is_of_document(code), &*name(code)), (passing, of_document, expect));
        }
        check(121, false, true, "DocumentValidationFailure");
        check(14_031, false, false, "OutOfDiskSpace");
        check(189, true, false, "PrimarySteppedDown");
        check(50, true, false, "MaxTimeMSExpired");
        check(987_654, false, true, "Location987654");
    }
}
