//! Reads AWS's answers in XML. Pure.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

/// The most elements that are read. An answer of AWS has some hundreds.
const MAX_ELEMENTS: usize = 100_000;

/// Returns the elements that hold no elements, in order: name and text.
pub(super) fn leaves(xml: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(xml);
    let (mut leaves, mut name, mut text) = (Vec::new(), None, String::new());
    for _ in 0..MAX_ELEMENTS {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                name = Some(start.local_name().into_inner().to_owned());
                text.clear();
            }
            Ok(Event::Empty(empty)) => {
                // What it is in holds an element.
                name = None;
                leaves.push((empty.local_name().into_inner().to_owned(), String::new()));
            }
            Ok(Event::Text(part)) => text.push_str(&part.xml10_content()),
            Ok(Event::CData(part)) => text.push_str(&part.xml10_content()),
            Ok(Event::GeneralRef(entity)) => match entity.resolve_char_ref() {
                Ok(Some(character)) => text.push(character),
                _ => text.push_str(resolve_predefined_entity(&entity.xml10_content()).unwrap_or_default()),
            },
            Ok(Event::End(_)) => {
                if let Some(name) = name.take() {
                    leaves.push((name, std::mem::take(&mut text)));
                }
            }
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    leaves
}

/// Returns the members of a list, each with its leaves: the elements within the elements of these two names, the list and its
/// members. A list within a member is part of it.
pub(super) fn members(xml: &str, list: &str, member: &str) -> Vec<Vec<(String, String)>> {
    let mut members = Vec::new();
    let (open, close) = (format!("<{list}>"), format!("</{list}>"));
    let Some((_, rest)) = xml.split_once(&open) else { return members };
    let inside = rest.rsplit_once(&close).map_or(rest, |(inside, _)| inside);
    let mut reader = Reader::from_str(inside);
    let (mut depth, mut start) = (0_usize, 0);
    for _ in 0..MAX_ELEMENTS {
        let before = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match reader.read_event() {
            Ok(Event::Start(element)) => {
                if depth == 0 && element.local_name().into_inner() == member {
                    start = before;
                }
                depth += 1;
            }
            Ok(Event::End(_)) => {
                depth = depth.saturating_sub(1);
                let end = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
                if depth == 0 {
                    members.push(inside.get(start..end).map(leaves).unwrap_or_default());
                }
            }
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    members
}

/// Returns the text of the first element with a name.
pub(super) fn first_text(xml: &str, name: &str) -> Option<String> {
    leaves(xml).into_iter().find(|(own, _)| own == name).map(|(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::{leaves, members};

    #[test]
    fn elements_without_elements_are_read() {
        fn check(xml: &str, expect: &str) {
            let read: Vec<String> = leaves(xml).into_iter().map(|(name, text)| format!("{name}={text}")).collect();
            assert_eq!(read.join(" "), expect, "{xml}");
        }
        check("<a><b>1</b><c/><b>2 &amp; &#x41;</b></a>", "b=1 c= b=2 & A");
        check("<?xml version=\"1.0\"?><x:a xmlns:x=\"u\"><x:b>1</x:b></x:a>", "b=1");
        check("<a><b></b></a>", "b=");
        check("<a><b/></a>", "b=");
        check("<a>x<b/>y</a>", "b=");
        check("<a><b>1", "");
        check("<html>&nope;</b>", "");
        check("", "");
    }

    #[test]
    fn a_list_has_its_members() {
        fn check(xml: &str, expect: &[&str]) {
            let shown = |own: Vec<(String, String)>| {
                own.into_iter().map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>().join(" ")
            };
            let found: Vec<String> = members(xml, "L", "m").into_iter().map(shown).collect();
            assert_eq!(found, expect, "{xml}");
        }
        check("<a><L><m><x>1</x></m><m><y>2</y><z><m><w>3</w></m></z></m></L><t>4</t></a>", &["x=1", "y=2 w=3"]);
        check("<a><L></L></a>", &[]);
        check("<a><L/></a>", &[]);
        check("<a><L><m><x>1</x>", &[]);
        check("<a>", &[]);
    }
}
