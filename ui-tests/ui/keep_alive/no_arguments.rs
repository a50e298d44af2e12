use hooks_runtime::keep_alive;

#[keep_alive]
fn read(buf: Vec<u8>) -> usize {
    buf.len()
}

fn main() {}
