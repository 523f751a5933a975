//! The choice of a record's correlation id and service: every field that may hold one offers its value.

use super::super::best_of::{Candidate, Offer};
use super::super::container::Container;
use super::super::document::ValueOffset;
use super::super::further_ids::is_key;
use super::super::meaning::Meaning;
use super::super::names::Name;
use super::super::text_ids::{self, TextId};
use super::super::uid;
use super::super::value::Value;
use super::{Draft, Location};

/// A name of a trace's id.
const TRACE: &str = "traceid";

impl Draft<'_> {
    /// Offers the only text of a list as an id, as headers have it. A list of business keys is none.
    pub(super) fn offer_only(&mut self, meaning: &Meaning, list: Location) {
        let is_id = meaning.uid_rank.is_some_and(|rank| !is_key(rank));
        let only = self.field(list).filter(|_| is_id).and_then(|list| {
            let mut values = list.fields();
            let (_, only) = values.next()?;
            only.text().filter(|_| values.next().is_none()).map(str::to_owned)
        });
        if let Some(only) = only {
            self.offer_as(meaning, Value::Text(&only));
        }
    }

    /// Offers the first text of an array as correlation id.
    pub(super) fn offer_first(&mut self, meaning: &Meaning, array: ValueOffset) {
        let Some(sent) = self.sent.as_deref() else { return };
        let Some((Container::Array, values)) = sent.get_container(array) else { return };
        let first = values.iter().next().and_then(|element| element.ok()?.1.as_str().map(str::to_owned));
        if let Some(first) = first {
            self.offer_as(meaning, Value::Text(&first));
        }
    }

    /// Offers the value as correlation id and as service if its name allows. Returns whether it was refused.
    pub(crate) fn offer(&mut self, name: &str, value: Value<'_>) -> bool {
        self.rules.vocabulary.meaning(Name::of(name)).is_none_or(|meaning| self.offer_as(meaning, value))
    }

    /// Returns the ids in a text, best first.
    #[must_use]
    pub fn ids_in_text<'t>(&self, text: &'t str) -> Vec<TextId<'t>> {
        text_ids::all(text, &self.rules.vocabulary)
    }

    /// Adds an id that is not a field of its own, and that does not become the `log_uid`.
    pub fn add_further_id(&mut self, TextId { id, rank, .. }: &TextId<'_>) {
        if let Some(id) = uid::of_text(id) {
            self.further_ids.add(*rank, id.to_owned());
        }
    }

    /// Offers an id in the text of a record whose header has another one. One that services pass on goes before it; a trace
    /// is a further id.
    pub fn offer_id_in_text(&mut self, text_id: &TextId<'_>) {
        let vocabulary = &self.rules.vocabulary;
        // The name as it is ranks one better than its other spellings.
        let trace = vocabulary.spelled(Name::of(TRACE)).and_then(|meaning| meaning.uid_rank);
        match uid::of_text(text_id.id) {
            Some(id) if trace.is_some_and(|trace| text_id.rank + 1 < trace) => {
                self.offer_uid(text_id.rank, "", Value::Text(id));
            }
            _ => self.add_further_id(text_id),
        }
    }

    /// Offers a value as correlation id by a name in whatever spelling.
    pub(crate) fn offer_spelled(&mut self, name: &str, value: Value<'_>) {
        if let Some(meaning) = self.rules.vocabulary.spelled(Name::of(name)) {
            self.offer_as(meaning, value);
        }
    }

    pub(super) fn offer_as(
        &mut self,
        Meaning { name, uid_rank, form, service_rank, .. }: &Meaning,
        value: Value<'_>,
    ) -> bool {
        let is_uid = uid_rank.is_some_and(|rank| form.admits(value) && self.offer_uid(rank, name, value));
        let is_service = service_rank.is_some_and(|rank| self.offer_service(rank, name, value));
        !is_uid && !is_service
    }

    /// Offers a value as correlation id. One that loses is a further id. Returns whether it can be one.
    pub(crate) fn offer_uid(&mut self, rank: usize, name: &str, value: Value<'_>) -> bool {
        let offer = self.uid.offer(rank, name, value);
        if let Offer::Lost(Candidate { rank, text, own_name }) = offer {
            if own_name {
                self.keep(self.uid.field, Value::Text(&text));
            }
            self.further_ids.add(rank, text);
            return true;
        }
        matches!(offer, Offer::Taken)
    }

    /// Offers a value as service. Returns whether it can be one.
    pub(crate) fn offer_service(&mut self, rank: usize, name: &str, value: Value<'_>) -> bool {
        // `application` may be the number of a loan. `service` itself is taken as it is.
        let is_number = match value {
            Value::Text(text) => text.bytes().all(|byte| byte.is_ascii_digit()),
            _ => true,
        };
        if rank > 0 && is_number {
            return false;
        }
        let offer = self.service.offer(rank, name, value);
        if let Offer::Lost(Candidate { text, own_name: true, .. }) = &offer {
            self.keep(self.service.field, Value::Text(text));
        }
        !matches!(offer, Offer::Refused)
    }
}
