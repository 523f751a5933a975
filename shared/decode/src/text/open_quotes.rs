//! A value of logfmt that goes on in the lines below: `msg="order failed`.

use super::header::Header;
use super::logfmt;
use super::stack::MAX_MESSAGE_LINES;

/// Returns how many bytes of the lines below a line of logfmt are in the quotes that it opens: `msg="order failed`. `None` if it
/// opens none, or nothing near closes them before another record.
pub(super) fn bytes_below(first: &str, following: &str) -> Option<usize> {
    let quotes = |line: &str| line.replace("\\\"", "").matches('"').count();
    let opening = first.rfind('"').filter(|at| first[..*at].ends_with('='));
    if opening.is_none() || quotes(first) % 2 == 0 {
        return None;
    }
    let mut bytes = 0;
    for line in following.split_inclusive('\n').take(MAX_MESSAGE_LINES) {
        if logfmt::is_like(line) || line.starts_with('{') || Header::of(line.trim_end()).has_time() {
            return None;
        }
        bytes += line.len();
        if quotes(line) % 2 == 1 {
            return Some(bytes);
        }
    }
    None
}
