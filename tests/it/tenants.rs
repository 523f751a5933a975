//! Tenants share a stack, and none sees a record of another: whatever it asks, it gets the answer that it would get alone.

mod attempts;
mod claims;
mod days;
mod fields;
mod keeping;
pub(crate) mod stage;
