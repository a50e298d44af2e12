use hooks_runtime::keep_alive;

#[keep_alive(mut buf)]
fn fill(mut buf: Vec<u8>) -> Vec<u8> {
    buf.push(1);
    std::mem::take(&mut buf)
}

fn main() {}
