use hooks_runtime::lock_os_thread;

#[lock_os_thread(token = thread, reason = "a test")]
fn f() {
    std::thread::scope(|scope| {
        scope.spawn(|| thread.site());
    });
}

fn main() {}
