//! Aggregates of the Kinesis Producer Library (KPL): many user records in one Kinesis record.
//!
//! Format: <https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md>. A magic number, a
//! protobuf message, the MD5 of the message. If the MD5 is wrong, the payload is not an aggregate and is decoded like
//! any other. The position of a user record in its aggregate is its sub-sequence number, which is part of its identity.

#[cfg(test)]
mod tests;

use md5::{Digest, Md5};

use super::protobuf::{Malformed, Wire, fields};
use super::{Sink, decode};
use crate::rejection::{Reason, Rejection};

/// The format's name in the `source` of a quarantined payload.
const FORMAT: &str = "kpl";
const MAGIC: [u8; 4] = [0xF3, 0x89, 0x9A, 0xC2];
const MD5_BYTES: usize = 16;

/// The numbers of the needed fields. The other fields are keys by which the producer chose the shard.
mod field {
    /// `AggregatedRecord.records`
    pub(super) const RECORDS: u32 = 3;
    /// `Record.data`
    pub(super) const DATA: u32 = 3;
}

/// Returns the message of an aggregate; `None` if the payload is not one.
pub(super) fn recognise(payload: &[u8]) -> Option<&[u8]> {
    let (message, md5) = payload.strip_prefix(&MAGIC)?.split_last_chunk::<MD5_BYTES>()?;
    (Md5::digest(message).as_slice() == md5).then_some(message)
}

/// Decodes each user record as a payload of its own. Ignores an aggregate without user records.
pub(super) fn decode_message(payload: &[u8], message: &[u8], sink: &mut Sink<'_, '_>) {
    // The whole message is checked first: a broken aggregate is quarantined whole.
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

/// Returns the user records' data.
fn user_records(message: &[u8]) -> impl Iterator<Item = Result<&[u8], Malformed>> {
    fields(message).filter_map(|field| match field {
        Ok(field) => match (field.number, field.value) {
            (field::RECORDS, Wire::Bytes(record)) => Some(data(record)),
            (field::RECORDS, _) => Some(Err(Malformed("a user record is not a message"))),
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
            (field::DATA, _) => return Err(Malformed("the data of a user record is not bytes")),
            _ => {}
        }
    }
    data.ok_or(Malformed("a user record has no data"))
}
