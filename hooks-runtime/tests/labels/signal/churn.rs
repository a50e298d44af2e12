//! Scopes of every kind, opened and closed as fast as it goes.

use super::reader::letter;
use hooks_runtime::labels::{Labeled, Labels, MAX_VALUE};
use hooks_runtime::{labeled, labels};
use std::future::Future;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Not written `&str`, so that the attribute copies it.
type Copied<'a> = &'a str;

pub(crate) struct Churn {
    /// The text of each length, twice: in a value that mixes two scopes letter and length do not go together.
    texts: Vec<[String; 2]>,
    sets: Vec<Labels>,
    random: u64,
}

impl Churn {
    pub(crate) fn new(seed: u64) -> Self {
        let text = |length: usize| char::from(letter(length)).to_string().repeat(length);
        let set = |length| labels! { "left" => text(length), "right" => text(length) };
        Churn {
            texts: (1..=MAX_VALUE).map(|length| [text(length), text(length)]).collect(),
            sets: (1..=MAX_VALUE).map(set).collect(),
            random: seed,
        }
    }

    /// Opens some hundred scopes.
    pub(crate) fn round(&mut self) {
        for _ in 0..64 {
            self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            self.scopes(usize::try_from(self.random >> 33).unwrap());
        }
    }

    fn scopes(&self, at: usize) {
        let [left, right] = &self.texts[at % MAX_VALUE];
        let [inner, inner_too] = &self.texts[(at / MAX_VALUE) % MAX_VALUE];
        borrowed(left, right, || copied(inner, inner_too, scribble));
        copied(left, right, || borrowed(inner, inner_too, scribble));
        scribble();
        numbers(i64::try_from(self.random >> 1).unwrap(), || solo(inner, scribble));
        self.sets[at % MAX_VALUE].scope(|| mixed(inner, inner_too, scribble));
        scribble();
        poll_and_drop(pin!(polled(left, right, inner, inner_too)), at % 4);
        scribble();
        // Sets that are gone as soon as they are out of force.
        let set = labels! { "left" => left, "right" => right };
        set.scope(|| labels! { "left" => inner, "right" => inner_too }.scope(scribble));
        poll_and_drop(pin!(nested(left, right).labeled(set)), at % 8);
        if at % 256 == 0 {
            self.unwind(left, right);
        }
    }

    fn unwind(&self, left: &str, right: &str) {
        let panic = || borrowed(left, right, || copied(left, right, || resume_unwind(Box::new(()))));
        assert!(catch_unwind(AssertUnwindSafe(|| self.sets[0].scope(panic))).is_err());
        scribble();
    }
}

#[labeled(left, right)]
#[inline(never)]
fn borrowed(left: &str, right: &str, work: impl FnOnce()) {
    work();
}

#[labeled(left, right)]
#[inline(never)]
fn copied(left: Copied<'_>, right: Copied<'_>, work: impl FnOnce()) {
    work();
}

#[labeled(left, right)]
fn mixed(left: Copied<'_>, right: &str, work: impl FnOnce()) {
    work();
}

#[labeled(left = number, right = !number)]
fn numbers(number: i64, work: impl FnOnce()) {
    work();
}

#[labeled(solo = text)]
fn solo(text: &str, work: impl FnOnce()) {
    one(text, work);
}

#[labeled(solo)]
#[inline(never)]
fn one(solo: &str, work: impl FnOnce()) {
    work();
}

/// Leaves what is not a label where a scope has been, so that a frame that is linked too long is seen as torn.
#[inline(never)]
fn scribble() {
    black_box([0x5a_u8; 512]);
}

struct Pause(bool);

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[labeled(left, right)]
async fn polled(left: &str, right: Copied<'_>, inner: &str, inner_too: &str) {
    Pause(false).await;
    nested(inner, inner_too).await;
    scribble();
    Pause(false).await;
}

#[labeled(left, right)]
async fn nested(left: &str, right: &str) {
    Pause(false).await;
    numbers(7, scribble);
}

fn poll_and_drop(mut future: Pin<&mut impl Future<Output = ()>>, polls: usize) {
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if future.as_mut().poll(&mut context).is_ready() {
            return;
        }
        scribble();
    }
}
