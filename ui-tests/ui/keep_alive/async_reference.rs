use hooks_runtime::keep_alive;

#[keep_alive(buf)]
async fn read(buf: &mut [u8]) -> usize {
    buf.len()
}

fn main() {}
