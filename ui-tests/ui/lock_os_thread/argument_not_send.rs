use hooks_runtime::lock_os_thread;
use std::rc::Rc;

#[lock_os_thread(reason = "a test")]
async fn f(count: Rc<u32>) -> u32 {
    *count
}

fn main() {}
