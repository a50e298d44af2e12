//! The profiler of the crate `pprof`, put to the same loads as ours.

use measures::profiler::{Profiler, Seen, measure};
use pprof::{ProfilerGuard, Report};
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    measure::<Peer>(&arguments)
}

struct Peer {
    guard: ProfilerGuard<'static>,
    hz: u32,
}

impl Profiler for Peer {
    fn start(hz: u32) -> Self {
        let frequency = i32::try_from(hz).expect("a frequency of this bench");
        Peer { guard: ProfilerGuard::new(frequency).expect("the profiler starts"), hz }
    }

    fn sample_now(&self, empty: bool) -> bool {
        // SAFETY: a signal that the profiler handles, to the calling thread.
        !empty && unsafe { libc::pthread_kill(libc::pthread_self(), libc::SIGPROF) } == 0
    }

    /// As text: the encoder of the real format needs many packages to be built, and does more.
    fn dump(&self) -> Vec<u8> {
        format!("{:?}", self.report()).into_bytes()
    }

    fn stop(self) -> Seen {
        let data = self.report().data;
        let stack = |frames: &pprof::Frames| {
            let functions = frames.frames.iter().flatten().map(pprof::Symbol::name);
            functions.collect::<Vec<_>>().into_iter().rev().collect()
        };
        let weight = |count: isize| u64::try_from(count).expect("a count of samples");
        let stacks: Vec<_> = data.iter().map(|(frames, count)| (stack(frames), weight(*count))).collect();
        let total = stacks.iter().map(|(_, weight)| weight).sum();
        Seen { stacks, period: Duration::from_secs(1) / self.hz, total }
    }
}

impl Peer {
    fn report(&self) -> Report {
        self.guard.report().build().expect("the report is built")
    }
}
