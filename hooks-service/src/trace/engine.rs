//! The memory that events are recorded into: one in the process at a time, for all who read.
//!
//! In: the first reader, a `Trace` or a flight recorder, whose size it gets. Others join it. Out: the area to read, until the last
//! one has stopped recording and let go of it; then its pages are given back, and the next first reader finds it.

use super::clock::{self, Timeline};
use super::error::Error;
use super::memory::Memory;
use super::ring_file;
use crate::process::PerProcess;
use crate::process::fork::own_process;
use hooks_runtime::trace::observe::{self, Area, Clock, Kept, Kind, Pair, Parts, Record, Records, Start};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Who reads: one of each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reader {
    Trace,
    FlightRecorder,
}

impl Reader {
    fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::FlightRecorder => "flight recorder",
        }
    }
}

static ENGINE: PerProcess<Engine> = PerProcess::new();

/// Who is told which memory the process records into, to read it when the process is gone.
type Heir = fn(Option<&File>);
static HEIR: OnceLock<Heir> = OnceLock::new();

/// From now on `heir` is told of the memory when recording begins, and when it ends; at once, if it has begun. There is one for
/// the life of the process.
#[cfg_attr(not(feature = "crash"), allow(dead_code, reason = "the monitor of crashes"))]
pub(crate) fn bequeath_to(heir: Heir) {
    with_engine(|engine| {
        let _ = HEIR.set(heir);
        if let Some(running) = &engine.running {
            heir(Some(engine.places[running.place].memory.file()));
        }
    });
}

fn tell_heir(memory: Option<&File>) {
    if let Some(heir) = HEIR.get() {
        heir(memory);
    }
}

/// In a forked child there is nothing yet: the parent records into what it has.
fn with_engine<T>(body: impl FnOnce(&mut Engine) -> T) -> T {
    ENGINE.with(|engine| {
        let process = own_process();
        if engine.process != process {
            let own = Engine { process, ..Engine::default() };
            // Not dropped: what it owns may be as half-changed as the child is.
            std::mem::forget(std::mem::replace(engine, own));
        }
        body(engine)
    })
}

#[derive(Default)]
struct Engine {
    process: u32,
    places: Vec<Place>,
    running: Option<Running>,
}

/// Memory that is kept for good.
struct Place {
    kept: Kept,
    memory: Memory,
    /// Those who may still read it.
    holders: usize,
    /// A thread was in the middle of a record when it was to be quiet, and may be so for ever.
    is_lost: bool,
    /// Of the program's file, which keeps what it has.
    path: Option<PathBuf>,
}

struct Running {
    place: usize,
    readers: Vec<Reader>,
    noted: Instant,
}

/// What there is to record into.
pub(crate) enum Wanted {
    /// So many bytes at most.
    Bytes(usize),
    /// The same, in the file with this name, which is made once it is known that it will be used.
    File(PathBuf, usize),
}

/// The fewest bytes that are worth it.
pub(crate) const LEAST: usize = 1 << 18;
/// Most threads that may record at once.
const MOST_SLOTS: usize = 4096;

/// Events are recorded, and this reader has their area. Dropped, it has not.
#[derive(Debug)]
pub(crate) struct Reading {
    reader: Reader,
    place: usize,
    area: Area,
    clock: Clock,
    process: u32,
    records: AtomicBool,
}

/// Starts recording, or joins it.
pub(crate) fn start(reader: Reader, wanted: Wanted) -> Result<Reading, Error> {
    let reading = with_engine(|engine| engine.join(reader, wanted))?;
    test_itself(&reading)?;
    Ok(reading)
}

impl Engine {
    fn join(&mut self, reader: Reader, wanted: Wanted) -> Result<Reading, Error> {
        if self.running.as_ref().is_some_and(|running| running.readers.contains(&reader)) {
            return Err(Error::AlreadyRuns { what: reader.name() });
        }
        if let (Some(other), Wanted::File(..)) = (&self.running, &wanted) {
            let what = other.readers.first().map_or("recorder", |reader| reader.name());
            return Err(Error::AlreadyRuns { what });
        }
        let running = match self.running.take() {
            Some(running) => running,
            None => Running { place: self.begin(wanted)?, readers: Vec::new(), noted: Instant::now() },
        };
        let running = self.running.insert(running);
        running.readers.push(reader);
        let place = &mut self.places[running.place];
        place.holders += 1;
        let area = *place.kept.area();
        let clock = area.start().map_or(Clock::Monotonic, |start| start.clock);
        let (place, process, records) = (running.place, own_process(), AtomicBool::new(true));
        Ok(Reading { reader, place, area, clock, process, records })
    }

    /// Recording begins, into memory that is there or into new one.
    fn begin(&mut self, wanted: Wanted) -> Result<usize, Error> {
        let (path, bytes) = match wanted {
            Wanted::Bytes(bytes) => (None, bytes),
            Wanted::File(path, bytes) => (Some(path), bytes),
        };
        let parts = parts(bytes);
        let found = match &path {
            Some(path) => self.free_file(path, parts),
            None => self.free(parts),
        };
        let place = match found {
            Some(place) => place,
            None => self.keep(path, bytes, parts)?,
        };
        let found = &mut self.places[place];
        let (area, memory) = (found.kept.area(), &found.memory);
        // It may have been used before.
        let start = now(clock::clock());
        Area::format(memory.words(), area.parts(), &start).ok_or(Error::RecordsNothing)?;
        if !found.kept.start() {
            return Err(Error::RecordsNothing);
        }
        tell_heir(Some(found.memory.file()));
        Ok(place)
    }

    /// Memory that nobody uses, not larger than is wanted, and little smaller.
    fn free(&self, wanted: Parts) -> Option<usize> {
        let fits = |place: &Place| {
            let has = place.kept.area().parts();
            let is_free = place.holders == 0 && !place.is_lost && place.path.is_none();
            is_free && has.words() <= wanted.words() && has.chunks >= wanted.chunks - wanted.chunks / 8
        };
        self.places.iter().position(fits)
    }

    /// The memory that was used for this file before, if the file is still that one.
    fn free_file(&self, path: &Path, wanted: Parts) -> Option<usize> {
        let fits = |place: &Place| {
            let is_free = place.holders == 0 && !place.is_lost;
            let is_the_file =
                place.path.as_deref() == Some(path) && ring_file::is_at(place.memory.file(), path);
            is_free && is_the_file && place.kept.area().parts() == wanted
        };
        self.places.iter().position(fits)
    }

    fn keep(&mut self, path: Option<PathBuf>, bytes: usize, parts: Parts) -> Result<usize, Error> {
        let memory = match &path {
            Some(path) => Memory::of_file(ring_file::create(path, bytes as u64)?, parts.words())?,
            None => Memory::unnamed(parts.words())?,
        };
        let area = Area::format(memory.words(), parts, &now(clock::clock()));
        let kept = Kept::new(area.ok_or(Error::RecordsNothing)?).ok_or(Error::TooMany)?;
        self.places.push(Place { kept, memory, holders: 0, is_lost: false, path });
        Ok(self.places.len() - 1)
    }

    /// Whether nobody is left to record for.
    fn leave(&mut self, reader: Reader) -> bool {
        let Some(running) = &mut self.running else { return false };
        running.readers.retain(|other| *other != reader);
        if running.readers.is_empty() {
            observe::stop();
            self.running = None;
            tell_heir(None);
            return true;
        }
        false
    }

    fn let_go(&mut self, place: usize, is_quiet: bool) {
        let runs = self.running.as_ref().is_some_and(|running| running.place == place);
        let place = &mut self.places[place];
        place.is_lost |= !is_quiet;
        place.holders -= 1;
        if place.holders == 0 && !runs && !place.is_lost && place.path.is_none() {
            place.memory.give_back();
        }
    }
}

/// As many chunks as there is room for, and a slot for each, since a thread that records holds one.
fn parts(bytes: usize) -> Parts {
    Parts::within(bytes, (bytes >> 14).clamp(4, MOST_SLOTS))
}

fn now(clock: Clock) -> Start {
    Start { clock, process: own_process(), time: clock::pair(clock), unix: clock::unix_now() }
}

/// What the numbers of self-tests begin with.
const SELF_TEST: u64 = 0x7e57 << 40;

/// Whether it is no event of the program.
pub(crate) fn is_self_test(record: &Record<'_>) -> bool {
    record.kind == Kind::Test && record.subject >= SELF_TEST
}

/// One event that is known, recorded and read back.
fn test_itself(reading: &Reading) -> Result<(), Error> {
    static NUMBER: AtomicU64 = AtomicU64::new(SELF_TEST);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let before = reading.now().ticks;
    // From a thread of its own: this one may be a recorder's.
    let told = std::thread::Builder::new().name("hooks-trace".into()).spawn(move || observe::test(number));
    let _ = told.map_err(Error::kernel("thread spawn"))?.join();
    let mut words = Vec::new();
    let is_there = (0..reading.area.count()).any(|chunk| {
        words.clear();
        reading.area.read(chunk, 0, &mut words).is_some()
            && Records::new(&words).any(|record| record.kind == Kind::Test && record.subject == number)
    });
    // Where threads record much, theirs may have taken its place: then it does record.
    let is_overwritten = || reading.area.lost_until() >= before;
    if is_there || is_overwritten() { Ok(()) } else { Err(Error::RecordsNothing) }
}

impl Reading {
    /// What events are recorded into.
    pub(crate) fn area(&self) -> &Area {
        &self.area
    }

    /// The time now.
    pub(crate) fn now(&self) -> Pair {
        clock::pair(self.clock)
    }

    /// Which clock it is by.
    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// From its start until now.
    pub(crate) fn timeline(&self) -> Timeline {
        Timeline::of(&self.area, Some(self.now()))
    }

    /// The parent's, in a forked child. The error says so.
    pub(crate) fn check_process(&self) -> Result<(), Error> {
        if self.process == own_process() { Ok(()) } else { Err(Error::Forked { parent: self.process }) }
    }

    /// Notes the time, if that was not done within the last second: whoever reads it later, perhaps in
    /// another process, knows no others.
    pub(crate) fn keep_time(&self) {
        const EACH: Duration = Duration::from_secs(1);
        with_engine(|engine| {
            let Some(running) = engine.running.as_mut().filter(|running| running.place == self.place) else {
                return;
            };
            if running.noted.elapsed() >= EACH {
                running.noted = Instant::now();
                self.area.note_time(self.now());
            }
        });
    }

    /// The same at once.
    pub(crate) fn keep_time_now(&self) {
        with_engine(|_| {
            self.area.note_time(self.now());
        });
    }

    /// Nothing more is recorded for this reader; where no other one records, nothing at all. What there is can still be read.
    pub(crate) fn stop(&self) {
        if self.check_process().is_err() || !self.records.swap(false, Ordering::AcqRel) {
            return;
        }
        if with_engine(|engine| engine.leave(self.reader)) {
            wait_until_quiet(&self.area);
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if self.check_process().is_err() {
            return;
        }
        self.stop();
        let is_quiet = self.area.is_quiet();
        with_engine(|engine| engine.let_go(self.place, is_quiet));
    }
}

/// Waits for those who had begun a record when recording was switched off; for one that is held up in the middle of it, by a
/// debugger say, not for long.
fn wait_until_quiet(area: &Area) {
    const PATIENCE: Duration = Duration::from_millis(200);
    let until = Instant::now() + PATIENCE;
    barrier();
    while !area.is_quiet() && Instant::now() < until {
        std::thread::sleep(Duration::from_micros(50));
    }
}

/// Each thread has seen that it is off, or its mark is seen.
fn barrier() {
    #[cfg(target_os = "linux")]
    {
        const GLOBAL: libc::c_int = 1;
        const PRIVATE: libc::c_int = 1 << 3;
        const REGISTER: libc::c_int = 1 << 4;
        // SAFETY: touches no memory.
        let call = |command: libc::c_int| unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 };
        if (call(REGISTER) && call(PRIVATE)) || call(GLOBAL) {
            return;
        }
    }
    // What a processor has written is seen long before.
    std::thread::sleep(Duration::from_millis(10));
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use hooks_runtime::trace::is_on;

    fn at(reading: &Reading) -> *const AtomicU64 {
        with_engine(|engine| engine.places[reading.place].memory.words().as_ptr())
    }

    #[test]
    fn readers_share_one_area_and_the_next_ones_find_it() {
        let first = start(Reader::FlightRecorder, Wanted::Bytes(1 << 20)).unwrap();
        let second = start(Reader::Trace, Wanted::Bytes(1 << 22)).unwrap();
        assert_eq!(at(&first), at(&second));
        assert!(matches!(
            start(Reader::Trace, Wanted::Bytes(LEAST)),
            Err(Error::AlreadyRuns { what: "trace" })
        ));
        second.stop();
        assert!(is_on());
        let third = start(Reader::Trace, Wanted::Bytes(1 << 20)).unwrap();
        let place = at(&third);
        drop((first, second));
        assert!(is_on());
        drop(third);
        assert!(!is_on());
        let again = start(Reader::Trace, Wanted::Bytes(1 << 20)).unwrap();
        assert_eq!(at(&again), place);
        assert_eq!(again.area().events(), 1, "that of the test");
        let larger = start(Reader::FlightRecorder, Wanted::Bytes(1 << 22)).unwrap();
        assert_eq!(at(&larger), place, "it joins");
    }

    #[test]
    fn what_is_read_after_the_end_is_not_used_meanwhile() {
        let first = start(Reader::Trace, Wanted::Bytes(1 << 20)).unwrap();
        first.stop();
        let second = start(Reader::Trace, Wanted::Bytes(1 << 20)).unwrap();
        assert_ne!(at(&first), at(&second));
        drop(first);
        assert!(is_on());
    }

    #[test]
    fn a_forked_child_begins_with_memory_of_its_own() {
        let parents = start(Reader::Trace, Wanted::Bytes(1 << 20)).unwrap();
        let (events, parents_place) = (parents.area().events(), at(&parents));
        // SAFETY: the harness's other thread holds no lock that the child needs; it ends by `_exit`.
        let child = unsafe { libc::fork() };
        if child == 0 {
            let own = start(Reader::Trace, Wanted::Bytes(1 << 20));
            let is_right = own.is_ok_and(|own| at(&own) != parents_place) && parents.check_process().is_err();
            // SAFETY: ends the child.
            unsafe { libc::_exit(i32::from(is_right)) }
        }
        let mut status = 0;
        // SAFETY: a local.
        unsafe { libc::waitpid(child, &raw mut status, 0) };
        assert_eq!(libc::WEXITSTATUS(status), 1);
        assert_eq!(parents.area().events(), events);
        assert!(is_on());
    }
}
