//! One file for each path: reads the request, asks the store, renders the answer.

pub(crate) mod around;
pub(crate) mod days;
pub(crate) mod health;
pub(crate) mod histogram;
pub(crate) mod logs;
pub(crate) mod openapi;
pub(crate) mod outline;
pub(crate) mod page;
pub(crate) mod page_config;
pub(crate) mod pin;
pub(crate) mod quarantine;
pub(crate) mod services;
pub(crate) mod tail;
mod tail_events;
pub(crate) mod transaction;
pub(crate) mod transactions;
pub(crate) mod values;
