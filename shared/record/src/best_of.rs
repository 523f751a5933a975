//! A field whose value may come under several names. The best name wins.

use super::uid;
use super::value::Value;

/// The first integer whose neighbours a float does not tell apart.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// The best value that was offered so far.
#[derive(Debug)]
pub(super) struct BestOf {
    /// The field's own name. Only the winner can stay under it.
    pub(super) field: &'static str,
    best: Option<Candidate>,
}

/// A value that was offered.
#[derive(Debug)]
pub(super) struct Candidate {
    /// The rank of the name that it came under; the lowest wins.
    pub(super) rank: usize,
    pub(super) text: String,
    /// Whether it came under the field's own name. If it loses, it has to be stored elsewhere.
    pub(super) own_name: bool,
}

/// The result of an offer.
pub(super) enum Offer {
    /// The value cannot be used for this field.
    Refused,
    /// The value is the first one.
    Taken,
    /// A value lost: this one or an earlier one.
    Lost(Candidate),
}

impl BestOf {
    pub(super) fn new(field: &'static str) -> Self {
        Self { field, best: None }
    }

    /// Offers the value that was found under `name`. A lower rank is better.
    pub(super) fn offer(&mut self, rank: usize, name: &str, value: Value<'_>) -> Offer {
        let Some(text) = text_of(value) else { return Offer::Refused };
        let offered = Candidate { rank, text, own_name: name == self.field };
        let loser = match &mut self.best {
            Some(best) if best.rank <= offered.rank => Some(offered),
            best => best.replace(offered),
        };
        loser.map_or(Offer::Taken, Offer::Lost)
    }

    /// Returns whether a name with a lower rank than this one has won.
    pub(super) fn has_better_than(&self, rank: usize) -> bool {
        self.best.as_ref().is_some_and(|best| best.rank < rank)
    }

    /// Takes the winning value out.
    pub(super) fn take(&mut self) -> Option<Candidate> {
        self.best.take()
    }

    /// Returns the winning value if it came under the field's own name.
    pub(super) fn own_text(&self) -> Option<&str> {
        self.best.as_ref().filter(|best| best.own_name).map(|best| best.text.as_str())
    }

    /// Returns the winning value.
    pub(super) fn text(&self) -> Option<&str> {
        self.best.as_ref().map(|best| best.text.as_str())
    }
}

/// Returns the text of an id or a name; `None` for any other type, or a text that means "none".
pub(super) fn text_of(value: Value<'_>) -> Option<String> {
    match value {
        Value::Text(text) => uid::of_text(text).map(str::to_owned),
        Value::Integer(number) => (!matches!(number, -1 | 0)).then(|| number.to_string()),
        Value::Unsigned(number) => Some(number.to_string()),
        // Lua and others have no integers.
        Value::Float(number) if number.fract() == 0.0 && (1.0..MAX_EXACT).contains(&number) => Some(number.to_string()),
        Value::Null | Value::Boolean(_) | Value::Float(_) | Value::Bytes(_) => None,
    }
}
