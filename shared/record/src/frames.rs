//! Frames of stacks in a text, as languages write them below an exception, and the last words of a program.

use std::cell::LazyCell;

/// What begins a frame of Python's.
pub(super) const PYTHON_FRAME: &str = "  File \"";
/// What ends the name of a file of Elixir and Erlang.
const ELIXIRS_FILES: [&str; 3] = [".ex:", ".exs:", ".erl:"];
/// What ends the name of a file of Ruby's, with a line after it.
const RUBY_FILE: &str = ".rb:";
/// What ends the name of a file of Go's, with a line after it.
const GO_FILE: &str = ".go:";
/// What begins a text with which a program of Go's ends.
const GO: [&str; 3] = ["panic: ", "fatal error: ", "runtime: goroutine "];
/// What begins the first line of a traceback of a group of exceptions of Python's, after blanks.
const PYTHONS_GROUP: &str = "+ Exception Group Traceback (most recent call last)";
/// What begins the line after which PHP writes its frames, and Laravel.
const PHP: [&str; 2] = ["Stack trace:", "[stacktrace]"];

/// Returns whether a text has a frame of a stack.
pub(super) fn has_frames(text: &str) -> bool {
    // stackprinter does not indent its frames, and marks a line in each.
    let has_arrow = LazyCell::new(|| text.contains("\n--> "));
    let is_stackprinters = |line: &str| line.starts_with(PYTHON_FRAME.trim_start()) && *has_arrow;
    let is_frame = |line: &str| {
        is_frame(line) || line.starts_with(PYTHON_FRAME) || is_stackprinters(line) || is_first_numbered(line)
    };
    text.contains('\n') && text.split(['\n', '\r']).any(is_frame)
}

/// Returns whether the items of a list are frames, which in a list are indented or not.
pub(super) fn are_frames(text: &str) -> bool {
    has_frames(text) || begins_with_frame(text) || are_of_another(text)
}

/// Returns whether a text begins with a frame of Ruby's, or of another language that does not write `at`.
pub(super) fn are_of_another(text: &str) -> bool {
    text.lines().next().is_some_and(is_frame_of_another)
}

/// Returns whether a line is the first frame of PHP's: `#0 /srv/pay.php(41): charge()`.
fn is_first_numbered(line: &str) -> bool {
    line.strip_prefix("#0 ").is_some_and(is_frames_line)
}

/// Returns whether a line may be a frame: `#0 main (package:a/main.dart:1:1)`.
pub(super) fn is_frames_line(line: &str) -> bool {
    line.contains(['(', ':']) && line.bytes().any(|byte| byte.is_ascii_digit())
}

/// Returns whether a line is a frame of a stack: `\tat com.acme.Foo.bar(Foo.java:7)`, `    at foo (a.js:1:2)`, Ruby's
/// `from a.rb:7:in 'bar'`.
#[must_use]
pub fn is_frame(line: &str) -> bool {
    let bare = line.trim_start();
    let is_rubys = || bare.starts_with("from ") && bare.contains(":in ");
    bare.len() < line.len() && (bare.starts_with("at ") || is_rubys())
}

/// Returns whether a text begins with a frame of Java's, Node.js's or Python's, indented or not.
pub(super) fn begins_with_frame(text: &str) -> bool {
    let bare = text.trim_start();
    bare.starts_with("at ") || bare.starts_with(PYTHON_FRAME.trim_start())
}

/// Returns whether a message of several lines has a stack of any language's.
pub(super) fn in_message(text: &str) -> bool {
    let is_begun = |line: &str| {
        is_frame_of_another(line)
            || line.trim_start().starts_with(PYTHONS_GROUP)
            || PHP.iter().any(|start| line.starts_with(start))
    };
    text.contains('\n') && (has_frames(text) || is_rusts_panic(text) || text.split(['\n', '\r']).any(is_begun))
}

/// Returns whether a text is what a program of Go's or Rust's writes as its last.
#[must_use]
pub fn is_last_words(text: &str) -> bool {
    GO.iter().any(|start| text.starts_with(start)) || is_rusts_panic(text)
}

fn is_rusts_panic(text: &str) -> bool {
    text.starts_with("thread '") && text.lines().next().is_some_and(|line| line.contains(" panicked at "))
}

/// Returns whether a line is a frame of Go's, Elixir's, Perl's or Ruby's.
#[must_use]
pub fn is_frame_of_another(line: &str) -> bool {
    is_gos_frame(line) || is_elixirs_frame(line) || is_perls_frame(line) || is_rubys_frame(line)
}

/// Reads `    (shop 0.1.0) lib/shop.ex:7: Shop.pay/1`.
fn is_elixirs_frame(line: &str) -> bool {
    let place = line.strip_prefix("    ").and_then(|line| line.split(": ").next());
    place.is_some_and(|place| ELIXIRS_FILES.iter().any(|end| place.contains(end)))
}

/// Reads `\tmain::pay(7) called at /app/pay.pl line 7`.
fn is_perls_frame(line: &str) -> bool {
    line.starts_with('\t') && line.split_once(" called at ").is_some_and(|(_, place)| place.contains(" line "))
}

/// Reads ``/app/pay.rb:3:in `charge'``, also after Rails' tags.
fn is_rubys_frame(line: &str) -> bool {
    let Some((_, place)) = line.split_once(RUBY_FILE) else { return false };
    let after = place.trim_start_matches(|next: char| next.is_ascii_digit());
    after.len() < place.len() && after.starts_with(":in ") && after.trim_end().ends_with('\'')
}

/// Returns whether a line is a frame of Go's: `\t/app/pay.go:7 +0x1d`.
#[must_use]
pub fn is_gos_frame(line: &str) -> bool {
    let file = line.strip_prefix('\t').and_then(|line| line.split_once(GO_FILE));
    file.is_some_and(|(file, number)| !file.contains(' ') && number.starts_with(|first: char| first.is_ascii_digit()))
}
