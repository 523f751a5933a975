//! The CPU time and memory of a process, as the system counts them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::error::{Error, attempt};

/// Ticks per second in `/proc/PID/stat`. The number is the same for every kernel.
const TICK: Duration = Duration::from_millis(10);
/// The error of a difference of ticks, since ticks are rounded.
const ROUNDED: Duration = Duration::from_millis(20);

/// The CPU time of a process so far, counted in two ways.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cpu {
    /// Of the running threads, exact to nanoseconds.
    threads: Duration,
    /// Of all threads, also ended ones, exact to ticks.
    process: Duration,
}

impl Cpu {
    /// Reads the CPU time of a process so far.
    pub fn of(pid: u32) -> Result<Self, Error> {
        let process = format!("/proc/{pid}");
        let mut threads = Duration::ZERO;
        let tasks = format!("{process}/task");
        for task in attempt("read", Path::new(&tasks), fs::read_dir)?.flatten() {
            // A thread may end meanwhile, so an error is skipped.
            let schedstat = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
            threads += on_cpu(&schedstat).unwrap_or_default();
        }
        let stat = format!("{process}/stat");
        let stat = attempt("read", Path::new(&stat), fs::read_to_string)?;
        Ok(Self { threads, process: ticks(&stat).unwrap_or_default() })
    }

    /// Returns the CPU time since `before`: the finer count, unless threads have ended, which it does not include.
    #[must_use]
    pub fn since(self, then: Self) -> Duration {
        let threads = self.threads.saturating_sub(then.threads);
        let process = self.process.saturating_sub(then.process);
        if process > threads + ROUNDED { process } else { threads }
    }
}

impl std::iter::Sum for Cpu {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |sum, part| Self {
            threads: sum.threads + part.threads,
            process: sum.process + part.process,
        })
    }
}

/// Reads the peak memory of a process, in bytes.
pub fn peak_bytes(pid: u32) -> Result<u64, Error> {
    let status = format!("/proc/{pid}/status");
    let status = attempt("read", Path::new(&status), fs::read_to_string)?;
    Ok(high_water_mark(&status).unwrap_or_default())
}

/// Parses `schedstat`: the first number is nanoseconds.
fn on_cpu(schedstat: &str) -> Option<Duration> {
    schedstat.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// Parses user and system time from `stat`. The name in parentheses may contain anything.
fn ticks(stat: &str) -> Option<Duration> {
    const USER: usize = 11;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(USER);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(TICK * (user + system))
}

fn high_water_mark(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1_024)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Cpu, high_water_mark, on_cpu, peak_bytes, ticks};

    #[test]
    fn the_finer_count_decides_unless_threads_have_ended() {
        fn check(threads: u64, process: u64, expect: u64) {
            let now = Cpu { threads: Duration::from_micros(threads), process: Duration::from_micros(process) };
            assert_eq!(now.since(Cpu::default()), Duration::from_micros(expect));
        }
        check(123_456, 120_000, 123_456);
        check(123_456, 140_000, 123_456);
        check(123_456, 250_000, 250_000);
        let one = Cpu { threads: Duration::from_secs(1), process: Duration::from_secs(1) };
        assert_eq!(Cpu::default().since(one), Duration::ZERO);
    }

    #[test]
    fn what_the_system_says_is_read() {
        assert_eq!(on_cpu("1007449 0 1\n"), Some(Duration::from_nanos(1_007_449)));
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 1 0 0 0 12 30 0 0 20 0 1 0 4711 1 1";
        assert_eq!(ticks(stat), Some(Duration::from_millis(420)));
        assert_eq!(high_water_mark("VmPeak:\t  9 kB\nVmHWM:\t    6700 kB\n"), Some(6_700 * 1_024));
        for nothing in ["", "VmHWM: many"] {
            assert_eq!((on_cpu(nothing), ticks(nothing), high_water_mark(nothing)), (None, None, None));
        }
    }

    #[test]
    fn this_process_has_used_something() {
        let own = std::process::id();
        assert!(Cpu::of(own).unwrap().since(Cpu::default()) > Duration::ZERO);
        assert!(peak_bytes(own).unwrap() > 0);
        assert!(Cpu::of(u32::MAX).is_err());
    }
}
