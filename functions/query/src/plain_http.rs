//! Serves the router as plain HTTP, for development.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;

use axum::Router;
use futures_util::future::{Either, select};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Answers on `address` until SIGTERM or SIGINT; requests begun by then are answered. Logs the address it got as the
/// field `address` of the event `listening`.
pub(crate) async fn run(address: SocketAddr, app: Router) -> io::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let listener = TcpListener::bind(address).await?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    let stop = async move {
        let name = match select(pin!(terminate.recv()), pin!(interrupt.recv())).await {
            Either::Left(_) => "SIGTERM",
            Either::Right(_) => "SIGINT",
        };
        tracing::info!(signal = name, "stopping");
    };
    axum::serve(listener, app).with_graceful_shutdown(stop).await
}
