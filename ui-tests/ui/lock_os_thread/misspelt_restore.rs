use hooks_runtime::lock_os_thread;

#[lock_os_thread(restore(singal_mask), reason = "a test")]
fn f() {}

fn main() {}
