//! Threads that work is sent to: what work is, the queue of a thread, threads that fns share by name, and the main thread.

use super::plan::{Error, Place, Plan};
use super::runtime::is_inside_runtime;
use super::spawner::{self, Request};
use crate::labels::spawn::carried;
use crate::mutex::{lock, wait};
use crate::panics::contain;
use crate::{process, this_thread};
use std::cell::Cell;
use std::collections::VecDeque;
use std::io;
use std::panic::resume_unwind;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::Builder;

/// Dropping it announces its outcome to whoever waits: the thread does that once it is fit for the next one.
pub(super) trait Work: Send {
    fn plan(&self) -> &Plan;
    /// Runs it to its end; a panic is kept as its outcome.
    fn perform(&mut self);
    /// Ends it unrun.
    fn refuse(&mut self, error: Error);
    fn panicked(&self) -> bool;
}

thread_local! {
    /// Where the work that runs on this thread was sent.
    static PLACE: Cell<Option<Place>> = const { Cell::new(None) };
}

// What a work holds is other people's: captures, values that nobody waits for any more, wakers. Their panics end here, since
// others count on the threads that run work.

/// Runs `work` on this thread, which serves `place`.
pub(super) fn perform(work: &mut dyn Work, place: Place) {
    PLACE.set(Some(place));
    contain(|| work.perform());
    PLACE.set(None);
}

/// Ends `work` unrun.
pub(super) fn refuse(mut work: Box<dyn Work>, error: Error) {
    contain(|| work.refuse(error));
    end(work);
}

/// Announces the outcome of `work`.
pub(super) fn end(work: Box<dyn Work>) {
    contain(|| drop(work));
}

/// Where the work was sent that this thread is running.
pub(super) fn place() -> Option<Place> {
    PLACE.get()
}

/// Whether this thread is running work, and work for `wanted` belongs on the same thread.
pub(super) fn belongs_here(wanted: Place) -> bool {
    place().is_some_and(|here| wanted == Place::Own || wanted == here)
}

struct Lane {
    place: Place,
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Box<dyn Work>>,
    closed: bool,
}

impl Lane {
    pub(super) fn new(place: Place) -> Lane {
        Lane { place, queue: Mutex::default(), changed: Condvar::new() }
    }

    /// Puts `work` at the end of the queue; gives it back where the lane is closed.
    pub(super) fn submit(&self, work: Box<dyn Work>) -> Result<(), Box<dyn Work>> {
        let mut queue = lock(&self.queue);
        if queue.closed {
            return Err(work);
        }
        queue.waiting.push_back(work);
        drop(queue);
        self.changed.notify_all();
        Ok(())
    }

    /// Takes no more work, and returns what has not been begun.
    pub(super) fn close(&self) -> VecDeque<Box<dyn Work>> {
        let mut queue = lock(&self.queue);
        queue.closed = true;
        let left = std::mem::take(&mut queue.waiting);
        drop(queue);
        self.changed.notify_all();
        left
    }

    /// Does the work on this thread until the lane is closed.
    pub(super) fn serve(&self) {
        while let Some(mut work) = self.next() {
            match work.plan().try_scope() {
                Ok(scope) => {
                    perform(&mut *work, self.place);
                    drop(scope);
                    end(work);
                }
                Err(error) => refuse(work, error),
            }
        }
    }

    fn next(&self) -> Option<Box<dyn Work>> {
        let mut queue = lock(&self.queue);
        loop {
            if let Some(work) = queue.waiting.pop_front() {
                return Some(work);
            }
            if queue.closed {
                return None;
            }
            queue = wait(&self.changed, queue, None);
        }
    }
}

/// Ends all that is left unrun.
fn refuse_all(left: impl IntoIterator<Item = Box<dyn Work>>, error: impl Fn() -> Error) {
    for work in left {
        refuse(work, error());
    }
}

/// A program names few threads.
static LANES: Mutex<Vec<(&'static str, Arc<Lane>)>> = Mutex::new(Vec::new());

/// Runs `work` on the thread `name`, which is started for the first and then lives as long as the process.
pub(super) fn submit_to_named(name: &'static str, work: Box<dyn Work>) {
    let (lane, is_new) = lane(name);
    if let Err(work) = lane.submit(work) {
        refuse(work, Error::ThreadEnded);
    }
    // With the work in the queue, which is told where there is no thread, and without the lock, which that takes.
    if is_new {
        start_named(name, lane);
    }
}

/// The lane of the thread `name`, and whether the thread is still to be started.
fn lane(name: &'static str) -> (Arc<Lane>, bool) {
    let mut lanes = lock(&LANES);
    if let Some((_, lane)) = lanes.iter().find(|(known, _)| *known == name) {
        return (Arc::clone(lane), false);
    }
    let lane = Arc::new(Lane::new(Place::Named(name)));
    lanes.push((name, Arc::clone(&lane)));
    (lane, true)
}

fn start_named(name: &'static str, lane: Arc<Lane>) {
    let unstarted = Arc::clone(&lane);
    spawner::start(Request {
        name: name.to_owned(),
        body: Box::new(move |_| lane.serve()),
        failed: Box::new(move |error| give_up(name, &unstarted, &error)),
    });
}

/// The next call tries again.
fn give_up(name: &'static str, lane: &Lane, error: &io::Error) {
    lock(&LANES).retain(|(known, _)| *known != name);
    refuse_all(lane.close(), || Error::ThreadNotStarted(error.kind().into()));
}

static MAIN: Mutex<Option<Arc<Lane>>> = Mutex::new(None);

/// Runs the program on another thread, and on the main thread, which this has to be called on, the fns with
/// `#[lock_os_thread(thread = "main")]`. Returns what the program returns.
///
/// Without it such a fn panics at once with a message that says so. Calls that wait when the program returns end with a
/// panic too.
///
/// # Panics
/// Outside of the main thread, inside of an async runtime, where it runs already, and where the system cannot start a
/// thread. If the program panics, so does this, with the same payload.
///
/// ```no_run
/// use hooks_runtime::{lock_os_thread, os_thread};
///
/// #[lock_os_thread(thread = "main", reason = "the window system wants it")]
/// fn open_window(title: &str) {}
///
/// fn main() {
///     os_thread::run_main(|| open_window("orders"));
/// }
/// ```
pub fn run_main<R: Send>(program: impl FnOnce() -> R + Send) -> R {
    assert!(is_main(), "`os_thread::run_main` belongs in `main`: this is not the main thread");
    assert!(
        !is_inside_runtime(),
        "`os_thread::run_main` would block this async runtime: start the runtime inside its closure"
    );
    process::watch_forks();
    let lane = Arc::new(Lane::new(Place::Main));
    let registered = register(&lane);
    assert!(registered, "`os_thread::run_main` runs already");
    let serving = Serving(&lane);
    let result = std::thread::scope(|scope| {
        let program = carried(|| {
            let _serving = Serving(&lane);
            program()
        });
        let started = Builder::new().name("program".to_owned()).spawn_scoped(scope, program);
        let program =
            started.unwrap_or_else(|error| panic!("the program's thread could not be started: {error}"));
        lane.serve();
        program.join()
    });
    drop(serving);
    result.unwrap_or_else(|payload| resume_unwind(payload))
}

fn register(lane: &Arc<Lane>) -> bool {
    let mut main = lock(&MAIN);
    let free = main.is_none();
    if free {
        *main = Some(Arc::clone(lane));
    }
    free
}

/// Ends the loop, however the program ends.
struct Serving<'a>(&'a Lane);

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        *lock(&MAIN) = None;
        refuse_all(self.0.close(), || Error::MainLoopEnded);
    }
}

pub(super) fn submit_to_main(work: Box<dyn Work>) {
    let lane = lock(&MAIN).clone();
    match lane {
        None => refuse(work, Error::NoMainLoop),
        Some(lane) => refuse_all(lane.submit(work).err(), || Error::MainLoopEnded),
    }
}

#[cfg(kernel)]
pub(super) fn is_main() -> bool {
    // SAFETY: no memory is passed.
    this_thread::id() == unsafe { libc::getpid() }
}

/// Rust's own name for it.
#[cfg(not(kernel))]
pub(super) fn is_main() -> bool {
    this_thread::id() == 0 && std::thread::current().name() == Some("main")
}
