//! The incident: a service at full load whose audit channel stalls. 280,000 tasks park at one line, and a dump is written.
//!
//! What is asked of the dump is that those who are still served do not notice: the 99th percentile of a request's time while
//! dumps are taken and written, beside that before.

use hooks_runtime::labeled;
use hooks_service::stacks::{OnSignal, Requests, Target};
use measures::figure::{Figure, Goal};
use measures::measure::Rounds;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Handle};
use tokio::sync::Semaphore;

const PARKED: usize = 280_000;
const DUMPS: u64 = 15;
const CLIENTS: usize = 4;

#[labeled(route)]
async fn handle(route: &'static str, audit: Arc<Semaphore>) {
    append(&audit).await;
}

#[labeled(sink = "audit")]
async fn append(audit: &Semaphore) {
    let _permit = audit.acquire().await;
}

/// A request that does not need the audit: some 50 µs of work in two steps.
#[labeled(route = "/health")]
async fn serve() {
    for _ in 0..2 {
        black_box((0..20_000_u64).fold(1, |sum: u64, number| black_box(sum.rotate_left(5) ^ number)));
        tokio::task::yield_now().await;
    }
}

/// Requests one after the other, and how long each took, until it is over.
async fn client(over: Arc<AtomicBool>) -> Vec<(Instant, Duration)> {
    let mut times = Vec::with_capacity(1 << 20);
    while !over.load(Ordering::Relaxed) {
        let start = Instant::now();
        let served = tokio::spawn(serve()).await;
        served.expect("it is served");
        times.push((start, start.elapsed()));
    }
    times
}

/// The clients' times while `meanwhile` runs on this thread.
fn load(handle: &Handle, meanwhile: impl FnOnce()) -> Vec<(Instant, Duration)> {
    let over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS).map(|_| handle.spawn(client(Arc::clone(&over)))).collect();
    meanwhile();
    over.store(true, Ordering::Relaxed);
    let times = clients.into_iter().flat_map(|client| handle.block_on(client).expect("a client"));
    times.collect()
}

fn percentile_99(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() * 99 / 100).copied().unwrap_or(Duration::MAX)
}

/// Asks for a dump and waits until it is written.
fn dump(requests: &Requests, number: u64) -> (Instant, Instant) {
    let start = Instant::now();
    // SAFETY: a signal to this process, which is handled.
    unsafe { libc::kill(libc::getpid(), libc::SIGUSR1) };
    while requests.counts().written < number {
        assert_eq!(requests.counts().failed, 0, "{:?}", requests.last_error());
        thread::sleep(Duration::from_millis(1));
    }
    (start, Instant::now())
}

fn park(handle: &Handle, audit: &Arc<Semaphore>) {
    for index in 0..PARKED {
        let route = if index % 100 < 61 { "/pay" } else { "/orders" };
        handle.spawn(self::handle(route, Arc::clone(audit)));
    }
}

/// Prints the figures.
pub(crate) fn measure() {
    let runtime = Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let audit = Arc::new(Semaphore::new(0));
    let folder = std::env::temp_dir().join(format!("hooks-bench-stacks-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let set_up = OnSignal::new(libc::SIGUSR1, Target::dir(&folder)).interval(Duration::ZERO);
    let requests = set_up.start().expect("dumps on a signal");
    park(runtime.handle(), &audit);
    // The first dump reads debug information, once in the life of a process.
    let (start, end) = dump(&requests, 1);
    println!("{PARKED} tasks parked; the first dump took {:.1?} to be on disk", end - start);

    let rounds: Vec<_> = (0..DUMPS).map(|number| round(runtime.handle(), &requests, number + 2)).collect();
    report(&folder);
    requests.stop();
    let _ = std::fs::remove_dir_all(&folder);
    print(&rounds);
    audit.close();
}

/// What one dump did to the requests.
struct Round {
    /// Until it was on disk.
    took: Duration,
    before: Duration,
    during: Duration,
}

/// A dump under load, after a second of the same load without.
fn round(handle: &Handle, requests: &Requests, number: u64) -> Round {
    let mut window = None;
    let times = load(handle, || {
        // Not counted: the clients start.
        thread::sleep(Duration::from_millis(100));
        let begin = Instant::now();
        thread::sleep(Duration::from_secs(1));
        window = Some((begin, dump(requests, number)));
    });
    let (begin, (start, end)) = window.expect("a dump");
    let within = |from: Instant, to: Instant| {
        let overlaps = |(begin, time): &&(Instant, Duration)| *begin <= to && *begin + *time >= from;
        percentile_99(times.iter().filter(overlaps).map(|(_, time)| *time).collect())
    };
    Round { took: end - start, before: within(begin, start), during: within(start, end) }
}

fn print(rounds: &[Round]) {
    let of = |name: &str, value: fn(&Round) -> Duration| {
        let values = rounds.iter().map(|round| value(round).as_secs_f64() * 1e3).collect();
        let rounds = Rounds::new(name, values);
        println!("  {:<44} {rounds}", rounds.name());
    };
    println!("{DUMPS} dumps under load: median (least..most) ms");
    of("until on disk", |round| round.took);
    of("99th percentile of a request, before", |round| round.before);
    of("99th percentile of a request, during", |round| round.during);
    let ratios = rounds.iter().map(|round| round.during.as_secs_f64() / round.before.as_secs_f64()).collect();
    let ratio = Rounds::new("during to before, round by round", ratios);
    println!("  {:<44} {ratio}", ratio.name());
    Figure::new("stacks.incident_p99_to_before", ratio.median(), "x", Goal::AtMost(2.0)).print();
}

/// What the last dump says of the tasks.
fn report(folder: &std::path::Path) {
    let files = std::fs::read_dir(folder).expect("the folder").filter_map(|entry| Some(entry.ok()?.path()));
    let last = files.filter(|path| path.extension().is_some_and(|kind| kind == "txt")).max().expect("a dump");
    let text = std::fs::read_to_string(last).expect("text");
    let tasks = text.lines().skip_while(|line| !line.starts_with("tasks: ")).take(7);
    tasks.for_each(|line| println!("  | {line}"));
}
