//! What was to be undone and is not, or is twice.

use hooks_runtime::cleanup;
use hooks_runtime::cleanup::{FaultKind, Owner, Slot, WithCleanups, add_cleanup};
use std::cell::Cell;
use std::io;
use std::num::ParseIntError;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};

/// A lock that is taken and given back by hand, as over FFI.
#[derive(Default)]
struct RawLock(Cell<bool>);

fn lock(lock: &RawLock) -> &RawLock {
    assert!(!lock.0.replace(true), "locked twice");
    lock
}

fn unlock(lock: &RawLock) {
    assert!(lock.0.replace(false), "not locked");
}

mod unlock_skipped_on_the_error_path {
    use super::*;

    fn by_hand(raw: &RawLock, text: &str) -> Result<u32, ParseIntError> {
        lock(raw);
        let value = text.parse()?;
        unlock(raw);
        Ok(value)
    }

    #[cleanup(unlock(lock(raw)))]
    fn annotated(raw: &RawLock, text: &str) -> Result<u32, ParseIntError> {
        assert!(raw.0.get());
        let value = text.parse()?;
        Ok(value)
    }

    #[test]
    fn by_hand_it_stays_locked() {
        let raw = RawLock::default();
        by_hand(&raw, "x").unwrap_err();
        assert!(raw.0.get());
    }

    #[test]
    fn annotated_it_does_not() {
        let raw = RawLock::default();
        annotated(&raw, "x").unwrap_err();
        assert!(!raw.0.get());
        annotated(&raw, "1").unwrap();
        assert!(!raw.0.get());
    }
}

mod guard_bound_to_underscore {
    use super::*;

    struct Guard<'a>(&'a RawLock);

    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            unlock(self.0);
        }
    }

    fn by_hand(raw: &RawLock) -> bool {
        let _ = Guard(lock(raw));
        raw.0.get()
    }

    #[cleanup(unlock(lock(raw)))]
    fn annotated(raw: &RawLock) -> bool {
        raw.0.get()
    }

    #[test]
    fn by_hand_the_body_runs_unlocked() {
        assert!(!by_hand(&RawLock::default()));
    }

    #[test]
    fn annotated_there_is_no_guard_to_bind() {
        assert!(annotated(&RawLock::default()));
    }

    /// The handle of an added cleanup is no guard: nothing depends on where it is bound.
    #[test]
    fn a_cleanup_outlives_its_handle() {
        static RUN: AtomicU32 = AtomicU32::new(0);
        fn run((): ()) {
            RUN.fetch_add(1, Ordering::Relaxed);
        }
        let owner = WithCleanups::new(());
        let _ = add_cleanup(&owner, run, ());
        assert_eq!(RUN.load(Ordering::Relaxed), 0);
        drop(owner);
        assert_eq!(RUN.load(Ordering::Relaxed), 1);
    }
}

mod cleanup_that_captures_its_owner {
    use super::*;

    type Closures = Mutex<Vec<Box<dyn FnOnce() + Send>>>;

    /// Runs closures when it is dropped.
    #[derive(Default)]
    struct Closing(Closures);

    impl Drop for Closing {
        fn drop(&mut self) {
            for closure in self.0.get_mut().unwrap().drain(..) {
                closure();
            }
        }
    }

    #[test]
    fn a_closure_keeps_it_alive_and_never_runs() {
        static RUN: AtomicU32 = AtomicU32::new(0);
        let owner = Arc::new(Closing::default());
        let captured = Arc::clone(&owner);
        owner.0.lock().unwrap().push(Box::new(move || {
            let _ = &captured;
            RUN.fetch_add(1, Ordering::Relaxed);
        }));
        let gone = Arc::downgrade(&owner);
        drop(owner);
        assert_eq!(RUN.load(Ordering::Relaxed), 0);
        // Undone here, since the sanitizer would report the leak.
        let closures = std::mem::take(&mut *gone.upgrade().expect("still alive").0.lock().unwrap());
        drop(closures);
        assert!(gone.upgrade().is_none());
    }

    /// A closure does not compile (`ui/cleanup/add_capturing_closure.rs`); as an argument the owner is refused.
    #[test]
    #[should_panic(expected = "the argument of this cleanup is its owner")]
    fn as_an_argument_it_is_refused() {
        let owner = Arc::new(WithCleanups::new(()));
        add_cleanup(&owner, drop::<Arc<WithCleanups<()>>>, Arc::clone(&owner));
    }
}

mod arc_cycle_never_cleaned {
    use super::*;

    type Link<T> = Mutex<Option<Arc<T>>>;

    /// Points `node` at itself and lets go of it.
    fn leak<T>(node: Arc<T>, link: fn(&T) -> &Link<T>) -> Weak<T> {
        let weak = Arc::downgrade(&node);
        let copy = Arc::clone(&node);
        *link(&copy).lock().unwrap() = Some(node);
        weak
    }

    /// Takes the cycle apart, since a sanitizer would report it too.
    fn release<T>(leaked: &Weak<T>, link: fn(&T) -> &Link<T>) {
        let node = leaked.upgrade().expect("nothing but the cycle holds it");
        let inner = link(&node).lock().unwrap().take();
        drop((node, inner));
        assert!(leaked.upgrade().is_none());
    }

    #[derive(Default)]
    struct ByHand(Link<ByHand>);

    static DROPPED: AtomicU32 = AtomicU32::new(0);

    impl Drop for ByHand {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn by_hand_nothing_tells() {
        let leaked = leak(Arc::<ByHand>::default(), |node| &node.0);
        assert_eq!(DROPPED.load(Ordering::Relaxed), 0);
        release(&leaked, |node| &node.0);
    }

    #[derive(Default)]
    struct Leaky {
        link: Link<Leaky>,
        cleanups: Slot,
    }

    impl Owner for Leaky {
        fn cleanups(&self) -> &Slot {
            &self.cleanups
        }
    }

    #[test]
    fn with_a_cleanup_it_is_named() {
        let node = Arc::<Leaky>::default();
        add_cleanup(&node, |()| (), ());
        let line = line!() - 1;
        let leaked = leak(node, |node| &node.link);
        let named = || cleanup::outstanding().into_iter().find(|left| left.owner.contains("Leaky"));
        assert_eq!(named().expect("it leaked").origin.line(), line);
        release(&leaked, |node| &node.link);
        assert!(named().is_none());
    }
}

mod double_close_by_clone {
    use super::*;

    static CLOSED: Mutex<Vec<i32>> = Mutex::new(Vec::new());

    fn close_fd(fd: i32) -> io::Result<()> {
        CLOSED.lock().unwrap().push(fd);
        if fd < 0 { Err(io::Error::other("bad fd")) } else { Ok(()) }
    }

    fn closed(fd: i32) -> usize {
        CLOSED.lock().unwrap().iter().filter(|closed| **closed == fd).count()
    }

    #[derive(Clone)]
    struct ByHand(i32);

    impl Drop for ByHand {
        fn drop(&mut self) {
            close_fd(self.0).unwrap();
        }
    }

    #[test]
    fn by_hand_the_fd_is_closed_twice() {
        drop(ByHand(1).clone());
        assert_eq!(closed(1), 2);
    }

    /// With `Clone` it does not compile: `ui/cleanup/derive_clone.rs` and `clone_by_hand.rs`.
    #[cleanup(close = close_fd, args(0))]
    struct Annotated(i32);

    #[test]
    fn annotated_it_is_shared_and_closed_once() {
        let shared = Arc::new(Annotated(2));
        let copy = Arc::clone(&shared);
        drop(shared);
        assert_eq!(closed(2), 0);
        Arc::into_inner(copy).unwrap().close().unwrap();
        assert_eq!(closed(2), 1);
    }
}

mod error_of_close_swallowed {
    use super::*;

    static FLUSHED: AtomicU32 = AtomicU32::new(0);

    fn flush(number: u32) -> io::Result<()> {
        FLUSHED.fetch_max(number, Ordering::Relaxed);
        Err(io::Error::other("disk full"))
    }

    struct ByHand(u32);

    impl Drop for ByHand {
        fn drop(&mut self) {
            let _ = flush(self.0);
        }
    }

    #[cleanup(close = flush, args(0))]
    struct Annotated(u32);

    #[test]
    fn by_hand_nobody_sees_it() {
        drop(ByHand(9));
        assert_eq!(FLUSHED.load(Ordering::Relaxed), 9);
        assert!(!cleanup::faults().iter().any(|(origin, _)| origin.to_string().contains("ByHand")));
    }

    #[test]
    fn annotated_the_caller_or_the_hook_does() {
        static FAULTS: Mutex<Vec<FaultKind>> = Mutex::new(Vec::new());
        cleanup::on_fault(|fault| FAULTS.lock().unwrap().push(fault.kind.clone()));
        assert_eq!(Annotated(1).close().unwrap_err().to_string(), "disk full");
        assert!(FAULTS.lock().unwrap().is_empty());
        drop(Annotated(2));
        assert_eq!(*FAULTS.lock().unwrap(), [FaultKind::NotClosed, FaultKind::Failed("disk full".into())]);
    }
}
