//! The rows of queries, and their tables.

use std::time::Duration;

use serde::Serialize;

use crate::report::{BYTES_PER_MIB, round};
use crate::stats::{median, p99};

/// What was measured.
#[derive(Debug, Default)]
pub struct Queries {
    /// Of finding a transaction.
    pub finds: Vec<FindRow>,
    /// Of reading a large one.
    pub large: Vec<LargeRow>,
}

/// How long it takes to find a transaction, from the question until its records are there.
#[derive(Debug, Serialize)]
pub struct FindRow {
    /// By whom: `query-driver`, `query-function`, `query-scan`.
    pub name: &'static str,
    /// Among how many records.
    pub records: usize,
    /// On how many days.
    pub days: usize,
    /// How many uids were asked for.
    pub asked: usize,
    /// The median.
    pub median_us: f64,
    /// What 99 of 100 do not exceed.
    pub p99_us: f64,
    /// By how much the median is above that of the driver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over_driver_us: Option<f64>,
}

/// What it takes to read a large transaction whole.
#[derive(Debug, Serialize)]
pub struct LargeRow {
    /// `query-large`.
    pub name: &'static str,
    /// Its records.
    pub records: usize,
    /// In how many answers they came.
    pub pages: usize,
    /// The most memory that the function had.
    pub peak_mib: f64,
}

impl Queries {
    /// Prints tables in Markdown.
    pub fn print(&self) {
        println!("\n| by uid | records | days | asked | median ms | p99 ms | above the driver ms |");
        println!("|---|--:|--:|--:|--:|--:|--:|");
        for FindRow { name, records, days, asked, median_us, p99_us, over_driver_us } in &self.finds {
            let [median, p99] = [median_us, p99_us].map(|us| us / 1e3);
            let over = over_driver_us.map_or_else(String::new, |us| format!("{:.2}", us / 1e3));
            println!("| {name} | {records} | {days} | {asked} | {median:.2} | {p99:.2} | {over} |");
        }
        println!("\n| large transaction | records | answers | peak MiB |\n|---|--:|--:|--:|");
        for LargeRow { name, records, pages, peak_mib } in &self.large {
            println!("| {name} | {records} | {pages} | {peak_mib:.1} |");
        }
    }
}

impl FindRow {
    /// The row of so many questions.
    #[must_use]
    pub fn new(name: &'static str, records: usize, days: usize, times: &[Duration]) -> Self {
        let micros = || times.iter().map(|time| time.as_secs_f64() * 1e6);
        let [median_us, p99_us] = [median(micros()), p99(micros())].map(|value| round(value.unwrap_or_default(), 1));
        Self { name, records, days, asked: times.len(), median_us, p99_us, over_driver_us: None }
    }

    /// The same, and how it compares to the driver's.
    #[must_use]
    pub fn over(self, driver: &Self) -> Self {
        Self { over_driver_us: Some(round(self.median_us - driver.median_us, 1)), ..self }
    }
}

impl LargeRow {
    /// The row of what was read.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "far less than 2^52 bytes")]
    pub fn new(name: &'static str, records: usize, pages: usize, peak_bytes: u64) -> Self {
        Self { name, records, pages, peak_mib: round(peak_bytes as f64 / BYTES_PER_MIB, 1) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::FindRow;

    #[test]
    fn a_row_is_of_what_was_asked() {
        let row = |micros: &[u64]| {
            let times: Vec<Duration> = micros.iter().copied().map(Duration::from_micros).collect();
            FindRow::new("x", 90, 9, &times)
        };
        let driver = row(&[10, 30, 20]);
        assert_eq!((driver.asked, driver.median_us, driver.p99_us, driver.over_driver_us), (3, 20.0, 30.0, None));
        assert_eq!(row(&[25, 35]).over(&driver).over_driver_us, Some(10.0));
    }
}
