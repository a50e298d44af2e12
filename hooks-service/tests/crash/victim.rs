//! What victims do besides dying, and how they are started.

use super::itself;
use hooks_service::crash::{self, CrashOutput, CrashReport, Monitor};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::Duration;

/// How a victim died, and what it left.
pub(crate) struct Remains {
    pub(crate) status: ExitStatus,
    /// The signal over which the emulator fell.
    fell_over: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The whole crash output.
    pub(crate) file: String,
}

impl Remains {
    /// Of which it died.
    pub(crate) fn signal(&self) -> Option<i32> {
        self.status.signal().or(self.fell_over)
    }

    /// The crash output without the line before each run.
    pub(crate) fn report(&self) -> &str {
        let (header, report) = self.file.split_once(" ===\n").expect("a line before the run");
        assert!(header.starts_with("\n=== crash output of process "), "{header}");
        report
    }

    /// The crash output has what stderr has, byte for byte.
    pub(crate) fn assert_same(&self) {
        assert_eq!(self.report(), self.stderr, "crash output, stderr");
    }

    /// The same, but for what std says where it aborts: that is copied by a tee alone. With `words` among it.
    pub(crate) fn assert_same_but_for_std(&self, words: &str) {
        let of_std = [
            " has overflowed its stack\n",
            "fatal runtime error: stack overflow",
            "thread caused non-unwinding panic. aborting.\n",
        ];
        let is_stds = |line: &&str| of_std.iter().any(|its| line.contains(its));
        let (stds, ours): (String, String) =
            self.stderr.split_inclusive('\n').fold(Default::default(), |(mut stds, mut ours), line| {
                if is_stds(&line) { &mut stds } else { &mut ours }.push_str(line);
                (stds, ours)
            });
        assert!(stds.contains(words), "no {words:?} in:\n{}", self.stderr);
        // Std begins with an empty line where a stack has overflowed.
        assert_eq!(self.report().trim_end(), ours.trim_end(), "crash output, stderr");
    }

    pub(crate) fn assert_report(&self, texts: &[&str]) {
        for text in texts {
            assert!(self.report().contains(text), "no {text:?} in:\n{}", self.report());
        }
    }
}

/// Runs a victim to its end, and its monitor's.
pub(crate) fn run(way: &str, options: &[&str]) -> Remains {
    run_with(way, options, &[])
}

pub(crate) fn run_with(way: &str, options: &[&str], environment: &[(&str, &str)]) -> Remains {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("crash.log");
    run_to(way, file, options, environment)
}

/// A victim to be run.
pub(crate) fn command(way: &str, file: &Path, options: &[&str]) -> Command {
    let mut victim = itself::command();
    victim.arg("die").arg(way).arg(file).args(options).stdin(Stdio::null());
    victim.env_remove("RUST_BACKTRACE").env_remove("HOOKS_TRACEBACK");
    victim
}

pub(crate) fn run_to(way: &str, file: PathBuf, options: &[&str], environment: &[(&str, &str)]) -> Remains {
    // Core files, where the system has it so, are left in the working directory.
    let directory = tempfile::tempdir().unwrap();
    let mut victim = command(way, &file, options);
    victim.current_dir(&directory).envs(environment.iter().copied());
    // Ends when nobody holds stdout and stderr any more: the monitor is one of them.
    let output = victim.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let of_victim =
        |text: &str| text.split_inclusive('\n').filter(|line| !is_of_emulator(line)).collect::<String>();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    Remains {
        status: output.status,
        fell_over: emulator_fell_over(&stderr).or(emulator_fell_over(&stdout)),
        stdout: of_victim(&stdout),
        stderr: of_victim(&stderr),
        // What is no file, `/dev/full` for instance, is not read: it has no end.
        file: if file.is_file() { std::fs::read_to_string(file).unwrap() } else { String::new() },
    }
}

/// qemu 7 takes a fault for its own that a program sends to itself as the kernel sent it before, and aborts.
fn emulator_fell_over(stderr: &str) -> Option<i32> {
    let fell =
        itself::emulator().is_some() && stderr.contains("cpu_exec: assertion failed: (cpu == current_cpu)");
    fell.then_some(libc::SIGSEGV)
}

/// What the emulator says where a program dies of a signal.
fn is_of_emulator(line: &str) -> bool {
    let its = [
        "qemu: uncaught target signal ",
        "**\n",
        "ERROR:../../accel/tcg/",
        "Bail out! ERROR:../../accel/tcg/",
    ];
    itself::emulator().is_some() && its.iter().any(|its| line.starts_with(its))
}

/// Runs in the monitor. Its stdout is the crash output, so what it is told is seen there.
pub(crate) fn on_crash(report: CrashReport) {
    let CrashReport { cause, labels, thread, stack, text, process, .. } = report;
    let age = report.time.elapsed().is_ok_and(|age| age < Duration::from_secs(3_600));
    println!(
        "on_crash: build id {}, version {:?}, {age}, {:?}",
        report.build_id, report.version, report.uptime
    );
    let own: Vec<_> = stack.iter().filter(|frame| frame.own).map(|frame| frame.function.as_str()).collect();
    println!("on_crash: own {own:?}");
    println!("on_crash: {cause}; labels {labels:?}; thread {thread:?}; text of {} bytes", text.len());
    let functions: Vec<_> = stack.iter().map(|frame| frame.function.as_str()).collect();
    println!("on_crash: functions {functions:?}");
    match std::env::var("ON_CRASH").as_deref() {
        Ok("panic") => panic!("in on_crash"),
        Ok("look") => {
            // A process that does not wait is gone by then.
            std::thread::sleep(Duration::from_millis(50));
            println!("on_crash: the process {}", if has_ended(process) { "has ended" } else { "waits" });
            println!("on_crash: {} panics in the text", text.matches("panicked at").count());
            let is_monitor = std::env::vars().any(|(name, _)| name == "HOOKS_CRASH_MONITOR");
            println!("on_crash: a child would be {}", if is_monitor { "a monitor" } else { "a program" });
        }
        _ => {}
    }
}

/// A main that calls the entry when threads are running.
pub(crate) fn late() -> ExitCode {
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || _ = receiver.recv());
    crash::monitor_entry();
    let folder = tempfile::tempdir().unwrap();
    let output = CrashOutput::file(folder.path().join("crash.log")).unwrap().monitor(Monitor::new());
    println!("{}", crash::install(output).unwrap_err());
    drop(sender);
    thread.join().unwrap();
    ExitCode::SUCCESS
}

/// What a child of this process finds open.
pub(crate) fn open_in_a_child() -> String {
    // The shell lists its own descriptors, with no program in between that opens one.
    let list = ["-c", "for fd in /proc/self/fd/*; do echo open ${fd##*/}; done"];
    let listed =
        Command::new("sh").args(list).stdin(Stdio::null()).stderr(Stdio::inherit()).output().unwrap();
    String::from_utf8(listed.stdout).unwrap()
}

/// Prints what a child of this process, and the monitor, find open.
pub(crate) fn grandchild() {
    print!("{}", open_in_a_child());
    let monitor = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    for process in
        monitor.filter(|process: &u32| name_of(*process).is_some_and(|name| name == "hooks-monitor"))
    {
        if group(process) == group(std::process::id()) {
            let open = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap();
            let open: Vec<_> = open.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            println!("monitor has {open:?}");
            println!("monitor ignores {:?}", ignored_by(process));
            let own = session(process) != session(std::process::id());
            println!("monitor has {} session", if own { "its own" } else { "our" });
        }
    }
}

/// Has no number left for a new descriptor.
pub(crate) fn use_all_descriptors() {
    let limit = libc::rlimit { rlim_cur: 200, rlim_max: 200 };
    // SAFETY: reads the local; the copies are never used.
    unsafe {
        libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
        while libc::dup(0) >= 0 {}
    }
}

/// What daemons do: closes all that is open, and has other files get the numbers.
pub(crate) fn close_descriptors(file: &str) {
    // SAFETY: nobody here uses what is closed, but for the crash output, which has to bear it.
    unsafe { libc::syscall(libc::SYS_close_range, 3, u32::MAX, 0) };
    let database = std::fs::File::create(database(file.as_ref())).unwrap();
    (0..150).for_each(|_| std::mem::forget(database.try_clone().unwrap()));
}

/// The file that gets the numbers.
pub(crate) fn database(file: &Path) -> PathBuf {
    file.with_extension("database")
}

/// Ends the monitor, and dies.
pub(crate) fn monitor_dies() {
    let processes = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    for process in
        processes.filter(|process: &u32| name_of(*process).is_some_and(|name| name == "hooks-monitor"))
    {
        if group(process) == group(std::process::id()) {
            // SAFETY: this test's monitor.
            unsafe { libc::kill(process.cast_signed(), libc::SIGKILL) };
            while !has_ended(process) {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
    super::ways::null();
}

/// A forked child crashes; the process goes on and ends in order.
pub(crate) fn crashing_child() {
    // SAFETY: the child dies at once.
    unsafe {
        match libc::fork() {
            0 => {
                super::ways::null();
                // So that this fn is on the stack, also of an optimised program.
                std::hint::black_box(());
            }
            child => assert_eq!(libc::waitpid(child, std::ptr::null_mut(), 0), child),
        }
    }
}

/// Of the signals that end a process those that it does not end by.
fn ignored_by(process: u32) -> Vec<&'static str> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let set = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    let set = u64::from_str_radix(set.trim(), 16).unwrap();
    let signals = [
        (libc::SIGINT, "SIGINT"),
        (libc::SIGTERM, "SIGTERM"),
        (libc::SIGHUP, "SIGHUP"),
        (libc::SIGQUIT, "SIGQUIT"),
        (libc::SIGPIPE, "SIGPIPE"),
    ];
    signals.into_iter().filter(|(signal, _)| set >> (signal - 1) & 1 == 1).map(|(_, name)| name).collect()
}

fn session(process: u32) -> i32 {
    // SAFETY: asks only.
    unsafe { libc::getsid(process.cast_signed()) }
}

/// With all its threads, which have its descriptors open for as long as there is one: a sanitizer adds one. Nobody may have
/// waited for it yet.
fn has_ended(process: u32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{process}/task")).map_or(0, Iterator::count);
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    threads <= 1 && stat.rsplit_once(") ").is_none_or(|(_, state)| state.starts_with('Z'))
}

fn name_of(process: u32) -> Option<String> {
    Some(std::fs::read_to_string(format!("/proc/{process}/comm")).ok()?.trim().to_owned())
}

/// Tells one test's monitor from another's: they have the same program, started with different environments.
fn group(process: u32) -> Option<Vec<u8>> {
    let environment = std::fs::read(format!("/proc/{process}/environ")).ok()?;
    environment.split(|byte| *byte == 0).find(|part| part.starts_with(b"VICTIM=")).map(<[u8]>::to_vec)
}

/// Dies, and leaves a child that has something to say to the same stderr.
pub(crate) fn leave_a_child() {
    let later = ["-c", "sleep 0.2; echo later >&2"];
    drop(Command::new("sh").args(later).stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap());
    super::ways::null();
}

/// Has a child abort that is the first process of its own namespace, where this system allows one.
pub(crate) fn first_of_a_container() {
    let kinds = [libc::CLONE_NEWPID, libc::CLONE_NEWUSER | libc::CLONE_NEWPID];
    // SAFETY: there is one thread; passes no memory.
    if !kinds.into_iter().any(|kind| unsafe { libc::unshare(kind) } == 0) {
        println!("there are no containers here");
        return;
    }
    let mut status = 0;
    // SAFETY: the child dies at once.
    unsafe {
        match libc::fork() {
            0 => libc::abort(),
            child => assert_eq!(libc::waitpid(child, &raw mut status, 0), child),
        }
    }
    println!("it {}", ExitStatus::from_raw(status));
}

/// Becomes another program, which is killed.
pub(crate) fn become_another() {
    let later = ["-c", "sleep 0.5; kill -9 $$"];
    panic!("{}", Command::new("sh").args(later).exec());
}

/// Prints the children of this process that have not been waited for.
pub(crate) fn children() {
    let own = std::process::id();
    let children = std::fs::read_to_string(format!("/proc/self/task/{own}/children")).unwrap();
    println!("children [{}]", children.trim());
}

/// A forked child exits in order, then the process is killed: the monitor must not take the one for the other.
pub(crate) fn fork() {
    // SAFETY: the child exits.
    unsafe {
        match libc::fork() {
            0 => libc::exit(0),
            child => assert_eq!(libc::waitpid(child, std::ptr::null_mut(), 0), child),
        }
        libc::kill(libc::getpid(), libc::SIGKILL);
    }
}
