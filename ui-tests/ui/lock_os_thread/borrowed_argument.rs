use hooks_runtime::lock_os_thread;

#[lock_os_thread(reason = "a test")]
async fn f(name: &str) -> usize {
    name.len()
}

fn main() {}
