//! Reads from an executable which processor and which glibc it needs.

use std::fmt;

use object::Endianness;
use object::elf::{EM_AARCH64, EM_X86_64, FileHeader64};
use object::read::elf::FileHeader as _;

use crate::architecture::Architecture;

/// The prefix of the symbol versions that glibc defines.
const GLIBC: &str = "GLIBC_";

/// A version of glibc. A version without numbers, such as `GLIBC_ABI_DT_RELR`, is newer than every numbered one: it is
/// a feature that glibc added later than 2.34.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Glibc {
    Numbered { major: u32, minor: u32, patch: u32 },
    Feature(String),
}

/// What an executable needs from the machine it runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Needs {
    /// The processor; none if Lambda does not offer it.
    pub(crate) architecture: Option<Architecture>,
    /// The newest version of glibc that a symbol of the executable names; none for a static executable.
    pub(crate) glibc: Option<Glibc>,
}

/// Reads the header and the version needs (`.gnu.version_r`) of a 64-bit ELF executable.
pub(crate) fn needs(executable: &[u8]) -> object::Result<Needs> {
    let header = FileHeader64::<Endianness>::parse(executable)?;
    let endian = header.endian()?;
    let architecture = match header.e_machine(endian) {
        EM_X86_64 => Some(Architecture::X86_64),
        EM_AARCH64 => Some(Architecture::Arm64),
        _ => None,
    };
    let sections = header.sections(endian, executable)?;
    let mut glibc = None;
    if let Some((mut libraries, link)) = sections.gnu_verneed(endian, executable)? {
        let strings = sections.strings(endian, executable, link)?;
        while let Some((_, mut versions)) = libraries.next()? {
            while let Some(version) = versions.next()? {
                let name = String::from_utf8_lossy(version.name(endian, strings)?);
                glibc = glibc.max(Glibc::parse(&name));
            }
        }
    }
    Ok(Needs { architecture, glibc })
}

impl Glibc {
    /// Parses the name of a symbol version; none if it is of another library.
    fn parse(name: &str) -> Option<Self> {
        let version = name.strip_prefix(GLIBC)?;
        let mut numbers = version.split('.').map(|number| number.parse().ok());
        let numbered = match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
            (Some(Some(major)), Some(Some(minor)), None, _) => Some(Self::Numbered { major, minor, patch: 0 }),
            (Some(Some(major)), Some(Some(minor)), Some(Some(patch)), None) => {
                Some(Self::Numbered { major, minor, patch })
            }
            _ => None,
        };
        Some(numbered.unwrap_or_else(|| Self::Feature(version.to_owned())))
    }
}

impl fmt::Display for Glibc {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbered { major, minor, patch: 0 } => write!(formatter, "glibc {major}.{minor}"),
            Self::Numbered { major, minor, patch } => write!(formatter, "glibc {major}.{minor}.{patch}"),
            Self::Feature(name) => write!(formatter, "the glibc feature {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_number() {
        let rising = ["GLIBC_2.2.5", "GLIBC_2.4", "GLIBC_2.17", "GLIBC_2.34", "GLIBC_2.39", "GLIBC_ABI_DT_RELR"];
        let versions: Vec<_> = rising.iter().map(|name| Glibc::parse(name).unwrap()).collect();
        assert!(versions.is_sorted(), "{versions:?}");
        assert_eq!(Glibc::parse("GCC_3.0"), None);
        let shown: Vec<_> = versions.iter().map(ToString::to_string).collect();
        assert_eq!(shown[0], "glibc 2.2.5");
        assert_eq!(shown[3], "glibc 2.34");
        assert_eq!(shown[5], "the glibc feature ABI_DT_RELR");
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn this_very_test_needs_this_machine() {
        let executable = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let needs = needs(&executable).unwrap();
        assert_eq!(needs.architecture, Some(Architecture::HOST));
        assert!(needs.glibc > Glibc::parse("GLIBC_2.0"), "{needs:?}");
    }

    #[test]
    fn a_script_is_no_executable() {
        needs(b"#!/bin/sh\n").unwrap_err();
    }
}
