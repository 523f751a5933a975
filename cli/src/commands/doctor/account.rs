//! Checks the credentials and the clock.

use jiff::SignedDuration;
use runtime::telemetry::chain;

use super::NO_AWS;
use super::finding::Report;
use crate::error::Error;
use crate::services::Services;

const CREDENTIALS: &str = "credentials";
const CLOCK: &str = "clock";
/// AWS refuses signatures from clocks that are off by more than five minutes. A clock that a time server sets is off by less
/// than this.
const CLOCK_MAY_BE_OFF: SignedDuration = SignedDuration::from_secs(60);
const SET_THE_CLOCK: &str = "set it by a time server (`timedatectl set-ntp true`): AWS refuses requests of a clock that is off \
                             by 5 minutes, and senders' records get wrong times";

/// Returns AWS's services if the credentials are good.
pub(super) async fn check(report: &mut Report) -> Result<Option<Services>, Error> {
    let services = match Services::new().await {
        Ok(services) => services,
        Err(error) => {
            report.problem(
                CREDENTIALS,
                chain(&error),
                "then run the command again; without AWS, little can be checked",
            )?;
            report.skipped(CLOCK, NO_AWS)?;
            return Ok(None);
        }
    };
    match services.caller().await {
        Ok(caller) => {
            report.fine(CREDENTIALS, format!("{} in {}", caller.arn, services.region()))?;
            clock(caller.clock_ahead, report)?;
            Ok(Some(services))
        }
        Err(failure) if failure.is_of_credentials() => {
            let is_of_clock = failure.clock_ahead().is_some_and(|ahead| ahead.abs() > CLOCK_MAY_BE_OFF);
            let todo = if is_of_clock {
                "correct the clock first"
            } else {
                "sign in again (`aws sso login`), or name another profile in AWS_PROFILE"
            };
            report.problem(CREDENTIALS, chain(&failure), todo)?;
            clock(failure.clock_ahead(), report)?;
            Ok(None)
        }
        Err(failure) => {
            let todo = "is this machine online, and is AWS_REGION right?";
            report.problem(CREDENTIALS, chain(&failure), todo)?;
            clock(failure.clock_ahead(), report)?;
            Ok(None)
        }
    }
}

fn clock(ahead: Option<SignedDuration>, report: &mut Report) -> Result<(), Error> {
    let Some(ahead) = ahead else { return report.skipped(CLOCK, "not checked: AWS does not tell the time") };
    if ahead.abs() <= CLOCK_MAY_BE_OFF {
        return report.fine(CLOCK, "this machine's clock agrees with AWS's");
    }
    let (by, side) = (ahead.abs().as_secs(), if ahead.is_negative() { "ahead of" } else { "behind" });
    report.problem(CLOCK, format!("this machine's clock is {by} s {side} AWS's"), SET_THE_CLOCK)
}
