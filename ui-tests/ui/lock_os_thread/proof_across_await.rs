use hooks_runtime::os_thread::LockedThread;

async fn f() {
    let proof = LockedThread::current();
    std::future::ready(()).await;
    drop(proof);
}

fn g() {
    tokio::spawn(f());
}

fn main() {}
