use hooks_runtime::keep_alive;

fn consume(_: Vec<u8>) {}

#[keep_alive(buf)]
fn send(buf: Vec<u8>) -> usize {
    consume(buf);
    1
}

fn main() {}
