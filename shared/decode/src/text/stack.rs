//! Stacks and tracebacks in a text.

use record::is_frame;

/// What begins the first line of Python's.
pub(super) const TRACEBACK: &str = "Traceback (most recent call last)";
/// What begins a text with which a program of Go's ends.
const GO: [&str; 3] = ["panic: ", "fatal error: ", "runtime: goroutine "];

/// Returns whether a text is what a program of Go's or Rust's writes as its last.
pub(super) fn is_last_words(text: &str) -> bool {
    GO.iter().any(|start| text.starts_with(start))
        || (text.starts_with("thread '") && text.lines().next().is_some_and(|line| line.contains("' panicked at ")))
}

/// Returns the stack of a text, with the exception before it.
pub(super) fn of(text: &str) -> Option<&str> {
    if is_last_words(text) {
        return Some(text);
    }
    if let Some(at) = text.find(TRACEBACK) {
        // Lambda writes the exception before its traceback, and not after it.
        let before = text[..at].trim_end_matches(['\n', '\r']);
        let is_lambdas = before.starts_with("[ERROR]") && !before.contains('\n');
        return text.get(if is_lambdas { 0 } else { at }..);
    }
    // `\tat com.acme.Foo.bar(Foo.java:7)`, `    at foo (a.js:1:2)`, `   at Foo.Bar()`.
    let frame = lines(text).find(|(_, line)| is_frame(line)).map(|(at, _)| at)?;
    let before = text.get(..frame)?.trim_end_matches(['\n', '\r']);
    let start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    text.get(start..)
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive(['\n', '\r']).map(move |line| {
        let start = at;
        at += line.len();
        (start, line)
    })
}
