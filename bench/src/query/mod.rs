//! Query measurements: the time to find a uid's records among many days, and what a large transaction takes.

mod api;
mod clickhouse;
mod driver;
mod kind;
mod page;
mod rows;
mod search;

use std::time::{Duration, Instant};

use ::tests::fixtures::Payload;
use decode::whole;
use record::Rules;

use crate::error::Error;
use crate::load::batches;
use crate::quick::is_quick;
use crate::records::{PER_TRANSACTION, Records};
use crate::server::Server;
use crate::usage;
use api::Api;
use driver::{By, Driver};

pub use rows::{FindRow, LargeRow, PageRow, Queries, SearchRow, Searches};
pub use search::SCANS;

const DATABASE: &str = "bench_query";
const LARGE_DATABASE: &str = "bench_query_large";
/// The batch size of filing: the largest that Kinesis delivers.
const BATCH: usize = 10_000;

/// The records of the transactions that the page draws, beside the large one.
const DRAWN: [usize; 2] = [9, 10_000];
/// Timed outlines of the large transaction.
const OUTLINES: usize = 5;

/// How much data there is, and how many queries are timed.
#[derive(Clone, Copy)]
struct Scale {
    days: usize,
    records_a_day: usize,
    /// Timed queries for uids of each day, after one that warms up.
    asked_a_day: usize,
    /// Timed queries without the index.
    scanned: usize,
    /// Timed scans of each kind of search, after one that warms up if there are several.
    scans: usize,
    /// Records in the large transaction.
    large: usize,
}

impl Scale {
    fn from_environment() -> Self {
        if is_quick() {
            Self { days: 9, records_a_day: 1_000, asked_a_day: 5, scanned: 2, scans: SCANS, large: 20_000 }
        } else {
            Self { days: 90, records_a_day: 10_000, asked_a_day: 5, scanned: 10, scans: SCANS, large: 100_000 }
        }
    }

    /// Returns the records of all days, the oldest first. The newest day is yesterday: records of the future are read in another
    /// way.
    fn records(self) -> impl Iterator<Item = impl Iterator<Item = Payload>> {
        (1..=self.days as u64).rev().map(move |days_ago| Records::of_day(days_ago).spread(self.records_a_day))
    }
}

/// Files the days, then runs the queries.
pub fn run(server: &Server) -> Result<Queries, Error> {
    let scale = Scale::from_environment();
    let drawn = DRAWN.into_iter().chain([scale.large]).map(|records| page::draw(server, records));
    let mut searches = Searches::default();
    Ok(Queries {
        finds: find(server, scale, &mut searches)?,
        searches,
        large: vec![read_large(server, scale.large)?],
        page: drawn.collect::<Result<_, _>>()?,
    })
}

/// Files this many days of this many records, then runs only the searches, each of them so many times by a scan.
pub fn run_searches(server: &Server, days: usize, records_a_day: usize, scans: usize) -> Result<Queries, Error> {
    let scale = Scale { days, records_a_day, scans, ..Scale::from_environment() };
    server.drop(DATABASE)?;
    let filed = file_days(server, scale)?;
    let uids = spread(&filed, 1);
    let (driver, api) = (Driver::open(server, DATABASE)?, Api::start(server, DATABASE)?);
    let searches = search::run(server, &api, &driver, scale, &uids)?;
    server.drop(DATABASE)?;
    Ok(Queries { searches, ..Queries::default() })
}

/// Files the days. Returns the uids of each.
fn file_days(server: &Server, scale: Scale) -> Result<Vec<Vec<String>>, Error> {
    scale.records().map(|day| file(server, DATABASE, day)).collect()
}

/// Queries each uid with the driver and with the function. Each of them is first equally often.
fn find(server: &Server, scale: Scale, searches: &mut Searches) -> Result<Vec<FindRow>, Error> {
    server.drop(DATABASE)?;
    let days = file_days(server, scale)?;
    let uids = spread(&days, scale.asked_a_day + 1);
    let (driver, api) = (Driver::open(server, DATABASE)?, Api::start(server, DATABASE)?);
    let by_driver = |uid: &str| timed("query-driver", || driver.find(uid, By::Index));
    let by_function = |uid: &str| timed("query-function", || api.find(uid));
    let by_scan = |uid: &&str| timed("query-scan", || driver.find(uid, By::Scan));
    let mut times = Vec::new();
    for (turn, uid) in uids.iter().enumerate() {
        times.push(if turn % 2 == 0 {
            (by_driver(uid)?, by_function(uid)?)
        } else {
            let function = by_function(uid)?;
            (by_driver(uid)?, function)
        });
    }
    // The first query for each day warms up.
    let (driver_times, function_times): (Vec<_>, Vec<_>) = times.into_iter().skip(scale.days).unzip();
    let scan_times = uids.iter().take(scale.scanned + 1).map(by_scan).collect::<Result<Vec<_>, _>>()?;
    *searches = search::run(server, &api, &driver, scale, &uids)?;
    server.drop(DATABASE)?;
    let records = scale.days * scale.records_a_day;
    let row = |name, times: &[Duration]| FindRow::new(name, records, scale.days, times);
    let driver = row("query-driver", &driver_times);
    let function = row("query-function", &function_times).over(&driver);
    let scan = row("query-scan", scan_times.get(1..).unwrap_or_default());
    Ok(vec![driver, function, scan])
}

/// Files records as the function does. Returns their uids in order.
fn file(server: &Server, database: &str, records: impl Iterator<Item = Payload>) -> Result<Vec<String>, Error> {
    let store = server.store(database)?;
    let payloads: Vec<Payload> = records.collect();
    let mut uids: Vec<String> = Vec::new();
    for batch in batches(&payloads, BATCH)? {
        let filing = whole(&batch, &Rules::default());
        server.file(&store, &filing)?;
        let filed = filing.days.values().flat_map(|pile| &pile.items);
        uids.extend(filed.filter_map(|record| record.document().get_str("log_uid").ok()).map(str::to_owned));
        uids.dedup();
    }
    Ok(uids)
}

/// Picks `of_each` uids of each day, spread over the day: the first of every day, then the second of every day. The
/// last uid of a day may have fewer records, so it is never picked.
fn spread(days: &[Vec<String>], of_each: usize) -> Vec<&str> {
    let one =
        |number: usize| days.iter().filter_map(move |uids| uids.get(number * uids.len() / of_each)).map(String::as_str);
    (0..of_each).flat_map(one).collect()
}

/// Times a query. Fails unless it finds the whole transaction.
fn timed(name: &'static str, find: impl FnOnce() -> Result<usize, Error>) -> Result<Duration, Error> {
    let begun = Instant::now();
    let stored = find()?;
    let elapsed = begun.elapsed();
    if stored == PER_TRANSACTION { Ok(elapsed) } else { Err(Error::Lost { name, given: PER_TRANSACTION, stored }) }
}

/// Files a transaction with this number of records and reads all of it.
fn read_large(server: &Server, records: usize) -> Result<LargeRow, Error> {
    let name = "query-large";
    server.drop(LARGE_DATABASE)?;
    let uids = file(server, LARGE_DATABASE, Records::of_today().in_one_transaction().take(records))?;
    let api = Api::start(server, LARGE_DATABASE)?;
    let (mut pages, mut read) = (0, 0);
    let target = uids.first().map(|uid| Api::target(uid));
    let mut next = target.clone();
    while let Some(target) = next {
        let page = api.page(&target)?;
        pages += 1;
        read += page.record_count;
        next = page.next;
    }
    let outlines = target.iter().flat_map(|target| (0..OUTLINES).map(|_| outline(&api, target, records)));
    let outlines = outlines.collect::<Result<Vec<_>, _>>()?;
    server.drop(LARGE_DATABASE)?;
    if read != records {
        return Err(Error::Lost { name, given: records, stored: read });
    }
    let peak_bytes = api.pid().map_or(Ok(0), usage::peak_bytes)?;
    Ok(LargeRow::new(name, records, pages, &outlines, peak_bytes))
}

/// Times the outline of a transaction. Fails unless it is of all records.
fn outline(api: &Api, target: &str, records: usize) -> Result<Duration, Error> {
    let begun = Instant::now();
    let stored = api.page(&format!("{target}/outline"))?.record_count;
    let elapsed = begun.elapsed();
    if stored == records { Ok(elapsed) } else { Err(Error::Lost { name: "query-large", given: records, stored }) }
}

#[cfg(test)]
mod tests {
    use super::{spread, timed};

    #[test]
    fn uids_are_of_all_days_in_turns() {
        let uids = |day: &str| (0..7).map(|number| format!("{day}{number}")).collect::<Vec<_>>();
        let days = [uids("a"), uids("b")];
        assert_eq!(spread(&days, 3), ["a0", "b0", "a2", "b2", "a4", "b4"]);
        assert_eq!(spread(&[Vec::new()], 3), Vec::<&str>::new());
    }

    #[test]
    fn half_a_transaction_is_no_result() {
        assert!(timed("x", || Ok(12)).is_ok());
        assert_eq!(timed("x", || Ok(11)).unwrap_err().to_string(), "x: 11 of 12 records are there");
    }
}
