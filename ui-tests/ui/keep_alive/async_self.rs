use hooks_runtime::keep_alive;

struct Connection;

impl Connection {
    #[keep_alive(self)]
    async fn send(&self) {}
}

fn main() {}
