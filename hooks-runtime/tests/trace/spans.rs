//! What was recorded of tasks and regions; an executor and something to wait for, of which all is known.

use super::recorder::Recorder;
use hooks_runtime::trace::observe::{Field, Fields, Kind, Records};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// What is recorded of a span where it begins.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Begin {
    pub(crate) id: u64,
    pub(crate) parent: u64,
    pub(crate) site: u64,
    pub(crate) flags: u64,
    pub(crate) name: String,
    pub(crate) rest: Vec<String>,
}

/// All events of spans, on whatever thread, by time.
#[derive(Debug)]
pub(crate) struct Spans {
    pub(crate) begins: Vec<Begin>,
    pub(crate) events: Vec<(Kind, u64)>,
    pub(crate) leaked: u64,
}

impl Spans {
    pub(crate) fn read(recorder: &Recorder) -> Spans {
        let chunks = recorder.chunks();
        let mut records: Vec<_> = chunks.iter().flat_map(|(_, words)| Records::new(words)).collect();
        records.sort_by_key(|record| record.ticks);
        let begins = records.iter().filter(|record| record.kind == Kind::SpanBegin);
        let begins = begins.map(|record| begin(record.subject, record.payload)).collect();
        let events = records.iter().map(|record| (record.kind, record.subject)).collect();
        Spans { begins, events, leaked: recorder.area().leaked() }
    }

    pub(crate) fn named(&self, name: &str) -> &Begin {
        self.begins.iter().find(|begin| begin.name == name).unwrap_or_else(|| panic!("{name} in {self:?}"))
    }

    /// What became of this one.
    pub(crate) fn of(&self, name: &str) -> Vec<Kind> {
        let id = self.named(name).id;
        self.events.iter().filter(|event| event.1 == id).map(|event| event.0).collect()
    }
}

fn begin(id: u64, payload: &[u8]) -> Begin {
    let fields: Vec<Field<'_>> = Fields::new(payload).collect();
    let [
        Field::Unsigned(parent),
        Field::Unsigned(site),
        Field::Unsigned(flags),
        Field::Text(name),
        rest @ ..,
    ] = &fields[..]
    else {
        panic!("{fields:?}");
    };
    let rest = rest.iter().map(|field| match field {
        Field::Text(text) => (*text).to_owned(),
        other => format!("{other:?}"),
    });
    let (parent, site, flags, name) = (*parent, *site, *flags, (*name).to_owned());
    Begin { id, parent, site, flags, name, rest: rest.collect() }
}

/// Counts wakes.
#[derive(Default)]
pub(crate) struct Executor(AtomicUsize);

impl Executor {
    pub(crate) fn woken(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Executor {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

pub(crate) fn poll<F: Future>(future: &mut Pin<Box<F>>, executor: &Arc<Executor>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(&Waker::from(executor.clone())))
}

/// Pending until it is open; keeps the last waker that it was polled with.
#[derive(Clone, Default)]
pub(crate) struct Gate(pub(crate) Arc<Mutex<(bool, Option<Waker>)>>);

impl Gate {
    pub(crate) fn open(&self) {
        self.0.lock().unwrap().0 = true;
        if let Some(waker) = self.waker() {
            waker.wake();
        }
    }

    pub(crate) fn waker(&self) -> Option<Waker> {
        self.0.lock().unwrap().1.take()
    }
}

impl Future for Gate {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let (is_open, waker) = &mut *self.0.lock().unwrap();
        if !*is_open {
            *waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}
