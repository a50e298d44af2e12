use hooks_runtime::keep_alive;

#[keep_alive(buf)]
async fn read<B: AsRef<[u8]>>(buf: B) -> usize {
    buf.as_ref().len()
}

fn main() {}
