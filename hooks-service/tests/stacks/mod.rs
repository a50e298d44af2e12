//! Dumps of the stacks of all threads.

mod crowd;
#[cfg(target_arch = "x86_64")]
mod crowded;
#[cfg(target_arch = "x86_64")]
mod deadline;
mod dump;
// Under qemu, where aarch64 is tested, `process_vm_readv` is refused and the emulator has threads of its own: stacks are cut.
#[cfg(target_arch = "x86_64")]
mod formats;
mod guarded;
mod interrupted;
#[cfg(all(target_arch = "x86_64", target_env = "gnu"))]
mod reading;
#[cfg(target_arch = "x86_64")]
mod sandbox;
#[cfg(target_arch = "x86_64")]
mod silent;
#[cfg(target_arch = "x86_64")]
mod stopped;
mod tasks;
mod usr1;

#[cfg(target_arch = "x86_64")]
use crate::support::forked::exit_status;
use hooks_service::stacks::{Capture, Dump, Error, Thread};
use std::time::{Duration, Instant};

/// A dump without the limit on how often, once whoever takes one has it.
fn dump() -> Dump {
    let mut taken = None;
    until(|| match Capture::new().interval(Duration::ZERO).take() {
        Err(Error::Busy) => false,
        dump => {
            taken = Some(dump.unwrap());
            true
        }
    });
    taken.unwrap()
}

fn named<'d>(dump: &'d Dump, name: &str) -> &'d Thread {
    dump.threads().iter().find(|thread| thread.name() == name).unwrap_or_else(|| panic!("no thread {name}"))
}

/// The names of a thread's functions, innermost first.
fn functions(dump: &Dump, thread: &Thread) -> Vec<String> {
    dump.frames(thread).iter().map(|frame| frame.function.to_owned()).collect()
}

/// Fails unless `is_well` says so in a forked child.
#[cfg(target_arch = "x86_64")]
fn in_a_child(is_well: impl FnOnce() -> bool) {
    assert_eq!(exit_status(|| i32::from(!is_well())), 0);
}

/// Waits until `condition` holds; a test that waits for ever is ended by its runner.
fn until(mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(280), "it does not come to pass");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until the thread of this name waits in the function, as the dump has it.
fn until_in(name: &str, function: &str) -> Dump {
    let mut last = None;
    until(|| {
        let dump = dump();
        let found = dump.threads().iter().find(|thread| thread.name() == name);
        let inside =
            found.is_some_and(|thread| functions(&dump, thread).iter().any(|known| known.contains(function)));
        last = Some(dump);
        inside
    });
    last.unwrap()
}
