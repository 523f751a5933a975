//! `logbraid open`: the page of the query API in a browser, through a proxy on loopback that signs the requests.

mod activity;
mod browser;
mod guard;
mod headers;
mod problem;
mod proxy;
mod secret;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;

use axum::serve::ListenerExt as _;
use serde::de::IgnoredAny;
use tokio::net::TcpListener;

use self::activity::Activity;
use self::guard::Guard;
use self::proxy::Proxy;
use crate::api::{Api, ApiError, Forwarder, Target};
use crate::args::OpenArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::interrupt;
use crate::stderr;
use crate::stdout;

/// The page's start.
const START: &str = "/ui/";
/// What the page on a transaction is at. The rest of the path is its uid.
const TRANSACTION: &str = "/ui/transactions";
/// The path that is asked before the browser opens.
const HEALTH: &str = "/healthz";

/// Serves the page until a signal, or until nothing was asked for as long as `--idle` says.
pub(crate) async fn run(args: &OpenArgs) -> Result<Exit, Error> {
    let api = args.api.client().await?;
    check(&api).await?;
    let forwarder = Forwarder::new(api)?;
    let (listener, port) = listen(args.port.unwrap_or_default()).await?;
    let guard = Guard::new(port).map_err(Error::Random)?;
    let address = guard.address(page(args.uid.as_deref()).as_str());
    let activity = Arc::new(Activity::new());
    let app = proxy::router(Proxy::new(guard, forwarder, Arc::clone(&activity)));
    // From here on a signal is no failure: this is how a person ends the command.
    let signal = pin!(interrupt::signal());
    if args.print {
        stdout::print_line(&address)?;
    } else {
        browser::open(address);
        stderr::print(format_args!("the browser shows the page through 127.0.0.1:{port}; Ctrl-C ends this"));
    }
    tokio::select! {
        served = axum::serve(listener, app) => served.map_err(|source| Error::Listen { port, source })?,
        () = signal => {}
        () = activity.idle_for(args.idle) => stderr::print("ended: there was no request for as long as --idle says"),
    }
    Ok(Exit::Done)
}

/// Asks the API once, so that what a person has to mend shows here and not in the browser. The page waits for a database
/// that is away.
async fn check(api: &Api) -> Result<(), Error> {
    match api.get_once::<IgnoredAny>(HEALTH).await {
        Err(error @ ApiError::Problem(_)) if error.is_outage() => stderr::print(error),
        answer => drop(answer?),
    }
    Ok(())
}

async fn listen(port: u16) -> Result<(impl axum::serve::Listener<Addr = SocketAddr>, u16), Error> {
    let failed = |source: io::Error| Error::Listen { port, source };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    // An event of a live tail is sent at once. Without this it may wait until the browser acknowledges the one before.
    let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
    Ok((listener, port))
}

fn page(uid: Option<&str>) -> Target {
    uid.map_or_else(|| Target::new(START), |uid| Target::new(TRANSACTION).segment(uid))
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn a_uid_is_one_segment_of_the_page_s_path() {
        fn check(uid: Option<&str>, expect: &str) {
            assert_eq!(page(uid).as_str(), expect);
        }
        check(None, "/ui/");
        check(Some("6f1a4e0e-6f0c"), "/ui/transactions/6f1a4e0e-6f0c");
        check(Some("job/42 über?#"), "/ui/transactions/job%2F42%20%C3%BCber%3F%23");
    }
}
