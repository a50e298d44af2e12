//! Runtime hooks for Rust: the pairs that annotated functions call.
//!
//! Go gives a service its runtime as an API, in pairs: label and unlabel, lock and unlock, register and stop. Here one
//! attribute over a fn writes the pair, so that no way out of the fn can forget its second half.
//!
//! | attribute | module | Go |
//! |---|---|---|
//! | [`#[at_exit(..)]`](macro@at_exit) | [`mod@exit`] | `os.Exit` |
//! | [`#[exit_scope]`](macro@exit_scope) | [`mod@exit`] | `runtime.Goexit` |
//! | [`#[cleanup(..)]`](macro@cleanup) | [`mod@cleanup`] | `defer`, `runtime.AddCleanup` |
//! | [`#[labeled(..)]`](macro@labeled) | [`mod@labels`] | `pprof.Do` |
//! | [`#[panic_on_fault(..)]`](macro@panic_on_fault) | [`fault`] | `debug.SetPanicOnFault` |
//! | [`#[lock_os_thread(..)]`](macro@lock_os_thread) | [`os_thread`] | `runtime.LockOSThread` |
//! | [`#[keep_alive(..)]`](macro@keep_alive) | [`mod@keep_alive`] | `runtime.KeepAlive`, `runtime.Pinner` |
//!
//! A library depends on this crate alone. What observes the pairs (profilers, traces, dumps) is chosen once, in `main`,
//! from `hooks-service`.
//!
//! Features: `tokio` and `rayon` add spawn helpers to [`labels::spawn`], `tokio` has locked threads enter the caller's
//! runtime, `strict` wants a reason for each locked thread; none is on by default.

pub mod cleanup;
pub mod exit;
pub mod fault;
mod forked;
pub mod keep_alive;
pub mod labels;
mod mutex;
pub mod os_thread;
mod panics;
mod sites;
mod sorted;
mod standard_error;
pub mod tasks;
mod threads;

/// Registers a fn that is called once before the process ends: a flusher.
///
/// **Applies to** free fns without arguments or generics that return `()` or a `Result` whose error is `Display`.
///
/// **Arguments**: `order = 10`, any constant `i32`, lower ones first, 0 where nothing is said; `timeout = "2s"` (`ms`,
/// `s`, `m`), how long the exit waits for it, 5 seconds where nothing is said; `crate = ::path` where this crate has
/// another name.
///
/// ```
/// use hooks_runtime::{at_exit, exit_scope};
/// use std::io::{self, Write};
///
/// #[at_exit(order = 100, timeout = "2s")]
/// fn flush_output() -> io::Result<()> {
///     io::stdout().flush()
/// }
///
/// #[exit_scope]
/// fn main() {} // `flush_output` runs here
/// ```
///
/// **When**: at [`exit`](fn@exit), at the end of a `main` with [`#[exit_scope]`](macro@exit_scope), and in
/// [`exit::run_flushers`]; once in all. It runs on a thread of its own, not on that of the caller: thread-locals are
/// not the caller's.
///
/// **Panics**, errors and hanging are caught, counted and reported, and the next flusher has its turn; see
/// [`exit::on_fault`]. With `panic = "abort"` a panic ends the process.
///
/// **Expands to** the fn with a registration in its body. `docs/at_exit.md` shows it.
///
/// **Compile errors**: an `async fn`, a method, a generic or `unsafe` fn, an argument; a timeout without a unit or of
/// nothing; an unknown option.
///
/// **Cost**: a few instructions before `main`, and a thread at the exit.
///
/// **Go's hook**: what `os.Exit` does not have.
pub use hooks_macros::at_exit;

/// Runs a call whenever a fn is left; gives a struct a `close` whose error is seen.
///
/// **Applies to** every fn with a body (free, method, trait method, generic, `unsafe`, `extern "C"`, `async`) and every
/// struct.
///
/// **Arguments** on a fn: one call or more, `unlock(m)`; `on = "error"` for `Err`, `None` and unwinding only,
/// `on = "failure"` for a cancelled future too; `background` for the cleanup thread; `future` or `call` for a sync fn
/// that returns a future; `crate = ::path` where this crate has another name. On a struct: `close = close_fd`,
/// `args(fd)`, `result = Result<..>` where that is not `io::Result<()>`, `background`, `crate`.
///
/// ```
/// use hooks_runtime::cleanup;
/// use std::cell::Cell;
///
/// fn release(held: &Cell<u32>) {
///     held.set(held.get() - 1);
/// }
///
/// #[cleanup(release(held))]
/// fn parse(held: &Cell<u32>, text: &str) -> Result<u32, std::num::ParseIntError> {
///     held.set(held.get() + 1);
///     let value = text.parse()?; // a way out like any other
///     Ok(value)
/// }
///
/// let held = Cell::new(0);
/// assert!(parse(&held, "x").is_err());
/// assert_eq!(held.get(), 0);
/// ```
///
/// ```
/// # use hooks_runtime::cleanup;
/// #[cleanup(close = close_log, args(id))]
/// struct Log {
///     id: u32,
/// }
///
/// fn close_log(id: u32) -> std::io::Result<()> {
///     Err(std::io::Error::other(format!("log {id} is lost")))
/// }
///
/// assert_eq!(Log { id: 7 }.close().unwrap_err().to_string(), "log 7 is lost");
/// drop(Log { id: 8 }); // closed by the net, and reported to `cleanup::on_fault`
/// ```
///
/// **When**: the arguments are evaluated where the body begins (of an `async fn` at its first poll) and kept; the call
/// comes after the body's locals are dropped, on every way out, a panic and a cancelled future included. Several run last
/// to first. A value of the struct is closed once: by `close`, or by its `Drop`, which reports it as not closed;
/// `stop` and `into_parts` leave it open.
///
/// **Panics**: a cleanup's own panic goes on as any other. While the thread is unwinding it is caught, counted and
/// reported instead; see [`cleanup::on_fault`].
///
/// **Expands to** a local with a destructor before the body; on a struct, to a `Drop` and three methods beside it.
/// `docs/cleanup.md` shows it.
///
/// **Compile errors**: a closure or a method call, a value that nobody would see, a `const fn`; on a struct, `args` that
/// are not fields or not `Copy` (wrap them in [`cleanup::Owned`]), `Clone`, a `Drop` besides, fields of `Arc<Self>`,
/// `Rc<Self>` or `Box<dyn Fn..>`. An enum and a union are refused.
///
/// **Cost**: nothing is allocated, locked or counted, except by `background` and by the net of a struct.
///
/// **Go's hook**: `defer`, `runtime.AddCleanup`.
pub use hooks_macros::cleanup;
/// On `main`: the flushers run when it is left. On the root fn of a thread or task: [`exit_task`](exit::exit_task)
/// ends it from any depth.
///
/// **Applies to** every fn with a body (free, method, trait method, generic, `unsafe`, `extern "C"`, `async`) whose
/// value is `'static`. A fn without arguments that is called `main` is the program's.
///
/// **Arguments**: `token = name` brings a [`&TaskScope`](exit::TaskScope) into the body, with which the compiler checks
/// the type of the value; `future` or `call` for a sync fn that returns a future; `crate = ::path` where this crate has
/// another name.
///
/// ```
/// use hooks_runtime::{exit::exit_task, exit_scope};
/// use std::process::ExitCode;
///
/// #[exit_scope]
/// fn main() -> ExitCode {
///     let worker = std::thread::spawn(worker);
///     assert_eq!(worker.join().unwrap(), "ended");
///     ExitCode::SUCCESS
/// }
///
/// #[exit_scope]
/// fn worker() -> &'static str {
///     exit_task("ended")
/// }
/// ```
///
/// **On `main`** the value is returned after the flushers have run, and means what it means to `std`: `()`, `!`,
/// `ExitCode`, `Result`. If another thread has called [`exit`](fn@exit) before, its code stands, and `main` does not
/// return. Over an async `main` it stands below `#[tokio::main]`: the runtime is shut down first, its tasks are
/// dropped, and then the flushers run.
///
/// **Elsewhere** a call of `exit_task` unwinds to the scope, destructors run, no panic message is written, and the fn
/// returns the value. Async: while the future is polled, not while it is dropped.
///
/// **Panics** pass through. See [`exit_task`](exit::exit_task) for its own.
///
/// **Expands to** the body in a closure, called once; an `async fn` becomes a fn that returns its future wrapped.
/// `docs/exit_scope.md` shows it.
///
/// **Compile errors**: `panic = "abort"`, except on `main`; an `async fn main`; a value that borrows; a fn that never
/// returns, except `main`; `#[track_caller]`; a `const fn`; an unknown option.
///
/// **Cost**: a `catch_unwind` and a push to a thread-local list for each call or poll; a future grows by 32 bytes at
/// most.
///
/// **Go's hook**: `runtime.Goexit`; on `main`, the `os.Exit(run())` that runs what was deferred.
pub use hooks_macros::exit_scope;
/// Keeps arguments where they are until every way out of a fn: nothing moves or drops them before.
///
/// **Applies to** every fn with a body: free, method, trait method, generic, `unsafe`, `extern "C"`, `async`. It is for
/// *arguments*; for a local there is [`KeepAlive::new`](keep_alive::KeepAlive::new).
///
/// **Arguments**: `buf`, held as it is: no move, no change. `mut buf`: the body has a `&mut`, and the variable is
/// neither moved nor dropped. That it is the same value to the end is not promised: what obviously replaces it
/// (`buf = ..`, `mem::take(&mut buf)`) is refused, but `let b = &mut buf; mem::take(b)` is not, as any `&mut` allows it.
/// Where that matters, take a [`KeepAlive`](keep_alive::KeepAlive), which gives no `&mut` while it is leased. `self`.
/// `future` or `call` for a sync fn that returns a future; `crate = ::path` where this crate has another name.
///
/// ```
/// use hooks_runtime::keep_alive;
/// use std::ffi::CString;
///
/// #[keep_alive(path, mut buffer)]
/// fn read_link(path: CString, mut buffer: Vec<u8>) -> std::io::Result<usize> {
///     // SAFETY: both pointers are to arguments that are kept until the fn returns.
///     let read = unsafe { libc::readlink(path.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) };
///     usize::try_from(read).map_err(|_| std::io::Error::last_os_error())
/// }
///
/// assert!(read_link(c"/proc/self/exe".into(), vec![0; 512]).unwrap() > 0);
/// ```
///
/// ```compile_fail,E0505
/// #[hooks_runtime::keep_alive(buffer)]
/// fn send(buffer: Vec<u8>, register: fn(*const u8), early: bool) {
///     register(buffer.as_ptr());
///     if early {
///         drop(buffer); // error: an early return is a way out too
///         return;
///     }
/// }
/// ```
///
/// **Async**: arguments by value only; they live in the future and may not leave it. A future can be dropped at any
/// `.await`, and its arguments with it: what C or the kernel goes on using then has to be
/// [leased](keep_alive::KeepAlive::lease), and so a reference, or a type with one in it, is refused.
///
/// **Expands to** a local of no size that borrows the argument, before the body. `docs/keep_alive.md`
/// shows it.
///
/// **Compile errors**: moving or dropping a kept argument; without `mut` changing it, with `mut` replacing it visibly; `.as_raw_fd()`,
/// `.as_ptr()` or `.as_mut_ptr()` of a temporary; a borrowed argument of an async fn; no argument, or one that the fn
/// does not have; a `const fn`.
///
/// **Cost**: none. The fn compiles to the instructions that it has without the attribute.
///
/// **Go's hook**: `runtime.KeepAlive`.
pub use hooks_macros::keep_alive;

pub use exit::exit;
/// Puts labels in force while a fn runs; an `async fn`, while its future is polled or dropped.
///
/// **Applies to** every fn with a body: free, method, trait method, generic, `unsafe`, `extern "C"`, `async`.
///
/// **Arguments**: up to 8 labels, `argument`, `key = expr`, `key = %expr` (`Display`) or `key = ?expr` (`Debug`);
/// `unit(key = "bytes")` for numbers; `future` or `call` for a sync fn that returns a future: cover its polls, or only
/// the call that builds it; `crate = ::path` where this crate has another name. Values without a sigil are
/// [`LabelValue`](labels::LabelValue)s.
///
/// ```
/// use hooks_runtime::{labeled, labels::Labels};
///
/// #[labeled(route, tenant = user.tenant, size = body.len(), unit(size = "bytes"))]
/// fn handle(route: &str, user: User, body: &[u8]) -> String {
///     drop(user); // the label holds a copy
///     Labels::current().to_string()
/// }
///
/// struct User {
///     tenant: String,
/// }
///
/// let seen = handle("/orders", User { tenant: "acme".into() }, &[0; 512]);
/// assert_eq!(seen, "route=/orders,size=512bytes,tenant=acme");
/// assert!(Labels::current().is_empty());
/// ```
///
/// **When**: the values are looked at once, before the body; of an `async fn` when it is called, or at the first poll
/// where another attribute below needs it to stay an `async fn`. A value that panics does so before the scope opens.
/// Inner keys shadow outer ones; of two attributes on one fn the upper is the inner.
///
/// **Expands to** the body in a `let`, behind a local that enters the scope and leaves it when dropped; an `async fn`
/// becomes a fn that returns its future wrapped. `docs/labeled.md` shows it.
///
/// **Compile errors**: a `const fn`, a fn without a body, an argument that the fn does not have, a key given twice, an
/// unknown option, more than 8 labels, a value that is none, a future returned without `future` or `call`.
///
/// **Cost**: five stores and one back for a `&str`; everything else is copied, at most [`MAX_VALUE`](labels::MAX_VALUE)
/// bytes. Nothing is allocated, counted or locked. A future grows by 8 bytes, and 16 for each `&str` or number, 72 for
/// each copied text.
///
/// **Go's hook**: `pprof.Do`.
pub use hooks_macros::labeled;
/// Keeps a fn on its OS thread and gives the thread back as it was found; an `async fn` gets a thread of its own.
///
/// **Applies to** every fn with a body: free, method, trait method, generic, `unsafe`, `extern "C"`, `async`.
///
/// **Arguments**: `reason = ".."`, `restore(signal_mask, affinity, nice, timer_slack, locale, fp_env, name)`,
/// `check = "full"`, `token = name`, `thread = "name"`, `thread = "main"`, `cpu = number`; `future` or `call` for a sync fn
/// that returns a future; `crate = ::path` where this crate has another name.
///
/// ```
/// use hooks_runtime::{lock_os_thread, os_thread::LockedThread};
///
/// #[lock_os_thread(restore(fp_env), token = thread, reason = "the solver sets the rounding mode")]
/// fn solve(input: &[f64]) -> f64 {
///     solver(thread, input)
/// }
///
/// fn solver(_: &LockedThread, input: &[f64]) -> f64 {
///     input.iter().sum()
/// }
///
/// assert_eq!(solve(&[1.0, 2.0]), 3.0);
/// ```
///
/// **When**: sync, from before the body to after every way out of it, unwind included: what is declared is put back, and
/// what else has changed goes to [`on_leak`](os_thread::on_leak). Async, from the first poll on: the body is built, polled
/// and dropped on a dedicated thread with the caller's tokio runtime entered; the thread ends unless it is as it was.
///
/// **Panics** where the thread cannot be had: a CPU that is not allowed, no [`run_main`](os_thread::run_main), no new
/// thread from the system, sync fns on named threads that would wait for each other in a circle. A panic of an async body arrives at the `.await` with its payload.
///
/// **Compile errors**: an empty reason (none at all with the feature `strict`), a borrowed argument of an `async fn`, an
/// argument or result that is not `Send` where the body is elsewhere, a `const fn`, an unknown option.
///
/// **Cost**: sync, some ten system calls for the outermost, a count for those inside; async, a switch to the thread and
/// back. Linux only for state: see [`os_thread`].
///
/// **Go's hook**: `runtime.LockOSThread` and `runtime.UnlockOSThread`.
pub use hooks_macros::lock_os_thread;
/// In the fn, a fault in the guarded maps that it names is a panic where it happens, with the
/// [`Fault`](fault::Fault) as its payload, so that destructors run.
///
/// **Applies to** every fn with a body: free, method, trait method, generic, `unsafe`, `extern "C-unwind"`, `async`.
///
/// **Arguments**: the maps, `map`, `self.index` or any expression that a `&`[`GuardedMap`](fault::GuardedMap) can be taken
/// of; `future` or `call` for a sync fn that returns a future; `crate = ::path` where this crate has another name.
///
/// ```
/// use hooks_runtime::fault::{self, GuardedMap};
/// use hooks_runtime::panic_on_fault;
///
/// struct Index {
///     map: GuardedMap,
/// }
///
/// impl Index {
///     #[panic_on_fault(self.map)]
///     fn entry(&self, number: usize) -> u64 {
///         self.map.get(number * 8).expect("a fault is a panic of its own")
///     }
/// }
///
/// let index = Index { map: GuardedMap::map_anon(4096)? };
/// assert_eq!(index.entry(5), 0);
/// let fault = fault::catch(std::panic::AssertUnwindSafe(|| index.entry(512))).unwrap_err();
/// assert_eq!(fault.offset, 4096);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// **When**: on this thread, from before the body until its locals are dropped, in whatever it calls; of an `async fn`,
/// while its future is polled or dropped. Maps that are not named, other threads, and a thread that is unwinding already
/// have the fault as `Err`. Faults outside of guarded maps are what they are without us.
///
/// **Expands to** two locals before the body that enter the scope and leave it. `docs/panic_on_fault.md` in the
/// repository shows it.
///
/// **Compile errors**: `panic = "abort"`, which would end the process with the fault; no map, something that is no
/// `GuardedMap`, a `const fn`, a future returned without `future` or `call`.
///
/// **Cost**: a thread-local link in and out. A future grows by 32 bytes and 8 for each map.
///
/// **Go's hook**: `debug.SetPanicOnFault`.
pub use hooks_macros::panic_on_fault;
pub use sites::{Site, sites};

#[doc(hidden)]
pub mod __private {
    //! What expansions call; nothing in here is for people, and any release may change it.
    pub use crate::cleanup::argument::Argument;
    pub use crate::cleanup::background::WhenFull;
    pub use crate::cleanup::future::{guarded, guarded_outcome};
    pub use crate::cleanup::guard::{call_once, cleanup, cleanup_in_background};
    pub use crate::cleanup::net::{RemoveCloneOrItIsClosedTwice, not_closed, not_closed_in_background};
    pub use crate::exit::ending::{Ended, UnknownStatus};
    pub use crate::exit::flusher::{Entry, failure};
    pub use crate::exit::future::exit_scope_future;
    pub use crate::exit::process::exit_scope_main;
    pub use crate::exit::task::{exit_scope, exit_token};
    pub use crate::fault::scope::{panic_on_fault, panic_on_fault_future};
    pub use crate::keep_alive::hold::{
        KeptAlive, another, keep_alive, keep_alive_mut_owned, keep_alive_owned, moved, still_needed,
    };
    pub use crate::labels::cell::{debug, display, text, value};
    pub use crate::labels::future::{frame, frame_all, frame_text, labeled_future};
    pub use crate::labels::scope::room;
    pub use crate::labels::set::{label, labels};
    pub use crate::os_thread::future::token;
    pub use crate::os_thread::plan::lock_os_thread;
    pub use crate::os_thread::sendable::{carried, sent};
    pub use inventory::submit;
}

/// The pages in `docs`, so that their examples are compiled and run.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../docs/at_exit.md")]
    struct AtExit;
    #[doc = include_str!("../docs/cleanup.md")]
    struct Cleanup;
    #[doc = include_str!("../docs/exit_scope.md")]
    struct ExitScope;
    #[doc = include_str!("../docs/keep_alive.md")]
    struct KeepAlive;
    #[doc = include_str!("../docs/labeled.md")]
    struct Labeled;

    #[doc = include_str!("../docs/lock_os_thread.md")]
    struct LockOsThread;
    #[doc = include_str!("../docs/panic_on_fault.md")]
    struct PanicOnFault;
}
