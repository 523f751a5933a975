//! The configuration: YAML becomes typed settings, and a mistake is shown with its line.
