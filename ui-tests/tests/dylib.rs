//! Expansions in a program that has the runtime from a Rust `dylib`, as plugin hosts do: what inlines into the program
//! must find what the library exports.

mod scratch;

use scratch::Scratch;
use std::process::Command;

const LIBRARY: &str = "pub use hooks_runtime;

#[hooks_runtime::labeled(inner)]
pub fn labels_inside(inner: &str) -> String {
    hooks_runtime::labels::Labels::current().to_string()
}
";

const PROGRAM: &str = "use cases::hooks_runtime;

#[hooks_runtime::labeled(outer, crate = ::cases::hooks_runtime)]
fn labels(outer: &str) -> String {
    cases::labels_inside(\"i\")
}

#[hooks_runtime::panic_on_fault(map, crate = ::cases::hooks_runtime)]
fn guarded(map: &hooks_runtime::fault::GuardedMap) -> [bool; 3] {
    [map.get::<u64>(0).is_err(), map.get::<u32>(0).is_err(), map.read_at(0, &mut [0; 64]).is_err()]
}

/// Of the process itself, past the end of its file.
fn faults() -> bool {
    use hooks_runtime::fault::{self, Access, GuardedMap};
    let program = std::fs::File::open(\"/proc/self/exe\").unwrap();
    let end = program.metadata().unwrap().len().next_multiple_of(65536);
    let behind = GuardedMap::map_file_range(&program, Access::Read, end..end + 65536).unwrap();
    let of_each = [behind.get::<u64>(0).is_err(), behind.get::<u32>(0).is_err(), behind.read_at(0, &mut [0; 64]).is_err()];
    of_each == [true; 3] && fault::catch(|| guarded(&behind)).is_err()
}

fn main() {
    println!(\"{}\", labels(\"o\"));
    assert!(faults());
}
";

#[test]
fn labels_cross_a_dylib_in_optimised_code() {
    let sources = [("lib.rs".to_owned(), LIBRARY.to_owned()), ("main.rs".to_owned(), PROGRAM.to_owned())];
    let crates = Scratch::new("dylib", "2024", &sources);
    crates.append_to_manifest("[lib]\ncrate-type = [\"dylib\"]\n");
    let mut run = crates.optimised("run");
    // With a target, the flags are not for what runs in the compiler.
    run.args(["--quiet", "--target=host-tuple"]).env("RUSTFLAGS", "-C prefer-dynamic");
    let output = scratch::run(run.env("LD_LIBRARY_PATH", standard_library()));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "inner=i,outer=o");
}

const LOADED: &str = "#[hooks_runtime::labeled(inner, length = inner.len())]
fn labels_inside(inner: &str) -> String {
    hooks_runtime::labels::Labels::current().to_string()
}

#[unsafe(no_mangle)]
pub extern \"C\" fn report() {
    let elsewhere = std::thread::spawn(|| labels_inside(\"thread\")).join().unwrap();
    let sites: Vec<_> = hooks_runtime::sites().iter().map(|site| site.arguments().to_owned()).collect();
    println!(\"library {} {elsewhere} {sites:?}\", labels_inside(\"i\"));
}
";

const LOADER: &str = "use std::ffi::{CString, c_void};

#[hooks_runtime::labeled(outer)]
fn load(outer: &str) -> String {
    let library = std::env::current_exe().unwrap().with_file_name(\"libcases.so\");
    let library = CString::new(library.to_str().unwrap()).unwrap();
    unsafe {
        let library = libc::dlopen(library.as_ptr(), libc::RTLD_NOW);
        assert!(!library.is_null(), \"{:?}\", std::ffi::CStr::from_ptr(libc::dlerror()));
        let report = libc::dlsym(library, c\"report\".as_ptr());
        std::mem::transmute::<*mut c_void, extern \"C\" fn()>(report)();
    }
    hooks_runtime::labels::Labels::current().to_string()
}

fn main() {
    let labels = load(\"o\");
    let sites: Vec<_> = hooks_runtime::sites().iter().map(|site| site.arguments().to_owned()).collect();
    println!(\"program {labels} {sites:?}\");
}
";

#[test]
fn a_loaded_library_has_labels_and_sites_of_its_own() {
    let sources = [("lib.rs".to_owned(), LOADED.to_owned()), ("main.rs".to_owned(), LOADER.to_owned())];
    let crates = Scratch::depending("cdylib", "2024", "libc = '0.2'", &sources);
    crates.append_to_manifest("[lib]\ncrate-type = [\"cdylib\"]\n");
    let output = scratch::run(crates.cargo("run").arg("--quiet"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let expected =
        "library inner=i,length=1 inner=thread,length=6 [\"inner,length\"]\nprogram outer=o [\"outer\"]\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
}

/// A `cdylib` and a program with names of their own. In the folder that all packages share cargo would take those of one package
/// for those of another.
fn named(name: &str) -> String {
    format!(
        "[lib]\nname = \"{name}\"\ncrate-type = [\"cdylib\"]\n[[bin]]\nname = \"{name}-by\"\npath = \"src/main.rs\"\n"
    )
}

const OBSERVED: &str = "#[hooks_runtime::labeled(inner)]
fn labelled<R>(inner: &str, work: impl FnOnce() -> R) -> R {
    work()
}

#[unsafe(no_mangle)]
pub extern \"C\" fn observe() -> u32 {
    let mut labels = 0;
    hooks_runtime::labels::observe::visit(&mut |_, _| labels += 1);
    labels
}

#[unsafe(no_mangle)]
pub extern \"C\" fn inside(work: extern \"C\" fn()) {
    labelled(\"i\", || work());
}
";

/// Its `malloc` and `calloc` come before those of libc, for the dynamic linker too.
const OBSERVER: &str = "use std::ffi::{CString, c_int, c_void};
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering::SeqCst};

static OBSERVE: AtomicUsize = AtomicUsize::new(0);
static SEEN: AtomicUsize = AtomicUsize::new(0);
static HANDLER: AtomicI32 = AtomicI32::new(0);
static ALLOCATED: AtomicUsize = AtomicUsize::new(0);

extern \"C\" fn handle(_: c_int) {
    let observe: extern \"C\" fn() -> u32 = unsafe { std::mem::transmute(OBSERVE.load(SeqCst)) };
    HANDLER.store(unsafe { libc::gettid() }, SeqCst);
    SEEN.store(observe() as usize, SeqCst);
    HANDLER.store(0, SeqCst);
}

unsafe extern \"C\" {
    fn __libc_malloc(size: usize) -> *mut c_void;
    fn __libc_calloc(count: usize, size: usize) -> *mut c_void;
}

fn count() {
    let handler = HANDLER.load(SeqCst);
    if handler != 0 && handler == unsafe { libc::gettid() } {
        ALLOCATED.fetch_add(1, SeqCst);
    }
}

#[unsafe(no_mangle)]
pub unsafe extern \"C\" fn malloc(size: usize) -> *mut c_void {
    count();
    unsafe { __libc_malloc(size) }
}

#[unsafe(no_mangle)]
pub unsafe extern \"C\" fn calloc(number: usize, size: usize) -> *mut c_void {
    count();
    unsafe { __libc_calloc(number, size) }
}

extern \"C\" fn interrupt() {
    unsafe { libc::raise(libc::SIGUSR1) };
}

fn main() {
    let library = std::env::current_exe().unwrap().with_file_name(\"libobserved.so\");
    let library = CString::new(library.to_str().unwrap()).unwrap();
    let library = unsafe { libc::dlopen(library.as_ptr(), libc::RTLD_NOW) };
    assert!(!library.is_null());
    let of_library = |name: &std::ffi::CStr| unsafe { libc::dlsym(library, name.as_ptr()) };
    OBSERVE.store(of_library(c\"observe\").addr(), SeqCst);
    let inside: extern \"C\" fn(extern \"C\" fn()) = unsafe { std::mem::transmute(of_library(c\"inside\")) };
    unsafe { libc::signal(libc::SIGUSR1, handle as extern \"C\" fn(c_int) as libc::sighandler_t) };
    let seen = || SEEN.swap(9, SeqCst);
    // One that has never been in the library before the first signal, and another one.
    std::thread::spawn(move || {
        interrupt();
        let before = seen();
        inside(interrupt);
        println!(\"{before} {}\", seen());
    }).join().unwrap();
    std::thread::spawn(move || {
        interrupt();
        println!(\"{} {}\", seen(), ALLOCATED.load(SeqCst));
    }).join().unwrap();
}
";

#[cfg(target_env = "gnu")]
#[test]
fn a_handlers_look_at_labels_in_a_loaded_library_allocates_nothing() {
    let sources = [("lib.rs".to_owned(), OBSERVED.to_owned()), ("main.rs".to_owned(), OBSERVER.to_owned())];
    let crates = Scratch::depending("observed", "2024", "libc = '0.2'", &sources);
    crates.append_to_manifest(&named("observed"));
    let output = scratch::run(crates.cargo("run").arg("--quiet"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "0 1\n0 0\n");
}

const PROFILED: &str = "use hooks_service::profile::CpuProfile;
use std::sync::Mutex;
use std::time::Duration;

static RUNNING: Mutex<Option<CpuProfile>> = Mutex::new(None);

fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[hooks_runtime::labeled(job)]
fn labelled(job: &str, milliseconds: u64) {
    let end = thread_time() + Duration::from_millis(milliseconds);
    while thread_time() < end {}
}

#[unsafe(no_mangle)]
pub extern \"C\" fn work(milliseconds: u64) {
    labelled(\"j\", milliseconds);
}

#[unsafe(no_mangle)]
pub extern \"C\" fn start() {
    *RUNNING.lock().unwrap() = Some(CpuProfile::builder().start().unwrap());
}

#[unsafe(no_mangle)]
pub extern \"C\" fn stop() {
    let profile = RUNNING.lock().unwrap().take().unwrap().stop().unwrap();
    let labelled = profile.filter(\"job\", \"j\");
    println!(\"{}\", labelled.period() * labelled.total() as u32 >= Duration::from_millis(300));
}
";

const PROFILER: &str = "use std::ffi::{CStr, CString, c_void};
use std::mem::transmute;
use std::sync::Barrier;

fn main() {
    let library = std::env::current_exe().unwrap().with_file_name(\"libprofiled.so\");
    let library = CString::new(library.to_str().unwrap()).unwrap();
    let library = unsafe { libc::dlopen(library.as_ptr(), libc::RTLD_NOW) };
    assert!(!library.is_null());
    let of_library = |name: &CStr| unsafe { libc::dlsym(library, name.as_ptr()) };
    let work: extern \"C\" fn(u64) = unsafe { transmute(of_library(c\"work\")) };
    let [start, stop] = [c\"start\", c\"stop\"]
        .map(|name| unsafe { transmute::<*mut c_void, extern \"C\" fn()>(of_library(name)) });
    let started = Barrier::new(2);
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            work(0);
            started.wait();
            started.wait();
            work(500);
        });
        started.wait();
        start();
        started.wait();
        thread.join().unwrap();
        stop();
    });
}
";

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[test]
fn a_profile_in_a_loaded_library_has_labels_of_threads_that_had_some_before() {
    let sources = [("lib.rs".to_owned(), PROFILED.to_owned()), ("main.rs".to_owned(), PROFILER.to_owned())];
    let service = concat!(env!("CARGO_MANIFEST_DIR"), "/../hooks-service");
    let service = format!("libc = '0.2'\nhooks-service.path = '{service}'");
    let crates = Scratch::depending("profiled", "2024", &service, &sources);
    crates.append_to_manifest(&named("profiled"));
    let output = scratch::run(crates.cargo("run").arg("--quiet"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "true\n");
}

/// Where the standard library's own dylib is.
fn standard_library() -> String {
    let output = Command::new("rustc").args(["--print", "target-libdir"]).output().expect("rustc runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
