//! Programs and built-in steps that change records between the rules and the outputs.
