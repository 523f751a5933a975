//! Sampling: whole transactions are kept or left out, the same ones in every process.

/// Returns whether the transactions with this id are kept.
pub(crate) fn is_kept(uid: &str, share: f64) -> bool {
    // FNV-1a over what all spellings of an id have in common, then mixed: the high bits decide.
    let hash = uid.bytes().filter(|byte| *byte != b'-').fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0000_0100_0000_01B3)
    });
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    // The upper 32 bits as a share of one.
    f64::from(u32::try_from(mixed >> 32).unwrap_or(u32::MAX)) < share * 4_294_967_296.0
}
