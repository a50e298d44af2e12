//! SIGNAL HANDLER, with all that it calls. The clock of events: the processor's counter, where that runs evenly, else the
//! kernel's monotonic clock.

/// What the ticks of events are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Clock {
    /// Nanoseconds of `CLOCK_MONOTONIC`.
    Monotonic,
    /// The processor's counter: `TSC` on x86-64, `CNTVCT_EL0` on aarch64. Elsewhere as `Monotonic`.
    Counter,
}

impl Clock {
    pub(super) fn number(self) -> u64 {
        u64::from(self == Clock::Counter)
    }

    pub(super) fn of(number: u64) -> Option<Clock> {
        [Clock::Monotonic, Clock::Counter].into_iter().find(|clock| clock.number() == number)
    }

    /// The time now. Async-signal-safe. 0 where there is no such clock.
    #[inline]
    pub fn now(self) -> u64 {
        match self {
            Clock::Counter => counter(),
            Clock::Monotonic => monotonic(),
        }
    }
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
#[inline]
fn counter() -> u64 {
    // SAFETY: every processor of this architecture has it.
    unsafe { core::arch::x86_64::_rdtsc() }
}

#[cfg(all(target_arch = "aarch64", not(miri)))]
#[inline]
fn counter() -> u64 {
    let ticks;
    // SAFETY: programs may read it, under every system that we know; nothing else is touched.
    unsafe {
        core::arch::asm!("mrs {}, cntvct_el0", out(reg) ticks, options(nomem, nostack, preserves_flags))
    };
    ticks
}

#[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn counter() -> u64 {
    monotonic()
}

#[cfg(unix)]
fn monotonic() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a local.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    #[allow(clippy::useless_conversion, reason = "on some targets both are 32 bits")]
    let (seconds, nanoseconds) = (i64::from(time.tv_sec), i64::from(time.tv_nsec));
    u64::try_from(seconds * 1_000_000_000 + nanoseconds).unwrap_or(0)
}

#[cfg(not(unix))]
fn monotonic() -> u64 {
    0
}
