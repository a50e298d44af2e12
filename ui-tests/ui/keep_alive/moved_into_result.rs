use hooks_runtime::keep_alive;

#[keep_alive(buf)]
fn send(buf: Vec<u8>) -> Vec<u8> {
    buf
}

fn main() {}
