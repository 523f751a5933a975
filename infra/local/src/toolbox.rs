//! The tools of the local stack, each at a fixed version in the cache.

use std::fs;
use std::os::unix::fs::symlink;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::thread;

use crate::cache::{Cache, Pins, Requirements};
use crate::error::Error;
use crate::state::{Folder, attempt, attempt_if_there};

const SAM: Pins =
    Pins { folder: "aws-sam-cli-1.170.0", packages: &["aws-sam-cli==1.170.0"], requirements: Requirements::Follow };

/// Its requirement is zig, 300 MB that only a build for another machine needs.
const CARGO_LAMBDA: Pins =
    Pins { folder: "cargo-lambda-1.9.2", packages: &["cargo-lambda==1.9.2"], requirements: Requirements::Skip };

/// Apart from SAM, whose pins clash with these.
const AWS: Pins = Pins {
    folder: "ministack-1.5.33-awscli-1.46.2",
    packages: &["ministack==1.5.33", "aws-sam-translator==1.115.0", "awscli==1.46.2"],
    requirements: Requirements::Follow,
};

/// Where the tools are.
#[derive(Debug)]
pub(crate) struct Toolbox {
    pub(crate) sam: PathBuf,
    pub(crate) cargo_lambda: PathBuf,
    pub(crate) aws: PathBuf,
    pub(crate) ministack: PathBuf,
}

impl Toolbox {
    /// Whether everything is there already.
    pub(crate) fn is_complete(cache: &Cache) -> bool {
        [SAM, CARGO_LAMBDA, AWS].iter().all(|pins| cache.has(pins))
    }

    /// Finds the tools, and installs those that are not there.
    pub(crate) fn open(cache: &Cache) -> Result<Self, Error> {
        // All at the same time: most of it is waiting for downloads.
        let [sam, cargo_lambda, aws] = thread::scope(|scope| {
            [SAM, CARGO_LAMBDA, AWS]
                .map(|pins| scope.spawn(move || cache.venv(&pins)))
                .map(|install| install.join().unwrap_or_else(|panic| resume_unwind(panic)))
        });
        let aws = aws.map_err(Error::Tools)?;
        Ok(Self {
            sam: sam.map_err(Error::Tools)?.join("bin/sam"),
            cargo_lambda: cargo_lambda.map_err(Error::Tools)?.join("bin/cargo-lambda"),
            aws: aws.join("bin/aws"),
            ministack: aws.join("bin/ministack"),
        })
    }

    /// Puts the commands that a user needs into the folder that goes on PATH; their environments' Pythons stay out.
    pub(crate) fn link(&self, folder: &Folder) -> Result<(), Error> {
        let tools = [("aws", &self.aws), ("sam", &self.sam), ("cargo-lambda", &self.cargo_lambda)];
        for (name, tool) in tools {
            let link = folder.bin().join(name);
            attempt_if_there("replace", &link, |link| fs::remove_file(link))?;
            attempt("create", &link, |link| symlink(tool, link))?;
        }
        Ok(())
    }
}

/// `sam` alone, for what needs no more.
pub(crate) fn sam(cache: &Cache) -> Result<PathBuf, Error> {
    cache.venv(&SAM).map(|venv| venv.join("bin/sam")).map_err(Error::Tools)
}
