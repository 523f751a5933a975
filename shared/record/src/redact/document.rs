//! A record's document without its secrets.

use bson::RawDocument;

use super::super::args;
use super::super::attribute::{Attribute, SENT};
use super::super::document::Container;
use super::elements::{Element, Elements};
use super::mask::{is_mask, masks_in};
use super::names::Names;
use super::spread::Known;
use super::value::is_harmless;
use super::{Kept, Message, Redactor};

/// The fields that are never looked into: by its id and by its uid a record is found, by its sender's id it is told from
/// others.
const UNTOUCHED: [&[u8]; 4] = [b"_id", b"time", b"log_uid", b"record_id"];
/// The attributes in whose text a secret of another field may be repeated.
const FREE_TEXT: [&[u8]; 5] = [b"msg", b"message", b"exc_info", b"exc_text", b"stack_info"];
const ARGS: &[u8] = b"args";
const MESSAGE: &[u8] = b"message";
/// Objects that hold one field each: its name and its value.
const NAME_FIELDS: [&[u8]; 2] = [b"name", b"key"];
const VALUE_FIELD: &[u8] = b"value";

/// A document being masked.
pub(super) struct Masking<'r> {
    redactor: &'r Redactor,
    known: Known,
    /// How many values were masked.
    count: u32,
}

/// The elements of a record without its secrets, and how many were masked; `None` where there are none.
pub(super) fn masked(redactor: &Redactor, elements: &[u8], message: Message) -> Option<(Vec<u8>, u32)> {
    let mut masking = Masking { redactor, known: Known::default(), count: 0 };
    let mut out = Vec::with_capacity(elements.len());
    masking.record(elements, message, &mut out);
    if masking.count == 0 {
        return None;
    }
    if !masking.known.is_empty() {
        let mut spread = Vec::with_capacity(out.len());
        masking.spread(&out, &mut spread);
        out = spread;
    }
    Some((out, masking.count))
}

impl Masking<'_> {
    fn record(&mut self, elements: &[u8], message: Message, out: &mut Vec<u8>) {
        let mut all = Elements { rest: elements };
        let mut args_changed = false;
        for element in all.by_ref() {
            let before = self.count;
            let name = first_name(element.name);
            let is_attribute = str::from_utf8(name).is_ok_and(|name| Attribute::named(name).is_some());
            if UNTOUCHED.contains(&name) {
                element.copy_to(out);
            } else if name == SENT.as_bytes() {
                element.write_container(out, |out| {
                    element.inner().into_iter().flatten().for_each(|inner| self.own(&inner, out));
                });
            } else if name == MESSAGE && message == Message::Rendered && args_changed {
                self.render(&element, out);
            } else if is_attribute {
                self.value(&element, name == MESSAGE, out);
            } else {
                self.own(&element, out);
            }
            args_changed |= name == ARGS && self.count > before;
        }
        // Nothing, or what logbraid does not write.
        out.extend_from_slice(all.rest);
    }

    /// A field of the sender's own.
    fn own(&mut self, element: &Element<'_>, out: &mut Vec<u8>) {
        match &self.redactor.kept {
            Kept::Only(allowed) if !allowed.iter().any(|name| name.as_bytes() == first_name(element.name)) => {
                if is_nothing(element) {
                    element.copy_to(out);
                } else {
                    self.mask_whole(element, out);
                }
            }
            _ => self.field(element, out),
        }
    }

    fn field(&mut self, element: &Element<'_>, out: &mut Vec<u8>) {
        if self.redactor.names.is_secret(element.name) {
            self.secret(element, out);
        } else {
            self.value(element, false, out);
        }
    }

    /// A value whose name says that it is a secret.
    fn secret(&mut self, element: &Element<'_>, out: &mut Vec<u8>) {
        if is_nothing(element) || element.is_boolean() || element.text().is_some_and(is_harmless) {
            element.copy_to(out);
        } else {
            self.learn(element);
            self.mask_whole(element, out);
        }
    }

    fn mask_whole(&mut self, element: &Element<'_>, out: &mut Vec<u8>) {
        let number = element.number();
        let secret = number.as_ref().map(String::as_bytes).or(element.text()).unwrap_or(element.value);
        element.write_text(out, self.redactor.mask.of(secret).as_bytes());
        self.count += 1;
    }

    /// Remembers the texts and numbers of a secret.
    fn learn(&mut self, element: &Element<'_>) {
        if let Some(inner) = element.inner() {
            inner.for_each(|inner| self.learn(&inner));
        } else if let Some(number) = element.number() {
            self.known.add(number.as_bytes());
        } else if let Some(text) = element.text().filter(|text| !is_harmless(text)) {
            self.known.add(text);
        }
    }

    /// A value whose name says nothing.
    fn value(&mut self, element: &Element<'_>, is_message: bool, out: &mut Vec<u8>) {
        if let Some(inner) = element.inner() {
            let named = named_by_its_fields(element, &self.redactor.names);
            let is_pair = is_pair(element, &self.redactor.names);
            element.write_container(out, |out| {
                for inner in inner {
                    match inner.name {
                        VALUE_FIELD if named => self.secret(&inner, out),
                        b"1" if is_pair => self.secret(&inner, out),
                        _ if element.is_array() => self.value(&inner, false, out),
                        _ => self.field(&inner, out),
                    }
                }
            });
        } else if let Some(text) = element.text() {
            let masked = self.masked_text(element.name, text, is_message);
            element.write_text(out, masked.as_deref().unwrap_or(text));
        } else if let Some(bytes) = element.binary() {
            let masked = self.masked_text(element.name, bytes, false);
            element.write_binary(out, masked.as_deref().unwrap_or(bytes));
        } else {
            element.copy_to(out);
        }
    }

    fn masked_text(&mut self, name: &[u8], text: &[u8], is_message: bool) -> Option<Vec<u8>> {
        let (known, mut count) = (&mut self.known, 0);
        let masked = self.redactor.masked(text, Names::is_id(name), |secret| {
            count += 1;
            if is_message { known.add_of_message(secret) } else { known.add(secret) }
        });
        self.add(count);
        masked
    }

    /// The message again, from what is left of its arguments: those masked may be anywhere in it, in any form.
    fn render(&mut self, element: &Element<'_>, out: &mut Vec<u8>) {
        let find = |wanted: &[u8]| Elements { rest: out.as_slice() }.find(|element| element.name == wanted);
        let rendered = (|| {
            let args = find(ARGS)?;
            let container = if args.is_array() { Container::Array } else { Container::Document };
            let args = args::of(container, RawDocument::from_bytes(args.value).ok()?)?;
            args::render(str::from_utf8(find(b"msg")?.text()?).ok()?, &args)
        })();
        // Arguments that do not fit the template any more: the template says what is known.
        let message = rendered.map(String::into_bytes).or_else(|| find(b"msg")?.text().map(<[u8]>::to_vec));
        let message = message.unwrap_or_else(|| self.redactor.mask.of(element.value).as_bytes().to_vec());
        let masked = self.masked_text(element.name, &message, true).unwrap_or(message);
        self.add(masks_in(&masked).count());
        element.write_text(out, &masked);
    }

    /// Masks, in the attributes that are free text, what was found to be a secret in any field.
    fn spread(&mut self, elements: &[u8], out: &mut Vec<u8>) {
        let mut all = Elements { rest: elements };
        for element in all.by_ref() {
            let name = first_name(element.name);
            if name == ARGS {
                self.spread_args(&element, out);
            } else if FREE_TEXT.contains(&name) || name == SENT.as_bytes() {
                self.spread_text(&element, out);
            } else {
                element.copy_to(out);
            }
        }
        out.extend_from_slice(all.rest);
    }

    fn spread_args(&mut self, element: &Element<'_>, out: &mut Vec<u8>) {
        let number = element.number();
        let is_secret = match (number.as_ref().map(String::as_bytes), element.text()) {
            (Some(number), _) => self.known.has_part(number) || !self.known.secrets_in(number).is_empty(),
            (None, Some(text)) => !is_mask(text) && self.known.has_part(text),
            (None, None) => false,
        };
        if is_secret {
            self.mask_whole(element, out);
        } else if let Some(inner) = element.inner() {
            element.write_container(out, |out| inner.for_each(|inner| self.spread_args(&inner, out)));
        } else {
            self.spread_text(element, out);
        }
    }

    fn spread_text(&mut self, element: &Element<'_>, out: &mut Vec<u8>) {
        if let Some(inner) = element.inner() {
            element.write_container(out, |out| inner.for_each(|inner| self.spread_text(&inner, out)));
            return;
        }
        let Some(text) = element.text().or(element.binary()) else { return element.copy_to(out) };
        let secrets = self.known.secrets_in(text);
        self.add(secrets.len());
        let masked = self.redactor.mask(text, &secrets);
        if element.binary().is_some() { element.write_binary(out, &masked) } else { element.write_text(out, &masked) }
    }

    fn add(&mut self, count: usize) {
        self.count = self.count.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
    }
}

/// A name that came twice has a number: `msg#2`.
fn first_name(name: &[u8]) -> &[u8] {
    match name.iter().rposition(|byte| *byte == b'#') {
        Some(end) if name[end + 1..].iter().all(u8::is_ascii_digit) => &name[..end],
        _ => name,
    }
}

/// Whether it is null or empty.
fn is_nothing(element: &Element<'_>) -> bool {
    let is_empty = |mut inner: Elements<'_>| inner.next().is_none();
    element.is_null()
        || element.inner().is_some_and(is_empty)
        || element.text().is_some_and(|text| text.is_empty() || is_mask(text) || text == b"None")
}

/// Whether it is an object like `{"name": "Authorization", "value": "…"}`.
fn named_by_its_fields(element: &Element<'_>, names: &Names) -> bool {
    let mut fields = element.inner().into_iter().flatten().filter(|field| NAME_FIELDS.contains(&field.name));
    !element.is_array() && fields.any(|field| field.text().is_some_and(|text| names.is_secret(text)))
}

/// Whether it is a pair like `["Authorization", "…"]`, as lists of headers have them.
fn is_pair(element: &Element<'_>, names: &Names) -> bool {
    let Some(mut items) = element.inner().filter(|_| element.is_array()) else { return false };
    let (name, value, more) = (items.next(), items.next(), items.next());
    let is_secret = |name: Element<'_>| name.text().is_some_and(|name| names.is_secret(name));
    name.is_some_and(is_secret) && value.is_some() && more.is_none() && !first_name(element.name).eq(ARGS)
}
