use hooks_runtime::keep_alive;
use hooks_runtime::keep_alive::KeepAlive;

#[keep_alive(mut buf)]
async fn send(mut buf: KeepAlive<Vec<u8>>) -> KeepAlive<Vec<u8>> {
    drop(buf.get_mut());
    std::future::ready(()).await;
    buf
}

fn main() {}
