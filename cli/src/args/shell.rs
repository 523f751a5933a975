//! Arguments of `logbraid completions` and `logbraid man`.

use clap::Args;
use clap_complete::Shell;

/// Arguments of `logbraid completions`.
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// Arguments of `logbraid man`.
#[derive(Args, Debug)]
pub struct ManArgs {
    /// The command; without it, `logbraid` itself
    pub command: Option<String>,
}
