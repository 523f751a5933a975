//! References in XML, for the layouts that are XML.

use std::borrow::Cow;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::BytesRef;

/// Returns what a reference stands for: `&lt;`, `&#10;`. `None` for an entity that XML does not define.
pub(super) fn resolved(reference: &BytesRef<'_>) -> Option<Cow<'static, str>> {
    match reference.resolve_char_ref().ok()? {
        Some(character) => Some(character.to_string().into()),
        None => resolve_predefined_entity(&reference.xml10_content()).map(Cow::Borrowed),
    }
}
