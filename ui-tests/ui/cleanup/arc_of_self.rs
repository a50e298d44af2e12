use hooks_runtime::cleanup;

#[cleanup(close = close_fd, args(fd))]
struct Resource {
    fd: i32,
    next: std::sync::Mutex<Option<std::sync::Arc<Self>>>,
}

fn close_fd(_: i32) -> std::io::Result<()> {
    Ok(())
}

fn main() {}
