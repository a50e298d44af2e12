use hooks_runtime::keep_alive;

#[keep_alive(mut buf)]
fn fill(buf: Vec<u8>) {
    buf.push(1);
}

fn main() {}
