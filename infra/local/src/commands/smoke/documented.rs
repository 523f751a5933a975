//! The commands of the documentation, run as they are written.

use std::fs;

use super::expect;
use crate::error::Error;
use crate::progress::step;
use crate::running::Running;
use crate::state::attempt;

/// What the status of the commands is behind.
const STATUS: &str = "exit status";

/// A block of code in a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block<'a> {
    /// The nearest heading above; empty before the first one.
    pub(super) heading: &'a str,
    pub(super) commands: String,
}

/// Reads a file of the checkout.
pub(super) fn read(running: &Running, file: &str) -> Result<String, Error> {
    attempt("read", &running.stack.project.join(file), |path| fs::read_to_string(path))
}

/// Returns the blocks of code of a page, but not the heading of the page itself.
pub(super) fn blocks(page: &str) -> Vec<Block<'_>> {
    let (mut blocks, mut heading) = (Vec::new(), "");
    let mut code: Option<(usize, String)> = None;
    for line in page.lines() {
        let text = line.trim_start();
        code = match (code.take(), text.strip_prefix("```")) {
            (None, Some(_)) => Some((line.len() - text.len(), String::new())),
            (None, None) => {
                // `#` alone is the title.
                heading = line.strip_prefix("##").map_or(heading, |rest| rest.trim_start_matches('#').trim());
                None
            }
            (Some((_, commands)), Some(_)) => {
                blocks.push(Block { heading, commands });
                None
            }
            (Some((indent, mut commands)), None) => {
                commands.push_str(line.get(indent..).unwrap_or(text));
                commands.push('\n');
                Some((indent, commands))
            }
        };
    }
    blocks
}

/// Runs commands, which have to succeed and to print this.
pub(super) fn run(running: &Running, name: &str, commands: &str, expected: &[&str]) -> Result<(), Error> {
    // Through a pipe, as on a terminal: a client that opens /dev/stdout would begin a file anew.
    let script = format!("{{ (\nset -eu\n{commands}\n); echo \"{STATUS} $?\"; }} | cat");
    let printed = step(name, || running.shell(&script))?;
    let is_done = printed.trim_end().ends_with(&format!("{STATUS} 0"));
    expect("the documented commands succeed", is_done, || format!("{name}:\n{printed}"))?;
    let missing: Vec<_> = expected.iter().filter(|part| !printed.contains(**part)).collect();
    expect("the documented commands show what there is to see", missing.is_empty(), || {
        format!("{name}: {missing:?} is not in:\n{printed}")
    })
}

#[cfg(test)]
mod tests {
    use super::{Block, blocks};

    #[test]
    fn commands_are_found() {
        let page = "# Page\n```\na\n```\n## one\n`inline`\n```sh\nb\n# comment\n```\n1. Text\n\n   ```\n   c \\\n       d\n   ```\n### two\n";
        let page = format!("{page}text\n```\ne\n```\n");
        let expect = [("", "a\n"), ("one", "b\n# comment\n"), ("one", "c \\\n    d\n"), ("two", "e\n")];
        assert_eq!(blocks(&page), expect.map(|(heading, commands)| Block { heading, commands: commands.to_owned() }));
    }
}
