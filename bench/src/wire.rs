//! MongoDB's wire protocol by hand: the least work that stores documents.
//!
//! <https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/#op_msg>

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};

use mongodb::bson::{Document, RawDocument, RawDocumentBuf, rawdoc};

use crate::error::Error;

const OP_MSG: i32 = 2_013;
const HEADER_BYTES: usize = 16;
const FLAGS: [u8; 4] = [0; 4];
/// The kind of a section with the command.
const BODY: u8 = 0;
/// The kind of a section with a sequence of documents.
const SEQUENCE: u8 = 1;
const SEQUENCE_NAME: &[u8] = b"documents\0";
const LENGTH_BYTES: usize = 4;

/// A connection to the server.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    request: i32,
}

impl Connection {
    /// Connects to the server on this port.
    pub fn open(port: u16) -> Result<Self, Error> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(Error::Wire)?;
        stream.set_nodelay(true).map_err(Error::Wire)?;
        Ok(Self { stream, request: 0 })
    }

    /// Inserts concatenated documents as the function does: in order, acknowledged by a majority.
    pub fn insert(&mut self, database: &str, collection: &str, documents: &[u8], count: usize) -> Result<(), Error> {
        let command = rawdoc! {
            "insert": collection,
            "ordered": true,
            "writeConcern": { "w": "majority" },
            "$db": database,
        };
        self.request += 1;
        let head = head(self.request, &command, documents.len()).map_err(Error::Wire)?;
        self.stream.write_all(&head).and_then(|()| self.stream.write_all(documents)).map_err(Error::Wire)?;
        let reply = self.reply().map_err(Error::Wire)?;
        let is_error = ["writeErrors", "writeConcernError"].iter().any(|name| reply.contains_key(name));
        match reply.get_i32("n") {
            Ok(n) if !is_error && usize::try_from(n) == Ok(count) => Ok(()),
            _ => Err(Error::Refused { reply: reply.to_string() }),
        }
    }

    fn reply(&mut self) -> io::Result<Document> {
        let mut length = [0; LENGTH_BYTES];
        self.stream.read_exact(&mut length)?;
        let rest = usize::try_from(i32::from_le_bytes(length)).ok().and_then(|all| all.checked_sub(LENGTH_BYTES));
        let mut message = vec![0; rest.ok_or(io::ErrorKind::InvalidData)?];
        self.stream.read_exact(&mut message)?;
        let body = message.get(HEADER_BYTES - LENGTH_BYTES + FLAGS.len() + size_of_val(&BODY)..);
        let document = RawDocument::from_bytes(body.unwrap_or_default()).and_then(Document::try_from);
        document.map_err(io::Error::other)
    }
}

/// Builds a message up to the documents.
fn head(request: i32, command: &RawDocumentBuf, documents_bytes: usize) -> io::Result<Vec<u8>> {
    let sequence = LENGTH_BYTES + SEQUENCE_NAME.len() + documents_bytes;
    let message = HEADER_BYTES + FLAGS.len() + 1 + command.as_bytes().len() + 1 + sequence;
    let length = |bytes: usize| i32::try_from(bytes).map(i32::to_le_bytes).map_err(io::Error::other);
    let response_to = 0_i32;
    let header = [length(message)?, request.to_le_bytes(), response_to.to_le_bytes(), OP_MSG.to_le_bytes()];
    let body = [&FLAGS, [BODY].as_slice(), command.as_bytes()];
    let sequence = [[SEQUENCE].as_slice(), &length(sequence)?, SEQUENCE_NAME];
    Ok([header.concat(), body.concat(), sequence.concat()].concat())
}

/// Splits concatenated documents after the first `count`.
#[must_use]
pub fn split(documents: &[u8], count: usize) -> Option<(&[u8], &[u8])> {
    let mut end = 0;
    for _ in 0..count {
        let length = documents.get(end..)?.first_chunk::<LENGTH_BYTES>()?;
        end += usize::try_from(i32::from_le_bytes(*length)).ok()?;
    }
    documents.split_at_checked(end)
}

#[cfg(test)]
mod tests {
    use ::tests::mongo::OwnServer;
    use mongodb::bson::{Document, doc, rawdoc};
    use mongodb::{Client, Collection};

    use super::{Connection, split};

    fn documents() -> Vec<u8> {
        [rawdoc! { "_id": 1, "a": "x" }, rawdoc! { "_id": 2 }].map(mongodb::bson::RawDocumentBuf::into_bytes).concat()
    }

    #[test]
    fn documents_are_split_after_so_many() {
        let all = documents();
        let first = rawdoc! { "_id": 1, "a": "x" }.into_bytes();
        assert_eq!(split(&all, 1), Some((first.as_slice(), &all[first.len()..])));
        assert_eq!(split(&all, 2), Some((all.as_slice(), [].as_slice())));
        assert_eq!(split(&all, 3), None);
    }

    #[tokio::test]
    async fn a_real_server_stores_them_and_refuses_them_again() {
        let server = OwnServer::start_standalone();
        let mut connection = Connection::open(server.port()).unwrap();
        connection.insert("bench", "records", &documents(), 2).unwrap();
        let again = connection.insert("bench", "records", &documents(), 2).unwrap_err();
        assert!(again.to_string().contains("E11000"), "{again}");
        let client = Client::with_uri_str(server.uri()).await.unwrap();
        let stored: Collection<Document> = client.database("bench").collection("records");
        assert_eq!(stored.count_documents(doc! {}).await.unwrap(), 2);
        assert_eq!(stored.find_one(doc! { "_id": 1 }).await.unwrap(), Some(doc! { "_id": 1, "a": "x" }));
    }
}
