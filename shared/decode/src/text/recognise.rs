//! Recognises who wrote a text, and has its header read by what knows these.

use record::is_last_words;

use super::container::{self, Collected};
use super::header::{Header, may_have_id};
use super::level::{self, WordPosition};
use super::time::{self, Time};
use super::words::Words;
use super::{access, csv, lambda, mysql, programs, servers, syslog, systems};

/// What a program's line in a message of syslog's may say in its header, as the ids of a transaction and its service.
const OF_LINE: [&str; 4] = ["request_id", "trace_id", "span_id", "service"];

impl<'t> Header<'t> {
    /// Reads the header of a text without colours.
    pub(crate) fn of(text: &'t str) -> Self {
        let header = lambda::header(text).or_else(|| Self::of_container(text)).or_else(|| Self::of_syslog(text));
        let mut header = header.unwrap_or_else(|| Self::of_line(text));
        if header.id().is_none() && header.is_of_proxy() {
            header.push_text("request_id", access::id_of_request(text.get(header.end..).unwrap_or_default()));
        }
        if is_last_words(text) {
            header.level = Some("ERROR");
        }
        header.level = header.level.or_else(|| level::of_map(text));
        if header.level.is_none() && header.time.is_some() {
            // java.util.logging writes the level in the second line.
            let second = text.split_once('\n').map_or("", |(_, rest)| rest);
            let word = second.split(':').next().unwrap_or_default();
            let is_capital = word.bytes().all(|byte| byte.is_ascii_uppercase());
            header.level =
                level::of_word(word, WordPosition::BeforeColon).filter(|_| is_capital && word.len() < second.len());
        }
        header
    }

    /// Reads the header of a line that no daemon of syslog wrote.
    pub(super) fn of_line(text: &'t str) -> Self {
        servers::header(text).or_else(|| mysql::header(text)).unwrap_or_else(|| {
            // Read once, since reading a time takes longer than all the rest.
            let time = time::at_start(text);
            let header = programs::header(text, time).or_else(|| systems::header(text, time));
            let header = header.or_else(|| csv::header(text, time)).or_else(|| access::header(text, time));
            header.unwrap_or_else(|| Words::beginning_with(text, time).header())
        })
    }

    /// Reads the header of a line with a time of its own behind a container's header.
    fn of_container(text: &'t str) -> Option<Self> {
        let Collected { time, stream, line } = container::collected(text)?;
        let mut header = Self::of_syslog(line).unwrap_or_else(|| Self::of_line(line));
        if !header.has_time() {
            return None;
        }
        if !matches!(header.time, Some(Time::At(own)) if own.may_be_collected_at(time)) {
            header.time = Some(Time::At(time));
        }
        header.before_message = header.message.and_then(|message| text.strip_suffix(message));
        header.push_text("stream", stream);
        header.end += text.len() - line.len();
        Some(header)
    }

    /// Reads the header of syslog, and the ids in that of the program's line after it.
    fn of_syslog(text: &'t str) -> Option<Self> {
        let mut header = syslog::header(text)?;
        let line = text.get(header.end..).unwrap_or_default();
        if !line.starts_with('{') && may_have_id(line) {
            let of_line = Self::of_line(line);
            for name in OF_LINE {
                header.push_text(name, of_line.field(name));
            }
        }
        Some(header)
    }
}
