use hooks_runtime::keep_alive;

#[keep_alive("kept alive in the body")]
fn moved(buf: Vec<u8>) {
    drop(buf);
}

fn main() {}
