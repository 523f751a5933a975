//! Values as Python prints them: calls such as `datetime.datetime(2026, 11, 24, 21, 8)` and `UUID('…')`, and enums.

use super::bare::number;
use super::printed::ERRORS;
use super::{Lenient, MAX_BARE_BYTES, Role};

/// Classes whose printed text says all about their value.
const EXACT: [&str; 3] = ["Decimal", "UUID", "uuid.UUID"];
/// Classes that print a container.
const CONTAINERS: [&str; 15] = [
    "OrderedDict",
    "collections.OrderedDict",
    "defaultdict",
    "collections.defaultdict",
    "Counter",
    "collections.Counter",
    "mappingproxy",
    "frozendict",
    "frozenset",
    "set",
    "dict",
    "list",
    "deque",
    "array",
    "dict_values",
];
/// Those that say no more than their content.
const EXACT_CONTAINERS: [&str; 5] = ["OrderedDict", "collections.OrderedDict", "frozenset", "set", "dict"];
const OF_PAIRS: &str = "OrderedDict";
const DATETIMES: [&str; 2] = ["datetime.datetime", "datetime"];
const DATES: [&str; 2] = ["datetime.date", "date"];
/// How Python prints UTC.
const UTCS: [&str; 8] = [
    "datetime.timezone.utc",
    "timezone.utc",
    "<UTC>",
    "tzutc()",
    "datetime.UTC",
    "UTC",
    "zoneinfo.ZoneInfo(key='UTC')",
    "zoneinfo.ZoneInfo(key='Etc/UTC')",
];
/// How the names of enums of levels end.
const LEVELS: [&str; 2] = ["Level", "Severity"];
/// A day in seconds.
const DAY: i64 = 86_400;
/// The most numbers of a moment: year to microsecond.
const MAX_NUMBERS: usize = 7;

impl Lenient<'_> {
    /// Reads a call or an enum. Returns whether it is one; `None` if it is broken.
    pub(super) fn call(&mut self, depth: usize) -> Option<bool> {
        if let Some((name, value, length)) = of_enum(self.rest()) {
            // The name of the member is only in the text.
            self.is_exact = false;
            let (class, member) = name.rsplit_once('.')?;
            let is_level = LEVELS.iter().any(|end| class.ends_with(end));
            match number(value) {
                // Of a level's number nobody knows the scale.
                Some(_) if is_level => self.push_string(member),
                Some(number) => self.json.push_str(number),
                None => self.push_string(only_text(value).unwrap_or(value)),
            }
            self.at += length;
            return Some(true);
        }
        let Some((class, inside)) = class(self.rest()) else { return Some(false) };
        let start = self.at + class.len() + 1;
        let end = start + inside;
        let arguments = self.text.get(start..end)?;
        if CONTAINERS.contains(&class) {
            self.container(class, start, end, depth)?;
            return Some(true);
        }
        if let Some(text) = moment(class, arguments) {
            self.push_string(&text);
        } else if let Some(text) = only_text(arguments).filter(|_| !ERRORS.iter().any(|end| class.ends_with(end))) {
            self.is_exact &= EXACT.contains(&class);
            match number(text).filter(|_| class == "Decimal") {
                Some(number) => self.json.push_str(number),
                None => self.push_string(text),
            }
        } else if let Some(number) =
            number(arguments).filter(|_| class.starts_with("np.") || class.starts_with("numpy."))
        {
            self.json.push_str(number);
        } else {
            return Some(false);
        }
        self.at = end + 1;
        Some(true)
    }

    /// Reads the dictionary or list that a class holds.
    fn container(&mut self, class: &str, start: usize, end: usize, depth: usize) -> Option<()> {
        self.is_exact &= EXACT_CONTAINERS.contains(&class);
        let inside = self.text.get(start..end)?;
        if inside.trim().is_empty() {
            self.json.push_str("[]");
            self.at = end + 1;
            return Some(());
        }
        let skipped = inside.find(['{', '['])?;
        // `defaultdict(<class 'list'>, {…})`
        self.at = start + skipped;
        if class.ends_with(OF_PAIRS) && self.peek() == Some(b'[') {
            self.pairs(depth + 1)?;
        } else {
            self.value(Role::Item, depth + 1)?;
        }
        self.at = end + 1;
        Some(())
    }

    /// Reads a list of pairs, `[('a', 1), ('b', 2)]`, as an object.
    fn pairs(&mut self, depth: usize) -> Option<()> {
        self.take(b'[')?;
        self.json.push('{');
        let mut is_first = true;
        loop {
            self.skip_space()?;
            if self.take(b']').is_some() {
                break;
            }
            if !is_first {
                self.json.push(',');
            }
            is_first = false;
            self.take(b'(')?;
            self.skip_space()?;
            let quote = self.peek().filter(|quote| matches!(quote, b'"' | b'\''))?;
            self.string(quote, Role::Item)?;
            self.skip_space()?;
            self.take(b',')?;
            self.json.push(':');
            self.value(Role::Item, depth)?;
            self.skip_space()?;
            self.take(b')')?;
            self.skip_space()?;
            if self.take(b',').is_none() && self.peek() != Some(b']') {
                return None;
            }
        }
        self.json.push('}');
        Some(())
    }
}

/// Returns the name of the class that a call begins with, and the length of the arguments.
fn class(text: &str) -> Option<(&str, usize)> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let length = text.bytes().take(MAX_BARE_BYTES).take_while(is_name).count();
    let (class, rest) = text.split_at_checked(length)?;
    let arguments = rest.strip_prefix('(').filter(|_| class.starts_with(|first: char| first.is_ascii_alphabetic()))?;
    Some((class, length_of_arguments(arguments)?))
}

/// Returns where the bracket closes that is open.
fn length_of_arguments(text: &str) -> Option<usize> {
    let (mut open, mut quote, mut is_escaped) = (0_usize, None, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if quote.is_some() => is_escaped = true,
            byte if quote.is_some() => quote = quote.filter(|open| *open != byte),
            b'"' | b'\'' => quote = Some(byte),
            b'(' | b'[' | b'{' => open += 1,
            b')' if open == 0 => return Some(at),
            b')' | b']' | b'}' => open = open.checked_sub(1)?,
            _ => {}
        }
    }
    None
}

/// Returns the name and the value of an enum's member, `<Level.ERROR: 40>`, and how long the member is.
fn of_enum(text: &str) -> Option<(&str, &str, usize)> {
    let inside = text.strip_prefix('<')?;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let name = inside.bytes().take(MAX_BARE_BYTES).take_while(is_name).count();
    let value = inside.get(name..)?.strip_prefix(": ")?;
    let is_named = inside[..name].contains('.');
    let (mut quote, mut is_escaped) = (None, false);
    let end = value.bytes().take(MAX_BARE_BYTES).position(|byte| {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            byte if quote.is_some() => quote = quote.filter(|open| *open != byte),
            b'"' | b'\'' => quote = Some(byte),
            b'>' => return true,
            _ => {}
        }
        false
    })?;
    is_named.then_some((inside.get(..name)?, value.get(..end)?, "<".len() + name + ": ".len() + end + 1))
}

/// Returns the text in quotes that is the only argument.
fn only_text(arguments: &str) -> Option<&str> {
    let quote = arguments.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let text = arguments.strip_prefix(quote)?.strip_suffix(quote)?;
    (!text.contains(quote) && !text.contains('\\')).then_some(text)
}

/// Returns a moment as RFC 3339 writes it; `None` if it is none, or if its zone has no offset.
fn moment(class: &str, arguments: &str) -> Option<String> {
    let (numbers, options) = match arguments.find(|first: char| first.is_ascii_alphabetic()) {
        Some(at) => arguments.split_at(at),
        None => (arguments, ""),
    };
    let mut parts = [0_i64; MAX_NUMBERS];
    let mut count = 0;
    for part in numbers.trim_end().trim_end_matches(',').split(',') {
        *parts.get_mut(count)? = part.trim().parse().ok()?;
        count += 1;
    }
    let [year, month, day, hour, minute, second, micros] = parts;
    let date = format!("{year:04}-{month:02}-{day:02}");
    if DATES.contains(&class) && count == 3 && options.is_empty() {
        return Some(date);
    }
    if !DATETIMES.contains(&class) || count < 3 {
        return None;
    }
    let zone = match options.trim_end().trim_end_matches(", fold=1").strip_prefix("tzinfo=") {
        Some(zone) => offset(zone)?,
        None if options.is_empty() || options == "fold=1" => String::new(),
        None => return None,
    };
    let fraction = if micros == 0 { String::new() } else { format!(".{micros:06}") };
    Some(format!("{date}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}"))
}

/// Returns the offset of a zone as Python prints it: `datetime.timezone(datetime.timedelta(seconds=3600))`.
fn offset(zone: &str) -> Option<String> {
    if UTCS.contains(&zone) {
        return Some("+00:00".to_owned());
    }
    let inside = zone.strip_prefix("datetime.timezone(").or_else(|| zone.strip_prefix("timezone("))?;
    let delta = inside.strip_prefix("datetime.timedelta(").or_else(|| inside.strip_prefix("timedelta("))?;
    let mut seconds = 0;
    for part in delta.split(')').next()?.split(", ") {
        let (unit, number) = part.split_once('=')?;
        let number: i64 = number.parse().ok()?;
        seconds += number
            * match unit {
                "days" if number.abs() <= 1 => DAY,
                "seconds" if number.abs() <= DAY => 1,
                _ => return None,
            };
    }
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    Some(format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60))
}
