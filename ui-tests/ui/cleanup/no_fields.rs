use hooks_runtime::cleanup;

#[cleanup(close = close_fd, args(fd))]
struct Resource;

fn close_fd(_: i32) -> std::io::Result<()> {
    Ok(())
}

fn main() {}
