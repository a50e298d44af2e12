//! What the types of the public API may be used for, and how large they are.

use hooks_runtime::labels::{Labeled, Labels, WithLabels};
use hooks_runtime::{labeled, labels};
use std::cell::Cell;
use std::future::{Future, Ready, pending, ready};
use std::marker::{PhantomData, PhantomPinned};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

fn is_send_and_sync<T: Send + Sync>(_: &T) {}
fn is_unwind_safe<T: UnwindSafe + RefUnwindSafe>(_: &T) {}

#[labeled(text, copied, number)]
async fn handle(text: &str, copied: String, number: u8) {
    drop(copied);
    pending::<()>().await;
}

#[test]
fn labels_go_anywhere_and_are_a_pointer_and_a_length() {
    let labels = Labels::none();
    is_send_and_sync(&labels);
    is_unwind_safe(&labels);
    let copy = labels.clone();
    assert_eq!(labels, copy);
    assert_eq!(size_of::<Labels>(), 2 * size_of::<usize>());
}

/// Which traits a type has, told without requiring them: an inherent method goes before one of a trait.
macro_rules! traits {
    ($value:expr) => {{
        let probe = &Probe::of(&$value);
        [probe.is_send(), probe.is_sync(), probe.is_unpin()]
    }};
}

struct Probe<T>(PhantomData<T>);

impl<T> Probe<T> {
    fn of(_: &T) -> Self {
        Probe(PhantomData)
    }
}

trait Otherwise {
    fn is_send(&self) -> bool {
        false
    }
    fn is_sync(&self) -> bool {
        false
    }
    fn is_unpin(&self) -> bool {
        false
    }
}
impl<T> Otherwise for &Probe<T> {}

impl<T: Send> Probe<T> {
    fn is_send(&self) -> bool {
        let Probe(_) = self;
        true
    }
}
impl<T: Sync> Probe<T> {
    fn is_sync(&self) -> bool {
        let Probe(_) = self;
        true
    }
}
impl<T: Unpin> Probe<T> {
    fn is_unpin(&self) -> bool {
        let Probe(_) = self;
        true
    }
}

#[labeled(text)]
async fn not_sync(text: &str, cell: Cell<u8>) {
    pending::<()>().await;
    cell.set(1);
}

#[labeled(text)]
async fn not_send(text: &str, shared: Rc<()>) {
    pending::<()>().await;
    drop(shared);
}

#[derive(Default)]
struct Pinned(PhantomData<(PhantomPinned, Rc<()>)>);

impl Future for Pinned {
    type Output = ();
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

#[test]
fn an_annotated_future_has_the_traits_of_its_body() {
    assert_eq!(traits!(handle("x", String::new(), 1)), [true, true, false]);
    assert_eq!(traits!(not_sync("x", Cell::new(0))), [true, false, false]);
    assert_eq!(traits!(not_send("x", Rc::new(()))), [false, false, false]);
}

#[test]
fn a_future_with_a_set_has_the_traits_of_what_is_inside() {
    let none = Labels::none();
    let free: WithLabels<Ready<()>> = ready(()).labeled(none.clone());
    assert_eq!(traits!(free), [true, true, true]);
    assert_eq!(traits!(Pinned::default().labeled(none.clone())), [false, false, false]);
    assert_eq!(traits!(not_sync("x", Cell::new(0)).labeled(none)), [true, false, false]);
}

#[test]
fn a_level_of_labels_grows_a_future_by_what_it_holds() {
    async fn plain(argument: Arc<str>) {
        pending::<()>().await;
        drop(argument);
    }
    #[labeled(route = "/x")]
    async fn borrowed(argument: Arc<str>) {
        pending::<()>().await;
        drop(argument);
    }
    #[labeled(size = argument.len())]
    async fn number(argument: Arc<str>) {
        pending::<()>().await;
        drop(argument);
    }
    #[labeled(argument)]
    async fn copied(argument: Arc<str>) {
        pending::<()>().await;
        drop(argument);
    }
    let argument: Arc<str> = "x".into();
    let size = size_of_val(&plain(argument.clone()));
    assert_eq!(size_of_val(&borrowed(argument.clone())), size + 24);
    assert_eq!(size_of_val(&number(argument.clone())), size + 24);
    assert_eq!(size_of_val(&copied(argument.clone())), size + 80);
    assert_eq!(size_of_val(&plain(argument.clone()).labeled(labels! {})), size + 40);
}
