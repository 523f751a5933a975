//! Starts the browser.

use std::thread;
use std::time::Duration;

use crate::stderr;

/// A launcher that runs this long has started a browser, however it ends: some run for as long as the browser does.
const LAUNCH_TIME: Duration = Duration::from_secs(5);

/// Opens an address in the browser, or says that none starts. Returns at once.
pub(super) fn open(address: String) {
    thread::spawn(move || {
        // Detached: Ctrl-C in the terminal is for this command, and not for the browser.
        if open::that_detached_with_timeout(&address, LAUNCH_TIME).is_err() {
            stderr::print(format_args!(
                "no browser starts here; open this address, it is good for one browser: {address}"
            ));
        }
    });
}
