use hooks_runtime::keep_alive;
use hooks_runtime::keep_alive::KeepAlive;

#[keep_alive(buf)]
async fn send(buf: KeepAlive<Vec<u8>>) -> KeepAlive<Vec<u8>> {
    std::future::ready(()).await;
    buf
}

fn main() {}
