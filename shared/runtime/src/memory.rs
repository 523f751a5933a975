//! The check that the ingest function's memory holds the largest decompressed payload.

use crate::environment::{ConfigError, Environment, number, set};

/// The variable that Lambda sets to the function's memory in MB (`IngestMemoryMb` in the template).
const MEMORY_SIZE: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
/// The memory that does not depend on the limit: the process, the event, a part of a batch that waits for MongoDB, the
/// records of a payload (docs/formats.md, Memory).
const BASE_MB: u64 = 128;
/// The memory for each MiB of the limit. The worst payload becomes one text: its bytes, its unescaped copy and its document
/// are in memory together. Measured.
const MB_PER_MIB: u64 = 3;

/// Returns the memory that a limit of decompression requires.
fn needed_mb(max_decompressed_mib: u64) -> u64 {
    BASE_MB + MB_PER_MIB * max_decompressed_mib
}

/// Refuses a limit of decompression for which the function's memory is too small. Accepts every limit outside Lambda.
pub(crate) fn check(
    env: &(impl Environment + ?Sized),
    limit: &'static str,
    max_decompressed_mib: u64,
) -> Result<(), ConfigError> {
    if set(env, MEMORY_SIZE).is_none() {
        return Ok(());
    }
    let memory_mb = number(env, MEMORY_SIZE, 0, 0..=u64::MAX)?;
    let needed_mb = needed_mb(max_decompressed_mib);
    if memory_mb >= needed_mb {
        return Ok(());
    }
    let fits_mib = memory_mb.saturating_sub(BASE_MB) / MB_PER_MIB;
    let or_less =
        if fits_mib > 0 { format!(", or at most {fits_mib} MiB (MaxDecompressedMib)") } else { String::new() };
    Err(ConfigError::Together {
        first: limit,
        first_value: max_decompressed_mib.to_string(),
        second: MEMORY_SIZE,
        second_value: memory_mb.to_string(),
        expected: format!("at least {needed_mb} MB of memory (IngestMemoryMb){or_less}"),
    })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::{check, needed_mb};

    const LIMIT: &str = "LOGBRAID_MAX_DECOMPRESSED_MIB";

    #[test]
    fn a_limit_needs_memory() {
        fn check_limit(memory_mb: Option<&str>, mib: u64, expect: &str) {
            let env: Vec<(&str, &str)> =
                memory_mb.map(|mb| ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", mb)).into_iter().collect();
            let said = check(env.as_slice(), LIMIT, mib).map_or_else(|error| error.to_string(), |()| "fine".to_owned());
            assert_eq!(said, expect, "{memory_mb:?} {mib}");
        }
        check_limit(None, 1_024, "fine");
        check_limit(Some("512"), 64, "fine");
        check_limit(Some("512"), 128, "fine");
        check_limit(
            Some("512"),
            129,
            "LOGBRAID_MAX_DECOMPRESSED_MIB is `129` and AWS_LAMBDA_FUNCTION_MEMORY_SIZE is `512`: expected at least 515 MB of memory (IngestMemoryMb), or at most 128 MiB (MaxDecompressedMib)",
        );
        check_limit(
            Some("128"),
            64,
            "LOGBRAID_MAX_DECOMPRESSED_MIB is `64` and AWS_LAMBDA_FUNCTION_MEMORY_SIZE is `128`: expected at least 320 MB of memory (IngestMemoryMb)",
        );
        check_limit(
            Some("much"),
            64,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE is `much`: expected a whole number from 0 to 18446744073709551615",
        );
    }

    /// `CloudFormation` cannot calculate, so the template has a table for usual values.
    #[test]
    fn the_template_refuses_what_the_function_refuses() {
        const LIMITS_MIB: [u64; 5] = [64, 128, 256, 512, 1_024];
        const SIZES_MB: [u64; 16] =
            [128, 192, 256, 320, 384, 448, 512, 640, 768, 1_024, 1_280, 1_536, 1_769, 2_048, 2_560, 3_072];
        let mut rule = "  MemoryForDecompression:\n    Assertions:\n".to_owned();
        for mib in LIMITS_MIB {
            let needed = needed_mb(mib);
            let refused: Vec<String> =
                SIZES_MB.iter().filter(|size| **size < needed).map(|size| format!("\"{size}\"")).collect();
            let refused = refused.join(", ");
            let lines = format!(
                "      - AssertDescription: With MaxDecompressedMib {mib}, IngestMemoryMb must be at least {needed}.\n        \
                   Assert: !Not\n          - !And\n            - !Equals [!Ref MaxDecompressedMib, \"{mib}\"]\n            \
                   - !Contains [[{refused}], !Ref IngestMemoryMb]\n"
            );
            rule.write_str(&lines).unwrap();
        }
        let template = include_str!("../../../template.yaml");
        assert!(template.contains(&rule), "the template should have:\n{rule}");
    }
}
