use hooks_runtime::keep_alive;

#[keep_alive(mut buf)]
fn fill<'a>(mut buf: &'a mut [u8], other: &'a mut [u8]) {
    buf[0] = 1;
    buf = other;
    buf[0] = 2;
}

fn main() {}
