//! Guarded maps whose memory goes away. All in this process, so that an emulator can run it.
mod slices;

use crate::support::mapped::{file, mapped, page, truncate};
use hooks_runtime::fault::{self, Access, Fault, FaultKind, GuardedMap};
use hooks_runtime::panic_on_fault;
use std::ffi::c_int;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Lengths on every path of the copies, with and without the longer registers.
const LENGTHS: [usize; 18] = [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 63, 64, 65, 127, 129, 300, 1000, 3 * 4096];

fn lost(map: &GuardedMap, offset: usize) -> Fault {
    let fault = map.get::<u8>(offset).unwrap_err();
    assert_eq!((fault.offset, fault.kind), (offset, FaultKind::MappingLost));
    assert_eq!(fault.address, map.as_ptr().addr() + offset);
    fault
}

#[test]
fn what_is_there_is_copied_whole() {
    let map = GuardedMap::map_anon(4 * page()).unwrap();
    for (round, length) in LENGTHS.into_iter().enumerate() {
        for start in [0, 1, page() - 5] {
            let bytes: Vec<u8> = (0..length).map(|n| u8::try_from((n + round) % 251).unwrap()).collect();
            map.write_at(start, &bytes).unwrap();
            let mut read = vec![0; length + 2];
            map.read_at(start, &mut read[1..=length]).unwrap();
            assert_eq!(
                (read[0], &read[1..=length], read[length + 1]),
                (0, &*bytes, 0),
                "{length} at {start}"
            );
        }
    }
}

#[test]
fn a_read_stops_at_the_first_byte_that_is_lost() {
    let (file, map) = mapped(8);
    let end = 4 * page();
    truncate(&file, end);
    for length in LENGTHS {
        for before in [0, 1.min(length - 1), length / 2, length - 1] {
            let mut read = vec![1; length];
            let fault = map.read_at(end - before, &mut read).unwrap_err();
            assert_eq!((fault.offset, fault.kind), (end, FaultKind::MappingLost), "{length}, {before}");
            assert!(read[..before].iter().all(|byte| *byte == 7), "{length}, {before}");
            assert!(read[before..].iter().all(|byte| *byte == 1), "{length}, {before}");
        }
    }
    assert_eq!(map.get::<u64>(end - 8), Ok(0x0707_0707_0707_0707));
    lost(&map, end);
}

#[test]
fn a_write_stops_at_the_first_byte_that_is_lost() {
    let (file, map) = mapped(8);
    let end = 4 * page();
    for length in LENGTHS {
        for before in [0, 1.min(length - 1), length / 2, length - 1] {
            truncate(&file, 8 * page());
            map.write_at(end - 3 * page(), &vec![7; 3 * page()]).unwrap();
            truncate(&file, end);
            let fault = map.write_at(end - before, &vec![9; length]).unwrap_err();
            assert_eq!((fault.offset, fault.kind), (end, FaultKind::MappingLost), "{length}, {before}");
            let mut read = vec![0; before + 1];
            map.read_at(end - before - 1, &mut read).unwrap();
            assert_eq!(read[0], 7, "{length}, {before}");
            assert!(read[1..].iter().all(|byte| *byte == 9), "{length}, {before}");
        }
    }
}

#[test]
fn a_long_copy_stops_there_too() {
    let (file, map) = mapped(256);
    let bytes: Vec<u8> = (0..map.len()).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let mut read = vec![0; map.len()];
    map.write_at(0, &bytes).unwrap();
    map.read_at(0, &mut read).unwrap();
    assert!(read == bytes);
    let end = 200 * page();
    truncate(&file, end);
    read.fill(1);
    assert_eq!(map.read_at(3, &mut read[..1020 * 1024]).unwrap_err().offset, end);
    assert!(read[..end - 3] == bytes[3..end] && read[end - 3..].iter().all(|byte| *byte == 1));
    assert_eq!(map.write_at(3, &bytes[..1020 * 1024]).unwrap_err().offset, end);
    map.read_at(0, &mut read[..end]).unwrap();
    assert!(read[3..end] == bytes[..end - 3]);
}

#[test]
fn values_of_every_size() {
    let (file, map) = mapped(2);
    map.set(1, 0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10_u128).unwrap();
    assert_eq!(map.get::<u8>(1), Ok(0x10));
    assert_eq!(map.get::<u16>(1), Ok(0x0f10));
    assert_eq!(map.get::<u32>(1), Ok(0x0d0e_0f10));
    assert_eq!(map.get::<u64>(1), Ok(0x090a_0b0c_0d0e_0f10));
    assert_eq!(map.get::<[u8; 3]>(1), Ok([0x10, 0x0f, 0x0e]));
    map.set(64, -1.5_f64).unwrap();
    assert_eq!(map.get::<f64>(64), Ok(-1.5));
    truncate(&file, page());
    let at = page() - 2;
    assert_eq!(map.get::<u32>(at).unwrap_err().kind, FaultKind::MappingLost);
    assert_eq!(map.get::<u64>(at).unwrap_err().kind, FaultKind::MappingLost);
    assert_eq!(map.get::<u16>(at), Ok(0x0707));
}

#[test]
fn each_kind_of_fault_is_told() {
    let map = GuardedMap::map_anon(3 * page()).unwrap();
    let second = map.as_ptr().wrapping_add(page()).cast();
    // SAFETY: pages of the map, to which nobody has a reference.
    unsafe {
        assert_eq!(libc::mprotect(second, page(), libc::PROT_NONE), 0);
    }
    let mut read = vec![0; 128];
    assert_eq!(map.read_at(page(), &mut read).unwrap_err().kind, FaultKind::NotPermitted);
    assert_eq!(map.read_at(2 * page(), &mut read), Ok(()));
    for (offset, length) in [(3 * page() - 127, 128), (usize::MAX, 128), (3 * page() + 1, 0)] {
        let fault = map.read_at(offset, &mut read[..length]).unwrap_err();
        assert_eq!((fault.kind, fault.offset), (FaultKind::OutOfBounds, offset));
    }

    let (_file, read_only) = {
        let file = file(1);
        let map = GuardedMap::map_file(&file, Access::Read).unwrap();
        (file, map)
    };
    assert_eq!(read_only.write_at(5, &[1]).unwrap_err().kind, FaultKind::NotPermitted);
    assert_eq!(read_only.get::<u8>(5), Ok(7));
}

#[test]
fn what_another_has_mapped_can_be_guarded() {
    let length = 2 * page();
    // SAFETY: new memory; the range is ours until the end of the test.
    let (start, map) = unsafe {
        let start = libc::mmap(
            std::ptr::null_mut(),
            length,
            libc::PROT_READ,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        let map = GuardedMap::register(start.cast(), length).unwrap();
        libc::munmap(start.wrapping_byte_add(page()), page());
        (start, map)
    };
    assert_eq!(map.get::<u64>(8), Ok(0));
    let fault = map.get::<u64>(page() + 8).unwrap_err();
    assert_eq!((fault.kind, fault.offset), (FaultKind::NotMapped, page() + 8));
    drop(map);
    // SAFETY: as above: the guard does not unmap what is not its own.
    assert_eq!(unsafe { libc::munmap(start, page()) }, 0);
    // SAFETY: as above, of nobody.
    let last =
        unsafe { GuardedMap::register(std::ptr::null_mut::<u8>().wrapping_sub(page()), page() - 1) }.unwrap();
    assert!(last.get::<u8>(0).is_err(), "the last page of all");
    // SAFETY: it is refused.
    let crooked = unsafe { GuardedMap::register(start.cast::<u8>().wrapping_add(1), 1) };
    assert_eq!(crooked.unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
}

#[test]
fn an_empty_file_is_an_empty_map() {
    let (_file, map) = mapped(0);
    assert!(map.is_empty() && map.chunks(8).next_chunk().is_none());
    assert_eq!(map.read_at(0, &mut []), Ok(()));
    assert_eq!(map.with_slice(<[_]>::len), Ok(0));
    assert_eq!(map.get::<u8>(0).unwrap_err().kind, FaultKind::OutOfBounds);
}

#[test]
fn a_part_of_a_file_may_lie_behind_its_end_until_it_grows() {
    let file = file(2);
    let range = page() as u64..4 * page() as u64;
    let map = GuardedMap::map_file_range(&file, Access::ReadWrite, range).unwrap();
    assert_eq!((map.len(), map.get::<u8>(0)), (3 * page(), Ok(7)));
    lost(&map, page());
    truncate(&file, 4 * page());
    assert_eq!(map.get::<u8>(page()), Ok(0));
}

#[test]
fn eight_readers_of_a_file_that_is_truncated_and_grown_again() {
    const ROUNDS: u32 = 100;
    let (file, map) = mapped(16);
    let (done, faults) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for number in 0..8_usize {
            let (map, done, faults) = (&map, &done, &faults);
            scope.spawn(move || {
                let mut buffer = vec![0; 3 * page()];
                while !done.load(Ordering::Relaxed) {
                    let offset = number * page() + number;
                    let outcome = match number % 3 {
                        0 => map.read_at(offset, &mut buffer),
                        1 => map.get::<u64>(offset).map(drop),
                        _ => map.get::<[u8; 100]>(offset).map(drop),
                    };
                    if let Err(fault) = outcome {
                        assert_eq!(fault.kind, FaultKind::MappingLost);
                        assert!((offset..offset + buffer.len()).contains(&fault.offset));
                        faults.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        let start = Instant::now();
        let enough = |round| round > ROUNDS && faults.load(Ordering::Relaxed) > u64::from(ROUNDS);
        for round in 0.. {
            if enough(round) || start.elapsed() > Duration::from_secs(280) {
                break;
            }
            truncate(&file, if round % 2 == 0 { 0 } else { 16 * page() });
            std::thread::yield_now();
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(faults.load(Ordering::Relaxed) > u64::from(ROUNDS), "the readers met no truncation");
    truncate(&file, 16 * page());
    assert_eq!(map.get::<u8>(0), Ok(0));
}

#[test]
fn chunks_give_what_is_there_first() {
    let (file, map) = mapped(3);
    truncate(&file, page() + 100);
    let mut chunks = map.chunks(1000);
    let (mut read, mut fault) = (0, None);
    while let Some(chunk) = chunks.next_chunk() {
        match chunk {
            Ok(chunk) => read += chunk.len(),
            Err(found) => {
                fault = Some(found);
                break;
            }
        }
    }
    // The rest of the file's last page reads as zeros.
    assert_eq!((read, fault.unwrap().offset), (2 * page(), 2 * page()));
    assert!(chunks.next_chunk().unwrap().is_err(), "and stays at its fault");
}

#[test]
fn a_reader_gives_what_is_there_first() {
    let (file, map) = mapped(3);
    truncate(&file, page());
    let mut reader = map.reader();
    let mut read = Vec::new();
    let error = reader.read_to_end(&mut read).unwrap_err();
    assert_eq!(read.len(), page());
    let fault: Fault = *error.get_ref().unwrap().downcast_ref().unwrap();
    assert_eq!(fault.offset, page());
    assert_eq!(reader.seek(SeekFrom::End(-1)).unwrap(), 3 * page() as u64 - 1);
    assert!(reader.read(&mut [0; 8]).is_err());
    assert_eq!(reader.seek(SeekFrom::Current(1)).unwrap(), 3 * page() as u64);
    assert_eq!(reader.read(&mut [0; 8]).unwrap(), 0);
    assert!(reader.seek(SeekFrom::Current(-1 - 3 * i64::try_from(page()).unwrap())).is_err());
    reader.rewind().unwrap();
    assert_eq!(reader.read(&mut [0; 8]).unwrap(), 8);
}

struct Dropped<'a>(&'a AtomicU32);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[panic_on_fault(map)]
fn first_byte(map: &GuardedMap, dropped: &AtomicU32) -> u8 {
    let _local = Dropped(dropped);
    helper(map)
}

fn helper(map: &GuardedMap) -> u8 {
    map.get::<u8>(0).unwrap_or(99)
}

#[test]
fn in_an_annotated_fn_a_fault_is_a_panic_and_destructors_run() {
    let ((file, map), dropped) = (mapped(1), AtomicU32::new(0));
    assert_eq!(first_byte(&map, &dropped), 7);
    truncate(&file, 0);
    let payload = std::panic::catch_unwind(AssertUnwindSafe(|| first_byte(&map, &dropped))).unwrap_err();
    assert_eq!(payload.downcast::<Fault>().unwrap().kind, FaultKind::MappingLost);
    assert_eq!(dropped.load(Ordering::Relaxed), 2);
    assert_eq!(helper(&map), 99, "outside of the fn it is an error");
}

#[panic_on_fault(map, this.own)]
fn both(this: &Owner, map: &GuardedMap) -> [Result<u8, Fault>; 2] {
    [this.own.get(0), map.get(0)]
}

struct Owner {
    own: GuardedMap,
}

impl Owner {
    #[panic_on_fault(self.own)]
    fn method(&self, other: &GuardedMap) -> Result<u8, Fault> {
        let of_other = other.get::<u8>(0);
        assert!(of_other.is_err());
        self.own.get(0)
    }
}

#[test]
fn only_the_maps_that_are_named() {
    let ((other_file, other), (file, own)) = (mapped(1), mapped(1));
    let owner = Owner { own };
    truncate(&other_file, 0);
    assert_eq!(owner.method(&other), Ok(7));
    truncate(&file, 0);
    let fault = fault::catch(AssertUnwindSafe(|| owner.method(&other))).unwrap_err();
    assert_eq!(fault.address, owner.own.as_ptr().addr());
    assert!(fault::catch(AssertUnwindSafe(|| both(&owner, &other))).is_err());
}

#[panic_on_fault(map)]
fn inner_and_then_outer(map: &GuardedMap, dropped: &AtomicU32) -> bool {
    let inner = fault::catch(AssertUnwindSafe(|| first_byte(map, dropped)));
    assert!(inner.is_err());
    // The inner scope is over, this one is not.
    fault::catch(AssertUnwindSafe(|| helper(map))).is_err()
}

#[test]
fn scopes_nest_and_unwinding_leaves_them() {
    let ((file, map), dropped) = (mapped(1), AtomicU32::new(0));
    truncate(&file, 0);
    assert!(inner_and_then_outer(&map, &dropped));
    assert_eq!(helper(&map), 99);
}

struct ReadsWhenDropped<'a>(&'a GuardedMap, &'a AtomicU32);

impl Drop for ReadsWhenDropped<'_> {
    fn drop(&mut self) {
        assert!(self.0.get::<u8>(0).is_err());
        self.1.fetch_add(1, Ordering::Relaxed);
    }
}

#[panic_on_fault(map)]
fn reads_while_it_unwinds(map: &GuardedMap, dropped: &AtomicU32) -> u8 {
    let _local = ReadsWhenDropped(map, dropped);
    helper(map)
}

#[test]
fn a_fault_in_a_destructor_that_unwinding_runs_is_an_error() {
    let ((file, map), dropped) = (mapped(1), AtomicU32::new(0));
    truncate(&file, 0);
    assert!(fault::catch(AssertUnwindSafe(|| reads_while_it_unwinds(&map, &dropped))).is_err());
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
}

#[panic_on_fault(map)]
fn slice_at_its_end(map: &GuardedMap, file: &File) -> Result<u8, Fault> {
    map.with_slice(|bytes| {
        truncate(file, 0);
        bytes[0].get()
    })
}

#[test]
fn the_end_of_a_slice_panics_too() {
    let (file, map) = mapped(1);
    assert_eq!(fault::catch(AssertUnwindSafe(|| slice_at_its_end(&map, &file))).unwrap_err().offset, 0);
    let payload = std::panic::catch_unwind(|| fault::catch(|| panic!("not a fault"))).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"not a fault"), "other panics go on");
}

#[panic_on_fault(map)]
async fn after_a_yield(map: std::sync::Arc<GuardedMap>, dropped: &AtomicU32) -> u8 {
    let _local = Dropped(dropped);
    tokio::task::yield_now().await;
    helper(&map)
}

#[test]
fn an_async_fn_is_covered_poll_by_poll() {
    let ((file, map), dropped) = (mapped(1), AtomicU32::new(0));
    let map = std::sync::Arc::new(map);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut future = Box::pin(after_a_yield(std::sync::Arc::clone(&map), &dropped));
    assert!(future.as_mut().poll(&mut context).is_pending());
    truncate(&file, 0);
    assert_eq!(helper(&map), 99, "between polls it is not in force");
    let poll = AssertUnwindSafe(|| future.as_mut().poll(&mut context).is_ready());
    assert_eq!(fault::catch(poll).unwrap_err().kind, FaultKind::MappingLost);
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
    assert_eq!(helper(&map), 99);
}

/// What the handler of another signal found.
static NESTED: AtomicU32 = AtomicU32::new(0);
static IN_HANDLER: std::sync::OnceLock<GuardedMap> = std::sync::OnceLock::new();

extern "C" fn reads_a_map(_: c_int) {
    let map = IN_HANDLER.get().unwrap();
    NESTED.fetch_add(if map.get::<u64>(0).is_err() { 1 } else { 1000 }, Ordering::Relaxed);
}

#[test]
fn a_fault_in_the_handler_of_another_signal() {
    let (file, map) = mapped(1);
    IN_HANDLER.set(map).unwrap();
    truncate(&file, 0);
    let handler = reads_a_map as extern "C" fn(c_int) as libc::sighandler_t;
    for _ in 0..100 {
        // SAFETY: the handler reads a map and changes an atomic.
        unsafe {
            libc::signal(libc::SIGUSR1, handler);
            libc::raise(libc::SIGUSR1);
        }
        assert!(IN_HANDLER.get().unwrap().get::<u64>(0).is_err());
    }
    assert_eq!(NESTED.load(Ordering::Relaxed), 100);
}
