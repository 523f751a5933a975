//! Builds the release zips, and checks that Lambda can run what is in them.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::architecture::Architecture;
use crate::build;
use crate::cache::Cache;
use crate::elf::{self, Glibc, Needs};
use crate::error::Error;
use crate::progress::step;
use crate::state::{Folder, attempt};
use crate::tool::{Tool, command};
use crate::toolbox::ReleaseTools;

/// The functions: the resource in `template.yaml` and the name of the executable.
const FUNCTIONS: [(&str, &str); 3] =
    [("IngestFunction", "ingest"), ("QueryFunction", "query"), ("RetentionFunction", "retention")];
/// The newest glibc that an executable may need: the one in `provided.al2023`.
const GLIBC_LIMIT: Glibc = Glibc::Numbered { major: 2, minor: 34, patch: 0 };
/// The largest zip. A cold start loads all of it; Lambda itself takes 50 MB.
const ZIP_LIMIT_BYTES: u64 = 6 * BYTES_PER_MIB;
const BYTES_PER_MIB: u64 = 1024 * 1024;
/// The longest time for a small tool.
const TOOL_LIMIT: Duration = Duration::from_mins(5);

/// A checked zip that Lambda can run.
#[derive(Debug)]
pub(crate) struct Zip {
    pub(crate) path: PathBuf,
    bytes: u64,
    glibc: Option<Glibc>,
}

impl fmt::Display for Zip {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        write!(formatter, "{name}  {:.1} MiB of {} allowed, ", mib(self.bytes), ZIP_LIMIT_BYTES / BYTES_PER_MIB)?;
        match &self.glibc {
            Some(glibc) => write!(formatter, "needs {glibc}; Lambda has {GLIBC_LIMIT}"),
            None => formatter.write_str("needs no glibc"),
        }
    }
}

/// Builds the zips of all functions into `.aws-sam/zips`.
pub(crate) fn build(
    project: &Path,
    folder: &Folder,
    cache: &Cache,
    architecture: Architecture,
) -> Result<Vec<Zip>, Error> {
    let name = if ReleaseTools::is_complete(cache) { "build tools" } else { "build tools (download, the first time)" };
    let tools = step(name, || ReleaseTools::open(cache))?;
    add_rust_target(project, folder, architecture.rust_target())?;
    let name = format!("sam build for {architecture} (minutes after a change)");
    step(&name, || build::release(project, folder, &tools, architecture))?;
    FUNCTIONS.iter().map(|(resource, name)| pack(project, folder, resource, name, architecture)).collect()
}

/// Has rustup install Rust's library for a target, unless it is there.
pub(crate) fn add_rust_target(project: &Path, folder: &Folder, target: &str) -> Result<(), Error> {
    let tool = Tool {
        what: "finding Rust's library for the processor",
        hint: "install Rust with rustup (https://rustup.rs), then: rustup target add with the name of the target",
        limit: TOOL_LIMIT,
        log: folder.log("rust-target"),
    };
    let mut rustc = command(Path::new("rustc"));
    let library = tool.read(rustc.args(["--print", "target-libdir", "--target", target]).current_dir(project))?;
    if Path::new(library.trim()).is_dir() {
        return Ok(());
    }
    let mut rustup = command(Path::new("rustup"));
    rustup.args(["target", "add", target]).current_dir(project);
    step(&format!("rustup target add {target}"), || tool.run(&mut rustup))
}

fn pack(project: &Path, folder: &Folder, resource: &str, name: &str, architecture: Architecture) -> Result<Zip, Error> {
    let executable = build::release_folder(project).join(resource).join("bootstrap");
    let bytes = attempt("read", &executable, |path| fs::read(path))?;
    let needs = elf::needs(&bytes).map_err(|source| Error::Executable { path: executable.clone(), source })?;
    let glibc = check_needs(&executable, needs, architecture)?;
    let zips = project.join(".aws-sam/zips");
    attempt("create", &zips, |path| fs::create_dir_all(path))?;
    let path = zips.join(format!("{name}-{architecture}.zip"));
    let tool = Tool {
        what: "python3 -m zipfile",
        hint: "is there enough space on the disk?",
        limit: TOOL_LIMIT,
        log: folder.log("zip"),
    };
    // What SAM itself packs with, so the size is that of the zip on AWS.
    let mut python = command(Path::new("python3"));
    tool.run(python.args(["-m", "zipfile", "-c"]).arg(&path).arg(&executable))?;
    let bytes = attempt("read", &path, |path| fs::metadata(path))?.len();
    check_size(&path, bytes)?;
    Ok(Zip { path, bytes, glibc })
}

/// Checks that Lambda can run an executable with these needs. Returns the glibc that it needs.
fn check_needs(path: &Path, needs: Needs, architecture: Architecture) -> Result<Option<Glibc>, Error> {
    if needs.architecture != Some(architecture) {
        return Err(Error::Processor { path: path.to_owned(), expected: architecture });
    }
    match needs.glibc {
        Some(glibc) if glibc > GLIBC_LIMIT => Err(Error::Glibc { path: path.to_owned(), glibc, limit: GLIBC_LIMIT }),
        glibc => Ok(glibc),
    }
}

fn check_size(path: &Path, bytes: u64) -> Result<(), Error> {
    if bytes <= ZIP_LIMIT_BYTES {
        return Ok(());
    }
    Err(Error::ZipSize { path: path.to_owned(), bytes, limit_bytes: ZIP_LIMIT_BYTES })
}

#[expect(clippy::cast_precision_loss, reason = "a zip has far less than 2^52 bytes")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / BYTES_PER_MIB as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(architecture: Option<Architecture>, glibc: Option<Glibc>) -> Result<(), String> {
        check_needs(Path::new("bootstrap"), Needs { architecture, glibc }, Architecture::X86_64)
            .map(|_| ())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn lambda_can_run_what_passes() {
        let x86 = Some(Architecture::X86_64);
        let glibc = |minor| Some(Glibc::Numbered { major: 2, minor, patch: 0 });
        assert_eq!(check(x86, None), Ok(()));
        assert_eq!(check(x86, glibc(34)), Ok(()));
        let message = check(x86, glibc(35)).unwrap_err();
        assert!(message.starts_with("bootstrap needs glibc 2.35, but Lambda has glibc 2.34"), "{message}");
        let feature = Some(Glibc::Feature("ABI_DT_RELR".to_owned()));
        assert!(check(x86, feature).unwrap_err().contains("needs the glibc feature ABI_DT_RELR"));
        for other in [Some(Architecture::Arm64), None] {
            assert_eq!(check(other, None), Err("bootstrap is not an executable for x86_64".to_owned()));
        }
    }

    #[test]
    fn a_zip_may_be_as_large_as_the_limit() {
        let path = Path::new("z.zip");
        check_size(path, ZIP_LIMIT_BYTES).unwrap();
        let message = check_size(path, ZIP_LIMIT_BYTES + 1).unwrap_err().to_string();
        assert!(message.starts_with("z.zip has 6291457 bytes; the limit is 6291456"), "{message}");
    }
}
