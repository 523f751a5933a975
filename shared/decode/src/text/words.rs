//! The words of a text's first line, from which its header is read.

use record::{is_long_id, is_uuid};

use super::brackets;
use super::header::{Header, MAX_BYTES};
use super::level::{self, WordPosition};
use super::log4j;
use super::logfmt;
use super::programs;
use super::time::{self, Time};

/// How many parts a header has, at most.
const MAX_PARTS: usize = 24;
/// How many words after a time are looked at for a level.
const MAX_WORDS: usize = 6;
/// How long what is in brackets may be.
const MAX_BRACKETS_BYTES: usize = 128;
/// How many numbers stand between a logger and an id: the process and the thread.
const MAX_NUMBERS: usize = 2;
/// What separates the parts of a header.
const SEPARATORS: [char; 11] = [' ', '\t', '\u{8}', '-', '|', ':', ',', ';', '>', '*', '\u{feff}'];
/// What signale and consola write before a level.
const SIGNS: [char; 20] =
    ['›', '»', '❯', '✖', '✗', '✔', '✓', 'ℹ', '⚠', '★', '●', '▶', '☑', '☐', '⬤', '❤', '…', '\u{fe0f}', '⚙', '◐'];
/// The signs that consola writes for a level, instead of its name.
const LEVEL_SIGNS: [(char, &str); 6] =
    [('ℹ', "INFO"), ('✔', "INFO"), ('◐', "INFO"), ('⚠', "WARNING"), ('✖', "ERROR"), ('⚙', "DEBUG")];

/// What stands before a line of PHP's.
const PHP_MESSAGE: &str = "PHP message: ";
/// What stands before the time of a line of `WebLogic`'s.
const WEBLOGIC: &str = "####<";

/// The words of a text's first line, from which its header is read.
pub(super) struct Words<'t> {
    line: &'t str,
    at: usize,
    /// The time with which it begins.
    first: Option<(Time<'t>, usize)>,
    header: Header<'t>,
    /// What stands before the next word.
    before: Before,
    /// The level that a sign says.
    level_of_sign: Option<&'static str>,
}

/// What stands before a word, as far as it tells whether the word is a level.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
enum Before {
    #[default]
    Anything,
    /// A time and a colon: `21:08:12.123: Warning Shell spawned`, as Falco writes it.
    TimeAndColon,
    /// A sign, as in `✖ error failed`.
    Sign,
    /// A time in brackets.
    BracketedTime,
    /// A bar, a tab, or a dash between blanks: `| error | failed`.
    Separator,
}

impl<'t> Words<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self::beginning_with(text, time::at_start(text))
    }

    /// Returns the words of a text that begins with a time, which takes so many bytes.
    pub(super) fn beginning_with(text: &'t str, time: Option<(Time<'t>, usize)>) -> Self {
        let line = text.split(['\n', '\r']).next().unwrap_or_default();
        // `{` may follow on the next line.
        let line = if line.trim_end().len() < line.len() { line.trim_end() } else { line };
        Self {
            line: &line[..line.floor_char_boundary(MAX_BYTES)],
            at: if line.starts_with(WEBLOGIC) { WEBLOGIC.len() - 1 } else { 0 },
            first: time,
            header: Header::default(),
            before: Before::default(),
            level_of_sign: None,
        }
    }

    pub(super) fn header(mut self) -> Header<'t> {
        let mut is_after_time = false;
        for part in 0..MAX_PARTS {
            self.skip_separators();
            let rest = self.line.get(self.at..).unwrap_or_default();
            if !self.header.time.as_ref().is_some_and(Time::is_dated)
                && let Some((time, length)) = if self.at == 0 { self.first.take() } else { time::at_start(rest) }
            {
                self.header.time = Some(time);
                self.at += length;
                is_after_time = true;
                if rest[length..].starts_with(": ") {
                    self.before = Before::TimeAndColon;
                }
                continue;
            }
            let has_time = self.header.has_time();
            let is_read = match rest.as_bytes().first() {
                None => false,
                Some(b'{') => self.braces(rest),
                Some(b'<') if log4j::begins_event(rest) => false,
                Some(b'[' | b'(' | b'<') => self.brackets(rest),
                Some(_) => self.word(rest, part == 0, is_after_time),
            };
            if !is_read {
                break;
            }
            // A level follows its time, or what is in brackets after it.
            is_after_time &= rest.starts_with('[');
            let is_bracketed_time = !has_time && self.header.has_time();
            self.before = if is_bracketed_time { Before::BracketedTime } else { Before::Anything };
        }
        self.look_ahead();
        self.header.level = self.header.level.or(self.level_of_sign);
        self.header.end = self.at;
        self.header
    }

    /// Skips what separates the parts of a header.
    fn skip_separators(&mut self) {
        let rest = &self.line[self.at..];
        let next = rest.trim_start_matches(SEPARATORS);
        if level::is_separator(&rest[..rest.len() - next.len()]) {
            self.before = Before::Separator;
        }
        let after_signs = next.trim_start_matches(|next| SEPARATORS.contains(&next) || SIGNS.contains(&next));
        if after_signs.len() < next.len() {
            self.before = Before::Sign;
            let level = LEVEL_SIGNS.iter().find(|(sign, _)| next.starts_with(*sign)).map(|(_, level)| *level);
            self.level_of_sign = self.level_of_sign.or(level);
        }
        self.at += rest.len() - after_signs.len();
    }

    /// Reads the id of a query in braces before a level: `{6f1a4e0e-…} <Error>`, as `ClickHouse` writes it, and an id by its form.
    fn braces(&mut self, rest: &'t str) -> bool {
        let Some((id, after)) = rest.get(1..).and_then(|inside| inside.split_once('}')) else { return false };
        // A client may choose the id.
        let is_id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':');
        let is_id = id.len() <= MAX_BRACKETS_BYTES && id.bytes().all(is_id);
        let is_query = is_id && after.starts_with(" <") && self.header.has_time();
        if is_query || (!self.header.is_empty() && is_long_id(id)) {
            self.header.push_text("request_id", Some(id));
            self.at += rest.len() - after.len();
            return true;
        }
        false
    }

    /// Skips pairs between a time and a level: `21:08:12.123 request_id=F2x9 [error] failed`, as Elixir and Sidekiq write
    /// them.
    fn pairs(&mut self, rest: &'t str) -> bool {
        if !self.header.has_time() || self.header.level.is_some() {
            return false;
        }
        let mut after = rest;
        for _ in 0..MAX_PARTS {
            after = logfmt::after_pair(after).unwrap_or(after).trim_start();
        }
        let in_brackets = after.strip_prefix('[').and_then(|inside| inside.split_once(']'));
        let (level, end) = if let Some((inside, message)) = in_brackets {
            (brackets::read(inside).level, after.len() - message.len())
        } else {
            // Ansible writes `WARNING| `.
            let end = after.find([' ', ':', '|']).unwrap_or(after.len());
            let place = if after[end..].starts_with(':') { WordPosition::BeforeColon } else { WordPosition::Elsewhere };
            (level::of_word(&after[..end], place), end)
        };
        self.header.level = level;
        if level.is_some() {
            self.at += rest.len() - after.len() + end;
        }
        level.is_some()
    }

    fn brackets(&mut self, rest: &'t str) -> bool {
        let close = match rest.as_bytes().first() {
            Some(b'[') => ']',
            Some(b'(') => ')',
            _ => '>',
        };
        let Some(end) = rest.find(close).filter(|end| *end <= MAX_BRACKETS_BYTES) else { return false };
        // signale writes the date and the time in brackets each.
        if let Some((time, length)) = time::at_start(&rest[1..]).filter(|(_, length)| *length >= end)
            && rest[1 + length..].starts_with(']')
        {
            self.header.time = Some(time);
            self.at += length + "[]".len();
            return true;
        }
        if let Some((time, length)) = brackets::date_and_time(rest).filter(|_| self.header.time.is_none()) {
            self.header.time = Some(time);
            self.at += length;
            return true;
        }
        let inside = brackets::read(&rest[1..end]);
        let is_empty = inside == brackets::Inside::default();
        // Tornado's letters, of which `C` is elsewhere none.
        let letter = || Some("CRITICAL").filter(|_| rest.starts_with("[C]"));
        let after_time = if self.header.has_time() { letter() } else { None };
        // Brackets before any part of a header begin a message.
        if is_empty && self.header.is_empty() && close != ']' {
            return false;
        }
        let header = &mut self.header;
        header.time = header.time.or(inside.time);
        header.level = header.level.or(inside.level).or(after_time);
        header.push_text("service", inside.service);
        header.push_text("trace_id", inside.trace);
        header.push_text("span_id", inside.span);
        header.push_text("request_id", inside.request);
        self.at += end + 1;
        true
    }

    fn word(&mut self, rest: &'t str, is_first: bool, is_after_time: bool) -> bool {
        // php-fpm writes it before what PHP says.
        if let Some(said) = rest.strip_prefix(PHP_MESSAGE) {
            self.header.level = self.header.level.filter(|_| level::of_php(said).is_none());
            self.at += PHP_MESSAGE.len();
            return true;
        }
        if let Some((level, length)) = level::of_php(rest) {
            self.header.level = self.header.level.or(Some(level));
            self.at += length;
            return true;
        }
        let is_end = |character: char| matches!(character, ' ' | '\t' | '[' | '|' | '{' | ':' | ',');
        // Two colons are part of a name: `shop::orders`.
        let mut end = rest.find(is_end).unwrap_or(rest.len());
        while rest[end..].starts_with("::") {
            let after = end + 2;
            end = rest[after..].find(is_end).map_or(rest.len(), |length| after + length);
        }
        let (word, after) = rest.split_at(end);
        if word.contains('=') {
            return self.pairs(rest);
        }
        if let Some(end) =
            programs::end_of_module(rest).filter(|_| self.header.has_time() && self.header.level.is_some())
        {
            self.at += end;
            return true;
        }
        // Telegraf's `E!`.
        let bare = word.strip_suffix('!').unwrap_or(word);
        let place = match after.as_bytes() {
            _ if bare.len() < word.len() && is_after_time => WordPosition::Brackets,
            _ if self.is_level_by_what_is_before(word) => WordPosition::Brackets,
            _ if self.is_level_by_what_is_beside(word, after, is_after_time) => WordPosition::Brackets,
            [b':', ..] if is_first || self.header.has_time() => WordPosition::BeforeColon,
            _ if is_after_time => WordPosition::AfterTime,
            _ => WordPosition::Elsewhere,
        };
        // Monolog writes its channel before the level: `app.ERROR: failed`.
        let last = bare.rsplit('.').next().filter(|_| place == WordPosition::BeforeColon).unwrap_or(bare);
        // A letter before a time.
        let is_letter = is_first && word.len() == 1 && time::at_start(after.trim_start()).is_some();
        let level = level::of_word(last, if is_letter { WordPosition::Brackets } else { place });
        let has_time = self.header.has_time();
        let level = level.or_else(|| level::in_word(word, after, place, is_first, has_time));
        let level = level.filter(|_| self.header.level.is_none());
        if level.is_some() {
            self.header.level = level;
        } else if (is_uuid(word) || (has_time && is_long_id(word))) && self.header.id().is_none() {
            self.header.push_text("request_id", Some(word));
        } else if matches!(word, "stdout" | "stderr") && self.header.has_time() {
            self.header.push_text("stream", Some(word));
        } else if !self.is_part(word, after) {
            return false;
        }
        self.at += end;
        true
    }

    fn is_level_by_what_is_before(&self, word: &str) -> bool {
        let is_small = word.bytes().skip(1).all(|byte| byte.is_ascii_lowercase());
        let is_capital = word.starts_with(|first: char| first.is_ascii_uppercase());
        let is_long = word.len() >= level::MIN_BYTES;
        match self.before {
            Before::Anything | Before::BracketedTime | Before::Separator => false,
            Before::TimeAndColon => is_long && is_small && is_capital,
            Before::Sign => is_long && is_small && !is_capital,
        }
    }

    /// Returns whether a word is a level since it stands between a time or a separator and a separator or what else follows a
    /// level. In a message, other words follow.
    fn is_level_by_what_is_beside(&self, word: &str, after: &str, is_after_time: bool) -> bool {
        let is_after_time = is_after_time || self.before == Before::BracketedTime;
        self.header.has_time()
            && (is_after_time || self.before == Before::Separator)
            && level::is_between(word)
            && (level::is_before_separator(after) || (is_after_time && level::is_before_thread_or_logger(after)))
    }

    /// Returns whether a word is part of the header and says nothing: a logger, a process, a mark.
    fn is_part(&self, word: &str, after: &str) -> bool {
        let is_number = word.trim_start_matches('#').bytes().all(|byte| byte.is_ascii_digit() || byte == b'#');
        let is_letter = word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_uppercase());
        let is_name = word.contains(['.', '/', '$', '@']) || word.contains("::");
        let is_separated = after.starts_with([':', '|', '\t'])
            // Spring pads a logger.
            || (after.starts_with(' ') && after.trim_start().starts_with(": "))
            || after.trim_start().starts_with("- ")
            // logback's default.
            || (!self.header.is_empty() && after.starts_with(" -- "))
            || after.trim_start().starts_with('|');
        let begins_object = after.trim_start().starts_with('{');
        let inside = after.strip_prefix('[').unwrap_or_default();
        let is_program = self.header.has_time() && inside.starts_with(|first: char| first.is_ascii_digit());
        // The id of a message: `DFHAP0001 11/24/2026 21:08:12`.
        let is_id = word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            && word.bytes().any(|byte| byte.is_ascii_digit());
        // The process, after an application in brackets: `[shop] 18695 11/24/2026, 9:08:12 PM` of nest-winston.
        let is_before_time = || {
            ((self.at == 0 && is_id) || (self.header.is_empty() && is_number))
                && time::at_start(after.trim_start()).is_some()
        };
        is_separated
            || is_program
            || is_before_time()
            || (is_letter && (after.starts_with(',') || !self.header.is_empty() || self.at > 0))
            || (!self.header.is_empty() && (is_number || (is_name && begins_object)))
            || (!self.header.is_empty() && self.is_before_id(word, is_name, after))
            || (self.at == 0 && is_number && programs::begins_thread(after))
            || (!self.header.is_empty() && is_name && self.is_before_level(after))
            // A load balancer writes the protocol before the time.
            || (self.at == 0 && matches!(word, "http" | "https" | "h2" | "grpcs" | "ws" | "wss"))
    }

    /// Returns whether a word is a logger before an id, maybe with the numbers of its process and thread between them:
    /// `com.acme.Pay [6f1a…] paid`, Django's `views 77 1402 6f1a… paid`. Without a dot it may be a message's first word, so the
    /// id needs brackets or these numbers before it.
    fn is_before_id(&self, word: &str, is_name: bool, after: &str) -> bool {
        let (mut rest, mut numbers) = (after.trim_start(), 0);
        // log4j's `[Pay.java:34]`.
        if let Some((source, next)) = rest.strip_prefix('[').and_then(|rest| rest.split_once("] "))
            && source.rsplit_once(':').is_some_and(|(file, line)| file.contains('.') && line.parse::<u32>().is_ok())
        {
            rest = next.trim_start();
        }
        while numbers < MAX_NUMBERS
            && let Some((number, next)) = rest.split_once(' ')
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
        {
            (rest, numbers) = (next.trim_start(), numbers + 1);
        }
        let is_logger = || {
            let is_identifier = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            is_name || (self.header.has_time() && self.header.level.is_some() && word.bytes().all(is_identifier))
        };
        match rest.as_bytes().first() {
            Some(b'[') => brackets::begin_with_id(rest) && is_logger(),
            Some(b'(' | b'<') => is_name && brackets::begin_with_id(rest),
            _ => {
                let id = rest.split([' ', ':']).next().unwrap_or_default();
                is_long_id(id) && (is_name || (numbers == MAX_NUMBERS && is_logger()))
            }
        }
    }

    fn is_before_level(&self, after: &str) -> bool {
        self.header.level.is_none() && level::among_words(after, MAX_WORDS).is_some()
    }

    /// Looks for a level among the words after a time: `2026-11-24 21:08:12 worker ERROR message`.
    fn look_ahead(&mut self) {
        // A level in JSON is that of the record in it.
        let object = self.line[self.at..].strip_prefix('{');
        if object.is_some_and(|inside| inside.trim_start().starts_with('"')) {
            return;
        }
        if self.header.level.is_none()
            && self.header.has_time()
            && let Some((level, end)) = level::among_words(&self.line[self.at..], MAX_WORDS)
        {
            self.header.level = Some(level);
            // The level is one of the pairs, which may be the record.
            if logfmt::is_like(&self.line[self.at..]) {
                return;
            }
            // coloredlogs: `2026-11-24 21:08:12 web-1 shop.pay[77] 6f1a… INFO message`.
            if self.header.id().is_none() {
                let id = self.line[self.at..self.at + end].split(' ').find(|word| is_uuid(word));
                self.header.push_text("request_id", id);
            }
            self.at += end;
            self.skip_separators();
        }
        // Poco, Gitea: `2026-11-24 21:08:12 shop [Error] message`.
        if self.header.level.is_none() && self.header.has_time() {
            self.header.level = level::in_brackets(&self.line[self.at..]);
        }
    }
}
