//! The page in a real browser.

use local::mongod::free_port;
use tests::app::TestApp;
use tests::gateway;
use tests::http::PlainHttp;
use tests::page;
use tests::runtime_api::Function;

#[tokio::test(flavor = "multi_thread")]
async fn the_page_does_what_it_promises_in_a_browser() {
    let app = TestApp::start().await;
    // Another function, which names a provider that the browser's tests start.
    let port = free_port().expect("loopback has a free port");
    let sign_in = [
        ("LOGBRAID_API_AUTHORIZATION", "JWT".to_owned()),
        ("LOGBRAID_JWT_ISSUER", format!("http://127.0.0.1:{port}")),
        ("LOGBRAID_JWT_CLIENT_ID", "logbraid-page".to_owned()),
    ];
    let sign_in = sign_in.map(|(name, value)| (name.to_owned(), value));
    let with_jwt = PlainHttp::start(app.db.env().into_iter().chain(sign_in.clone())).await;
    // A third one, behind the gateway that hands a token's claims over.
    let tenants = [("LOGBRAID_TENANT_CLAIM", "tenant"), ("LOGBRAID_TENANT_ALL", "*")];
    let tenants = tenants.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let tenants = app.db.env().into_iter().chain(sign_in.clone()).chain(tenants);
    let with_tenants = gateway::serve(Function::new("query", tenants)).await;
    let variables = vec![
        ("PAGE_TENANTS_URL", with_tenants.into()),
        ("PAGE_JWT_URL", with_jwt.base().into()),
        ("PAGE_OIDC_PORT", port.to_string().into()),
    ];
    page::run_browser_tests(&app, variables).await;
}
