use hooks_runtime::cleanup;

#[cleanup(close = close_fd, args(fd))]
struct Resource {
    fd: i32,
    then: Option<Box<dyn FnOnce(i32) + Send>>,
}

fn close_fd(_: i32) -> std::io::Result<()> {
    Ok(())
}

fn main() {}
