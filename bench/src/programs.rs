//! The executables that are measured, and how a function is given its memory.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::{Error, attempt};

/// The allocator settings of the ingest function in `template.yaml`: memory is kept from one batch to the next.
pub const ALLOCATOR: &[(&str, &str)] =
    &[("MALLOC_TRIM_THRESHOLD_", "268435456"), ("MALLOC_MMAP_THRESHOLD_", "33554432")];

/// The same for a function that writes no sketches.
pub const WITHOUT_SKETCHES: &[(&str, &str)] =
    &[("MALLOC_TRIM_THRESHOLD_", "268435456"), ("MALLOC_MMAP_THRESHOLD_", "33554432"), ("LOGBRAID_SKETCHES", "off")];

/// Returns the path of the running program.
pub fn this_program() -> Result<PathBuf, Error> {
    attempt("find", Path::new("this program"), |_| env::current_exe())
}

/// Returns the path of a function's release build, which lies beside the running program.
pub fn release_binary(name: &str) -> Result<PathBuf, Error> {
    this_program().map(|path| path.with_file_name(name))
}

/// Returns [`ALLOCATOR`] as a process of the function takes it.
pub fn allocator() -> impl Iterator<Item = (String, String)> {
    ALLOCATOR.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{ALLOCATOR, WITHOUT_SKETCHES};

    #[test]
    fn the_allocator_is_set_as_in_the_template() {
        let template = include_str!("../../template.yaml");
        assert!(WITHOUT_SKETCHES.starts_with(ALLOCATOR));
        for (name, value) in ALLOCATOR {
            assert!(template.contains(&format!("{name}: \"{value}\"")), "{name}");
        }
    }
}
