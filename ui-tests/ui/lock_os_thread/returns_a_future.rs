use hooks_runtime::lock_os_thread;

#[lock_os_thread(reason = "a test")]
fn f() -> impl Future<Output = u8> {
    async { 1 }
}

fn main() {}
