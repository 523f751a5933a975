//! The forwarder's memory on disk: segments of entries, each with its length and checksum.
