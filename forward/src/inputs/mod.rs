//! What listens: one file for each protocol. An input spools what it was sent, then answers.
