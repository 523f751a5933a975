//! Says what is wrong with a bucket. Pure.

use super::bucket::{BucketFacts, Encryption};
use crate::commands::doctor::finding::{REVERT, enumerated};

/// What is known of the bucket, and of what retention may do there.
pub(super) struct Bucket<'a> {
    pub(super) name: &'a str,
    /// The address of the folder of the stack.
    pub(super) place: String,
    /// `ArchiveKmsKeyArn`.
    pub(super) key: &'a str,
    /// Actions in S3 that retention needs, and whether its role may do them.
    pub(super) may: Vec<(&'static str, Option<bool>)>,
    pub(super) facts: &'a BucketFacts,
}

impl Bucket<'_> {
    /// Returns what is wrong: whether it is a problem, what is so, and what to do.
    pub(super) fn findings(&self, region: &str) -> Vec<(bool, String, String)> {
        let Self { name, place, key, may, facts } = self;
        let mut findings = Vec::new();
        if let Some(own) = facts.region.as_deref().filter(|own| *own != region) {
            let what = format!(
                "the bucket {name} is in {own}, and the stack is in {region}: no day is exported, so none is dropped"
            );
            findings.push((true, what, format!("deploy with an ArchiveBucket in {region}")));
            return findings;
        }
        let refused: Vec<_> = may.iter().filter(|(_, may)| *may == Some(false)).map(|(action, _)| *action).collect();
        if !refused.is_empty() {
            let actions = enumerated(&refused);
            let what = format!(
                "the role of retention may not do {actions} in {place}: no day is exported, so none is dropped"
            );
            findings.push((true, what, REVERT.to_owned()));
        }
        findings.extend(facts.openness.finding(name, "the archive"));
        if facts.keeps_versions == Some(false) {
            let what = format!("{name} keeps no versions: an export that somebody deletes or overwrites is lost");
            let todo =
                format!("aws s3api put-bucket-versioning --bucket {name} --versioning-configuration Status=Enabled");
            findings.push((false, what, todo));
        }
        if let Some(Encryption::Key(own)) = &facts.encryption
            && !is_same_key(own, key)
        {
            let given = if key.is_empty() { "not given".to_owned() } else { format!("`{key}`") };
            let what = format!(
                "{name} is encrypted with the key {own}, and ArchiveKmsKeyArn is {given}: retention may not use the key, unless its policy names the role"
            );
            findings.push((false, what, "deploy with that key as ArchiveKmsKeyArn".to_owned()));
        }
        findings
    }

    /// Says how it is where nothing is wrong.
    pub(super) fn as_it_is(&self) -> String {
        let Self { place, may, facts, .. } = self;
        let is = |fact: Option<bool>, what: &'static str| fact.filter(|is| *is).map(|_| what);
        let with = match &facts.encryption {
            Some(Encryption::OfAws) => Some("encrypted with a key of AWS"),
            Some(Encryption::Key(_)) => Some("encrypted with the key in ArchiveKmsKeyArn"),
            None => None,
        };
        let known = [
            may.iter().any(|(_, may)| *may == Some(true)).then_some("retention may write there"),
            is(facts.openness.blocks_public, "public access is blocked"),
            is(facts.keeps_versions, "versions are kept"),
            with,
        ];
        let known: Vec<&str> = known.into_iter().flatten().collect();
        let more = if known.is_empty() { "nothing else may be looked at".to_owned() } else { known.join(", ") };
        format!("{place} is there: {more}")
    }
}

/// Whether two names are of one key. A bucket names its key by its id, its ARN or an alias; an alias can be that of any key.
pub(in super::super) fn is_same_key(of_bucket: &str, arn: &str) -> bool {
    let id = of_bucket.rsplit('/').next().unwrap_or(of_bucket);
    !arn.is_empty() && (of_bucket.contains("alias/") || arn.rsplit('/').next() == Some(id))
}

#[cfg(test)]
mod tests {
    use super::{Bucket, BucketFacts, Encryption};
    use crate::commands::doctor::archive::bucket::Openness;

    const KEY: &str = "arn:aws:kms:eu-west-1:000000000000:key/0f1e";

    fn good() -> BucketFacts {
        BucketFacts {
            region: Some("eu-west-1".to_owned()),
            openness: Openness { blocks_public: Some(true), is_public: Some(false) },
            keeps_versions: Some(true),
            encryption: Some(Encryption::OfAws),
        }
    }

    /// What is said of a bucket, with a mark for a problem.
    fn said(facts: &BucketFacts, key: &str, may_write: Option<bool>) -> Vec<String> {
        let place = "s3://b/archive/logbraid/".to_owned();
        let may = vec![("s3:PutObject", may_write), ("s3:GetObject", may_write)];
        let bucket = Bucket { name: "b", place, key, may, facts };
        let said: Vec<String> = bucket
            .findings("eu-west-1")
            .into_iter()
            .map(|(is_broken, what, _)| format!("{}{what}", if is_broken { "! " } else { "" }))
            .collect();
        if said.is_empty() { vec![bucket.as_it_is()] } else { said }
    }

    #[test]
    fn a_bucket_is_judged_by_what_is_known_of_it() {
        fn check(facts: &BucketFacts, key: &str, may_write: Option<bool>, expect: &[&str]) {
            let said = said(facts, key, may_write);
            assert!(
                said.len() == expect.len() && said.iter().zip(expect).all(|(said, part)| said.contains(part)),
                "{said:?} {expect:?}"
            );
        }
        let whole =
            "retention may write there, public access is blocked, versions are kept, encrypted with a key of AWS";
        check(&good(), "", Some(true), &[whole]);
        check(&good(), "", None, &["is there: public access is blocked"]);
        check(&BucketFacts::default(), "", None, &["nothing else may be looked at"]);
        check(&good(), "", Some(false), &["! the role of retention may not do s3:PutObject and s3:GetObject in"]);
        let elsewhere = BucketFacts { region: Some("us-east-1".to_owned()), ..BucketFacts::default() };
        check(&elsewhere, "", None, &["! the bucket b is in us-east-1, and the stack is in eu-west-1"]);
        let with = |blocks_public, is_public| BucketFacts { openness: Openness { blocks_public, is_public }, ..good() };
        check(&with(Some(false), Some(true)), "", Some(true), &["! the policy of b lets everybody in"]);
        // The block is above the policy.
        check(&with(Some(true), Some(true)), "", Some(true), &[whole]);
        check(&with(None, Some(true)), "", None, &["! the policy"]);
        let unblocked = BucketFacts { keeps_versions: Some(false), ..with(Some(false), None) };
        check(&unblocked, "", None, &["b does not block public access", "b keeps no versions"]);
        let with = |key: &str| BucketFacts { encryption: Some(Encryption::Key(key.to_owned())), ..good() };
        check(&with(KEY), "", None, &["is encrypted with the key"]);
        check(&with(KEY), "arn:aws:kms:eu-west-1:000000000000:key/0f1f", None, &["and ArchiveKmsKeyArn is `arn"]);
        for own in [KEY, "0f1e", "arn:aws:kms:eu-west-1:000000000000:alias/logs"] {
            check(&with(own), KEY, Some(true), &["encrypted with the key in ArchiveKmsKeyArn"]);
        }
    }
}
