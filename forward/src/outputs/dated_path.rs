//! The path of a file with the time in it, as strftime has it.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::TimeZone;

/// Returns the path for a time, which is UTC.
pub(super) fn path(pattern: &str, time: Timestamp) -> Result<PathBuf, jiff::Error> {
    strtime::format(pattern, &time.to_zoned(TimeZone::UTC)).map(PathBuf::from)
}

/// Returns why a path and its `keep_days` cannot be used; `None` if they can.
pub(crate) fn problem(pattern: &str, keep_days: Option<u32>) -> Option<String> {
    let example = match path(pattern, Timestamp::UNIX_EPOCH) {
        Ok(path) => path,
        Err(error) => return Some(format!("`{pattern}` makes no path: {error}")),
    };
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    let Some((pattern_name, name)) = name(Path::new(pattern)).zip(name(&example)) else {
        return Some(format!("`{pattern}` has no name of a file"));
    };
    if keep_days.is_none() {
        return None;
    }
    let is_dated = day(&pattern_name, &name).is_some() && Path::new(pattern).parent() == example.parent();
    (!is_dated).then(|| {
        format!("`keep_days` needs the day in the name of the file, and in no folder, such as errors-%Y-%m-%d.jsonl; not `{pattern}`")
    })
}

/// Returns the day in the name of a file; `None` for other files.
pub(super) fn day(pattern: &str, name: &str) -> Option<Date> {
    BrokenDownTime::parse(pattern, name).ok()?.to_date().ok()
}

#[cfg(test)]
mod tests {
    use super::{day, problem};

    #[test]
    fn a_name_has_its_day() {
        fn check(pattern: &str, name: &str, expect: Option<&str>) {
            assert_eq!(day(pattern, name).map(|day| day.to_string()).as_deref(), expect, "{pattern} {name}");
        }
        check("e-%Y-%m-%d.jsonl", "e-2026-02-03.jsonl", Some("2026-02-03"));
        check("e-%Y%m%d-%H.jsonl", "e-20260203-23.jsonl", Some("2026-02-03"));
        check("e-%Y-%m-%d.jsonl", "e-2026-02-03.jsonl.gz", None);
        check("e-%Y-%m-%d.jsonl", "e-2026-02-33.jsonl", None);
    }

    #[test]
    fn settings_that_cannot_work_are_told() {
        fn check(path: &str, keep_days: Option<u32>, expect: Option<&str>) {
            let problem = problem(path, keep_days);
            assert_eq!(problem.as_deref(), expect, "{path}");
        }
        check("/var/log/x.jsonl", None, None);
        check("/var/log/%Y/%m/%d.jsonl", None, None);
        check("/var/log/x-%F.jsonl", Some(7), None);
        check("/", None, Some("`/` has no name of a file"));
        let needs = |path: &str| {
            format!(
                "`keep_days` needs the day in the name of the file, and in no folder, such as errors-%Y-%m-%d.jsonl; not `{path}`"
            )
        };
        for path in ["/var/log/x.jsonl", "/var/log/x-%H.jsonl", "/var/log/%Y/%m-%d.jsonl", "/var/%Y/x-%F.jsonl"] {
            check(path, Some(7), Some(&needs(path)));
        }
        assert!(problem("/x-%Ö", None).is_some());
    }
}
