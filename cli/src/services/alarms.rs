//! The alarms of a stack: which are on, whom they notify, and what they watch.

use serde::Deserialize;
use serde_json::json;

use super::calls::read;
use super::{ServiceFailure, Services};

const SERVICE: &str = "monitoring";

/// An alarm.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Alarm {
    /// Its name.
    #[serde(rename = "AlarmName")]
    pub(crate) name: String,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    state_value: String,
    /// Why it has its state.
    #[serde(rename = "StateReason")]
    pub(crate) reason: String,
    actions_enabled: Option<bool>,
    /// The ARNs of what it notifies when it goes on.
    #[serde(rename = "AlarmActions")]
    pub(crate) notifies: Vec<String>,
    /// The value above which it goes on.
    pub(crate) threshold: Option<f64>,
    /// What it watches, if that is one metric.
    #[serde(flatten)]
    metric: Metric,
    statistic: String,
    /// Instead of `Statistic`, such as `p99`.
    extended_statistic: String,
    period: u64,
    /// What it watches, if it calculates.
    metrics: Vec<Part>,
    comparison_operator: String,
    evaluation_periods: u64,
    /// As many as the periods, if there is none.
    #[serde(rename = "DatapointsToAlarm")]
    datapoints: Option<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Metric {
    namespace: String,
    #[serde(rename = "MetricName")]
    name: String,
    dimensions: Vec<Dimension>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Dimension {
    name: String,
    value: String,
}

/// A part of what an alarm calculates.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Part {
    id: String,
    expression: String,
    metric_stat: MetricStat,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct MetricStat {
    metric: Metric,
    stat: String,
    period: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Alarms {
    metric_alarms: Vec<Alarm>,
}

impl Services {
    /// Lists the alarms whose names begin so: the first hundred. Needs `cloudwatch:DescribeAlarms`.
    pub(crate) async fn alarms(&self, prefix: &str) -> Result<Vec<Alarm>, ServiceFailure> {
        let ask = json!({ "AlarmNamePrefix": prefix, "MaxRecords": 100 });
        let answer = self.json(SERVICE, "GraniteServiceVersion20100801.DescribeAlarms", &ask).await?;
        read(SERVICE, answer).map(|Alarms { metric_alarms }| metric_alarms)
    }
}

impl Alarm {
    /// Whether it is on.
    pub(crate) fn is_on(&self) -> bool {
        self.state_value == "ALARM"
    }

    /// Whether its actions are turned off, so that it notifies nobody.
    pub(crate) fn is_silent(&self) -> bool {
        self.actions_enabled == Some(false)
    }

    /// Returns in words what it watches, and when it goes on.
    pub(crate) fn watches(&self) -> String {
        let Self { metric, statistic, extended_statistic, period, metrics, comparison_operator, .. } = self;
        let what = if metrics.is_empty() {
            let statistic = if extended_statistic.is_empty() { statistic } else { extended_statistic };
            metric.in_words(statistic, *period)
        } else {
            let mut parts: Vec<String> = metrics.iter().map(Part::in_words).collect();
            parts.sort_unstable();
            parts.join("; ")
        };
        let periods = self.evaluation_periods;
        let points = self.datapoints.unwrap_or(periods);
        format!("{what}, {comparison_operator} in {points} of {periods} periods")
    }
}

impl Metric {
    fn in_words(&self, statistic: &str, period_s: u64) -> String {
        let mut of: Vec<String> = self.dimensions.iter().map(|own| format!("{} {}", own.name, own.value)).collect();
        of.sort_unstable();
        let of = if of.is_empty() { "everything".to_owned() } else { of.join(" and ") };
        format!("{statistic} of {} {} of {of} in {period_s} s", self.namespace, self.name)
    }
}

impl Part {
    fn in_words(&self) -> String {
        let Self { id, expression, metric_stat: MetricStat { metric, stat, period } } = self;
        let what = if expression.is_empty() { metric.in_words(stat, *period) } else { expression.clone() };
        format!("{id} = {what}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Alarm, Alarms, read};

    #[test]
    fn an_alarm_is_on_or_silent() {
        fn check(alarm: &Value, is_on: bool, is_silent: bool, notifies: &[&str], threshold: Option<f64>) {
            let Alarms { metric_alarms } = read("monitoring", json!({ "MetricAlarms": [alarm] })).unwrap();
            let [own] = metric_alarms.as_slice() else { panic!("one") };
            assert_eq!((own.is_on(), own.is_silent(), own.threshold), (is_on, is_silent, threshold), "{alarm}");
            assert_eq!(own.notifies, notifies, "{alarm}");
        }
        let lost = json!({
            "AlarmName": "logbraid-lost", "StateValue": "ALARM", "StateReason": "1 > 0", "ActionsEnabled": true, "Threshold": 5.0,
            "OKActions": ["arn:ok"], "AlarmActions": ["arn:a", "arn:b"], "Dimensions": [{ "Name": "FunctionName", "Value": "x" }],
        });
        check(&lost, true, false, &["arn:a", "arn:b"], Some(5.0));
        check(
            &json!({ "StateValue": "OK", "ActionsEnabled": false, "Threshold": null, "Statistic": null }),
            false,
            true,
            &[],
            None,
        );
        check(&json!({ "StateValue": "INSUFFICIENT_DATA" }), false, false, &[], None);
    }

    #[test]
    fn an_alarm_watches_a_metric_or_calculates() {
        fn check(alarm: Value, expect: &str) {
            let alarm: Alarm = read("monitoring", alarm).unwrap();
            assert_eq!(alarm.watches(), expect);
        }
        let metric = json!({
            "Namespace": "n", "MetricName": "m", "Dimensions": [{ "Name": "b", "Value": "2" }, { "Name": "a", "Value": "1" }],
        });
        let mut one = metric.clone();
        let more = json!({ "Statistic": "Sum", "Period": 60, "ComparisonOperator": "Above", "EvaluationPeriods": 3 });
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        check(one.clone(), "Sum of n m of a 1 and b 2 in 60 s, Above in 3 of 3 periods");
        // The local AWS names both.
        (one["ExtendedStatistic"], one["Dimensions"], one["DatapointsToAlarm"]) = ("p99".into(), Value::Null, 2.into());
        check(one, "p99 of n m of everything in 60 s, Above in 2 of 3 periods");
        let stat = json!({ "Metric": metric, "Stat": "Sum", "Period": 300 });
        let several = json!({
            "Metrics": [{ "Id": "x", "MetricStat": stat }, { "Id": "e", "Expression": "x + 1", "ReturnData": true }],
            "ComparisonOperator": "Above", "EvaluationPeriods": 1, "Dimensions": [],
        });
        check(several, "e = x + 1; x = Sum of n m of a 1 and b 2 in 300 s, Above in 1 of 1 periods");
    }
}
