//! What the types of the public API may be used for, and how large they are.

use hooks_runtime::labels::{Labeled, Labels, WithLabels};
use hooks_runtime::{labeled, labels};
use std::cell::Cell;
use std::future::{Future, Ready, pending, ready};
use std::marker::{PhantomData, PhantomPinned};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::Arc;

fn is_send_and_sync<T: Send + Sync>(_: &T) {}
fn is_unwind_safe<T: UnwindSafe + RefUnwindSafe>(_: &T) {}

#[labeled(text, copied, number)]
async fn handle(text: &str, copied: String, number: u8) {
    drop(copied);
    pending::<()>().await;
}

#[test]
fn labels_go_anywhere_and_are_one_pointer() {
    let labels = Labels::none();
    is_send_and_sync(&labels);
    is_unwind_safe(&labels);
    let copy = labels;
    assert_eq!(labels, copy);
    assert_eq!(size_of::<Labels>(), size_of::<usize>());
    assert_eq!(size_of::<Option<Labels>>(), size_of::<usize>());
}

#[test]
fn an_annotated_future_is_as_sendable_as_its_body() {
    is_send_and_sync(&handle("x", String::new(), 1));
    is_send_and_sync(&async {}.labeled(Labels::none()));
    #[labeled(text)]
    async fn not_sync(text: &str, cell: Cell<u8>) {
        pending::<()>().await;
        cell.set(1);
    }
    assert!((&Probe::of(&not_sync("x", Cell::new(0)))).is_send());
    assert!(!(&Probe::of(&not_sync("x", Cell::new(0)))).is_sync());
}

/// `false` by the trait's constant, `true` by the inherent one, which goes first.
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

#[test]
fn a_future_with_labels_is_no_more_than_what_is_inside() {
    let free: WithLabels<Ready<()>> = ready(()).labeled(Labels::none());
    assert!((&Probe::of(&free)).is_unpin());
    assert!((&Probe::of(&free)).is_send());
    assert!((&Probe::of(&free)).is_sync());

    #[derive(Default)]
    struct Pinned(PhantomData<(PhantomPinned, Rc<()>)>);
    impl Future for Pinned {
        type Output = ();
        fn poll(self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<()> {
            std::task::Poll::Pending
        }
    }
    let bound = Pinned::default().labeled(Labels::none());
    assert!(!(&Probe::of(&bound)).is_unpin());
    assert!(!(&Probe::of(&bound)).is_send());
    assert!(!(&Probe::of(&bound)).is_sync());

    #[labeled(text)]
    async fn local(text: &str, shared: Rc<()>) {
        pending::<()>().await;
        drop(shared);
    }
    assert!(!(&Probe::of(&local("x", Rc::new(())))).is_send());
    assert!(!(&Probe::of(&local("x", Rc::new(())))).is_unpin());
}

#[test]
fn a_level_of_labels_grows_a_future_by_what_it_holds() {
    async fn plain(argument: Arc<str>) {
        let argument = argument;
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
    assert_eq!(size_of_val(&plain(argument.clone()).labeled(labels! {})), size + 24);
}

#[test]
fn where_async_is_kept_the_labels_are_not_held_twice() {
    async fn plain(argument: Arc<str>) {
        pending::<()>().await;
        drop(argument);
    }
    #[labeled(first = *argument, second = argument.len())]
    #[must_use]
    async fn kept(argument: Arc<str>) -> u8 {
        pending::<()>().await;
        drop(argument);
        1
    }
    let argument: Arc<str> = "x".into();
    // A text copied and a number; what else it grows by is what any `async fn` pays to await another.
    let labels = 72 + 16;
    let plain = size_of_val(&plain(argument.clone()));
    let kept = size_of_val(&kept(argument.clone()));
    assert!(kept < plain + 2 * labels, "{kept} of {plain}");
}
