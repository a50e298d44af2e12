//! What the processes do that the tests start.

use super::web;
use hooks_runtime::{at_exit, labeled};
use hooks_service::signals::{Cause, Shutdown, ShutdownBuilder, shutdown};
use libc::SIGTERM;
use std::io::Write;
use std::time::Duration;

/// Longer than anything takes, on any machine.
const LONG: Duration = Duration::from_secs(600);

pub(crate) fn play() {
    match std::env::var("ROLE").as_deref() {
        Err(_) => {}
        Ok("drain") => drain(false, Shutdown::builder()),
        Ok("drain_after_any_number") => drain(false, Shutdown::builder().same_request_within(LONG)),
        Ok("drain_with_status") => drain(true, Shutdown::builder()),
        Ok("drain_without_window") => drain_and_end(no_window()),
        Ok("drain_with_a_deadline") => drain_and_end(no_window().drain_deadline(Duration::from_millis(50))),
        Ok("end") => finish(),
        Ok("late") => late(),
        Ok("busy_at_start") => busy_at_start(),
        Ok("late_with_a_signal_waiting") => late_with_a_signal_waiting(),
        Ok("never_drains") => never_drains(no_window()),
        Ok("never_drains_as_built") => never_drains(Shutdown::builder()),
        Ok("first_process") => first_process(),
        Ok("drops_at_once") => drops_at_once(false),
        Ok("drops_at_once_and_hangs") => drops_at_once(true),
        Ok("stops_at_once") => stops_at_once(),
        Ok("handles_after_stop") => handles_after_stop(),
        Ok("stops_while_draining") => stops_while_draining(),
        Ok("web") => web::serve(false, LONG),
        Ok("web_under_tokio") => web::serve(true, LONG),
        Ok("web_with_a_deadline") => web::serve(false, Duration::from_millis(500)),
        Ok("overdue") => overdue(None),
        Ok("overdue_with_status") => overdue(Some(75)),
        Ok("overdue_in_a_lock") => overdue_in_a_lock(),
        Ok("overdue_after_callbacks") => overdue_after_callbacks(),
        Ok("fork") => fork(),
        Ok("closes_all_descriptors") => closes_all_descriptors(),
        Ok("ignores") => ignores(),
        Ok(role) => panic!("no role {role}"),
    }
}

/// The harness buffers nothing then, and the reader waits for the line.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
}

#[at_exit]
fn flush() {
    // Long enough for a signal to come in the middle, in the roles that are sent one.
    say("flushing");
    if std::env::var_os("SLOW_FLUSH").is_some() {
        std::thread::sleep(Duration::from_millis(300));
    }
    say("flushed");
}

pub(crate) fn end(status: u8) -> ! {
    hooks_runtime::exit(i32::from(status))
}

fn drain(with_status: bool, builder: ShutdownBuilder) {
    let shutdown = builder.start().unwrap();
    say("ready");
    let cause = shutdown.wait();
    std::thread::sleep(Duration::from_millis(30));
    say(&format!("drained after {cause}"));
    end(if with_status { cause.exit_status() } else { 0 })
}

fn drain_and_end(builder: ShutdownBuilder) {
    let shutdown = builder.start().unwrap();
    say("ready");
    shutdown.wait();
    end(0)
}

fn finish() {
    let _shutdown = shutdown().unwrap();
    end(3)
}

fn late() {
    say("not yet");
    std::thread::sleep(LONG);
    let _shutdown = shutdown().unwrap();
}

fn busy_at_start() {
    let shutdown = shutdown().unwrap();
    say("ready");
    std::thread::sleep(Duration::from_millis(200));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let cause = runtime.block_on(shutdown.cancelled());
    say(&format!("drained after {cause}"));
    end(0)
}

fn no_window() -> ShutdownBuilder {
    Shutdown::builder().same_request_within(Duration::ZERO)
}

fn never_drains(builder: ShutdownBuilder) {
    let shutdown = builder.start().unwrap();
    say("ready");
    shutdown.wait();
    say("asked");
    std::thread::sleep(LONG);
}

/// Blocked by the parent: it waits from before the shutdown is set up.
fn late_with_a_signal_waiting() {
    // SAFETY: no memory is passed.
    unsafe { libc::kill(libc::getpid(), SIGTERM) };
    let shutdown = shutdown().unwrap();
    say(&format!("drained after {}", shutdown.wait()));
    end(0)
}

fn first_process() {
    say(&format!("I am process {}", std::process::id()));
    let shutdown = no_window().start().unwrap();
    raise_sigterm();
    shutdown.wait();
    raise_sigterm();
    std::thread::sleep(LONG);
}

/// On this thread: the handler has run when it returns.
fn raise_sigterm() {
    // SAFETY: no memory is passed.
    unsafe { libc::raise(SIGTERM) };
}

fn drops_at_once(hangs: bool) {
    let shutdown =
        no_window().drain_deadline(Duration::from_millis(if hangs { 50 } else { 60_000 })).start().unwrap();
    raise_sigterm();
    drop(shutdown);
    say("dropped");
    if !hangs {
        raise_sigterm();
    }
    std::thread::sleep(LONG);
}

/// Ends with 75 if another token heard of the signal.
fn stops_at_once() {
    let shutdown = shutdown().unwrap();
    let other = shutdown.clone();
    raise_sigterm();
    shutdown.stop();
    end(if other.cause() == Some(Cause::Signal(SIGTERM)) { 75 } else { 1 })
}

/// A handler that began before the signals were given back, on a thread that was held up.
fn handles_after_stop() {
    let shutdown = shutdown().unwrap();
    let handler = super::handler_of(SIGTERM);
    shutdown.stop();
    // SAFETY: the address is that of a handler with `SA_SIGINFO`; ours hands the rest on as it is, here to nobody.
    unsafe {
        let handler: extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void) =
            std::mem::transmute(handler);
        handler(SIGTERM, std::ptr::null_mut(), std::ptr::null_mut());
    }
    end(1)
}

fn stops_while_draining() {
    let deadline = Duration::from_millis(std::env::var("DEADLINE").unwrap().parse().unwrap());
    let shutdown = Shutdown::builder().drain_deadline(deadline).start().unwrap();
    raise_sigterm();
    shutdown.wait();
    shutdown.stop();
    say("stopped");
    std::thread::sleep(deadline + Duration::from_millis(50));
    say("given back");
    end(0)
}

fn overdue(status: Option<u8>) {
    let builder = Shutdown::builder()
        .drain_deadline(Duration::from_millis(200))
        .on_overdue(|cause| say(&format!("cut off: {cause}")));
    let builder = match status {
        Some(status) => builder.overdue_status(status),
        None => builder,
    };
    let _shutdown = builder.start().unwrap();
    say("ready");
    hang();
}

/// A report that waits for what the process hangs in.
fn overdue_in_a_lock() {
    let builder = Shutdown::builder().drain_deadline(Duration::from_millis(200));
    let _shutdown = builder.on_overdue(|_| std::thread::sleep(LONG)).start().unwrap();
    say("ready");
    hang();
}

/// Callbacks of which one panics and the next never returns.
fn overdue_after_callbacks() {
    let shutdown = Shutdown::builder().drain_deadline(Duration::from_millis(200)).start().unwrap();
    shutdown.on_cancelled(|_| panic!("in a callback"));
    shutdown.on_cancelled(|cause| {
        say(&format!("called back: {cause}"));
        hang();
    });
    say("ready");
    hang();
}

#[labeled(route = "/stuck")]
fn hang() {
    std::thread::sleep(LONG);
}

fn fork() {
    let ours = shutdown().unwrap();
    // SAFETY: this process has, besides this thread, those of the harness and the watcher; the child calls what is
    // async-signal-safe only.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: async-signal-safe calls without memory.
        unsafe {
            libc::kill(libc::getpid(), SIGTERM);
            libc::_exit(1)
        }
    }
    let status = wait_for(child);
    let asked = ours.wait_timeout(Duration::from_millis(100)).is_some();
    say(&format!("the child died of {}, the parent was asked: {asked}", libc::WTERMSIG(status)));

    // SAFETY: as above, but for the locks that the child takes: no other thread is inside of the allocator or the shutdown
    // now, the harness waits for this one.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let own = Shutdown::builder().start().unwrap();
        // The copy of the parent's token gives nothing back, and waits for no thread that is not there.
        drop(ours);
        // SAFETY: no memory is passed.
        unsafe { libc::kill(libc::getpid(), SIGTERM) };
        let asked = own.wait_timeout(LONG).is_some();
        // SAFETY: ends the child without the harness's exit.
        unsafe { libc::_exit(i32::from(asked)) }
    }
    let asked = libc::WEXITSTATUS(wait_for(child)) == 1 && !ours.is_cancelled();
    say(&format!("a child with its own shutdown was asked: {asked}"));
    end(0)
}

fn wait_for(child: i32) -> i32 {
    let mut status = 0;
    // SAFETY: the call fills the status.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    status
}

/// As daemons do, which close what they do not know, and open files of their own in its place.
fn closes_all_descriptors() {
    let shutdown = Shutdown::builder().start().unwrap();
    // SAFETY: what is closed is used by nobody who owns it.
    assert_eq!(unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, 0_u32) }, 0);
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..32).map(|number| folder.path().join(number.to_string())).collect();
    let files: Vec<_> = paths.iter().map(|path| std::fs::File::create(path).unwrap()).collect();
    let before = processor_time();
    std::thread::sleep(Duration::from_secs(1));
    // One that spins has half of a processor at least, also where others want it.
    let spins = processor_time().saturating_sub(before) > Duration::from_millis(200);
    say("ready");
    let cause = shutdown.wait();
    let written = files.iter().filter(|file| file.metadata().unwrap().len() > 0).count();
    say(&format!("asked by {cause}, spins: {spins}, written into: {written}"));
}

fn processor_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: points to a local.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) }, 0);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

/// `SIGHUP` as well: what the process was started to ignore does not ask.
fn ignores() {
    let shutdown = Shutdown::builder().signals([libc::SIGHUP, SIGTERM]).start().unwrap();
    say("ready");
    say(&format!("asked by {}", shutdown.wait()));
}
