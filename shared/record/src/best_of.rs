//! A field whose value may come under several names, of which the best is taken.

use super::document::Value;
use super::uid;

/// The best value offered so far for a field.
#[derive(Debug)]
pub(super) struct BestOf {
    /// The field's own name: only the winner can stay under it.
    pub(super) field: &'static str,
    best: Option<Candidate>,
}

#[derive(Debug)]
struct Candidate {
    /// The place of the name it came under among those looked for; the lowest wins.
    rank: usize,
    text: String,
    own_name: bool,
}

/// What became of an offer.
pub(super) enum Offer {
    /// It is no value for this field.
    Refused,
    /// It was taken, or lost and stands under a name of its own.
    Noted,
    /// A value under the field's own name lost, this one or an earlier: it needs another place.
    Displaced(String),
}

impl BestOf {
    pub(super) fn new(field: &'static str) -> Self {
        Self { field, best: None }
    }

    /// Offers the value found under `name`, which ranks `rank`th.
    pub(super) fn offer(&mut self, rank: usize, name: &str, value: Value<'_>) -> Offer {
        let Some(text) = text_of(value) else { return Offer::Refused };
        let offered = Candidate { rank, text, own_name: name == self.field };
        let loser = match &mut self.best {
            Some(best) if best.rank <= offered.rank => Some(offered),
            best => best.replace(offered),
        };
        match loser {
            Some(Candidate { own_name: true, text, .. }) => Offer::Displaced(text),
            _ => Offer::Noted,
        }
    }

    /// Takes the value chosen.
    pub(super) fn take(&mut self) -> Option<String> {
        self.best.take().map(|best| best.text)
    }

    /// The value chosen.
    pub(super) fn text(&self) -> Option<&str> {
        self.best.as_ref().map(|best| best.text.as_str())
    }
}

/// The text that an id or a name is; `None` for what is neither, or says that there is none.
pub(super) fn text_of(value: Value<'_>) -> Option<String> {
    match value {
        Value::Text(text) => uid::check(text).is_ok().then(|| text.to_owned()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Unsigned(number) => Some(number.to_string()),
        Value::Null | Value::Boolean(_) | Value::Float(_) | Value::Bytes(_) => None,
    }
}
