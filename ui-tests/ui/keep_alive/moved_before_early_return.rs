use hooks_runtime::keep_alive;

#[keep_alive(buf)]
fn send(buf: Vec<u8>, early: bool) -> usize {
    if early {
        drop(buf);
        return 0;
    }
    buf.len()
}

fn main() {}
