use hooks_runtime::keep_alive;

#[keep_alive(mut buf)]
fn fill(mut buf: Vec<u8>, pointer: fn(*mut u8)) {
    pointer(buf.as_mut_ptr());
    *buf = Vec::new();
}

fn main() {}
