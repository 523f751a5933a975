//! Files with one JSON object a line. The time in the path makes a new file; old files are removed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use tracing::{info, warn};

use super::dated_path::{day, path};
use super::{Batch, Output, OutputError, Stop};
use crate::config::FileOutput;

/// Who may read the files: their owner and its group. Log records are nobody else's.
const MODE: u32 = 0o640;
/// The most files of a folder that are looked at for their age.
const MAX_FILES: usize = 100_000;

/// An output that writes files.
#[derive(Debug)]
pub struct Files {
    settings: FileOutput,
    current: Option<(PathBuf, File)>,
}

impl Files {
    /// Returns an output with these settings. It opens no file before the first batch.
    #[must_use]
    pub fn new(settings: FileOutput) -> Self {
        Self { settings, current: None }
    }

    /// Returns the file for what arrived at a time.
    fn file(&mut self, arrived: Timestamp) -> Result<(&Path, &mut File), OutputError> {
        let path = path(&self.settings.path, arrived)
            .map_err(|error| OutputError::because(format!("`{}` makes no path", self.settings.path), error))?;
        // A file that was moved away, as logrotate does it, is opened anew.
        let current = self.current.take().filter(|(open, _)| *open == path && open.exists());
        let current = if let Some(current) = current {
            current
        } else {
            let file =
                open(&path).map_err(|error| OutputError::because(format!("cannot open {}", path.display()), error))?;
            self.remove_old(arrived);
            (path, file)
        };
        let (path, file) = self.current.insert(current);
        Ok((path, file))
    }

    /// Removes the files whose day is too long ago. One that cannot be removed stays: it is tried again with the next file.
    fn remove_old(&self, now: Timestamp) {
        let Some(days) = self.settings.keep_days else { return };
        let today = now.to_zoned(TimeZone::UTC).date();
        let Ok(oldest) = today.checked_sub(Span::new().days(i64::from(days))) else { return };
        for (path, _) in files(&self.settings.path).into_iter().filter(|(_, day)| *day < oldest) {
            match fs::remove_file(&path) {
                Ok(()) => info!(path = %path.display(), "removed a file that was kept for {days} days"),
                Err(error) => {
                    warn!(path = %path.display(), %error, "cannot remove a file that was kept for {days} days");
                }
            }
        }
    }
}

impl Output for Files {
    fn write(&mut self, batch: &Batch, _: &Stop) -> Result<(), OutputError> {
        let (path, file) = self.file(batch.arrived)?;
        append(file, &batch.text)
            .map_err(|error| OutputError::because(format!("cannot write to {}", path.display()), error))
    }
}

/// Returns the files of a pattern, with their days.
fn files(pattern: &str) -> Vec<(PathBuf, Date)> {
    let pattern = Path::new(pattern);
    let Some((folder, name)) = pattern.parent().zip(pattern.file_name().and_then(|name| name.to_str())) else {
        return Vec::new();
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let dated = |entry: io::Result<fs::DirEntry>| {
        let path = entry.ok()?.path();
        let day = day(name, path.file_name()?.to_str()?)?;
        Some((path, day))
    };
    entries.take(MAX_FILES).filter_map(dated).collect()
}

/// Opens a file for appending. A line that was not finished gets its end, so that the next one is a line of its own.
fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().create(true).read(true).append(true).mode(MODE).open(path)?;
    if file.metadata()?.len() > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

/// Appends lines, and has them on disk when it returns. After a failure none of them is there: they come again.
fn append(file: &mut File, lines: &[u8]) -> io::Result<()> {
    let before = file.metadata()?.len();
    let written = file.write_all(lines).and_then(|()| file.sync_data());
    if written.is_err() {
        // The first failure is told. This may fail too; then lines are there twice.
        let _ = file.set_len(before);
    }
    written
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Files;
    use crate::config::FileOutput;
    use crate::outputs::{Batch, Output as _, Stop};

    fn batch(text: &str, arrived: &str) -> Batch {
        Batch { text: text.into(), records: 1, arrived: arrived.parse().unwrap() }
    }

    #[test]
    fn each_day_has_a_file_and_old_ones_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join("logs").join(name);
        let pattern = path("errors-%Y-%m-%d.jsonl").to_str().unwrap().to_owned();
        let mut files = Files::new(FileOutput { path: pattern.clone(), keep_days: Some(2) });
        let mut write = |text, arrived| files.write(&batch(text, arrived), &Stop::default()).unwrap();
        write("{\"a\":1}\n", "2026-01-01T12:00:00Z");
        fs::write(path("other-2025-01-01.jsonl"), "x").unwrap();
        fs::write(path("errors-2025-01-01.jsonl.gz"), "x").unwrap();
        write("{\"a\":2}\n", "2026-01-01T23:59:59Z");
        write("{\"a\":3}\n", "2026-01-03T00:00:00Z");
        assert!(path("errors-2026-01-01.jsonl").exists());
        write("{\"a\":4}\n", "2026-01-04T00:00:00Z");
        let mut names: Vec<_> =
            fs::read_dir(folder.path().join("logs")).unwrap().map(|file| file.unwrap().file_name()).collect();
        names.sort();
        let expect = [
            "errors-2025-01-01.jsonl.gz",
            "errors-2026-01-03.jsonl",
            "errors-2026-01-04.jsonl",
            "other-2025-01-01.jsonl",
        ];
        assert_eq!(names, expect);
        // Another process goes on in the same file, after a line that was not finished.
        fs::write(path("errors-2026-01-04.jsonl"), "{\"a\":4}\n{\"a").unwrap();
        let mut files = Files::new(FileOutput { path: pattern, keep_days: None });
        files.write(&batch("{\"a\":5}\n", "2026-01-04T01:00:00Z"), &Stop::default()).unwrap();
        assert_eq!(fs::read_to_string(path("errors-2026-01-04.jsonl")).unwrap(), "{\"a\":4}\n{\"a\n{\"a\":5}\n");
        // logrotate moved it away.
        fs::rename(path("errors-2026-01-04.jsonl"), path("moved")).unwrap();
        files.write(&batch("{\"a\":6}\n", "2026-01-04T02:00:00Z"), &Stop::default()).unwrap();
        assert_eq!(fs::read_to_string(path("errors-2026-01-04.jsonl")).unwrap(), "{\"a\":6}\n");
    }

    #[test]
    fn what_cannot_be_written_is_an_error() {
        let mut files = Files::new(FileOutput { path: "/dev/null/x.jsonl".to_owned(), keep_days: None });
        let error = files.write(&batch("{}\n", "2026-01-04T02:00:00Z"), &Stop::default()).unwrap_err();
        assert_eq!(error.to_string(), "cannot open /dev/null/x.jsonl");
    }

    #[test]
    fn nothing_of_a_batch_stays_that_does_not_fit() {
        let mut files = Files::new(FileOutput { path: "/dev/full".to_owned(), keep_days: None });
        let error = files.write(&batch("{}\n", "2026-01-04T02:00:00Z"), &Stop::default()).unwrap_err();
        assert_eq!(error.to_string(), "cannot write to /dev/full");
    }
}
