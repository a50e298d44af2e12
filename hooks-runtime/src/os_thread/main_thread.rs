//! The main thread: windows and event loops of many systems belong on it and on no other.

use super::context;
use super::error::Error;
use super::lane::{self, Lane};
use super::plan::Place;
use super::state::thread_id;
use super::work::Work;
use crate::forked;
use crate::labels::spawn::carried;
use crate::mutex::lock;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};
use std::thread::Builder;

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
        !context::is_inside_runtime(),
        "`os_thread::run_main` would block this async runtime: start the runtime inside its closure"
    );
    forked::watch();
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
        lane::refuse(self.0.close(), || Error::MainLoopEnded);
    }
}

pub(super) fn submit(mut work: Box<dyn Work>) {
    let lane = lock(&MAIN).clone();
    match lane {
        None => work.refuse(Error::NoMainLoop),
        Some(lane) => lane::refuse(lane.submit(work).err(), || Error::MainLoopEnded),
    }
}

#[cfg(target_os = "linux")]
pub(super) fn is_main() -> bool {
    // SAFETY: no memory is passed.
    thread_id() == unsafe { libc::getpid() }
}

/// Rust's own name for it.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_main() -> bool {
    thread_id() == 0 && std::thread::current().name() == Some("main")
}
