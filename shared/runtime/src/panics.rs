//! Reports a panic by its place in the code. Its message may quote a payload, so nobody prints it.

use std::collections::HashSet;
use std::panic::{self, PanicHookInfo};
use std::sync::{Mutex, PoisonError};

/// Replaces what this process prints of a panic: `report` gets the place, `file:line:column`, once for each place.
pub fn report_places(report: impl Fn(&str) + Send + Sync + 'static) {
    let reported = Mutex::new(HashSet::new());
    panic::set_hook(Box::new(move |panic| {
        let place = place(panic);
        let is_new = reported.lock().unwrap_or_else(PoisonError::into_inner).insert(place.clone());
        if is_new {
            report(&place);
        }
    }));
}

fn place(panic: &PanicHookInfo<'_>) -> String {
    panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string)
}
