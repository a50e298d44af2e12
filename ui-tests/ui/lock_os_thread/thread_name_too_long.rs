use hooks_runtime::lock_os_thread;

#[lock_os_thread(thread = "the-thread-for-drawing", reason = "a test")]
fn f() {}

fn main() {}
