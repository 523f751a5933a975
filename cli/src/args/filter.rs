//! Filters: the same for every command that searches records.

use std::str::FromStr;

use clap::Args;

use crate::api::Target;

/// The filters but time.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which records")]
pub struct FilterArgs {
    /// Only records of this level and above: TRACE, DEBUG, INFO, WARNING, ERROR, CRITICAL, or a number
    #[arg(long, short, value_name = "LEVEL")]
    pub level: Option<String>,

    /// Only records of this service; separate several with commas, or repeat the option
    #[arg(long, short, value_name = "NAME", value_delimiter = ',')]
    pub service: Vec<String>,

    /// Only records of this logger and the loggers below it: `shop` includes `shop.cart`
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub logger: Vec<String>,

    /// Only records from this host
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub host: Vec<String>,

    /// Only records with this value in a field: order=42, order:string=42, customer.id=7, order:exists=false; or another
    /// one: 'order!=42', 'status>=500', 'status<600'
    #[arg(long, value_name = "NAME[:TYPE]=VALUE")]
    pub field: Vec<Field>,

    /// No records of this service; separate several with commas, or repeat the option
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub not_service: Vec<String>,

    /// No records of this logger and the loggers below it
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub not_logger: Vec<String>,

    /// No records from this host
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub not_host: Vec<String>,

    /// No records with these words in any field, or with a match of a /regular expression/ in the message or exception
    #[arg(long, visible_alias = "not-q", value_name = "TEXT")]
    pub not: Vec<String>,
}

/// The time range.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which records")]
pub struct TimeArgs {
    /// The start of the time range: RFC 3339, a day (2026-11-20), or a time before now (-15m, -2h, -7d)
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub from: Option<String>,

    /// The end of the time range, exclusive; a day is included to its end
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub to: Option<String>,
}

/// A condition on a field: `NAME=VALUE` or `NAME:TYPE=VALUE`, or with another operator of the API.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Field {
    name: String,
    value: String,
}

impl FromStr for Field {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // As in a query string: `status>500` has no `=`, and all of it is the name.
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let is_condition = text.contains(['=', '<', '>']) && !name.is_empty();
        let expected = "expected NAME=VALUE, NAME:TYPE=VALUE with string, number or bool, NAME:exists=true, or one of != > >= < <=";
        if is_condition { Ok(Self { name: name.to_owned(), value: value.to_owned() }) } else { Err(expected) }
    }
}

impl Field {
    /// Appends the parameter.
    pub(crate) fn apply(&self, target: Target) -> Target {
        target.parameter(&format!("field.{}", self.name), Some(&self.value))
    }
}

impl FilterArgs {
    /// Appends the parameters.
    pub(crate) fn apply(&self, target: Target) -> Target {
        let target = target.parameter("level", self.level.as_deref());
        let lists = [
            ("service", &self.service),
            ("logger", &self.logger),
            ("host", &self.host),
            ("not.service", &self.not_service),
            ("not.logger", &self.not_logger),
            ("not.host", &self.not_host),
        ];
        let target = lists.into_iter().fold(target, |target, (name, values)| {
            target.parameter(name, (!values.is_empty()).then(|| values.join(",")).as_deref())
        });
        let target = self.field.iter().fold(target, |target, field| field.apply(target));
        self.not.iter().fold(target, |target, text| target.parameter("not.q", Some(text)))
    }
}

impl TimeArgs {
    /// Says of which time records were looked at, for a message that there are none. `otherwise` is what the API takes without a range.
    pub(crate) fn looked_at(&self, otherwise: &str) -> String {
        match (&self.from, &self.to) {
            (None, None) => format!("looked at {otherwise}"),
            (Some(from), None) => format!("looked from {from} on"),
            (None, Some(to)) => format!("looked up to {to}"),
            (Some(from), Some(to)) => format!("looked from {from} to {to}"),
        }
    }

    /// Appends the parameters.
    pub(crate) fn apply(&self, target: Target) -> Target {
        target.parameter("from", self.from.as_deref()).parameter("to", self.to.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command, FromArgMatches as _};

    use super::{FilterArgs, TimeArgs};
    use crate::api::Target;

    fn target(line: &str) -> Result<String, clap::Error> {
        let command = TimeArgs::augment_args(FilterArgs::augment_args(Command::new("x").no_binary_name(true)));
        let matches = command.try_get_matches_from(line.split_whitespace())?;
        let target = FilterArgs::from_arg_matches(&matches)?.apply(Target::new("/logs"));
        Ok(TimeArgs::from_arg_matches(&matches)?.apply(target).as_str().to_owned())
    }

    #[test]
    fn a_range_of_times_is_told() {
        fn check(from: Option<&str>, to: Option<&str>, expect: &str) {
            let time = TimeArgs { from: from.map(str::to_owned), to: to.map(str::to_owned) };
            assert_eq!(time.looked_at("all days"), expect);
        }
        check(None, None, "looked at all days");
        check(Some("-2h"), None, "looked from -2h on");
        check(None, Some("2026-11-20"), "looked up to 2026-11-20");
        check(Some("-2h"), Some("-1h"), "looked from -2h to -1h");
    }

    #[test]
    fn filters_become_parameters() {
        fn check(line: &str, expect: &str) {
            assert_eq!(target(line).unwrap(), expect, "{line}");
        }
        check("", "/logs");
        check("-l ERROR --from -15m --to 2026-11-20", "/logs?level=ERROR&from=-15m&to=2026-11-20");
        check("-s shop,stock --service x --host a.b", "/logs?service=shop%2Cstock%2Cx&host=a.b");
        check("--logger shop.cart", "/logs?logger=shop.cart");
        check(
            "--field order=42 --field a.b:exists=true --field c=x=y&z",
            "/logs?field.order=42&field.a.b%3Aexists=true&field.c=x%3Dy%26z",
        );
        check(
            "--field status>=500 --field status<600 --field a!=b",
            "/logs?field.status%3E=500&field.status%3C600=&field.a%21=b",
        );
        check(
            "--not-service a,b --not-logger c --not-host d --not x --not-q /y/",
            "/logs?not.service=a%2Cb&not.logger=c&not.host=d&not.q=x&not.q=%2Fy%2F",
        );
    }

    #[test]
    fn a_field_without_a_value_is_refused() {
        for line in ["--field order", "--field =42"] {
            let said = target(line).unwrap_err().to_string();
            assert!(said.contains("expected NAME=VALUE"), "{said}");
        }
    }
}
