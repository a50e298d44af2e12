use hooks_runtime::cleanup;

#[cleanup(close = close, args(fd))]
struct Socket {
    fd: i32,
}

fn close(fd: i32) -> i32 {
    fd
}

fn main() {}
