//! The end of a thread or task: the stack is unwound to its root, which returns the value.

use super::fault::{self, Fault, FaultKind};
use crate::chain::room::room;
use crate::chain::{Frame, frames};
use crate::polled::{Left, Pair, PairOf, Polled};
use crate::sites::Site;
use crate::values::cell::{self, BeginsWithCell, EXIT, Nothing};
use std::any::{Any, TypeId, type_name};
use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

/// A scope that this thread is in.
struct Open {
    id: u64,
    site: &'static str,
    ty: TypeId,
    type_name: &'static str,
    /// What `exit_task` was given. It stays on its thread, since it need not be `Send` and a payload may travel.
    value: Cell<Option<Box<dyn Any>>>,
}

/// Marks the frame of a scope.
static OPEN_SITE: &str = "open";

/// The cell of its frame.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Place {
    kind: u64,
    open: *const Open,
}

// SAFETY: its kind, and what that says.
unsafe impl BeginsWithCell for Place {}

/// Looks at the innermost scope that this thread is in.
fn innermost<R>(look: impl FnOnce(&Open) -> R) -> Option<R> {
    // SAFETY: no scope is left before this returns; a cell of this kind is a `Place`, and outlived by its scope.
    unsafe {
        let mut places = frames().map(|frame| Frame::cells(frame)).filter(|cell| cell::kind(**cell) == EXIT);
        places.next().map(|cell| look(&*(*cell.cast::<Place>()).open))
    }
}

/// What unwinds.
struct Unwinding {
    id: u64,
}

/// Emitted round the body of a sync fn.
#[inline]
pub fn exit_scope<R: 'static>(site: &'static str, body: impl FnOnce() -> R) -> R {
    enter(new_id(), site, body).unwrap_or_else(|value| value)
}

/// The number that no scope has.
const NO_SCOPE: u64 = u64::MAX;

fn new_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Calls `call` in a scope that returns an `R`. `Err` is what `exit_task` was given.
fn enter<T, R: 'static>(id: u64, site: &'static str, call: impl FnOnce() -> T) -> Result<T, R> {
    let (ty, type_name) = (TypeId::of::<R>(), type_name::<R>());
    let open = Open { id, site, ty, type_name, value: Cell::new(None) };
    let room = room();
    let scope = room.enter_cells(&OPEN_SITE, Place { kind: EXIT, open: &raw const open });
    let result = catch_unwind(AssertUnwindSafe(call));
    drop(scope);
    let value = open.value.take();
    match (result, value) {
        (Ok(returned), None) => Ok(returned),
        (Ok(returned), Some(value)) => {
            drop(value);
            fault::report(&Fault { site: Site::of(site), kind: FaultKind::ExitCaught });
            Ok(returned)
        }
        (Err(payload), value) => match value.map(<Box<dyn Any>>::downcast::<R>) {
            Some(Ok(value)) if is_ours(&*payload, id) => {
                fault::count_task_exited();
                Err(*value)
            }
            _ => resume_unwind(payload),
        },
    }
}

fn is_ours(payload: &(dyn Any + Send), id: u64) -> bool {
    payload.downcast_ref::<Unwinding>().is_some_and(|unwinding| unwinding.id == id)
}

/// Ends the thread or task: unwinds to the innermost fn with `#[exit_scope]` on this thread, which returns `value`.
///
/// Destructors run, and no panic message is written, since no panic hook is called. The thread's or task's `JoinHandle`
/// gets the value, as if the root had returned it. What stands in between may stop it, or be poisoned by it, as unwinding
/// is: [`#[exit_scope]`](macro@crate::exit_scope) tells.
///
/// To have the type of `value` checked by the compiler use the scope's token: [`TaskScope::exit`].
///
/// # Panics
///
/// With a message, if there is no scope on this thread (a task that was spawned inside of one has none of its own), if
/// the innermost returns another type than `value`'s, if the thread is unwinding, and with `panic = "abort"`.
///
/// ```
/// use hooks_runtime::exit::exit_task;
/// use hooks_runtime::exit_scope;
///
/// #[exit_scope]
/// fn worker() -> u32 {
///     deep_inside();
///     0
/// }
///
/// fn deep_inside() {
///     exit_task(7_u32);
/// }
///
/// assert_eq!(std::thread::spawn(worker).join().unwrap(), 7);
/// ```
///
/// Cost: unwinding, some microseconds and more for each frame.
///
/// The Go hook: `runtime.Goexit`.
#[track_caller]
pub fn exit_task<T: 'static>(value: T) -> ! {
    exit_from::<T>(None, Box::new(value))
}

#[track_caller]
fn exit_from<T: 'static>(wanted: Option<u64>, value: Box<dyn Any>) -> ! {
    let mut value = Some(value);
    let noted = if cfg!(panic = "abort") {
        Err(Refused::NoUnwinding)
    } else if std::thread::panicking() {
        Err(Refused::IsUnwinding)
    } else {
        innermost(|scope| note::<T>(scope, wanted, &mut value)).unwrap_or(Err(Refused::NoScope))
    };
    // An earlier one, or this one where it is refused: what it runs when dropped may look at the scopes.
    drop(value);
    match noted {
        Ok(id) => resume_unwind(Box::new(Unwinding { id })),
        Err(refused) => panic!("{refused}"),
    }
}

/// Exchanges `value` for that of an earlier exit, which somebody has caught.
fn note<T: 'static>(
    innermost: &Open,
    wanted: Option<u64>,
    value: &mut Option<Box<dyn Any>>,
) -> Result<u64, Refused> {
    let site = innermost.site;
    if wanted.is_some_and(|wanted| wanted != innermost.id) {
        return Err(Refused::NotInnermost { site });
    }
    if innermost.ty != TypeId::of::<T>() {
        return Err(Refused::OtherType { site, wanted: innermost.type_name, given: type_name::<T>() });
    }
    *value = innermost.value.replace(value.take());
    Ok(innermost.id)
}

enum Refused {
    NoUnwinding,
    IsUnwinding,
    NoScope,
    NotInnermost { site: &'static str },
    OtherType { site: &'static str, wanted: &'static str, given: &'static str },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::NoUnwinding => f.write_str(
                "`exit_task` unwinds, and this program is built with `panic = \"abort\"`: return from the task instead",
            ),
            Refused::IsUnwinding => {
                f.write_str("`exit_task` was called while the thread is unwinding already")
            }
            Refused::NoScope => f.write_str(
                "`exit_task` was called outside of every `#[exit_scope]`: put it on the root fn of this thread or task",
            ),
            Refused::NotInnermost { site } => write!(
                f,
                "the innermost `#[exit_scope]` here is not the token's own: it is {}",
                Site::of(site)
            ),
            Refused::OtherType { site, wanted, given } => write!(
                f,
                "`exit_task` was given a `{given}`, but {} returns a `{wanted}`",
                Site::of(site)
            ),
        }
    }
}

/// The innermost scope that this thread is in.
///
/// ```
/// use hooks_runtime::{exit, exit_scope};
///
/// #[exit_scope]
/// fn worker() -> bool {
///     exit::innermost_scope().is_some_and(|site| site.function().ends_with("worker"))
/// }
///
/// assert!(worker());
/// assert!(exit::innermost_scope().is_none());
/// ```
pub fn innermost_scope() -> Option<Site> {
    innermost(|scope| Site::of(scope.site))
}

/// The token that `#[exit_scope(token = name)]` brings into scope: [`exit_task`] with a value whose type the compiler
/// checks.
///
/// ```
/// use hooks_runtime::{exit::TaskScope, exit_scope};
///
/// #[exit_scope(token = task)]
/// fn worker(line: &'static str) -> Result<u32, String> {
///     Ok(parse(task, line))
/// }
///
/// fn parse(task: &TaskScope<Result<u32, String>>, line: &str) -> u32 {
///     line.parse().unwrap_or_else(|_| task.exit(Err(format!("not a number: {line}"))))
/// }
///
/// assert_eq!(worker("x"), Err("not a number: x".to_owned()));
/// ```
pub struct TaskScope<R> {
    id: u64,
    /// It takes an `R`, and has none.
    returns: PhantomData<fn(R)>,
}

impl<R: 'static> TaskScope<R> {
    /// Ends the scope with `value`; see [`exit_task`].
    ///
    /// # Panics
    ///
    /// If the scope is not the innermost on this thread: on another thread, inside of another scope, or where its
    /// future is not being polled. Else as [`exit_task`].
    #[track_caller]
    pub fn exit(&self, value: R) -> ! {
        exit_from::<R>(Some(self.id), Box::new(value))
    }
}

impl<R> fmt::Debug for TaskScope<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskScope").field("id", &self.id).finish()
    }
}

/// Emitted at the start of the body: the token of the scope that it is in.
pub fn exit_token<R: 'static>() -> TaskScope<R> {
    TaskScope { id: innermost(|scope| scope.id).unwrap_or(NO_SCOPE), returns: PhantomData }
}

/// A scope that is open while a future is polled.
pub struct Polls {
    /// [`NO_SCOPE`] when the future is over.
    id: u64,
    site: &'static str,
}

impl Pair for Polls {
    const ENDS: bool = true;

    fn left(&mut self, how: Left) {
        if how != Left::Pending {
            self.id = NO_SCOPE;
        }
    }

    fn is_over(&self) -> bool {
        self.id == NO_SCOPE
    }
}

impl<R: 'static> PairOf<R> for Polls {
    fn poll<F: Future<Output = R>>(&mut self, future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<R> {
        enter(self.id, self.site, || future.poll(context)).unwrap_or_else(Poll::Ready)
    }
}

/// Emitted round the body of an `async fn`.
#[inline]
pub fn exit_scope_future<F>(site: &'static &'static str, future: F) -> Polled<Nothing, Polls, F>
where
    F: Future<Output: 'static>,
{
    Polled::plain(site, Polls { id: new_id(), site }, future)
}
