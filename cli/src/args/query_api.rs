//! Arguments of every command that asks the query API.

use clap::{Args, ColorChoice};

use crate::api::{Api, ApiError, SignMode};
use crate::render::Ids;

/// The address of the query API, and how to sign requests to it.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Query API")]
pub struct ApiArgs {
    /// Base address of the query API: `make run` prints it, and a stack on AWS has it as its output `ApiUrl`
    #[arg(long, value_name = "URL", env = "LOGBRAID_URL", hide_env_values = true)]
    pub url: Option<String>,

    /// When to sign requests with AWS credentials (SigV4); `auto` signs for AWS's own host names, if there are credentials
    #[arg(long, value_name = "WHEN", env = "LOGBRAID_SIGN", value_enum, default_value_t, hide_env_values = true)]
    pub sign: SignMode,
}

impl ApiArgs {
    /// Sets up a client. Sends nothing yet.
    pub(crate) async fn client(&self) -> Result<Api, ApiError> {
        Api::new(self.url.as_deref(), self.sign).await
    }
}

/// The form of the output.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Print JSON lines; the default where standard output is not a terminal
    #[arg(long, conflicts_with = "text")]
    pub json: bool,

    /// Print text for people; the default on a terminal
    #[arg(long)]
    pub text: bool,

    /// When to use colours in text; `auto` respects `NO_COLOR`
    #[arg(long, value_name = "WHEN", default_value_t)]
    pub color: ColorChoice,
}

/// Whether the ids of records are shown.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct IdsArgs {
    /// Show the id of each record, for `logbraid around`
    #[arg(long)]
    ids: bool,
}

impl IdsArgs {
    /// Returns the choice.
    pub(crate) fn ids(&self) -> Ids {
        if self.ids { Ids::Shown } else { Ids::Hidden }
    }
}
