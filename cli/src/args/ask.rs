//! What every command has that asks the query API.

use clap::{Args, ColorChoice, ValueEnum};

use crate::render::Ids;

/// Where the query API is.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Query API")]
pub struct ApiArgs {
    /// Base address of the query API: `make run` prints it, and a stack on AWS has it as its output `ApiUrl`
    #[arg(long, value_name = "URL", env = "LOGBRAID_URL", hide_env_values = true)]
    pub url: Option<String>,

    /// Whether to sign requests with AWS credentials (SigV4); `auto` signs for AWS's own host names, if there are any
    #[arg(long, value_name = "WHEN", env = "LOGBRAID_SIGN", value_enum, default_value_t, hide_env_values = true)]
    pub sign: Sign,
}

/// Whether requests are signed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum Sign {
    /// For an API under AWS's own host name, if credentials are there.
    #[default]
    Auto,
    /// Always; an API with a domain of its own needs it.
    Always,
    /// Never.
    Never,
}

/// How the answer is shown.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// JSON lines, as in a pipe
    #[arg(long, conflicts_with = "text")]
    pub json: bool,

    /// For people to read, as on a terminal
    #[arg(long)]
    pub text: bool,

    /// When to colour what people read; `auto` heeds `NO_COLOR`
    #[arg(long, value_name = "WHEN", default_value_t)]
    pub color: ColorChoice,
}

/// Whether records are shown with their ids.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct IdsArgs {
    /// Show each record's id, as `logbraid around` takes it
    #[arg(long)]
    ids: bool,
}

impl IdsArgs {
    pub(crate) fn ids(&self) -> Ids {
        if self.ids { Ids::Shown } else { Ids::Hidden }
    }
}
