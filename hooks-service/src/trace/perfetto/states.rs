//! What threads did, as slices.

use super::beside::{At, Beside, intern};
use super::encoder::Encoder;
use super::packet::{OF_PROCESS, annotation, event, interned};
use super::proto::Message;
use crate::trace::thread_states::{State, Stretch};

/// By number from 1 on.
const NAMES: [&str; 4] = ["running", "waiting", "preempted", "off the processor"];

/// See the module.
pub(crate) struct States {
    beside: Beside,
    /// Until they are said.
    names: Vec<u8>,
}

impl States {
    pub(crate) fn new() -> Self {
        let mut names = Vec::new();
        for (name, number) in NAMES.iter().zip(1..) {
            intern(&mut names, interned::NAMES, number, name);
        }
        States { beside: Beside::new(OF_PROCESS + 1, "state"), names }
    }

    pub(crate) fn add(&mut self, stretch: &Stretch, encoder: &mut Encoder, to: &mut Vec<u8>) {
        let (name, processor) = match stretch.state {
            State::Running { processor } => (1, Some(processor)),
            State::Waiting => (2, None),
            State::Preempted => (3, None),
            State::Off => (4, None),
        };
        let begin = At { thread: stretch.thread, ns: stretch.from, kind: event::BEGIN, name };
        let new = std::mem::take(&mut self.names);
        self.beside.event(begin, &new, encoder, to, |slice| {
            if let Some(processor) = processor {
                slice.message(event::ANNOTATION, |said| {
                    said.bytes(annotation::NAME, b"processor");
                    said.number(annotation::UNSIGNED, processor.into());
                });
            }
        });
        let end = At { ns: stretch.to, kind: event::END, name: 0, ..begin };
        self.beside.event(end, &[], encoder, to, |_| {});
    }
}
