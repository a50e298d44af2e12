//! `#[keep_alive]` emits no instruction: annotated and plain twin have the same assembly.
//!
//! Optimized, at any level. Unoptimized code keeps a landing pad that does nothing.
//!
//! `//@keep ..` is nothing in the plain twin and `#[keep_alive(..)]` in the other. Every fn is compared, optimized.

mod scratch;

use scratch::Scratch;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const SOURCE: &str = r#"
pub struct Closed(i32);

impl Drop for Closed {
    fn drop(&mut self) { unsafe { close(self.0) } }
}

unsafe extern "C" {
    fn work(bytes: *const u8, length: usize) -> i32;
    fn close(fd: i32);
    safe fn may_unwind(x: u32) -> Option<u32>;
}

//@keep buf
#[unsafe(no_mangle)]
pub fn by_value(buf: Vec<u8>, fd: Closed) -> i32 {
    if buf.is_empty() { return -1; }
    let result = unsafe { work(buf.as_ptr(), buf.len()) };
    result + fd.0
}

//@keep buf, fd
#[unsafe(no_mangle)]
pub fn several_exits(buf: Box<[u8]>, fd: Closed, x: u32) -> Option<u32> {
    let first = may_unwind(x)?;
    if first > 7 { return may_unwind(fd.0 as u32); }
    unsafe { work(buf.as_ptr(), buf.len()) };
    may_unwind(first).map(|n| n + 1)
}

//@keep key
#[unsafe(no_mangle)]
pub fn by_reference<'a>(key: &str, out: &'a mut Vec<u8>) -> &'a mut [u8] {
    out.extend_from_slice(key.as_bytes());
    out
}

//@keep n
#[unsafe(no_mangle)]
pub extern "C" fn trivial(n: u64) -> u64 { n * 3 }

//@keep mut buf
#[unsafe(no_mangle)]
pub fn changed(mut buf: [u8; 64], at: usize) -> u8 {
    buf[at] = 9;
    unsafe { work(buf.as_ptr(), buf.len()) };
    buf[at / 2]
}

//@keep mut buf
#[unsafe(no_mangle)]
pub fn lent(mut buf: [u8; 64], fd: Closed) -> i32 {
    fill(&mut buf);
    unsafe { work((&raw const buf).cast(), size_of_val(&buf)) + fd.0 }
}

#[inline(never)]
fn fill(buf: &mut [u8]) {
    buf.fill(7);
}
"#;

const FUNCTIONS: [&str; 6] = ["by_value", "several_exits", "by_reference", "trivial", "changed", "lent"];

#[test]
fn twins_have_the_same_instructions() {
    compare("3");
}

#[test]
fn also_with_little_optimization() {
    compare("1");
}

fn compare(level: &str) {
    let [plain, annotated] = [false, true].map(|hooks| assembly(hooks, level));
    for name in FUNCTIONS {
        let (plain, annotated) = (&plain[name], &annotated[name]);
        assert!(plain.len() > 1, "{name}: nothing to compare");
        assert_eq!(plain, annotated, "{name}");
    }
}

/// Each fn's instructions.
fn assembly(hooks: bool, level: &str) -> BTreeMap<String, Vec<String>> {
    let lines = SOURCE.lines().map(|line| match line.strip_prefix("//@keep ") {
        Some(arguments) if hooks => format!("#[hooks_runtime::keep_alive({arguments})]\n"),
        _ => format!("{line}\n"),
    });
    let name = format!("assembly-{}-{level}", if hooks { "annotated" } else { "plain" });
    let twin = Scratch::new(&name, "2024", &[("lib.rs".into(), lines.collect())]);
    let output = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name).join("cases.s");
    let mut cargo = twin.optimised("rustc");
    cargo.args([
        "--",
        "-Ccodegen-units=1",
        "-Cdebuginfo=0",
        &format!("-Copt-level={level}"),
        "--crate-type=lib",
    ]);
    cargo.arg(format!("--emit=asm={}", output.display()));
    let result = cargo.output().expect("cargo runs");
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
    functions(&fs::read_to_string(output).expect("assembly"))
}

fn functions(assembly: &str) -> BTreeMap<String, Vec<String>> {
    let mut functions = BTreeMap::new();
    for name in FUNCTIONS {
        let body = assembly.lines().skip_while(|line| *line != format!("{name}:")).skip(1);
        let body = body.take_while(|line| !line.contains(".cfi_endproc") && !line.starts_with(".Lfunc_end"));
        functions.insert(name.to_owned(), body.map(neutral).collect());
    }
    functions
}

/// A line without what names its crate: `_RNv..7cases..` and the numbers of the compiler's own labels.
fn neutral(line: &str) -> String {
    let words = line.split_inclusive([' ', '\t', ',', '(', ')', '[', ']']);
    words
        .map(|word| {
            if word.contains(".Lanon") || word.starts_with("_R") || word.starts_with("_ZN") {
                "*"
            } else {
                word
            }
        })
        .collect()
}
