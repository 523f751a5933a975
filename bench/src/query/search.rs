//! Searches for a value without a day: from sketches, and by a scan of the same days.

use std::time::{Duration, Instant};

use super::Scale;
use super::api::Api;
use super::driver::Driver;
use super::kind::{self, ASKED, Kind, PAGE};
use super::rows::{SearchRow, Searches};
use super::{DATABASE, clickhouse};
use crate::error::Error;
use crate::server::Server;

/// Timed scans of each kind, unless the command says another number. Of ten million records, one takes over a minute.
pub const SCANS: usize = 2;

/// Times the searches. Afterwards, the days have no sketches.
#[expect(clippy::cast_precision_loss, reason = "far less than 2^52 records")]
pub(super) fn run(server: &Server, api: &Api, driver: &Driver, scale: Scale, uids: &[&str]) -> Result<Searches, Error> {
    let kinds = kind::all(uids);
    let records = scale.days * scale.records_a_day;
    let held = server.held(DATABASE)?;
    let all_bytes = (held.data + held.indexes) / records as f64;
    let mut searches = Searches { sketch_bytes: driver.sketch_bytes()? / records as f64, all_bytes, rows: Vec::new() };
    let times = |kind: &Kind<'_>, name, count: usize| {
        // A single one is timed cold.
        let warm_up = usize::from(count > 1);
        let texts = kind.texts.iter().cycle().take(count + warm_up);
        let times = texts.map(|text| timed(api, name, text, kind.found)).collect::<Result<Vec<Duration>, Error>>()?;
        Ok::<_, Error>(SearchRow::new(name, records, scale.days, times.get(warm_up..).unwrap_or_default()))
    };
    for kind in &kinds {
        searches.rows.push(times(kind, kind.names[0], ASKED)?);
    }
    driver.forget_sketches()?;
    for kind in kinds.iter().filter(|_| scale.scans > 0) {
        searches.rows.push(times(kind, kind.names[1], scale.scans)?);
    }
    searches.rows.extend(clickhouse::rows(scale, &kinds)?);
    Ok(searches)
}

/// Times a search, all pages of it that a time limit cut. Fails unless it finds all records.
fn timed(api: &Api, name: &'static str, text: &str, found: usize) -> Result<Duration, Error> {
    let begun = Instant::now();
    let (mut stored, mut next) = (0, Some(format!("/logs?q={text}&limit={PAGE}")));
    while let Some(target) = next.filter(|_| stored < found.max(1)) {
        let (records, rest) = api.records(&target)?;
        stored += records;
        next = rest;
    }
    let elapsed = begun.elapsed();
    if stored == found { Ok(elapsed) } else { Err(Error::Lost { name, given: found, stored }) }
}
