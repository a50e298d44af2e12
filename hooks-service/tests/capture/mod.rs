//! The callers of a place: who they are, how they are called, and that nothing can go wrong with them.

/// Its library is made by the compiler of the machine that the tests are built on, which is where these run.
#[cfg(all(target_arch = "x86_64", target_env = "gnu"))]
mod library;

use crate::support::forked::exit_status;
use ::hooks_service::capture::{self, Caller, Callers, Extent, Frame};
use hooks_runtime::labels;
use std::collections::HashMap;
use std::hint::black_box;

#[expect(clippy::inline_always, reason = "inlined calls are asked for, also without optimisation")]
#[inline(always)]
fn inlined() -> (Callers, u32) {
    (Callers::here(), line!())
}

#[inline(never)]
fn outer() -> (Callers, u32, u32) {
    let (callers, inner) = inlined();
    (callers, inner, line!() - 1)
}

/// Nothing but the call.
#[inline(never)]
fn last_act() -> Callers {
    Callers::here()
}

fn ends_with(frame: &Frame, name: &str) -> bool {
    frame.function().ends_with(&format!("capture::{name}"))
}

#[test]
fn callers_are_named_with_inlined_calls_files_and_lines() {
    let (callers, inner, line) = outer();
    assert_eq!(callers.extent(), Extent::Whole);
    let frames = callers.frames();
    assert!(ends_with(&frames[0], "inlined") && frames[0].is_inlined(), "{callers}");
    assert!(ends_with(&frames[1], "outer") && !frames[1].is_inlined(), "{callers}");
    assert_eq!([frames[0].line(), frames[1].line()], [Some(inner), Some(line)]);
    assert_eq!(frames[0].address(), frames[1].address());
    assert!(frames.iter().all(|frame| frame.is_named() || !frame.function().is_empty()));
    assert!(frames[1].file().unwrap().ends_with("tests/capture/mod.rs"));
    let test = frames.iter().position(|frame| frame.function().contains("callers_are_named_with")).unwrap();
    assert!(test > 1, "{callers}");
    let lines = callers.to_string();
    assert!(lines.starts_with("   0: ") && lines.contains("tests/capture/mod.rs:"), "{lines}");
}

#[test]
fn a_function_that_ends_with_the_call_is_a_caller() {
    let callers = last_act();
    assert!(ends_with(&callers.frames()[0], "last_act"), "{callers}");
}

#[inline(never)]
fn asked_by(levels: usize) -> Option<Caller> {
    black_box(Caller::above(levels))
}

#[inline(never)]
fn asks(levels: usize) -> (Option<Caller>, u32) {
    black_box((asked_by(levels), line!()))
}

#[test]
fn one_caller_is_the_one_so_many_levels_above() {
    let frame = |levels| asks(levels).0.unwrap().frame();
    assert!(ends_with(&frame(0), "asked_by"), "{}", frame(0));
    let (caller, line) = asks(1);
    let caller = caller.unwrap();
    assert!(ends_with(&caller.frame(), "asks") && caller.frame().line() == Some(line), "{}", caller.frame());
    assert_eq!(caller.frame().address(), caller.address());
    assert!(frame(2).function().contains("one_caller_is_the_one"), "{}", frame(2));
    assert!(asks(10_000).0.is_none() && asks(usize::MAX).0.is_none(), "there are not so many");
    assert!(Caller::here().unwrap().frame().function().contains("one_caller_is_the_one"));
}

#[test]
fn one_of_the_callers_is_named_alone() {
    let callers = last_act();
    assert!(ends_with(&callers.caller(0).unwrap().frame(), "last_act"), "{callers}");
    assert!(callers.caller(1).unwrap().frame().function().contains("one_of_the_callers"), "{callers}");
    assert!(callers.caller(callers.addresses().len()).is_none());
}

/// As some user may call them.
mod hooks_service {
    pub(super) mod capture {
        pub(in super::super) mod callers {
            use ::hooks_service::capture::Callers;

            #[expect(
                clippy::inline_always,
                reason = "inlined calls are asked for, also without optimisation"
            )]
            #[inline(always)]
            pub(in super::super::super) fn namesake() -> Callers {
                Callers::here()
            }
        }
    }
}

#[test]
fn a_module_of_the_same_name_is_among_the_callers() {
    let callers = hooks_service::capture::callers::namesake();
    assert!(callers.frames()[0].function().ends_with("callers::namesake"), "{callers}");
}

/// The innermost caller alone: what calls this, the compiler may write down several times.
#[inline(never)]
fn one_place() -> Callers<1> {
    black_box(Callers::nearest())
}

#[inline(never)]
fn another_place() -> Callers<1> {
    // Not the same code, which the compiler would have once.
    black_box(1);
    black_box(Callers::nearest())
}

#[test]
fn one_place_is_one_key_and_others_are_others() {
    let mut counts = HashMap::new();
    for callers in [one_place(), one_place(), one_place(), another_place()] {
        *counts.entry(callers).or_insert(0) += 1;
    }
    assert_eq!((counts.len(), counts[&one_place()], counts[&another_place()]), (2, 3, 1));
}

#[inline(never)]
fn deep<const N: usize>(levels: u32) -> Callers<N> {
    let callers = if levels == 0 { Callers::nearest() } else { deep(levels - 1) };
    black_box(callers)
}

#[test]
fn what_has_no_room_is_cut_and_says_so() {
    let (small, large) = (deep::<8>(50), deep::<200>(50));
    assert_eq!((small.addresses().len(), small.extent()), (8, Extent::Cut));
    assert!(large.addresses().len() > 51 && large.extent() == Extent::Whole);
    assert!(small.to_string().ends_with("and more\n"), "{small}");
}

#[test]
fn threads_have_their_own_stacks_and_all_walk_at_once() {
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                for _ in 0..200 {
                    let callers = deep::<64>(20);
                    assert!(callers.extent() == Extent::Whole && callers.addresses().len() > 20);
                }
            });
        }
    });
}

#[test]
fn labels_are_told_with_the_callers() {
    let labels = labels! { "route" => "/orders", "size" => 7 };
    let labelled = labels.scope(Callers::here_with_labels);
    let here = labels.scope(|| black_box(Callers::here_with_labels()));
    assert_eq!(labelled.labels().iter().map(|label| &*label.key).collect::<Vec<_>>(), ["route", "size"]);
    assert_eq!(labelled.labels_left_out(), 0);
    let text = labelled.to_string();
    assert!(text.starts_with("labels: route=/orders, size=7\n   0: "), "{text}");
    assert!(here.callers().frames()[0].function().contains("labels_are_told"), "{text}");
}

#[test]
fn a_function_is_found_by_its_address() {
    let address = last_act as fn() -> Callers as usize;
    let function = capture::function_at(address).unwrap();
    assert!(ends_with(&function, "last_act"), "{function}");
    assert!(function.file().unwrap().ends_with("tests/capture/mod.rs") && function.address() == address);
    assert!(capture::function_at(0x10).is_none());
    assert!(capture::function_at((&raw const address).addr()).is_none(), "no code");
}

#[test]
fn a_stack_that_the_thread_did_not_begin_on_is_read_through_the_kernel() {
    let own = on_another_stack();
    // Sandboxes and emulators may refuse the call: then it is cut at the leaf.
    assert!(own.extent() == Extent::Cut || own.addresses().len() > 2, "{own}");
}

/// The callers of a handler that runs on an alternate stack. Everything is prepared: it allocates nothing.
fn on_another_stack() -> Callers {
    use std::sync::Mutex;
    static FOUND: Mutex<Option<Callers>> = Mutex::new(None);
    extern "C" fn handle(_: i32) {
        *FOUND.lock().unwrap() = Some(Callers::here());
    }
    capture::prepare().unwrap();
    black_box(last_act());
    let mut stack = vec![0_u8; 256 * 1024];
    // SAFETY: the stack outlives its use; the handler is called at one place, by `raise`.
    unsafe {
        let alternate = libc::stack_t { ss_sp: stack.as_mut_ptr().cast(), ss_flags: 0, ss_size: stack.len() };
        let mut before = std::mem::zeroed();
        assert_eq!(libc::sigaltstack(&raw const alternate, &raw mut before), 0);
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handle as extern "C" fn(i32) as usize;
        action.sa_flags = libc::SA_ONSTACK;
        assert_eq!(libc::sigaction(libc::SIGUSR2, &raw const action, std::ptr::null_mut()), 0);
        libc::raise(libc::SIGUSR2);
        libc::sigaltstack(&raw const before, std::ptr::null_mut());
    }
    FOUND.lock().unwrap().take().unwrap()
}

#[test]
fn a_forked_child_takes_its_own_callers() {
    capture::prepare().unwrap();
    let ends = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while !ends.load(std::sync::atomic::Ordering::Relaxed) {
                    black_box(deep::<32>(10));
                }
            });
        }
        for _ in 0..20 {
            let whole = || (0..100).all(|_| deep::<64>(10).extent() == Extent::Whole);
            assert_eq!(exit_status(|| i32::from(!whole())), 0, "it found all its callers");
        }
        ends.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
