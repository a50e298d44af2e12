//! When the kernel put a thread on a processor and took it off, as it notes that in a ring of the thread's own.
//!
//! The mapping of the ring holds the event: its descriptor is given back at once, so that nobody closes it, and none is used up.

use crate::process::page_size;
use crate::process::perf::{EXCLUDE_KERNEL, Event, is_filtered};
use std::io;
use std::os::fd::AsRawFd;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

/// A software event that never happens: it is there for what is noted beside it.
const DUMMY: u64 = 9;
const SAMPLE_ID_ALL: u64 = 1 << 18;
const USE_CLOCK_ID: u64 = 1 << 25;
const CONTEXT_SWITCH: u64 = 1 << 26;
/// Of each note: thread, time, processor.
const FIELDS: u64 = 1 << 1 | 1 << 2 | 1 << 7;

/// Pages of the ring: room for 2,000 notes.
const PAGES: usize = 16;
/// Where, in the page before it, the kernel says how far it has come, and we how far we have.
const HEAD: usize = 1024;
const TAIL: usize = 1032;

const LOST: u32 = 2;
const SWITCH: u32 = 14;
const OUT: u16 = 1 << 13;
const PREEMPTED: u16 = 1 << 14;

/// What happened to the thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Switch {
    /// It runs.
    On,
    /// It waits for something.
    Off,
    /// It could run, and another one does.
    Preempted,
}

/// What the kernel noted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Note {
    /// At this time, by `CLOCK_MONOTONIC`, on this processor.
    Switch { time: u64, processor: u32, switch: Switch },
    /// So many are not there: nobody read them in time.
    Lost(u64),
}

/// The ring of one thread.
#[derive(Debug)]
pub(super) struct Switches {
    /// The page that says how far both are, and the ring after it.
    start: NonNull<u8>,
    page: usize,
}

// SAFETY: memory that is mapped is bound to no thread.
unsafe impl Send for Switches {}

impl Switches {
    /// What is noted of thread `tid` from now on.
    pub(super) fn of(tid: libc::pid_t) -> io::Result<Self> {
        if is_filtered() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let event = Event {
            config: DUMMY,
            sample_type: FIELDS,
            flags: EXCLUDE_KERNEL | SAMPLE_ID_ALL | USE_CLOCK_ID | CONTEXT_SWITCH,
            clock_id: libc::CLOCK_MONOTONIC,
            ..Default::default()
        };
        let event = event.open(tid)?;
        let page = page_size();
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice touches no existing memory.
        let start = unsafe {
            let length = page * (1 + PAGES);
            libc::mmap(std::ptr::null_mut(), length, protection, libc::MAP_SHARED, event.as_raw_fd(), 0)
        };
        let start = NonNull::new(start.cast()).filter(|_| start != libc::MAP_FAILED);
        Ok(Self { start: start.ok_or_else(io::Error::last_os_error)?, page })
    }

    /// Calls `each` with what was noted since the last time.
    pub(super) fn read(&mut self, each: &mut dyn FnMut(Note)) {
        let (head, tail) = (self.word(HEAD), self.word(TAIL));
        let end = head.load(Ordering::Acquire);
        let mut at = tail.load(Ordering::Relaxed);
        while at < end {
            let Some((note, length)) = parse(&|offset| self.ring_word(at + offset)) else { break };
            note.into_iter().for_each(&mut *each);
            at += length;
        }
        // What is not understood is skipped with all behind it.
        tail.store(end, Ordering::Release);
    }

    fn word(&self, offset: usize) -> &AtomicU64 {
        // SAFETY: aligned, in the first page, which is mapped as long as `self` is; the kernel writes one, we the other.
        unsafe { AtomicU64::from_ptr(self.start.as_ptr().add(offset).cast()) }
    }

    /// Eight bytes of the ring at this place of all that was ever written: notes are made of such.
    fn ring_word(&self, place: u64) -> u64 {
        let size = (self.page * PAGES) as u64;
        let offset = usize::try_from(place % size).unwrap_or(0) & !7;
        self.word(self.page + offset).load(Ordering::Relaxed)
    }
}

impl Drop for Switches {
    fn drop(&mut self) {
        // SAFETY: we mapped it, and nobody refers to it.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.page * (1 + PAGES)) };
    }
}

/// The note whose words `word` has, by their offset in bytes, if it is one that we know, and its length.
fn parse(word: &dyn Fn(u64) -> u64) -> Option<(Option<Note>, u64)> {
    let [a, b, c, d, kinds @ ..] = word(0).to_ne_bytes();
    let kind = u32::from_ne_bytes([a, b, c, d]);
    let [a, b, c, d] = kinds;
    let (misc, length) = (u16::from_ne_bytes([a, b]), u16::from_ne_bytes([c, d]));
    if length < 8 || length % 8 != 0 {
        return None;
    }
    let note = match kind {
        LOST => Some(Note::Lost(word(16))),
        SWITCH => {
            let [a, b, c, d, ..] = word(24).to_ne_bytes();
            let switch = match (misc & OUT != 0, misc & PREEMPTED != 0) {
                (false, _) => Switch::On,
                (true, false) => Switch::Off,
                (true, true) => Switch::Preempted,
            };
            Some(Note::Switch { time: word(16), processor: u32::from_ne_bytes([a, b, c, d]), switch })
        }
        _ => None,
    };
    Some((note, length.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::own_id;
    use std::time::Duration;

    fn header(kind: u32, misc: u16, length: u16) -> u64 {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&kind.to_ne_bytes());
        bytes[4..6].copy_from_slice(&misc.to_ne_bytes());
        bytes[6..].copy_from_slice(&length.to_ne_bytes());
        u64::from_ne_bytes(bytes)
    }

    #[test]
    fn notes_are_read_and_others_passed_over() {
        let read = |words: &[u64]| parse(&|offset| words[usize::try_from(offset / 8).unwrap()]);
        let switch = |misc, switch| {
            let words = [header(SWITCH, misc, 32), 7, 1234, 3];
            let note = Note::Switch { time: 1234, processor: 3, switch };
            assert_eq!(read(&words), Some((Some(note), 32)));
        };
        switch(0, Switch::On);
        switch(OUT, Switch::Off);
        switch(OUT | PREEMPTED, Switch::Preempted);
        assert_eq!(read(&[header(LOST, 0, 48), 1, 17]), Some((Some(Note::Lost(17)), 48)));
        assert_eq!(read(&[header(3, 0, 40)]), Some((None, 40)));
        assert_eq!(read(&[header(SWITCH, 0, 0)]), None, "it would never end");
        assert_eq!(read(&[header(SWITCH, 0, 33)]), None);
    }

    #[test]
    fn a_thread_that_sleeps_is_taken_off_and_put_on_again() {
        let Ok(mut switches) = Switches::of(own_id()) else {
            println!("skipped: the kernel lets nobody see switches");
            return;
        };
        std::thread::sleep(Duration::from_millis(5));
        let (mut notes, mut lost) = (Vec::new(), 0);
        switches.read(&mut |note| match note {
            Note::Switch { time, switch, .. } => notes.push((time, switch)),
            Note::Lost(more) => lost += more,
        });
        assert_eq!(lost, 0);
        let is_sleep = |pair: &&[(u64, Switch)]| pair[0].1 == Switch::Off && pair[1].1 == Switch::On;
        let sleep = notes.windows(2).filter(is_sleep).map(|pair| pair[1].0 - pair[0].0).max();
        assert!(sleep > Some(4_000_000), "{notes:?}");
        let mut again = 0;
        switches.read(&mut |_| again += 1);
        assert!(again < notes.len(), "what was read is not read again");
    }
}
