//! Fills in missing attributes from fields that other dialects use for the same thing.

use super::attribute::Attribute;
use super::best_of;
use super::dialect::{self, Alias, Reading};
use super::document::Value;
use super::draft::Draft;
use super::{EventTime, level};

/// A value that was read from another dialect's field.
enum AliasedValue {
    Text(String),
    Integer(i64),
    Float(f64),
}

/// Adds the attributes that a draft lacks and holds under another name.
pub(super) fn fill_in(draft: &mut Draft<'_>) {
    if !draft.has_aliases() {
        return;
    }
    for field in draft.rules.vocabulary.uid_fields().iter().filter(|field| field.contains('.')) {
        if let Some(uid) = draft.alias_value(field, best_of::text_of) {
            draft.offer(field, Value::Text(&uid));
        }
    }
    for alias in dialect::aliases() {
        if !is_missing(draft, alias.attribute) {
            continue;
        }
        match draft.alias_value(alias.name, |value| alias.read(value)) {
            Some(AliasedValue::Text(text)) if alias.attribute == Attribute::Service => {
                draft.offer(Attribute::Service.name(), Value::Text(&text));
            }
            Some(AliasedValue::Text(text)) => draft.put(alias.attribute, Value::Text(&text)),
            Some(AliasedValue::Integer(number)) => draft.put(alias.attribute, Value::Integer(number)),
            Some(AliasedValue::Float(number)) => draft.put(alias.attribute, Value::Float(number)),
            None => {}
        }
    }
}

fn is_missing(draft: &Draft<'_>, attribute: Attribute) -> bool {
    let is_absent = |attribute| draft.offset(attribute).is_none();
    match attribute {
        // A value derived from the sender's `msg` or `levelname` goes before an alias.
        Attribute::Message => is_absent(Attribute::Message) && is_absent(Attribute::Msg),
        Attribute::LevelNo => {
            let number_of_name = draft.text(Attribute::LevelName).and_then(level::number);
            is_absent(Attribute::LevelNo) && number_of_name.is_none()
        }
        Attribute::Service => draft.service.text().is_none(),
        attribute => is_absent(attribute),
    }
}

impl Alias {
    fn read(&self, value: Value<'_>) -> Option<AliasedValue> {
        match (self.reading, value) {
            (_, Value::Text("")) => None,
            (Reading::Text, Value::Text(text)) => Some(AliasedValue::Text(text.to_owned())),
            (Reading::Integer, Value::Integer(number)) => Some(AliasedValue::Integer(number)),
            (Reading::LevelNumber(to_python), Value::Integer(number)) => to_python(number).map(AliasedValue::Integer),
            (Reading::LevelName, Value::Text(name)) => {
                let known = level::number(name).and_then(level::name);
                Some(AliasedValue::Text(known.unwrap_or(name).to_owned()))
            }
            (Reading::Time, value) => EventTime::of(value).map(|time| AliasedValue::Float(time.seconds())),
            _ => None,
        }
    }
}
