//! What a poll of an annotated future costs, for each attribute that wraps one, beside the same future without it: in a loop
//! that the poll is inlined into, and through a vtable, as an executor's.

use hooks_runtime::fault::GuardedMap;
use hooks_runtime::{cleanup, exit_scope, labeled, panic_on_fault};
use measures::figure::{Figure, Goal};
use measures::measure::{Case, Rounds, interleave};
use std::hint::black_box;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

const ROUNDS: usize = 201;
const CALLS: u32 = 100_000;

/// Never ready, so that it can be polled over and over.
async fn pending() {
    std::future::poll_fn(|_| Poll::<()>::Pending).await;
}

async fn plain(argument: Arc<GuardedMap>) {
    pending().await;
    black_box(argument);
}

#[labeled(route = "/orders")]
async fn labels(argument: Arc<GuardedMap>) {
    pending().await;
    black_box(argument);
}

#[panic_on_fault(argument)]
async fn fault(argument: Arc<GuardedMap>) {
    pending().await;
    black_box(argument);
}

#[exit_scope]
async fn exit(argument: Arc<GuardedMap>) {
    pending().await;
    black_box(argument);
}

fn done() {
    black_box(());
}

/// Of a fn that builds its future by hand: in an `async fn` the cleanup is a local of the body.
#[cleanup(done(), future)]
fn cleaned(argument: Arc<GuardedMap>) -> impl Future<Output = ()> {
    plain(argument)
}

/// What is measured, the first of them without an attribute.
const NAMES: [&str; 5] = ["plain", "labeled", "panic_on_fault", "exit_scope", "cleanup"];

/// The most that a poll may take more than a plain one, in nanoseconds. A scope that can be exited has a `catch_unwind`; a
/// cleanup looks first whether it has run, and drops the future itself when that is over.
const MOST: [f64; 5] = [0.0, 1.0, 2.0, 10.0, 2.0];

fn main() {
    let map = Arc::new(GuardedMap::map_anon(4096).expect("memory"));
    measure("inlined", cases!(inlined, &map));
    measure("by vtable", cases!(called, &map));
}

/// A case for each of [`NAMES`], of futures of different types.
macro_rules! cases {
    ($how:ident, $map:expr) => {{
        let [plain_name, labels_name, fault_name, exit_name, cleaned_name] = NAMES;
        vec![
            $how(plain_name, plain(Arc::clone($map))),
            $how(labels_name, labels(Arc::clone($map))),
            $how(fault_name, fault(Arc::clone($map))),
            $how(exit_name, exit(Arc::clone($map))),
            $how(cleaned_name, cleaned(Arc::clone($map))),
        ]
    }};
}
use cases;

fn inlined<F: Future<Output = ()> + 'static>(name: &'static str, future: F) -> Case<'static> {
    let mut future = Box::pin(future);
    Case::new(name, CALLS, move || {
        let poll = black_box(future.as_mut()).poll(&mut Context::from_waker(Waker::noop()));
        assert!(poll.is_pending());
    })
}

fn called<F: Future<Output = ()> + 'static>(name: &'static str, future: F) -> Case<'static> {
    let mut future: Pin<Box<dyn Future<Output = ()>>> = Box::pin(future);
    Case::new(name, CALLS, move || {
        let poll = black_box(future.as_mut()).poll(&mut Context::from_waker(Waker::noop()));
        assert!(poll.is_pending());
    })
}

/// Prints whole and net medians, and the net ones as figures.
fn measure(how: &str, cases: Vec<Case<'static>>) {
    println!(
        "a poll, {how}: processor time in ns, median (min..max) of {ROUNDS} interleaved rounds; net of the plain one"
    );
    let results = interleave(ROUNDS, cases);
    for (rounds, most) in results.iter().zip(MOST) {
        let net = rounds.net_of(&results[0]);
        println!("{:16} {:>24} {:>24}", rounds.name(), rounds.to_string(), net.to_string());
        if rounds.name() != NAMES[0] {
            figure(how, &net, most).print();
        }
    }
}

fn figure(how: &str, net: &Rounds, most: f64) -> Figure {
    let how = how.replace(' ', "_");
    Figure::new(format!("polls.{}_{how}", net.name()), net.median(), "ns", Goal::AtMost(most))
}
