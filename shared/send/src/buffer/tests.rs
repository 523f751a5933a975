//! Tests of the buffer: steps and what they give.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Buffer, BufferSettings, Data, Fate, Next, Push, Reason};
use crate::limits::{CHUNK_BYTES, MAX_INVALID_ATTEMPTS, MAX_RECORD_BYTES};

const LINE: &[u8] = b"{\"message\":\"order 17 placed\"}\n";

fn buffer(max_bytes: usize) -> Buffer {
    Buffer::new(BufferSettings { max_bytes, ..BufferSettings::default() })
}

/// Compresses everything that is sealed, by not compressing it.
fn pack(buffer: &mut Buffer) {
    while let Some(lines) = buffer.take_lines() {
        let (data, key) = (lines.text.clone(), format!("key-{}", lines.id));
        buffer.packed(lines, data, key);
    }
}

/// Adds a chunk with so many bytes. Returns its id.
fn add_chunk(buffer: &mut Buffer, bytes: usize, now: Instant) -> u64 {
    let mut line = vec![b'x'; bytes - 1];
    line.push(b'\n');
    assert!(matches!(buffer.push(&line, now), Push::Kept { .. }));
    let id = buffer.seal();
    pack(buffer);
    id
}

fn settle(buffer: &mut Buffer, fates: &[(u64, Fate)], now: Instant) -> Vec<u64> {
    let gone = buffer.settle(fates, now, Timestamp::UNIX_EPOCH, &mut || 1.0, &mut || "another".to_owned());
    gone.into_iter().map(|chunk| chunk.id).collect()
}

/// Returns the ids of the next request.
fn next(buffer: &mut Buffer, now: Instant) -> Vec<u64> {
    match buffer.next(now) {
        Next::Send(chunks) => chunks.into_iter().map(|chunk| chunk.id).collect(),
        Next::Wait(_) | Next::Idle => Vec::new(),
    }
}

#[test]
fn lines_are_sealed_when_they_are_many_or_old() {
    let now = Instant::now();
    let mut buffer = buffer(16 << 20);
    assert_eq!(buffer.push(LINE, now), Push::Kept { id: 1, wake: true });
    assert_eq!(buffer.push(LINE, now), Push::Kept { id: 1, wake: false });
    assert_eq!(buffer.seal_due(now), Some(now + Duration::from_secs(1)));
    assert!(buffer.take_lines().is_none());
    assert_eq!(buffer.seal_due(now + Duration::from_secs(1)), None);
    let lines = buffer.take_lines().unwrap();
    assert_eq!((lines.id, lines.records, lines.text.len()), (1, 2, 2 * LINE.len()));
    buffer.packed(lines, vec![0; 10], "k".to_owned());
    let count = CHUNK_BYTES / LINE.len();
    for _ in 0..count {
        buffer.push(LINE, now);
    }
    assert!(buffer.take_lines().is_none());
    assert_eq!(buffer.push(LINE, now), Push::Kept { id: 3, wake: true });
    assert_eq!(buffer.take_lines().map(|lines| lines.records as usize), Some(count));
    assert_eq!(buffer.waiting(), 2 + count as u64 + 1);
}

#[test]
fn requests_stay_within_the_limits() {
    fn check(chunks: &[usize], expect: &[usize]) {
        let now = Instant::now();
        let mut buffer = buffer(1 << 30);
        for bytes in chunks {
            add_chunk(&mut buffer, *bytes, now);
        }
        let requests = std::iter::from_fn(|| Some(next(&mut buffer, now).len()).filter(|count| *count > 0));
        assert_eq!(requests.collect::<Vec<_>>(), expect);
    }
    check(&[100; 1_200], &[500, 500, 200]);
    check(&[MAX_RECORD_BYTES - 16; 12], &[5, 5, 2]);
    check(&[600 * 1024; 20], &[8, 8, 4]);
}

#[test]
fn only_what_failed_is_sent_again_and_a_throttled_chunk_waits_alone() {
    let now = Instant::now();
    let mut buffer = buffer(16 << 20);
    let [a, b, c] = [1, 2, 3].map(|_| add_chunk(&mut buffer, 100, now));
    assert_eq!(next(&mut buffer, now), [a, b, c]);
    assert!(next(&mut buffer, now).is_empty());
    assert_eq!(settle(&mut buffer, &[(a, Fate::Stored), (b, Fate::Throttled), (c, Fate::Throttled)], now), [a]);
    let d = add_chunk(&mut buffer, 100, now);
    assert_eq!(next(&mut buffer, now), [d]);
    let later = now + Duration::from_millis(100);
    let Next::Send(again) = buffer.next(later) else { panic!("{buffer:?}") };
    assert_eq!(
        again.iter().map(|chunk| (chunk.id, chunk.key.as_str())).collect::<Vec<_>>(),
        [(b, "another"), (c, "another")]
    );
    assert_eq!(settle(&mut buffer, &[(b, Fate::Stored), (c, Fate::Stored), (d, Fate::Stored)], later), [b, c, d]);
    assert!(buffer.is_empty());
    let counts = buffer.counts();
    assert_eq!((counts.taken, counts.sent, counts.dropped, counts.throttled, buffer.bytes()), (4, 4, 0, 2, 0));
}

#[test]
fn a_failed_request_holds_everything_back_for_a_growing_time() {
    let mut now = Instant::now();
    let mut buffer = buffer(16 << 20);
    let id = add_chunk(&mut buffer, 100, now);
    for expect_ms in [100, 200, 400, 800] {
        assert_eq!(next(&mut buffer, now), [id]);
        settle(&mut buffer, &[(id, Fate::Again)], now);
        let Next::Wait(until) = buffer.next(now) else { panic!("{buffer:?}") };
        assert_eq!((until - now).as_millis(), expect_ms);
        now = until;
    }
    assert_eq!(next(&mut buffer, now), [id]);
    settle(&mut buffer, &[(id, Fate::Again)], now);
    buffer.hurry(now + Duration::from_millis(5));
    assert_eq!(next(&mut buffer, now + Duration::from_millis(5)), [id]);
}

#[test]
fn what_kinesis_calls_invalid_goes_alone_and_is_dropped_at_last() {
    let mut now = Instant::now();
    let mut buffer = buffer(16 << 20);
    let [a, b] = [1, 2].map(|_| add_chunk(&mut buffer, 100, now));
    assert_eq!(next(&mut buffer, now), [a, b]);
    settle(&mut buffer, &[(a, Fate::Invalid), (b, Fate::Invalid)], now);
    now += Duration::from_secs(1);
    assert_eq!(next(&mut buffer, now), [a]);
    assert_eq!(next(&mut buffer, now), [b]);
    settle(&mut buffer, &[(b, Fate::Stored)], now);
    for _ in 1..MAX_INVALID_ATTEMPTS {
        settle(&mut buffer, &[(a, Fate::Invalid)], now);
        now += Duration::from_secs(10);
        next(&mut buffer, now);
    }
    assert!(buffer.is_empty());
    assert_eq!(buffer.counts().dropped, 1);
    assert!(buffer.take_dropped(10, false).unwrap().record(Timestamp::UNIX_EPOCH).contains("Kinesis refused them"));
}

#[test]
fn a_full_buffer_drops_and_tells() {
    let now = Instant::now();
    let mut buffer = buffer(10 * LINE.len());
    for _ in 0..10 {
        assert!(matches!(buffer.push(LINE, now), Push::Kept { .. }));
    }
    assert_eq!(buffer.push(LINE, now), Push::Full);
    buffer.count_dropped(1, Reason::BufferFull, Timestamp::UNIX_EPOCH);
    assert!(buffer.take_dropped(LINE.len(), false).is_none());
    buffer.seal();
    let lines = buffer.take_lines().unwrap();
    buffer.packed(lines, vec![0; 20], "k".to_owned());
    assert_eq!(next(&mut buffer, now), [1]);
    settle(&mut buffer, &[(1, Fate::Stored)], now);
    let dropped = buffer.take_dropped(LINE.len(), false).unwrap();
    assert_eq!(dropped.records, 1);
    buffer.tell(LINE, dropped, now);
    buffer.seal();
    pack(&mut buffer);
    // The chunk that tells is dropped too: what it told is told again, and the line itself was no record.
    assert_eq!(buffer.drop_oldest(Timestamp::UNIX_EPOCH).unwrap().id, 2);
    let dropped = buffer.take_dropped(LINE.len(), false).unwrap();
    assert_eq!(dropped.records, 1);
    assert_eq!(buffer.counts().dropped, 1);
}

#[test]
fn what_is_in_flight_is_not_dropped() {
    let now = Instant::now();
    let mut buffer = buffer(1 << 20);
    let a = add_chunk(&mut buffer, 100, now);
    assert_eq!(next(&mut buffer, now), [a]);
    assert!(buffer.drop_oldest(Timestamp::UNIX_EPOCH).is_none());
    buffer.recover();
    assert_eq!(next(&mut buffer, now), [a]);
}

#[test]
fn with_a_spool_memory_goes_to_disk() {
    let now = Instant::now();
    let settings = BufferSettings { max_bytes: 1_200, max_spool_bytes: 5_000, ..BufferSettings::default() };
    let mut buffer = Buffer::new(settings);
    let ids = [1, 2, 3].map(|_| add_chunk(&mut buffer, 500, now));
    let chunk = buffer.to_spool().unwrap();
    assert_eq!(chunk.id, ids[2]);
    buffer.moved(chunk.id, "a.zst".into());
    assert_eq!(buffer.spool_bytes(), 500);
    while let Some(chunk) = buffer.to_spool() {
        buffer.moved(chunk.id, "b.zst".into());
    }
    assert!(buffer.bytes() <= 1_200, "{}", buffer.bytes());
    let Next::Send(chunks) = buffer.next(now) else { panic!("{buffer:?}") };
    assert_eq!(chunks.iter().map(|chunk| chunk.id).collect::<Vec<_>>(), ids);
    assert!(matches!(chunks[2].data, Data::Disk { bytes: 500, .. }));
    settle(&mut buffer, &ids.map(|id| (id, Fate::Stored)), now);
    assert_eq!((buffer.bytes(), buffer.spool_bytes()), (0, 0));
}

#[test]
fn a_flush_waits_for_what_was_there_before() {
    let now = Instant::now();
    let mut buffer = buffer(1 << 20);
    buffer.push(LINE, now);
    let target = buffer.seal();
    buffer.push(LINE, now);
    assert!(!buffer.is_settled(target));
    pack(&mut buffer);
    assert!(!buffer.is_settled(target));
    assert_eq!(next(&mut buffer, now), [target]);
    settle(&mut buffer, &[(target, Fate::Stored)], now);
    assert!(buffer.is_settled(target) && !buffer.is_empty());
}
