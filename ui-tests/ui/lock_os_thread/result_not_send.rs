use hooks_runtime::lock_os_thread;
use std::rc::Rc;

#[lock_os_thread(reason = "a test")]
async fn f() -> Rc<u32> {
    Rc::new(1)
}

fn main() {}
