//! What a pending poll of an annotated future costs, before and after tasks are watched.

use hooks_runtime::labeled;
use hooks_service::stacks::watch_tasks;
use measures::figure::{Figure, Goal};
use measures::measure::{Case, interleave};
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

const CALLS: u32 = 200_000;
const ROUNDS: usize = 41;

async fn plain(route: &str) {
    std::future::poll_fn(|_| Poll::<()>::Pending).await;
    black_box(route);
}

#[labeled(route)]
async fn annotated(route: &str) {
    std::future::poll_fn(|_| Poll::<()>::Pending).await;
    black_box(route);
}

/// A poll through a vtable, as an executor's.
#[inline(never)]
fn poll(future: Pin<&mut (dyn Future<Output = ()> + 'static)>) {
    assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

/// A future that lives as long as its case.
fn polls<F: Future<Output = ()> + 'static>(name: &str, future: F) -> Case<'static> {
    let mut future = Box::pin(future);
    Case::new(name.to_owned(), CALLS, move || poll(future.as_mut()))
}

/// A future that is polled once, and dropped.
fn lives<F: Future<Output = ()> + 'static>(name: &str, make: impl Fn() -> F + 'static) -> Case<'static> {
    Case::new(name.to_owned(), CALLS / 4, move || {
        let mut future = std::pin::pin!(make());
        poll(future.as_mut());
    })
}

/// Medians of a poll, and of a life, net of a future without the attribute.
fn net(when: &str) -> [f64; 2] {
    let results = interleave(
        ROUNDS,
        vec![
            polls("plain future", plain("/orders")),
            polls("annotated future", annotated("/orders")),
            lives("plain future, one poll and the drop", || plain("/orders")),
            lives("annotated future, one poll and the drop", || annotated("/orders")),
        ],
    );
    println!("{when}: median (least..most) ns");
    for rounds in &results {
        println!("  {:<42} {rounds}", rounds.name());
    }
    [results[1].net_of(&results[0]).median(), results[3].net_of(&results[2]).median()]
}

/// Prints the figures.
pub(crate) fn measure() {
    let [off, off_life] = net("tasks not watched");
    watch_tasks(1_000_000).expect("tasks can be watched");
    let [on, on_life] = net("tasks watched");
    println!(
        "watching adds {:.2} ns to a poll, and {:.2} ns to the life of a future",
        on - off,
        on_life - off_life
    );
    Figure::new("stacks.poll_not_watched", off, "ns", Goal::AtMost(5.0)).print();
    Figure::new("stacks.poll_watched", on, "ns", Goal::AtMost(5.0)).print();
}
