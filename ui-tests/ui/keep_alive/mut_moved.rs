use hooks_runtime::keep_alive;

fn consume(_: Vec<u8>) {}

#[keep_alive(mut buf)]
fn fill(mut buf: Vec<u8>, early: bool) {
    buf.push(1);
    if early {
        consume(buf);
    }
}

fn main() {}
