//! The program that dies, and how.

use super::{allocator, options};
use hooks_runtime::labeled;
use hooks_service::crash::{self, AlternateStack};
use std::alloc::Layout;
use std::ffi::c_void;
use std::process::ExitCode;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

/// Runs `WAY FILE [OPTION..]`.
pub(crate) fn die(words: &[String]) -> ExitCode {
    let (way, file) = (&words[0], &words[1]);
    let has = |option: &str| words[2..].iter().any(|word| word == option);
    options::before(&has);
    let output = options::output(&has, file);
    let installed = if has("without") { Ok(()) } else { crash::install(output) };
    if let Err(error) = installed {
        println!("{error}");
        return ExitCode::from(2);
    }
    options::after(&has, file);
    way_to_die(way, if has("forger") { "/a\n=== forged, tenant=b\u{1b}[31m" } else { "/orders" });
    ExitCode::SUCCESS
}

/// With a label, so that reports have one.
#[labeled(route)]
fn way_to_die(way: &str, route: &str) {
    match way {
        "panic" => panic!("hello"),
        // More than a pipe holds.
        "long_panic" => panic!("{}", "x".repeat(80_000)),
        "thread" => drop(named_thread("worker", || panic!("in a thread")).join()),
        "caught_like_stds" => {
            drop(std::panic::catch_unwind(|| panic!("panic in a destructor during cleanup")));
            eprintln!("after");
        }
        "caught" => drop(std::panic::catch_unwind(|| panic!("caught"))),
        "double" => {
            let _panics = PanicsInDrop;
            panic!("first");
        }
        "externc" => through_c(),
        "caught_externc" => {
            drop(std::panic::catch_unwind(|| panic!("caught")));
            through_c();
        }
        "caught_abort" => {
            drop(std::panic::catch_unwind(|| panic!("caught")));
            std::process::abort();
        }
        "exits_in_a_destructor" => {
            let _exits = ExitsInDrop;
            panic!("first");
        }
        "scope" => panic_in_a_scope(),
        "exit101" => {
            drop(std::panic::catch_unwind(|| panic!("caught")));
            std::process::exit(101);
        }
        "exit101_main" => std::process::exit(101),
        "task" => panic_in_a_task(),
        "joined" => named_thread("worker", || panic!("db is gone")).join().unwrap(),
        "joined_null" => {
            drop(named_thread("worker", || panic!("db is gone")).join());
            null();
        }
        "caught_often" => {
            (0..7).for_each(|count| drop(std::panic::catch_unwind(|| panic!("caught, number {count}"))));
            panic!("hello");
        }
        "caught_exit101_thread" => {
            let supervise = || {
                let failed = std::panic::catch_unwind(|| panic!("index is corrupt"));
                std::process::exit(if failed.is_err() { 101 } else { 0 });
            };
            drop(named_thread("supervisor", supervise).join());
        }
        "exit101_thread" => drop(named_thread("worker", || std::process::exit(101)).join()),
        "abort" => std::process::abort(),
        "null" => null(),
        "null_quoted" => drop(named_thread("a' (1)\n=== b", null).join()),
        "panic_quoted" => drop(named_thread("a' (1)\n=== b", || panic!("in a thread")).join()),
        "ill" => illegal(),
        "fpe" => raise(libc::SIGFPE),
        "trap" => raise(libc::SIGTRAP),
        "alloc" => std::alloc::handle_alloc_error(Layout::from_size_align(1 << 40, 8).unwrap()),
        "vec" => drop(std::hint::black_box(Vec::<u8>::with_capacity(1 << 46))),
        "overflow" => _ = recurse(0),
        "overflow_thread" => drop(named_thread("deep", || _ = recurse(0)).join()),
        "overflow_far" => drop(named_thread("far", fill_a_large_frame).join()),
        "wild" => drop(named_thread("wild", wild).join()),
        "null_foreign" => foreign_thread(null_there),
        "overflow_foreign" => foreign_thread(overflow_without),
        "overflow_foreign_ready" => foreign_thread(overflow_with),
        "dfree" => double_free(),
        "assert" => failed_assertion(),
        "kill" => kill(libc::SIGSEGV),
        "raise" => {
            // SAFETY: sends a signal to this thread.
            unsafe { libc::raise(libc::SIGSEGV) };
        }
        "suspended" => super::handlers::suspended(),
        "sigkill" => kill(libc::SIGKILL),
        "sigterm" => kill(libc::SIGTERM),
        "eight" => eight(null),
        "eight_panics" => eight(|| {
            let _panics = PanicsInDrop;
            panic!("first");
        }),
        "among_others" => among_others(),
        "malloc" => allocator::crash_inside(),
        "exit" => std::process::exit(3),
        "_exit" => {
            // SAFETY: ends the process.
            unsafe { libc::_exit(4) }
        }
        "report" => crash_the_report(),
        "monitor_dies" => super::victim::monitor_dies(),
        "child" => super::victim::crashing_child(),
        "grandchild" => super::victim::grandchild(),
        "leaves_a_child" => super::victim::leave_a_child(),
        "children" => super::victim::children(),
        "first_of_a_container" => super::victim::first_of_a_container(),
        "exec" => super::victim::become_another(),
        "talk" => eprint!("{}", "x".repeat(110_000)),
        "fork" => super::victim::fork(),
        "end" => {}
        other => panic!("no such way: {other}"),
    }
}

fn panic_in_a_task() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    drop(runtime.block_on(async { tokio::spawn(async { panic!("in a task") }).await }));
}

struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("in drop");
    }
}

struct ExitsInDrop;

impl Drop for ExitsInDrop {
    fn drop(&mut self) {
        std::process::exit(3);
    }
}

extern "C" fn through_c() {
    panic!("through C");
}

/// Main panics, and because it has all others do.
fn panic_in_a_scope() {
    let (work, queue) = std::sync::mpsc::channel::<()>();
    let queue = std::sync::Mutex::new(queue);
    thread::scope(|scope| {
        for _ in 0..60 {
            scope.spawn(|| {
                let queue = queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                queue.recv().expect("main is gone");
            });
        }
        let _work = work;
        panic!("the cause");
    });
}

fn named_thread(name: &str, body: fn()) -> thread::JoinHandle<()> {
    thread::Builder::new().name(name.into()).spawn(body).unwrap()
}

#[inline(never)]
pub(crate) fn null() {
    // SAFETY: none: it faults, which is what it is for.
    unsafe { std::ptr::without_provenance::<u8>(8).read_volatile() };
}

fn illegal() {
    // SAFETY: none: it traps.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::asm!("ud2");
    }
    // SAFETY: none: it traps.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!("udf #0");
    }
}

/// Divisions by zero and break points are of the processor's; this is what the kernel makes of them.
fn raise(signal: i32) {
    #[cfg(target_arch = "x86_64")]
    if signal == libc::SIGFPE {
        // SAFETY: none: it faults.
        unsafe {
            std::arch::asm!("div {0:e}", in(reg) 0, inout("eax") 1 => _, inout("edx") 0 => _);
        };
    } else {
        // SAFETY: none: it traps.
        unsafe { std::arch::asm!("int3") };
    }
    // SAFETY: sends a signal to this thread.
    unsafe { libc::raise(signal) };
}

#[allow(unconditional_recursion, reason = "until the stack is used up")]
#[inline(never)]
fn recurse(depth: u64) -> u64 {
    let room = [depth; 64];
    std::hint::black_box(&room);
    recurse(depth + 1) + room[1]
}

/// As C does, without moving the stack pointer before.
fn fill_a_large_frame() {
    let frame = 0_u8;
    let mut place = (&raw const frame).cast_mut();
    loop {
        place = place.wrapping_sub(4096);
        // SAFETY: none: below the stack that is in use, at last in the guard page.
        unsafe { place.write_volatile(1) };
    }
}

/// Faults at an address below the stack, where the guard page is between them.
fn wild() {
    let local = 0_u8;
    // The stack has 2 MiB.
    let place = (&raw const local).wrapping_sub(3 << 20);
    let page = place.wrapping_sub(place.addr() % 4096).cast_mut();
    // SAFETY: none: the page may be somebody's, who is not asked.
    unsafe {
        libc::mprotect(page.cast(), 4096, libc::PROT_NONE);
        place.read_volatile();
    }
}

/// A thread that std knows nothing of.
fn foreign_thread(body: extern "C" fn(*mut c_void) -> *mut c_void) {
    // SAFETY: the body takes no argument; the thread is joined.
    unsafe {
        let mut id = std::mem::zeroed();
        assert_eq!(libc::pthread_create(&raw mut id, std::ptr::null(), body, std::ptr::null_mut()), 0);
        libc::pthread_join(id, std::ptr::null_mut());
    }
}

extern "C" fn null_there(_: *mut c_void) -> *mut c_void {
    null();
    std::ptr::null_mut()
}

extern "C" fn overflow_without(_: *mut c_void) -> *mut c_void {
    recurse(0);
    std::ptr::null_mut()
}

extern "C" fn overflow_with(_: *mut c_void) -> *mut c_void {
    let _stack = AlternateStack::new().unwrap();
    recurse(0);
    std::ptr::null_mut()
}

/// The label's text is gone when the report reads it.
fn crash_the_report() {
    #[labeled(text)]
    fn with(text: &str) {
        let page = text.as_ptr().cast_mut();
        // SAFETY: none: the text is still in use, by the report.
        unsafe { libc::munmap(page.cast(), 4096) };
        null();
    }
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: new memory, a page of zeroes, which is text.
    let text = unsafe {
        let page = libc::mmap(std::ptr::null_mut(), 4096, libc::PROT_READ, flags, -1, 0);
        std::str::from_utf8(std::slice::from_raw_parts(page.cast::<u8>(), 8)).unwrap()
    };
    with(text);
}

fn double_free() {
    // SAFETY: none: the second `free` is what the C library refuses.
    unsafe {
        let (first, second) = (libc::malloc(2000), libc::malloc(2000));
        libc::free(first);
        libc::free(std::hint::black_box(first));
        std::hint::black_box(second);
    }
}

fn failed_assertion() {
    unsafe extern "C" {
        fn __assert_fail(text: *const i8, file: *const i8, line: u32, function: *const i8) -> !;
    }
    // SAFETY: constant texts.
    unsafe { __assert_fail(c"x".as_ptr().cast(), c"f.c".as_ptr().cast(), 1, c"f".as_ptr().cast()) }
}

/// A signal from outside.
fn kill(signal: i32) {
    let command = format!("kill -{signal} {}", std::process::id());
    let status = std::process::Command::new("sh").args(["-c", &command]).status();
    assert!(status.unwrap().success());
    thread::sleep(Duration::from_secs(60));
}

/// Dies while another thread waits in a fn that is known by name.
fn among_others() {
    let waiting = Arc::new(Barrier::new(2));
    let other = Arc::clone(&waiting);
    let _other = thread::Builder::new().name("patient".into()).spawn(move || wait_for_ever(&other)).unwrap();
    waiting.wait();
    null();
}

#[inline(never)]
fn wait_for_ever(started: &Barrier) {
    started.wait();
    loop {
        thread::park();
    }
}

fn eight(die: fn()) {
    let barrier = Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                barrier.wait();
                die();
            });
        }
    });
}
