//! Aggregates of the Kinesis Producer Library: many user records in one Kinesis record.
//!
//! Format: <https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md>. A magic number, a
//! protobuf message, the MD5 of the message. Only with the right MD5 is it an aggregate; else it is a payload as any
//! other. The position of a user record in its aggregate is its sub-sequence number, part of its identity.

#[cfg(test)]
mod tests;

use md5::{Digest, Md5};

use super::protobuf::{Malformed, Wire, fields};
use super::{Sink, decode};
use crate::rejection::{Reason, Rejection};

/// The format's name in the `source` of what is set aside.
const FORMAT: &str = "kpl";
const MAGIC: [u8; 4] = [0xF3, 0x89, 0x9A, 0xC2];
const MD5_BYTES: usize = 16;

/// The numbers of the fields that matter here. The others are keys for the producer's choice of a shard: it is made.
mod field {
    /// `AggregatedRecord.records`
    pub(super) const RECORDS: u32 = 3;
    /// `Record.data`
    pub(super) const DATA: u32 = 3;
}

/// The message of the aggregate that a payload is.
pub(super) fn recognise(payload: &[u8]) -> Option<&[u8]> {
    let (message, md5) = payload.strip_prefix(&MAGIC)?.split_last_chunk::<MD5_BYTES>()?;
    (Md5::digest(message).as_slice() == md5).then_some(message)
}

/// Decodes each user record as a payload of its own. An aggregate without any is ignored: it holds nothing.
pub(super) fn decode_message(payload: &[u8], message: &[u8], sink: &mut Sink<'_, '_>) {
    // All of it before any of it: an aggregate that is broken is set aside whole.
    let count = sink.check_wrappings().and_then(|()| {
        let counted = user_records(message).try_fold(0_usize, |count, data| data.map(|_| count + 1));
        counted.map_err(|error| Rejection::new(Reason::BadKpl, error))
    });
    match count {
        Ok(0) => sink.ignore(),
        Ok(_) => {
            for (sub_sequence, data) in (0..).zip(user_records(message).flatten()) {
                if sink.is_over() {
                    break;
                }
                sink.user_record(sub_sequence, |sink| decode(data, sink));
            }
        }
        Err(rejection) => sink.push(FORMAT, payload, Err(rejection)),
    }
}

/// What the producer's user put.
fn user_records(message: &[u8]) -> impl Iterator<Item = Result<&[u8], Malformed>> {
    fields(message).filter_map(|field| match field {
        Ok(field) => match (field.number, field.value) {
            (field::RECORDS, Wire::Bytes(record)) => Some(data(record)),
            (field::RECORDS, _) => Some(Err(Malformed("a user record is no message"))),
            _ => None,
        },
        Err(error) => Some(Err(error)),
    })
}

fn data(record: &[u8]) -> Result<&[u8], Malformed> {
    let mut data = None;
    for field in fields(record) {
        let field = field?;
        match (field.number, field.value) {
            (field::DATA, Wire::Bytes(bytes)) => data = Some(bytes),
            (field::DATA, _) => return Err(Malformed("a user record's data are no bytes")),
            _ => {}
        }
    }
    data.ok_or(Malformed("a user record has no data"))
}
