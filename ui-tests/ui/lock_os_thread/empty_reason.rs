use hooks_runtime::lock_os_thread;

#[lock_os_thread(reason = "")]
fn f() {}

fn main() {}
