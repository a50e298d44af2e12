//! `on = "error"` and `on = "failure"`: which exits run the cleanup.

use futures::executor::block_on;
use futures::task::noop_waker;
use hooks_runtime::cleanup;
use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Context;

fn undo(undone: &Cell<u32>) {
    undone.set(undone.get() + 1);
}

/// A way out of a fn that no token of the fn shows.
macro_rules! hidden_return {
    ($value:expr) => {
        return $value
    };
}

fn parsed(text: &str) -> Result<i32, std::num::ParseIntError> {
    text.parse()
}

#[cleanup(undo(undone), on = "error")]
fn leave(undone: &Cell<u32>, how: &str) -> Result<i32, std::num::ParseIntError> {
    match how {
        "return ok" => return Ok(1),
        "hidden ok" => hidden_return!(Ok(2)),
        "hidden error" => hidden_return!(parsed("x")),
        "panic" => panic!("as asked"),
        _ => {}
    }
    let value = parsed(how)?;
    parsed(&format!("{value}{value}"))
}

#[cleanup(undo(undone), on = "error")]
fn option(undone: &Cell<u32>, how: &str) -> Option<usize> {
    let at = how.find('x')?;
    if at == 1 {
        return None;
    }
    Some(at)
}

/// An option that a macro writes arrives in an invisible group.
macro_rules! cleaned {
    ($name:ident, $on:literal) => {
        #[cleanup(undo(undone), on = $on)]
        fn $name(undone: &Cell<u32>, how: &str) -> Option<usize> {
            how.find('x')
        }
    };
}
cleaned!(made_on_error, "error");
cleaned!(made_on_failure, "failure");

const EXITS: [(&str, u32); 8] = [
    ("1", 0),
    ("return ok", 0),
    ("hidden ok", 0),
    ("hidden error", 1),
    ("panic", 1),
    ("--", 1),
    ("-1", 1),
    ("x", 1),
];

#[test]
fn err_none_and_unwinding() {
    for (how, times) in EXITS {
        let undone = Cell::new(0);
        let _ = catch_unwind(AssertUnwindSafe(|| leave(&undone, how)));
        assert_eq!(undone.get(), times, "{how}");
    }
    for (how, times) in [("x", 0), (" x", 1), ("", 1)] {
        let undone = Cell::new(0);
        let _ = option(&undone, how);
        assert_eq!(undone.get(), times, "{how:?}");
    }
    for (how, times) in [("x", 0), ("", 2)] {
        let undone = Cell::new(0);
        let _ = (made_on_error(&undone, how), made_on_failure(&undone, how));
        assert_eq!(undone.get(), times, "{how:?}");
    }
}

#[cleanup(undo(undone), on = "error")]
async fn leave_async(undone: &Cell<u32>, how: &str) -> Result<i32, std::num::ParseIntError> {
    std::future::ready(()).await;
    match how {
        "return ok" => return Ok(1),
        "hidden ok" => hidden_return!(Ok(2)),
        "hidden error" => hidden_return!(parsed("x")),
        "panic" => panic!("as asked"),
        _ => {}
    }
    let value = parsed(how)?;
    parsed(&format!("{value}{value}"))
}

#[test]
fn the_same_of_an_async_fn() {
    for (how, times) in EXITS {
        let undone = Cell::new(0);
        let _ = catch_unwind(AssertUnwindSafe(|| block_on(leave_async(&undone, how))));
        assert_eq!(undone.get(), times, "{how}");
    }
}

#[cleanup(undo(undone), on = "error")]
async fn cancelled_error(undone: &Cell<u32>) -> Result<(), ()> {
    std::future::pending().await
}

#[cleanup(undo(undone), on = "failure")]
async fn cancelled_failure(undone: &Cell<u32>) -> Result<(), ()> {
    std::future::pending().await
}

#[cleanup(undo(undone), on = "failure")]
async fn failure(undone: &Cell<u32>, result: Result<(), ()>) -> Result<(), ()> {
    result?;
    Ok(())
}

fn cancel(mut future: Pin<Box<dyn Future<Output = Result<(), ()>> + '_>>) {
    assert!(future.as_mut().poll(&mut Context::from_waker(&noop_waker())).is_pending());
}

#[test]
fn a_cancelled_future_is_a_failure_and_no_error() {
    let undone = Cell::new(0);
    cancel(Box::pin(cancelled_error(&undone)));
    assert_eq!(undone.get(), 0);
    cancel(Box::pin(cancelled_failure(&undone)));
    assert_eq!(undone.get(), 1);
    block_on(failure(&undone, Ok(()))).unwrap();
    assert_eq!(undone.get(), 1);
    block_on(failure(&undone, Err(()))).unwrap_err();
    assert_eq!(undone.get(), 2);
}

#[cleanup(undo(undone), on = "error", future)]
fn by_hand(undone: &Cell<u32>, result: Result<(), ()>) -> Pin<Box<dyn Future<Output = Result<(), ()>> + '_>> {
    Box::pin(async move { result })
}

#[test]
fn a_future_built_by_hand() {
    let undone = Cell::new(0);
    block_on(by_hand(&undone, Ok(()))).unwrap();
    assert_eq!(undone.get(), 0);
    block_on(by_hand(&undone, Err(()))).unwrap_err();
    assert_eq!(undone.get(), 1);
}

struct Buffer {
    bytes: Vec<u8>,
    undone: Cell<u32>,
}

impl Buffer {
    /// The body is a closure here, and still gives out what it borrows mutably.
    #[cleanup(undo(&self.undone), on = "error")]
    fn first(&mut self) -> Option<&mut u8> {
        let first = self.bytes.first_mut()?;
        *first += 1;
        Some(first)
    }

    #[cleanup(undo(&self.undone), on = "error")]
    async fn first_async(&mut self) -> Option<&mut u8> {
        let first = self.bytes.first_mut()?;
        *first += 1;
        Some(first)
    }
}

#[cleanup(undo(undone), on = "error")]
fn opaque<'a>(
    undone: &Cell<u32>,
    list: &'a mut Vec<u8>,
    by: String,
) -> Option<impl Iterator<Item = u8> + 'a> {
    list.retain(|byte| usize::from(*byte) > by.len());
    drop(by);
    if list.is_empty() { None } else { Some(list.iter().copied()) }
}

#[cleanup(undo(undone), on = "error")]
unsafe fn not_safe(undone: &Cell<u32>, pointer: *const u8) -> Option<u8> {
    // SAFETY: the caller's.
    Some(unsafe { *pointer }).filter(|byte| *byte > 0)
}

#[test]
fn what_the_body_borrows_can_be_returned() {
    let mut buffer = Buffer { bytes: vec![1], undone: Cell::new(0) };
    *buffer.first().unwrap() += 1;
    *block_on(buffer.first_async()).unwrap() += 1;
    assert_eq!((buffer.bytes[0], buffer.undone.get()), (5, 0));
    buffer.bytes.clear();
    assert!(buffer.first().is_none() && block_on(buffer.first_async()).is_none());
    assert_eq!(buffer.undone.get(), 2);
    let undone = Cell::new(0);
    assert_eq!(opaque(&undone, &mut vec![1, 5], "abc".into()).unwrap().count(), 1);
    assert!(opaque(&undone, &mut vec![1, 5], "abcdef".into()).is_none());
    // SAFETY: both are valid.
    assert!(unsafe { not_safe(&undone, &1).is_some() && not_safe(&undone, &0).is_none() });
    assert_eq!(undone.get(), 2);
}

#[cleanup(undo(first))]
#[cleanup(undo(second), on = "error")]
fn mixed(first: &Cell<u32>, second: &Cell<u32>, result: Result<(), ()>) -> Result<(), ()> {
    result
}

#[test]
fn each_attribute_has_its_own() {
    let (first, second) = (Cell::new(0), Cell::new(0));
    mixed(&first, &second, Ok(())).unwrap();
    mixed(&first, &second, Err(())).unwrap_err();
    assert_eq!((first.get(), second.get()), (2, 1));
}
