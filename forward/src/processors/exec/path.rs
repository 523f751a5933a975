//! Where the operating system finds a program.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// The rights to run a file: its owner's, its group's, everybody's.
const RUN: u32 = 0o111;

/// A processor's program that cannot be started.
#[derive(Debug, Eq, PartialEq, thiserror::Error)]
pub enum NoProgram {
    /// No folder of `PATH` has it.
    #[error("the processor `{processor}` names the program `{program}`, which is in no folder of PATH{hint}")]
    NotOnPath {
        /// The processor's name.
        processor: String,
        /// The program.
        program: String,
        /// How to write it, if it looks like a whole command.
        hint: String,
    },
    /// There is no such file, or it may not be run.
    #[error("the processor `{processor}` names the program `{program}`, which is no file that can be run{hint}")]
    NoFile {
        /// The processor's name.
        processor: String,
        /// The program.
        program: String,
        /// How to write it, if it looks like a whole command.
        hint: String,
    },
}

/// Looks for a program as it is looked for when it starts.
pub(super) fn find(processor: &str, program: &str, path: &OsStr) -> Result<(), NoProgram> {
    let (processor, program, hint) = (processor.to_owned(), program.to_owned(), hint(program));
    if program.contains('/') {
        return if is_program(Path::new(&program)) {
            Ok(())
        } else {
            Err(NoProgram::NoFile { processor, program, hint })
        };
    }
    let is_found = !program.is_empty() && std::env::split_paths(path).any(|folder| is_program(&folder.join(&program)));
    if is_found { Ok(()) } else { Err(NoProgram::NotOnPath { processor, program, hint }) }
}

fn is_program(file: &Path) -> bool {
    file.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & RUN != 0)
}

/// Returns how to write a text that has blanks, as a shell's command has.
fn hint(program: &str) -> String {
    if !program.contains(char::is_whitespace) {
        return String::new();
    }
    let words: Vec<_> = program.split_whitespace().collect();
    format!("; no shell reads it: give the program and its arguments as a list, [{}]", words.join(", "))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::find;

    #[test]
    fn a_program_is_found_as_it_starts() {
        fn check(program: &str, expect: Option<&str>) {
            let error = find("p", program, OsStr::new("/none:/bin:/usr/bin")).err().map(|error| error.to_string());
            assert_eq!(
                error.as_deref(),
                expect.map(|why| format!("the processor `p` names the program {why}")).as_deref()
            );
        }
        check("sh", None);
        check("/bin/sh", None);
        check("nonexistent-prog", Some("`nonexistent-prog`, which is in no folder of PATH"));
        check("", Some("``, which is in no folder of PATH"));
        check("/no/such", Some("`/no/such`, which is no file that can be run"));
        check("/bin", Some("`/bin`, which is no file that can be run"));
        check("/etc/passwd", Some("`/etc/passwd`, which is no file that can be run"));
        check(
            "sed s|one|ONE|",
            Some(
                "`sed s|one|ONE|`, which is in no folder of PATH; no shell reads it: give the program and its arguments as a \
                 list, [sed, s|one|ONE|]",
            ),
        );
        check(
            "sed s/one/ONE/",
            Some(
                "`sed s/one/ONE/`, which is no file that can be run; no shell reads it: give the program and its arguments as \
                 a list, [sed, s/one/ONE/]",
            ),
        );
    }
}
