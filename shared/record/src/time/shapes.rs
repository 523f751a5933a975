//! The shapes of times as text, in `strptime`'s terms.

/// The shapes with an offset.
pub(super) const WITH_OFFSET: [(&str, &str); 11] = [
    ("%Y-%m-%dT%H:%M:%S%.f %z", "`2026-11-24T21:07:27.123 +0000`"),
    ("%Y-%m-%dT%H:%M:%S%.f%z", "Java, Python: `2026-11-24T21:07:27.123+0000`"),
    ("%Y-%m-%d %H:%M:%S%.f %z", "Ruby, Rails: `2026-11-24 21:07:27.123 +0000`"),
    ("%Y-%m-%d %H:%M:%S%.f %:z", "Serilog: `2026-11-24 21:07:27.123 +00:00`"),
    ("%Y-%m-%d %H:%M:%S%.f%z", "Python, Powertools: `2026-11-24 21:07:27.123+0000`"),
    ("%d/%b/%Y:%H:%M:%S %z", "Apache, nginx: `24/Nov/2026:21:07:27 +0000`"),
    ("%d/%b/%Y:%H:%M:%S%.f %z", "HAProxy: `24/Nov/2026:21:07:27.123 +0000`"),
    ("%a %b %d %Y %H:%M:%S GMT%z", "JavaScript: `Tue Nov 24 2026 21:07:27 GMT+0000`"),
    ("%a %b %d %H:%M:%S %z %Y", "git, Ruby: `Tue Nov 24 21:07:27 +0000 2026`"),
    ("%a, %d %b %Y %H:%M:%S %z", "RFC 2822: `Tue, 24 Nov 2026 21:07:27 +0000`"),
    ("%Y/%m/%d %H:%M:%S%.f %z", "nginx: `2026/11/24 21:07:27 +0000`"),
];

/// The shapes without an offset.
pub(super) const IN_UTC: [(&str, &str); 49] = [
    ("%a %Y-%m-%d %H:%M:%S%.f", "systemd: `Tue 2026-11-24 21:07:27 UTC`"),
    ("%B %d, %Y %H:%M:%S%.f", "`November 24, 2026 21:07:27`"),
    ("%Y/%m/%d %H:%M:%S%.f", "Go, nginx: `2026/11/24 21:07:27`"),
    ("%Y/%m/%dT%H:%M:%S%.f", "`2026/11/24T21:07:27`"),
    ("%d-%b-%Y %H:%M:%S%.f", "Tomcat: `24-Nov-2026 21:07:27.123`"),
    ("%d %b %Y %H:%M:%S%.f", "log4j: `24 Nov 2026 21:07:27,123`"),
    ("%d/%b/%Y:%H:%M:%S%.f", "`24/Nov/2026:21:07:27`"),
    ("%d/%b/%Y %H:%M:%S%.f", "`24/Nov/2026 21:07:27`"),
    ("%a %b %d %H:%M:%S%.f %Y", "C's `ctime`, Apache: `Tue Nov 24 21:07:27 2026`"),
    ("%a %b %d %H:%M:%S UTC %Y", "Java's `Date`, `date`: `Tue Nov 24 21:07:27 UTC 2026`"),
    ("%a %b %d %I:%M:%S %p %Y", "`date` in the US: `Tue Nov 24 09:07:27 PM UTC 2026`"),
    ("%a %d %b %Y %I:%M:%S %p", "`date` in the US since glibc 2.29: `Tue 24 Nov 2026 09:07:27 PM UTC`"),
    ("%a %d %b %Y %H:%M:%S%.f", "`date`: `Tue 24 Nov 2026 21:07:27 UTC`"),
    ("%a, %d %b %Y %H:%M:%S%.f", "Rails: `Tue, 24 Nov 2026 21:07:27.123456789 UTC +00:00`"),
    ("%d %B %Y %H:%M:%S%.f", "`24 November 2026 21:07:27`"),
    ("%d %b %Y, %H:%M:%S%.f", "`24 Nov 2026, 21:07:27`"),
    ("%b %d, %Y @ %H:%M:%S%.f", "Kibana: `Nov 24, 2026 @ 21:07:27.123`"),
    ("%b %d, %Y %H:%M:%S%.f", "`Nov 24, 2026 21:07:27`"),
    ("%b %d, %Y %I:%M:%S%.f %p", "java.util.logging: `Nov 24, 2026 9:07:27 PM`"),
    ("%b %d, %Y, %I:%M:%S%.f %p", "java.util.logging since Java 9: `Nov 24, 2026, 9:07:27 PM`"),
    ("%b %d, %Y, %H:%M:%S%.f", "WebLogic in Europe: `Nov 24, 2026, 21:07:27,123`"),
    ("%b %d %Y %H:%M:%S%.f", "Cisco: `Nov 24 2026 21:07:27`"),
    ("%a %b %d %Y %H:%M:%S%.f", "JavaScript's `Date`: `Tue Nov 24 2026 21:07:27`"),
    ("%A, %d-%b-%y %H:%M:%S%.f", "RFC 850: `Tuesday, 24-Nov-26 21:07:27 GMT`"),
    ("%A, %B %d, %Y %I:%M:%S%.f %p", ".NET's long date: `Tuesday, November 24, 2026 9:07:27 PM`"),
    ("%A, %B %d, %Y %H:%M:%S%.f", ".NET's long date: `Tuesday, November 24, 2026 21:07:27`"),
    ("%Y-%m-%d %I:%M:%S%.f %p", "`2026-11-24 09:07:27 PM`"),
    ("%Y-%m-%d, %H:%M:%S%.f", "Airflow: `2026-11-24, 21:07:27 UTC`"),
    ("%Y-%m-%d_%H:%M:%S%.f", "`2026-11-24_21:07:27`"),
    ("%Y-%m-%d-%H.%M.%S%.f", "Db2: `2026-11-24-21.07.27.123456`"),
    ("%Y/%m/%d - %H:%M:%S%.f", "Gin: `2026/11/24 - 21:07:27`"),
    ("%d-%b-%Y::%H:%M:%S%.f", "Erlang: `24-Nov-2026::21:07:27`"),
    ("%d-%b-%y %I.%M.%S%.f %p", "Oracle: `24-NOV-26 09.07.27.123000 PM`"),
    ("%m/%d/%Y] [%I:%M:%S%.f %p", "signale: `[11/24/2026] [9:07:27 PM]`"),
    ("%d.%m.%Y, %H:%M:%S%.f", "JavaScript's `toLocaleString` in Germany: `24.11.2026, 21:07:27`"),
    ("%Y%m%d-%H:%M:%S%.f", "FIX: `20261124-21:07:27.123`"),
    ("%Y%m%d-%H%M%S", "`20261124-210727`"),
    ("%m/%d/%Y %I:%M:%S%.f %p", "Windows in the US: `11/24/2026 09:07:27 PM`"),
    ("%m/%d/%Y, %I:%M:%S %p", "JavaScript's `toLocaleString`: `11/24/2026, 9:07:27 PM`"),
    ("%d/%m/%Y, %H:%M:%S", "JavaScript's `toLocaleString` in Europe: `24/11/2026, 21:07:27`"),
    ("%d.%m.%Y %H:%M:%S%.f", "`24.11.2026 21:07:27`"),
    ("%Y.%m.%d %H:%M:%S%.f", "`2026.11.24 21:07:27`"),
    ("%Y%m%d %H:%M:%S%.f", "`20261124 21:07:27`"),
    ("%Y/%m/%d-%H:%M:%S%.f", "RocksDB: `2026/11/24-21:07:27.123456`"),
    ("%Y.%m.%d-%H.%M.%S:%f", "Unreal Engine: `2026.11.24-21.07.27:123`"),
    ("%d%b%Y %H:%M:%S%.f", "Minecraft: `24Nov2026 21:07:27.123`"),
    ("%b/%d/%Y %H:%M:%S", "`MikroTik`: `nov/24/2026 21:07:27`"),
    ("%Y-%j %H:%M:%S%.f", "ISO 8601 with the day of the year: `2026-328 21:07:27.12`"),
    ("%Y%m%dT%H%M%S%.f", "ISO 8601 without separators: `20261124T210727`"),
];

/// The shapes in which the month may stand before the day, or after it.
pub(super) const MONTH_FIRST: &str = "%m/%d/%Y %H:%M:%S%.f";
pub(super) const DAY_FIRST: &str = "%d/%m/%Y %H:%M:%S%.f";
/// The shapes with a year of two digits, which may come first or last: Hadoop's `26/11/24`, `WebSphere`'s `11/24/26`.
pub(super) const SHORT_YEARS: [&str; 6] = [
    "%y/%m/%d %H:%M:%S%.f",
    "%m/%d/%y %H:%M:%S%.f",
    "%d/%m/%y %H:%M:%S%.f",
    "%y/%m/%d %I:%M:%S%.f %p",
    "%m/%d/%y %I:%M:%S%.f %p",
    "%d/%m/%y %I:%M:%S%.f %p",
];

/// The shapes without a year: syslog's `Nov 24 21:07:27` (RFC 3164), klog's `1124 21:07:27.123456`, Redis's
/// `24 Nov 21:07:27.123`, Android's `11-24 21:07:27.123`. Some programs write the day before the month.
pub(super) const WITHOUT_YEAR: [&str; 6] = [
    "%Y %b %d %H:%M:%S%.f",
    "%Y %m%d %H:%M:%S%.f",
    // Chromium.
    "%Y %m%d/%H%M%S%.f",
    "%Y %d %b %H:%M:%S%.f",
    "%Y %m-%d %H:%M:%S%.f",
    "%Y %d-%m %H:%M:%S%.f",
];
