//! `logbraid completions` and `logbraid man`.

use clap::Args;
use clap_complete::Shell;

/// Print completions for a shell.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// Print a manual page.
#[derive(Args, Debug)]
pub struct ManArgs {
    /// Of this command; of `logbraid` itself if none is named
    pub command: Option<String>,
}
