use hooks_runtime::lock_os_thread;
use std::rc::Rc;

#[lock_os_thread(thread = "gl", reason = "a test")]
fn f(count: &Rc<u32>) -> u32 {
    **count
}

fn main() {}
