use hooks_runtime::keep_alive;

#[keep_alive(buf, future)]
fn read(buf: Vec<u8>) -> impl Future<Output = usize> {
    std::future::ready(buf.len())
}

fn main() {}
