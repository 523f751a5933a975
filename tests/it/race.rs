//! Many processes file the first record of a day at the same time.

use futures_util::future::join_all;
use tests::fixtures::{self, Payload};
use tests::kinesis::{Drained, EventSource, Stream, Verdict};
use tests::mongo::TestDb;
use tests::runtime_api::Function;

const FUNCTIONS: usize = 8;
const DAY: &str = "2026-11-22";

#[tokio::test]
async fn all_of_them_store_theirs_and_the_day_is_made_once() {
    let db = TestDb::new().await;
    let function = Function::new("ingest", db.env());
    // One stream for each process. The first record is of another day, so that all processes run when the new day
    // begins.
    let streams: Vec<Stream> = (0..FUNCTIONS).map(|number| Stream::new(&format!("logs-{number}"), 1)).collect();
    let mut mappings: Vec<_> = streams.iter().map(|stream| EventSource::reporting().connect(stream)).collect();
    for day in ["2026-11-21", DAY] {
        for stream in &streams {
            let time = format!("{day}T00:00:00Z");
            fixtures::put(stream, &[Payload::record(&time, "race", "racer", "first of the day")]);
        }
        let drained = join_all(mappings.iter_mut().map(|mapping| mapping.drain(&function))).await;
        assert_eq!(drained, [Drained::End; FUNCTIONS]);
    }
    assert_eq!(function.cold_starts(), FUNCTIONS, "each event had a process of its own");
    for mapping in &mappings {
        assert!(mapping.journal().iter().all(|invocation| invocation.verdict == Verdict::Complete), "{mapping:#?}");
    }
    assert_eq!(db.records(DAY).await.len(), FUNCTIONS);
    crate::schema::check_day(&db, DAY).await;
}
