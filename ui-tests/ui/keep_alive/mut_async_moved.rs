use hooks_runtime::keep_alive;

#[keep_alive(mut buf)]
async fn send(mut buf: Vec<u8>) -> Vec<u8> {
    buf.push(1);
    std::future::ready(()).await;
    buf
}

fn main() {}
