use hooks_runtime::keep_alive;

#[keep_alive(mut buf)]
fn fill(mut buf: Vec<u8>) -> Box<[u8]> {
    buf.push(1);
    buf.into_boxed_slice()
}

fn main() {}
