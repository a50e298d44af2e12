//! SIGNAL HANDLER of `SIGSEGV` and `SIGBUS`. Everything here runs in it, on whatever thread, between any two
//! instructions: nothing is allocated, locked, formatted or waited for; `errno` is saved; every loop is bounded.
//!
//! Three ends. A fault at an instruction of the table goes on at that instruction's fixup, in the same frame. A lost page
//! of a mapping in slice mode gets zeros in its place and the instruction runs again. Everything else is not ours,
//! and goes to whoever had the signal before.

use super::machine;
use super::predecessor::previous_of;
use super::routine::Kind;
use super::slot::Slot;
use crate::signals::action::set_default;
use crate::signals::delivery::Deliveries;
use crate::signals::handler::{self, Errno};
use crate::signals::stack::page_size;
use std::ffi::{c_int, c_void};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

const SEGV_ACCERR: c_int = 2;
const SEGV_PKUERR: c_int = 4;
const BUS_ADRERR: c_int = 2;
const BUS_MCEERR_AR: c_int = 4;
const BUS_MCEERR_AO: c_int = 5;

/// What is counted here.
pub(super) struct Counters {
    pub(super) recovered: AtomicU64,
    pub(super) poisoned: AtomicU64,
    pub(super) passed_on: AtomicU64,
}

static COUNTERS: Counters =
    Counters { recovered: AtomicU64::new(0), poisoned: AtomicU64::new(0), passed_on: AtomicU64::new(0) };

pub(super) fn counters() -> &'static Counters {
    &COUNTERS
}

pub(super) extern "C" fn handle(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let _errno = Errno::save();
    // SAFETY: the kernel passes both, and they are ours for the length of the call.
    let recovered = unsafe { recover(signal, &*info, &mut *context.cast()) };
    if !recovered {
        // SAFETY: as above.
        unsafe { pass_on(signal, info, context) };
    }
}

fn recover(signal: c_int, info: &libc::siginfo_t, context: &mut libc::ucontext_t) -> bool {
    // What somebody sent is no fault of the instruction that it happened to interrupt.
    if info.si_code <= 0 {
        return false;
    }
    if let Some(fixup) = fixup_of(machine::instruction(context)) {
        machine::go_on(context, fixup, kind_of(signal, info.si_code) as usize);
        COUNTERS.recovered.fetch_add(1, Ordering::Relaxed);
        return true;
    }
    // SAFETY: a fault of the hardware carries an address.
    signal == libc::SIGBUS && info.si_code == BUS_ADRERR && poison(unsafe { info.si_addr() }.addr())
}

fn kind_of(signal: c_int, code: c_int) -> Kind {
    match (signal, code) {
        (libc::SIGBUS, BUS_MCEERR_AR | BUS_MCEERR_AO) => Kind::MemoryFailure,
        (libc::SIGBUS, _) => Kind::Lost,
        (_, SEGV_ACCERR..=SEGV_PKUERR) => Kind::NotPermitted,
        _ => Kind::NotMapped,
    }
}

unsafe extern "C" {
    /// Pairs of distances: to the instruction, and from the next word to where it goes on.
    #[link_name = "__hooks_fault_table_1"]
    static TABLE: [i32; 2];
    #[link_name = "__hooks_fault_table_end_1"]
    static TABLE_END: [i32; 2];
}

fn fixup_of(instruction: usize) -> Option<usize> {
    let (mut entry, end) = (&raw const TABLE, &raw const TABLE_END);
    while entry < end {
        // SAFETY: between its two symbols the table is pairs of words.
        let distances = unsafe { *entry };
        let target = |word: usize| {
            let place = entry.addr() + word * size_of::<i32>();
            place.wrapping_add_signed(distances[word] as isize)
        };
        if target(0) == instruction {
            return Some(target(1));
        }
        entry = entry.wrapping_add(1);
    }
    None
}

/// Puts zeros in the place of what was lost: the page of `address` and all behind it, since a file is shortened from its
/// end. `false` if no map with a slice is there.
fn poison(address: usize) -> bool {
    let page = address & !(page_size() - 1);
    let poisoned =
        Slot::any_in(&(page..page + 1), |slot, is_sliced| is_sliced && replace(&(page..slot.end())));
    COUNTERS.poisoned.fetch_add(u64::from(poisoned), Ordering::Relaxed);
    poisoned
}

/// Several threads may do so at once: the system makes each change whole, and zeros over zeros change nothing.
fn replace(lost: &Range<usize>) -> bool {
    // First, so that who reads zeros and looks here sees why. Another map may have the same pages.
    Slot::any_in(lost, |slot, _| {
        slot.lose_from(lost.start);
        false
    });
    // SAFETY: the pages are of a mapping whose owner agreed to this and waits for us before it unmaps them.
    let zeros = unsafe {
        libc::mmap(
            lost.start as *mut c_void,
            lost.len(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    zeros != libc::MAP_FAILED
}

/// A signal comes round where we and another each hold the other for the previous one.
static DELIVERIES: Deliveries = Deliveries::new();

/// Hands on what is not ours.
///
/// # Safety
/// The arguments are those of a signal handler.
unsafe fn pass_on(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    COUNTERS.passed_on.fetch_add(1, Ordering::Relaxed);
    // SAFETY: the kernel's, and ours for the length of the call.
    let again = DELIVERIES.visits_before(unsafe { &mut *context.cast() }) > 0;
    let previous = previous_of(signal, again);
    // SAFETY: the caller's.
    let was_sent = unsafe { (*info).si_code } <= 0;
    match previous.sa_sigaction {
        libc::SIG_IGN if was_sent => {}
        libc::SIG_DFL | libc::SIG_IGN => end_by(signal, was_sent),
        // SAFETY: it was installed for this signal.
        _ => unsafe { call(&previous, signal, info, context, was_sent) },
    }
}

/// The signal's own end: a fault happens again when we return, with nobody to catch it.
fn end_by(signal: c_int, was_sent: bool) {
    if was_sent {
        handler::end_by(signal);
    }
    set_default(signal);
}

/// Calls the handler that was here before, under the mask that it asked for.
///
/// # Safety
/// `previous` was installed for `signal`; the rest are the arguments of a signal handler.
unsafe fn call(
    previous: &libc::sigaction,
    signal: c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
    was_sent: bool,
) {
    // SAFETY: the context is the kernel's.
    let mask = unsafe { mask_of(previous, signal, &(*context.cast::<libc::ucontext_t>()).uc_sigmask) };
    // SAFETY: points to a local. The kernel puts the thread's own mask back when we return.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const mask, std::ptr::null_mut()) };
    // SAFETY: the caller's.
    unsafe { handler::enter(previous, signal, info, context) };
    // std's answers whatever is no stack overflow with the default disposition, so that the fault happens once more. What
    // was sent does not happen once more: it would be swallowed, and we would be disarmed.
    if was_sent && handler::is_default(signal) {
        end_by(signal, was_sent);
    }
}

/// What the kernel would have blocked for `previous`: what the `interrupted` code blocked, what the handler asked for, and
/// the signal itself, unless it asked for that (`SA_NODEFER`).
fn mask_of(previous: &libc::sigaction, signal: c_int, interrupted: &libc::sigset_t) -> libc::sigset_t {
    // SAFETY: plain data, of which all zeroes are the empty set; the two others are sets that are only looked into, and the
    // kernel's has 64 signals.
    unsafe {
        let mut mask: libc::sigset_t = std::mem::zeroed();
        let waits = previous.sa_flags & libc::SA_NODEFER == 0;
        for blocked in 1..=64 {
            let is_in = |set: &libc::sigset_t| libc::sigismember(&raw const *set, blocked) == 1;
            if waits && blocked == signal || is_in(interrupted) || is_in(&previous.sa_mask) {
                libc::sigaddset(&raw mut mask, blocked);
            }
        }
        mask
    }
}

/// Whether `action` is this handler.
pub(super) fn is_ours(action: &libc::sigaction) -> bool {
    action.sa_sigaction == ours()
}

pub(super) fn ours() -> libc::sighandler_t {
    handle as extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) as libc::sighandler_t
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;

    #[test]
    fn each_code_of_the_kernel_has_its_kind() {
        // The codes as `sigaction(2)` has them: BUS_ADRERR, BUS_MCEERR_AR, BUS_MCEERR_AO; SEGV_MAPERR, SEGV_ACCERR,
        // SEGV_PKUERR; and SI_KERNEL, of what is no address at all.
        let kinds = [
            (libc::SIGBUS, 2, FaultKind::MappingLost),
            (libc::SIGBUS, 4, FaultKind::MemoryFailure),
            (libc::SIGBUS, 5, FaultKind::MemoryFailure),
            (libc::SIGSEGV, 1, FaultKind::NotMapped),
            (libc::SIGSEGV, 2, FaultKind::NotPermitted),
            (libc::SIGSEGV, 4, FaultKind::NotPermitted),
            (libc::SIGSEGV, 128, FaultKind::NotMapped),
        ];
        for (signal, code, kind) in kinds {
            assert_eq!(FaultKind::of_number(kind_of(signal, code) as usize), kind, "{signal} {code}");
        }
    }
}
