//! Parses `q`: words, or a regular expression between slashes.

use regex_syntax::ast::{
    self, AssertionKind, Ast, ClassSetBinaryOp, Flag, Flags, FlagsItemKind, GroupKind, Span, Visitor,
};

use store::{Condition, Literal, Phrase, TextPattern};

use super::super::BadParameter;

/// The longest text or regular expression, in characters.
const MAX_CHARS: usize = 200;
/// How deeply a regular expression may nest.
const MAX_DEPTH: u32 = 20;
pub(super) const A_TEXT: &str =
    "a text of 1 to 200 characters, or a regular expression between slashes, such as /timed? ?out/i";

/// Parses the value of the parameter `name`: `/regex/`, `/regex/i`, or words, which ignore case. A text without words is searched
/// as it is.
pub(super) fn parse(name: &str, value: &str) -> Result<Condition, BadParameter> {
    let refused = |problem: &str| Err(BadParameter::value(name, value, problem, A_TEXT));
    let length = value.chars().count();
    if length == 0 || length > MAX_CHARS {
        return refused(&format!("it has {length} characters"));
    }
    let Some((pattern, ignore_case)) = between_slashes(value) else {
        return Ok(Condition::Phrase(Phrase::parse(value, Literal::numbers(value.trim()))));
    };
    match check(pattern) {
        Ok(()) => Ok(Condition::Text(TextPattern { pattern: pattern.to_owned(), ignore_case })),
        Err((problem, at)) => {
            let position = pattern[..at].chars().count() + 1;
            refused(&format!("{problem}, at character {position} of the regular expression"))
        }
    }
}

/// Returns the regular expression between slashes, and whether it ignores case.
fn between_slashes(value: &str) -> Option<(&str, bool)> {
    let inner = value.strip_prefix('/')?;
    let as_written = inner.strip_suffix('/').map(|pattern| (pattern, false));
    as_written.or_else(|| Some((inner.strip_suffix("/i")?, true))).filter(|(pattern, _)| !pattern.is_empty())
}

/// Checks a regular expression. Returns the problem and its byte position. A pattern that passes means the same to
/// MongoDB.
fn check(pattern: &str) -> Result<(), (String, usize)> {
    if let Some(at) = pattern.find('\0') {
        return Err(("there is a NUL, which is written \\x00".to_owned(), at));
    }
    let parsed = ast::parse::ParserBuilder::new().nest_limit(MAX_DEPTH).build().parse(pattern);
    let parsed = parsed.map_err(|error| (error.kind().to_string(), error.span().start.offset))?;
    ast::visit(&parsed, OneMeaning)
}

/// Refuses syntax that means one thing to this parser and another to MongoDB.
struct OneMeaning;

impl Visitor for OneMeaning {
    type Output = ();
    type Err = (String, usize);

    fn finish(self) -> Result<(), Self::Err> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Self::Err> {
        match ast {
            Ast::Flags(set) => flags(&set.flags),
            Ast::Group(group) => match &group.kind {
                GroupKind::NonCapturing(own) => flags(own),
                GroupKind::CaptureIndex(_) | GroupKind::CaptureName { .. } => Ok(()),
            },
            Ast::Assertion(assertion) => match assertion.kind {
                AssertionKind::StartLine
                | AssertionKind::EndLine
                | AssertionKind::StartText
                | AssertionKind::EndText
                | AssertionKind::WordBoundary
                | AssertionKind::NotWordBoundary => Ok(()),
                _ => not_known("this kind of word boundary", assertion.span),
            },
            _ => Ok(()),
        }
    }

    fn visit_class_set_binary_op_pre(&mut self, operation: &ClassSetBinaryOp) -> Result<(), Self::Err> {
        not_known("arithmetic of character classes", operation.span)
    }
}

fn flags(flags: &Flags) -> Result<(), (String, usize)> {
    let foreign = |item: &&ast::FlagsItem| matches!(item.kind, FlagsItemKind::Flag(Flag::CRLF | Flag::Unicode));
    flags.items.iter().find(foreign).map_or(Ok(()), |item| not_known("this flag", item.span))
}

fn not_known(what: &str, span: Span) -> Result<(), (String, usize)> {
    Err((format!("{what} is not supported here"), span.start.offset))
}

#[cfg(test)]
mod tests {
    use store::{Literal, Phrase};

    use super::{Condition, TextPattern, parse};

    #[test]
    fn a_text_is_words() {
        fn check(value: &str, numbers: &[Literal]) {
            let phrase = Phrase::parse(value, numbers.to_vec());
            assert_eq!(parse("q", value), Ok(Condition::Phrase(phrase)), "{value}");
        }
        check("no route to host", &[]);
        check("/usr/bin", &[]);
        check("//i", &[]);
        check("time*", &[]);
        check("42", &[Literal::Integer(42)]);
        check(" -7 ", &[Literal::Integer(-7)]);
        check("1.5", &[Literal::Float(1.5), Literal::Decimal("1.5".parse().unwrap())]);
        check(&"x".repeat(200), &[]);
        for signs in ["\0", ".*(", "/", "//", "→ 🎉"] {
            check(signs, &[]);
        }
    }

    #[test]
    fn a_regular_expression_is_between_slashes() {
        fn check(value: &str, pattern: &str, ignore_case: bool) {
            let pattern = TextPattern { pattern: pattern.to_owned(), ignore_case };
            assert_eq!(parse("q", value), Ok(Condition::Text(pattern)), "{value}");
        }
        check("/a+/", "a+", false);
        check("/a+/i", "a+", true);
        check("/a/b/", "a/b", false);
        check(r"/(?i)^\d{3} \p{Greek}(?P<n>x)\b$/", r"(?i)^\d{3} \p{Greek}(?P<n>x)\b$", false);
    }

    #[test]
    fn what_is_no_regular_expression_is_refused_with_the_position() {
        fn check(value: &str, expect: &str) {
            let bad = parse("q", value).unwrap_err();
            assert_eq!(bad.detail, format!("q is `{value}`: {expect}."));
        }
        check("", "it has 0 characters");
        check("/ü(a/", "unclosed group, at character 2 of the regular expression");
        check("/a[/i", "unclosed character class, at character 2 of the regular expression");
        check("/*/", "repetition operator missing expression, at character 1 of the regular expression");
        check(
            "/a(?=b)/",
            "look-around, including look-ahead and look-behind, is not supported, at character 2 of the regular expression",
        );
        check(r"/(a)\1/", "backreferences are not supported, at character 4 of the regular expression");
        check("/(?R)/", "this flag is not supported here, at character 3 of the regular expression");
        check("/(?u:a)/", "this flag is not supported here, at character 3 of the regular expression");
        check(r"/\<a/", "this kind of word boundary is not supported here, at character 1 of the regular expression");
        check(
            "/[a-z&&b]/",
            "arithmetic of character classes is not supported here, at character 2 of the regular expression",
        );
        check("/\0/", "there is a NUL, which is written \\x00, at character 1 of the regular expression");
        let deep = format!("/{}{}/", "(".repeat(30), ")".repeat(30));
        check(
            &deep,
            "exceed the maximum number of nested parentheses/brackets (20), at character 21 of the regular expression",
        );
        let long = parse("q", &"x".repeat(201)).unwrap_err();
        assert!(long.detail.ends_with("it has 201 characters."), "{}", long.detail);
    }
}
