use hooks_runtime::lock_os_thread;

#[lock_os_thread(reason = "a test")]
async fn f<T: ToString>(value: T) -> String {
    value.to_string()
}

fn main() {}
