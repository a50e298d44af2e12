//! A profile as a future: on any runtime, and gone when it is dropped.

use super::load;
use crate::support::forked::exit_status;
use hooks_service::profile::{CpuProfile, Error, Profile, Recording, SamplerError};
use std::future::Future;
use std::pin::pin;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(3600);

#[inline(never)]
fn work(time: Duration) -> Duration {
    load::burn(time) + std::hint::black_box(Duration::from_nanos(1))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

fn assert_nothing_runs() {
    assert_eq!((load::disposition(), load::timers()), (libc::SIG_IGN, 0));
    assert!(!load::process_timer_runs());
}

/// The first poll starts it; then the work has the thread for longer than was asked for.
#[test]
fn it_has_what_ran_until_it_is_polled_again() {
    let time = Duration::from_millis(50);
    let (profile, burnt) = runtime().block_on(async {
        let recording = CpuProfile::builder().frequency(250).record_for(time);
        tokio::join!(recording, async { work(Duration::from_millis(400)) })
    });
    let profile = profile.unwrap();
    load::assert_nothing_uncounted(&profile);
    load::assert_time(&profile, load::weight(&profile, "work"), burnt, "recorded");
    assert!(profile.duration() >= time);
    assert_nothing_runs();
}

#[test]
fn dropping_it_stops_it() {
    runtime().block_on(async {
        let recording = CpuProfile::builder().record_for(LONG);
        assert!(tokio::time::timeout(Duration::from_millis(20), recording).await.is_err());
    });
    assert_nothing_runs();
    let unpolled = CpuProfile::builder().record_for(LONG);
    assert_nothing_runs();
    drop(unpolled);
}

#[test]
fn one_that_is_dropped_leaves_others_alone() {
    let other = CpuProfile::builder().start().unwrap();
    {
        let mut recording = pin!(CpuProfile::builder().record_for(LONG));
        let mut context = Context::from_waker(Waker::noop());
        assert!(recording.as_mut().poll(&mut context).is_pending());
        assert!(recording.as_mut().poll(&mut context).is_pending());
    }
    let burnt = work(Duration::from_millis(200));
    let profile = other.stop().unwrap();
    load::assert_time(&profile, load::weight(&profile, "work"), burnt, "the other");
    assert_nothing_runs();
}

/// A runtime of five lines, with no clock.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let (mut future, mut context) = (pin!(future), Context::from_waker(&waker));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn no_runtime_is_needed() {
    let start = Instant::now();
    let profile = block_on(CpuProfile::builder().record_for(Duration::from_millis(250))).unwrap();
    assert!(
        profile.duration() >= Duration::from_millis(250) && start.elapsed() >= Duration::from_millis(250)
    );
    let refused = block_on(CpuProfile::builder().frequency(0).record_for(LONG));
    assert!(matches!(refused, Err(Error::Sampler(SamplerError::Frequency { hz: 0 }))));
    assert_nothing_runs();
}

#[test]
fn one_without_an_end_records_until_it_is_dropped() {
    runtime().block_on(async {
        let recording = CpuProfile::builder().record_for(Duration::MAX);
        assert!(tokio::time::timeout(Duration::from_millis(150), recording).await.is_err());
    });
    assert_nothing_runs();
}

#[test]
fn one_that_is_polled_after_its_end_starts_no_other() {
    let mut recording = CpuProfile::builder().record_for(Duration::ZERO);
    let poll = |recording: &mut Recording| pin!(recording).poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(poll(&mut recording), Poll::Ready(Ok(_))));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| poll(&mut recording))).is_err());
    assert_nothing_runs();
}

/// The thread that would wake it is the parent's.
#[test]
fn a_forked_child_is_told_that_it_is_not_its_own() {
    let mut recording = CpuProfile::builder().record_for(LONG);
    let mut context = Context::from_waker(Waker::noop());
    assert!(pin!(&mut recording).poll(&mut context).is_pending());
    let child = || match pin!(&mut recording).poll(&mut context) {
        Poll::Ready(Err(Error::Sampler(SamplerError::Forked { .. }))) => 0,
        _ => 1,
    };
    assert_eq!(exit_status(child), 0);
}

/// As where the future goes from one task to another.
#[test]
fn who_polled_it_last_is_woken_and_nobody_else() {
    struct Named(&'static str, Sender<&'static str>);
    impl Wake for Named {
        fn wake(self: Arc<Self>) {
            self.1.send(self.0).unwrap();
        }
    }
    let (sender, woken) = channel();
    let mut recording = CpuProfile::builder().record_for(Duration::from_secs(2));
    for name in ["first", "last"] {
        let waker = Waker::from(Arc::new(Named(name, sender.clone())));
        assert!(pin!(&mut recording).poll(&mut Context::from_waker(&waker)).is_pending());
    }
    drop(sender);
    // Wakers that are used or replaced are gone, and with the last one the channel.
    assert_eq!(woken.iter().collect::<Vec<_>>(), ["last"]);
}

/// A waker that holds a recording of its own, as that of a task does which awaits two.
#[test]
fn a_waker_may_hold_another_recording() {
    struct Holder {
        _inner: Mutex<Recording>,
    }
    impl Wake for Holder {
        fn wake(self: Arc<Self>) {}
    }
    let record = || CpuProfile::builder().record_for(LONG);
    let poll = |recording: &mut Recording, waker: &Waker| {
        assert!(pin!(recording).poll(&mut Context::from_waker(waker)).is_pending());
    };
    let holding = || {
        let mut inner = record();
        poll(&mut inner, Waker::noop());
        Waker::from(Arc::new(Holder { _inner: Mutex::new(inner) }))
    };
    let (mut moved, mut dropped) = (record(), record());
    poll(&mut moved, &holding());
    poll(&mut dropped, &holding());
    // A lock that is taken twice would hang this thread for ever.
    let (sender, passes) = channel();
    thread::spawn(move || {
        poll(&mut moved, Waker::noop());
        drop((moved, dropped));
        sender.send(()).unwrap();
    });
    passes.recv_timeout(Duration::from_secs(60)).unwrap();
    assert_nothing_runs();
}

#[test]
fn a_waker_that_panics_takes_nothing_from_the_others() {
    struct Panicking;
    impl Wake for Panicking {
        fn wake(self: Arc<Self>) {
            panic!("of the test");
        }
    }
    let mut woken = CpuProfile::builder().record_for(Duration::from_millis(1));
    let waker = Waker::from(Arc::new(Panicking));
    assert!(pin!(&mut woken).poll(&mut Context::from_waker(&waker)).is_pending());
    let (sender, profile) = channel();
    thread::spawn(move || {
        let other = block_on(CpuProfile::builder().record_for(Duration::from_millis(300)));
        sender.send(other).unwrap();
    });
    profile.recv_timeout(Duration::from_secs(60)).unwrap().unwrap();
}

/// A waker that polls at once, on the thread that wakes it: that is the profiler's own, which is then to stop itself.
#[test]
fn it_may_be_polled_on_the_thread_that_wakes() {
    struct Polling(Mutex<Option<(Recording, Sender<Profile>)>>);
    impl Wake for Polling {
        fn wake(self: Arc<Self>) {
            let waker = Waker::from(Arc::clone(&self));
            let mut state = self.0.lock().unwrap();
            let Some((mut recording, sender)) = state.take() else { return };
            match pin!(&mut recording).poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(profile) => sender.send(profile.unwrap()).unwrap(),
                Poll::Pending => *state = Some((recording, sender)),
            }
        }
    }
    let (sender, receiver) = channel();
    let recording = CpuProfile::builder().record_for(Duration::from_millis(30));
    Arc::new(Polling(Mutex::new(Some((recording, sender))))).wake();
    let profile = receiver.recv_timeout(Duration::from_secs(60)).unwrap();
    assert!(profile.duration() >= Duration::from_millis(30));
    assert_nothing_runs();
}
