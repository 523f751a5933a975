//! The limit on the work that decoding a payload takes. Work is counted, not timed: a payload that is delivered again
//! has the same outcome.

use std::cell::Cell;

/// The work that may still be done for a payload. A unit is about a nanosecond of a whole processor.
#[derive(Debug)]
pub struct WorkBudget {
    units: Cell<u64>,
}

impl WorkBudget {
    /// Creates a budget of so many units.
    #[must_use]
    pub fn new(units: u64) -> Self {
        Self { units: Cell::new(units) }
    }

    /// Creates a budget that nothing exhausts.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::new(u64::MAX)
    }

    /// Takes off work that was done, or is about to be.
    #[inline]
    pub fn spend(&self, units: usize) {
        self.units.set(self.units.get().saturating_sub(units as u64));
    }

    /// Returns whether no work is left. What was made so far is then of no use.
    #[inline]
    #[must_use]
    pub fn is_exhausted(&self) -> bool {
        self.units.get() == 0
    }

    /// Returns the units that are left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.units.get()
    }
}

#[cfg(test)]
mod tests {
    use super::WorkBudget;

    #[test]
    fn a_budget_ends() {
        let work = WorkBudget::new(3);
        work.spend(2);
        assert_eq!((work.left(), work.is_exhausted()), (1, false));
        work.spend(2);
        assert!(work.is_exhausted());
    }
}
