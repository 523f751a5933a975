//! The words that a record has to have if it matches a condition. Pure.

use std::cmp::Reverse;

use mongodb::bson::{Document, doc};
use record::words::{WITHOUT_WORDS, decimal_hashes, float_hashes, text_hashes, words};

use super::bits::SizeClass;
use super::{BITS, CLASS};
use crate::filter::{Condition, FieldTest, Literal, Phrase};

/// How many words of a text are asked for: the longest, which are the rarest.
const MAX_WORDS: usize = 12;
/// How many parts of words are asked for: a text without spaces has two for each letter.
const MAX_PARTS: usize = 48;
/// A choice between more alternatives than these is not asked for.
const MAX_ALTERNATIVES: usize = 6;

/// The words that the records of a search have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wanted {
    /// For each of these choices, all words of one alternative.
    choices: Vec<Vec<Vec<u64>>>,
    /// Whether an index finds the records.
    is_indexed: bool,
}

impl Wanted {
    /// Returns what to ask the sketches. `None` where they cannot tell, so that all records have to be read. `None` also where an
    /// index finds the records sooner: those of a transaction, and errors without a text to look for.
    #[must_use]
    pub fn of(condition: &Condition) -> Option<Self> {
        let is_indexed = condition.is_direct();
        if condition.has_uid() || (is_indexed && !condition.has_phrase()) {
            return None;
        }
        let mut choices = Vec::new();
        add(condition, &mut choices);
        // An alternative without words says that any record may match.
        choices.retain(|choice| choice.len() <= MAX_ALTERNATIVES && choice.iter().all(|words| !words.is_empty()));
        (!choices.is_empty()).then_some(Self { choices, is_indexed })
    }

    /// Whether an index finds the records, so that it costs nothing to read what lies between the ranges of the sketches.
    #[must_use]
    pub fn is_indexed(&self) -> bool {
        self.is_indexed
    }

    /// Returns the condition on a sketch in MongoDB's language.
    pub(super) fn document(&self) -> Document {
        let of_size = |class: SizeClass| {
            let has_all = |words: &Vec<u64>| {
                let mut bits: Vec<i64> = words.iter().flat_map(|hash| class.bits_of(*hash)).map(i64::from).collect();
                bits.sort_unstable();
                bits.dedup();
                doc! { BITS: { "$bitsAllSet": bits } }
            };
            let choice = |choice: &Vec<Vec<u64>>| doc! { "$or": choice.iter().map(has_all).collect::<Vec<_>>() };
            let mut all = vec![doc! { CLASS: class.number() }];
            all.extend(self.choices.iter().map(choice));
            doc! { "$and": all }
        };
        doc! { "$or": SizeClass::all().map(of_size).collect::<Vec<_>>() }
    }
}

fn add(condition: &Condition, choices: &mut Vec<Vec<Vec<u64>>>) {
    match condition {
        Condition::All(parts) => parts.iter().for_each(|part| add(part, choices)),
        Condition::Service(names) | Condition::Host(names) | Condition::Logger(names) => {
            choices.push(names.iter().map(|name| rarest(words(name))).collect());
        }
        Condition::Phrase(phrase) if !phrase.words.is_empty() => choices.push(alternatives(phrase)),
        Condition::Field { name, test: FieldTest::OneOf(literals) } if has_words(name.as_str()) => {
            choices.push(literals.iter().map(of_literal).collect());
        }
        Condition::Tenant(tenant) if has_words(tenant.field()) => choices.push(vec![rarest(words(tenant.name()))]),
        Condition::Not(_)
        | Condition::Phrase(_)
        | Condition::Tenant(_)
        | Condition::Id(_)
        | Condition::AnyUid(_)
        | Condition::MinLevel(_)
        | Condition::Text(_)
        | Condition::Field { .. } => {}
    }
}

/// Whether the values of a field are words. A name with a dot may be the name of a field in another one.
fn has_words(name: &str) -> bool {
    let outer = name.split_once('.').map_or(name, |(outer, _)| outer);
    !WITHOUT_WORDS.contains(&outer)
}

fn alternatives(phrase: &Phrase) -> Vec<Vec<u64>> {
    let whole = phrase.words.len() - usize::from(phrase.continues);
    let text = rarest(phrase.words.iter().take(whole).map(String::as_str));
    let mut all = vec![text];
    for number in phrase.numbers.iter().map(of_literal) {
        if !all.contains(&number) {
            all.push(number);
        }
    }
    all
}

/// Returns the words of each value that equals a literal, whatever its type.
fn of_literal(literal: &Literal) -> Vec<u64> {
    match literal {
        Literal::Text(text) => rarest(words(text)),
        Literal::Integer(number) => text_hashes(&number.to_string()),
        Literal::Float(number) => float_hashes(*number),
        Literal::Decimal(number) => decimal_hashes(*number),
        Literal::Boolean(_) | Literal::Time(_) => Vec::new(),
    }
}

fn rarest<'a>(words: impl Iterator<Item = &'a str>) -> Vec<u64> {
    let mut words: Vec<&str> = words.collect();
    words.sort_by_key(|word| Reverse(word.len()));
    words.dedup();
    words.into_iter().take(MAX_WORDS).flat_map(text_hashes).take(MAX_PARTS).collect()
}

#[cfg(test)]
mod tests {
    use record::LogUid;
    use record::words::text_hashes;

    use super::Wanted;
    use crate::field_name::FieldName;
    use crate::filter::{Comparison, Condition, FieldTest, Literal, Phrase};
    use crate::scope::{Tenant, TenantField};

    fn field(name: &str, test: FieldTest) -> Condition {
        Condition::Field { name: FieldName::parse(name).unwrap(), test }
    }

    fn is(name: &str, literals: &[Literal]) -> Condition {
        field(name, FieldTest::OneOf(literals.to_vec()))
    }

    fn phrase(text: &str, numbers: &[Literal]) -> Condition {
        Condition::Phrase(Phrase::parse(text, numbers.to_vec()))
    }

    #[test]
    fn a_condition_wants_words() {
        fn check(condition: &Condition, expect: &[&[&str]]) {
            let sorted = |mut words: Vec<u64>| {
                words.sort_unstable();
                words
            };
            let expect: Vec<Vec<Vec<u64>>> =
                expect.iter().map(|choice| choice.iter().map(|words| sorted(text_hashes(words))).collect()).collect();
            let wanted = Wanted::of(condition).map_or_else(Vec::new, |wanted| wanted.choices);
            let wanted: Vec<Vec<Vec<u64>>> =
                wanted.into_iter().map(|choice| choice.into_iter().map(sorted).collect()).collect();
            assert_eq!(wanted, expect, "{condition:?}");
        }
        let text = |text: &str| Literal::Text(text.to_owned());
        check(&Condition::everything(), &[]);
        check(&phrase("VND 007000", &[]), &[&["vnd 007000"]]);
        check(&phrase("42", &[Literal::Integer(42)]), &[&["42"]]);
        check(&phrase("1e3", &[Literal::Float(1e3)]), &[&["1e3", "1000"]]);
        check(&phrase("vendor ord*", &[]), &[&["vendor"]]);
        check(&phrase("ord*", &[]), &[]);
        check(&phrase("注文ord*", &[]), &[&["注文"]]);
        check(&phrase("ord注文*", &[]), &[&["注文 ord"]]);
        check(&is("sku", &[text("WIDGET-1")]), &[&["widget 1"]]);
        check(&is("n", &[text("5.0"), Literal::Float(5.0)]), &[&["5 0", "5"]]);
        check(&is("ok", &[text("true"), Literal::Boolean(true)]), &[]);
        check(&is("a", &[text("?")]), &[]);
        check(&is("thread", &[text("5"), Literal::Integer(5)]), &[]);
        check(&is("source.shard", &[text("a")]), &[]);
        check(&is("sent.time", &[text("a")]), &[&["a"]]);
        check(&field("a", FieldTest::Exists), &[]);
        check(&field("a", FieldTest::Compare { comparison: Comparison::Less, with: vec![text("a")] }), &[]);
        let of_tenant = |field: &str, name: &str| {
            Condition::Tenant(Tenant::new(TenantField::parse(field).unwrap(), name.to_owned()))
        };
        check(&of_tenant("tenant", "ACME-1"), &[&["acme 1"]]);
        check(&of_tenant("source.stream", "acme"), &[]);
        check(&of_tenant("tenant", "?"), &[]);
        check(&Condition::Not(Box::new(phrase("a", &[]))), &[]);
        let services = |count: usize| Condition::Service(vec!["shop".to_owned(); count]);
        check(&services(2), &[&["shop", "shop"]]);
        check(&services(7), &[]);
        check(&phrase("a", &[]).and(Condition::Logger(vec!["b.c".to_owned()])), &[&["a"], &["b c"]]);
        // An index finds these.
        let errors = || Condition::MinLevel(40);
        let of_uid = Condition::uid(LogUid::parse("a").unwrap());
        check(&errors().and(services(1)), &[]);
        check(&errors().and(phrase("a", &[])), &[&["a"]]);
        check(&of_uid.and(phrase("a", &[])), &[]);
        let long = "a bb ccc dd e f g h i j k l mmmm".to_owned();
        check(&is("x", &[text(&long)]), &[&["a bb ccc dd e f g h i j k mmmm"]]);
    }
}
