use hooks_runtime::cleanup;

#[cleanup(close = close_fd, args(fd), result = (), result = ())]
struct Resource {
    fd: i32,
}

fn close_fd(_: i32) -> std::io::Result<()> {
    Ok(())
}

fn main() {}
