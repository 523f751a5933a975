//! Values as Ruby prints them in a hash: symbols, times, and dates of Rails.

use record::EventTime;

use super::{Lenient, MAX_BARE_BYTES, Role};

/// The days with which Rails begins a date.
const DAYS: [&str; 7] = ["Mon, ", "Tue, ", "Wed, ", "Thu, ", "Fri, ", "Sat, ", "Sun, "];

impl Lenient<'_> {
    /// Reads `:error`, `:"card declined"` and `Tue, 24 Nov 2026 21:08:12.000000000 UTC +00:00`. Returns whether it is one; `None` if
    /// it is broken.
    pub(super) fn rubys(&mut self, role: Role) -> Option<bool> {
        if let Some(symbol) = self.rest().strip_prefix(':') {
            if symbol.starts_with('"') {
                self.at += 1;
                self.string(b'"', role)?;
                return Some(true);
            }
            let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'?' | b'!');
            let length = symbol.bytes().take_while(is_part).count();
            let name = symbol.get(..length).filter(|name| !name.is_empty())?;
            self.push_string(name);
            self.at += 1 + length;
            return Some(true);
        }
        let Some(day) = DAYS.iter().find(|day| self.rest().starts_with(**day)) else { return Some(false) };
        let rest = self.rest();
        let near = &rest[..rest.floor_char_boundary(MAX_BARE_BYTES)];
        let length = day.len() + near.get(day.len()..)?.find([',', '}', ']', '\n'])?;
        let date = rest.get(..length)?.trim_end();
        let is_date = date.get(day.len()..)?.starts_with(|first: char| first.is_ascii_digit());
        if is_date {
            self.push_string(date);
            self.at += length;
        }
        Some(is_date)
    }
}

/// Returns whether a value of several words is a time: `2026-11-24 21:08:12 UTC`, `2026-11-24 22:08:12.123 +0100`.
pub(super) fn is_time(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit()) && EventTime::from_text(text).is_some()
}
