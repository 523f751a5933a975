//! Passwords among the arguments of commands: `curl -u alice:…`, `mysql -p…`, `sshpass -p …`.

use std::ops::Range;

use memchr::memmem;

use super::harmless::is_harmless;
use super::run::run;

/// How much of a command is read.
const MAX_COMMAND: usize = 1_024;

/// A command that takes a password among its arguments. Options of two dashes that name a password are pairs
/// ([`pairs`](super::pairs)).
pub(super) struct Command {
    /// What it is searched by.
    pub(super) needle: &'static str,
    /// What stands before the password.
    options: &'static [&'static str],
    /// Whether a name and a colon stand before the password.
    has_user: bool,
}

/// The commands. The client of `MySQL` takes its password only without a blank before it.
pub(super) const COMMANDS: &[Command] = &[
    Command { needle: "curl ", options: &["-u ", "--user ", "--user=", "-u"], has_user: true },
    Command { needle: "mysql", options: &["-p"], has_user: false },
    Command { needle: "mariadb", options: &["-p"], has_user: false },
    Command { needle: "sshpass ", options: &["-p ", "-p"], has_user: false },
    Command { needle: "redis-cli ", options: &["-a ", "--pass "], has_user: false },
    Command { needle: "mongosh ", options: &["-p "], has_user: false },
    Command { needle: "ldapsearch ", options: &["-w "], has_user: false },
    Command { needle: "ldapadd ", options: &["-w "], has_user: false },
    Command { needle: "ldapmodify ", options: &["-w "], has_user: false },
    Command { needle: "docker login ", options: &["-p "], has_user: false },
];

/// Searches for what begins like one of the options. Hardly any text has that, so the commands themselves are rarely
/// searched for.
#[derive(Clone, Debug)]
pub(super) struct Options(memmem::Finder<'static>);

impl Options {
    pub(super) fn new() -> Self {
        Self(memmem::Finder::new(b" -"))
    }

    /// Returns whether a text may have one of the options.
    pub(super) fn may_be_in(&self, text: &[u8]) -> bool {
        self.0.find_iter(text).any(|at| matches!(text.get(at + 2), Some(b'-' | b'a' | b'p' | b'u' | b'w')))
    }
}

/// Returns the password among the arguments of the command whose name is here.
pub(super) fn password(bytes: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    let is_named = |command: &&Command| bytes[name.clone()].eq_ignore_ascii_case(command.needle.as_bytes());
    let command = COMMANDS.iter().find(is_named)?;
    let rest = &bytes[name.end..bytes.len().min(name.end + MAX_COMMAND)];
    let line = run(rest, |byte| !matches!(byte, b'\n' | 0));
    let words = memchr::memchr_iter(b' ', line).map(|at| at + 1);
    let first = std::iter::once(0).filter(|_| command.needle.ends_with(' '));
    let value = first.chain(words).find_map(|at| {
        let option = command.options.iter().find(|option| line[at..].starts_with(option.as_bytes()))?;
        Some(at + option.len())
    })?;
    let quotes = run(&line[value..], |byte| matches!(byte, b'\'' | b'"' | b'\\')).len();
    let start = value + quotes;
    let is_part: fn(u8) -> bool = |byte| byte > b' ' && !matches!(byte, b'\'' | b'"');
    // In quotes it may have blanks.
    let is_quoted_part: fn(u8) -> bool = |byte| !matches!(byte, b'\'' | b'"' | b'\\');
    let word = run(&line[start..], if quotes > 0 { is_quoted_part } else { is_part });
    let user = if command.has_user { memchr::memchr(b':', word)? + 1 } else { 0 };
    let password = name.end + start + user..name.end + start + word.len();
    (!password.is_empty() && !is_harmless(&bytes[password.clone()])).then_some(password)
}

#[cfg(test)]
mod tests {
    use super::{COMMANDS, Options};

    #[test]
    fn every_option_is_seen() {
        let options = Options::new();
        for option in COMMANDS.iter().flat_map(|command| command.options) {
            assert!(options.may_be_in(format!("run {option}x").as_bytes()), "{option}");
        }
        for text in ["", " -", "a - b", "pre-paid", "2026-11-26 - INFO - done", "from 3 to -5"] {
            assert!(!options.may_be_in(text.as_bytes()), "{text:?}");
        }
    }
}
