use hooks_runtime::keep_alive;

#[keep_alive(mut buf)]
async fn read(mut buf: Vec<u8>) -> usize {
    submit(&mut buf);
    std::future::ready(()).await;
    buf.len()
}

fn submit(_: &mut Vec<u8>) {}

fn main() {}
