//! `#[lock_os_thread]` beside the ways to have a thread without it.
//!
//! Every way runs in every round, so that the ratios are of one and the same machine at one and the same time.

use hooks_runtime::lock_os_thread;
use hooks_runtime::os_thread::counters;
use measures::figure::{Figure, Goal};
use std::hint::black_box;
use std::time::Instant;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio_util::task::LocalPoolHandle;

const ROUNDS: usize = 61;

#[lock_os_thread(restore(signal_mask, fp_env), reason = "a bench")]
fn sync_declared() {
    black_box(());
}

#[lock_os_thread(reason = "a bench")]
fn sync_bare() {
    black_box(());
}

#[lock_os_thread(check = "full", reason = "a bench")]
fn sync_full() {
    black_box(());
}

#[lock_os_thread(reason = "a bench")]
async fn own_thread() -> u32 {
    black_box(1)
}

#[lock_os_thread(thread = "bench", reason = "a bench")]
async fn named_thread() -> u32 {
    black_box(1)
}

async fn new_thread() -> u32 {
    let (sender, receiver) = oneshot::channel();
    let handle = Handle::current();
    std::thread::spawn(move || sender.send(handle.block_on(async { black_box(1) })));
    receiver.await.expect("the thread answers")
}

/// Nanoseconds a call, in each round.
struct Series {
    name: &'static str,
    rounds: Vec<f64>,
}

impl Series {
    fn new(name: &'static str) -> Series {
        Series { name, rounds: Vec::with_capacity(ROUNDS) }
    }

    fn add(&mut self, start: Instant, calls: u32) {
        self.rounds.push(start.elapsed().as_secs_f64() * 1e9 / f64::from(calls));
    }

    fn median(&self) -> f64 {
        median(self.rounds.clone())
    }

    /// Round by round, so that what else the machine does falls on both.
    fn ratio(&self, other: &Series) -> f64 {
        median(self.rounds.iter().zip(&other.rounds).map(|(this, other)| this / other).collect())
    }

    fn print(&self) {
        let best = self.rounds.iter().copied().fold(f64::INFINITY, f64::min);
        let worst = self.rounds.iter().copied().fold(0.0, f64::max);
        println!("{:<44} median {:>10.1} ns, {best:.1} to {worst:.1}", self.name, self.median());
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

macro_rules! sync_round {
    ($series:expr, $calls:expr, $call:expr) => {{
        let start = Instant::now();
        for _ in 0..$calls {
            $call;
        }
        $series.add(start, $calls);
    }};
}

macro_rules! round {
    ($series:expr, $calls:expr, $call:expr) => {{
        let start = Instant::now();
        for _ in 0..$calls {
            let _ = black_box($call.await);
        }
        $series.add(start, $calls);
    }};
}

#[lock_os_thread(reason = "a bench")]
fn nested_rounds(nested: &mut Series) {
    sync_round!(nested, 100_000, sync_bare());
}

fn sync() {
    let mut all =
        ["sync, restore(signal_mask, fp_env)", "sync, bare", "sync, check = \"full\"", "sync, nested"]
            .map(Series::new);
    let [declared, bare, full, nested] = &mut all;
    for _ in 0..ROUNDS {
        sync_round!(declared, 2_000, sync_declared());
        sync_round!(bare, 2_000, sync_bare());
        sync_round!(full, 200, sync_full());
        nested_rounds(nested);
    }
    all.iter().for_each(Series::print);
    Figure::new("os_thread.sync", all[0].median() / 1e3, "us", Goal::AtMost(6.0)).print();
    Figure::new("os_thread.nested", all[3].median(), "ns", Goal::AtMost(20.0)).print();
}

async fn asynchronous() {
    let pool = LocalPoolHandle::new(2);
    let handle = Handle::current();
    let mut all = [
        "spawn_blocking",
        "spawn_blocking + block_on",
        "LocalPoolHandle::spawn_pinned",
        "lock_os_thread, async",
        "lock_os_thread, async, named thread",
        "a new thread each time + block_on",
    ]
    .map(Series::new);
    let [blocking, blocking_on, pinned, own, named, new] = &mut all;
    for _ in 0..ROUNDS {
        round!(blocking, 300, tokio::task::spawn_blocking(|| black_box(1)));
        let blocked = || {
            let handle = handle.clone();
            tokio::task::spawn_blocking(move || handle.block_on(async { black_box(1) }))
        };
        round!(blocking_on, 300, blocked());
        round!(pinned, 300, pool.spawn_pinned(|| async { black_box(1) }));
        round!(own, 300, own_thread());
        round!(named, 300, named_thread());
        round!(new, 30, new_thread());
    }
    all.iter().for_each(Series::print);
    println!("dedicated threads: {:?}", counters());
    let ratio = all[3].ratio(&all[0]);
    Figure::new("os_thread.async_to_spawn_blocking", ratio, "x", Goal::AtMost(2.0)).print();
}

fn main() {
    sync();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async { tokio::spawn(asynchronous()).await.expect("the bench runs") });
}
