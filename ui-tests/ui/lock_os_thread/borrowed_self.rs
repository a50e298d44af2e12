use hooks_runtime::lock_os_thread;

struct Service;

impl Service {
    #[lock_os_thread(reason = "a test")]
    async fn f(&self) {}
}

fn main() {}
