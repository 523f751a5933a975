//! The keys under which AWS writes failed batches.

use uuid::Uuid;

/// The length of a UUID with hyphens. `Uuid` parses other forms, too.
const UUID_CHARS: usize = 36;

/// Returns whether a key is one that AWS gives to a failed batch:
/// `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<uuid>`. A prefix before it is allowed, for copies.
pub(super) fn is_failed_batch(key: &str) -> bool {
    let mut segments = key.rsplit('/');
    let mut segment = || segments.next().unwrap_or_default();
    let (name, day, month, year, shard, mapping) = (segment(), segment(), segment(), segment(), segment(), segment());
    let folders = (segment(), segment());
    folders == ("lambda", "aws")
        && is_uuid(mapping)
        && shard.starts_with("shardId-")
        && name.strip_prefix(&format!("{year}-{month}-{day}T")).is_some_and(is_time_and_uuid)
}

/// Returns whether a text has the form `HH.MM.SS-<uuid>`.
fn is_time_and_uuid(text: &str) -> bool {
    text.split_once('-').is_some_and(|(time, uuid)| is_like(time, "00.00.00") && is_uuid(uuid))
}

fn is_uuid(text: &str) -> bool {
    text.len() == UUID_CHARS && Uuid::try_parse(text).is_ok()
}

/// Returns whether a text has digits where the pattern has digits, and equals the pattern elsewhere.
fn is_like(text: &str, pattern: &str) -> bool {
    let fits = |(byte, like): (u8, u8)| if like.is_ascii_digit() { byte.is_ascii_digit() } else { byte == like };
    text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::is_failed_batch;

    #[test]
    fn keys_are_recognised() {
        fn check(key: &str, expect: bool) {
            assert_eq!(is_failed_batch(key), expect, "{key}");
        }
        let uuid = "5b1f0f1c-8d0a-4a53-9d0a-6b7c8d9e0f10";
        let shard = "shardId-000000000000";
        let name = format!("2026-11-20T08.35.39-{uuid}");
        check(&format!("aws/lambda/{uuid}/{shard}/2026/11/20/{name}"), true);
        check(&format!("copied/to/aws/lambda/{uuid}/{shard}/2026/11/20/{name}"), true);
        check(&format!("aws/lambda/async/query/2026/11/20/{name}"), false);
        check(&format!("aws/lambda/{uuid}/{shard}/2026/11/21/{name}"), false);
        check(&format!("aws/lambda/{uuid}/{shard}/2026/11/20/{name}.json"), false);
        check(&format!("aws/lambda/{uuid}/orders/2026/11/20/{name}"), false);
        check(&format!("{uuid}/{shard}/2026/11/20/{name}"), false);
        check("aws/lambda/readme.txt", false);
        check("", false);
    }
}
