//! Serves the router as plain HTTP, for development.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;

use axum::Router;
use futures_util::future::{Either, select};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Serves on `address` until SIGTERM or SIGINT. Then it answers the open requests, and tells endless ones to end through
/// `stop`. Logs the event `listening` with the field `address`.
pub(crate) async fn run(address: SocketAddr, app: Router, stop: watch::Sender<bool>) -> io::Result<()> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let listener = TcpListener::bind(address).await?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    let stopped = async move {
        let name = match select(pin!(terminate.recv()), pin!(interrupt.recv())).await {
            Either::Left(_) => "SIGTERM",
            Either::Right(_) => "SIGINT",
        };
        tracing::info!(signal = name, "stopping");
        stop.send_replace(true);
    };
    axum::serve(listener, app).with_graceful_shutdown(stopped).await
}
