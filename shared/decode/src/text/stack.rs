//! Stacks and tracebacks in a text.

use record::{is_frame, is_frame_of_another, is_gos_frame, is_last_words};

/// What begins the line after which PHP writes its frames, and Laravel.
const PHP: [&str; 2] = ["\nStack trace:", "\n[stacktrace]"];
/// What begins the line after which other languages write their frames, below the exception: Julia, Lua, OCaml, Haskell, Dart.
const FRAMES_BELOW: [&str; 7] = [
    "\nStacktrace:\n",
    // tslog's.
    "\nerror stack:\n",
    "\nstack traceback:\n",
    "\nRaised at ",
    "\nCallStack (from ",
    "\nHasCallStack backtrace:",
    "\n#0 ",
];
/// What begins a frame of OCaml's.
const OCAML: [&str; 4] = ["Raised at ", "Re-raised at ", "Raised by primitive ", "Called from "];
/// The first line of an exception of Dart's, which is in the next one.
pub(super) const DARTS_FIRST_LINE: &str = "Unhandled exception:";
/// What begins the exception in the line before it.
const PHP_EXCEPTIONS: [&str; 2] = ["Uncaught ", "[object] ("];
/// What begins an exception in the context of a line of Monolog's, and what ends it.
const MONOLOG: &str = "\"exception\":\"";
const MONOLOGS_EXCEPTION: &str = "[object] (";
const MONOLOGS_END: &str = ")\"";
/// What begins a frame of stackprinter's, and the line in it at which the program was.
const STACKPRINTERS_FRAME: &str = "File \"";
const STACKPRINTERS_ARROW: &str = "--> ";
/// What ends the name of a file of Node.js's.
const NODE_FILES: [&str; 6] = [".js", ".mjs", ".cjs", ".ts", ".tsx", ".jsx"];
/// What the names of exceptions end with.
pub(super) const EXCEPTIONS: [&str; 2] = ["Error", "Exception"];
/// How many lines the message of an exception has, at most, before its stack.
pub(super) const MAX_MESSAGE_LINES: usize = 16;
/// How many lines after the first Node.js may mark.
const MAX_MARKED_LINES: usize = 3;
/// The last line of Node.js.
pub(super) const NODE_END: &str = "Node.js v";

/// What begins the first line of Python's.
pub(super) const TRACEBACK: &str = "Traceback (most recent call last)";
/// What begins a stack of Python's that no exception has: `stack_info=True`.
pub(super) const NO_EXCEPTION: &str = "Stack (most recent call last)";

/// What stands before it in the traceback of a group of exceptions.
const PYTHONS_GROUP: &str = "+ Exception Group ";

/// Returns whether a text is what Node.js writes about an error that nothing caught: the line of the source, with marks
/// below it, and then the error.
pub(super) fn is_nodes_last_words(text: &str) -> bool {
    let mut lines = text.lines();
    let is_place = |line: &str| {
        let Some((file, number)) = line.rsplit_once(':') else { return false };
        let is_file = file.starts_with("node:") || NODE_FILES.iter().any(|end| file.ends_with(end));
        is_file && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_marks = |line: &str| line.contains('^') && line.trim().bytes().all(|byte| byte == b'^');
    lines.next().is_some_and(is_place) && lines.take(MAX_MARKED_LINES).any(is_marks)
}

/// Returns the stack of a text, with the exception before it.
pub(crate) fn of(text: &str) -> Option<&str> {
    if is_last_words(text) {
        return Some(text);
    }
    if let Some(at) = text.find(TRACEBACK) {
        // Lambda writes the exception before its traceback, and not after it.
        let before = text[..at].trim_end_matches(['\n', '\r']);
        let is_lambdas = before.starts_with("[ERROR]") && !before.contains('\n');
        let group = before.strip_suffix(PYTHONS_GROUP).map(|before| before.trim_end_matches(' ').len());
        return text.get(if is_lambdas { 0 } else { group.unwrap_or(at) }..);
    }
    let has_lines = memchr::memchr(b'\n', text.as_bytes()).is_some();
    let first_of = |marks: &[&str]| if has_lines { marks.iter().find_map(|mark| text.find(mark)) } else { None };
    if let Some(at) = first_of(&PHP) {
        let before = text.get(..at)?;
        let exception = PHP_EXCEPTIONS.iter().find_map(|begin| before.rfind(begin));
        return text.get(exception.or_else(|| before.rfind('\n').map(|at| at + 1)).unwrap_or(0)..);
    }
    if let Some(at) = first_of(&FRAMES_BELOW) {
        return text.get(text.get(..at)?.rfind('\n').map_or(0, |at| at + 1)..);
    }
    if let Some(at) = stackprinters(text).filter(|_| has_lines) {
        return text.get(at..);
    }
    if let Some(exception) = monologs(text) {
        return Some(exception);
    }
    // `\tat com.acme.Foo.bar(Foo.java:7)`, `    at foo (a.js:1:2)`, `   at Foo.Bar()`.
    // Go's frames are a function, and then its file: `\t/app/main.go:7`.
    let frame = lines(text).find(|(_, line)| is_frame(line) || is_frame_of_another(line)).map(|(at, _)| at)?;
    let mut before = text.get(..frame)?.trim_end_matches(['\n', '\r']);
    let last_line = |before: &str| before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    // Rails writes its tags in an empty line, too.
    if before.get(last_line(before)..).is_some_and(are_tags) {
        before = before.get(..last_line(before))?.trim_end_matches(['\n', '\r']);
    }
    let start = last_line(before);
    if text.get(frame..)?.lines().next().is_some_and(is_frame)
        && let Some(exception) = exceptions_line(before)
    {
        return text.get(exception..);
    }
    text.get(start + rubys_header_bytes(before.get(start..)?)..)
}

/// Finds the line that names the exception above the first frame. Its message may have several lines, and .NET writes inner
/// exceptions between it and the frames. `None` if no line near the frame names one.
fn exceptions_line(before: &str) -> Option<usize> {
    let (mut end, mut named) = (before.len(), None);
    for _ in 0..MAX_MESSAGE_LINES {
        let start = before.get(..end)?.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let line = before.get(start..end)?.trim();
        if begins_with_exception(line) {
            return Some(start);
        }
        // After a header, or words like `Unhandled exception.`.
        if line.split(' ').any(|word| word.strip_suffix(':').is_some_and(is_exceptions_name)) && !is_inner(line) {
            named = Some(start);
        }
        let Some(above) = start.checked_sub(1) else { break };
        end = above;
    }
    named
}

/// Returns whether a line begins with an exception: `a.b.CException: message`, `TypeError [ERR_X]: message`.
fn begins_with_exception(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    is_exceptions_name(without_code(name))
}

/// Returns the name of an exception without its code after it, as Node.js and .NET write it: `TypeError [ERR_X]`,
/// `SqlException (0x80131904)`.
pub(super) fn without_code(name: &str) -> &str {
    let is_code = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let between = |(open, close): (&str, char)| name.strip_suffix(close)?.split_once(open);
    let split = [(" [", ']'), (" (", ')')].into_iter().find_map(between);
    split.filter(|(name, code)| is_exceptions_name(name) && code.bytes().all(is_code)).map_or(name, |(name, _)| name)
}

/// Returns whether a line has an exception of .NET's that another one was thrown for.
fn is_inner(line: &str) -> bool {
    line.starts_with("---> ")
}

fn is_exceptions_name(name: &str) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$' | b'\\');
    name.bytes().all(is_name) && name.split(['.', '$']).any(|part| EXCEPTIONS.iter().any(|end| part.ends_with(end)))
}

/// Finds the first frame of stackprinter's: `File "a.py", line 7, in pay`, with an arrow before the line of the code.
fn stackprinters(text: &str) -> Option<usize> {
    let begins = |line: &str| {
        let place = line.strip_prefix(STACKPRINTERS_FRAME).and_then(|line| line.split_once("\", line "));
        place.is_some_and(|(_, number)| number.starts_with(|first: char| first.is_ascii_digit()))
    };
    let at = lines(text).find(|(_, line)| begins(line)).map(|(at, _)| at)?;
    lines(text.get(at..)?).any(|(_, line)| line.starts_with(STACKPRINTERS_ARROW)).then_some(at)
}

/// Reads `{"exception":"[object] (RuntimeException(code: 0): bad card at /app/Pay.php:42)"}` in a line of Monolog's.
fn monologs(text: &str) -> Option<&str> {
    let at = text.find(MONOLOG)? + MONOLOG.len();
    let exception = text.get(at..).filter(|exception| exception.starts_with(MONOLOGS_EXCEPTION))?;
    exception.get(..=exception.find(MONOLOGS_END)?)
}

/// Returns whether a line has nothing but Rails' tags.
fn are_tags(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('[') && line.ends_with(']') && !line.contains(' ')
}

/// Returns how long the header of Ruby's logger is, before an exception: `E, [2026-11-24T21:08:12 #7] ERROR -- shop: `.
fn rubys_header_bytes(line: &str) -> usize {
    if line.as_bytes().get(1..4) != Some(b", [") {
        return 0;
    }
    let end = line.find(" -- ").and_then(|at| line.get(at..)?.find(": ").map(|length| at + length + ": ".len()));
    end.unwrap_or(0)
}

/// Returns whether a line is a frame of OCaml's: `Called from Shop.pay in file "shop.ml", line 7, characters 2-10`.
pub(super) fn is_ocamls_frame(line: &str) -> bool {
    let is_begun = OCAML.iter().any(|start| line.starts_with(start));
    is_begun && line.contains(" in file ")
}

/// Returns whether a line is a frame of PHP's or Dart's: `#0 /app/a.php(7): pay()`.
pub(super) fn is_phps_frame(line: &str) -> bool {
    let number = line.strip_prefix('#').and_then(|rest| rest.split_once(' ')).map_or("", |(number, _)| number);
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns a stack of Go's below the error that it belongs to, which zap writes in its object. `None` for any other stack.
pub(super) fn with_gos_error(stack: &str, error: &str) -> Option<String> {
    let is_frames = stack.lines().nth(1).is_some_and(is_gos_frame);
    (is_frames && !error.contains('\n') && !stack.contains(error)).then(|| format!("{error}\n{stack}"))
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive(['\n', '\r']).map(move |line| {
        let start = at;
        at += line.len();
        (start, line)
    })
}
