use hooks_runtime::lock_os_thread;

#[lock_os_thread(check = "half", reason = "a test")]
fn f() {}

fn main() {}
