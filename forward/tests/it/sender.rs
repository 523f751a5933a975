//! Senders that send again what was not answered, as Fluentd does.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Where senders find the forwarder: another address after each start.
pub(crate) type Target = Arc<Mutex<SocketAddr>>;

const PAUSE: Duration = Duration::from_millis(5);
const TIMEOUT: Duration = Duration::from_secs(10);
const RECORDS: usize = 10;

/// Sends so many chunks of ten records. Each is sent until it is answered. Returns the messages.
pub(crate) fn send_chunks(target: &Target, name: &str, chunks: usize) -> Vec<String> {
    let mut connection: Option<TcpStream> = None;
    let mut messages = Vec::new();
    for chunk in 0..chunks {
        let id = format!("{name}-{chunk}");
        let (packet, sent) = packet(&id);
        messages.extend(sent);
        loop {
            if connection.is_none() {
                connection = TcpStream::connect(*target.lock().unwrap()).ok();
            }
            let Some(stream) = &mut connection else {
                thread::sleep(PAUSE);
                continue;
            };
            stream.set_read_timeout(Some(TIMEOUT)).unwrap();
            if ask(stream, &packet, &id) {
                break;
            }
            connection = None;
            thread::sleep(PAUSE);
        }
    }
    messages
}

/// Sends a packet. Returns whether it was answered.
fn ask(stream: &mut TcpStream, packet: &[u8], id: &str) -> bool {
    let expect = [b"\x81\xa3ack\xd9", &[u8::try_from(id.len()).unwrap()][..], id.as_bytes()].concat();
    let mut answer = vec![0; expect.len()];
    stream.write_all(packet).is_ok() && stream.read_exact(&mut answer).is_ok() && answer == expect
}

/// Returns a packed message of ten records, and what they say.
fn packet(id: &str) -> (Vec<u8>, Vec<String>) {
    let (mut entries, mut messages) = (Vec::new(), Vec::new());
    for index in 0..RECORDS {
        let message = format!("{id}-{index}");
        entries.extend_from_slice(b"\x92\xd7\x00\x6b\x00\x00\x00\x00\x00\x00\x07\x82\xa7message\xd9");
        entries.push(u8::try_from(message.len()).unwrap());
        entries.extend_from_slice(message.as_bytes());
        entries.extend_from_slice(b"\xa3pad\xd9\xc8");
        entries.extend_from_slice(&[b'x'; 200]);
        messages.push(message);
    }
    let mut packet = b"\x93\xa4test\xc6".to_vec();
    packet.extend_from_slice(&u32::try_from(entries.len()).unwrap().to_be_bytes());
    packet.extend_from_slice(&entries);
    packet.extend_from_slice(b"\x81\xa5chunk\xd9");
    packet.push(u8::try_from(id.len()).unwrap());
    packet.extend_from_slice(id.as_bytes());
    (packet, messages)
}
