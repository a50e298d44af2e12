use hooks_runtime::keep_alive;

struct Connection {
    buf: Vec<u8>,
}

impl Connection {
    #[keep_alive(self)]
    fn send(self) -> usize {
        let part = self.buf;
        part.len()
    }
}

fn main() {}
