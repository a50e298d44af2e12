//! `#[lock_os_thread]` on fns of every shape: each behaves as without it.

use futures::executor::block_on;
use hooks_runtime::lock_os_thread;
use hooks_runtime::os_thread::LockedThread;
use std::fmt::Display;
use std::future::Future;
use std::panic::catch_unwind;
use std::sync::Arc;

fn is_locked() -> bool {
    LockedThread::current().is_some()
}

#[lock_os_thread(reason = "a test")]
fn never() -> ! {
    assert!(is_locked());
    std::panic::panic_any("never")
}

#[lock_os_thread(thread = "shapes", reason = "a test")]
fn never_there() -> ! {
    assert!(is_locked());
    std::panic::panic_any("never there")
}

#[lock_os_thread(reason = "a test")]
async fn never_later() -> ! {
    assert!(is_locked());
    std::panic::panic_any("never later")
}

#[test]
fn fns_that_never_return() {
    let payload = |result: std::thread::Result<()>| *result.unwrap_err().downcast::<&str>().unwrap();
    assert_eq!(payload(catch_unwind(|| never())), "never");
    assert_eq!(payload(catch_unwind(|| never_there())), "never there");
    assert_eq!(payload(catch_unwind(|| block_on(async { never_later().await }))), "never later");
}

#[lock_os_thread(reason = "a test")]
unsafe extern "C" fn foreign(pointer: *const u8) -> u8 {
    assert!(is_locked());
    // SAFETY: the caller's promise.
    unsafe { *pointer }
}

#[lock_os_thread(reason = "a test")]
async unsafe fn trusted(length: usize) -> usize {
    assert!(is_locked());
    length
}

#[test]
fn unsafe_and_foreign_fns() {
    // SAFETY: the pointer is to a live byte.
    assert_eq!(unsafe { foreign(b"x".as_ptr()) }, b'x');
    // SAFETY: it asks for nothing.
    assert_eq!(block_on(unsafe { trusted(3) }), 3);
}

#[lock_os_thread(reason = "a test")]
fn shown<T: Display + ?Sized, const N: usize>(value: &T) -> impl Iterator<Item = String> + use<'_, T, N> {
    std::iter::repeat_n(value, N).map(ToString::to_string)
}

#[lock_os_thread(reason = "a test")]
async fn shown_later(value: impl Display + Send + 'static) -> impl Display {
    assert!(is_locked());
    format!("<{value}>")
}

#[lock_os_thread(thread = "shapes", reason = "a test")]
fn shown_there<T: Display + Sync>(value: &T, (left, mut right): (u32, u32), _: u8) -> impl Display + use<T> {
    assert!(is_locked());
    right += left;
    format!("<{value}{right}>")
}

#[test]
fn generics_patterns_and_opaque_types() {
    assert_eq!(shown::<_, 2>("x").collect::<String>(), "xx");
    assert_eq!(block_on(shown_later(5)).to_string(), "<5>");
    assert_eq!(shown_there(&"x", (1, 2), 0).to_string(), "<x3>");
}

trait Service: Send + Sync + 'static {
    fn name(&self) -> u32;

    #[lock_os_thread(token = thread, reason = "a test")]
    fn sync(&self) -> u32 {
        assert_eq!(thread.site().attribute(), "lock_os_thread");
        self.name()
    }

    #[lock_os_thread(thread = "shapes", token = thread, reason = "a test")]
    fn there(&self, more: &mut u32) -> u32 {
        assert!(thread.site().function().ends_with("there"));
        *more += 1;
        self.name()
    }

    #[lock_os_thread(future, reason = "a test")]
    fn later(self: Arc<Self>) -> impl Future<Output = u32> + Send {
        async move { self.name() }
    }
}

impl Service for u32 {
    fn name(&self) -> u32 {
        *self
    }
}

#[async_trait::async_trait]
trait Boxed {
    async fn boxed(self: Arc<Self>) -> u32;
}

#[async_trait::async_trait]
impl Boxed for u32 {
    #[lock_os_thread(future, reason = "a test")]
    async fn boxed(self: Arc<Self>) -> u32 {
        assert!(is_locked());
        *self
    }
}

#[test]
fn methods_of_traits() {
    let mut more = 0;
    assert_eq!((5.sync(), 5.there(&mut more), more), (5, 5, 1));
    assert_eq!(block_on(Arc::new(5).later()), 5);
    assert_eq!(block_on(Arc::new(5).boxed()), 5);
}

macro_rules! locked {
    ($name:ident($argument:ident) $body:block) => {
        #[lock_os_thread(token = thread, reason = "a test")]
        fn $name($argument: u32) -> u32 {
            let _: &LockedThread = thread;
            $body
        }
    };
}
locked!(from_macro(x) { let y = x; y + 1 });

#[lock_os_thread(reason = "one")]
#[lock_os_thread(reason = "two")]
fn twice(x: u32) -> u32 {
    x
}

#[lock_os_thread(reason = "one")]
#[hooks_runtime::labeled(x)]
fn labels_below(x: u32) -> String {
    hooks_runtime::labels::Labels::current().to_string()
}

#[hooks_runtime::labeled(x)]
#[lock_os_thread(reason = "one")]
fn labels_above(x: u32) -> String {
    hooks_runtime::labels::Labels::current().to_string()
}

#[lock_os_thread(reason = "one")]
#[lock_os_thread(reason = "two")]
async fn twice_later(x: u32) -> u32 {
    x
}

#[test]
fn macros_and_stacks() {
    assert_eq!((from_macro(1), twice(2)), (2, 2));
    assert_eq!((labels_below(3), labels_above(4)), ("x=3".to_owned(), "x=4".to_owned()));
    assert_eq!(block_on(twice_later(5)), 5);
}

struct Noisy<'a>(&'a std::cell::RefCell<Vec<&'static str>>, &'static str);

impl Drop for Noisy<'_> {
    fn drop(&mut self) {
        assert!(is_locked() || self.1 == "argument");
        self.0.borrow_mut().push(self.1);
    }
}

/// The temporary of the last expression drops before the locals, and all before the lock goes.
#[lock_os_thread(reason = "a test")]
fn drops<'a>(log: &'a std::cell::RefCell<Vec<&'static str>>, _argument: Noisy<'a>) -> usize {
    let _local = Noisy(log, "local");
    Noisy(log, "temporary").1.len()
}

#[test]
fn what_the_body_drops_is_dropped_under_the_lock() {
    let log = std::cell::RefCell::default();
    assert_eq!(drops(&log, Noisy(&log, "argument")), 9);
    let mut order = log.into_inner();
    assert_eq!(order.pop(), Some("argument"));
    order.sort_unstable();
    assert_eq!(order, ["local", "temporary"]);
}
