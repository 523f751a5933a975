//! AWS's signature, version 4, for requests whose path needs no encoding.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use crate::credentials::Credentials;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What is signed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signable<'a> {
    pub(super) method: &'a str,
    /// Encoded as it is sent.
    pub(super) path: &'a str,
    /// Names in lower case, with `host`, without `x-amz-date` and `x-amz-security-token`.
    pub(super) headers: &'a [(&'a str, &'a str)],
    pub(super) body_sha256: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
}

/// Returns the headers to add.
pub(super) fn sign(request: Signable<'_>, credentials: &Credentials, now: Timestamp) -> Vec<(&'static str, String)> {
    let time = now.to_zoned(TimeZone::UTC);
    let (date, time) = (time.strftime("%Y%m%d").to_string(), time.strftime("%Y%m%dT%H%M%SZ").to_string());
    let mut headers: Vec<(&str, &str)> = request.headers.to_vec();
    headers.push(("x-amz-date", &time));
    headers.extend(credentials.session_token.as_deref().map(|token| ("x-amz-security-token", token)));
    headers.sort_unstable();
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines: String =
        headers.iter().fold(String::new(), |lines, (name, value)| lines + name + ":" + &trimmed(value) + "\n");
    let canonical = format!("{}\n{}\n\n{lines}\n{names}\n{}", request.method, request.path, request.body_sha256);
    let scope = format!("{date}/{}/{}/aws4_request", request.region, request.service);
    let to_sign = format!("{ALGORITHM}\n{time}\n{scope}\n{}", sha256_hex(canonical.as_bytes()));
    let secret = format!("AWS4{}", credentials.secret_access_key);
    let key = [date.as_str(), request.region, request.service, "aws4_request", &to_sign]
        .iter()
        .fold(secret.into_bytes(), |key, part| hmac_sha256(&key, part.as_bytes()));
    let authorization = format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={names}, Signature={}",
        credentials.access_key_id,
        hex::encode(key)
    );
    let token = credentials.session_token.clone().map(|token| ("x-amz-security-token", token));
    [("x-amz-date", time), ("authorization", authorization)].into_iter().chain(token).collect()
}

/// Returns a body's hash.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn hmac_sha256(key: &[u8], data: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Vec::new() };
    mac.update(data);
    mac.finalize().into_bytes().to_vec()
}

/// Returns a header's value without blanks around it, and with one blank for several.
fn trimmed(value: &str) -> String {
    value.split(' ').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Signable, sha256_hex, sign};
    use crate::credentials::Credentials;

    /// AWS's published test vectors: <https://github.com/awslabs/aws-c-auth/tree/v0.9.0/tests/aws-signing-test-suite>.
    #[test]
    fn signatures_are_those_of_the_published_vectors() {
        fn check(method: &str, headers: &[(&str, &str)], body: &str, token: Option<&str>, signature: &str) {
            let credentials = Credentials {
                access_key_id: "AKIDEXAMPLE".to_owned(),
                secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
                session_token: token.map(str::to_owned),
                expires: None,
            };
            let body_sha256 = sha256_hex(body.as_bytes());
            let hash = [("x-amz-content-sha256", body_sha256.as_str())];
            let headers: Vec<_> = [("host", "example.amazonaws.com")]
                .iter()
                .chain(headers)
                .chain(hash.iter().filter(|_| !body.is_empty()))
                .copied()
                .collect();
            let (region, service) = ("us-east-1", "service");
            let request = Signable { method, path: "/", headers: &headers, body_sha256: &body_sha256, region, service };
            let signed = sign(request, &credentials, "2015-08-30T12:36:00Z".parse().unwrap());
            let authorization = &signed[1].1;
            assert!(
                authorization.ends_with(&format!(", Signature={signature}")),
                "{method} {headers:?}: {authorization}"
            );
            assert_eq!(signed[0], ("x-amz-date", "20150830T123600Z".to_owned()));
        }
        check("GET", &[], "", None, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
        check("POST", &[], "", None, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
        check(
            "POST",
            &[("my-header1", "value1")],
            "",
            None,
            "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
        );
        check(
            "GET",
            &[("my-header1", " value1"), ("my-header2", " \"a   b   c\"")],
            "",
            None,
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
        );
        check(
            "POST",
            &[("content-type", "application/x-www-form-urlencoded"), ("content-length", "13")],
            "Param1=value1",
            None,
            "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b",
        );
        check(
            "GET",
            &[],
            "",
            Some("6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"),
            "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
        );
    }
}
