//! Maps as slices: pages that are lost become zeros.

use super::lost;
use crate::support::mapped::{mapped, page, truncate};
use hooks_runtime::fault::{self, Access, FaultKind, GuardedMap};
use std::cell::Cell;
use std::ffi::c_int;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::fd::FromRawFd;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn a_slice_goes_on_with_zeros_and_the_scope_tells() {
    let (file, map) = mapped(256);
    let sum = |map: &GuardedMap| {
        map.with_slice(|bytes| bytes.iter().map(|byte| usize::from(byte.get())).sum::<usize>())
    };
    assert_eq!(sum(&map), Ok(7 * 256 * page()));
    let ran_to_its_end = Cell::new(0);
    let fault = map.with_slice(|bytes| {
        truncate(&file, 10 * page() + 100);
        ran_to_its_end.set(bytes.iter().map(|byte| usize::from(byte.get())).sum());
    });
    assert_eq!(fault.unwrap_err().offset, 11 * page());
    assert_eq!(ran_to_its_end.get(), 7 * (10 * page() + 100));
    assert_eq!(fault::counts().poisoned, 1, "one fault however many pages are lost");

    // It stays poisoned although the file has grown again.
    truncate(&file, 256 * page());
    assert_eq!(sum(&map).unwrap_err().offset, 11 * page());
    assert_eq!(map.check_slice().unwrap_err().offset, 11 * page());
    lost(&map, 11 * page());
    assert_eq!(map.write_at(200 * page(), &[1]).unwrap_err().kind, FaultKind::MappingLost);
    assert_eq!(map.get::<u8>(9 * page()), Ok(7));
    let mut all = Vec::new();
    assert!(map.reader().read_to_end(&mut all).is_err());
    assert_eq!(all.len(), 11 * page());
}

#[test]
fn a_slice_that_is_shortened_twice() {
    let (file, map) = mapped(8);
    let fault = map.with_slice(|bytes| {
        truncate(&file, 4 * page());
        assert_eq!(bytes[6 * page()].get(), 0);
        truncate(&file, page());
        (bytes[2 * page()].get(), bytes[0].get())
    });
    assert_eq!(fault.unwrap_err().offset, 2 * page());
    lost(&map, 2 * page());
    assert_eq!(map.get::<u8>(0), Ok(7));
}

#[test]
fn eight_threads_in_one_slice() {
    for _ in 0..50 {
        let (file, map) = mapped(64);
        let sums = map.with_slice(|bytes| {
            truncate(&file, 0);
            std::thread::scope(|scope| {
                let sum = || bytes.iter().step_by(512).map(|byte| usize::from(byte.get())).sum::<usize>();
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(sum)).collect();
                for thread in threads {
                    assert_eq!(thread.join().unwrap(), 0);
                }
            });
        });
        assert_eq!(sums.unwrap_err().offset, 0);
    }
}

#[test]
fn copies_never_take_the_zeros_of_a_slice_for_what_was_there() {
    never_takes_zeros(100, |map, buffer| {
        let value = map.get::<u64>(page());
        assert!(value.is_err() || value == Ok(0x0707_0707_0707_0707));
        if map.read_at(page(), buffer).is_ok() { buffer.len() } else { 0 }
    });
}

#[test]
fn nor_do_readers_and_chunks() {
    never_takes_zeros(100, |map, buffer| {
        let mut reader = map.reader();
        reader.seek(SeekFrom::Start(page() as u64)).unwrap();
        let read = reader.read(buffer).unwrap_or(0);
        let mut chunks = map.chunks(2 * page());
        if let Some(Ok(chunk)) = chunks.next_chunk() {
            assert!(chunk.iter().all(|byte| *byte == 7));
        }
        read
    });
}

/// `read` reads the second page, while a slice loses it, and says how many bytes it has read.
fn never_takes_zeros(rounds: u32, read: impl Fn(&GuardedMap, &mut [u8]) -> usize + Sync) {
    for _ in 0..rounds {
        let (file, map) = mapped(2);
        let (reading, slicing) = (AtomicBool::new(false), AtomicBool::new(true));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut buffer = vec![0; page()];
                reading.store(true, Ordering::Relaxed);
                while slicing.load(Ordering::Relaxed) {
                    let length = read(&map, &mut buffer);
                    assert!(buffer[..length].iter().all(|byte| *byte == 7));
                }
            });
            let fault = map.with_slice(|bytes| {
                while !reading.load(Ordering::Relaxed) {
                    std::thread::yield_now();
                }
                truncate(&file, 0);
                bytes[page()].get()
            });
            slicing.store(false, Ordering::Relaxed);
            assert!(fault.is_err());
        });
    }
}

/// Another map with the pages of `map`, from the page `first` on.
fn view(map: &GuardedMap, first: usize) -> GuardedMap {
    let start = first * page();
    // SAFETY: the tests drop it before `map`.
    unsafe { GuardedMap::register(map.as_ptr().wrapping_add(start), map.len() - start) }.unwrap()
}

#[test]
fn what_a_slice_has_lost_is_lost_for_all_maps_with_its_pages() {
    let ((file, map), (_, other)) = (mapped(4), mapped(4));
    let (second, fourth) = (view(&map, 1), view(&map, 3));
    other.with_slice(<[_]>::len).unwrap();
    truncate(&file, 0);
    assert_eq!(second.with_slice(|bytes| bytes[page()].get()).unwrap_err().offset, page());
    // The zeros stay, though the file has grown again.
    truncate(&file, 4 * page());
    assert_eq!(map.get::<u64>(2 * page() - 8), Ok(0));
    lost(&map, 2 * page());
    lost(&fourth, 0);
    assert_eq!(map.with_slice(<[_]>::len).unwrap_err().offset, 2 * page());
    assert_eq!(other.with_slice(|bytes| bytes[0].get()), Ok(7));
    drop((second, fourth));
    lost(&map, 2 * page());
    let later = view(&map, 1);
    lost(&later, page());
    assert_eq!(later.get::<u8>(page() - 1), Ok(0));
}

#[test]
fn ranges_are_given_back_and_taken_again() {
    for round in 0..200_usize {
        let maps: Vec<_> = (0..=round % 5).map(|_| mapped(2)).collect();
        for (file, map) in maps.iter().skip(round % 2) {
            let fault = map.with_slice(|bytes| {
                truncate(file, page());
                bytes[page()].get()
            });
            assert_eq!(fault.unwrap_err().offset, page());
        }
    }
}

#[test]
fn plain_bytes_for_code_that_takes_them() {
    let (file, map) = mapped(4);
    // SAFETY: what follows looks at each byte once.
    let sum = unsafe { map.with_bytes(|bytes| bytes.iter().map(|byte| usize::from(*byte)).sum()) };
    assert_eq!(sum, Ok(7 * 4 * page()));
    truncate(&file, page());
    // SAFETY: as above.
    let fault = unsafe { map.with_bytes(<[u8]>::to_vec) }.unwrap_err();
    assert_eq!(fault.offset, page());
}

#[test]
fn a_sealed_file_needs_no_guard() {
    // SAFETY: a new descriptor.
    let file = unsafe {
        File::from_raw_fd(libc::memfd_create(c"sealed".as_ptr(), libc::MFD_ALLOW_SEALING | libc::MFD_CLOEXEC))
    };
    file.set_len(page() as u64).unwrap();
    let seal = |seals: c_int| {
        // SAFETY: no memory is passed.
        let done = unsafe { libc::fcntl(std::os::fd::AsRawFd::as_raw_fd(&file), libc::F_ADD_SEALS, seals) };
        assert_eq!(done, 0);
    };
    let map = || GuardedMap::map_file(&file, Access::Read).unwrap();
    assert!(!map().is_sealed());
    seal(libc::F_SEAL_SHRINK);
    assert!(map().is_sealed() && map().sealed_bytes().is_none());
    assert_eq!(map().with_slice(<[_]>::len), Ok(page()));
    let beyond = GuardedMap::map_file_range(&file, Access::Read, 0..2 * page() as u64).unwrap();
    assert!(!beyond.is_sealed(), "its second page is not there");
    drop(beyond);
    seal(libc::F_SEAL_WRITE);
    assert_eq!(map().sealed_bytes().unwrap(), vec![0; page()]);
}
