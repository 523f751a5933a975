//! Where records go: a Kinesis stream, files, MongoDB, standard output.
