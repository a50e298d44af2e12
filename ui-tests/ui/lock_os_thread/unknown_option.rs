use hooks_runtime::lock_os_thread;

#[lock_os_thread(cores = 2, reason = "a test")]
fn f() {}

fn main() {}
