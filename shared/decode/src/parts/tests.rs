use record::Rules;

use super::{Part, part, parts};
use crate::batch::tests::batch;

fn deliveries(part: &Part) -> Vec<usize> {
    let records = part.decoded.days.values().flat_map(|records| &records.deliveries);
    records.chain(&part.decoded.quarantined.deliveries).copied().collect()
}

#[test]
fn a_large_batch_is_filed_in_parts_that_grow() {
    let large = format!(r#"{{"a": "{}"}}"#, "x".repeat(450 << 10));
    let batch = batch(&[&[large.as_str(); 7][..], &["{}", "no record"]].concat());
    let parts: Vec<_> = parts(&batch, &Rules::default(), || false).map(|part| deliveries(&part)).collect();
    assert_eq!(parts, [vec![0, 1], vec![2, 3], vec![4, 5, 6, 7, 8]]);
}

#[test]
fn a_part_is_not_larger_than_another_beside_it_may_be() {
    let large = format!(r#"{{"a": "{}"}}"#, "x".repeat(3 << 20));
    let batch = batch(&[large.as_str(); 4]);
    let medium = part(&batch, 0, usize::MAX, &Rules::default(), &mut || false).unwrap();
    assert_eq!((medium.end, medium.is_large()), (2, false));
    let largest = format!(r#"{{"a": "{}"}}"#, "x".repeat(9 << 20));
    let batch = self::batch(&[largest]);
    assert!(part(&batch, 0, 0, &Rules::default(), &mut || false).unwrap().is_large());
}

#[test]
fn no_payload_is_decoded_once_it_is_late() {
    /// Of payloads that each take more work than goes by between two looks at the clock, `looks` looks find that there
    /// is time left. Each part begins with a look.
    fn check(looks: usize, expect: &[&[usize]]) {
        let costly = format!(r#"{{"a": "{}"}}"#, "x".repeat(600 << 10));
        let batch = batch(&[costly.as_str(); 6]);
        let mut left = looks;
        let is_late = || {
            let is_late = left == 0;
            left = left.saturating_sub(1);
            is_late
        };
        let parts: Vec<_> =
            parts(&batch, &Rules::default(), is_late).map(|part| (deliveries(&part), part.end)).collect();
        let ends: Vec<_> = parts.iter().map(|(_, end)| *end).collect();
        let decoded: Vec<_> = parts.into_iter().map(|(deliveries, _)| deliveries).collect();
        assert_eq!(decoded, expect, "{looks} looks");
        assert_eq!(ends, expect.iter().map(|part| part.last().unwrap() + 1).collect::<Vec<_>>(), "{looks} looks");
    }
    check(0, &[]);
    check(1, &[&[0]]);
    check(2, &[&[0, 1]]);
    check(3, &[&[0, 1], &[2]]);
    check(usize::MAX, &[&[0, 1], &[2, 3], &[4, 5]]);
}
