//! Masks the secrets in a record's document.

use bson::RawDocument;

use super::super::WorkBudget;
use super::super::args::{self, ARGUMENTS};
use super::super::attribute::{Attribute, SENT};
use super::super::container::Container;
use super::super::elements::{Element, Elements};
use super::harmless::{is_harmless, is_harmless_for};
use super::known_secrets::KnownSecrets;
use super::mask::{is_mask, masks_in};
use super::names::Names;
use super::text::MASK_WORK;
use super::{KeptFields, MessageOrigin, Redactor};

/// Fields that are never masked. A record is found by its `_id` and `log_uid`, and recognised by its sender's
/// `record_id`.
const UNTOUCHED: [&[u8]; 4] = [b"_id", b"time", b"log_uid", b"record_id"];
/// The attributes whose text may repeat a secret of another field.
const FREE_TEXT: [&[u8]; 5] = [b"msg", b"message", b"exc_info", b"exc_text", b"stack_info"];
const ARGS: &[u8] = b"args";
const MESSAGE: &[u8] = b"message";
/// An object may hold one field: its name under one of these, its value under one of [`VALUE_FIELDS`], in any case.
const NAME_FIELDS: [&[u8]; 5] = [b"name", b"key", b"header", b"parameter", b"parameterkey"];
const VALUE_FIELDS: [&[u8]; 4] = [b"value", b"values", b"stringvalue", b"parametervalue"];

/// A document that is being masked.
pub(super) struct Masking<'r> {
    redactor: &'r Redactor,
    work: &'r WorkBudget,
    known: KnownSecrets,
    /// How many values were masked.
    count: u32,
}

/// Returns the masked elements of a record and the number of masks; `None` if there is nothing to mask.
pub(super) fn masked(
    redactor: &Redactor,
    work: &WorkBudget,
    elements: &[u8],
    origin: MessageOrigin,
) -> Option<(Vec<u8>, u32)> {
    let mut masking = Masking { redactor, work, known: KnownSecrets::default(), count: 0 };
    let mut out = Vec::with_capacity(elements.len());
    masking.record(elements, origin, &mut out);
    if masking.count == 0 {
        return None;
    }
    if !masking.known.is_empty() {
        let mut without_repeats = Vec::with_capacity(out.len());
        masking.mask_repeats(&out, &mut without_repeats);
        out = without_repeats;
    }
    Some((out, masking.count))
}

impl Masking<'_> {
    fn record(&mut self, elements: &[u8], origin: MessageOrigin, out: &mut Vec<u8>) {
        let mut all = Elements { rest: elements };
        let mut args_changed = false;
        let is_of_secret = is_named_secret(Elements { rest: elements }, &self.redactor.names);
        for element in all.by_ref() {
            let before = self.count;
            let name = base_name(element.name);
            let is_attribute = str::from_utf8(name).is_ok_and(|name| Attribute::named(name).is_some());
            if UNTOUCHED.contains(&name) {
                element.copy_to(out);
            } else if name == SENT.as_bytes() {
                element.write_container(out, |out| {
                    element.inner().into_iter().flatten().for_each(|inner| self.sender_field(&inner, out));
                });
            } else if name == MESSAGE && origin == MessageOrigin::Rendered && args_changed {
                self.render(&element, out);
            } else if is_of_secret && is_one_of(&VALUE_FIELDS, name) {
                self.secret(&element, out);
            } else if is_attribute {
                self.value(&element, name == MESSAGE, out);
            } else {
                self.sender_field(&element, out);
            }
            args_changed |= name == ARGS && self.count > before;
        }
        // Empty, or a type that logbraid does not write.
        out.extend_from_slice(all.rest);
    }

    /// Writes a sender's field. An allow-list applies to these.
    fn sender_field(&mut self, element: &Element<'_>, out: &mut Vec<u8>) {
        match &self.redactor.kept {
            KeptFields::Only(allowed) if !allowed.iter().any(|name| name.as_bytes() == base_name(element.name)) => {
                if is_empty(element) {
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

    /// Writes a value whose name marks it as a secret.
    fn secret(&mut self, element: &Element<'_>, out: &mut Vec<u8>) {
        let number = element.number();
        let value = number.as_ref().map(String::as_bytes).or(element.text());
        let is_harmless = |value: &[u8]| is_harmless(value) || is_harmless_for(base_name(element.name), value);
        if is_empty(element) || element.is_boolean() || value.is_some_and(is_harmless) || holds_masks(element) {
            element.copy_to(out);
        } else {
            self.remember(element);
            self.mask_whole(element, out);
        }
    }

    fn mask_whole(&mut self, element: &Element<'_>, out: &mut Vec<u8>) {
        let number = element.number();
        let secret = number.as_ref().map(String::as_bytes).or(element.text()).unwrap_or(element.value);
        element.write_text(out, self.redactor.mask.of(secret).as_bytes());
        self.work.spend(MASK_WORK);
        self.count += 1;
    }

    /// Remembers the texts and numbers of a secret, to mask their repeats.
    fn remember(&mut self, element: &Element<'_>) {
        if let Some(inner) = element.inner() {
            inner.for_each(|inner| self.remember(&inner));
        } else if let Some(number) = element.number() {
            self.known.add(number.as_bytes());
        } else if let Some(text) = element.text().filter(|text| !is_harmless(text)) {
            self.known.add(text);
        }
    }

    /// Writes a value whose name does not mark it as a secret.
    fn value(&mut self, element: &Element<'_>, is_message: bool, out: &mut Vec<u8>) {
        if let Some(inner) = element.inner() {
            let is_object_of_secret = !element.is_array()
                && element.inner().is_some_and(|inner| is_named_secret(inner, &self.redactor.names));
            let is_pair = is_pair(element, &self.redactor.names);
            let is_flat = element.is_array() && is_raw_headers(element.name);
            let (mut position, mut follows_name) = (0_usize, false);
            element.write_container(out, |out| {
                for inner in inner {
                    let is_value = is_flat && follows_name && position % 2 == 1;
                    follows_name = inner.text().is_some_and(|name| self.redactor.names.is_secret(name));
                    position += 1;
                    match inner.name {
                        _ if is_value => self.secret(&inner, out),
                        name if is_object_of_secret && is_one_of(&VALUE_FIELDS, name) => self.secret(&inner, out),
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
        let masked = self.redactor.masked(text, Names::is_id(name), self.work, |secret| {
            count += 1;
            if is_message { known.add_from_message(secret) } else { known.add(secret) }
        });
        self.add(count);
        masked
    }

    /// Renders the message again from the masked arguments, since they may be anywhere in it and in any form.
    fn render(&mut self, element: &Element<'_>, out: &mut Vec<u8>) {
        let find = |wanted: &[u8]| Elements { rest: out.as_slice() }.find(|element| element.name == wanted);
        let rendered = (|| {
            let args = find(ARGS)?;
            let container = if args.is_array() { Container::Array } else { Container::Document };
            let args = args::of(container, RawDocument::from_bytes(args.value).ok()?)?;
            args::render(str::from_utf8(find(b"msg")?.text()?).ok()?, &args)
        })();
        // The masked arguments may no longer fit the template. Then the template is the message.
        let message = rendered.map(String::into_bytes).or_else(|| find(b"msg")?.text().map(<[u8]>::to_vec));
        let message = message.unwrap_or_else(|| self.redactor.mask.of(element.value).as_bytes().to_vec());
        let masked = self.masked_text(element.name, &message, true).unwrap_or(message);
        self.add(masks_in(&masked).count());
        element.write_text(out, &masked);
    }

    /// Masks every secret found in any field wherever the free-text attributes repeat it.
    fn mask_repeats(&mut self, elements: &[u8], out: &mut Vec<u8>) {
        let mut all = Elements { rest: elements };
        for element in all.by_ref() {
            let name = base_name(element.name);
            if name == ARGS || name == ARGUMENTS {
                self.mask_repeats_in_args(&element, out);
            } else if FREE_TEXT.contains(&name) || name == SENT.as_bytes() {
                self.mask_repeats_in_text(&element, out);
            } else {
                element.copy_to(out);
            }
        }
        out.extend_from_slice(all.rest);
    }

    fn mask_repeats_in_args(&mut self, element: &Element<'_>, out: &mut Vec<u8>) {
        let number = element.number();
        let is_secret = match (number.as_ref().map(String::as_bytes), element.text()) {
            (Some(number), _) => {
                self.known.has_part(number, self.work) || !self.known.secrets_in(number, self.work).is_empty()
            }
            (None, Some(text)) => !is_mask(text) && self.known.has_part(text, self.work),
            (None, None) => false,
        };
        if is_secret {
            self.mask_whole(element, out);
        } else if let Some(inner) = element.inner() {
            element.write_container(out, |out| inner.for_each(|inner| self.mask_repeats_in_args(&inner, out)));
        } else {
            self.mask_repeats_in_text(element, out);
        }
    }

    fn mask_repeats_in_text(&mut self, element: &Element<'_>, out: &mut Vec<u8>) {
        if let Some(inner) = element.inner() {
            element.write_container(out, |out| inner.for_each(|inner| self.mask_repeats_in_text(&inner, out)));
            return;
        }
        let Some(text) = element.text().or(element.binary()) else { return element.copy_to(out) };
        let secrets = self.known.secrets_in(text, self.work);
        self.add(secrets.len());
        let masked = self.redactor.mask(text, &secrets);
        if element.binary().is_some() { element.write_binary(out, &masked) } else { element.write_text(out, &masked) }
    }

    fn add(&mut self, count: usize) {
        self.count = self.count.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
    }
}

/// Returns a name without the number of a duplicate: `msg` of `msg#2`.
fn base_name(name: &[u8]) -> &[u8] {
    match name.iter().rposition(|byte| *byte == b'#') {
        Some(end) if name[end + 1..].iter().all(u8::is_ascii_digit) => &name[..end],
        _ => name,
    }
}

/// Returns whether the value is null, empty or already masked.
fn is_empty(element: &Element<'_>) -> bool {
    let has_no_elements = |mut inner: Elements<'_>| inner.next().is_none();
    element.is_null()
        || element.inner().is_some_and(has_no_elements)
        || element.text().is_some_and(|text| text.is_empty() || is_mask(text) || text == b"None")
}

/// Returns whether the value is a list or an object of nothing but masks and other texts that are no secrets, as Caddy writes
/// headers: `["REDACTED"]`. Numbers may be the bytes of a secret.
fn holds_masks(element: &Element<'_>) -> bool {
    let is_mask = |inner: Element<'_>| is_empty(&inner) || inner.text().is_some_and(is_harmless) || holds_masks(&inner);
    element.inner().is_some_and(|mut inner| inner.all(is_mask))
}

/// Returns whether the fields of an object are like `{"name": "Authorization", "value": "…"}`, and the value is a secret.
fn is_named_secret(mut fields: Elements<'_>, names: &Names) -> bool {
    let is_secrets = |field: Element<'_>| field.text().is_some_and(|text| names.is_secret(text));
    fields.any(|field| is_one_of(&NAME_FIELDS, field.name) && is_secrets(field))
}

fn is_one_of(known: &[&[u8]], name: &[u8]) -> bool {
    known.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Returns whether a list of that name has names and values of headers in turn, as Node.js keeps them.
fn is_raw_headers(name: &[u8]) -> bool {
    const NAME: &[u8] = b"rawheaders";
    let letters = || name.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase);
    letters().eq(NAME.iter().copied())
}

/// Returns whether it is a pair like `["Authorization", "…"]`, as in lists of headers.
fn is_pair(element: &Element<'_>, names: &Names) -> bool {
    let Some(mut items) = element.inner().filter(|_| element.is_array()) else { return false };
    let (name, value, more) = (items.next(), items.next(), items.next());
    let is_secret = |name: Element<'_>| name.text().is_some_and(|name| names.is_secret(name));
    name.is_some_and(is_secret) && value.is_some() && more.is_none() && !base_name(element.name).eq(ARGS)
}
