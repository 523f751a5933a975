//! Where the local AWS is, and what a client needs to find it.

/// The region that everything is deployed to.
pub(crate) const REGION: &str = "us-east-1";
/// The access key and its secret. The local AWS accepts any.
pub(crate) const CREDENTIAL: &str = "local";

/// Returns the address of the local AWS.
pub(crate) fn endpoint(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

/// Returns the address of an HTTP API in the local AWS.
pub(crate) fn api_url(port: u16, api_id: &str) -> String {
    format!("{}/_aws/execute-api/{api_id}", endpoint(port))
}

/// Returns the environment variables that lead every AWS client to the local AWS.
pub(crate) fn client_environment(port: u16) -> [(&'static str, String); 8] {
    const THIS_MACHINE: &str = "127.0.0.1,localhost";
    [
        ("AWS_ENDPOINT_URL", endpoint(port)),
        ("AWS_ACCESS_KEY_ID", CREDENTIAL.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", CREDENTIAL.to_owned()),
        ("AWS_DEFAULT_REGION", REGION.to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("AWS_PAGER", String::new()),
        ("NO_PROXY", THIS_MACHINE.to_owned()),
        ("no_proxy", THIS_MACHINE.to_owned()),
    ]
}
