use hooks_runtime::keep_alive;

#[keep_alive(buf, mut buf)]
fn read(buf: Vec<u8>) -> usize {
    buf.len()
}

fn main() {}
