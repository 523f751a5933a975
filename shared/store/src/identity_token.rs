//! Signs in to MongoDB by a token of who the process is, instead of a password (`MONGODB-OIDC`).

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mongodb::options::oidc::{Callback, IdpServerResponse};
use mongodb::options::{AuthMechanism, ClientOptions, Credential};
use record::Secret;

use crate::StoreError;

/// Why there is no token.
pub type NoToken = Box<dyn std::error::Error + Send + Sync>;

/// Where tokens come from. Blocks.
type Source = dyn Fn() -> Result<IdentityToken, NoToken> + Send + Sync;

/// A token of who the process is: a JWT.
#[derive(Debug)]
pub struct IdentityToken {
    /// The token.
    pub jwt: Secret,
    /// How long it is good for.
    pub lives: Duration,
}

/// Gets a token whenever MongoDB asks who the process is: at the first connection, and when a token has ended.
#[derive(Clone)]
pub struct Identity(Arc<Source>);

impl Identity {
    /// Takes what gets a token. It may block.
    pub fn new(source: impl Fn() -> Result<IdentityToken, NoToken> + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }

    /// Makes a client sign in by it. Refuses a connection string that names a user, or another way to sign in.
    pub(crate) fn sign_in(&self, options: &mut ClientOptions) -> Result<(), StoreError> {
        let names_another = |own: &Credential| {
            let is_other = own.mechanism.as_ref().is_some_and(|own| *own != AuthMechanism::MongoDbOidc);
            own.username.is_some() || own.password.is_some() || is_other
        };
        if options.credential.as_ref().is_some_and(names_another) {
            return Err(StoreError::TwoIdentities);
        }
        let mut credential = Credential::default();
        credential.mechanism = Some(AuthMechanism::MongoDbOidc);
        credential.oidc_callback = self.callback();
        options.credential = Some(credential);
        Ok(())
    }

    fn callback(&self) -> Callback {
        let source = Arc::clone(&self.0);
        Callback::machine(move |_| {
            let source = Arc::clone(&source);
            Box::pin(async move {
                let token = tokio::task::spawn_blocking(move || source()).await.map_err(io::Error::other)?;
                // The driver shows the text of this kind of error, and no cause.
                let IdentityToken { jwt, lives } = token.map_err(|why| io::Error::other(chain(why.as_ref())))?;
                let ends = Instant::now() + lives;
                Ok(IdpServerResponse::builder().access_token(jwt.reveal().to_owned()).expires(ends).build())
            })
        })
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Identity")
    }
}

/// Returns an error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mongodb::options::ClientOptions;
    use record::Secret;

    use super::{Identity, IdentityToken};

    #[tokio::test]
    async fn a_process_has_one_identity() {
        let identity =
            Identity::new(|| Ok(IdentityToken { jwt: Secret::new("jwt".to_owned()), lives: Duration::ZERO }));
        for (uri, expect) in [
            ("mongodb://h/", "fine"),
            ("mongodb://h/?authMechanism=MONGODB-OIDC&authSource=$external", "fine"),
            ("mongodb://alice@h/", "two"),
            (concat!("mongodb://alice:", "pw", "@h/"), "two"),
            ("mongodb://h/?authMechanism=MONGODB-X509", "two"),
        ] {
            let mut options = ClientOptions::parse(uri).await.unwrap();
            let found = if identity.sign_in(&mut options).is_ok() { "fine" } else { "two" };
            assert_eq!(found, expect, "{uri}");
            if found == "fine" {
                let mechanism = options.credential.and_then(|own| own.mechanism).unwrap();
                assert_eq!(mechanism.as_str(), "MONGODB-OIDC");
            }
        }
    }
}
