//! Arguments of every command that asks the query API.

use std::convert::Infallible;

use clap::{Args, ColorChoice};
use record::Secret;

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

    /// A token of a person who signed in, for an API that asks for one (ApiAuthorization=JWT). Other users of this machine can see
    /// arguments: set the variable instead
    #[arg(long, value_name = "TOKEN", env = "LOGBRAID_TOKEN", hide_env_values = true, value_parser = secret)]
    pub token: Option<Secret>,
}

impl ApiArgs {
    /// Sets up a client. Sends nothing yet.
    pub(crate) async fn client(&self) -> Result<Api, ApiError> {
        Api::new(self.url.as_deref(), self.sign, self.token.as_ref().map(Secret::reveal)).await
    }
}

#[allow(clippy::unnecessary_wraps, reason = "this is what clap calls")]
fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text.to_owned()))
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
