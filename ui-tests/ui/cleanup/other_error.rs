use hooks_runtime::cleanup;

#[cleanup(close = close_fmt, args(fd))]
struct Resource {
    fd: i32,
}

fn close_fd(_: i32) -> std::io::Result<()> {
    Ok(())
}

fn close_fmt(_: i32) -> std::fmt::Result {
    Ok(())
}

fn main() {}
