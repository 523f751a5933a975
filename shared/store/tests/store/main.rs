//! The store with a real MongoDB, whoever uses it.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "this is how tests fail")]

mod check;
mod days;
mod pins;
mod rights;

use std::collections::BTreeMap;
use std::time::Duration;

use mongodb::bson::oid::ObjectId;
use record::{Day, EventTime, Secret, first_id};
use store::{BlockCompressor, Store, StoreConfig};
use tests::mongo::TestDb;

async fn store(db: &TestDb) -> Store {
    let env: BTreeMap<String, String> = db.env().into_iter().collect();
    let config = StoreConfig { database: env["LOGBRAID_DB"].clone(), ..config() };
    Store::open(&config, &Secret::new(env["MONGODB_URI"].clone())).await.unwrap()
}

fn config() -> StoreConfig {
    StoreConfig {
        database: String::new(),
        prefix: "kinesis_logs_".to_owned(),
        timeout: Duration::from_secs(30),
        max_connections: 4,
        compressor: BlockCompressor::Zstd,
        has_sketches: true,
        allows_plaintext: false,
    }
}

/// Returns the id of a record of a day, half a second after that of the number before.
fn id(day: Day, number: i64) -> ObjectId {
    let time = day.start().unwrap().micros() + number * 500_000;
    first_id(EventTime::from_micros(time).unwrap())
}
