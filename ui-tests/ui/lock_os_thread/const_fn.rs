use hooks_runtime::lock_os_thread;

#[lock_os_thread(reason = "a test")]
const fn f(x: u32) -> u32 {
    x
}

fn main() {}
