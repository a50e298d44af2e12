//! Who imports the strict one is asked for a reason.

use hooks_runtime::strict::lock_os_thread;

#[lock_os_thread(restore(nice))]
fn query() {}

#[lock_os_thread(restore(nice), reason = "the driver lowers its priority")]
fn driver() {}

fn main() {
    query();
    driver();
}
