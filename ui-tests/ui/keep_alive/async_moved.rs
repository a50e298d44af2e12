use hooks_runtime::keep_alive;
use hooks_runtime::keep_alive::KeepAlive;

#[keep_alive(buf)]
async fn send(buf: KeepAlive<Vec<u8>>, early: bool) -> usize {
    if early {
        drop(buf);
        return 0;
    }
    std::future::ready(buf.len()).await
}

fn main() {}
