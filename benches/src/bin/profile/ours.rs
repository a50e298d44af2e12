//! Our profiler.

use hooks_service::profile::{CpuProfile, sample_now};
use measures::profiler::{Profiler, Seen};

pub(crate) struct Ours(CpuProfile);

impl Profiler for Ours {
    fn start(hz: u32) -> Self {
        Ours(CpuProfile::builder().hz(hz).start().expect("the profiler starts"))
    }

    fn thread_started() {
        hooks_runtime::labels::observe::thread_started();
    }

    fn sample_now(&self, empty: bool) -> bool {
        sample_now(empty)
    }

    fn dump(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let profile = self.0.snapshot().expect("the process did not fork");
        profile.write_pprof(&mut bytes).expect("memory takes all bytes");
        bytes
    }

    fn stop(self) -> Seen {
        let profile = self.0.stop().expect("the process did not fork");
        let mut text = Vec::new();
        profile.write_folded(&mut text).expect("memory takes all bytes");
        let text = String::from_utf8_lossy(&text);
        let stacks = text.lines().filter_map(stack).collect();
        Seen { stacks, period: profile.period(), total: profile.total() }
    }
}

/// `main;work;memcpy 7`
fn stack(line: &str) -> Option<(Vec<String>, u64)> {
    let (frames, weight) = line.rsplit_once(' ')?;
    Some((frames.split(';').map(str::to_owned).collect(), weight.parse().ok()?))
}
