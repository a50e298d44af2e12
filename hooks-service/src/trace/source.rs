//! What is in a trace beside what threads record: where they spent their processor time, and when they had none.
//!
//! In: the sampler, and the kernel's notes of threads. Out: packets, as the trace is written, and at its end.

use super::error::Error;
use super::perfetto::Encoder;
#[cfg(all(feature = "profile", sampler))]
use super::{
    cpu_samples::{CpuSamples, Samples},
    perfetto::Stacks,
};
#[cfg(sampler)]
use super::{perfetto::States, thread_states::ThreadStates};

/// What was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Settings {
    /// So many a second.
    #[cfg_attr(not(all(feature = "profile", sampler)), allow(dead_code, reason = "there is no sampler"))]
    pub(crate) cpu_samples: Option<u32>,
    pub(crate) thread_states: bool,
}

/// What there is of it.
#[derive(Default)]
pub(crate) struct Sources {
    #[cfg(all(feature = "profile", sampler))]
    samples: Stage,
    #[cfg(sampler)]
    states: Option<(ThreadStates, States)>,
    /// Why there are no states, in words for people.
    refused: Option<String>,
}

/// How far the samples are.
#[cfg(all(feature = "profile", sampler))]
#[derive(Default)]
enum Stage {
    #[default]
    None,
    Taken(CpuSamples),
    Written(Box<Samples>, usize, Stacks),
}

impl Sources {
    /// From now on.
    #[cfg_attr(
        not(all(feature = "profile", sampler)),
        allow(clippy::unnecessary_wraps, reason = "samples may fail")
    )]
    pub(crate) fn start(settings: Settings) -> Result<Self, Error> {
        let mut sources = Self::default();
        #[cfg(all(feature = "profile", sampler))]
        if let Some(hz) = settings.cpu_samples {
            sources.samples = Stage::Taken(CpuSamples::start(hz).map_err(Error::CpuSamples)?);
        }
        if settings.thread_states {
            sources.start_states();
        }
        Ok(sources)
    }

    #[cfg(sampler)]
    fn start_states(&mut self) {
        match ThreadStates::start() {
            Ok(states) => self.states = Some((states, States::new())),
            Err(refused) => self.refused = Some(format!("the kernel does not tell: {refused}")),
        }
    }

    #[cfg(not(sampler))]
    fn start_states(&mut self) {
        self.refused = Some("not on this system".to_owned());
    }

    /// What is new.
    pub(crate) fn round(&mut self, encoder: &mut Encoder, to: &mut Vec<u8>) {
        #[cfg(sampler)]
        if let Some((states, written)) = &mut self.states {
            states.read(&mut |stretch| written.add(&stretch, encoder, to));
        }
        #[cfg(not(sampler))]
        let _ = (encoder, to);
    }

    /// Nothing is taken any more. What is left of states, and a word on both.
    pub(crate) fn stop(&mut self, encoder: &mut Encoder, to: &mut Vec<u8>) {
        #[cfg(sampler)]
        if let Some((mut states, mut written)) = self.states.take() {
            states.finish(&mut |stretch| written.add(&stretch, encoder, to));
            self.refused = Some(states.lacking()).filter(|lacking| !lacking.is_empty());
        }
        if let Some(refused) = &self.refused {
            encoder.note("thread_states", refused, to);
        }
        #[cfg(all(feature = "profile", sampler))]
        if let Stage::Taken(mut samples) = std::mem::take(&mut self.samples) {
            match samples.stop() {
                Ok(samples) => {
                    encoder.note("cpu_samples", &samples.told(), to);
                    self.samples = Stage::Written(Box::new(samples), 0, Stacks::new());
                }
                Err(error) => encoder.note("cpu_samples", &error.to_string(), to),
            }
        }
    }

    /// Some of the samples, after the [`stop`](Self::stop). Whether there were any left.
    #[cfg_attr(
        not(all(feature = "profile", sampler)),
        allow(clippy::unused_self, reason = "samples are what is left")
    )]
    pub(crate) fn more(&mut self, encoder: &mut Encoder, to: &mut Vec<u8>) -> bool {
        #[cfg(all(feature = "profile", sampler))]
        if let Stage::Written(samples, at, stacks) = &mut self.samples {
            const AT_ONCE: usize = 1000;
            let next = samples.taken.get(*at..).unwrap_or(&[]);
            let next = &next[..next.len().min(AT_ONCE)];
            for sample in next {
                stacks.add(sample, || samples.frames(sample.stack), encoder, to);
            }
            *at += next.len();
            return !next.is_empty();
        }
        let _ = (encoder, to);
        false
    }
}
