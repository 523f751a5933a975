//! Wire formats, pure: bytes become frames and records, and answers become bytes.
