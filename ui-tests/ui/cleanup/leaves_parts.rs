use hooks_runtime::cleanup;

#[cleanup(close = close_fd, args(fd))]
struct Resource {
    fd: i32,
}

fn close_fd(_: i32) -> std::io::Result<()> {
    Ok(())
}

fn take(resource: Resource) -> i32 {
    let Resource { fd } = resource;
    resource.close().unwrap();
    fd
}

fn main() {}
