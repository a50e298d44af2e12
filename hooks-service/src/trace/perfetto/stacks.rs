//! Stacks of threads, as instants. Names, fns and stacks are written once.

use super::beside::{At, Beside, intern};
use super::encoder::Encoder;
use super::packet::{OF_PROCESS, annotation, event, interned};
use super::proto::Message;
use crate::code::symbols::Frame;
use crate::trace::cpu_samples::Sample;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

// What is interned here alone,
const FUNCTIONS: u32 = 5;
const FRAMES: u32 = 6;
const STACKS: u32 = 7;
const FILES: u32 = 18;
const MAPPINGS: u32 = 19;
// and what it is: a frame,
const FUNCTION: u32 = 2;
const MAPPING: u32 = 3;
const PLACE: u32 = 4;
const FILE: u32 = 5;
const LINE: u32 = 6;
// a stack, outermost first.
const FRAMES_OF: u32 = 2;

// Of an event.
const STACK: u32 = 56;

/// See the module.
pub(crate) struct Stacks {
    beside: Beside,
    texts: HashMap<(u32, Arc<str>), u64>,
    frames: HashMap<(u64, u64, u32), u64>,
    said: HashSet<u64>,
}

impl Stacks {
    pub(crate) fn new() -> Self {
        Stacks {
            beside: Beside::new(OF_PROCESS + 2, "samples"),
            texts: HashMap::new(),
            frames: HashMap::new(),
            said: HashSet::new(),
        }
    }

    /// `frames` gives the fns of the stack, outermost first; it is asked for each stack once.
    pub(crate) fn add<'f>(
        &mut self,
        sample: &Sample,
        frames: impl FnOnce() -> Vec<&'f Frame>,
        encoder: &mut Encoder,
        to: &mut Vec<u8>,
    ) {
        let mut new = Vec::new();
        if self.said.is_empty() {
            // Perfetto asks for a file that code is in; that has no name.
            new.message(MAPPINGS, |mapping| mapping.number(interned::NUMBER, 1));
            intern(&mut new, interned::NAMES, 1, "sample");
        }
        let stack = u64::from(sample.stack) + 1;
        if self.said.insert(stack) {
            let frames: Vec<u64> = frames().into_iter().map(|frame| self.frame(frame, &mut new)).collect();
            new.message(STACKS, |entry| {
                entry.number(interned::NUMBER, stack);
                for frame in frames {
                    entry.number(FRAMES_OF, frame);
                }
            });
        }
        let at = At { thread: sample.thread, ns: sample.time, kind: event::INSTANT, name: 1 };
        self.beside.event(at, &new, encoder, to, |instant| {
            instant.number(STACK, stack);
            if sample.weight > 1 {
                // Its own field is newer than many a viewer.
                instant.message(event::ANNOTATION, |said| {
                    said.bytes(annotation::NAME, b"periods");
                    said.number(annotation::UNSIGNED, sample.weight.into());
                });
            }
        });
    }

    /// The number of a fn at a line.
    fn frame(&mut self, frame: &Frame, new: &mut Vec<u8>) -> u64 {
        let function = self.text(FUNCTIONS, &frame.function, new);
        let file = frame.file.as_ref().map_or(0, |file| self.text(FILES, file, new));
        let next = self.frames.len() as u64 + 1;
        *self.frames.entry((function, file, frame.line)).or_insert_with(|| {
            new.message(FRAMES, |entry| {
                entry.number(interned::NUMBER, next);
                entry.number(FUNCTION, function);
                entry.number(MAPPING, 1);
                // Two fns at one place are taken for one.
                entry.number(PLACE, next);
                if file != 0 {
                    entry.number(FILE, file);
                    entry.number(LINE, frame.line.into());
                }
            });
            next
        })
    }

    fn text(&mut self, kind: u32, text: &Arc<str>, new: &mut Vec<u8>) -> u64 {
        let next = self.texts.len() as u64 + 1;
        *self.texts.entry((kind, Arc::clone(text))).or_insert_with(|| {
            intern(new, kind, next, text);
            next
        })
    }
}
