//! msgpack's timestamp extension type: a time to the nanosecond.
//!
//! Source: <https://github.com/msgpack/msgpack/blob/master/spec.md#timestamp-extension-type>.

use record::EventTime;

const TIMESTAMP: i8 = -1;
const MICROS_PER_SECOND: i64 = 1_000_000;
const NANOS_PER_SECOND: u32 = 1_000_000_000;
/// The end of a printed time without a fraction of a second.
const NO_FRACTION: &str = ".000000Z";

/// Returns the time in RFC 3339; `None` for other types, and for years that RFC 3339 cannot write.
pub(super) fn read(kind: i8, data: &[u8]) -> Option<String> {
    if kind != TIMESTAMP {
        return None;
    }
    let (seconds, nanos) = match *data {
        [a, b, c, d] => (i64::from(u32::from_be_bytes([a, b, c, d])), 0),
        [_, _, _, _, _, _, _, _] => {
            let packed = u64::from_be_bytes(*data.first_chunk()?);
            (i64::try_from(packed & 0x3_FFFF_FFFF).ok()?, u32::try_from(packed >> 34).ok()?)
        }
        [a, b, c, d, ref seconds @ ..] if seconds.len() == 8 => {
            (i64::from_be_bytes(*seconds.first_chunk()?), u32::from_be_bytes([a, b, c, d]))
        }
        _ => return None,
    };
    let whole = EventTime::from_micros(seconds.checked_mul(MICROS_PER_SECOND)?)?.to_string();
    let fits = nanos < NANOS_PER_SECOND;
    fits.then(|| whole.strip_suffix(NO_FRACTION).map(|second| format!("{second}.{nanos:09}Z"))).flatten()
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_of_its_sizes_is_read() {
        fn check(data: &[u8], expect: Option<&str>) {
            assert_eq!(super::read(-1, data).as_deref(), expect, "{data:x?}");
        }
        check(&[0, 0, 0, 1], Some("1970-01-01T00:00:01.000000000Z"));
        check(&(999_999_999_u64 << 34 | 1).to_be_bytes(), Some("1970-01-01T00:00:01.999999999Z"));
        check(&[&[0, 0, 0, 1], &(-1_i64).to_be_bytes()[..]].concat(), Some("1969-12-31T23:59:59.000000001Z"));
        check(&[&[0, 0, 0, 1], &i64::MAX.to_be_bytes()[..]].concat(), None);
        check(&[0xFF; 8], None);
        check(&[0; 3], None);
        assert_eq!(super::read(0, &[0; 4]), None);
    }
}
