use hooks_runtime::lock_os_thread;

struct Guard<'a>(&'a u8);

#[lock_os_thread(reason = "a test")]
async fn f(guard: Guard) -> u8 {
    *guard.0
}

fn main() {}
