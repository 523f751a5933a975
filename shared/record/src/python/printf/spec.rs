//! One conversion of a template: the text from `%` to the letter that ends it.

/// Larger widths and precisions are refused, so that a short template cannot fill the memory.
pub(super) const MAX_FIELD_CHARS: u16 = 10_000;

pub(super) struct Spec<'t> {
    /// The name in `%(name)s`.
    pub(super) key: Option<&'t str>,
    flags: &'t str,
    pub(super) width: Count,
    pub(super) precision: Option<Count>,
    pub(super) conversion: char,
}

/// A width or a precision.
#[derive(Clone, Copy)]
pub(super) enum Count {
    Fixed(u16),
    /// `*`: the next argument gives it.
    Argument,
}

impl<'t> Spec<'t> {
    /// Reads the conversion at the beginning of `text`, after its `%`. Returns it and the text that follows.
    pub(super) fn parse(text: &'t str) -> Option<(Self, &'t str)> {
        let mut rest = text;
        let key = if rest.starts_with('(') { Some(take_key(&mut rest)?) } else { None };
        let flags = take_while(&mut rest, |byte| matches!(byte, b'-' | b'+' | b' ' | b'#' | b'0'));
        let width = take_count(&mut rest)?;
        let mut precision = None;
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            precision = Some(take_count(&mut rest)?);
        }
        // A length modifier as in C, which Python ignores.
        rest = rest.strip_prefix(['h', 'l', 'L']).unwrap_or(rest);
        let mut chars = rest.chars();
        let conversion = chars.next()?;
        Some((Self { key, flags, width, precision, conversion }, chars.as_str()))
    }

    pub(super) fn has(&self, flag: char) -> bool {
        self.flags.contains(flag)
    }
}

/// Takes a key in parentheses. Parentheses within it have to balance.
fn take_key<'t>(rest: &mut &'t str) -> Option<&'t str> {
    let mut open = 0_usize;
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            b'(' => open += 1,
            b')' => open -= 1,
            _ => {}
        }
        if open == 0 {
            let key = rest.get(1..at)?;
            *rest = rest.get(at + 1..)?;
            return Some(key);
        }
    }
    None
}

/// Takes a width or a precision. A missing one is zero.
fn take_count(rest: &mut &str) -> Option<Count> {
    if let Some(after) = rest.strip_prefix('*') {
        *rest = after;
        return Some(Count::Argument);
    }
    let digits = take_while(rest, u8::is_ascii_digit);
    let count = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    (count <= MAX_FIELD_CHARS).then_some(Count::Fixed(count))
}

fn take_while<'t>(rest: &mut &'t str, accept: fn(&u8) -> bool) -> &'t str {
    let len = rest.bytes().take_while(accept).count();
    let (taken, after) = rest.split_at_checked(len).unwrap_or(("", rest));
    *rest = after;
    taken
}
