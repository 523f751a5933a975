//! The same searches with `ClickHouse` in process, where it can be installed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use local::cache::{Cache, Pins, Requirements};
use tempfile::TempDir;

use super::Scale;
use super::kind::{ASKED, Kind};
use super::rows::SearchRow;
use crate::error::{Error, attempt};
use crate::python;

const PACKAGES: Pins = Pins {
    folder: "bench-chdb-4.4.0",
    packages: &[
        "chdb==4.4.0",
        "chdb-core==26.9.0",
        "numpy==2.4.6",
        "pandas==3.1.1",
        "pyarrow==26.0.1",
        "python-dateutil==4.0.0",
        "tzdata==2026.6",
    ],
    requirements: Requirements::Follow,
};
const NAME: &str = "clickhouse";

/// Files the same records in `ClickHouse` and times the searches. Without the package, there are no rows.
pub(super) fn rows(scale: Scale, kinds: &[Kind<'_>]) -> Result<Vec<SearchRow>, Error> {
    let installed = Cache::from_env()?.venv(&PACKAGES);
    let Ok(venv) = installed else {
        println!("\nchdb cannot be installed, so ClickHouse is not in the table.");
        return Ok(Vec::new());
    };
    let mut clickhouse = ClickHouse::start(&venv.join("bin/python"))?;
    for record in scale.records().flatten() {
        clickhouse.tell(&record.data)?;
    }
    clickhouse.tell(b"")?;
    println!("\nClickHouse has bytes on the disk, and records: {}", clickhouse.hear("ready")?);
    let row = |kind: &Kind<'_>| {
        let texts = kind.texts.iter().cycle().take(ASKED + 1);
        let times = texts.map(|text| clickhouse.search(text, kind.found)).collect::<Result<Vec<_>, Error>>()?;
        let [_, _, name] = kind.names;
        let records = scale.days * scale.records_a_day;
        Ok(SearchRow::new(name, records, scale.days, times.get(1..).unwrap_or_default()))
    };
    kinds.iter().map(row).collect()
}

/// The process. It ends when this is dropped.
struct ClickHouse {
    process: Child,
    input: ChildStdin,
    output: BufReader<std::process::ChildStdout>,
    /// Its data, removed after the process has ended.
    _folder: TempDir,
}

impl ClickHouse {
    fn start(python: &Path) -> Result<Self, Error> {
        let script = python::folder().join("clickhouse.py");
        let folder = attempt("create a folder in", &std::env::temp_dir(), |parent| {
            tempfile::Builder::new().prefix("logbraid-bench-").tempdir_in(parent)
        })?;
        let mut command = Command::new(python);
        let process = command.arg(script).arg(folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = process.map_err(|source| Error::Spawn { program: python.to_owned(), source })?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (input, output) = pipes.ok_or(Error::Worker { name: NAME, said: String::new(), expected: "pipes" })?;
        Ok(Self { process, input, output: BufReader::new(output), _folder: folder })
    }

    fn tell(&mut self, line: &[u8]) -> Result<(), Error> {
        let input = &mut self.input;
        attempt("write", Path::new(NAME), |_| input.write_all(&[line, b"\n"].concat()))
    }

    /// Returns what follows a word.
    fn hear(&mut self, expected: &'static str) -> Result<String, Error> {
        let mut said = String::new();
        attempt("read", Path::new(NAME), |_| self.output.read_line(&mut said))?;
        let rest = said.strip_prefix(expected).map(|rest| rest.trim().to_owned());
        rest.ok_or(Error::Worker { name: NAME, said, expected })
    }

    /// Searches a text. Fails unless it finds all records.
    fn search(&mut self, text: &str, given: usize) -> Result<Duration, Error> {
        self.tell(text.replace('+', " ").as_bytes())?;
        let said = self.hear("found")?;
        let numbers: Vec<u64> = said.split(' ').filter_map(|number| number.parse().ok()).collect();
        let &[found, micros] = numbers.as_slice() else {
            return Err(Error::Worker { name: NAME, said, expected: "two numbers" });
        };
        let stored = usize::try_from(found).unwrap_or(usize::MAX);
        if stored == given { Ok(Duration::from_micros(micros)) } else { Err(Error::Lost { name: NAME, given, stored }) }
    }
}

impl Drop for ClickHouse {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
