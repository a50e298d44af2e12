use hooks_runtime::cleanup;

#[cleanup(close = close_fd, args(fd))]
struct Resource<T> {
    fd: i32,
    rest: T,
}

fn close_fd(_: i32) -> std::io::Result<()> {
    Ok(())
}

impl<T: Clone> Clone for Resource<T> {
    fn clone(&self) -> Self {
        Resource { fd: self.fd, rest: self.rest.clone() }
    }
}

fn main() {}
