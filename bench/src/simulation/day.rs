//! A day of a stack, second by second: what arrives, what is stored, and how old the oldest waiting record is.

use std::collections::VecDeque;
use std::f64::consts::TAU;

use super::stack::{PEAK, Stack};

const DAY: u32 = 86_400;
/// The middle of the highest hour, as a second of the day.
const PEAK_AT: u32 = 14 * 3_600;
/// The default of `RecordAgeSeconds`: older records go to the bucket for failed batches.
const MAX_AGE: u32 = 72_000;
/// Less is no backlog: the gathering of one batch, and the rounding of these numbers.
const CAUGHT_UP_S: f64 = 2.0;

/// What fails.
#[derive(Clone, Copy, Debug)]
pub(super) enum Failure {
    None,
    /// MongoDB stores nothing for so long.
    MongoAway {
        seconds: u32,
    },
    /// MongoDB stores only this share of what it can.
    MongoSlow {
        seconds: u32,
        share: f64,
    },
    /// Only this share of the functions runs.
    FewFunctions {
        seconds: u32,
        share: f64,
    },
    /// This share of all records goes to one shard, all day.
    HotShard {
        share: f64,
    },
}

/// What became of the day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outcome {
    /// The largest age of the oldest waiting record, in seconds.
    pub(super) largest_age: u32,
    /// After how many seconds from the failure's beginning nothing waited any more.
    pub(super) caught_up: Option<u32>,
    /// The share of the day's records that went to the bucket for failed batches.
    pub(super) given_up: f64,
    /// The share that the stream refused.
    pub(super) refused: f64,
}

/// Calculates a day with a failure at its highest hour.
pub(super) fn simulate(stack: &Stack, failure: Failure) -> Outcome {
    let mut waiting: VecDeque<(u32, f64)> = VecDeque::new();
    let (mut backlog, mut largest_age, mut caught_up) = (0.0, 0, None);
    let (mut arrived_in_all, mut given_up, mut refused) = (0.0, 0.0, 0.0);
    let capacity = f64::from(stack.shards) * Stack::shard_rate();
    // The next morning shows whether the stack catches up.
    for second in 0..DAY + PEAK_AT {
        let sent = stack.records_per_s() * load(second);
        let taken = match failure {
            Failure::HotShard { share } => {
                (sent * share).min(Stack::shard_rate()) + (sent * (1.0 - share)).min(capacity)
            }
            _ => sent.min(capacity),
        };
        arrived_in_all += sent;
        refused += sent - taken;
        waiting.push_back((second, taken));
        backlog += taken;
        let mut room = rate(stack, failure, second);
        while room > 0.0
            && let Some((_, oldest)) = waiting.front_mut()
        {
            let stored = oldest.min(room);
            *oldest -= stored;
            room -= stored;
            backlog -= stored;
            if *oldest > 0.0 {
                break;
            }
            waiting.pop_front();
        }
        while let Some((since, records)) = waiting.front().copied().filter(|(since, _)| second - since > MAX_AGE) {
            debug_assert!(since <= second);
            given_up += records;
            backlog -= records;
            waiting.pop_front();
        }
        let age = waiting.front().map_or(0, |(since, _)| second - since);
        largest_age = largest_age.max(age);
        let is_over = second >= PEAK_AT + length(failure);
        if is_over && caught_up.is_none() && backlog <= CAUGHT_UP_S * taken {
            caught_up = Some(second - PEAK_AT);
        }
    }
    let share = |records: f64| records / arrived_in_all;
    Outcome { largest_age, caught_up, given_up: share(given_up), refused: share(refused) }
}

/// Returns the load of a second of the day, as a multiple of the average.
fn load(second: u32) -> f64 {
    let from_peak = f64::from(second) - f64::from(PEAK_AT);
    1.0 + (PEAK - 1.0) * (TAU * from_peak / f64::from(DAY)).cos()
}

/// Returns how many records are stored in a second at most.
fn rate(stack: &Stack, failure: Failure, second: u32) -> f64 {
    let is_failing = (PEAK_AT..PEAK_AT + length(failure)).contains(&second);
    let (mongo, functions) = match failure {
        Failure::MongoAway { .. } if is_failing => (0.0, 1.0),
        Failure::MongoSlow { share, .. } if is_failing => (share, 1.0),
        Failure::FewFunctions { share, .. } if is_failing => (1.0, share),
        _ => (1.0, 1.0),
    };
    (stack.mongo_rate() * mongo).min(stack.functions_rate() * functions)
}

fn length(failure: Failure) -> u32 {
    match failure {
        Failure::MongoAway { seconds } | Failure::MongoSlow { seconds, .. } | Failure::FewFunctions { seconds, .. } => {
            seconds
        }
        Failure::None | Failure::HotShard { .. } => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Stack;
    use super::{DAY, Failure, MAX_AGE, Outcome, load, simulate};

    #[test]
    fn a_day_has_its_average_load() {
        let sum: f64 = (0..DAY).map(load).sum();
        assert!((sum / f64::from(DAY) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_failure_makes_records_wait_and_loses_none() {
        let stack = Stack::for_load(10.0);
        let nothing_waits = simulate(&stack, Failure::None);
        assert_eq!(nothing_waits, Outcome { largest_age: 0, caught_up: Some(0), given_up: 0.0, refused: 0.0 });
        let away = simulate(&stack, Failure::MongoAway { seconds: 600 });
        assert!(away.largest_age >= 599 && away.caught_up.is_some_and(|after| after > 600), "{away:?}");
        assert_eq!((away.given_up, away.refused), (0.0, 0.0));
    }

    #[test]
    fn what_waits_too_long_goes_to_the_bucket() {
        let stack = Stack { mongo_cores: 1, ..Stack::for_load(1_000.0) };
        let outcome = simulate(&stack, Failure::None);
        assert!(outcome.given_up > 0.0 && outcome.caught_up.is_none(), "{outcome:?}");
        assert!(outcome.largest_age <= MAX_AGE, "{outcome:?}");
    }

    #[test]
    fn a_hot_shard_refuses_what_it_cannot_take() {
        let stack = Stack::for_load(100.0);
        assert!(simulate(&stack, Failure::HotShard { share: 0.5 }).refused > 0.1);
    }
}
