use hooks_runtime::lock_os_thread;

#[lock_os_thread(token = thread, reason = "a test")]
fn f(thread: u32) -> u32 {
    thread
}

fn main() {}
