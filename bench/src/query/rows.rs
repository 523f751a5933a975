//! The rows of the query measurements, and their tables.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::stats::{BYTES_PER_MIB, median, p99, round};

/// The query measurements.
#[derive(Debug, Default)]
pub struct Queries {
    /// Finding a transaction.
    pub finds: Vec<FindRow>,
    /// Searching a value.
    pub searches: Searches,
    /// Reading a large transaction.
    pub large: Vec<LargeRow>,
    /// Drawing the page.
    pub page: Vec<PageRow>,
}

/// The measurements of searches for a value without a day.
#[derive(Debug, Default)]
pub struct Searches {
    /// What is searched.
    pub rows: Vec<SearchRow>,
    /// The bytes of the sketches on the disk, for a record.
    pub sketch_bytes: f64,
    /// The bytes of everything on the disk, for a record.
    pub all_bytes: f64,
}

/// The time of a search for a value.
#[derive(Debug, Serialize)]
pub struct SearchRow {
    /// `search-`, `scan-` or `clickhouse-` with what is searched.
    pub name: &'static str,
    /// The records in the database.
    pub records: usize,
    /// The days in the database.
    pub days: usize,
    /// The number of timed searches.
    pub asked: usize,
    /// The median time.
    pub median_ms: f64,
    /// The longest time.
    pub max_ms: f64,
}

/// The time to find a transaction, from the request until its records are read.
#[derive(Debug, Serialize)]
pub struct FindRow {
    /// The way: `query-driver`, `query-function`, `query-scan`.
    pub name: &'static str,
    /// The records in the database.
    pub records: usize,
    /// The days in the database.
    pub days: usize,
    /// The number of timed queries.
    pub asked: usize,
    /// The median time.
    pub median_us: f64,
    /// The 99th percentile.
    pub p99_us: f64,
    /// How much the median exceeds that of the driver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over_driver_us: Option<f64>,
}

/// What reading a large transaction takes.
#[derive(Debug, Serialize)]
pub struct LargeRow {
    /// `query-large`.
    pub name: &'static str,
    /// Its records.
    pub records: usize,
    /// The number of pages.
    pub pages: usize,
    /// The median time of its outline.
    pub outline_ms: f64,
    /// The function's peak memory.
    pub peak_mib: f64,
}

/// What the first view of a transaction on the page takes.
#[derive(Debug, Serialize)]
pub struct PageRow {
    /// `page-` and the number of records.
    pub name: String,
    /// The transaction's records.
    pub records: usize,
    /// The bytes that were transferred until it was drawn: script, style, outline and first records. The median.
    pub bytes: f64,
    /// The median time from the navigation until the first rows and the timeline were drawn.
    pub drawn_ms: f64,
}

/// What a browser measured of one drawing: a line of `browser/measure.ts`.
#[derive(Deserialize)]
pub(super) struct Drawn {
    drawn_ms: f64,
    bytes: u64,
}

impl Queries {
    /// Prints the tables in Markdown.
    pub fn print(&self) {
        println!("\n| by uid | records | days | asked | median ms | p99 ms | above the driver ms |");
        println!("|---|--:|--:|--:|--:|--:|--:|");
        for FindRow { name, records, days, asked, median_us, p99_us, over_driver_us } in &self.finds {
            let [median, p99] = [median_us, p99_us].map(|us| us / 1e3);
            let over = over_driver_us.map_or_else(String::new, |us| format!("{:.2}", us / 1e3));
            println!("| {name} | {records} | {days} | {asked} | {median:.2} | {p99:.2} | {over} |");
        }
        self.searches.print();
        println!("\n| large transaction | records | answers | outline ms | peak MiB |\n|---|--:|--:|--:|--:|");
        for LargeRow { name, records, pages, outline_ms, peak_mib } in &self.large {
            println!("| {name} | {records} | {pages} | {outline_ms:.0} | {peak_mib:.1} |");
        }
        println!("\n| first view of the page | records | KB transferred | drawn ms |\n|---|--:|--:|--:|");
        for PageRow { name, records, bytes, drawn_ms } in &self.page {
            println!("| {name} | {records} | {:.1} | {drawn_ms:.0} |", bytes / 1e3);
        }
    }
}

impl Searches {
    fn print(&self) {
        println!("\n| search | records | days | asked | median ms | longest ms |\n|---|--:|--:|--:|--:|--:|");
        for SearchRow { name, records, days, asked, median_ms, max_ms } in &self.rows {
            println!("| {name} | {records} | {days} | {asked} | {median_ms:.1} | {max_ms:.1} |");
        }
        let Self { sketch_bytes, all_bytes, .. } = self;
        println!("\nA record takes {all_bytes:.1} bytes on the disk, and {sketch_bytes:.1} of these are its sketch.");
    }
}

impl SearchRow {
    /// Returns the row for these times.
    #[must_use]
    pub fn new(name: &'static str, records: usize, days: usize, times: &[Duration]) -> Self {
        let millis = || times.iter().map(|time| time.as_secs_f64() * 1e3);
        let max_ms = round(millis().fold(0.0, f64::max), 2);
        Self {
            name,
            records,
            days,
            asked: times.len(),
            median_ms: round(median(millis()).unwrap_or_default(), 2),
            max_ms,
        }
    }
}

impl FindRow {
    /// Returns the row for these query times.
    #[must_use]
    pub fn new(name: &'static str, records: usize, days: usize, times: &[Duration]) -> Self {
        let micros = || times.iter().map(|time| time.as_secs_f64() * 1e6);
        let [median_us, p99_us] = [median(micros()), p99(micros())].map(|value| round(value.unwrap_or_default(), 1));
        Self { name, records, days, asked: times.len(), median_us, p99_us, over_driver_us: None }
    }

    /// Returns the row with the difference to the driver's.
    #[must_use]
    pub fn over(self, driver: &Self) -> Self {
        Self { over_driver_us: Some(round(self.median_us - driver.median_us, 1)), ..self }
    }
}

impl LargeRow {
    /// Returns the row for a transaction that was read.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "far less than 2^52 bytes")]
    pub fn new(name: &'static str, records: usize, pages: usize, outlines: &[Duration], peak_bytes: u64) -> Self {
        let outline = median(outlines.iter().map(|time| time.as_secs_f64() * 1e3)).unwrap_or_default();
        let peak = peak_bytes as f64 / BYTES_PER_MIB;
        Self { name, records, pages, outline_ms: round(outline, 1), peak_mib: round(peak, 1) }
    }
}

impl PageRow {
    /// Returns the row for what a browser measured.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "far less than 2^52 bytes")]
    pub(super) fn new(records: usize, drawn: &[Drawn]) -> Self {
        let bytes = median(drawn.iter().map(|one| one.bytes as f64)).unwrap_or_default();
        let drawn_ms = median(drawn.iter().map(|one| one.drawn_ms)).unwrap_or_default();
        Self { name: format!("page-{records}"), records, bytes, drawn_ms }
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
