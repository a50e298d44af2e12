//! SIGNAL HANDLER. One sample as the handler leaves it: plain bytes of fixed size.

use crate::capture::LabelBytes;

/// Most frames of a stack that are kept, from the leaf on.
pub(super) const MAX_FRAMES: usize = 128;
/// Room for the labels of one sample, keys and values, in bytes.
const LABEL_ROOM: usize = 1000;

/// A sample.
pub(super) struct Record {
    /// Periods of the clock that it stands for.
    pub(super) weight: u32,
    /// Id of the thread.
    pub(super) thread: libc::pid_t,
    frame_count: u16,
    /// The stack went on after [`MAX_FRAMES`] frames.
    pub(super) truncated: bool,
    /// The unwinder found the root of the stack.
    pub(super) complete: bool,
    frames: [u64; MAX_FRAMES],
    pub(super) labels: LabelBytes<LABEL_ROOM>,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            weight: 0,
            thread: 0,
            frame_count: 0,
            truncated: false,
            complete: false,
            frames: [0; MAX_FRAMES],
            labels: LabelBytes::default(),
        }
    }
}

impl Record {
    /// Empties the record for a new sample.
    pub(super) fn reset(&mut self, weight: u32, thread: libc::pid_t) {
        self.weight = weight;
        self.thread = thread;
        self.frame_count = 0;
        self.labels.clear();
        self.truncated = false;
        self.complete = false;
    }

    /// Adds a frame, `false` if there is no room.
    pub(super) fn push_frame(&mut self, address: u64) -> bool {
        let Some(frame) = self.frames.get_mut(usize::from(self.frame_count)) else { return false };
        *frame = address;
        self.frame_count += 1;
        true
    }

    /// The frames, leaf first.
    pub(super) fn frames(&self) -> &[u64] {
        &self.frames[..usize::from(self.frame_count)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_stop_at_the_bound() {
        let mut record = Record::default();
        assert!((0..MAX_FRAMES as u64).all(|frame| record.push_frame(frame)));
        assert!(!record.push_frame(0));
        assert_eq!(record.frames().len(), MAX_FRAMES);
        record.reset(1, 1);
        assert!(record.frames().is_empty());
    }
}
