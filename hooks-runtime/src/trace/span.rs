//! Spans: tasks, and regions of async code. Each has a number, and is recorded where it begins, in each poll, and where it ends.
//!
//! One that began before the recorder is recorded as such at its next poll; so is one whose beginning was overwritten since,
//! for what is left to have a name.

use super::current::Current;
use super::payload::Payload;
use super::record::Kind;
use super::region::{self, Limit};
use super::waker::Wakes;
use super::{current, switch, writer};
use crate::labels::observe;
use crate::labels::scope::Cells;
use crate::polled::{Left, Pair, PairOf, Polled};
use crate::sites::address;
use crate::values::cell::Nothing;
use std::future::Future;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// What a span is called: by its site, or as the call says.
#[derive(Clone, Copy)]
pub(super) enum Name {
    Site(&'static &'static str),
    Call(&'static str),
}

/// What stays the same of a span.
struct Span {
    name: Name,
    /// [`Kind::TASK`] or nothing.
    kind: u64,
    /// 0: none yet.
    id: u64,
    parent: Current,
    /// The state of the switch in which its beginning was recorded, and when that was.
    state: u64,
    begun: u64,
}

impl Span {
    /// Begins now, if a recorder runs; else where that is found to run.
    #[inline]
    fn new(name: Name, kind: u64, values: impl FnOnce(&mut Payload<'_>)) -> Self {
        let mut span = Span::unseen(name, kind);
        let state = switch::state();
        if state != 0 {
            span.begin(state, 0, values);
        }
        span
    }

    /// No recorder runs.
    #[inline]
    fn unseen(name: Name, kind: u64) -> Self {
        Span { name, kind, id: 0, parent: Current::NOWHERE, state: 0, begun: 0 }
    }

    fn begin(&mut self, state: u64, flags: u64, values: impl FnOnce(&mut Payload<'_>)) {
        if self.id == 0 {
            (self.id, self.parent) = (current::new_id(), Current::get());
        }
        let (site, name) = match self.name {
            Name::Site(site) => (address(site), ""),
            Name::Call(name) => (0, name),
        };
        let apart = if self.parent.is_started() { Kind::APART } else { 0 };
        let flags = self.kind | flags | apart;
        let begun = writer::record_with(Kind::SpanBegin, self.id, |payload| {
            payload.unsigned(self.parent.id());
            payload.unsigned(site);
            payload.unsigned(flags);
            payload.text(name);
            values(payload);
        });
        if let Some(begun) = begun {
            (self.state, self.begun) = (state, begun);
        }
    }

    /// Its beginning is, or was, among the events that are recorded now.
    fn is_known(&self, state: u64) -> bool {
        self.id != 0 && self.state == state
    }

    /// The same, and nobody has overwritten it.
    fn is_there(&self, state: u64) -> bool {
        self.is_known(state) && switch::area(state).is_none_or(|area| area.lost_until() < self.begun)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Outside,
    /// In a poll or drop that is recorded.
    Inside,
    /// It has ended.
    Over,
}

/// A span as the pair of its future.
struct Spanned {
    span: Span,
    stage: Stage,
    /// It may have been polled before it was recorded.
    was_there: bool,
    /// Where the thread was before it entered.
    outer: Current,
}

impl Spanned {
    fn new(span: Span) -> Self {
        Spanned { span, stage: Stage::Outside, was_there: false, outer: Current::NOWHERE }
    }

    /// With 0: entered while no recorder runs.
    #[inline(never)]
    fn begin_poll(&mut self, state: u64) {
        if self.stage == Stage::Over {
            return;
        }
        if state != 0 && !self.span.is_there(state) {
            self.was_there |= !self.span.is_known(state);
            let is_task = self.span.kind == Kind::TASK;
            self.span.begin(state, Kind::WAS_THERE, |payload| {
                if is_task {
                    labels(payload);
                }
            });
        }
        self.enter();
        writer::record(Kind::PollBegin, self.span.id);
    }

    /// In the drop of one of which nothing is recorded now, nothing is.
    #[inline]
    fn begin_drop(&mut self) {
        if self.span.id != 0 && self.stage != Stage::Over && self.span.is_known(switch::state()) {
            self.enter();
        }
    }

    fn enter(&mut self) {
        self.stage = Stage::Inside;
        self.outer = Current::span(self.span.id).replace();
    }

    #[inline]
    fn is_inside(&self) -> bool {
        self.stage == Stage::Inside
    }

    fn left(&mut self, how: Left) {
        let kind = match how {
            Left::Pending => Kind::PollPending,
            Left::Ready => Kind::PollReady,
            Left::Unwound => Kind::PollUnwound,
            Left::Dropped => Kind::SpanCancelled,
        };
        writer::record(kind, self.span.id);
        self.outer.replace();
        self.stage = if how == Left::Pending { Stage::Outside } else { Stage::Over };
    }
}

/// The labels in force here, for a task.
fn labels(payload: &mut Payload<'_>) {
    observe::visit(&mut |key, value| {
        let _ = payload.text(key) && payload.value(value);
    });
}

/// The pair of an async region.
pub struct Region {
    site: &'static &'static str,
    spanned: Spanned,
}

impl Region {
    #[inline]
    fn new(site: &'static &'static str, values: impl FnOnce(&mut Payload<'_>)) -> Self {
        Region { site, spanned: Spanned::new(Span::new(Name::Site(site), 0, values)) }
    }
}

impl Pair for Region {
    #[inline]
    fn enter(&mut self) {
        let state = switch::state();
        if state != 0 {
            self.spanned.begin_poll(state);
        }
    }

    #[inline]
    fn enter_drop(&mut self) {
        self.spanned.begin_drop();
    }

    #[inline]
    fn left(&mut self, how: Left) {
        if self.spanned.is_inside() {
            self.spanned.left(how);
        }
    }
}

impl<R> PairOf<R> for Region {}

/// Where the fn that makes the future panics, nobody else ends it.
impl Drop for Region {
    #[inline]
    fn drop(&mut self) {
        self.enter_drop();
        self.left(Left::Dropped);
    }
}

/// The pair of one that should not take long.
pub struct SlowRegion {
    region: Region,
    limit: Limit,
}

impl Pair for SlowRegion {
    #[inline]
    fn enter(&mut self) {
        self.region.enter();
    }

    #[inline]
    fn enter_drop(&mut self) {
        self.region.enter_drop();
    }

    #[inline]
    fn left(&mut self, how: Left) {
        self.region.left(how);
        if how != Left::Pending {
            self.limit.end();
        }
    }
}

impl<R> PairOf<R> for SlowRegion {}

/// The pair of a task.
pub struct Task {
    spanned: Spanned,
    wakes: Wakes,
    /// In a poll that has a waker of `wakes`.
    is_lent: bool,
}

impl Task {
    #[inline]
    pub(super) fn new(name: Name) -> Self {
        let spanned = Spanned::new(Span::new(name, Kind::TASK, labels));
        Task { spanned, wakes: Wakes::NONE, is_lent: false }
    }

    #[inline(never)]
    fn lend(&mut self, waker: &Waker) -> ManuallyDrop<Waker> {
        let lent = self.wakes.lend(self.spanned.span.id, self.spanned.was_there, waker);
        self.is_lent = true;
        writer::count_not_leaked(lent.leaked_in);
        lent.waker
    }

    #[inline(never)]
    fn leave(&mut self, how: Left) {
        self.spanned.left(how);
        match how {
            Left::Pending if self.is_lent => self.wakes.pending(),
            Left::Pending => {}
            _ => self.wakes.end(self.is_lent),
        }
        self.is_lent = false;
    }
}

impl Pair for Task {
    const POLLS: bool = true;

    #[inline]
    fn enter(&mut self) {
        let state = switch::state();
        if state != 0 || !self.wakes.is_none() {
            self.spanned.begin_poll(state);
        }
    }

    #[inline]
    fn enter_drop(&mut self) {
        // Before the future goes: what it waits for goes with it, and nobody could wake it any more.
        self.wakes.end(false);
        self.spanned.begin_drop();
    }

    #[inline]
    fn left(&mut self, how: Left) {
        if self.spanned.is_inside() {
            self.leave(how);
        }
    }
}

impl<R> PairOf<R> for Task {
    /// As few calls as can be of what is compiled for each future: one.
    #[inline]
    fn poll<F: Future<Output = R>>(&mut self, future: Pin<&mut F>, context: &mut Context<'_>) -> Poll<R> {
        let lent;
        let waker = if self.spanned.is_inside() {
            lent = self.lend(context.waker());
            &*lent
        } else {
            context.waker()
        };
        future.poll(&mut Context::from_waker(waker))
    }
}

/// A sync fn as a task: one poll.
#[must_use]
pub struct SyncTask {
    /// 0: no recorder ran when it began.
    id: u64,
    outer: Current,
    was_panicking: bool,
    _of_this_thread: PhantomData<*const ()>,
}

/// Emitted in a sync fn.
#[inline]
pub fn task(site: &'static &'static str) -> SyncTask {
    if switch::is_on() { SyncTask::begin(site) } else { SyncTask::NONE }
}

/// Emitted round the body of an `async fn`.
#[inline]
pub fn task_future<F: Future>(site: &'static &'static str, future: F) -> Polled<Nothing, Task, F> {
    Polled::plain(site, Task::new(Name::Site(site)), future)
}

/// Emitted for an async `#[region]`.
#[inline]
pub fn region_span(site: &'static &'static str) -> Region {
    if switch::is_on() { region_span_begun(site) } else { region_span_unseen(site) }
}

#[inline(never)]
fn region_span_begun(site: &'static &'static str) -> Region {
    Region::new(site, |_| {})
}

/// Emitted for one with values, where a recorder runs.
#[inline]
pub fn region_span_with<C: Cells>(site: &'static &'static str, values: C) -> Region {
    Region::new(site, |payload| region::write(values, payload))
}

/// Emitted for the same, where none runs: the values are not looked at.
#[inline]
pub fn region_span_unseen(site: &'static &'static str) -> Region {
    Region { site, spanned: Spanned::new(Span::unseen(Name::Site(site), 0)) }
}

/// Emitted round the body of an `async fn`.
#[inline]
pub fn region_future<F: Future>(region: Region, future: F) -> Polled<Nothing, Region, F> {
    Polled::plain(region.site, region, future)
}

/// Emitted for `slow = ".."`: with the most nanoseconds from the call to the end.
#[inline]
pub fn slow_region_future<F: Future>(region: Region, most: u64, future: F) -> Polled<Nothing, SlowRegion, F> {
    let site = region.site;
    Polled::plain(site, SlowRegion { region, limit: region::limit(site, most) }, future)
}

impl SyncTask {
    const NONE: Self =
        SyncTask { id: 0, outer: Current::NOWHERE, was_panicking: false, _of_this_thread: PhantomData };

    #[inline(never)]
    fn begin(site: &'static &'static str) -> Self {
        let id = Span::new(Name::Site(site), Kind::TASK, labels).id;
        writer::record(Kind::PollBegin, id);
        let outer = Current::span(id).replace();
        SyncTask { id, outer, was_panicking: std::thread::panicking(), _of_this_thread: PhantomData }
    }

    #[inline(never)]
    fn end(&self) {
        let is_unwound = std::thread::panicking() && !self.was_panicking;
        writer::record(if is_unwound { Kind::PollUnwound } else { Kind::PollReady }, self.id);
        self.outer.replace();
    }
}

impl Drop for SyncTask {
    #[inline]
    fn drop(&mut self) {
        if self.id != 0 {
            self.end();
        }
    }
}
