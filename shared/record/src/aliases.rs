//! Fills in missing attributes from fields that other dialects use for the same thing.

use super::attribute::Attribute;
use super::best_of;
use super::blank::says_nothing;
use super::dialect::Reading;
use super::document::Value;
use super::draft::Draft;
use super::level::Scale;
use super::meaning::{FIRST_SPELLED_RANK, Role};
use super::reading::{AliasedValue, Scales, is_of_event};
use super::{EventTime, contained_ids, exception, ids, level, template};

/// The field with an error's text.
const ERROR: &str = "error";
/// What the names of Celery's loggers begin with.
const CELERY: &str = "celery.";
/// The fields with which Lambda's runtimes write an error, as they are spelled.
const ERROR_TYPE: &str = "errortype";
const ERROR_MESSAGE: &str = "errormessage";
/// The fields of an error's type and message, as Lambda's runtimes and the Elastic Common Schema write them.
const ERRORS: [(&str, &str); 2] = [(ERROR_TYPE, ERROR_MESSAGE), ("error.type", "error.message")];
/// The fields that only Serilog's compact format has.
const SERILOGS: [&str; 2] = ["@mt", "@m"];

/// The best value for an attribute so far.
struct Candidate {
    attribute: Attribute,
    rank: usize,
    value: AliasedValue,
    /// Whether it is a level's number on a scale that was guessed, or a level's name that may mean something else.
    is_loose: bool,
}

/// Adds the attributes that a draft lacks and holds under another name.
pub(super) fn fill_in(draft: &mut Draft<'_>) {
    if !draft.has_aliases() {
        return;
    }
    draft.decide_is_pythons();
    for field in draft.rules.vocabulary.id_paths() {
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
            AliasedValue::LooseTime(time) => draft.put_loose_time(time),
        }
    }
    put_level_of_marks(draft);
}

/// Adds the exception of a record whose `exc_info` is a list or an object, or whose `message` is an object with a stack, as
/// Lambda's runtime for Node.js writes an error.
pub(super) fn fill_in_exception(draft: &mut Draft<'_>) {
    if draft.offset(Attribute::ExcText).is_some() {
        return;
    }
    let of_container = |attribute| draft.attribute(attribute).filter(|field| field.scalar().is_none());
    let of_info = of_container(Attribute::ExcInfo).and_then(exception::text);
    // A list of words is no stack.
    let of_message =
        || of_container(Attribute::Message).and_then(exception::text).filter(|text| exception::is_stack(text));
    // A text with a stack is what a program of Node.js wrote to its standard error.
    let of_text = || draft.text(Attribute::Message).filter(|text| exception::has_frames(text)).map(str::to_owned);
    if let Some(text) = of_info.or_else(of_message).or_else(|| of_text().filter(|_| !draft.is_pythons())) {
        draft.put(Attribute::ExcText, Value::Text(&text));
    }
}

/// Offers the id of a task of Celery's, which its own loggers write as `data.id`.
fn put_celerys_task(draft: &mut Draft<'_>) {
    if draft.text(Attribute::Name).is_some_and(|name| name.starts_with(CELERY))
        && let Some(task) = draft.alias_value("data.id", best_of::text_of)
    {
        draft.offer_spelled(ids::TASK_ID, Value::Text(&task));
    }
}

/// Adds the level that Serilog's compact format and an error of Lambda's runtimes leave out.
fn put_level_of_marks(draft: &mut Draft<'_>) {
    let has_level = draft.offset(Attribute::LevelName).is_some() || draft.offset(Attribute::LevelNo).is_some();
    if has_level {
        return;
    }
    if draft.has_alias(&SERILOGS) {
        draft.put(Attribute::LevelName, Value::Text("INFO"));
    } else if draft.has_alias(&[ERROR_TYPE]) && draft.has_alias(&[ERROR_MESSAGE]) {
        draft.put(Attribute::LevelName, Value::Text("ERROR"));
    }
}

/// Returns the best usable value for each missing attribute.
fn candidates(draft: &Draft<'_>) -> Vec<Candidate> {
    let mut best: Vec<Candidate> = Vec::new();
    let scales = Scales(draft);
    for (meaning, location) in draft.aliases() {
        for role in &meaning.roles {
            let known = best.iter().position(|candidate| candidate.attribute == role.attribute);
            if known.is_some_and(|known| best[known].rank < role.rank) || !is_missing(draft, role) {
                continue;
            }
            let Some(field) = draft.field(*location).and_then(|field| role.find(field)) else { continue };
            let Some((penalty, value)) = role.read(field, scales) else { continue };
            let is_loose = matches!(role.reading, Reading::LevelNumber(Scale::Size) | Reading::LooseLevelName);
            let candidate = Candidate { attribute: role.attribute, rank: role.rank + penalty, value, is_loose };
            match known {
                Some(known) if best[known].rank <= candidate.rank => {}
                Some(known) => best[known] = candidate,
                None => best.push(candidate),
            }
        }
    }
    drop_worse_level(&mut best);
    add_error_to_stack(draft, &mut best);
    best
}

/// Keeps the better one of a level's name and number. The other follows from it.
fn drop_worse_level(best: &mut Vec<Candidate>) {
    // A known name goes before a number on a scale that was guessed.
    let rank = |attribute| {
        let level = best.iter().find(|candidate| candidate.attribute == attribute);
        level.map(|level| (level.is_loose, level.rank))
    };
    if let (Some(name), Some(number)) = (rank(Attribute::LevelName), rank(Attribute::LevelNo)) {
        let worse = if name < number { Attribute::LevelNo } else { Attribute::LevelName };
        best.retain(|candidate| candidate.attribute != worse);
    }
}

/// Adds the error to an exception that is only a stack, as zap and Lambda's runtimes write both. Python writes it last.
fn add_error_to_stack(draft: &Draft<'_>, best: &mut [Candidate]) {
    let text = |value: Value<'_>| if let Value::Text(text) = value { Some(text.to_owned()) } else { None };
    let exception = best.iter_mut().find(|candidate| candidate.attribute == Attribute::ExcText);
    if let Some(Candidate { value: AliasedValue::Text(stack), .. }) = exception
        && stack.contains('\n')
        && let Some(error) = draft.alias_value(ERROR, text).or_else(|| {
            ERRORS.iter().find_map(|(kind, message)| {
                Some(format!("{}: {}", draft.alias_value(kind, text)?, draft.alias_value(message, text)?))
            })
        })
        && !says_nothing(&error)
        && !stack.contains(&error)
    {
        let is_pythons = [exception::TRACEBACK, exception::PYTHON_FRAME].iter().any(|start| stack.starts_with(start));
        *stack = if is_pythons { format!("{}\n{error}", stack.trim_end()) } else { format!("{error}\n{stack}") };
    }
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
        Attribute::Created => {
            let is_better = || !draft.is_pythons() && role.rank < FIRST_SPELLED_RANK;
            !draft.is_time_settled() && (!draft.own_time().is_some_and(is_of_event) || is_better())
        }
        attribute => is_absent(attribute),
    }
}

/// Returns the time of a record whose only time has no year, or a date that may be another. Its arrival tells which.
pub(super) fn time_by_arrival(draft: &Draft<'_>, arrived: EventTime) -> Option<EventTime> {
    draft.aliases().iter().find_map(|(meaning, location)| {
        let is_time_role =
            |role: &Role| matches!(role.reading, Reading::Time | Reading::LooseTime) && role.path.is_empty();
        let is_time = meaning.roles.iter().any(is_time_role);
        let text = is_time.then(|| draft.field(*location)?.text())??;
        EventTime::from_text_by_arrival(text, arrived)
    })
}
