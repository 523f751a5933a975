//! With a token's authorizer in front of the API, the page is public, and says how to sign in. Nothing else is public.

use std::collections::BTreeMap;

use serde_json::json;
use tests::http::{Get as _, PlainHttp};

const TEMPLATE: &str = include_str!("../../template.yaml");

#[tokio::test]
async fn the_page_learns_how_to_sign_in_without_mongodb() {
    let env = [
        // No server listens there.
        ("MONGODB_URI", "mongodb://127.0.0.1:1"),
        ("LOGBRAID_API_AUTHORIZATION", "JWT"),
        ("LOGBRAID_JWT_ISSUER", "https://login.example.com/tenant"),
        ("LOGBRAID_JWT_CLIENT_ID", "page"),
        ("LOGBRAID_JWT_AUDIENCE", ""),
    ];
    let plain = PlainHttp::start(env.map(|(name, value)| (name.to_owned(), value.to_owned()))).await;
    let answer = plain.get("/ui/config.json").await;
    assert_eq!((answer.status, answer.content_type.as_str()), (200, "application/json"));
    let auth = json!({"mode": "jwt", "issuer": "https://login.example.com/tenant", "client_id": "page", "audience": "page",
        "scope": "openid"});
    assert_eq!(answer.body["auth"], auth);
    assert!(answer.body["version"].is_string(), "{}", answer.body);
}

/// A resource of the template: its properties that are on one line, by name.
type Resource<'a> = BTreeMap<&'a str, &'a str>;

/// Returns the routes of the API.
fn routes() -> Vec<Resource<'static>> {
    let (_, resources) = TEMPLATE.split_once("\nResources:\n").expect("resources");
    let mut routes: Vec<Resource<'static>> = Vec::new();
    for line in resources.lines().take_while(|line| line.is_empty() || line.starts_with(' ')) {
        // The name of a resource is indented by two, what it consists of by more.
        if line.len() > 2 && !line.starts_with("   ") && !line.trim_start().starts_with('#') {
            routes.push(Resource::new());
        }
        if let (Some(resource), Some((name, value))) = (routes.last_mut(), line.trim().split_once(": ")) {
            resource.insert(name, value);
        }
    }
    routes.retain(|resource| resource.get("Type") == Some(&"AWS::ApiGatewayV2::Route"));
    routes
}

#[test]
fn only_the_page_is_public_and_only_where_people_sign_in() {
    let routes = routes();
    let (public, guarded): (Vec<_>, Vec<_>) = routes.iter().partition(|route| route["AuthorizationType"] == "NONE");
    let public: Vec<(&str, &str)> = public.iter().map(|route| (route["RouteKey"], route["Condition"])).collect();
    assert_eq!(
        public,
        [
            ("GET /", "HasJwt"),
            ("GET /ui", "HasJwt"),
            ("GET /ui/{proxy+}", "HasJwt"),
            ("GET /assets/{proxy+}", "HasJwt"),
            // It answers a browser's question, and has no data.
            ("OPTIONS /{proxy+}", "HasCors"),
        ]
    );
    let guarded: Vec<(&str, &str)> =
        guarded.iter().map(|route| (route["RouteKey"], route["AuthorizationType"])).collect();
    assert_eq!(guarded, [("$default", "!Ref ApiAuthorization")]);
    assert!(TEMPLATE.contains("\n  HasJwt: !Equals [!Ref ApiAuthorization, JWT]\n"));
}
