//! The bucket of the archive.

use crate::error::Error;
use crate::running::Running;

/// Creates a bucket as `logbraid doctor` wants it: closed, and with versions.
pub(super) fn create(running: &Running, bucket: &str) -> Result<(), Error> {
    let closed = "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true";
    for call in [
        &["create-bucket"][..],
        &["put-public-access-block", "--public-access-block-configuration", closed],
        &["put-bucket-versioning", "--versioning-configuration", "Status=Enabled"],
    ] {
        running.deployer().aws(&[&["s3api"], call, &["--bucket", bucket]].concat())?;
    }
    Ok(())
}
