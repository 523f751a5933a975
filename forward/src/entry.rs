//! What an input was sent in one unit that is answered once: an HTTP body, a Fluentd message, a datagram, a line.

/// How the bytes of an entry are read. The number is written to the spool: never change one.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub enum Format {
    /// One JSON object a line. What is not JSON becomes the message of a record.
    JsonLines = 1,
    /// A body of Elasticsearch's `_bulk`.
    Bulk = 2,
    /// A body of Loki's push API, in JSON.
    Loki = 3,
    /// `ExportLogsServiceRequest` as protobuf.
    OtlpProtobuf = 4,
    /// `ExportLogsServiceRequest` as JSON.
    OtlpJson = 5,
    /// One message of Fluentd's forward protocol.
    Forward = 6,
    /// One syslog message, RFC 5424 or RFC 3164, without its framing.
    Syslog = 7,
    /// One GELF message, whole and decompressed.
    Gelf = 8,
    /// A body of distlog's in JSON.
    DistlogJson = 9,
    /// A body of distlog's as pickle.
    DistlogPickle = 10,
    /// One line of text.
    Text = 11,
    /// A body of Loki's push API, in protobuf.
    LokiProtobuf = 12,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 12] = [
        Self::JsonLines,
        Self::Bulk,
        Self::Loki,
        Self::OtlpProtobuf,
        Self::OtlpJson,
        Self::Forward,
        Self::Syslog,
        Self::Gelf,
        Self::DistlogJson,
        Self::DistlogPickle,
        Self::Text,
        Self::LokiProtobuf,
    ];

    /// Returns the format with a number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|format| *format as u8 == number)
    }
}

/// How the bytes of an entry are compressed. The number is written to the spool: never change one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[repr(u8)]
pub enum Encoding {
    /// Not at all.
    #[default]
    Plain = 0,
    /// gzip.
    Gzip = 1,
    /// zlib, which HTTP calls deflate.
    Deflate = 2,
    /// zstd.
    Zstd = 3,
    /// A block of Snappy.
    Snappy = 4,
}

impl Encoding {
    /// Every encoding.
    pub const ALL: [Self; 5] = [Self::Plain, Self::Gzip, Self::Deflate, Self::Zstd, Self::Snappy];

    /// Returns the encoding with a number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|encoding| *encoding as u8 == number)
    }
}

/// What the `record_id` of an entry's records is made of. The same bytes sent again must give the same ids.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Identity {
    /// Its place in the spool, for protocols that never send again.
    #[default]
    StoredAt,
    /// This hash, and the record's number in the entry: what is sent again comes in the same unit.
    Seed(u128),
    /// The hash of this seed and the record's bytes: what is sent again may be cut into other units.
    Content(u128),
}

/// An entry on its way into the spool.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// The name of the input in the configuration.
    pub input: std::sync::Arc<str>,
    /// How the bytes are read.
    pub format: Format,
    /// How the bytes are compressed.
    pub encoding: Encoding,
    /// What the records' ids are made of.
    pub identity: Identity,
    /// The address of the sender, without its port.
    pub peer: String,
    /// A tag, where the protocol has one beside the bytes.
    pub tag: String,
    /// What else the format needs, such as the query string of a request.
    pub options: String,
    /// The bytes as they came.
    pub payload: Vec<u8>,
}

impl Entry {
    /// Returns an entry with nothing but bytes.
    #[must_use]
    pub fn new(input: &std::sync::Arc<str>, format: Format, payload: Vec<u8>) -> Self {
        Self {
            input: std::sync::Arc::clone(input),
            format,
            encoding: Encoding::Plain,
            identity: Identity::StoredAt,
            peer: String::new(),
            tag: String::new(),
            options: String::new(),
            payload,
        }
    }
}

/// An entry as it is in the spool.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stored<'a> {
    /// When it arrived, in microseconds since 1970.
    pub arrived_us: i64,
    /// The name of the input.
    pub input: &'a str,
    /// How the bytes are read.
    pub format: Format,
    /// How the bytes are compressed.
    pub encoding: Encoding,
    /// What the records' ids are made of.
    pub identity: Identity,
    /// The address of the sender.
    pub peer: &'a str,
    /// A tag, or nothing.
    pub tag: &'a str,
    /// What else the format needs.
    pub options: &'a str,
    /// The bytes as they came.
    pub payload: &'a [u8],
    /// Where it is in the spool: as unique as a random number, and the same after a restart.
    pub place: StoredAt,
}

/// A place in a spool.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct StoredAt {
    /// Random for each start of the forwarder.
    pub boot: u64,
    /// The number of the segment.
    pub segment: u64,
    /// The offset of the entry in the segment.
    pub offset: u64,
}
