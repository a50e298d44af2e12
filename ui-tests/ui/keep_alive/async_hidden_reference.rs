use hooks_runtime::keep_alive;

struct Buffer<'a>(&'a mut [u8]);

#[keep_alive(buf)]
async fn read(buf: Buffer<'_>) -> usize {
    buf.0.len()
}

fn main() {}
