//! Reads the answers of AWS services that speak XML: S3 and STS.

/// Returns the texts of the elements with a name in a simple XML document. Nothing that logbraid looks for has letters that XML
/// escapes.
pub(crate) fn elements<'a>(xml: &'a str, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let (_, from) = rest.split_once(&open)?;
        let (text, behind) = from.split_once(&close)?;
        rest = behind;
        Some(text)
    })
}
