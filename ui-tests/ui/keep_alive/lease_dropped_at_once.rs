use hooks_runtime::keep_alive;
use hooks_runtime::keep_alive::KeepAlive;

#[keep_alive(buf)]
fn submit(buf: KeepAlive<Vec<u8>>) {
    let _ = buf.lease();
}

fn main() {}
