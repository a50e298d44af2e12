//! A reader of a mapped file that survives its truncation.
//!
//! ```text
//! cargo run --example mapped_file
//! ```
//!
//! A writer appends records to a file; now and then it "rotates" the file by truncating it, as log rotation does. The
//! reader has the file mapped. With a plain mapping its next load would be a `SIGBUS` and the end of the process.

use hooks_runtime::fault::{self, Access, Fault, FaultKind, GuardedMap};
use hooks_runtime::panic_on_fault;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::panic::AssertUnwindSafe;

const RECORDS: usize = 64 * 1024;
const RECORD: usize = size_of::<u64>();

/// Adds up all records. Where the file ends early, this fn unwinds with the fault.
#[panic_on_fault(map)]
fn total(map: &GuardedMap, open: &mut Vec<&'static str>) -> u64 {
    open.push("total");
    let closed = Closed(open);
    let record = |number| map.get::<u64>(number * RECORD).expect("a fault is a panic of its own");
    let total = (0..RECORDS).map(record).sum();
    drop(closed);
    total
}

/// Runs on every way out.
struct Closed<'a>(&'a mut Vec<&'static str>);

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        self.0.pop();
    }
}

/// A parser of bytes that knows nothing of all this.
fn largest(bytes: &[fault::Byte]) -> u8 {
    bytes.iter().map(fault::Byte::get).max().unwrap_or(0)
}

fn main() -> io::Result<()> {
    let path = std::env::temp_dir().join(format!("mapped_file.{}", std::process::id()));
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(&path)?;
    let outcome = show(&file);
    println!("still here; the handler has {:?}", fault::counts());
    outcome
}

fn show(file: &File) -> io::Result<()> {
    write_records(file)?;
    let map = GuardedMap::map_file(file, Access::Read)?;
    let mut open = Vec::new();
    println!("whole file: {}", total(&map, &mut open));
    println!("largest byte: {}", map.with_slice(largest)?);

    file.set_len((RECORDS * RECORD / 2) as u64)?;
    println!("-- truncated to half, by whomever --");
    let fault = total_or_fault(&map, &mut open).expect_err("half of the records are gone");
    println!("a panic that carries it:  {fault}");
    assert!(open.is_empty(), "its destructors ran");

    let error = map.get::<u64>(RECORDS * RECORD - RECORD).expect_err("the last record is gone");
    println!("an error at the call:     {error}");
    assert_eq!(error.kind, FaultKind::MappingLost);

    let fault = map.with_slice(largest).expect_err("the scope tells at its end");
    println!("a slice with zeros in it: {fault}");
    assert_eq!(map.get::<u64>(RECORD), Ok(1), "what is there can still be read");

    write_records(file)?;
    let map = GuardedMap::map_file(file, Access::Read)?;
    println!("mapped anew: {}", total(&map, &mut open));
    Ok(())
}

fn total_or_fault(map: &GuardedMap, open: &mut Vec<&'static str>) -> Result<u64, Fault> {
    // What the program does with panics anyway; here without the default hook's message.
    std::panic::set_hook(Box::new(|_| {}));
    let outcome = fault::catch(AssertUnwindSafe(|| total(map, open)));
    drop(std::panic::take_hook());
    outcome
}

fn write_records(file: &File) -> io::Result<()> {
    let records: Vec<u8> = (0..RECORDS as u64).flat_map(u64::to_ne_bytes).collect();
    file.write_all_at(&records, 0)
}
