//! Guarded copies and loads beside plain ones, and what one recovered fault costs.

use hooks_runtime::fault::{self, Access, GuardedMap};
use hooks_runtime::panic_on_fault;
use measures::figure::{Figure, Goal};
use measures::measure::{Case, Rounds, interleave};
use std::fs::File;
use std::hint::black_box;
use std::panic::AssertUnwindSafe;

const ROUNDS: usize = 101;

/// Bytes, calls a round, what the guarded copy may take of the plain one's time.
const SIZES: [(usize, u32, Option<f64>); 7] = [
    (8, 100_000, None),
    (64, 100_000, Some(1.1)),
    (256, 50_000, None),
    (1024, 20_000, None),
    (4096, 10_000, Some(1.5)),
    (64 * 1024, 500, None),
    (1024 * 1024, 10, Some(1.1)),
];

fn main() {
    for (size, calls, most) in SIZES {
        copies(size, calls, most);
    }
    loads();
    scopes();
    recovered();
}

/// Round by round, so that what else the machine does falls on both.
fn ratio(this: &Rounds, other: &Rounds) -> f64 {
    this.median() / other.median()
}

fn print(results: &[Rounds]) {
    for rounds in results {
        println!("{:<40} {rounds} ns", rounds.name());
    }
}

fn copies(size: usize, calls: u32, most: Option<f64>) {
    let map = GuardedMap::map_anon(size).expect("memory");
    map.write_at(0, &vec![7; size]).expect("it is there");
    let mut room = vec![0_u8; size + 2 * PAGE];
    let plain = apart(&mut room, map.as_ptr(), size).as_mut_ptr();
    let copy = || {
        // SAFETY: both have `size` bytes, and nobody else has them meanwhile.
        unsafe { black_box(plain).copy_from_nonoverlapping(black_box(map.as_ptr()), black_box(size)) };
    };
    let read = || {
        // SAFETY: as above.
        let buffer = unsafe { std::slice::from_raw_parts_mut(black_box(plain), black_box(size)) };
        map.read_at(black_box(0), buffer).expect("it is there");
    };
    let write = || {
        // SAFETY: as above.
        let bytes = unsafe { std::slice::from_raw_parts(black_box(plain), black_box(size)) };
        map.write_at(black_box(0), bytes).expect("it is there");
    };
    let case = |name: &str| format!("{name}, {size} B");
    let results = interleave(
        ROUNDS,
        vec![
            Case::new(case("memcpy"), calls, copy),
            Case::new(case("read_at"), calls, read),
            Case::new(case("write_at"), calls, write),
        ],
    );
    print(&results);
    if let Some(most) = most {
        let name = format!("fault.copy_{size}_to_memcpy");
        Figure::new(name, ratio(&results[1], &results[0]), "x", Goal::AtMost(most)).print();
    }
}

const PAGE: usize = 4096;

/// A part of `room` whose place in its page is half a page from that of `from`. Processors take a load for dependent on a
/// store at the same place of another page, and a copy between such places takes up to four times as long, whoever does
/// it: the distance would decide, and not the routine.
fn apart(room: &mut [u8], from: *const u8, size: usize) -> &mut [u8] {
    let place = (from.addr() + PAGE / 2) % PAGE;
    let start = (place + PAGE - room.as_ptr().addr() % PAGE) % PAGE;
    &mut room[start..start + size]
}

fn loads() {
    const COUNT: usize = 1024;
    let numbers = vec![3_u64; COUNT];
    let map = GuardedMap::map_anon(COUNT * 8).expect("memory");
    let plain = || {
        let sum = (0..COUNT).fold(0_u64, |sum, n| {
            // SAFETY: a number of the vector.
            sum.wrapping_add(unsafe { numbers.as_ptr().add(black_box(n)).read_volatile() })
        });
        black_box(sum);
    };
    let guarded = || {
        let sum = (0..COUNT)
            .fold(0_u64, |sum, n| sum.wrapping_add(map.get::<u64>(black_box(n) * 8).expect("it is there")));
        black_box(sum);
    };
    let parts = u32::try_from(COUNT).expect("few");
    let results = interleave(
        ROUNDS,
        vec![
            Case::new("read_volatile of a u64", 50, plain).per_part(parts),
            Case::new("get::<u64>", 50, guarded).per_part(parts),
        ],
    );
    print(&results);
    Figure::new("fault.load", results[1].median(), "ns", Goal::AtMost(3.0)).print();
}

#[panic_on_fault(map)]
fn annotated(map: &GuardedMap, x: u64) -> u64 {
    black_box(map);
    black_box(x)
}

#[inline(never)]
fn plain(map: &GuardedMap, x: u64) -> u64 {
    black_box(map);
    black_box(x)
}

fn scopes() {
    let map = GuardedMap::map_anon(4096).expect("memory");
    let results = interleave(
        ROUNDS,
        vec![
            Case::new("a call", 50_000, || _ = black_box(plain(&map, 1))),
            Case::new("a call with #[panic_on_fault]", 50_000, || _ = black_box(annotated(&map, 1))),
            Case::new("with_slice", 50_000, || _ = black_box(map.with_slice(<[_]>::len))),
        ],
    );
    print(&results);
}

#[panic_on_fault(map)]
fn faults(map: &GuardedMap) -> bool {
    map.get::<u64>(0).is_ok()
}

extern "C" fn nothing(_: i32) {}

fn recovered() {
    let (_file, map) = lost();
    // SAFETY: the handler does nothing.
    unsafe { libc::signal(libc::SIGUSR2, nothing as extern "C" fn(i32) as libc::sighandler_t) };
    std::panic::set_hook(Box::new(|_| {}));
    let mut buffer = vec![0; 4096];
    let raise = || {
        // SAFETY: no memory is passed.
        unsafe { libc::raise(libc::SIGUSR2) };
    };
    let panics = || assert!(fault::catch(AssertUnwindSafe(|| faults(&map))).is_err());
    let cases = vec![
        Case::new("raise() with an empty handler", 2000, raise),
        Case::new("one fault, get::<u64>", 2000, || assert!(map.get::<u64>(0).is_err())),
        Case::new("one fault, read_at of 4096 B", 1000, || assert!(map.read_at(0, &mut buffer).is_err())),
        Case::new("one fault, a panic and catch", 1000, panics),
        Case::of_rounds("one fault in a slice", one_in_a_slice),
    ];
    let results = interleave(ROUNDS, cases);
    print(&results);
    Figure::new("fault.recovered_to_signal", ratio(&results[1], &results[0]), "x", Goal::AtMost(2.0)).print();
    Figure::new("fault.recovered", results[1].median() / 1e3, "us", Goal::AtMost(10.0)).print();
}

fn one_in_a_slice() -> f64 {
    let (_file, map) = lost();
    let start = measures::measure::thread_time();
    assert!(map.with_slice(|bytes| bytes[0].get()).is_err());
    measures::measure::thread_time().saturating_sub(start).as_secs_f64() * 1e9
}

/// A file that was truncated under its map.
fn lost() -> (File, GuardedMap) {
    let path = std::env::temp_dir().join(format!("bench-fault-{}", std::process::id()));
    let file = File::options().read(true).write(true).create(true).truncate(true).open(&path);
    let file = file.expect("a temporary file");
    std::fs::remove_file(&path).expect("it was made");
    file.set_len(8192).expect("room on the disk");
    let map = GuardedMap::map_file(&file, Access::Read).expect("a mapping");
    file.set_len(0).expect("it can be truncated");
    (file, map)
}
