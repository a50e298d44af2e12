//! SIGNAL HANDLER. One sample as the handler leaves it: plain bytes of fixed size.

use crate::capture::LabelBytes;
use hooks_runtime::trace::observe::Clock;

/// Room for the labels of one sample, keys and values, in bytes.
const LABEL_ROOM: usize = 1000;

/// A sample.
pub(super) struct Record {
    /// When, by `CLOCK_MONOTONIC`, in nanoseconds.
    pub(super) time: u64,
    /// Periods of the clock that it stands for.
    pub(super) weight: u32,
    /// Id of the thread.
    pub(super) thread: libc::pid_t,
    frame_count: usize,
    /// The stack went on when there was no more room for it.
    pub(super) truncated: bool,
    /// The unwinder found the root of the stack.
    pub(super) complete: bool,
    frames: Box<[u64]>,
    pub(super) labels: LabelBytes<LABEL_ROOM>,
}

impl Record {
    /// With room for so many frames of a stack, from the leaf on.
    pub(super) fn new(most_frames: usize) -> Self {
        Self {
            time: 0,
            weight: 0,
            thread: 0,
            frame_count: 0,
            truncated: false,
            complete: false,
            frames: vec![0; most_frames].into(),
            labels: LabelBytes::default(),
        }
    }

    /// Empties the record for a new sample.
    pub(super) fn reset(&mut self, weight: u32, thread: libc::pid_t) {
        self.time = Clock::Monotonic.now();
        self.weight = weight;
        self.thread = thread;
        self.frame_count = 0;
        self.labels.clear();
        self.truncated = false;
        self.complete = false;
    }

    /// Adds a frame, `false` if there is no room.
    pub(super) fn push_frame(&mut self, address: u64) -> bool {
        let Some(frame) = self.frames.get_mut(self.frame_count) else { return false };
        *frame = address;
        self.frame_count += 1;
        true
    }

    /// The frames, leaf first.
    pub(super) fn frames(&self) -> &[u64] {
        &self.frames[..self.frame_count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_stop_at_the_bound() {
        let mut record = Record::new(3);
        assert!((0..3).all(|frame| record.push_frame(frame)));
        assert!(!record.push_frame(0));
        assert_eq!(record.frames(), [0, 1, 2]);
        record.reset(1, 1);
        assert!(record.frames().is_empty());
    }
}
