use hooks_runtime::keep_alive;

#[keep_alive(buf)]
fn send(mut buf: Vec<u8>, pointer: fn(*const u8)) {
    pointer(buf.as_ptr());
    buf.push(1);
}

fn main() {}
