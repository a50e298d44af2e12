//! Where threads spent their processor time, on the timeline.
//!
//! In: the sampler's stacks, kept as they are until the end. Out: each with its time and thread, and with names.

use crate::code::Module;
use crate::code::symbols::{Frame, Symbols, lookup_addresses};
use crate::sampling::{Clock, Reader, Stats, Subscription, TakenStack};
use std::collections::HashMap;
use std::fmt::Write;

pub(super) use crate::sampling::Error;

/// Frames of a stack that are kept.
const MOST_FRAMES: u32 = 128;
/// Most bytes of stacks and samples that are kept until the end: an hour of four busy threads at 100 Hz.
const MOST_BYTES: usize = 64 << 20;
/// What an entry of a map takes beside its contents, about.
const ENTRY: usize = 64;

/// The samples of a trace, from its start on.
pub(super) struct CpuSamples {
    subscription: Subscription<Taken>,
}

/// Samples as they were taken.
#[derive(Default)]
struct Taken {
    stacks: HashMap<Box<[u64]>, u32>,
    samples: Vec<Sample>,
    bytes: usize,
    left_out: u64,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// When, by `CLOCK_MONOTONIC`, in nanoseconds.
    pub(crate) time: u64,
    pub(crate) thread: libc::pid_t,
    /// Periods that it stands for.
    pub(crate) weight: u32,
    /// The number of its stack.
    pub(crate) stack: u32,
}

impl CpuSamples {
    /// So many a second of each thread's processor time.
    pub(super) fn start(hz: u32) -> Result<Self, Error> {
        let subscription = Subscription::start(Clock::Cpu, hz, MOST_FRAMES, Taken::default())?;
        Ok(Self { subscription })
    }

    /// Ends them. Once.
    pub(super) fn stop(&mut self) -> Result<Samples, Error> {
        self.subscription.stop(|taken, span| Samples::new(std::mem::take(taken), &span.modules, span.stats))
    }
}

impl Reader for Taken {
    fn add(&mut self, taken: &TakenStack<'_>) {
        if self.bytes > MOST_BYTES {
            self.left_out += 1;
            return;
        }
        let next = u32::try_from(self.stacks.len()).unwrap_or(u32::MAX);
        let stack = if let Some(number) = self.stacks.get(taken.stack) {
            *number
        } else {
            self.bytes += ENTRY + size_of_val(taken.stack);
            self.stacks.insert(taken.stack.into(), next);
            next
        };
        self.bytes += size_of::<Sample>();
        let TakenStack { time, id: thread, weight, .. } = *taken;
        self.samples.push(Sample { time, thread, weight, stack });
    }
}

/// All of them, with the names of their stacks.
pub(super) struct Samples {
    pub(super) taken: Vec<Sample>,
    stacks: Vec<Box<[u64]>>,
    symbols: Symbols,
    stats: Stats,
    left_out: u64,
}

impl Samples {
    fn new(taken: Taken, modules: &[Module], stats: Stats) -> Self {
        let mut stacks: Vec<_> = taken.stacks.into_iter().map(|(stack, number)| (number, stack)).collect();
        stacks.sort_unstable_by_key(|(number, _)| *number);
        let stacks: Vec<_> = stacks.into_iter().map(|(_, stack)| stack).collect();
        let symbols = Symbols::resolve(modules, stacks.iter().flat_map(|stack| lookup_addresses(stack)));
        let mut samples = taken.samples;
        // Those of a second are read at once, in the order in which their handlers came to an end.
        samples.sort_by_key(|sample| sample.time);
        Self { taken: samples, stacks, symbols, stats, left_out: taken.left_out }
    }

    /// The fns of a stack by its number, outermost first, with those that were inlined.
    pub(super) fn frames(&self, stack: u32) -> Vec<&Frame> {
        let stack = self.stacks.get(stack as usize).map_or(&[][..], |stack| stack);
        let mut frames: Vec<_> =
            lookup_addresses(stack).flat_map(|address| self.symbols.frames(address)).collect();
        frames.reverse();
        frames
    }

    /// How they were taken and what is lacking, in words for people.
    pub(super) fn told(&self) -> String {
        let Stats { frequency, lost, missed, .. } = &self.stats;
        let mut told = format!("{frequency} Hz of processor time, {} samples", self.taken.len());
        let lost = lost.total() + self.left_out;
        if lost > 0 {
            let _ = write!(told, ", {lost} lost");
        }
        if !missed.blocked.is_zero() {
            let _ = write!(told, ", {:?} of threads that block SIGPROF missed", missed.blocked);
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::own_id;
    use hooks_runtime::trace::observe::Clock as Time;
    use std::time::{Duration, Instant};

    #[inline(never)]
    fn burns_until_it_is_sampled(samples: &CpuSamples) {
        let (start, most) = (Instant::now(), Duration::from_secs(60));
        let count = |taken: &mut Taken| taken.samples.len();
        while samples.subscription.look(|taken, _| count(taken)).unwrap() < 3 && start.elapsed() < most {
            std::hint::black_box((0..1_000_000_u64).fold(0, |sum: u64, n| sum.rotate_left(3) ^ n));
        }
    }

    #[test]
    fn samples_have_their_time_their_thread_and_names_from_the_outermost_on() {
        let before = Time::Monotonic.now();
        let mut running = CpuSamples::start(100).unwrap();
        burns_until_it_is_sampled(&running);
        let samples = running.stop().unwrap();
        let after = Time::Monotonic.now();
        let own: Vec<_> = samples.taken.iter().filter(|sample| sample.thread == own_id()).collect();
        assert!(own.len() >= 3, "{}", samples.told());
        assert!(own.iter().all(|sample| (before..after).contains(&sample.time)));
        assert!(own.is_sorted_by_key(|sample| sample.time));
        let names = |sample: &&Sample| {
            samples.frames(sample.stack).iter().map(|frame| frame.function.to_string()).collect::<Vec<_>>()
        };
        let place = |names: &[String], name: &str| names.iter().position(|other| other.ends_with(name));
        let burns = own.iter().map(names).find(|names| place(names, "burns_until_it_is_sampled").is_some());
        let burns = burns.unwrap();
        assert!(place(&burns, "outermost_on") < place(&burns, "burns_until_it_is_sampled"), "{burns:?}");
    }

    #[test]
    fn what_has_no_room_is_counted() {
        let mut taken = Taken { bytes: MOST_BYTES + 1, ..Taken::default() };
        let stack = TakenStack {
            time: 1,
            id: 1,
            weight: 1,
            stack: &[1, 2],
            labels: &[],
            thread: None,
            complete: true,
            cut_at: None,
        };
        taken.add(&stack);
        let samples = Samples::new(taken, &[], Stats::default());
        assert_eq!(samples.told(), "0 Hz of processor time, 0 samples, 1 lost");
    }
}
