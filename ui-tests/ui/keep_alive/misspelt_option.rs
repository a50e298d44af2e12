use hooks_runtime::keep_alive;

#[keep_alive(buf, cal)]
fn read(buf: Vec<u8>) -> impl Future<Output = usize> {
    async move { buf.len() }
}

fn main() {}
