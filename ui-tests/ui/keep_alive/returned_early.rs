use hooks_runtime::keep_alive;

#[keep_alive(buf)]
fn send(buf: Vec<u8>, early: bool) -> Option<Vec<u8>> {
    if early {
        return Some(buf);
    }
    None
}

fn main() {}
