//! Removes payloads from the quarantine whose bytes have what is erased.

use std::pin::pin;

use futures_util::TryStreamExt as _;
use mongodb::bson::oid::ObjectId;

use super::Erasable;
use crate::{QuarantineFilter, Store, StoreError};

/// What the bytes of gzip, zlib and zstd begin with.
const COMPRESSED: [&[u8]; 5] = [&[0x1f, 0x8b], &[0x28, 0xb5, 0x2f, 0xfd], &[0x78, 0x01], &[0x78, 0x9c], &[0x78, 0xda]];
/// How many payloads are removed at once.
const AT_ONCE: usize = 500;

impl Store {
    /// Returns how many payloads have it, and how many are compressed. Removes the first, if it is for real.
    pub(super) async fn erase_quarantined(&self, what: &Erasable, is_for_real: bool) -> Result<(u64, u64), StoreError> {
        let needles = what.needles();
        let (mut found, mut compressed, mut ids): (u64, u64, Vec<ObjectId>) = (0, 0, Vec::new());
        let mut entries = pin!(self.quarantined(&QuarantineFilter::default()).await?);
        while let Some(entry) = entries.try_next().await? {
            let raw = entry.read().map(|view| view.raw.to_vec()).unwrap_or_default();
            if COMPRESSED.iter().any(|begin| raw.starts_with(begin)) {
                compressed += 1;
            }
            if has(&raw, &needles) {
                found += 1;
                ids.extend(entry.id());
            }
            if is_for_real && ids.len() >= AT_ONCE {
                self.remove_quarantined(&std::mem::take(&mut ids)).await?;
            }
        }
        if is_for_real {
            self.remove_quarantined(&ids).await?;
        }
        Ok((found, compressed))
    }
}

/// Whether bytes have one of the alternatives: all of its texts.
fn has(bytes: &[u8], needles: &[Vec<String>]) -> bool {
    let contains = |text: &String| bytes.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text.as_bytes()));
    needles.iter().any(|texts| texts.iter().all(contains))
}

impl Erasable {
    /// Returns the alternatives: the texts that the bytes of a payload have, all of one of these.
    fn needles(&self) -> Vec<Vec<String>> {
        match self {
            Self::Uid(uid) => {
                // The comparison ignores case.
                let mut spellings: Vec<String> =
                    uid.spellings().iter().map(|spelling| spelling.to_ascii_lowercase()).collect();
                spellings.sort_unstable();
                spellings.dedup();
                spellings.into_iter().map(|spelling| vec![spelling]).collect()
            }
            Self::Field { name, value, .. } => {
                let last = name.as_str().rsplit('.').next().unwrap_or_default();
                vec![vec![last.to_owned(), value.clone()]]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use record::LogUid;

    use super::{Erasable, has};
    use crate::FieldName;

    #[test]
    fn a_payload_has_it_if_its_bytes_have() {
        fn check(what: &Erasable, bytes: &str, expect: bool) {
            assert_eq!(has(bytes.as_bytes(), &what.needles()), expect, "{bytes}");
        }
        let uid = Erasable::Uid(LogUid::parse("6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f").unwrap());
        check(&uid, r#"{"uid": "6F1A4E0E6F0C4C589D0C0A1B2C3D4E5F", broken"#, true);
        check(&uid, r#"{"uid": "6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e50""#, false);
        let name = FieldName::parse("customer.email").unwrap();
        let field = Erasable::Field { name, value: "alice@example.com".to_owned(), literals: Vec::new() };
        check(&field, r#"{"customer": {"email": "alice@example.com""#, true);
        check(&field, r#"{"message": "alice@example.com""#, false);
        check(&field, "", false);
    }
}
