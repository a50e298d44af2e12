use hooks_runtime::lock_os_thread;
use hooks_runtime::os_thread::LockedThread;

#[lock_os_thread(token = thread, reason = "a test")]
fn f() -> &'static LockedThread {
    thread
}

fn main() {}
