use hooks_runtime::keep_alive;

trait Reader {
    #[keep_alive(buf)]
    fn read(buf: Vec<u8>) -> usize;
}

fn main() {}
