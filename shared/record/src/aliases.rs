//! Fills in missing attributes from fields that other dialects use for the same thing.

use std::cell::LazyCell;

use super::attribute::Attribute;
use super::best_of;
use super::blank::says_nothing;
use super::dialect::{OBSERVED_TIME, Reading};
use super::draft::Draft;
use super::exception::StackField;
use super::level::Scale;
use super::meaning::{FIRST_SPELLED_RANK, LAST_RANK, Role};
use super::reading::AliasedValue;
use super::scales::Scales;
use super::sender::{EXECUTION_ARN, Sender};
use super::value::Value;
use super::{EventTime, contained_ids, exception, frames, ids, level, template};

/// The fields with an error's text, as they are spelled.
const ERROR_NAMES: [&str; 3] = ["error", "err", "exception"];
/// What the names of Celery's loggers begin with.
const CELERY: &str = "celery.";
/// The fields with which Lambda's runtimes write an error, as they are spelled.
const ERROR_TYPE: &str = "errortype";
const ERROR_MESSAGE: &str = "errormessage";
/// The fields of an error's type and message, as Lambda's runtimes and the Elastic Common Schema write them.
const ERRORS: [(&str, &str); 3] = [(ERROR_TYPE, ERROR_MESSAGE), ("error.type", "error.message"), SIDEKIQS];
/// The fields of an error's class and message, as Sidekiq writes them.
const SIDEKIQS: (&str, &str) = ("errorclass", "errormessage");
/// The object with the attributes of OpenTelemetry's data model, and those of an error's type and message.
const ATTRIBUTES: &str = "attributes";
const OPENTELEMETRYS: [&str; 2] = ["exception.type", "exception.message"];
/// A field that only `MySQL`'s error log has, as it is spelled.
const MYSQL: &str = "errsymbol";
/// What the types of Step Functions' events end with if they are failures.
const FAILURES: [&str; 3] = ["Failed", "TimedOut", "Aborted"];
/// The fields that only Serilog's compact format has.
const SERILOGS: [&str; 2] = ["@mt", "@m"];
/// The level of tslog's records, which an error that was logged alone is.
const TSLOGS_LEVEL: &str = "meta.logLevelName";

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
    let contents = contained_ids::of(draft);
    for (rank, id) in contents.ids {
        draft.offer_uid(rank, "", Value::Text(&id));
    }
    put_celerys_task(draft);
    if let Some(id) = draft.echos_id().map(str::to_owned) {
        draft.offer_spelled(ids::REQUEST_ID, Value::Text(&id));
    }
    put_execution(draft);
    draft.put_consola();
    for Candidate { attribute, value, .. } in candidates(draft, contents.exception) {
        match value {
            AliasedValue::Text(text) if attribute == Attribute::Service => {
                draft.offer(Attribute::Service.name(), Value::Text(&text));
            }
            AliasedValue::Text(text) if attribute == Attribute::Name => draft.put_logger(&text),
            AliasedValue::ClassName(name) => draft.put_class_name(&name),
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
    if let Some(logger) = contents.logger.filter(|_| draft.offset(Attribute::Name).is_none()) {
        draft.put_logger(&logger);
    }
    if let Some(service) = contents.service.filter(|_| draft.service.text().is_none()) {
        draft.offer(Attribute::Service.name(), Value::Text(&service));
    }
    put_level_of_marks(draft);
}

/// Adds the exception of a record whose `exc_info` is a list or an object, or whose `message` is an object with a stack, as
/// Lambda's runtime for Node.js writes an error.
pub(super) fn fill_in_exception(draft: &mut Draft<'_>) {
    if draft.offset(Attribute::ExcText).is_some() {
        return;
    }
    let of_info = draft.container(Attribute::ExcInfo).and_then(exception::text);
    // A list of words is no stack.
    let of_message = || {
        let message = draft.container(Attribute::Message)?;
        let is_error = exception::message_of(message).is_some();
        exception::text(message).filter(|text| is_error || exception::is_stack(text))
    };
    // A text with a stack is what a program wrote to its standard error, or a logger without a field for it. Python's has one.
    let of_text = || {
        if draft.is_pythons() {
            return None;
        }
        let text = draft.text(Attribute::Message).or_else(|| draft.whole_msg());
        text.filter(|text| frames::in_message(text)).map(str::to_owned)
    };
    if let Some(text) = of_info.or_else(of_message).or_else(of_text) {
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

/// Offers the name of a run of Step Functions, which ends its ARN: `arn:aws:states:eu-west-1:1:execution:pay:order-17`.
fn put_execution(draft: &mut Draft<'_>) {
    if !draft.has_mark(Sender::StepFunctions) {
        return;
    }
    let name = |value: Value<'_>| match value {
        Value::Text(arn) => arn.rsplit_once(':').map(|(_, name)| name.to_owned()),
        _ => None,
    };
    if let Some(name) = draft.alias_value(EXECUTION_ARN, name) {
        draft.offer_spelled(EXECUTION_ARN, Value::Text(&name));
    }
}

/// Returns the level that a line of `MySQL`'s says as its label.
fn level_of_label(value: Value<'_>) -> Option<&'static str> {
    match value {
        Value::Text("Note" | "System") => Some("INFO"),
        Value::Text(name) => level::number(name).and_then(level::name),
        _ => None,
    }
}

/// Adds the level that Serilog's compact format, an error of Lambda's runtimes and a failure of Step Functions leave out, and
/// that of `MySQL`'s error log.
fn put_level_of_marks(draft: &mut Draft<'_>) {
    let has_level = draft.offset(Attribute::LevelName).is_some() || draft.offset(Attribute::LevelNo).is_some();
    if has_level {
        return;
    }
    let is_mysqls = draft.has_alias(&[MYSQL]);
    if let Some(level) = if is_mysqls { draft.alias_value("label", level_of_label) } else { None } {
        draft.put(Attribute::LevelName, Value::Text(level));
    } else if draft.has_alias(&SERILOGS) {
        draft.put(Attribute::LevelName, Value::Text("INFO"));
    } else if (draft.has_alias(&[ERROR_TYPE]) && draft.has_alias(&[ERROR_MESSAGE]))
        || (draft.has_mark(Sender::StepFunctions) && draft.alias_value("type", is_failure).is_some())
    {
        draft.put(Attribute::LevelName, Value::Text("ERROR"));
    }
}

/// Reads the type of an event of Step Functions that says of a failure: `TaskFailed`, `ExecutionTimedOut`.
fn is_failure(value: Value<'_>) -> Option<()> {
    let Value::Text(kind) = value else { return None };
    FAILURES.iter().any(|end| kind.ends_with(end)).then_some(())
}

/// Returns the best usable value for each missing attribute. An exception in an object counts if the record has no other.
fn candidates(draft: &Draft<'_>, contained_exception: Option<String>) -> Vec<Candidate> {
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
            let is_number = || field.text().is_some_and(|text| text.trim().parse::<i64>().is_ok());
            let is_loose = match role.reading {
                Reading::LevelNumber(Scale::Size) | Reading::LooseLevelName => true,
                Reading::LevelName | Reading::KnownLevelName => is_number(),
                _ => false,
            };
            let candidate = Candidate { attribute: role.attribute, rank: role.rank + penalty, value, is_loose };
            match known {
                Some(known) if best[known].rank <= candidate.rank => {}
                Some(known) => best[known] = candidate,
                None => best.push(candidate),
            }
        }
    }
    drop_worse_level(&mut best);
    if let Some(exception) = contained_exception {
        add_contained_exception(draft, &mut best, exception);
    }
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

/// Adds the exception of an object to a record that has no other, or only its first line.
fn add_contained_exception(draft: &Draft<'_>, best: &mut Vec<Candidate>, contained: String) {
    let is_whole = |own: &str| contained.contains('\n') && contained.contains(own);
    let own = best.iter_mut().find(|candidate| candidate.attribute == Attribute::ExcText);
    match own.map(|own| &mut own.value) {
        Some(AliasedValue::Text(own)) if is_whole(own) => *own = contained,
        Some(_) => {}
        None if draft.attribute(Attribute::ExcInfo).is_some_and(|info| info.scalar().is_none()) => {}
        None => {
            let value = AliasedValue::Text(contained);
            best.push(Candidate { attribute: Attribute::ExcText, rank: LAST_RANK, value, is_loose: false });
        }
    }
}

/// Puts an error and its stack together where a record has both: zap's, Lambda's runtimes', Dart's, PHP's, and those whose
/// stack is a list of frames.
fn add_error_to_stack(draft: &Draft<'_>, best: &mut Vec<Candidate>) {
    let text = |name: &str| {
        let text = |value: Value<'_>| if let Value::Text(text) = value { Some(text.to_owned()) } else { None };
        draft.alias_value(name, text).filter(|text| !says_nothing(text))
    };
    let of_parts = |(kind, message): (&str, &str)| Some(format!("{}: {}", text(kind)?, text(message)?));
    let exception = best.iter_mut().find(|candidate| candidate.attribute == Attribute::ExcText);
    let Some(Candidate { value: AliasedValue::Text(exception), .. }) = exception else {
        let attributes = |name: &str| draft.alias_field(ATTRIBUTES)?.first_text_of(&[name]);
        let opentelemetrys = || {
            let [kind, message] = OPENTELEMETRYS;
            Some(format!("{}: {}", attributes(kind)?, attributes(message)?))
        };
        if let Some(error) =
            of_parts(SIDEKIQS).or_else(opentelemetrys).filter(|_| draft.offset(Attribute::ExcText).is_none())
        {
            let value = AliasedValue::Text(error);
            best.push(Candidate { attribute: Attribute::ExcText, rank: LAST_RANK, value, is_loose: false });
        }
        return;
    };
    let error_of = |name: &str| draft.alias_field(name).and_then(exception::text);
    let stack = LazyCell::new(|| stack(draft));
    let is_stack = |exception: &String| exception.contains('\n') || stack.as_ref() == Some(exception);
    let is_error = |exception: &String| ERROR_NAMES.into_iter().any(|name| error_of(name).as_ref() == Some(exception));
    // The message of an error may have several lines.
    let is_without_stack = |exception: &String| {
        !frames::begins_with_frame(exception) && !frames::in_message(exception) && is_error(exception)
    };
    let has_other_stack = |exception: &String| stack.as_ref().is_some_and(|stack| stack != exception);
    // Lambda's runtime for Node.js writes the frames in a list.
    if (is_stack(exception) || frames::begins_with_frame(exception))
        && !(is_without_stack(exception) && has_other_stack(exception))
    {
        let tslogs = || {
            draft.alias_value(TSLOGS_LEVEL, |_| Some(()))?;
            Some(format!("{}: {}", draft.text(Attribute::Name)?, draft.text(Attribute::Message)?))
        };
        let line_of = |name: &str| error_of(name).filter(|error| !error.contains('\n'));
        let error = || ERROR_NAMES.into_iter().find_map(text).or_else(|| ERROR_NAMES.into_iter().find_map(line_of));
        let error = error().or_else(|| ERRORS.into_iter().find_map(of_parts)).or_else(tslogs);
        if let Some(error) = error {
            *exception = exception::with_headline(exception, &error);
        }
    } else if is_error(exception)
        && let Some(stack) = stack.as_ref()
    {
        *exception = exception::with_headline(stack, exception);
    }
}

/// Returns the text of the best field with a stack.
fn stack(draft: &Draft<'_>) -> Option<String> {
    let stacks = draft.aliases().iter().filter_map(|(meaning, location)| {
        let (rank, certainty) = exception::stack_field(&meaning.name)?;
        Some((rank, certainty, draft.field(*location)?))
    });
    let stack = |(rank, certainty, field): (_, StackField, _)| Some((rank, certainty.text(field)?));
    stacks.filter_map(stack).min_by_key(|(rank, _)| *rank).map(|(_, stack)| stack)
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
        // Completing the record looks for it, if nothing else says a time.
        Attribute::Created if role.reading == Reading::ObservedTime => false,
        // `created` may be anything in a record that is not Python's. Then a better known name goes before it.
        Attribute::Created => {
            let is_better = || !draft.is_pythons() && role.rank < FIRST_SPELLED_RANK;
            !draft.is_time_settled() && (!draft.own_time().is_some_and(EventTime::is_of_event) || is_better())
        }
        attribute => is_absent(attribute),
    }
}

/// Returns when a collector took the record.
pub(super) fn observed_time(draft: &Draft<'_>) -> Option<EventTime> {
    draft.alias_value(OBSERVED_TIME, EventTime::of).filter(|time| time.is_of_event())
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
