//! The settings of the retention function.

use crate::environment::{ConfigError, Environment, number, set};
use crate::settings::{skew_days, stream_retention_hours};

const DAYS: &str = "LOGBRAID_RETENTION_DAYS";
const DRY_RUN: &str = "LOGBRAID_RETENTION_DRY_RUN";
/// A hundred years.
const RETENTION_DAYS: std::ops::RangeInclusive<u16> = 1..=36_500;
const HOURS_PER_DAY: u64 = 24;

/// The settings of the retention function, beside those of the store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RetentionConfig {
    /// How many days before today are kept (`LOGBRAID_RETENTION_DAYS`).
    pub days: u16,
    /// Whether the function only says what it would drop (`LOGBRAID_RETENTION_DRY_RUN`).
    pub is_dry_run: bool,
}

impl RetentionConfig {
    /// Reads and checks the settings. Refuses to drop days that a record can still be filed into: the event's own time is up
    /// to `LOGBRAID_MAX_SKEW_DAYS` before the arrival, and the stream holds the record for up to
    /// `LOGBRAID_STREAM_RETENTION_HOURS` after that.
    pub fn from_environment(env: &(impl Environment + ?Sized)) -> Result<Self, ConfigError> {
        if set(env, DAYS).is_none() {
            return Err(ConfigError::Missing { name: DAYS, expected: "how many days before today are kept" });
        }
        let days = number(env, DAYS, 0, RETENTION_DAYS)?;
        let (skew, hours) = (skew_days(env)?, stream_retention_hours(env)?);
        let on_the_stream = hours.div_ceil(HOURS_PER_DAY);
        if u64::from(days) <= skew + on_the_stream {
            let expected = format!(
                "at least {}: a record can be filed into a day for {skew} days (LOGBRAID_MAX_SKEW_DAYS) and {hours} hours (LOGBRAID_STREAM_RETENTION_HOURS)",
                skew + on_the_stream + 1
            );
            return Err(ConfigError::Invalid { name: DAYS, value: days.to_string(), expected });
        }
        let is_dry_run = match set(env, DRY_RUN).as_deref() {
            None | Some("off") => false,
            Some("on") => true,
            Some(other) => {
                let (value, expected) = (other.to_owned(), "on or off".to_owned());
                return Err(ConfigError::Invalid { name: DRY_RUN, value, expected });
            }
        };
        Ok(Self { days, is_dry_run })
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::RetentionConfig;

    #[test]
    fn no_day_is_dropped_that_a_record_can_still_be_filed_into() {
        fn check(env: &[(&str, &str)], expect: &str) {
            let config = RetentionConfig::from_environment(env);
            let said = config.map_or_else(|error| error.to_string(), |config| format!("{config:?}"));
            assert_eq!(said, expect, "{env:?}");
        }
        let days = |days| ("LOGBRAID_RETENTION_DAYS", days);
        check(&[], "LOGBRAID_RETENTION_DAYS is not set: expected how many days before today are kept");
        check(&[days("0")], "LOGBRAID_RETENTION_DAYS is `0`: expected a whole number from 1 to 36500");
        check(
            &[days("31")],
            "LOGBRAID_RETENTION_DAYS is `31`: expected at least 32: a record can be filed into a day for 30 days (LOGBRAID_MAX_SKEW_DAYS) and 24 hours (LOGBRAID_STREAM_RETENTION_HOURS)",
        );
        check(&[days("32")], "RetentionConfig { days: 32, is_dry_run: false }");
        let (skew, hours) = (("LOGBRAID_MAX_SKEW_DAYS", "7"), ("LOGBRAID_STREAM_RETENTION_HOURS", "25"));
        check(
            &[days("9"), skew, hours],
            "LOGBRAID_RETENTION_DAYS is `9`: expected at least 10: a record can be filed into a day for 7 days (LOGBRAID_MAX_SKEW_DAYS) and 25 hours (LOGBRAID_STREAM_RETENTION_HOURS)",
        );
        let dry_run = |value| ("LOGBRAID_RETENTION_DRY_RUN", value);
        check(&[days("10"), skew, hours, dry_run("off")], "RetentionConfig { days: 10, is_dry_run: false }");
        check(&[days("10"), skew, hours, dry_run("on")], "RetentionConfig { days: 10, is_dry_run: true }");
        check(&[days("40"), dry_run("true")], "LOGBRAID_RETENTION_DRY_RUN is `true`: expected on or off");
    }

    /// `CloudFormation` cannot calculate, so the template has a table with steps.
    #[test]
    fn the_template_refuses_what_the_function_refuses() {
        const STEPS: [u16; 7] = [1, 7, 14, 30, 45, 60, 90];
        let list = |days: std::ops::Range<u16>| days.map(|days| format!("\"{days}\"")).collect::<Vec<_>>().join(", ");
        let mut rule = "  DaysThatAreOver:\n    Assertions:\n".to_owned();
        for skew in STEPS {
            let least = skew + 2;
            let lines = format!(
                "      - AssertDescription: With MaxSkewDays of {skew} or more, RetentionDays must be 0 or at least {least}.\n        \
                   Assert: !Or\n          - !Contains [[{}], !Ref MaxSkewDays]\n          \
                   - !Not [!Contains [[{}], !Ref RetentionDays]]\n",
                list(0..skew),
                list(1..least)
            );
            rule.write_str(&lines).unwrap();
            let days = |name, days: u16| (name, days.to_string());
            let is_taken = |least: u16| {
                let env = [days("LOGBRAID_MAX_SKEW_DAYS", skew), days("LOGBRAID_RETENTION_DAYS", least)];
                let env = env.each_ref().map(|(name, value)| (*name, value.as_str()));
                RetentionConfig::from_environment(env.as_slice()).is_ok()
            };
            assert!(is_taken(least) && !is_taken(least - 1), "{skew}");
        }
        let template = include_str!("../../../template.yaml");
        assert!(template.contains(&rule), "the template should have:\n{rule}");
    }
}
