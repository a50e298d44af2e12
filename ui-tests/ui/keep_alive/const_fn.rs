use hooks_runtime::keep_alive;

#[keep_alive(buf)]
const fn read(buf: [u8; 4]) -> u8 {
    buf[0]
}

fn main() {}
