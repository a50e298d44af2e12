//! Optimised, a fn whose last act is the call would be left by a jump, and be nobody's caller.

use hooks_service::capture::Callers;

#[inline(never)]
fn last_act() -> Callers {
    Callers::here()
}

#[test]
fn who_does_nothing_else_is_the_first_caller() {
    let callers = std::thread::spawn(last_act).join().expect("it does not panic");
    assert!(callers.frames()[0].function().ends_with("capture::last_act"), "{callers}");
}
