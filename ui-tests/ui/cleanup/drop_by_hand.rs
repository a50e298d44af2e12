use hooks_runtime::cleanup;

#[cleanup(close = close_fd, args(fd))]
struct Resource {
    fd: i32,
}

fn close_fd(_: i32) -> std::io::Result<()> {
    Ok(())
}

impl Drop for Resource {
    fn drop(&mut self) {}
}

fn main() {}
