//! What stands around a message of syslog, in RFC 5424 and RFC 3164: the priority, and what some programs write before JSON.

/// The largest priority: facility 23, severity 7.
const MAX_PRIORITY: u8 = 191;
const SEVERITIES: u8 = 8;
/// Python's level for each severity.
const LEVELS: [&str; SEVERITIES as usize] =
    ["CRITICAL", "CRITICAL", "CRITICAL", "ERROR", "WARNING", "INFO", "INFO", "DEBUG"];
/// What some programs write before a message in JSON: <https://cee.mitre.org>.
const COOKIES: [&str; 2] = ["@cee:", "@json:"];

/// Who wrote a message, and how severe it is: the number in `<34>`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Priority(u8);

impl Priority {
    /// Reads `<34>` at the beginning of a text. Returns it and the rest.
    #[must_use]
    pub fn read(text: &str) -> Option<(Self, &str)> {
        let (digits, rest) = text.strip_prefix('<')?.split_once('>')?;
        let is_priority = (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let priority = digits.parse().ok().filter(|priority| is_priority && *priority <= MAX_PRIORITY)?;
        Some((Self(priority), rest))
    }

    /// Returns the number of the part of the system that the message is from.
    #[must_use]
    pub fn facility(self) -> u8 {
        self.0 / SEVERITIES
    }

    /// Returns the severity; 0 is the worst.
    #[must_use]
    pub fn severity(self) -> u8 {
        self.0 % SEVERITIES
    }

    /// Returns the name of Python's level.
    #[must_use]
    pub fn level(self) -> &'static str {
        LEVELS.get(usize::from(self.severity())).copied().unwrap_or_default()
    }
}

/// Returns a message without what some programs write before JSON.
#[must_use]
pub fn without_cookie(message: &str) -> &str {
    COOKIES.iter().find_map(|cookie| message.strip_prefix(cookie)).map_or(message, str::trim_start)
}

#[cfg(test)]
mod tests {
    use super::Priority;

    #[test]
    fn a_priority_is_a_facility_and_a_severity() {
        fn check(text: &str, expect: Option<(u8, u8, &str, &str)>) {
            let found = Priority::read(text);
            let found = found.map(|(read, rest)| (read.facility(), read.severity(), read.level(), rest));
            assert_eq!(found, expect, "{text}");
        }
        check("<34>1 x", Some((4, 2, "CRITICAL", "1 x")));
        check("<0>", Some((0, 0, "CRITICAL", "")));
        check("<191>x", Some((23, 7, "DEBUG", "x")));
        for text in ["<192>x", "<>x", "<-1>x", "<+1>x", "<0001>x", "<3", "3>", "x<3>"] {
            check(text, None);
        }
    }
}
