use hooks_runtime::keep_alive;

struct Connection;

impl Connection {
    #[keep_alive(mut self)]
    fn send(&mut self) {}
}

fn main() {}
