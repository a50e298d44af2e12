//! Which calls a dump interrupts: what the documentation says of `EINTR` is so.

use super::crowd::{Crowd, WAYS};
use super::{dump, until};
use hooks_service::stacks::State;
use std::sync::atomic::Ordering;

#[test]
fn calls_that_the_kernel_cannot_restart_return_eintr_and_others_do_not() {
    let crowd = Crowd::new(WAYS.len() - 1);
    let counts = || crowd.shared.interrupted.each_ref().map(|count| count.load(Ordering::Relaxed));
    let by_name = |way: &str| WAYS.iter().position(|(known, _)| *known == way).unwrap();
    let interruptible = ["epoll", "poll", "nanosleep"].map(by_name);
    // Everyone sleeps, is interrupted, and sleeps again.
    until(|| {
        let dump = dump();
        let mine = |name: &str| WAYS.iter().any(|(way, _)| name.starts_with(way));
        let asleep = dump.threads().iter().filter(|t| mine(t.name()) && t.state() == State::Sleeping).count();
        asleep == WAYS.len() - 1 && interruptible.iter().all(|way| counts()[*way] > 3)
    });
    let restarted = ["read", "park", "condvar"].map(|way| counts()[by_name(way)]);
    assert_eq!(restarted, [0; 3], "a read of a pipe, and futexes, are restarted");
}
