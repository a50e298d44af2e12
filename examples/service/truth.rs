//! What each route is known to burn: the thread's own CPU clock, read before and after the work. The profile is held
//! against this.

use crate::handlers::route_and_tenant;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

/// CPU time and number of requests.
#[derive(Clone, Copy, Default)]
pub(crate) struct Known {
    pub(crate) cpu: Duration,
    pub(crate) requests: u64,
}

static KNOWN: Mutex<BTreeMap<(String, String), Known>> = Mutex::new(BTreeMap::new());

/// Runs `work` and adds its CPU time to the route and tenant that it runs for.
pub(crate) fn known<R>(work: impl FnOnce() -> R) -> R {
    let before = thread_cpu_time();
    let result = work();
    let cpu = thread_cpu_time().saturating_sub(before);
    let mut all = KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let known = all.entry(route_and_tenant()).or_default();
    known.cpu += cpu;
    known.requests += 1;
    result
}

/// What is known by route (`part` 0) or tenant (`part` 1).
pub(crate) fn by(key: &str) -> BTreeMap<String, Known> {
    let mut sums = BTreeMap::<String, Known>::new();
    for ((route, tenant), known) in &*KNOWN.lock().unwrap_or_else(std::sync::PoisonError::into_inner) {
        let sum = sums.entry(if key == "route" { route } else { tenant }.clone()).or_default();
        sum.cpu += known.cpu;
        sum.requests += known.requests;
    }
    sums
}

/// How many requests have been answered.
pub(crate) fn requests() -> u64 {
    by("route").values().map(|known| known.requests).sum()
}

fn thread_cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes to `time` only; this clock exists on every Linux.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.cast_unsigned(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
