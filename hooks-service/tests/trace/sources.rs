//! What is in a trace beside what threads record: samples of the CPU profiler, and what the kernel does with threads.

use crate::support::trace_processor::Processor;
use hooks_service::trace::{Error, Trace, TraceBuilder};
use std::fs::File;
use std::time::Duration;

fn traced(builder: TraceBuilder, work: impl FnOnce() + Send + 'static) -> Processor {
    let file = tempfile::NamedTempFile::new().unwrap();
    let trace = builder.start(File::create(file.path()).unwrap()).unwrap();
    std::thread::Builder::new().name("worker".into()).spawn(work).unwrap().join().unwrap();
    trace.stop().unwrap();
    Processor::load(&std::fs::read(file.path()).unwrap())
}

/// Of processor time.
fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a local.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.cast_unsigned(), u32::try_from(time.tv_nsec).unwrap())
}

#[inline(never)]
fn burns(time: Duration) {
    while thread_time() < time {
        std::hint::black_box((0..100_000_u64).fold(0, |sum: u64, n| sum.rotate_left(3) ^ n));
    }
}

/// Of events on a track of this name below that of the thread `worker`.
fn below(track: &str) -> String {
    format!(
        "slice join thread_track on thread_track.id = slice.track_id join thread using (utid)
         where thread_track.name = '{track}' and thread.name = 'worker'"
    )
}

#[cfg(feature = "profile")]
#[test]
fn samples_of_processor_time_have_their_thread_time_and_stack() {
    let (samples, mut time) = (below("samples"), Duration::from_millis(300));
    let found = loop {
        let found = traced(Trace::builder().cpu_samples(100), move || {
            hooks_runtime::trace::region("burning", || burns(time));
        });
        // A busy machine may take the processor away before each of the kernel's ticks, at which it looks at timers.
        if found.number(&format!("select count(*) from {samples}")) >= 5 {
            break found;
        }
        assert!(time < Duration::from_secs(20), "hardly a sample in {time:?} of processor time");
        time *= 2;
    };
    let outside = format!(
        "select count(*) from {samples} and not exists (select 1 from slice region where region.name = 'burning'
         and slice.ts between region.ts and region.ts + region.dur)"
    );
    assert!(found.number(&outside) <= 2, "those before and after the region");
    // From the sample to the outermost fn.
    let named = "with recursive caller(id) as (
        select callsite_id from __intrinsic_track_event_callstacks
        union select parent_id from stack_profile_callsite join caller using (id) where parent_id is not null)
        select count(*) from caller join stack_profile_callsite using (id)
        join stack_profile_frame frame on frame.id = frame_id where frame.name like '%sources::burns'";
    assert!(found.number(named) > 0);
    let note = "select count(*) from slice where name = 'cpu_samples' and
        extract_arg(arg_set_id, 'debug.text') like '100 Hz of processor time, % samples%'";
    assert_eq!(found.number(note), 1);
}

#[test]
fn a_thread_that_runs_and_sleeps_is_seen_to() {
    const SLEEP: Duration = Duration::from_millis(30);
    const WORK: Duration = Duration::from_millis(400);
    let found = traced(Trace::builder().thread_states(true), || {
        hooks_runtime::trace::region("burning", || burns(WORK));
        hooks_runtime::trace::region("sleeping", || std::thread::sleep(SLEEP));
    });
    let why =
        found.column("select extract_arg(arg_set_id, 'debug.text') from slice where name = 'thread_states'");
    if let [why] = &why[..]
        && why.starts_with("the kernel does not tell")
    {
        println!("skipped: {why}");
        return;
    }
    assert_eq!(why, [""; 0], "nothing is lacking");
    let states = below("state");
    let of = |state: &str, what: &str| {
        found.number(&format!("select {what} from {states} and slice.name = '{state}'"))
    };
    assert!(of("waiting", "max(slice.dur)") >= 29_000_000);
    // What it took by its own clock; the rest of the time it was preempted.
    assert!(of("running", "sum(slice.dur)") >= 350_000_000);
    let processor = "count(extract_arg(slice.arg_set_id, 'debug.processor')) = count(*)";
    assert_eq!(of("running", processor), 1);
    assert_eq!(found.number(&format!("select count(*) from {states} and slice.dur < 0")), 0);
}

#[cfg(feature = "profile")]
#[test]
fn a_frequency_that_is_none_is_refused_and_nothing_runs() {
    let refused = Trace::builder().cpu_samples(0).start(std::io::sink()).unwrap_err();
    assert!(matches!(refused, Error::CpuSamples(_)), "{refused}");
    Trace::builder().start(std::io::sink()).unwrap().stop().unwrap();
}
