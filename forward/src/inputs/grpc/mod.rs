//! OpenTelemetry's logs over gRPC: HTTP/2 with one service. What is stored is answered; a full spool is
//! `RESOURCE_EXHAUSTED` with a time to wait, after which exporters send again.
//!
//! Source: <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>,
//! <https://opentelemetry.io/docs/specs/otlp/#otlpgrpc>.

mod message;
mod status;
#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use h2::RecvStream;
use h2::server::{self, SendResponse};
use http::header::{self, HeaderMap, HeaderValue};
use http::{Request, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use self::message::{MAX_MESSAGE_BYTES, Message};
use self::status::Status;
use super::Context;
use super::net::accept;
use crate::entry::{Encoding, Entry, Format, Identity};
use crate::identity::hash;
use crate::spool::StoreError;

const EXPORT: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
/// What is received before it is read: a message, so that a large one does not wait for its sender's answers.
const WINDOW_BYTES: u32 = 4 << 20;
/// How many requests a connection may have at once.
const MAX_STREAMS: u32 = 256;
/// How long a request's message may take.
const MESSAGE_LIMIT: Duration = Duration::from_mins(1);
/// An `ExportLogsServiceResponse` that says nothing of rejected records.
const ALL_ACCEPTED: [u8; 5] = [0; 5];

/// Takes connections until the forwarder ends.
pub async fn run(context: Context, listener: TcpListener) {
    let serve = |stream, peer| serve(context.clone(), stream, peer);
    accept(&context, listener, serve).await;
}

async fn serve(context: Context, stream: TcpStream, peer: String) {
    if let Err(error) = serve_streams(&context, stream, &peer).await
        && !error.is_io()
        && let Some(unsaid) = context.counts.complaints.due("closed")
    {
        tracing::warn!(input = %context.name, %peer, %error, unsaid, "a connection is closed");
    }
}

async fn serve_streams<S>(context: &Context, stream: S, peer: &str) -> Result<(), h2::Error>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut builder = server::Builder::new();
    builder
        .initial_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES)
        .max_concurrent_streams(MAX_STREAMS);
    let mut connection = builder.handshake::<_, Bytes>(stream).await?;
    let mut requests = JoinSet::new();
    let mut is_ending = false;
    loop {
        tokio::select! {
            accepted = connection.accept() => {
                let Some(accepted) = accepted else { break };
                let (request, respond) = accepted?;
                requests.spawn(answer(context.clone(), request, respond, peer.to_owned()));
            }
            Some(_) = requests.join_next() => {}
            () = context.ended(), if !is_ending => {
                is_ending = true;
                connection.graceful_shutdown();
            }
        }
    }
    Ok(())
}

/// Answers a request. Whoever does not hear the answer sends again, and is known by it.
async fn answer(context: Context, request: Request<RecvStream>, mut respond: SendResponse<Bytes>, peer: String) {
    let status = match timeout(MESSAGE_LIMIT, export(&context, request, peer)).await {
        Ok(Ok(())) => None,
        Ok(Err(status)) => Some(status),
        Err(_) => Some(Status::TOO_SLOW),
    };
    let mut response = Response::new(());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    if let Some(status) = status {
        status.write(response.headers_mut());
        let _ = respond.send_response(response, true);
        return;
    }
    if let Ok(mut stream) = respond.send_response(response, false) {
        let _ = stream.send_data(Bytes::from_static(&ALL_ACCEPTED), false);
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", HeaderValue::from_static("0"));
        let _ = stream.send_trailers(trailers);
    }
}

/// Stores what a request brings.
async fn export(context: &Context, request: Request<RecvStream>, peer: String) -> Result<(), Status> {
    if request.uri().path() != EXPORT {
        return Err(Status::NO_SUCH_METHOD);
    }
    let encoding = match request.headers().get("grpc-encoding").map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Encoding::Plain,
        Some(b"gzip") => Encoding::Gzip,
        Some(b"deflate") => Encoding::Deflate,
        Some(b"zstd") => Encoding::Zstd,
        Some(_) => return Err(Status::UNKNOWN_ENCODING),
    };
    let Message { is_compressed, bytes } = receive(request.into_body()).await?;
    let entry = Entry {
        encoding: if is_compressed { encoding } else { Encoding::Plain },
        identity: Identity::Seed(hash(&[b"otlp", &bytes])),
        peer,
        ..Entry::new(&context.name, Format::OtlpProtobuf, bytes.into())
    };
    context.spooler.store(entry).await.map_err(|error| match error {
        StoreError::Full => Status::FULL,
        StoreError::TooLarge => Status::LARGER_THAN_SPOOL,
        StoreError::Closed => Status::ENDING,
    })
}

/// Receives the one message of a request.
async fn receive(mut body: RecvStream) -> Result<Message, Status> {
    let mut received = BytesMut::new();
    while let Some(data) = body.data().await {
        let data = data.map_err(|_| Status::BROKEN)?;
        let _ = body.flow_control().release_capacity(data.len());
        received.extend_from_slice(&data);
        if received.len() > MAX_MESSAGE_BYTES + message::HEADER_BYTES {
            return Err(Status::TOO_LARGE);
        }
    }
    Message::read(&received.freeze())
}
