//! How bad an event is: Python's level names and numbers.

/// The number from which a record counts as an error: Python's `logging.ERROR`.
pub const ERROR: i64 = 40;

/// The levels of Python's logging module, by rising number, with the names other libraries give them.
/// Source: <https://docs.python.org/3/library/logging.html#logging-levels>.
const LEVELS: [(i64, &str, &[&str]); 5] = [
    (10, "DEBUG", &["TRACE"]),
    (20, "INFO", &["INFORMATION", "NOTICE"]),
    (30, "WARNING", &["WARN"]),
    (ERROR, "ERROR", &["ERR"]),
    (50, "CRITICAL", &["FATAL", "EMERG", "EMERGENCY", "ALERT", "PANIC"]),
];

/// The number for a level's name, in any case; `None` for a name of the sender's own.
#[must_use]
pub fn number(name: &str) -> Option<i64> {
    let is = |known: &&str| name.eq_ignore_ascii_case(known);
    LEVELS.iter().find(|(_, own, others)| is(own) || others.iter().any(is)).map(|(number, ..)| *number)
}

/// Python's name for a level's number; between two levels, the lower one's. `None` below DEBUG (`NOTSET`).
#[must_use]
pub fn name(number: i64) -> Option<&'static str> {
    LEVELS.iter().rev().find(|(from, ..)| number >= *from).map(|(_, name, _)| *name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_have_numbers() {
        fn check(name: &str, expect: Option<i64>) {
            assert_eq!(super::number(name), expect, "{name}");
        }
        check("ERROR", Some(40));
        check("error", Some(40));
        check("Warn", Some(30));
        check("fatal", Some(50));
        check("LOUD", None);
        check("", None);
    }

    #[test]
    fn numbers_have_names() {
        fn check(number: i64, expect: Option<&str>) {
            assert_eq!(super::name(number), expect, "{number}");
        }
        check(10, Some("DEBUG"));
        check(25, Some("INFO"));
        check(40, Some("ERROR"));
        check(1_000, Some("CRITICAL"));
        check(0, None);
        check(-1, None);
    }
}
