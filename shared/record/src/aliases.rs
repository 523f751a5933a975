//! Fills in missing attributes from fields that other dialects use for the same thing.

use super::attribute::Attribute;
use super::best_of;
use super::dialect::Reading;
use super::document::Value;
use super::draft::Draft;
use super::field::Field;
use super::meaning::{FIRST_SPELLED_RANK, Role};
use super::{EventTime, contained_ids, exception, ids, level, template};

/// What the names of Celery's loggers begin with.
const CELERY: &str = "celery.";
/// The fields that only Serilog's compact format has.
const SERILOGS: [&str; 2] = ["@mt", "@m"];
/// How much worse a level's name is that nobody knows.
const UNKNOWN_LEVEL: usize = 10_000;
/// Earlier times are no times of events but placeholders: 1990.
const EARLIEST_MICROS: i64 = 631_152_000_000_000;

/// A value that was read from another dialect's field.
pub(super) enum AliasedValue {
    Text(String),
    Template(String),
    Integer(i64),
    Time(EventTime),
}

/// The best value for an attribute so far.
struct Candidate {
    attribute: Attribute,
    rank: usize,
    value: AliasedValue,
}

/// Adds the attributes that a draft lacks and holds under another name.
pub(super) fn fill_in(draft: &mut Draft<'_>) {
    if !draft.has_aliases() {
        return;
    }
    draft.decide_is_pythons();
    for field in draft.rules.vocabulary.id_fields().filter(|field| field.contains('.')) {
        if let Some(uid) = draft.alias_value(field, best_of::text_of) {
            draft.offer(field, Value::Text(&uid));
        }
    }
    for (rank, id) in contained_ids::of(draft) {
        draft.offer_uid(rank, "", Value::Text(&id));
    }
    put_celerys_task(draft);
    for Candidate { attribute, value, .. } in candidates(draft) {
        match value {
            AliasedValue::Text(text) if attribute == Attribute::Service => {
                draft.offer(Attribute::Service.name(), Value::Text(&text));
            }
            AliasedValue::Text(text) if attribute == Attribute::Name => draft.put_logger(&text),
            AliasedValue::Template(template) => {
                let message = template::render(draft, &template);
                draft.put(attribute, Value::Text(&message));
            }
            AliasedValue::Text(text) => draft.put(attribute, Value::Text(&text)),
            AliasedValue::Integer(number) => draft.put(attribute, Value::Integer(number)),
            AliasedValue::Time(time) => draft.put_time(time),
        }
    }
    put_serilogs_level(draft);
}

/// Offers the id of a task of Celery's, which its own loggers write as `data.id`.
fn put_celerys_task(draft: &mut Draft<'_>) {
    if draft.text(Attribute::Name).is_some_and(|name| name.starts_with(CELERY))
        && let Some(task) = draft.alias_value("data.id", best_of::text_of)
    {
        draft.offer_spelled(ids::TASK_ID, Value::Text(&task));
    }
}

/// Adds the level that Serilog's compact format leaves out.
fn put_serilogs_level(draft: &mut Draft<'_>) {
    let has_level = draft.offset(Attribute::LevelName).is_some() || draft.offset(Attribute::LevelNo).is_some();
    if !has_level && draft.has_alias(&SERILOGS) {
        draft.put(Attribute::LevelName, Value::Text("INFO"));
    }
}

/// Returns the best usable value for each missing attribute.
fn candidates(draft: &Draft<'_>) -> Vec<Candidate> {
    let mut best: Vec<Candidate> = Vec::new();
    let scales = Scales::of(draft);
    for (meaning, location) in draft.aliases() {
        for role in &meaning.roles {
            let known = best.iter().position(|candidate| candidate.attribute == role.attribute);
            if known.is_some_and(|known| best[known].rank < role.rank) || !is_missing(draft, role) {
                continue;
            }
            let Some(field) = draft.field(*location).and_then(|field| role.find(field)) else { continue };
            let Some((penalty, value)) = role.read(field, scales) else { continue };
            let candidate = Candidate { attribute: role.attribute, rank: role.rank + penalty, value };
            match known {
                Some(known) if best[known].rank <= candidate.rank => {}
                Some(known) => best[known] = candidate,
                None => best.push(candidate),
            }
        }
    }
    best
}

fn is_missing(draft: &Draft<'_>, role: &Role) -> bool {
    let is_absent = |attribute| draft.offset(attribute).is_none();
    match role.attribute {
        // A value derived from the sender's `msg` or `levelname` goes before an alias.
        Attribute::Message => {
            is_absent(Attribute::Message) && (is_absent(Attribute::Msg) || draft.text(Attribute::Msg) == Some(""))
        }
        Attribute::LevelNo => {
            let number_of_name = draft.text(Attribute::LevelName).and_then(level::number);
            is_absent(Attribute::LevelNo) && number_of_name.is_none()
        }
        Attribute::Service => draft.service.text().is_none(),
        // `created` may be anything in a record that is not Python's. Then a better known name goes before it.
        Attribute::Created => draft.own_time().is_none() || (!draft.is_pythons() && role.rank < FIRST_SPELLED_RANK),
        attribute => is_absent(attribute),
    }
}

/// Returns the time of a record whose only time has no year. Its arrival tells the year.
pub(super) fn time_without_year(draft: &Draft<'_>, arrived: EventTime) -> Option<EventTime> {
    draft.aliases().iter().find_map(|(meaning, location)| {
        let is_time = meaning.roles.iter().any(|role| role.reading == Reading::Time && role.path.is_empty());
        let text = is_time.then(|| draft.field(*location)?.text())??;
        EventTime::from_text_without_year(text, arrived)
    })
}

/// What tells the scale of a number of a level.
#[derive(Clone, Copy)]
pub(super) struct Scales {
    is_pythons: bool,
    is_gelf: bool,
    is_mongods: bool,
}

impl Scales {
    pub(super) fn of(draft: &Draft<'_>) -> Self {
        let has = |name: &str| draft.has_alias(&[name]);
        Self { is_pythons: draft.is_pythons(), is_gelf: has("shortmessage"), is_mongods: has("s") && has("t") }
    }
}

impl Role {
    /// Returns the field itself, or the one within it at the role's path.
    pub(super) fn find<'a>(&self, field: Field<'a>) -> Option<Field<'a>> {
        match (self.path, self.rank) {
            ("", _) => Some(field),
            (path, 0..FIRST_SPELLED_RANK) => field.at(path),
            (path, _) => field.spelled_at(path),
        }
    }

    /// Returns the value and how much worse it is than another; `None` if it is unusable.
    pub(super) fn read(&self, field: Field<'_>, scales: Scales) -> Option<(usize, AliasedValue)> {
        let value = match (self.reading, field) {
            (Reading::Time, field) => {
                let time = EventTime::of_field(field).filter(|time| time.micros() >= EARLIEST_MICROS)?;
                AliasedValue::Time(time)
            }
            (Reading::Exception, field) => AliasedValue::Text(exception::text(field)?),
            (_, Field::Scalar(Value::Text(text))) if text.trim().is_empty() => return None,
            (Reading::Template, Field::Scalar(Value::Text(text))) => AliasedValue::Template(text.to_owned()),
            (Reading::Family, Field::Scalar(Value::Text(text))) => {
                AliasedValue::Text(text.split(':').next().unwrap_or(text).to_owned())
            }
            (Reading::Letter, Field::Scalar(Value::Text(letter))) if scales.is_mongods && letter.len() == 1 => {
                return self.read_level_name(letter);
            }
            (Reading::Text, Field::Scalar(Value::Text(text))) if self.attribute == Attribute::Message => {
                AliasedValue::Text(text.trim_end_matches(['\r', '\n']).to_owned())
            }
            (Reading::Text, Field::Scalar(Value::Text(text))) => AliasedValue::Text(text.to_owned()),
            (Reading::Stack, field @ Field::Array(_)) => {
                AliasedValue::Text(exception::text(field).filter(|stack| stack.contains('\n'))?)
            }
            (Reading::Stack, Field::Scalar(Value::Text(text))) if text.contains('\n') => {
                AliasedValue::Text(text.to_owned())
            }
            (Reading::Integer, Field::Scalar(Value::Integer(number))) => AliasedValue::Integer(number),
            (Reading::Integer, Field::Scalar(Value::Text(text))) => AliasedValue::Integer(text.parse().ok()?),
            (Reading::LevelNumber(scale), Field::Scalar(value)) => {
                let number = match value {
                    Value::Integer(number) => number,
                    Value::Text(text) if scale != level::Scale::Size => text.trim().parse().ok()?,
                    _ => return None,
                };
                AliasedValue::Integer(scales.level(scale, number)?)
            }
            (Reading::LevelName | Reading::KnownLevelName, Field::Scalar(Value::Text(name))) => {
                return self.read_level_name(name);
            }
            _ => return None,
        };
        Some((0, value))
    }

    fn read_level_name(&self, name: &str) -> Option<(usize, AliasedValue)> {
        let number = level::number(name).or_else(|| level::Scale::Python.level(name.trim().parse().ok()?));
        match number.and_then(level::name) {
            Some(known) => Some((0, AliasedValue::Text(known.to_owned()))),
            None if self.reading == Reading::LevelName => Some((UNKNOWN_LEVEL, AliasedValue::Text(name.to_owned()))),
            None => None,
        }
    }
}

impl Scales {
    /// Returns Python's number for a level's number of a scale. The record tells which scale `level` has.
    fn level(self, scale: level::Scale, number: i64) -> Option<i64> {
        match scale {
            level::Scale::Size if self.is_gelf => level::Scale::Syslog.level(number),
            level::Scale::Size if self.is_pythons && number <= 50 => level::Scale::Python.level(number),
            scale => scale.level(number),
        }
    }
}
