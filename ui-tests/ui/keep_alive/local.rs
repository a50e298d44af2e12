use hooks_runtime::keep_alive;

#[keep_alive(buf)]
fn read() -> usize {
    let buf = vec![0_u8; 4];
    buf.len()
}

fn main() {}
