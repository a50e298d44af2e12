use hooks_runtime::cleanup;

#[cleanup(clos = close_fd, args(fd))]
struct Resource {
    fd: i32,
}

fn close_fd(_: i32) -> std::io::Result<()> {
    Ok(())
}

fn main() {}
